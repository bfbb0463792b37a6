//! Threat 12: the numbers of a private key as programs print, serialise and spell them, whole and in part; and numbers
//! that are no secret under the same names.

use domain::private_key;
use rsa::{
    BigUint, RsaPrivateKey,
    pkcs8::DecodePrivateKey,
    traits::{PrivateKeyParts, PublicKeyParts},
};

use crate::{tools::base64, wrappings::written};

/// The numbers of one key.
struct Numbers {
    n: BigUint,
    d: BigUint,
    p: BigUint,
    q: BigUint,
    dp: BigUint,
    dq: BigUint,
    qi: BigUint,
}

impl Numbers {
    fn new() -> Self {
        let key = RsaPrivateKey::from_pkcs8_pem(include_str!("../life/private.pem")).unwrap();
        let [p, q] = [key.primes()[0].clone(), key.primes()[1].clone()];
        let one = BigUint::from(1u8);
        Self {
            n: key.n().clone(),
            d: key.d().clone(),
            dp: key.d() % (&p - &one),
            dq: key.d() % (&q - &one),
            // By Fermat: q to the power of p - 2 is its inverse modulo p.
            qi: q.modpow(&(&p - BigUint::from(2u8)), &p),
            p,
            q,
        }
    }
}

fn b64(number: &BigUint) -> String {
    base64(&number.to_bytes_be())
}

fn url(number: &BigUint) -> String {
    b64(number).replace('+', "-").replace('/', "_").replace('=', "")
}

fn hex(number: &BigUint) -> String {
    number.to_str_radix(16)
}

fn list(number: &BigUint) -> String {
    format!("[{}]", number.to_bytes_be().iter().map(u8::to_string).collect::<Vec<_>>().join(", "))
}

/// Whole keys and parts of them.
fn spellings() -> Vec<(&'static str, String)> {
    let Numbers { n, d, p, q, dp, dq, qi } = &Numbers::new();
    let e = "AQAB";
    vec![
        (
            ".NET JSON",
            format!(
                r#"{{"D":"{}","DP":"{}","DQ":"{}","Exponent":"{e}","InverseQ":"{}","Modulus":"{}","P":"{}","Q":"{}"}}"#,
                b64(d),
                b64(dp),
                b64(dq),
                b64(qi),
                b64(n),
                b64(p),
                b64(q)
            ),
        ),
        ("PowerShell's ConvertTo-Json", format!("{{\n  \"D\": {},\n  \"Exponent\": [1, 0, 1]\n}}", list(d))),
        ("D of .NET alone", format!(r#""D": "{}""#, b64(d))),
        ("DP of .NET alone", format!(r#""DP":"{}""#, b64(dp))),
        ("XML of D alone", format!("<D>{}</D>", b64(d))),
        ("XML of D with a prefix", format!("<a:D>{}</a:D>", b64(d))),
        ("XML of primes alone", format!("<P>{}</P><Q>{}</Q>", b64(p), b64(q))),
        ("XML over lines", format!("<D>\n  {}\n</D>", b64(d))),
        ("InverseQ alone", format!("<InverseQ>{}</InverseQ>", b64(qi))),
        ("d of a JWK alone", format!(r#""d":"{}""#, url(d))),
        ("d of a JWK in a list", format!(r#"{{"kid":"a","d":"{}"}}"#, url(d))),
        ("d of Ed25519 alone", r#"{"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}"#.to_owned()),
        ("p and q of a JWK", format!(r#""p":"{}","q":"{}""#, url(p), url(q))),
        ("qi of a JWK", format!(r#""qi": "{}""#, url(qi))),
        ("YAML", format!("d: {}\n", url(d))),
        (
            "BIND",
            format!(
                "Private-key-format: v1.3\nAlgorithm: 8 (RSASHA256)\nModulus: {}\nPublicExponent: {e}\nPrivateExponent: {}\n\
                 Prime1: {}\nPrime2: {}\n",
                b64(n),
                b64(d),
                b64(p),
                b64(q)
            ),
        ),
        ("BIND's exponent alone", format!("PrivateExponent: {}", b64(d))),
        ("BIND of an elliptic curve", "PrivateKey: nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=".to_owned()),
        ("BIND's coefficient", format!("Coefficient: {}", b64(qi))),
        (
            "Java",
            format!(
                "Sun RSA private CRT key, 2048 bits\n  params: null\n  modulus: {n}\n  public exponent: 65537\n  private \
                 exponent: {d}\n  prime p: {p}\n"
            ),
        ),
        ("Java's prime alone", format!("prime exponent p: {dp}")),
        ("Bouncy Castle", format!("RSA Private CRT Key\n             primeP: {}\n", hex(p))),
        ("Java source", format!("BigInteger d = new BigInteger(\"{d}\");")),
        ("Java source in base 16", format!("BigInteger d = new BigInteger(\"{}\", 16);", hex(d))),
        (
            "cryptography",
            format!("RSAPrivateNumbers(p={p}, q={q}, d={d}, dmp1={dp}, dmq1={dq}, iqmp={qi}, public_numbers=x)"),
        ),
        ("cryptography's primes", format!("RSAPrivateNumbers(p={p}, q={q})")),
        ("iqmp", format!("iqmp={qi}")),
        ("Python in hexadecimal", format!("key.d = 0x{}", hex(d))),
        ("Python's rsa", format!("PrivateKey({n}, 65537, {d}, {p}, {q})")),
        ("RSA.construct", format!("RSA.construct(({n}, 65537, {d}))")),
        ("Go %v", format!("&{{{{{n} 65537}} {d} [{p} {q}] {{{dp} {dq} {qi} []}}}}")),
        ("Go %+v", format!("&{{PublicKey:{{N:{n} E:65537}} D:{d} Primes:[{p} {q}] Precomputed:{{Dp:{dp}}}}}")),
        ("Go's primes", format!("Primes:[{p} {q}]")),
        (
            "libgcrypt",
            format!(
                "(private-key\n (rsa\n  (n #00{}#)\n  (e #010001#)\n  (d #{}#)\n  (p #00{}#)))",
                hex(n),
                hex(d),
                hex(p)
            ),
        ),
        ("libgcrypt's d", format!("(d #{}#)", hex(d))),
        ("libgcrypt in base64", format!("(d |{}|)", b64(d))),
        ("PHP", format!("'d' => base64_decode('{}'),", b64(d))),
        ("C#", format!("rsa.D = Convert.FromBase64String(\"{}\");", b64(d))),
        ("a table", format!("| n | {} |\n| d | {} |", url(n), url(d))),
        ("CSV", format!("n,{}\nd,{}\n", url(n), url(d))),
        ("age", "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX".to_owned()),
    ]
}

#[test]
fn private_numbers_are_found_in_every_spelling() {
    let mut missed = Vec::new();
    for (kind, text) in spellings() {
        let json = serde_json::json!({ "evidence": text }).to_string();
        let ways = [
            ("", text.clone()),
            ("in a sentence", format!("Here is our key:\n\n{text}\n\nKind regards")),
            ("in JSON", json.clone()),
            ("in JSON twice", serde_json::json!(json).to_string()),
            ("in base64", base64(text.as_bytes())),
            ("in HTML", text.replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")),
            ("with CRLF", text.replace('\n', "\r\n")),
        ];
        missed.extend(
            ways.iter().filter(|(_, text)| !private_key::found_in(text)).map(|(way, _)| format!("{kind} {way}")),
        );
    }
    assert_eq!(missed, Vec::<String>::new());
}

/// The forms of Windows and of COSE.
#[test]
fn private_keys_are_found_in_binary_forms() {
    let Numbers { n, d, p, q, dp, dq, qi } = &Numbers::new();
    let little = |number: &BigUint| number.to_bytes_le();
    let big = |number: &BigUint| number.to_bytes_be();
    let capi_head = |kind: u8, algorithm: u8, magic: &[u8]| {
        [&[kind, 2, 0, 0, 0, algorithm, 0, 0][..], magic, &[0, 8, 0, 0, 1, 0, 1, 0]].concat()
    };
    let capi_body = [little(n), little(p), little(q), little(dp), little(dq), little(qi), little(d)].concat();
    let capi = [capi_head(7, 0xa4, b"RSA2"), capi_body.clone()].concat();
    let pvk =
        [&[0x1e, 0xf1, 0xb5, 0xb0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 16, 0, 0, 0, 84, 4, 0, 0][..], &capi_body[..]];
    let cng = |magic: &[u8]| {
        let head = [magic, &[0, 8, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 128, 0, 0, 0, 128, 0, 0, 0, 1, 0, 1]].concat();
        [head, big(n), big(p), big(q)].concat()
    };
    let curve = [b"ECS2", &[0x20, 0, 0, 0][..], &[0x9d; 96]].concat();
    let byte_string = |label: u8| [&[label, 0x58, 0x20][..], &[0x9d; 32]].concat();
    let cose = [vec![0xa5, 1, 2, 0x20, 1], byte_string(0x21), byte_string(0x22), byte_string(0x23)].concat();
    let cose_edwards = [vec![0xa4, 1, 1, 0x20, 6], byte_string(0x21), byte_string(0x23)].concat();
    let cose_rsa =
        [vec![0xa4, 1, 3, 0x20, 0x59, 1, 0], big(n), vec![0x21, 0x43, 1, 0, 1, 0x22, 0x59, 1, 0], big(d)].concat();
    let private = [
        ("PRIVATEKEYBLOB", capi.clone()),
        ("PRIVATEKEYBLOB without its header", capi[8..].to_vec()),
        ("PVK", pvk.concat()),
        ("BCRYPT_RSAPRIVATE_BLOB", cng(b"RSA2")),
        ("BCRYPT_RSAFULLPRIVATE_BLOB", cng(b"RSA3")),
        ("BCRYPT_ECCPRIVATE_BLOB", curve),
        ("COSE", cose.clone()),
        ("COSE of Ed25519", cose_edwards),
        ("COSE of RSA", cose_rsa),
    ];
    let public = [
        ("PUBLICKEYBLOB", [capi_head(6, 0xa4, b"RSA1"), little(n)].concat()),
        ("BCRYPT_RSAPUBLIC_BLOB", cng(b"RSA1")[..283].to_vec()),
        ("COSE", [&[0xa4], &cose[1..75]].concat()),
    ];
    for (is_private, blobs) in [(true, &private[..]), (false, &public[..])] {
        for (kind, blob) in blobs {
            assert_eq!(private_key::found_in_bytes(blob), is_private, "{kind}");
            for (way, text) in written(blob) {
                assert_eq!(private_key::found_in(&text), is_private, "{kind}, {way}");
            }
        }
    }
}

/// A part of a key in hexadecimal, cut where it may be.
#[test]
fn half_of_a_key_in_hexadecimal_is_found() {
    let pem = include_str!("../life/private.pem");
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let digits = domain::hex::lower(&data_encoding::BASE64.decode(body.as_bytes()).unwrap());
    for cut in 0..4 {
        assert!(private_key::found_in(&digits[digits.len() / 2 + cut..]), "the second half, from {cut}");
        assert!(private_key::found_in(&digits[cut..digits.len() / 2]), "the first half, from {cut}");
    }
}

/// What has such names and is no secret.
#[test]
fn public_numbers_of_such_names_are_none() {
    let Numbers { n, p, q, .. } = &Numbers::new();
    let spki =
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0";
    let digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let series: Vec<String> = (0..100).map(|at| (at * 7 % 250).to_string()).collect();
    for text in [
        format!("v=DKIM1; k=rsa; p={spki}"),
        format!("DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=a; bh={}; b={}", base64(&[0x5a; 32]), url(n)),
        format!("p: {}\ng: 2", hex(n)),
        format!("P: {}\nQ: {}\nG: {}", hex(n), &hex(q)[..64], hex(n)),
        format!("(public-key (dsa (p #00{}#)(q #{}#)(g #{}#)))", hex(n), &hex(q)[..64], hex(n)),
        format!(r#"{{"d":"{digest}","p":"{digest}","q":"{digest}"}}"#),
        format!("?d={digest}&p={digest}"),
        format!(r#"{{"Modulus":"{}","Exponent":"AQAB","D":null,"P":null,"Q":null}}"#, b64(n)),
        format!("<RSAKeyValue><Modulus>{}</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>", b64(n)),
        format!("Sun RSA public key, 2048 bits\n  modulus: {n}\n  public exponent: 65537"),
        format!("RSAPublicNumbers(e=65537, n={n})"),
        format!("&{{{n} 65537}}"),
        format!("&{{{n} 65537}} &{{{} 65537}}", n + p),
        format!("PublicKey({n}, 65537)"),
        format!("private_key_id: {digest}\nprivate key fingerprint SHA256: {}", base64(&[0x5a; 32])),
        "private_key: /home/Partner1/certificates/NhsLogin/production/Key1.pem".to_owned(),
        "PrivateKey=C:/Users/Ada2/Documents/NhsLogin/production/private/Key1.pem".to_owned(),
        format!("\"d\": [{}]", series.join(", ")),
        "P: people who wait longer than 18 weeks\nQ: quality of what they get\nD: deaths".to_owned(),
        "AGE-SECRET-KEY-1 is how an identity of age begins; keep yours to yourself, and never paste it here."
            .to_owned(),
        "private exponent: keep it to yourself. prime1 and prime2: too. coefficient: 0.123456789".to_owned(),
        "RSA2048 RSA2 RSA3 ECS2 and DSS2 are names".to_owned(),
    ] {
        assert!(!private_key::found_in(&text), "{text}");
        assert!(!private_key::found_in(&base64(text.as_bytes())), "{text} in base64");
    }
}
