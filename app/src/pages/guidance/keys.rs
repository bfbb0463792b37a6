//! How to make a key pair, and how to change it.

use super::crumbs;
use crate::pages::frame::write_to_us;
use crate::ui::{CodeBlock, Details, InsetText, Page, Table, WarningText, cell};
use leptos::prelude::*;

/// The commands that make a key pair.
pub(in crate::pages) const MAKE: &str =
    "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private_key.pem
openssl pkey -in private_key.pem -pubout -out public_key.pem";
/// The same beside a pair that is in use, whose files stay as they are.
pub(in crate::pages) const MAKE_ANOTHER: &str =
    "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out new_private_key.pem
openssl pkey -in new_private_key.pem -pubout -out new_public_key.pem";
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
            <h2>"Change it without a failed sign-in"</h2>
            <p>
                "A client can have two keys, and the provider accepts signatures by either. So the new key is published beside \
                 the old one before anything in your service changes. The page of the public key leads you through it."
            </p>
            <ol class="nhsuk-list nhsuk-list--number app-steps">
                <li>
                    <a href="/guidance/keys">"Make a new key pair"</a>
                    " where your service runs, in files of its own: do not overwrite the private key that is in use. On the page “Public key” of the registration, add the new public key beside the old one."
                </li>
                <li>
                    "Endorse it: sign a nonce with the new private key, and with the one that is published. Then submit. If nothing \
                     but keys changed, sandpit and integration need no review, and in live one admin decides instead of two. \
                     Without an endorsement it is reviewed like the first key."
                </li>
                <li>
                    "When both keys are published, let every part of your service sign with the new one. If you name the key \
                     in the header of client assertions, change the " <code>"kid"</code> " too."
                </li>
                <li>
                    "When nothing signs with the old key, remove it on the same page and submit. From an owner or developer \
                     with a second factor, that needs no review. Then destroy the old private key."
                </li>
            </ol>
            <InsetText>
                <p>
                    "NHS login may remember the old keys for a few minutes. Let your service try the other key once when a request is refused as "
                    <code>"invalid_client"</code> "."
                </p>
            </InsetText>
            <h2>"When a private key has leaked"</h2>
            <ol class="nhsuk-list nhsuk-list--number app-steps">
                <li>
                    "Open the page “Public key” of the registration and choose “This key leaked” at the key. Any owner or developer with \
                     a second factor can. We remove it from the provider within seconds: with another published key your service goes on, \
                     without one the client is suspended. The key is refused from then on."
                </li>
                <li>"If nobody in your team can do that now, " {write_to_us()} ": we can suspend the client."</li>
                <li>"Do the same in every other registration that uses the key. Then make a new pair, add its public key and submit it."</li>
                <li>"If the client was suspended, " {write_to_us()} " when the new key is approved: we reinstate it."</li>
                <li>"Check your logs for requests that you did not make, and tell us what you find."</li>
            </ol>
            <h2>"If you use client metadata"</h2>
            <p>
                "User metadata that you stored with the scope " <code>"client_metadata"</code>
                " is encrypted with your registered key. Keep the old private key after the change, read all metadata once more and write \
                 it again, and destroy the old private key only then."
            </p>
        </Page>
    }
}
