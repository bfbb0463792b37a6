//! Inputs from the field, each with the verdict and the sentence that it has to get.

use domain::{
    draft::Draft,
    key::{self, PublicKey},
    policy::EnvironmentPolicy,
    problem::Problem,
    rule::KeyRule,
};

use super::commands::follow;
use crate::tools::Shell;

macro_rules! case {
    ($name:literal) => {
        include_bytes!(concat!("../cases/", $name, ".in")).as_slice()
    };
}

/// The verdict on a key file: nothing when it is accepted.
fn judged(file: &[u8]) -> Option<KeyRule> {
    key::text_of_file(file, &[2048]).and_then(|text| PublicKey::parse(&text, &[2048])).err()
}

#[test]
fn keys_from_the_field() {
    for (name, file, rule, sentence) in [
        ("utf16-powershell", case!("key-utf16-powershell"), "accepted", ""),
        ("zero-width-in-body", case!("key-zero-width-in-body"), "accepted", ""),
        (
            "misspelt-begin",
            case!("key-misspelt-begin"),
            "key-dashes",
            "Line 1 must be exactly -----BEGIN PUBLIC KEY-----, with five hyphens on each side. Correct that line.",
        ),
        (
            "label-certificate-over-spki",
            case!("key-label-certificate-over-spki"),
            "key-label",
            "The first and last lines say CERTIFICATE, but what is inside is a public key. Change both lines to say PUBLIC KEY.",
        ),
        (
            "kms-der",
            case!("key-kms-der"),
            "key-der",
            "This is a public key in DER format, which is binary, and the key must be in PEM format. Run openssl pkey -pubin \
             -inform DER -in public_key.der -out public_key.pem and paste what is in public_key.pem.",
        ),
        (
            "pem-in-base64",
            case!("key-pem-in-base64"),
            "key-pem-in-base64",
            "This is a PEM file that was encoded in base64 once more. Run base64 --decode key.b64 > public_key.pem and paste \
             what is in public_key.pem.",
        ),
        (
            "putty-ssh2",
            case!("key-putty-ssh2"),
            "key-ssh2",
            "This is a public key in SSH2 format, as PuTTY writes it, and it must be an RSA key in PEM format. Run ssh-keygen \
             -i -f key.pub > id_rsa.pub and then ssh-keygen -f id_rsa.pub -e -m PKCS8 > public_key.pem and paste what is in \
             public_key.pem.",
        ),
        (
            "pkcs7-ca-first",
            case!("key-pkcs7-ca-first"),
            "key-pkcs7",
            "This is a PKCS#7 bundle of certificates, not a public key. Run openssl pkcs7 -in bundle.p7b -print_certs -out \
             certificates.pem and copy your own certificate into certificate.pem: the one whose subject line names your \
             service, not the authority that issued it. Then run openssl x509 -in certificate.pem -pubkey -noout > \
             public_key.pem and paste what is in public_key.pem.",
        ),
        (
            "jwk-ec",
            case!("key-jwk-ec"),
            "key-not-rsa",
            "This is an elliptic curve (EC) key, and only RSA keys can be registered. Make an RSA pair with openssl genpkey \
             -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private_key.pem and then openssl pkey -in private_key.pem \
             -pubout -out public_key.pem, and paste what is in public_key.pem.",
        ),
    ] {
        let found = judged(file).map_or(("accepted", String::new()), |rule| (rule.name(), rule.to_string()));
        assert_eq!(found, (rule, sentence.to_owned()), "{name}");
    }
}

/// The commands of their sentences, on these very files: the service's key comes out, never the authority's.
#[test]
fn the_commands_work_on_keys_from_the_field() {
    let ours = PublicKey::parse(&String::from_utf8_lossy(case!("key-zero-width-in-body")), &[2048]).unwrap();
    for (file, name) in [
        (case!("key-kms-der"), "public_key.der"),
        (case!("key-pem-in-base64"), "key.b64"),
        (case!("key-pkcs7-ca-first"), "bundle.p7b"),
    ] {
        let made = follow(&Shell::new(), file, name);
        assert_eq!(PublicKey::parse(&made, &[2048]).as_ref(), Ok(&ours), "{name}");
    }
    let made = follow(&Shell::new(), case!("key-putty-ssh2"), "key.pub");
    assert!(PublicKey::parse(&made, &[2048]).is_ok());
}

/// What is said of metadata: of its text, or else of its content.
fn registration(text: &[u8]) -> (Draft, Vec<Problem>) {
    match Draft::metadata_of(&String::from_utf8_lossy(text)) {
        Err(problem) => (Draft::default(), vec![problem]),
        Ok(document) => {
            let (draft, mut problems) = Draft::from_metadata(&document);
            if problems.is_empty() {
                problems = draft.review(&EnvironmentPolicy::nhs_login().remove(0)).problems;
            }
            (draft, problems)
        }
    }
}

#[test]
fn registrations_from_the_field() {
    for (name, text, expected) in [
        ("json-bom", case!("reg-json-bom"), &[][..]),
        ("jwks-kid-own", case!("reg-jwks-kid-own"), &[]),
        (
            "alg-jwk-enc",
            case!("reg-alg-jwk-enc"),
            &[
                "key-use: This JWK is not marked for signatures. If your service signs with this key, set use to “sig” and leave \
               key_ops out. Otherwise, enter the key that it signs with.",
            ],
        ),
        (
            "json-duplicate",
            case!("reg-json-duplicate"),
            &[
                "member-twice: “client_name” is there twice, and programs differ on which of the two counts. Keep one of them.",
            ],
        ),
        (
            "json-list",
            case!("reg-json-list"),
            &[
                "not-an-object: This is a list. Enter one JSON object: the client metadata of one client, as in RFC 7591.",
            ],
        ),
        (
            "scope-comma",
            case!("reg-scope-comma"),
            &["scope-commas: Put spaces between the scopes, not commas: openid email."],
        ),
    ] {
        let (_, problems) = registration(text);
        let found: Vec<String> =
            problems.into_iter().map(|problem| format!("{}: {problem}", problem.rule.name())).collect();
        assert_eq!(found, expected, "{name}");
    }
}

/// A `kid` of the registration's own is kept to the bytes that are frozen; the thumbprint stands in its place where there
/// is none. Another key does not take it over.
#[test]
fn a_kid_of_its_own_is_kept() {
    let policy = EnvironmentPolicy::nhs_login().remove(0);
    let kid = |draft: &Draft| {
        let details = draft.check(&policy).unwrap();
        let metadata = details.client_metadata();
        assert!(details.freeze().bytes.contains(metadata["jwks"]["keys"][0]["kid"].as_str().unwrap()));
        metadata["jwks"]["keys"][0]["kid"].clone()
    };
    let (own, _) = registration(case!("reg-jwks-kid-own"));
    assert_eq!(kid(&own), "mavis-int-1");
    let (thumbprint, _) = registration(case!("reg-json-bom"));
    assert_eq!(kid(&thumbprint), "fXHtLMdyFiqvJ-E7uSz6HFk99Yct-WRmfiBCfW3zLFM");
    assert_eq!(thumbprint.public_keys[0].kid, "");
    let mut changed = own.clone();
    changed.change(domain::draft::DraftChange::PublicKey(own.public_keys[0].pem.clone()));
    assert_eq!(kid(&changed), "mavis-int-1");
    changed.change(domain::draft::DraftChange::PublicKey(include_str!("../life/other-public.pem").to_owned()));
    assert_ne!(kid(&changed), "mavis-int-1");
    let strange = Draft {
        public_keys: vec![domain::draft::DraftKey { kid: "with a space".into(), ..own.public_keys[0].clone() }],
        ..own
    };
    assert_eq!(strange.check(&policy).unwrap_err()[0].rule.name(), "key-id");
}
