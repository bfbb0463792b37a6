//! Private keys in files (threat 12): in what stands there in plain, and in the text of office documents.

use domain::{attachment::MediaType, private_key};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// How much text of a document is looked through, in bytes: a key is on a page, and looking costs several times as much.
const MOST_TEXT: u64 = 512 * 1024;

/// Whether a file that was judged to be of this type holds a private key in plain. What is packed away in a PDF or drawn in a
/// picture is not found.
pub(super) fn is_in(content: &[u8], media: MediaType) -> bool {
    let text = match media {
        MediaType::Pdf | MediaType::Png | MediaType::Jpeg => String::new(),
        MediaType::Docx | MediaType::Xlsx | MediaType::Odt => text_of(content),
    };
    private_key::is_labelled(&String::from_utf8_lossy(content)) || private_key::found_in(&text)
}

/// The words of a document, without its tags, as far as they are looked through.
fn text_of(content: &[u8]) -> String {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(content)) else { return String::new() };
    let (mut text, mut left) = (String::new(), MOST_TEXT);
    for at in 0..archive.len() {
        let Ok(part) = archive.by_index(at) else { continue };
        if !part.name_raw().ends_with(b".xml") {
            continue;
        }
        let mut bytes = Vec::new();
        // What cannot be unpacked to its end is looked through as far as it goes.
        let _ = part.take(left).read_to_end(&mut bytes);
        left -= bytes.len() as u64;
        text.push_str(&without_tags(&String::from_utf8_lossy(&bytes)));
        text.push('\n');
        if left == 0 {
            break;
        }
    }
    text
}

/// A paragraph ends a line; within one a word may be cut by tags.
fn without_tags(xml: &str) -> String {
    let mut text = String::new();
    for part in xml.split('<') {
        let (tag, words) = part.split_once('>').unwrap_or(("", part));
        if ["/w:p", "w:br/", "/text:p", "text:line-break/", "/si", "/c"].contains(&tag) {
            text.push('\n');
        }
        text.push_str(words);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::{ZipWriter, write::SimpleFileOptions};

    /// Made for this test.
    const KEY: &str = include_str!("../../../domain/tests/life/private.pem");

    fn document(text: &str) -> Vec<u8> {
        let paragraphs: String = text.lines().map(|line| format!("<w:p><w:r><w:t>{line}</w:t></w:r></w:p>")).collect();
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("word/document.xml", SimpleFileOptions::default()).unwrap();
        write!(writer, "<w:document>{paragraphs}</w:document>").unwrap();
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_key_on_a_page_is_found() {
        assert!(is_in(&document(&format!("Our keys\n{KEY}\nEnd")), MediaType::Docx));
        // Without the lines that say what it is.
        let bare: String = KEY.lines().filter(|line| !line.starts_with("-----")).collect::<Vec<_>>().join("\n");
        assert!(is_in(&document(&bare), MediaType::Docx));
        assert!(is_in(format!("%PDF-1.4\n({KEY})\n%%EOF").as_bytes(), MediaType::Pdf));
        assert!(!is_in(&document("How a private key is kept: see our key management policy."), MediaType::Docx));
        assert!(!is_in(b"%PDF-1.4 how a private key is kept %%EOF", MediaType::Pdf));
    }
}
