use std::sync::LazyLock;

use domain::{key::PublicKey, private_key, problem::Problem};
use proptest::prelude::*;

use crate::tools::{Shell, base64, damaged, disguised, pipe};

fn verdict(text: &str) -> String {
    match PublicKey::parse(text, &[2048]) {
        Ok(_) => "accepted".to_owned(),
        Err(rule) => {
            let problem = Problem::from(rule);
            assert_eq!((problem.field.as_str(), problem.entry.as_str()), ("public_key", ""));
            problem.rule.name().to_owned()
        }
    }
}

/// How to print each kind of thing, and the rule that refuses it.
const KINDS: [(&str, &str); 29] = [
    ("openssl genrsa 2048 | openssl rsa -pubout", "accepted"),
    ("openssl genrsa 2048 | openssl rsa -RSAPublicKey_out", "accepted"),
    ("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 | openssl pkey -pubout", "accepted"),
    ("openssl genrsa 1024 | openssl rsa -pubout", "key-size"),
    ("openssl genrsa 2047 | openssl rsa -pubout", "key-size"),
    ("openssl genrsa 3072 | openssl rsa -pubout", "key-size"),
    ("openssl genrsa 4096 | openssl rsa -pubout", "key-size"),
    ("openssl genrsa -3 2048 | openssl rsa -pubout", "key-exponent"),
    ("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_pubexp:17 | openssl pkey -pubout", "key-exponent"),
    ("openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 | openssl pkey -pubout", "key-rsa-pss"),
    ("openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout", "key-not-rsa"),
    ("openssl ecparam -name secp521r1 -param_enc explicit -genkey -noout | openssl ec -pubout", "key-not-rsa"),
    ("openssl genpkey -algorithm ED25519 | openssl pkey -pubout", "key-not-rsa"),
    ("openssl genpkey -algorithm ED448 | openssl pkey -pubout", "key-not-rsa"),
    ("openssl genpkey -algorithm X25519 | openssl pkey -pubout", "key-not-rsa"),
    ("openssl genpkey -algorithm X448 | openssl pkey -pubout", "key-not-rsa"),
    ("openssl dsaparam -genkey 1024 | openssl dsa -pubout", "key-not-rsa"),
    ("openssl dhparam -dsaparam 1024", "key-not-rsa"),
    ("openssl req -x509 -newkey rsa:2048 -nodes -keyout k -subj /CN=a", "key-certificate"),
    ("openssl req -x509 -newkey rsa:2048 -nodes -keyout k -subj /CN=a | openssl x509 -trustout", "key-certificate"),
    ("openssl req -new -newkey rsa:2048 -nodes -keyout k -subj /CN=a", "key-certificate-request"),
    (
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout k -subj /CN=a -out c && openssl crl2pkcs7 -nocrl -certfile c",
        "key-pkcs7",
    ),
    ("ssh-keygen -q -t rsa -b 2048 -N '' -C a@b -f k && cat k.pub", "key-openssh"),
    ("ssh-keygen -q -t ed25519 -N '' -C a@b -f k && cat k.pub", "key-not-rsa"),
    ("ssh-keygen -q -t ecdsa -N '' -C a@b -f k && cat k.pub", "key-not-rsa"),
    ("ssh-keygen -q -t ed25519 -N '' -C a@b -f k && ssh-keygen -e -f k.pub", "key-not-rsa"),
    ("ssh-keygen -q -t rsa -b 2048 -N '' -C a@b -f k && ssh-keygen -e -f k.pub", "key-ssh2"),
    ("ssh-keygen -q -t rsa -b 2048 -N '' -C a@b -f k && ssh-keygen -e -m PKCS8 -f k.pub", "accepted"),
    ("ssh-keygen -q -t rsa -b 2048 -N '' -C a@b -f k && ssh-keygen -e -m PEM -f k.pub", "accepted"),
];

#[test]
fn each_kind_gets_its_own_verdict() {
    let mut wrong = Vec::new();
    for (command, rule) in KINDS {
        let text = Shell::new().run(&format!("({command}) 2>/dev/null"));
        let verdict = verdict(&text);
        if verdict != rule {
            wrong.push(format!("{command}: {verdict}"));
        }
        for (way, text) in disguised(&text) {
            if private_key::found_in(&text) {
                wrong.push(format!("{command}, {way}: taken for a private key"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_canonical_form_is_openssls() {
    let shell = Shell::new();
    for (bits, form) in [(2048, "-pubout"), (2048, "-RSAPublicKey_out"), (3072, "-pubout"), (4096, "-RSAPublicKey_out")]
    {
        shell.run(&format!("openssl genrsa -out k.pem {bits} 2>&1"));
        let key =
            PublicKey::parse(&shell.run(&format!("openssl rsa -in k.pem {form} 2>/dev/null")), &[2048, 3072, 4096])
                .unwrap();
        assert_eq!(key.pem(), shell.run("openssl rsa -in k.pem -pubout 2>/dev/null"));
        assert_eq!(key.spki_der(), shell.bytes("openssl rsa -in k.pem -pubout -outform DER 2>/dev/null"));
        let digest = shell.run("openssl rsa -in k.pem -pubout -outform DER 2>/dev/null | sha256sum | cut -c1-64");
        assert_eq!(key.sha256(), digest.trim());
        assert_eq!((key.bits(), key.exponent()), (bits, 65537));
        let json = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<PublicKey>(&json).unwrap(), key);
        assert_eq!(PublicKey::from_jwk(&key.jwk("RS512")).unwrap(), key);
    }
}

#[test]
fn a_public_key_survives_pasting_or_the_damage_is_named() {
    let shell = Shell::new();
    shell.run("openssl genrsa -out k.pem 2048 2>&1");
    let mut wrong = Vec::new();
    for form in ["-pubout", "-RSAPublicKey_out"] {
        let pem = shell.run(&format!("openssl rsa -in k.pem {form} 2>/dev/null"));
        for (way, text) in damaged(&pem) {
            let expected = match way {
                "HTML" | "HTML lines" => "key-base64",
                "JSON" => "key-escaped",
                "JSON twice" | "JavaScript" => "key-escaped",
                "URL" | "form" => "key-not-pem",
                "base64 again" => "key-pem-in-base64",
                "HTML hexadecimal" => "key-dashes",
                _ => "accepted",
            };
            let verdict = verdict(&text);
            if verdict != expected {
                wrong.push(format!("{form}, {way}: {verdict}"));
            }
        }
        let lines: Vec<&str> = pem.lines().collect();
        let (first, last) = (lines[0], lines[lines.len() - 1]);
        let body = lines[1..lines.len() - 1].join("\n");
        for (text, rule) in [
            (format!("{pem}{pem}"), "key-several"),
            (format!("{first}\n{body}"), "key-truncated"),
            (format!("{body}\n{last}"), "key-truncated"),
            (body.clone(), "key-no-header"),
            (format!("{first}\n{last}"), "key-empty"),
            (format!("{first}\n{}\n{last}", &body[..64]), "key-truncated"),
            (format!("{first}\n{}\n{last}", &body[..62]), "key-base64"),
            (format!("{first}\n{body}\n{body}\n{last}"), "key-trailing"),
            (pem.replace("-----", "----"), "key-dashes"),
            (pem.replacen("-----\n", "\n", 1), "key-dashes"),
            (pem.replace("BEGIN PUBLIC", "BEGIN NICE PUBLIC").replace("BEGIN RSA", "BEGIN NICE"), "key-labels-differ"),
            (pem.replace("RSA PUBLIC KEY", "PUBLIC KEY").replace("PUBLIC KEY", "SOME KEY"), "key-label"),
            (format!("{}{pem}", " ".repeat(65 * 1024)), "key-too-long"),
        ] {
            let verdict = verdict(&text);
            if verdict != rule {
                wrong.push(format!("{form}, {rule}: {verdict}"));
            }
        }
        let (relabelled, rule) = match form {
            "-pubout" => (pem.replace("PUBLIC KEY", "RSA PUBLIC KEY"), "key-label-pkcs1"),
            _ => (pem.replace("RSA PUBLIC KEY", "PUBLIC KEY"), "key-label-spki"),
        };
        assert_eq!(verdict(&relabelled), rule);
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_cut_is_refused_and_none_panics() {
    let shell = Shell::new();
    let pem = shell.run("openssl genrsa 2048 2>/dev/null | openssl rsa -pubout 2>/dev/null");
    let key = PublicKey::parse(&pem, &[2048]).unwrap();
    for end in 0..pem.trim_end().len() {
        assert_ne!(verdict(&pem[..end]), "accepted", "cut at {end}");
    }
    for end in 0..key.spki_der().len() {
        let cut = String::from_utf8(pipe("openssl", &["base64"], &key.spki_der()[..end])).unwrap();
        let cut = format!("-----BEGIN PUBLIC KEY-----\n{cut}-----END PUBLIC KEY-----\n");
        assert_ne!(verdict(&cut), "accepted", "cut at {end}");
    }
}

/// Beyond the largest size that an environment can allow nothing is computed, and nothing can be compared.
#[test]
fn a_key_of_an_absurd_size_is_refused_before_anything_is_done_with_it() {
    let shell = Shell::new();
    let of = |bytes: usize| {
        shell.write("n.cnf", &format!("asn1=SEQUENCE:k\n[k]\nn=INTEGER:0x{}\ne=INTEGER:65537\n", "c1".repeat(bytes)));
        let der = shell.bytes("openssl asn1parse -genconf n.cnf -noout -out k.der; cat k.der");
        format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", base64(&der))
    };
    let problem = PublicKey::try_from(of(45_000)).unwrap_err();
    assert_eq!(problem.name(), "key-size");
    assert!(problem.to_string().starts_with("This key has more than 8192 bits"), "{problem}");
    assert!(PublicKey::try_from(of(1025)).is_err());
    assert_eq!(PublicKey::try_from(of(1024)).map(|key| key.bits()), Ok(8192));
    let n = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, vec![0xc1; 1025]);
    let jwk = serde_json::json!({"kty": "RSA", "n": n, "e": "AQAB"});
    assert_eq!(PublicKey::from_jwk(&jwk).unwrap_err().name(), "key-size");
}

proptest! {
    #[test]
    fn nothing_panics_and_nothing_else_is_accepted(
        text in any::<String>(),
        bytes in any::<Vec<u8>>(),
        flip in 0usize..294,
        bit in 0u8..8,
    ) {
        let body = base64(&bytes);
        for text in [
            text.clone(),
            format!("-----BEGIN {text}-----{text}-----END {text}-----"),
            format!("-----BEGIN PUBLIC KEY-----{text}-----END PUBLIC KEY-----"),
            format!("-----BEGIN PUBLIC KEY-----{body}-----END PUBLIC KEY-----"),
            format!("-----BEGIN RSA PUBLIC KEY-----{body}-----END RSA PUBLIC KEY-----"),
            body,
        ] {
            prop_assert!(PublicKey::parse(&text, &[2048]).is_err());
        }
        let _ = (private_key::found_in(&text), private_key::found_in_bytes(&bytes));
        // One bit of a sound key changed: another key at best, and read back as it was written.
        let mut der = SOUND.spki_der().to_vec();
        der[flip] ^= 1 << bit;
        let text = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", base64(&der));
        if let Ok(key) = PublicKey::try_from(text) {
            prop_assert_eq!(key.spki_der(), &der[..]);
            prop_assert!(key != *SOUND);
        }
    }
}

static SOUND: LazyLock<PublicKey> = LazyLock::new(|| {
    let pem = Shell::new().run("(openssl genrsa 2048 | openssl rsa -pubout) 2>/dev/null");
    PublicKey::parse(&pem, &[2048]).unwrap()
});
