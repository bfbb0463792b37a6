//! How to make a key pair, and how to change it.

use super::crumbs;
use crate::pages::frame::write_to_us;
use crate::ui::{CodeBlock, Details, InsetText, Page, Table, WarningText, cell};
use leptos::prelude::*;

/// The commands that make a key pair.
pub(in crate::pages) const MAKE: &str =
    "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private_key.pem
openssl pkey -in private_key.pem -pubout -out public_key.pem";
const SHOW: &str = "openssl rsa -pubin -in public_key.pem -noout -text";
const FINGERPRINT: &str = "openssl rsa -pubin -in public_key.pem -outform DER | openssl dgst -sha256";

/// What people have instead, and the command that takes the public key out of it.
const CONVERSIONS: [(&str, &str); 7] = [
    ("A certificate", "openssl x509 -in certificate.pem -pubkey -noout > public_key.pem"),
    (
        "A certificate in DER format (.cer, .crt, .der)",
        "openssl x509 -inform DER -in certificate.cer -pubkey -noout > public_key.pem",
    ),
    ("A certificate signing request", "openssl req -in request.csr -pubkey -noout > public_key.pem"),
    ("A public key in DER format", "openssl pkey -pubin -inform DER -in public_key.der -out public_key.pem"),
    ("An OpenSSH public key", "ssh-keygen -e -m PKCS8 -f id_rsa.pub > public_key.pem"),
    (
        "A PuTTY (SSH2) public key",
        "ssh-keygen -i -f key.pub > id_rsa.pub, and then the command for an OpenSSH public key",
    ),
    ("A PEM file in base64, as from a secret store", "base64 --decode key.b64 > public_key.pem"),
];

/// Make a key pair.
#[component]
pub fn KeysPage() -> impl IntoView {
    let row = |found: &'static str, command: &'static str| vec![cell(found), cell(view! { <code>{command}</code> })];
    let rows = CONVERSIONS.iter().map(|(found, command)| row(found, command)).collect::<Vec<_>>();
    view! {
        <Page title="Make a key pair" crumbs=crumbs()>
            <h1 class="nhsuk-heading-xl">"Make a key pair"</h1>
            <p class="nhsuk-lede-text">
                "Your service proves that a request is its own by signing it with a private key. NHS login checks the signature with the public key that you register."
            </p>
            <h2>"Make it"</h2>
            <p>"On a computer that you trust, with OpenSSL installed:"</p>
            <CodeBlock code=MAKE about="commands" />
            <p>"This writes two files:"</p>
            <ul class="nhsuk-list nhsuk-list--bullet">
                <li>
                    <code>"private_key.pem"</code>
                    " signs your requests. Keep it where only your service can read it."
                </li>
                <li>
                    <code>"public_key.pem"</code>
                    " is what you register here. Anyone may see it."
                </li>
            </ul>
            <WarningText heading="Keep the private key to yourself">
                <p>
                    "Never paste it anywhere, email it or put it in a repository. If you paste it here by mistake, we refuse it and do not keep it. You must still make a new pair."
                </p>
            </WarningText>
            <h2>"What is accepted"</h2>
            <ul class="nhsuk-list nhsuk-list--bullet">
                <li>"RSA, exactly 2048 bits, with the exponent 65537, as the commands above make it"</li>
                <li>
                    "PEM text that begins with " <code>"-----BEGIN PUBLIC KEY-----"</code> " or "
                    <code>"-----BEGIN RSA PUBLIC KEY-----"</code>
                </li>
                <li>"one key that nobody else has registered"</li>
            </ul>
            <p>
                "We refuse keys with known weaknesses, such as those made by faulty chips or from too few random numbers, and test keys that are published in standards and software packages. "
                <a href="/tools/key">"Check a public key"</a> " tells you at once."
            </p>
            <h2>"If you have something else"</h2>
            <Table caption="How to get the public key out of it" columns=vec!["You have", "Run"] rows=rows />
            <Details summary="Look at a public key and its fingerprint">
                <p>"To see its size and exponent:"</p>
                <CodeBlock code=SHOW about="command" />
                <p>"To see the same SHA-256 fingerprint as the portal shows:"</p>
                <CodeBlock code=FINGERPRINT about="command" />
            </Details>
            <InsetText>
                <p>"Make one pair for each environment. A key that leaks from a test environment must not give \
                    access to live."</p>
            </InsetText>
        </Page>
    }
}

/// Rotate a key.
#[component]
pub fn RotatePage() -> impl IntoView {
    view! {
        <Page title="Rotate a key" crumbs=crumbs()>
            <h1 class="nhsuk-heading-xl">"Rotate a key"</h1>
            <p class="nhsuk-lede-text">
                "Change your key from time to time, when someone who could read it leaves, and straight away if it may have leaked."
            </p>
            <h2>"Change it without an interruption"</h2>
            <ol class="nhsuk-list nhsuk-list--number app-steps">
                <li>
                    <a href="/guidance/keys">"Make a new key pair"</a>
                    ". Keep the old private key for now."
                </li>
                <li>
                    "Open the registration and, under “Change something”, add the new public key. What is published \
                     does not change while you write, or while we review it."
                </li>
                <li>"Submit it. A change of key is a new revision and is approved like the first one."</li>
                <li>
                    "Have the new private key ready in your service, together with the old one. When the registration says that the new revision is published, sign with the new one."
                </li>
                <li>"When your service has signed people in with the new key for a day, destroy the old private key."</li>
            </ol>
            <InsetText>
                <p>
                    "NHS login may remember the old key for a few minutes. Let your service try the other key once when a request is refused as "
                    <code>"invalid_client"</code> "."
                </p>
            </InsetText>
            <h2>"When the private key has leaked"</h2>
            <ol class="nhsuk-list nhsuk-list--number app-steps">
                <li>
                    "At once, " {write_to_us()} ". An NHS login admin can suspend the client: people cannot sign in to your service until it is reinstated."
                </li>
                <li>"Make a new pair, add the new public key under “Change something” and submit it."</li>
                <li>"If you no longer need this client, an owner of your team can retire it on the registration’s page."</li>
                <li>"Check your logs for requests that you did not make, and tell us what you find."</li>
            </ol>
            <h2>"If you use client metadata"</h2>
            <p>
                "User metadata that you stored with the scope " <code>"client_metadata"</code>
                " is encrypted with your registered key. Read it all and write it again after you change the key, or you can no longer read it."
            </p>
        </Page>
    }
}
