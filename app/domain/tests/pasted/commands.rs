//! Each command that a sentence gives is run, on the very input that gets it, and what it yields is accepted.

use domain::key::{self, PublicKey};

use crate::tools::Shell;

/// What a page says of a file.
fn sentence(file: &[u8]) -> String {
    let judged = key::text_of_file(file, &[2048]).and_then(|text| PublicKey::parse(&text, &[2048]));
    judged.map_or_else(|rule| rule.to_string(), |_| "accepted".to_owned())
}

/// The commands of a sentence, in their order: each follows “Run”, “run” or “and then”, and ends before what is to be done
/// next.
pub(crate) fn commands(sentence: &str) -> Vec<String> {
    let ends = [" and then ", " and paste what is", " and copy your own", ", and paste what is"];
    let mut found = Vec::new();
    for start in [" Run ", "hen run ", " and then ", " with "] {
        for (at, _) in sentence.match_indices(start) {
            let rest = &sentence[at + start.len()..];
            let end = ends.iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
            if ["openssl", "ssh-keygen", "node", "base64"].iter().any(|program| rest.starts_with(program)) {
                found.push((at, rest[..end].to_owned()));
            }
        }
    }
    found.sort();
    found.into_iter().map(|(_, command)| command).collect()
}

/// Does what the sentence says with a file of that name, and gives what stands in `public_key.pem` then.
pub(crate) fn follow(shell: &Shell, file: &[u8], name: &str) -> String {
    let said = sentence(file);
    std::fs::write(shell.path().join(name), file).unwrap();
    if let Some((_, label)) = said.split_once("lines to say ") {
        let label = label.split_once(". ").unwrap().0;
        shell.run(&format!(
            "sed -i 's/-----BEGIN .*-----/-----BEGIN {label}-----/; s/-----END .*-----/-----END {label}-----/' {name}"
        ));
    }
    let commands = commands(&said);
    assert!(!commands.is_empty(), "{said}");
    for command in commands {
        assert!(command.contains(name) || !command.contains(" x509 -inform DER"), "{name}: {said}");
        if command.starts_with("openssl x509 -in certificate.pem") && said.contains("certificates.pem") {
            // What a person does between the two commands: copies the certificate whose subject is the service's.
            let all = shell.run("cat certificates.pem");
            let own = all
                .split("subject=")
                .find(|part| part.trim_start().starts_with("CN = demo\n") || part.starts_with("CN=demo\n"));
            std::fs::write(shell.path().join("certificate.pem"), own.unwrap()).unwrap();
        }
        shell.run(&command);
    }
    shell.run("cat public_key.pem")
}

#[test]
fn the_commands_that_the_sentences_recommend_work() {
    let make = Shell::new();
    make.run(
        "openssl genrsa -out private_key.pem 2048 2>/dev/null
        openssl rsa -in private_key.pem -pubout -out expected.pem 2>/dev/null
        openssl rsa -in private_key.pem -pubout -outform DER -out spki.der 2>/dev/null
        openssl rsa -in private_key.pem -RSAPublicKey_out -outform DER -out pkcs1.der 2>/dev/null
        openssl req -x509 -key private_key.pem -subj /CN=demo -out certificate.pem
        openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj /CN=demo-ca -out ca.pem 2>/dev/null
        openssl x509 -in certificate.pem -outform DER -out certificate.der
        openssl x509 -in certificate.pem -trustout -out trusted.pem
        openssl req -new -key private_key.pem -subj /CN=demo -out request.csr
        openssl req -in request.csr -outform DER -out request.der
        openssl crl2pkcs7 -nocrl -certfile ca.pem -certfile certificate.pem -out bundle.p7b
        openssl crl2pkcs7 -nocrl -certfile ca.pem -certfile certificate.pem -outform DER -out bundle.der
        base64 expected.pem > key.b64
        cp private_key.pem id_rsa && chmod 600 id_rsa && ssh-keygen -y -f id_rsa > id_rsa.pub
        ssh-keygen -e -f id_rsa.pub > ssh2.pub",
    );
    let expected = make.run("cat expected.pem");
    let jwk = PublicKey::parse(&expected, &[2048]).unwrap().jwk("RS512").to_string();
    make.write("key.jwk", &jwk);
    make.write("keys.jwks", &format!("{{\"keys\": [{{\"kty\": \"EC\"}}, {jwk}]}}"));
    let relabelled = |file: &str| {
        make.run(&format!("sed 's/BEGIN .*-----/BEGIN PUBLIC KEY-----/; s/END .*-----/END PUBLIC KEY-----/' {file}"))
    };
    for file in ["certificate.pem", "request.csr", "bundle.p7b"] {
        make.write(&format!("relabelled-{file}"), &relabelled(file));
    }
    for (file, name) in [
        ("certificate.pem", "certificate.pem"),
        ("trusted.pem", "certificate.pem"),
        ("certificate.der", "certificate.pem"),
        ("relabelled-certificate.pem", "certificate.pem"),
        ("request.csr", "request.csr"),
        ("request.der", "request.csr"),
        ("relabelled-request.csr", "request.csr"),
        ("bundle.p7b", "bundle.p7b"),
        ("bundle.der", "bundle.p7b"),
        ("relabelled-bundle.p7b", "bundle.p7b"),
        ("spki.der", "public_key.der"),
        ("pkcs1.der", "public_key.der"),
        ("key.b64", "key.b64"),
        ("id_rsa.pub", "id_rsa.pub"),
        ("ssh2.pub", "key.pub"),
        ("key.jwk", "key.jwk"),
        ("keys.jwks", "keys.jwks"),
    ] {
        let made = follow(&Shell::new(), &std::fs::read(make.path().join(file)).unwrap(), name);
        assert_eq!(PublicKey::parse(&made, &[2048]).map(|key| key.pem()).as_ref(), Ok(&expected), "{file}");
    }
}

#[test]
fn the_commands_that_make_a_pair_work() {
    for text in [
        "",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\nmQ\n-----END PGP PUBLIC KEY BLOCK-----",
        r#"{"kty":"EC","crv":"P-256","x":"a","y":"b"}"#,
    ] {
        let sentence = PublicKey::parse(text, &[2048]).unwrap_err().to_string();
        let shell = Shell::new();
        let made = commands(&sentence.trim_end_matches('.').replace(", and paste", " and paste"));
        assert_eq!(made.len(), 2, "{sentence}: {made:?}");
        for command in made {
            shell.run(&format!("{command} 2>&1"));
        }
        assert!(PublicKey::parse(&shell.run("cat public_key.pem"), &[2048]).is_ok(), "{sentence}");
    }
}

/// Damage that a sentence says how to undo: what it says is done, and the key is accepted.
#[test]
fn what_a_sentence_says_of_the_lines_mends_them() {
    let shell = Shell::new();
    shell.run("openssl genrsa -out k.pem 2048 2>/dev/null");
    for form in ["-pubout", "-RSAPublicKey_out"] {
        let pem = shell.run(&format!("openssl rsa -in k.pem {form} 2>/dev/null"));
        let expected = PublicKey::parse(&pem, &[2048]).unwrap();
        let lines: Vec<&str> = pem.lines().collect();
        for (wrong, number) in [
            (lines[0].replace("BEGIN", "BEGNI"), 1),
            (lines[0].replace("-----", "----"), 1),
            (lines[0].replace("-----", "\u{2014}"), 1),
            (lines[0].to_lowercase(), 1),
            (lines[lines.len() - 1].replace("END", "ENDE"), lines.len()),
            (lines[lines.len() - 1].trim_end_matches('-').to_owned(), lines.len()),
        ] {
            let mut damaged = lines.clone();
            damaged[number - 1] = &wrong;
            let problem = PublicKey::parse(&damaged.join("\n"), &[2048]).unwrap_err();
            assert_eq!(problem.name(), "key-dashes", "{wrong}");
            let sentence = problem.to_string();
            let told = sentence
                .strip_prefix(&format!("Line {number} must be exactly "))
                .unwrap_or_else(|| panic!("{wrong}: {sentence}"));
            let right = told.split_once(", with").unwrap().0;
            damaged[number - 1] = right;
            assert_eq!(PublicKey::parse(&damaged.join("\n"), &[2048]).as_ref(), Ok(&expected), "{wrong}");
        }
        for label in
            ["CERTIFICATE", "SOME KEY", "CERTIFICATE REQUEST", "EC PUBLIC KEY", "PKCS7", "PUBLIC KEY", "RSA PUBLIC KEY"]
        {
            let own = lines[0].trim_matches('-').trim_start_matches("BEGIN ");
            let under = |label: &str| {
                format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines[1..lines.len() - 1].join("\n"))
            };
            if label == own {
                continue;
            }
            let sentence = PublicKey::parse(&under(label), &[2048]).unwrap_err().to_string();
            let wanted = sentence.rsplit_once("Change both lines to say ").unwrap().1.trim_end_matches('.');
            assert_eq!(PublicKey::parse(&under(wanted), &[2048]).as_ref(), Ok(&expected), "{label}");
        }
    }
}
