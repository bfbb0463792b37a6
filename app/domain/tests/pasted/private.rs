use domain::{key::PublicKey, private_key};

use crate::tools::{Shell, base64, body, disguised};

/// The kinds of private key in PEM, with the command that prints each.
const KINDS: [(&str, &str); 16] = [
    ("RSA, PKCS#8", "openssl genrsa 2048"),
    ("RSA, PKCS#1", "openssl genrsa -traditional 2048"),
    ("RSA, encrypted PKCS#8", "openssl genrsa 2048 | openssl pkcs8 -topk8 -passout pass:secret"),
    ("RSA, encrypted PKCS#8 v1", "openssl genrsa 2048 | openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -passout pass:secret"),
    ("RSA, encrypted PKCS#1", "openssl genrsa -traditional -aes256 -passout pass:secret 2048"),
    ("RSA, 1024", "openssl genrsa 1024"),
    ("RSA-PSS", "openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048"),
    ("EC, PKCS#8", "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"),
    ("EC, SEC 1", "openssl ecparam -name prime256v1 -genkey -noout"),
    ("EC, SEC 1 with parameters", "openssl ecparam -name secp384r1 -genkey"),
    (
        "EC, explicit parameters",
        "openssl ecparam -name prime256v1 -param_enc explicit -genkey -noout | openssl pkcs8 -topk8 -nocrypt",
    ),
    ("Ed25519", "openssl genpkey -algorithm ED25519"),
    ("X25519", "openssl genpkey -algorithm X25519"),
    ("Ed448", "openssl genpkey -algorithm ED448"),
    ("OpenSSH, RSA", "ssh-keygen -q -t rsa -b 2048 -N '' -C a -f k && cat k"),
    ("OpenSSH, encrypted Ed25519", "ssh-keygen -q -t ed25519 -N secret -C a -f k && cat k"),
];

#[test]
fn is_found_however_it_was_pasted() {
    let mut missed = Vec::new();
    for (kind, command) in KINDS {
        let pem = Shell::new().run(command);
        for (way, text) in disguised(&pem) {
            // A label alone has no body, and the parameters of a curve are public.
            let tail = way.starts_with("no first line") && pem.lines().count() < 4;
            let head = way == "first half" && (pem.lines().count() < 4 || pem.contains("EC PARAMETERS"));
            if !tail && !head && !private_key::found_in(&text) {
                missed.push(format!("{kind}, {way}"));
            }
        }
    }
    assert_eq!(missed, Vec::<String>::new());
}

/// What fell, of one key in some hundred: the last line of an Ed448 key in which no digit is.
#[test]
fn the_end_of_a_body_is_found_without_a_digit() {
    for line in ["DAmNhtcvjOKI/XPEzOBGsBwqvDFJsrBYLQ==", "hodWxCTjrUW+GnPMbeODiaLBrRlKyffiZQ=="] {
        assert!(private_key::found_in(&format!("{line}\n-----END PRIVATE KEY-----\n")), "{line}");
    }
    for words in ["HospitalAppointmentsPublicKeyForNHSLogin", "src/main/resources/keys/of/HospitalAppointments"] {
        assert!(!private_key::found_in(&format!("{words}\n-----END PRIVATE KEY-----\n")), "{words}");
    }
}

#[test]
fn is_found_without_its_label_or_under_another() {
    for (kind, command) in KINDS {
        let pem = Shell::new().run(command);
        if pem.contains("Proc-Type") || pem.contains("EC PARAMETERS") {
            continue;
        }
        let body = body(&pem);
        let public = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
        let certificate = public.replace("PUBLIC KEY", "CERTIFICATE");
        let url = body.replace('+', "-").replace('/', "_").replace('\n', "");
        for text in [body.clone(), body.replace('\n', ""), format!("key = {body}"), url, public.clone(), certificate] {
            assert!(private_key::found_in(&text), "{kind}:\n{text}");
        }
        assert_eq!(PublicKey::parse(&public, &[2048]).unwrap_err().name(), "private-key", "{kind}");
    }
}

#[test]
fn is_found_in_files_that_are_no_text() {
    let shell = Shell::new();
    shell.run("openssl genrsa -out k.pem 2048 2>&1; openssl req -x509 -key k.pem -subj /CN=a -out c.pem");
    let mut missed = Vec::new();
    for command in [
        "openssl rsa -in k.pem -outform DER",
        "openssl rsa -in k.pem -outform DER -traditional",
        "openssl pkcs8 -topk8 -in k.pem -outform DER -nocrypt",
        "openssl pkcs8 -topk8 -in k.pem -outform DER -passout pass:secret",
        "openssl pkcs12 -export -inkey k.pem -in c.pem -passout pass:secret",
        "openssl ecparam -name prime256v1 -genkey -noout -outform DER",
        "openssl genpkey -algorithm ED25519 -outform DER",
        "openssl dsaparam -out p 1024 2>/dev/null; openssl gendsa p 2>/dev/null | openssl pkcs8 -topk8 -nocrypt -outform DER",
    ] {
        let der = shell.bytes(command);
        assert!(private_key::found_in_bytes(&der), "{command}");
        let hex = domain::hex::lower(&der);
        let pairs: Vec<String> =
            hex.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_uppercase()).collect();
        for text in [base64(&der), hex.clone(), pairs.join(":"), pairs.join(" ")] {
            if !private_key::found_in(&text) {
                missed.push(format!("{command}: {text}"));
            }
        }
    }
    assert_eq!(missed, Vec::<String>::new());
    let pem = shell.run("cat k.pem");
    let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(pem.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(pem.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    assert!(private_key::found_in_bytes(&little) && private_key::found_in_bytes(&big));
}

#[test]
fn is_found_as_members_and_printed() {
    let shell = Shell::new();
    shell.run("openssl genrsa -out k.pem 2048 2>&1; openssl ecparam -name prime256v1 -genkey -noout -out e.pem");
    for command in ["openssl rsa -in k.pem -text -noout", "openssl ec -in e.pem -text -noout 2>/dev/null"] {
        assert!(private_key::found_in(&shell.run(command)), "{command}");
    }
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W";
    let d = "X4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH-HLLKD9M7dx5oo7GURknchnrRweUkC7hT5fJLM0WbFAKNLWY2vv7B6NqXSzUvxT0_YSfqij";
    let rsa = serde_json::json!({ "kty": "RSA", "n": n, "e": "AQAB", "d": d });
    let keys = [
        rsa.clone(),
        serde_json::json!({ "keys": [{ "kty": "RSA", "n": n, "e": "AQAB" }, rsa] }),
        serde_json::json!({ "kty": "RSA", "n": n, "e": "AQAB", "p": d, "q": d }),
        serde_json::json!({ "kty": "EC", "crv": "P-256", "x": &n[..43], "y": &n[..43], "d": &d[..43] }),
        serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "x": &n[..43], "d": &d[..43] }),
    ];
    for key in keys {
        let text = key.to_string();
        let pretty = serde_json::to_string_pretty(&key).unwrap();
        let literal = format!("{{ kty: 'RSA', n: '{n}', e: 'AQAB', d: '{d}' }}");
        for text in
            [text.clone(), pretty.clone(), serde_json::json!(pretty).to_string(), text.replace('"', "&quot;"), literal]
        {
            assert!(private_key::found_in(&text), "{text}");
        }
    }
    let xml = format!("<RSAKeyValue><Modulus>{n}</Modulus><Exponent>AQAB</Exponent><P>{d}</P><D>{d}</D></RSAKeyValue>");
    assert!(private_key::found_in(&xml) && private_key::found_in(&xml.replace('<', "&lt;").replace('>', "&gt;")));
    let putty =
        format!("PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nPublic-Lines: 1\n{n}\nPrivate-Lines: 1\n{d}\n");
    assert!(private_key::found_in(&putty));
}

#[test]
fn is_not_found_in_words() {
    for text in [
        "",
        "Keep your private key safe.",
        "Never paste a PRIVATE KEY here.",
        "The file begins with -----BEGIN PRIVATE KEY----- and you must not send it to anyone at all.",
        "-----BEGIN PRIVATE KEY-----\n(your key)\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE...\n-----END RSA PRIVATE KEY-----",
        "openssl genrsa -out private_key.pem 2048",
        "openssl rsa -in private_key.pem -pubout -out public_key.pem",
        "We begin with the private key in the HSM; SHA-256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "eyJhbGciOiJSUzUxMiJ9.eyJpc3MiOiJhIn0.MIIabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "https://www.example.co.uk/private-key/callback?d=0123456789abcdefghijklmnopqrstuvwxyz",
        "MII is how base64 of DER begins; M, 3082, b3BlbnNzaA",
        "d: https://example.com/a/very/long/path/that/goes/on",
        "privateExponent: is what must stay secret. prime1: too.",
        "-- the private key is in /etc/portal/keys/current/private_key",
        "PRIVATE KEY -- see /srv/portal/secrets/2026/current/private_key_of_the_portal",
        private_key::SENTENCE,
    ] {
        assert!(!private_key::found_in(text), "{text}");
    }
}
