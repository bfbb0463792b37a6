//! The mails that left, read from the directory transport as a mail program reads them.

use std::fs;
use std::path::Path;

use base64::{Engine, prelude::BASE64_STANDARD};

/// One mail.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    /// The headers, unfolded, in their order.
    pub(crate) headers: Vec<(String, String)>,
    /// The readable text of every part, decoded.
    pub(crate) text: String,
    /// The exact bytes of the file.
    pub(crate) raw: String,
}

impl Mail {
    /// The value of a header that is there once.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let (Some((_, value)), None) = (values.next(), values.next()) else { panic!("{name} in {:?}", self.headers) };
        value
    }

    /// The first address on the portal in the text.
    pub(crate) fn link(&self) -> String {
        let at = self.text.find("https://").unwrap_or_else(|| panic!("no link in {}", self.text));
        self.text[at..].split_whitespace().next().unwrap_or_default().to_owned()
    }
}

/// All mails in the directory, oldest first.
pub(crate) fn read_all(directory: &Path) -> Vec<Mail> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    paths.sort_by_key(|path| order(path));
    paths.iter().map(|path| parse(&fs::read_to_string(path).unwrap())).collect()
}

/// Files are called `<milliseconds>-<row of the outbox>-<second>.eml`.
fn order(path: &Path) -> Vec<u64> {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    name.split('-').map(|part| part.parse().unwrap_or_default()).collect()
}

fn parse(raw: &str) -> Mail {
    let (head, body) = raw.split_once("\r\n\r\n").unwrap();
    let headers = headers(head);
    let boundary = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let boundary = boundary.and_then(|(_, value)| value.split_once("boundary=")).unwrap().1;
    let boundary = format!("--{}", boundary.trim_matches('"'));
    let parts: Vec<String> = body.split(&boundary).filter(|part| part.contains("\r\n\r\n")).map(part_text).collect();
    assert_eq!(parts.len(), 2, "plain text and HTML: {raw}");
    Mail { headers, text: parts.join("\n"), raw: raw.to_owned() }
}

fn headers(head: &str) -> Vec<(String, String)> {
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let pairs = unfolded.split("\r\n").filter_map(|line| line.split_once(':'));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

fn part_text(part: &str) -> String {
    let (head, body) = part.trim_start_matches("\r\n").split_once("\r\n\r\n").unwrap();
    let headers = headers(head);
    let encoding = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-transfer-encoding"));
    match encoding.map(|(_, value)| value.to_lowercase()).as_deref() {
        Some("quoted-printable") => quoted_printable(body),
        Some("base64") => {
            let text: String = body.split_whitespace().collect();
            String::from_utf8(BASE64_STANDARD.decode(text).unwrap()).unwrap()
        }
        _ => body.to_owned(),
    }
}

fn quoted_printable(body: &str) -> String {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match (first, after) {
            (b'=', [high, low, after @ ..]) => {
                let hex = String::from_utf8(vec![*high, *low]).unwrap();
                bytes.push(u8::from_str_radix(&hex, 16).unwrap());
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}
