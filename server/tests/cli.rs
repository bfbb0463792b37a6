//! The binary as a shell sees it: verdicts, exit codes, and what a wrong configuration says.

use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const KEY: &str = include_str!("../../app/store/tests/keys/a.pem");

fn portal(arguments: &[&str], input: &[u8]) -> Output {
    portal_in(&std::env::temp_dir(), arguments, input)
}

fn portal_in(directory: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_portal"))
        .args(arguments)
        .env_clear()
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // What the program does not read it does not need.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn verdict(arguments: &[&str], input: &[u8]) -> (Option<i32>, Value) {
    let output = portal(&[&["check"], arguments, &["--json"]].concat(), input);
    let stdout = String::from_utf8(output.stdout).unwrap();
    let json = serde_json::from_str(&stdout);
    (output.status.code(), json.unwrap_or_else(|error| panic!("{error}: {stdout} {:?}", output.stderr)))
}

fn rules(verdict: &Value) -> Vec<&str> {
    verdict["problems"].as_array().unwrap().iter().map(|problem| problem["rule"].as_str().unwrap()).collect()
}

#[test]
fn a_sound_key_exits_0_with_its_facts() {
    let (code, verdict) = verdict(&["key"], KEY.as_bytes());
    assert_eq!(
        (code, verdict["sound"].as_bool(), verdict["environment"].as_str()),
        (Some(0), Some(true), Some("live"))
    );
    assert_eq!(verdict["facts"]["bits"], 2048);
    assert_eq!(verdict["facts"]["sha256"].as_str().unwrap().len(), 64);
    for member in ["problems", "warnings", "not_checked"] {
        assert!(verdict[member].is_array(), "{member}");
    }
    assert!(!verdict["not_checked"].as_array().unwrap().is_empty());
}

#[test]
fn a_redirect_uri_loses_one_final_newline_and_no_more() {
    assert_eq!(verdict(&["redirect-uri"], b"https://portal.example.org/cb\n").0, Some(0));
    assert_eq!(verdict(&["redirect-uri", "-"], b"https://portal.example.org/cb").0, Some(0));
    assert_eq!(verdict(&["redirect-uri"], b"https://portal.example.org/cb\n\n").0, Some(1));
    assert_eq!(verdict(&["redirect-uri"], b"http://portal.example.org/cb").0, Some(1));
}

#[test]
fn a_registration_is_judged_as_a_whole() {
    let document = serde_json::json!({
        "client_name": "Appointments",
        "public_key": KEY,
        "redirect_uris": ["https://appointments.example.org/cb"],
        "scope": "openid email",
        "reasons": {"email": "To send a reminder of each appointment that was booked."},
        "nhs_vtr": ["P9.Cp.Cd"],
    });
    let (code, sound) = verdict(&["registration", "--environment", "sandpit"], document.to_string().as_bytes());
    assert_eq!(code, Some(0), "{sound}");
    assert_eq!(sound["facts"]["digest"].as_str().unwrap().len(), 64);
    let mut broken = document;
    broken["redirect_uris"] = serde_json::json!("https://appointments.example.org/cb");
    broken["scope"] = serde_json::json!("openid launch");
    let (code, verdict) = verdict(&["registration", "--environment", "sandpit"], broken.to_string().as_bytes());
    assert_eq!(code, Some(1));
    let fields: Vec<&str> =
        verdict["problems"].as_array().unwrap().iter().map(|problem| problem["field"].as_str().unwrap()).collect();
    assert_eq!(fields.iter().filter(|field| **field == "redirect_uris").count(), 1, "{verdict}");
    assert!(fields.contains(&"scope"), "{verdict}");
}

#[test]
fn a_registration_is_not_judged_more_kindly_than_by_the_portal() {
    let sound = serde_json::json!({
        "client_name": "Appointments",
        "public_key": KEY,
        "redirect_uris": ["https://appointments.example.org/cb"],
        "scope": "openid",
        "nhs_vtr": ["P9.Cp.Cd"],
        "evidence": {
            "ods_code": {"code": "X26"},
            "dspt": {"status": "standards_met", "expiry": "2099-12-31"},
            "product_demonstration": {"date": "2026-01-05", "who": "Sam of the onboarding team"},
        },
        "token_endpoint_auth_signing_alg": "RS512",
    });
    let judged = |change: &dyn Fn(&mut Value)| {
        let mut document = sound.clone();
        change(&mut document);
        verdict(&["registration", "--environment", "integration"], document.to_string().as_bytes())
    };
    let (code, found) = judged(&|_| ());
    assert_eq!(code, Some(0), "{found}");
    let not_checked = found["not_checked"].to_string();
    for unseen in ["client name looks like", "organisation is confirmed", "environment before this one"] {
        assert!(not_checked.contains(unseen), "{not_checked}");
    }
    type Change<'a> = &'a dyn Fn(&mut Value);
    let table: [(Change<'_>, &str, &str); 11] = [
        (&|document| document["evidence"]["dspt"]["expiry"] = "2020-03-31".into(), "date-expired", "Renew it"),
        (
            &|document| document["evidence"]["product_demonstration"]["date"] = "2099-01-05".into(),
            "date-to-come",
            "Submit when",
        ),
        (&|document| document["token_endpoint_auth_signing_alg"] = "RS256".into(), "not-supported", "RS512"),
        (&|document| document["id_token_signed_response_alg"] = "ES256".into(), "not-supported", "RS512"),
        (&|document| document["id_token_signed_response_alg"] = 512.into(), "not-supported", "RS512"),
        (&|document| document["grant_types"] = ["authorization_code"].into(), "not-supported", "and refresh_token"),
        (&|document| document["grant_types"] = ["authorization_code", "implicit"].into(), "not-supported", "refresh"),
        (&|document| document["grant_types"] = "authorization_code".into(), "not-supported", "refresh_token"),
        (&|document| document["response_types"] = ["code", "token"].into(), "not-supported", "to code"),
        (&|document| document["evidence"]["dspt"]["expiry"] = "2027-02-30".into(), "date-unreal", "not a real date"),
        (&|document| document["redirect_uris"] = "https://a.example.org/".into(), "wrong-shape", "list of strings"),
    ];
    for (change, rule, mend) in table {
        let (code, found) = judged(change);
        assert_eq!((code, rules(&found)), (Some(1), vec![rule]), "{found}");
        assert!(found["problems"][0]["message"].as_str().unwrap().contains(mend), "{found}");
    }
}

/// A mistake beside another one in the same field is not hidden by it.
#[test]
fn each_problem_of_a_registration_is_told() {
    let jwk = |alg: &str| serde_json::json!({"kty": "RSA", "n": "oQ", "e": "AQAB", "alg": alg});
    let private = include_str!("../../app/domain/tests/life/private.pem");
    let document = serde_json::json!({
        "client_name": "Appointments",
        "jwks": {"keys": [jwk("ES256")]},
        "redirect_uris": [private, "http://appointments.example.org/cb"],
        "scope": "openid",
        "logo_uri": "https://appointments.example.org/logo.png",
    });
    let (_, found) = verdict(&["registration", "--environment", "sandpit"], document.to_string().as_bytes());
    assert_eq!(rules(&found), ["private-key", "key-size", "uri-http", "not-supported"], "{found}");
    assert_eq!(found["warnings"][0]["rule"], "member-ignored", "{found}");
    assert!(found["warnings"][0]["message"].as_str().unwrap().contains("logo_uri"), "{found}");
    let twice = serde_json::json!({"public_key": KEY, "jwks": {"keys": [jwk("RS512")]}});
    let (_, found) = verdict(&["registration", "--environment", "sandpit"], twice.to_string().as_bytes());
    assert_eq!(rules(&found)[..2], ["key-twice", "name-missing"], "{found}");
}

/// The shape in which a revision is kept, and downloaded.
#[test]
fn a_document_that_is_one_level_too_deep_is_told_so() {
    let document = serde_json::json!({"client_metadata": {"client_name": "A"}, "reasons": {}, "evidence": {}});
    let (code, found) = verdict(&["registration"], document.to_string().as_bytes());
    assert_eq!((code, rules(&found)), (Some(1), vec!["wrong-shape"]), "{found}");
    assert!(found["problems"][0]["message"].as_str().unwrap().contains("one level too deep"), "{found}");
}

#[test]
fn a_private_key_that_is_no_text_or_in_no_field_is_named() {
    let pem = include_bytes!("../../app/domain/tests/life/private.pem");
    let text = std::str::from_utf8(pem).unwrap();
    let der =
        data_encoding::BASE64.decode(text.lines().filter(|line| !line.starts_with('-')).collect::<String>().as_bytes());
    let utf_16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for kind in ["key", "redirect-uri", "registration"] {
        for input in [&der.clone().unwrap(), &utf_16] {
            let (code, found) = verdict(&[kind], input);
            assert_eq!((code, rules(&found)), (Some(1), vec!["private-key"]), "{kind}: {found}");
        }
    }
    let jwk = |kty: &str| serde_json::json!({"kty": kty, "n": "oQ", "e": "AQAB", "d": "CANARYCANARYCANARYCANARY"});
    for (named, document) in [
        (1, serde_json::json!({"jwks": {"keys": [jwk("RSA")]}})),
        (1, serde_json::json!({"jwks": {"keys": [jwk("EC")]}})),
        // Each at its own entry.
        (2, serde_json::json!({"jwks": {"keys": [jwk("RSA"), jwk("RSA")]}})),
        (1, serde_json::json!({"software_statement": text})),
        (1, serde_json::json!({text: "why"})),
    ] {
        let (_, found) = verdict(&["registration"], document.to_string().as_bytes());
        let problems = found["problems"].as_array().unwrap();
        let private: Vec<&Value> = problems.iter().filter(|problem| problem["rule"] == "private-key").collect();
        assert_eq!(private.len(), named, "{found}");
        assert_eq!(private[0]["message"], domain::private_key::SENTENCE);
        assert!(!found.to_string().contains("CANARY") && !found.to_string().contains(&text[40..80]), "{found}");
    }
}

#[test]
fn what_only_a_configuration_knows_is_named_where_there_is_none() {
    let not_checked = |arguments: &[&str]| verdict(arguments, KEY.as_bytes()).1["not_checked"].to_string();
    assert!(not_checked(&["key"]).contains("compromised keys"));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("portal.toml");
    std::fs::write(&file, format!("[environment.live]\ncompromised_keys = [\"{}\"]\n", "ab".repeat(32))).unwrap();
    assert!(!not_checked(&["key", "--config", file.to_str().unwrap()]).contains("compromised keys"));
}

#[test]
fn what_is_not_text_or_too_much_is_a_problem_and_not_a_crash() {
    for kind in ["key", "redirect-uri", "registration"] {
        let (code, found) = verdict(&[kind], b"\x80\x81");
        let rule = if kind == "key" { "key-not-text" } else { "not-utf-8" };
        assert_eq!((code, rules(&found)), (Some(1), vec![rule]), "{kind}");
        assert_eq!(verdict(&[kind], b"\xff\xfe\x00").0, Some(1), "{kind}: half a letter of UTF-16");
        let (code, found) = verdict(&[kind], &vec![b'a'; 64 * 1024 + 1]);
        assert_eq!((code, rules(&found)), (Some(1), vec!["too-large"]), "{kind}");
        assert_eq!(verdict(&[kind], b"").0, Some(1), "{kind}");
    }
    assert_eq!(rules(&verdict(&["registration"], b"{").1), ["not-json"]);
}

#[test]
fn misuse_exits_2_and_says_how_to_mend_it() {
    for (arguments, mend) in [
        (&["check", "certificate"][..], "possible values"),
        (&["check", "key", "--environment", "moon"], "sandpit, integration, live"),
        (&["check", "key", "/nonexistent"], "Name a file"),
        (&["check", "key", "--config", "/nonexistent"], "--config"),
        (&["frobnicate"], "Usage"),
        (&["admin", "create", "--email", "a@example.org", "--role", "king"], "possible values"),
    ] {
        let output = portal(arguments, b"");
        let words = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {words}");
        assert!(words.contains(mend), "{arguments:?}: {words}");
    }
}

/// Inputs from the field, by exit code and rule.
#[test]
fn inputs_from_the_field() {
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/../app/domain/tests/cases");
    for (name, environment, expected) in [
        ("key-utf16-powershell", "live", &[][..]),
        ("key-zero-width-in-body", "live", &[]),
        ("key-misspelt-begin", "live", &["key-dashes"]),
        ("key-label-certificate-over-spki", "live", &["key-label"]),
        ("key-kms-der", "live", &["key-der"]),
        ("key-pem-in-base64", "live", &["key-pem-in-base64"]),
        ("key-putty-ssh2", "live", &["key-ssh2"]),
        ("key-pkcs7-ca-first", "live", &["key-pkcs7"]),
        ("key-jwk-ec", "live", &["key-not-rsa"]),
        ("reg-alg-jwk-enc", "sandpit", &["key-use"]),
        ("reg-json-bom", "sandpit", &[]),
        ("reg-json-duplicate", "sandpit", &["member-twice"]),
        ("reg-scope-comma", "sandpit", &["scope-commas"]),
        ("reg-jwks-kid-own", "sandpit", &[]),
        ("reg-json-list", "sandpit", &["not-an-object"]),
    ] {
        let kind = if name.starts_with("key-") { "key" } else { "registration" };
        let file = format!("{cases}/{name}.in");
        let input = std::fs::read(&file).unwrap();
        for arguments in [vec![kind, "--environment", environment, &file], vec![kind, "--environment", environment]] {
            let (code, found) = verdict(&arguments, &input);
            assert_eq!(
                (code, rules(&found)),
                (Some(i32::from(!expected.is_empty())), expected.to_vec()),
                "{name}: {found}"
            );
        }
    }
    let own = std::fs::read(format!("{cases}/reg-jwks-kid-own.in")).unwrap();
    let (_, found) = verdict(&["registration", "--environment", "sandpit"], &own);
    assert_eq!(found["facts"]["client_metadata"]["jwks"]["keys"][0]["kid"], "mavis-int-1");
    // A file of Windows in UTF-16 is metadata too.
    let text = String::from_utf8(own).unwrap();
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(verdict(&["registration", "--environment", "sandpit"], &wide).0, Some(0));
}

#[test]
fn a_pasted_private_key_is_not_repeated() {
    let private = "-----BEGIN PRIVATE KEY-----\nMIICANARYCANARYCANARY\n-----END PRIVATE KEY-----\n";
    let document = serde_json::json!({"client_name": private, "public_key": private});
    for (kind, input) in
        [("key", private.to_owned()), ("redirect-uri", private.to_owned()), ("registration", document.to_string())]
    {
        for format in [&["--json"][..], &[]] {
            let output = portal(&[&["check", kind], format].concat(), input.as_bytes());
            let all = [output.stdout, output.stderr].concat();
            assert_eq!(output.status.code(), Some(1), "{kind}");
            assert!(!String::from_utf8(all).unwrap().contains("CANARY"), "{kind}");
        }
    }
}

/// The parser repeats what it does not understand, so it is given no private key.
#[test]
fn a_private_key_among_the_arguments_is_not_repeated() {
    let private = "-----BEGIN PRIVATE KEY-----\nMIICANARYCANARYCANARYCANARY7canary\n-----END PRIVATE KEY-----\n";
    let apart: Vec<&str> = private.split_whitespace().collect();
    for arguments in [
        &["admin", "erase", "--digest", "00", "--reason", private][..],
        &["admin", "create", "--email", private, "--role", "admin"],
        &["admin", "create", "--email", "a@example.org", "--role", private],
        &["check", private],
        &["check", "key", "--environment", private],
        &["--config", private, "doctor"],
        &[&["admin", "erase", "--reason"][..], &apart].concat(),
        &[private],
    ] {
        let out = portal(arguments, b"");
        let told = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        assert!(
            !told.contains("CANARY") && told.starts_with("What you entered contains a private key"),
            "{arguments:?}: {told}"
        );
        assert_eq!(out.status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_wrong_configuration_stops_the_start_with_its_key() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("portal.toml");
    std::fs::write(&file, "[http]\nlistn = 1\n").unwrap();
    let output = portal(&["serve", "--config", file.to_str().unwrap()], b"");
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("http.listn") && words.contains("PORTAL__HTTP__LISTN"), "{words}");
}

#[test]
fn without_a_built_site_nothing_is_served() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("portal.toml");
    let path = directory.path().display();
    std::fs::write(&file, format!("[http]\nsite_dir = \"{path}/nowhere\"\n")).unwrap();
    let output = portal_in(directory.path(), &["serve", "--config", file.to_str().unwrap()], b"");
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("http.site_dir: ") && words.contains("Run make build"), "{words}");
}

#[test]
fn a_variable_that_is_no_text_is_named_when_it_is_ours() {
    let word = std::ffi::OsStr::from_bytes(b"\xff");
    let mut command = Command::new(env!("CARGO_BIN_EXE_portal"));
    command.arg("migrate").env_clear().env("OTHER", word).env("PORTAL__MAIL__PASSWORD", word);
    let output = command.current_dir(std::env::temp_dir()).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("mail.password: The value is not UTF-8 text."), "{words}");
}

#[test]
fn the_first_admin_is_made_once_and_told_what_is_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("portal.toml");
    let path = directory.path().display();
    let toml = format!(
        "[database]\nurl = \"sqlite://{path}/portal.db?mode=rwc\"\n[security]\nsecret_key_file = \"{path}/key\"\n\
         [mail]\ndirectory = \"{path}/mail\"\n"
    );
    std::fs::write(&file, toml).unwrap();
    let config = file.to_str().unwrap();
    let create =
        |email: &str| portal(&["admin", "create", "--email", email, "--role", "admin", "--config", config], b"");
    let output = create("first@nhs.example");
    let words = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{words} {:?}", String::from_utf8(output.stderr));
    assert!(words.contains("first@nhs.example is now admin"), "{words}");
    for name in std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path()) {
        let mode = name.metadata().unwrap().permissions().mode();
        let is_of_database = name.to_string_lossy().contains("portal.db");
        assert!(!is_of_database || mode & 0o077 == 0, "{} is {mode:o}", name.display());
    }
    assert_eq!(create("first@nhs.example").status.code(), Some(1), "nothing to do is said");
    assert_eq!(create("not an address").status.code(), Some(1));
    assert_eq!(portal(&["migrate", "--config", config], b"").status.code(), Some(0));
}

#[test]
fn a_lost_account_is_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("portal.toml");
    let path = directory.path().display();
    let toml = format!(
        "[database]\nurl = \"sqlite://{path}/portal.db?mode=rwc\"\n[security]\nsecret_key_file = \"{path}/key\"\n\
         [mail]\ndirectory = \"{path}/mail\"\n"
    );
    std::fs::write(&file, toml).unwrap();
    let config = file.to_str().unwrap();
    let recover = |email: &str| {
        let output = portal(&["admin", "recover", "--email", email, "--config", config], b"");
        let words = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(words).unwrap())
    };
    let (code, words) = recover("first@nhs.example");
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("nobody has an account with first@nhs.example"), "{words}");
    let create = ["admin", "create", "--email", "first@nhs.example", "--role", "admin", "--config", config];
    assert_eq!(portal(&create, b"").status.code(), Some(0));
    let (code, words) = recover("first@nhs.example");
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("first@nhs.example is reopened"), "{words}");
}

/// By standard input and by place, dry first; the text itself is never printed.
#[test]
fn a_text_is_erased_from_the_command_line() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("portal.toml");
    let path = directory.path().display();
    let toml = format!(
        "[database]\nurl = \"sqlite://{path}/portal.db?mode=rwc\"\n[security]\nsecret_key_file = \"{path}/key\"\n\
         [mail]\ndirectory = \"{path}/mail\"\n[log]\nfilter = \"off\"\n"
    );
    std::fs::write(&file, toml).unwrap();
    let config = file.to_str().unwrap();
    let run = |arguments: &[&str], input: &[u8]| {
        let output = portal(&[arguments, &["--config", config]].concat(), input);
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    assert_eq!(run(&["admin", "create", "--email", "first@nhs.example", "--role", "admin"], b"").0, Some(0));
    let secret = "CANARY-9f86d081884c7d659a2feaa0c55ad015";
    let erase = |arguments: &[&str], input: &[u8]| run(&[&["admin", "erase"], arguments].concat(), input);
    let (code, words) = erase(&["--reason", "Why."], b"short");
    assert_eq!((code, words.contains("at least 8 characters")), (Some(1), true), "{words}");
    let (code, words) = erase(&["--reason", "Why."], secret.as_bytes());
    assert_eq!((code, words.contains("It is nowhere")), (Some(0), true), "{words}");
    let (code, words) = erase(&["--reason", "Why.", "--entry", "0", "--pointer", "/event/email", "--yes"], b"");
    assert_eq!((code, words.contains("cannot be read without this text")), (Some(1), true), "{words}");
    assert!(!words.contains("first@nhs.example"), "{words}");
    assert_eq!(erase(&["--reason", "Why.", "--entry", "0"], b"").0, Some(2), "an entry needs a pointer");
    assert_eq!(erase(&[], secret.as_bytes()).0, Some(2), "a reason is asked for");
}

/// With two roles on PostgreSQL, whatever the operator does is done as the owner (threat 23).
#[test]
fn the_operator_acts_as_the_owner_of_the_tables() {
    let server = std::env::var("TEST_POSTGRES_URL").expect("run the tests by app/store/tests/with-postgres");
    let (database, role) = (format!("cli_{}", std::process::id()), format!("cli_role_{}", std::process::id()));
    for statement in [format!("CREATE DATABASE {database}"), format!("CREATE ROLE {role} LOGIN")] {
        let done = Command::new("psql").args([server.as_str(), "--quiet", "--command", &statement]).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    }
    let owner = format!("{}/{database}", server.rsplit_once('/').unwrap().0);
    let runtime = owner.replace("//postgres@", &format!("//{role}@"));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().display();
    let configured = |name: &str, more: &str| {
        let file = directory.path().join(name);
        let toml = format!(
            "[database]\nurl = \"{runtime}\"\nruntime_role = \"{role}\"\n{more}[security]\n\
             secret_key_file = \"{path}/key\"\n[mail]\ndirectory = \"{path}/mail\"\n[log]\nfilter = \"off\"\n"
        );
        std::fs::write(&file, toml).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let by_owner = configured("owner.toml", &format!("migrate_url = \"{owner}\"\n"));
    let by_runtime = configured("runtime.toml", "");
    let run = |config: &str, arguments: &[&str], input: &[u8]| {
        let output = portal(&[arguments, &["--config", config]].concat(), input);
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (code, words) = run(&by_owner, &["migrate"], b"");
    assert_eq!(code, Some(0), "{words}");
    let create = ["admin", "create", "--email", "first@nhs.example", "--role", "admin"];
    let (code, words) = run(&by_runtime, &create, b"");
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("a staff role takes two admins who count, or the operator as the owner"), "{words}");
    let (code, words) = run(&by_owner, &create, b"");
    assert_eq!((code, words.contains("first@nhs.example is now admin")), (Some(0), true), "{words}");
    // A text of the history: the address cannot be erased, the reason of an erasure can.
    let erase = ["admin", "erase", "--reason", "A key was pasted.", "--yes"];
    let (code, words) = run(&by_runtime, &erase, b"first@nhs.example");
    assert_eq!(code, Some(1), "{words}");
    let (code, words) = run(&by_owner, &erase, b"it-stands-nowhere");
    assert_eq!((code, words.contains("It is nowhere in the database")), (Some(0), true), "{words}");
    let (code, words) = run(&by_owner, &["admin", "recover", "--email", "first@nhs.example"], b"");
    assert_eq!(code, Some(0), "{words}");
}

/// What the demo data needs.
fn relying_party_keys(directory: &Path) {
    std::fs::create_dir_all(directory).unwrap();
    let commands = [
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private.pem",
        "pkey -in private.pem -pubout -out public.pem",
    ];
    for command in commands {
        let mut openssl = Command::new("openssl");
        openssl.args(command.split(' ')).current_dir(directory);
        assert!(openssl.output().unwrap().status.success(), "{command}");
    }
}

#[test]
fn the_doctor_says_what_is_missing_and_how_to_mend_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("portal.toml");
    let path = directory.path().display();
    let mut toml = format!(
        "[database]\nurl = \"sqlite://{path}/portal.db?mode=rwc\"\n[security]\nsecret_key_file = \"{path}/key\"\n\
         [mail]\ndirectory = \"{path}/mail\"\n"
    );
    for name in ["sandpit", "integration", "live"] {
        let store = format!("url = \"sqlite://{path}/{name}.db?mode=rwc\"");
        toml += &format!("[environment.{name}]\nissuer = \"http://127.0.0.1:1/{name}\"\nallow_loopback = true\n");
        toml += &format!("[environment.{name}.client_store]\nkind = \"sql\"\n{store}\n");
    }
    std::fs::write(&file, toml).unwrap();
    let run = |command: &str| {
        let output = portal_in(directory.path(), &[command, "--config", file.to_str().unwrap()], b"");
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let examined = |code: i32, lines: &[&str]| {
        let (found, words) = run("doctor");
        assert_eq!(found, Some(code), "{words}");
        for line in lines {
            assert!(words.contains(line), "{line} in {words}");
        }
    };
    examined(1, &["FAIL  database: ", "migrations are missing. Run portal migrate.", "key file: not there yet"]);
    assert_eq!(run("migrate").0, Some(0));
    examined(0, &["ok    database: answers, up to date", "ok    mail: ", "ok    client store of live: "]);
    examined(0, &["ok    files: in files", "note  virus scanner: none"]);
    examined(0, &["ok    outbox: ", "emails given up: 0", "note  issuer of live: "]);
    relying_party_keys(&directory.path().join(".demo/relying-party"));
    let (code, words) = run("seed");
    assert_eq!(code, Some(0), "{words}");
    // The demo data has a client that its provider cannot be told of: that is not fine.
    examined(1, &["ok    key file: 32 bytes, private", "ok    demo data: none that others", "FAIL  outbox: "]);
    let public = "[http]\nbase_url = \"https://portal.example.org\"\ntrusted_proxies = 1\n";
    let local = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{public}{local}")).unwrap();
    examined(1, &["FAIL  demo data: ", "whose passwords everybody knows", "ok    database role: SQLite has none"]);
    let (code, words) = run("serve");
    assert!(code == Some(1) && words.contains("holds demo data"), "{words}");
    std::fs::write(&file, local).unwrap();
    std::fs::remove_file(directory.path().join("key")).unwrap();
    examined(1, &["FAIL  key file: ", "only its key opens. Restore it from your backup."]);
    assert!(!directory.path().join("key").exists(), "the doctor makes none");
}
