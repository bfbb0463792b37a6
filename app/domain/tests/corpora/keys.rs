use std::path::{Path, PathBuf};

use domain::{key::PublicKey, private_key};

/// Where `fetch.sh` put the corpora.
fn corpus(name: &str) -> PathBuf {
    let root = std::env::var_os("CORPORA").map(PathBuf::from);
    let root = root.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/corpora"));
    let path = root.join(name);
    assert!(path.is_dir(), "{} is missing: run app/domain/tests/corpora/fetch.sh", path.display());
    path
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn name(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap().display().to_string()
}

/// A verdict for every file, as text and as base64 of its bytes, with all sizes allowed; what is accepted is named.
#[test]
fn only_these_are_accepted() {
    let root = corpus("cryptography_vectors");
    let files = files(&root);
    assert!(files.len() > 1500, "{} files", files.len());
    let mut accepted = Vec::new();
    for path in &files {
        let bytes = std::fs::read(path).unwrap();
        if bytes.len() > 256 * 1024 {
            continue;
        }
        let encoded = data_encoding::BASE64.encode(&bytes);
        for (form, text) in [
            ("text", private_key::text_of(&bytes)),
            ("DER", format!("-----BEGIN PUBLIC KEY-----\n{encoded}\n-----END PUBLIC KEY-----\n")),
            ("DER", format!("-----BEGIN RSA PUBLIC KEY-----\n{encoded}\n-----END RSA PUBLIC KEY-----\n")),
        ] {
            if let Ok(key) = PublicKey::parse(&text, &[1024, 2048, 3072, 4096]) {
                accepted.push(format!("{} ({form}, {} bits)", name(&root, path), key.bits()));
            }
        }
    }
    let kept = include_str!("../snapshots/accepted_keys.txt");
    assert_eq!(accepted, kept.lines().collect::<Vec<_>>());
}

/// The names of the corpus say which files are private keys.
#[test]
fn private_keys_are_found_and_others_are_not() {
    let root = corpus("cryptography_vectors");
    let mut wrong = Vec::new();
    let mut found = 0;
    for path in files(&root) {
        let bytes = std::fs::read(&path).unwrap();
        if bytes.len() > 256 * 1024 {
            continue;
        }
        let text = private_key::text_of(&bytes);
        let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned()).unwrap_or_default();
        let is_private = private_key::found_in_bytes(&bytes);
        found += usize::from(is_private);
        let labelled = text.contains("PRIVATE KEY-----");
        let public = matches!(extension.as_str(), "crt" | "crl" | "pub" | "csr" | "py");
        if (labelled && !is_private) || (public && is_private && !labelled) {
            wrong.push(name(&root, &path));
        }
    }
    assert!(found > 100, "{found} private keys");
    assert_eq!(wrong, Vec::<String>::new());
}

/// Each kind of file that is no RSA key, by its folder and its name, as it is or in base64 under the label of
/// a public key, gets the verdict of its kind.
#[test]
fn what_is_no_key_gets_the_verdict_of_its_kind() {
    let root = corpus("cryptography_vectors");
    let kinds = [
        ("x509/PKITS_data/certs", "", ".crt", "key-certificate", 400),
        ("x509/requests", "", "", "key-certificate-request", 20),
        ("asymmetric/EC", "secp", "-pub-", "key-not-rsa", 7),
        ("asymmetric/Ed25519", "ed25519-pub", "", "key-not-rsa", 3),
        ("asymmetric/Ed448", "ed448-pub", "", "key-not-rsa", 2),
        ("asymmetric/X25519", "x25519-pub", "", "key-not-rsa", 2),
        ("asymmetric/X448", "x448-pub", "", "key-not-rsa", 2),
        ("asymmetric/DH", "dhpub", "", "key-not-rsa", 5),
        ("asymmetric/OpenSSH", "rsa-", ".key.pub", "key-openssh", 2),
        ("asymmetric/OpenSSH", "e", ".key.pub", "key-not-rsa", 4),
        ("asymmetric/OpenSSH", "sk-", ".key.pub", "key-not-rsa", 4),
        ("asymmetric/OpenSSH", "dsa-", ".key.pub", "key-not-rsa", 2),
    ];
    let mut wrong = Vec::new();
    for (folder, start, part, rule, fewest) in kinds {
        let of_kind = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with(start) && name.contains(part)
        };
        let paths: Vec<PathBuf> = files(&root.join(folder)).into_iter().filter(of_kind).collect();
        assert!(paths.len() >= fewest, "{folder}: {}", paths.len());
        for path in paths {
            let bytes = std::fs::read(&path).unwrap();
            let text = match std::str::from_utf8(&bytes) {
                Ok(text) if text.contains("BEGIN") || text.contains("ssh") || text.contains("ecdsa") => text.to_owned(),
                _ => {
                    let encoded = data_encoding::BASE64.encode(&bytes);
                    format!("-----BEGIN PUBLIC KEY-----\n{encoded}\n-----END PUBLIC KEY-----\n")
                }
            };
            let verdict =
                PublicKey::parse(&text, &[2048]).map_or_else(|rule| rule.name().to_owned(), |_| "accepted".into());
            if verdict != rule {
                wrong.push(format!("{}: {verdict}", name(&root, &path)));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
