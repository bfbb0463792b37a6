//! Threat 12: private keys in other clothes, dressed by the programs that people use; and what people honestly write,
//! dressed in the same way, which is no private key.

use domain::{hex, private_key};
use proptest::prelude::*;

use crate::tools::{Shell, base64, body, pipe};

/// Files that hold a private key, with the command that prints each.
const PRIVATE: [(&str, &str); 9] = [
    ("PKCS#8", "openssl genrsa 2048"),
    ("PKCS#1", "openssl genrsa -traditional 2048"),
    ("encrypted PKCS#8", "openssl genrsa 2048 | openssl pkcs8 -topk8 -passout pass:secret"),
    ("SEC 1", "openssl ecparam -name prime256v1 -genkey -noout"),
    ("Ed25519", "openssl genpkey -algorithm ED25519"),
    ("OpenSSH", "ssh-keygen -q -t rsa -b 2048 -N '' -C a -f k && cat k"),
    ("DER", "openssl genrsa 2048 | openssl rsa -outform DER"),
    ("PKCS#1 DER", "openssl genrsa 2048 | openssl rsa -traditional -outform DER"),
    (
        "PKCS#12",
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout k -subj /CN=a -out c && openssl pkcs12 -export -inkey k -in c -passout pass:a",
    ),
];

/// Files that hold none.
const PUBLIC: [(&str, &str); 10] = [
    ("SPKI", "openssl genrsa 2048 | openssl rsa -pubout"),
    ("PKCS#1", "openssl genrsa 4096 | openssl rsa -RSAPublicKey_out"),
    ("DER", "openssl genrsa 2048 | openssl rsa -pubout -outform DER"),
    ("EC", "openssl ecparam -name secp384r1 -genkey -noout | openssl ec -pubout"),
    ("DSA parameters", "openssl dsaparam 2048"),
    ("certificate", "openssl req -x509 -newkey rsa:2048 -nodes -keyout k -subj /CN=a"),
    ("certificate in DER", "openssl req -x509 -newkey rsa:2048 -nodes -keyout k -subj /CN=a -outform DER"),
    ("request", "openssl req -new -newkey rsa:2048 -nodes -keyout k -subj /CN=a"),
    (
        "signed message",
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout k -subj /CN=a -out c && echo a | openssl cms -sign -signer c -inkey k -outform PEM",
    ),
    ("OpenSSH", "ssh-keygen -q -t rsa -b 2048 -N '' -C a@b -f k && cat k.pub"),
];

/// Programs that dress a file in text, each with a word for it.
const DRESSES: [(&str, &str); 33] = [
    ("xxd", "xxd"),
    ("xxd in columns", "xxd -g 1 -c 24"),
    ("xxd plain", "xxd -p"),
    ("xxd as C", "xxd -i"),
    ("xxd bits", "xxd -b"),
    ("xxd with the lowest byte first", "xxd -e"),
    ("hexdump -C", "hexdump -v -C"),
    ("hexdump", "hexdump -v"),
    ("hexdump -d", "hexdump -v -d"),
    ("hexdump of a program", "hexdump -v -e '1/1 \"%02x \"'"),
    ("od", "od -v"),
    ("od -b", "od -v -b"),
    ("od -c", "od -v -c"),
    ("od -x", "od -v -x"),
    ("od with letters beside", "od -v -A x -t x1z"),
    ("od in decimal", "od -v -A d -t u1"),
    ("openssl base64", "openssl base64"),
    ("base64 once", "base64 -w 0"),
    ("base64 twice", "base64 | base64"),
    ("gzip in base64", "gzip -9 | base64"),
    ("gzip in hexadecimal", "gzip | xxd -p"),
    ("base64 in gzip in base64", "base64 | gzip | base64"),
    ("cat -n", "base64 | cat -n"),
    ("nl", "base64 | nl -ba"),
    ("grep -n", "base64 | grep -n ''"),
    ("quoted mail", "base64 | sed 's/^/> > /'"),
    ("difference", "base64 | diff -u /dev/null - || true"),
    ("difference that takes it away", "base64 | diff -u - /dev/null || true"),
    ("log", "base64 | sed 's/^/2026-11-26T15:50:00.123456Z web-7f9c6d5b8-x2x4z app[12]: INFO /'"),
    (
        "log of a container",
        r#"base64 | sed 's/.*/{"log":"&\\n","stream":"stdout","time":"2026-11-26T15:50:00.123456789Z"}/'"#,
    ),
    ("base32", "base32"),
    ("base32 in small letters", "base32 | tr A-Z a-z"),
    (
        "uuencode",
        "python3 -c 'import binascii, sys; [sys.stdout.buffer.write(binascii.b2a_uu(line)) for line in \
     iter(lambda: sys.stdin.buffer.read(45), b\"\")]'",
    ),
];

/// The ways in which programs write bytes.
pub(crate) fn written(bytes: &[u8]) -> Vec<(&'static str, String)> {
    let list = |number: &dyn Fn(u8) -> String, between: &str| {
        bytes.iter().map(|byte| number(*byte)).collect::<Vec<_>>().join(between)
    };
    let wide = |unit: fn(u16) -> [u8; 2]| bytes.iter().flat_map(|byte| unit(u16::from(*byte))).collect::<Vec<u8>>();
    let latin1: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let packed = |order: fn([u8; 2]) -> u16| -> String {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| order([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    let mut ways = vec![
        ("hexadecimal", hex::lower(bytes)),
        ("hexadecimal with 0x", format!("0x{}", hex::lower(bytes))),
        ("bytea", format!("\\x{}", hex::lower(bytes))),
        ("colons", list(&|byte| format!("{byte:02X}"), ":")),
        ("hyphens", list(&|byte| format!("{byte:02X}"), "-")),
        ("C array", format!("unsigned char key[] = {{\n  {}\n}};", list(&|byte| format!("0x{byte:02x}"), ", "))),
        ("Java array", format!("byte[] key = {{{}}};", list(&|byte| format!("(byte)0x{byte:02x}"), ", "))),
        ("Java numbers", format!("{{{}}}", list(&|byte| byte.cast_signed().to_string(), ", "))),
        ("Go", format!("[]byte{{{}}}", list(&|byte| format!("0x{byte:x}"), ","))),
        ("assembler", list(&|byte| format!("0{byte:02x}h"), ",")),
        ("JSON list", format!("[{}]", list(&|byte| byte.to_string(), ","))),
        ("decimal", list(&|byte| byte.to_string(), " ")),
        ("decimal lines", list(&|byte| byte.to_string(), "\n")),
        ("Buffer", format!("<Buffer {}>", list(&|byte| format!("{byte:02x}"), " "))),
        ("string of C", format!("\"{}\"", list(&|byte| format!("\\x{byte:02x}"), ""))),
        ("octal string", list(&|byte| format!("\\{byte:03o}"), "")),
        ("JavaScript", list(&|byte| format!("\\u{byte:04x}"), "")),
        ("URL", list(&|byte| format!("%{byte:02X}"), "")),
        ("quoted-printable", list(&|byte| format!("={byte:02X}"), "")),
        ("Latin-1", latin1.clone()),
        ("URL-safe base64", base64(bytes).replace('+', "-").replace('/', "_").replace('=', "")),
        ("base64 in JSON", serde_json::json!({ "file": base64(bytes) }).to_string()),
        ("base64 in a Kubernetes secret", format!("data:\n  tls.key: {}\n", base64(bytes))),
        ("base64 after a word", format!("key {}", base64(bytes))),
        ("data URL", format!("data:application/octet-stream;base64,{}", base64(bytes))),
        ("JSON twice", serde_json::json!(serde_json::json!({ "file": base64(bytes) }).to_string()).to_string()),
        (
            "strings of Java",
            base64(bytes)
                .as_bytes()
                .chunks(60)
                .map(|line| format!("    \"{}\" +\n", String::from_utf8_lossy(line)))
                .collect(),
        ),
        (
            "quoted mail",
            base64(bytes).as_bytes().chunks(64).map(|line| format!("> {}\n", String::from_utf8_lossy(line))).collect(),
        ),
        ("UTF-16 in base64", base64(&wide(u16::to_le_bytes))),
        ("UTF-16 in hexadecimal", hex::lower(&wide(u16::to_be_bytes))),
    ];
    if bytes.is_ascii() {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let apart = |between: &str| text.chars().map(|c| format!("{c}{between}")).collect::<String>();
        ways.extend([
            ("UTF-16 read as it is", String::from_utf8_lossy(&wide(u16::to_le_bytes)).into_owned()),
            ("UTF-16BE read as it is", String::from_utf8_lossy(&wide(u16::to_be_bytes)).into_owned()),
            (
                "UTF-16 with a mark",
                String::from_utf8_lossy(&[&[0xff, 0xfe], &wide(u16::to_le_bytes)[..]].concat()).into_owned(),
            ),
            ("replacement characters between", apart("\u{fffd}")),
            ("NULs in words", apart("^@")),
            ("NULs escaped", apart("\\u0000")),
            ("spaces between", apart(" ")),
            ("read as UTF-16", packed(u16::from_le_bytes)),
            ("read as UTF-16BE", packed(u16::from_be_bytes)),
            (
                "UTF-16 with its bytes exchanged",
                text.encode_utf16().map(|unit| char::from_u32(u32::from(unit) << 8).unwrap()).collect(),
            ),
            ("JSON", serde_json::json!(text).to_string()),
            ("HTML", text.replace('\n', "<br>")),
            ("cat -n", text.lines().enumerate().map(|(at, line)| format!("{:6}\t{line}\n", at + 1)).collect()),
            ("difference", text.lines().map(|line| format!("+{line}\n")).collect()),
            ("difference that takes it away", text.lines().map(|line| format!("-{line}\n")).collect()),
            ("log", text.lines().map(|line| format!("2026-11-26 15:50:00,123 INFO [main] {line}\n")).collect()),
            ("numbered lines", text.lines().enumerate().map(|(at, line)| format!("{:4}  {line}\n", at + 1)).collect()),
        ]);
    }
    ways
}

/// Everything that the programs and the ways above make of a file.
fn dressed(file: &[u8]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = written(file).into_iter().map(|(way, text)| (way.to_owned(), text)).collect();
    for (dress, command) in DRESSES {
        let text = String::from_utf8(pipe("sh", &["-c", command], file)).unwrap();
        assert!(!text.is_empty(), "{dress}");
        all.push((dress.to_owned(), text.clone()));
        all.push((
            format!("{dress}, after a sentence"),
            format!("Here is what you asked for:\n\n{text}\nKind regards"),
        ));
        all.push((format!("{dress}, with CRLF"), text.replace('\n', "\r\n")));
    }
    all
}

fn file(command: &str) -> Vec<u8> {
    Shell::new().bytes(&format!("({command}) 2>/dev/null"))
}

#[test]
fn a_private_key_is_found_in_every_dress() {
    let mut missed = Vec::new();
    for (kind, command) in PRIVATE {
        let file = file(command);
        assert!(private_key::found_in_bytes(&file), "{kind}");
        for (dress, text) in dressed(&file) {
            if !private_key::found_in(&text) {
                missed.push(format!("{kind}, {dress}"));
            }
        }
        let wide = |unit: fn(u16) -> [u8; 2]| file.iter().flat_map(|byte| unit(u16::from(*byte))).collect::<Vec<u8>>();
        for (dress, bytes) in [
            ("gzip", pipe("gzip", &[], &file)),
            ("zlib", pipe("python3", &["-c", ZLIB], &file)),
            ("ZIP", pipe("python3", &["-c", ZIP], &file)),
            ("UTF-16LE", wide(u16::to_le_bytes)),
            ("UTF-16BE", wide(u16::to_be_bytes)),
        ] {
            if !private_key::found_in_bytes(&bytes) || !private_key::found_in(&base64(&bytes)) {
                missed.push(format!("{kind}, {dress}"));
            }
        }
    }
    assert_eq!(missed, Vec::<String>::new());
}

const ZLIB: &str = "import sys, zlib; sys.stdout.buffer.write(zlib.compress(sys.stdin.buffer.read()))";
const ZIP: &str = "import io, sys, zipfile
out = io.BytesIO()
zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED).writestr('k', sys.stdin.buffer.read())
sys.stdout.buffer.write(out.getvalue())";

#[test]
fn nothing_is_found_in_what_is_public() {
    let mut wrong = Vec::new();
    for (kind, command) in PUBLIC {
        let file = file(command);
        assert!(!private_key::found_in_bytes(&file), "{kind}");
        for (dress, text) in dressed(&file) {
            if private_key::found_in(&text) {
                wrong.push(format!("{kind}, {dress}"));
            }
        }
        if private_key::found_in(&base64(&pipe("gzip", &[], &file))) {
            wrong.push(format!("{kind}, gzip"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The members of a key, wherever they are written: JWK and JWKS, XML, PuTTY, a keystore, what OpenSSL prints.
#[test]
fn a_private_key_is_found_in_other_formats() {
    let shell = Shell::new();
    shell.run("openssl genrsa -out k.pem 2048 2>&1; openssl rsa -in k.pem -traditional -out 1.pem 2>&1; openssl ecparam -name prime256v1 -genkey -noout -out e.pem; openssl genpkey -algorithm ED25519 -out 9.pem");
    let numbers = shell.run("openssl rsa -in k.pem -text -noout");
    let number = |name: &str| {
        let digits = numbers.split(&format!("{name}:")).nth(1).unwrap();
        let digits: String = digits
            .chars()
            .take_while(|c| c.is_ascii_hexdigit() || ":\n ".contains(*c))
            .filter(char::is_ascii_hexdigit)
            .collect();
        let bytes = data_encoding::HEXLOWER.decode(&digits.as_bytes()[..digits.len() / 2 * 2]).unwrap();
        data_encoding::BASE64URL_NOPAD.encode(bytes.strip_prefix(&[0]).unwrap_or(&bytes))
    };
    let (n, d, p, q) = (number("modulus"), number("privateExponent"), number("prime1"), number("prime2"));
    let jwk = serde_json::json!({ "kty": "RSA", "n": n, "e": "AQAB", "d": d, "p": p, "q": q });
    let jwks = serde_json::json!({ "keys": [{ "kty": "RSA", "n": n, "e": "AQAB" }, jwk] });
    let xml = format!(
        "<RSAKeyValue><Modulus>{n}</Modulus><Exponent>AQAB</Exponent><P>{p}</P><Q>{q}</Q><D>{d}</D></RSAKeyValue>"
    );
    let prefixed = xml
        .replace("</", "</ds:")
        .replace("<R", "<ds:R")
        .replace("<D>", "<ds:D>")
        .replace("<P>", "<ds:P>")
        .replace("<Q>", "<ds:Q>")
        .replace("<Modulus>", "<ds:Modulus>");
    // The one of these that is not written in the alphabet of URLs.
    let [body, d_body, p_body] = [&n, &d, &p].map(|number| number.replace('-', "+").replace('_', "/"));
    let putty = format!(
        "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: a\nPublic-Lines: 6\n{body}\nPrivate-Lines: 14\n\
         {d_body}\n{p_body}\n"
    );
    let java = [&[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1][..], &[7; 60]].concat();
    let trust = [&[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1][..], &[7; 60]].concat();
    assert!(!private_key::found_in_bytes(&trust) && private_key::found_in_bytes(&java));
    let mut texts = vec![
        ("JWK", jwk.to_string()),
        ("JWKS", jwks.to_string()),
        ("JWK over lines", serde_json::to_string_pretty(&jwk).unwrap()),
        ("XML", xml),
        ("XML with prefixes", prefixed),
        ("PuTTY", putty.clone()),
        ("PuTTY without its first lines", putty.split_once("Private").map(|(_, end)| format!("Private{end}")).unwrap()),
        ("Java keystore", String::from_utf8_lossy(&java).into_owned()),
        ("PyCryptodome", format!("RsaKey(n={n}, e=65537, d={d}, p={p}, q={q}, u=1)").replace(['-', '_'], "1")),
    ];
    texts.retain(|(kind, _)| *kind != "Java keystore");
    for command in [
        "openssl rsa -in k.pem -text -noout",
        "openssl asn1parse -in k.pem",
        "openssl asn1parse -in 1.pem",
        "openssl asn1parse -in 1.pem -i -dump",
        "openssl asn1parse -in e.pem",
        "openssl pkcs8 -topk8 -nocrypt -in e.pem | openssl asn1parse",
        "openssl asn1parse -in 9.pem",
        "openssl ec -in e.pem -text -noout 2>/dev/null",
        "openssl pkey -in 9.pem -text -noout",
    ] {
        texts.push((command, shell.run(command)));
    }
    let mut missed = Vec::new();
    for (kind, text) in &texts {
        let gzip = base64(&pipe("gzip", &[], text.as_bytes()));
        for (way, text) in [("", text.clone()), (" in base64", base64(text.as_bytes())), (" in gzip", gzip)] {
            if !private_key::found_in(&text) {
                missed.push(format!("{kind}{way}"));
            }
        }
        for (dress, text) in written(text.as_bytes()) {
            // Each line of a JWK, and what stands between its quotes, has a number or a sign in front then.
            let is_by_line = matches!(dress, "numbered lines" | "cat -n" | "log") || dress.starts_with("difference");
            if !is_by_line && !private_key::found_in(&text) {
                missed.push(format!("{kind}, {dress}"));
            }
        }
    }
    assert_eq!(missed, Vec::<String>::new());
}

/// The body alone, without its first or its last lines. What is left of a key of RSA or of an elliptic curve can be
/// told; what is left of an encrypted one cannot.
#[test]
fn the_rest_of_a_body_is_found() {
    let mut missed = Vec::new();
    for (kind, command) in
        PRIVATE.into_iter().filter(|(kind, _)| matches!(*kind, "PKCS#8" | "PKCS#1" | "SEC 1" | "OpenSSH"))
    {
        let pem = Shell::new().run(&format!("({command}) 2>/dev/null"));
        let body = body(&pem);
        let lines: Vec<&str> = body.lines().collect();
        let parts = [
            ("whole", lines.join("\n")),
            ("on one line", lines.concat()),
            ("without its first line", lines[1..].join("\n")),
            ("without its last line", lines[..lines.len() - 1].join("\n")),
            ("without either", lines[1..lines.len() - 1].join("\n")),
        ];
        for (part, text) in parts {
            let is_short = kind == "SEC 1" && part == "without either";
            let is_found = private_key::found_in(&text) && private_key::found_in(&base64(text.as_bytes()));
            if !is_short && !is_found {
                missed.push(format!("{kind}, {part}"));
            }
        }
        if kind.starts_with("PKCS") {
            let half = lines[lines.len() / 2..].join("\n");
            assert!(private_key::found_in(&half), "{kind}, the second half");
        }
    }
    assert_eq!(missed, Vec::<String>::new());
}

/// What people write into forms and what programs print there.
#[test]
fn nothing_is_found_in_what_people_write() {
    let digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let lorem = "We send letters about appointments to the address that the person confirmed, and keep the NHS number beside it. ";
    let jwt = |payload: &str| {
        let part = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
        format!(
            "{}.{}.{}",
            part(r#"{"alg":"RS512","typ":"JWT","kid":"a"}"#),
            part(payload),
            data_encoding::BASE64URL_NOPAD.encode(&[0x9d; 256])
        )
    };
    let uuids: String = (0..200).map(|at| format!("018f{at:04x}-7c1a-7000-8000-{at:012x}\n")).collect();
    let table: String = (0..300).map(|at| format!("{at},{},{},{}\n", at % 7, at * 3 % 250, at % 2)).collect();
    for text in [
        lorem.repeat(600),
        lorem.replace(' ', "").repeat(600),
        digest.to_owned(),
        digest
            .as_bytes()
            .chunks(2)
            .map(|pair| String::from_utf8_lossy(pair).to_uppercase())
            .collect::<Vec<_>>()
            .join(":"),
        format!("SHA256:{}", base64(&[0x5a; 32])),
        uuids,
        table,
        (0..=255).map(|number| number.to_string()).collect::<Vec<_>>().join(", "),
        jwt(
            r#"{"iss":"a","sub":"a","aud":"https://auth.login.nhs.uk/token","jti":"0123456789abcdef0123456789abcdef","exp":1}"#,
        ),
        jwt(r#"{"d":"0123456789abcdef0123456789abcdef","e":"AQAB","p":"0123456789"}"#),
        format!("https://example.org/cb?state={}&n={}&p=1", base64(&[7; 60]), digest),
        "健康保険の申請書類を確認してから提出してください。".repeat(100),
        "Здоровье и безопасность пациентов превыше всего. ".repeat(100),
        "é è ü ß ñ ç å ø þ ð ".repeat(100),
        "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private_key.pem".into(),
        "d: 0123456789012345678901234567890123456789".into(),
        format!("x={digest} d=1"),
        "00000000  the list begins\n00000010  and goes on\n00000020  and ends\n".into(),
        "A".repeat(64 * 1024),
        "0".repeat(64 * 1024),
        "M".repeat(64 * 1024),
        "30 82 ".repeat(10_000),
    ] {
        assert!(!private_key::found_in(&text), "{}", text.chars().take(200).collect::<String>());
    }
}

proptest! {
    /// What is no key is none in any dress; a key is one at any place of a text.
    #[test]
    fn only_keys_are_found(bytes in proptest::collection::vec(any::<u8>(), 0..400), words in "[a-zA-Z0-9 ,.\n]{0,300}") {
        prop_assert!(!private_key::found_in_bytes(&bytes));
        for (dress, text) in written(&bytes) {
            prop_assert!(!private_key::found_in(&text), "{}", dress);
        }
        for (dress, text) in written(KEY) {
            prop_assert!(private_key::found_in(&format!("{words}\n{text}\n{words}")), "{}", dress);
        }
    }
}

/// A key of Ed25519, made for this test alone.
const KEY: &[u8] = &[
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20, 0x9d, 0x61, 0xb1,
    0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
    0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];

/// The work is bounded whatever is given: the longest text that a form takes, made to be decoded again and again.
#[test]
fn the_work_is_bounded() {
    let zeros = pipe("sh", &["-c", "head -c 100000000 /dev/zero | gzip -9"], &[]);
    let texts = [
        base64(&zeros[..48 * 1024]),
        "H4sI".repeat(15 * 1024),
        "3".repeat(64 * 1024),
        "MIIE".repeat(16 * 1024),
        "3082 ".repeat(13 * 1024),
        "0x30,".repeat(13 * 1024),
        "-----BEGIN PRIVATE KEY-----".repeat(2400),
        "-----END PRIVATE KEY-----".repeat(2600),
        "\\x30".repeat(16 * 1024),
        "d:".repeat(32 * 1024),
        "0000 30\n".repeat(8 * 1024),
        "privateExponent:".repeat(4 * 1024),
        "\u{fffd}a".repeat(16 * 1024),
        "\u{2d2d}".repeat(21 * 1024),
        "<D>Modulus>".repeat(6 * 1024),
        "%00".repeat(21 * 1024),
        "d=1,".repeat(16 * 1024),
        "d=".repeat(32 * 1024),
        "MFRGG2LT".repeat(8 * 1024),
        "M$4A\n".repeat(13 * 1024),
    ];
    for text in texts {
        let (looked_at, begins) = (private_key::bytes_looked_at(&text), text.chars().take(24).collect::<String>());
        assert!(looked_at <= 5 * text.len() + 192 * 1024, "{looked_at} of {}: {begins}", text.len());
    }
}

/// A number that begins with zeros is shorter than its like, and of a length that is written in another way: one key in a
/// hundred has such a one among its last.
#[test]
fn the_rest_of_a_body_with_a_shorter_number_is_found() {
    let number = |header: &[u8], length: usize| [header, &vec![0x5a; length]].concat();
    let (whole, shorter) = (number(&[0x02, 0x81, 0x80], 128), number(&[0x02, 0x7f], 127));
    for rest in [
        [&whole, &shorter, &whole].map(Vec::as_slice).concat(),
        [&shorter, &whole, &shorter].map(Vec::as_slice).concat(),
    ] {
        assert!(private_key::found_in(&base64(&rest)));
    }
    let apart = [whole.as_slice(), &[0; 3], &shorter, &[0; 3], &whole].concat();
    assert!(!private_key::found_in(&base64(&apart)), "numbers that do not follow each other");
}

/// The same byte over and over has any structure at every step: in two-byte characters, read a few bits aside, some were
/// three short numbers of one size.
#[test]
fn nothing_is_found_in_one_byte_over_and_over() {
    for byte in 0..=u8::MAX {
        for (dress, text) in written(&[byte; 240]) {
            assert!(!private_key::found_in(&text), "{byte:#04x}, {dress}");
        }
    }
}

/// What ends a line of base64 is no name, though a quoted mail has the sign after it that others have before a value.
#[test]
fn the_end_of_a_line_is_no_name() {
    let line = "kVJXa0CSxzLbUmIh+NUj0/nAjPPrJDZmT49Ee+DIz6V8f2Qig64IxYKJTYJ";
    for name in ["QInv", "iqmP", "DMp1", "dmq1"] {
        let text = format!("> {line}{name}\n> {line}/{name}\n> {line}+{name}\n> {line}1234\n");
        assert!(!private_key::found_in(&text), "{name}");
        for value in [format!("{name} = {line}"), format!("rsa->{name}: \"{line}\""), format!("RSA_{name} = {line}")] {
            assert!(private_key::found_in(&value), "{value}");
        }
    }
}
