//! Keys made on the spot by the programs that people use, and the ways in which pasting damages them.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// A temporary directory in which commands are run.
pub(crate) struct Shell(tempfile::TempDir);

impl Shell {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// What a shell command prints; it must succeed.
    pub(crate) fn run(&self, command: &str) -> String {
        String::from_utf8(self.bytes(command)).unwrap()
    }

    /// What a shell command prints, as bytes.
    pub(crate) fn bytes(&self, command: &str) -> Vec<u8> {
        let output = Command::new("sh").args(["-ec", command]).current_dir(self.path()).output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Writes a file into the directory.
    pub(crate) fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path().join(name), content).unwrap();
    }
}

/// What a program answers to a text on its standard input.
pub(crate) fn pipe(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().stdout
}

/// A PEM text as it arrives from forms, chats, code and configuration, each with the name of its road.
pub(crate) fn damaged(pem: &str) -> Vec<(&'static str, String)> {
    let lines: Vec<&str> = pem.lines().collect();
    let percent = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let some_percent = |text: &str| text.replace('\n', "%0A").replace('+', "%2B").replace('/', "%2F").replace(' ', "+");
    vec![
        ("as it is", pem.to_owned()),
        ("CRLF", lines.join("\r\n")),
        ("CR", lines.join("\r")),
        ("byte-order mark", format!("\u{feff}{pem}")),
        ("one line", lines.join(" ")),
        ("joined", lines.concat()),
        ("indented", lines.iter().map(|line| format!("    {line}\n")).collect()),
        ("quoted mail", lines.iter().map(|line| format!("> {line}\n")).collect()),
        ("no-break spaces", lines.join("\u{a0}")),
        ("prose around", format!("Hello,\n\nhere is our key:\n{pem}\nKind regards")),
        ("JSON", serde_json::json!({ "key": pem }).to_string()),
        ("JSON twice", serde_json::json!(serde_json::json!({ "key": pem }).to_string()).to_string()),
        ("JavaScript", lines.iter().map(|line| format!("'{line}\\n' +\n")).collect()),
        ("HTML", pem.replace('\n', "&#10;").replace('+', "&#43;")),
        ("HTML hexadecimal", pem.replace('\n', "&#x0a;").replace('-', "&#x2d;")),
        ("HTML lines", pem.replace('\n', "<br>\n")),
        ("form", some_percent(pem)),
        ("URL", percent(pem)),
        ("base64 again", base64(pem.as_bytes())),
        ("zero-width", pem.replace('\n', "\u{200b}\n")),
        ("blank lines", lines.join("\n\n")),
    ]
}

/// Ways that only a search for private keys must see through.
pub(crate) fn disguised(pem: &str) -> Vec<(&'static str, String)> {
    let lines: Vec<&str> = pem.lines().collect();
    let mut ways = damaged(pem);
    ways.extend([
        ("no dashes", pem.replace("-----", "")),
        ("few dashes", pem.replace("-----", "--")),
        ("long dashes", pem.replace("-----", "\u{2014}\u{2013}")),
        ("lower-case label", format!("{}\n{}", lines[0].to_lowercase(), lines[1..].join("\n"))),
        ("no last line", lines[..lines.len() - 1].join("\n")),
        ("first half", lines[..lines.len() / 2].join("\n")),
        ("no first line, no first body line", lines.get(2..).unwrap_or_default().join("\n")),
        ("broken label", pem.replace("PRIVATE KEY", "PRIVATE \n KEY")),
        ("label run together", pem.replace("PRIVATE KEY", "PRIVATEKEY")),
    ]);
    ways
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

/// The text between the first and last lines.
pub(crate) fn body(pem: &str) -> String {
    let lines: Vec<&str> = pem.lines().collect();
    lines[1..lines.len() - 1].join("\n")
}
