//! What a file is, by its content alone: neither its name nor what the browser calls it says anything.

use domain::{attachment::MediaType, rule::FileFault};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// The most entries of a document that is an archive.
const MOST_ENTRIES: usize = 4_000;
/// The most bytes that they say to be when unpacked, in all.
const MOST_UNPACKED: u64 = 200 * 1024 * 1024;
/// The most bytes of the part that says what a document is.
const LONGEST_TYPES: u64 = 1024 * 1024;
/// The bytes of the record with which an archive without a comment ends.
const END_RECORD: usize = 22;
/// How far from the end a PDF says where its table is.
const PDF_END: usize = 2_048;

/// Says what a file is.
///
/// # Errors
/// That it is none of the types, that there is something before or after it or hidden in it, or what of it would run.
pub(super) fn judge(content: &[u8]) -> Result<MediaType, FileFault> {
    if content.starts_with(b"%PDF-") {
        return pdf(content);
    }
    if content.starts_with(b"\x89PNG\r\n\x1a\n") {
        return ends_with(content, b"\x00\x00\x00\x00IEND\xaeB`\x82", MediaType::Png);
    }
    if content.starts_with(b"\xff\xd8\xff") {
        return ends_with(content, b"\xff\xd9", MediaType::Jpeg);
    }
    if content.starts_with(b"PK\x03\x04") {
        return archive(content);
    }
    Err(FileFault::WrongType)
}

/// A picture that goes on after its end is something else too.
fn ends_with(content: &[u8], end: &[u8], media: MediaType) -> Result<MediaType, FileFault> {
    if content.ends_with(end) { Ok(media) } else { Err(FileFault::Damaged) }
}

/// The names of what a PDF would do by itself (ISO 32000-2, 12.6), and of files in it.
const PDF_ACTIVE: [&[u8]; 6] =
    [b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/EmbeddedFiles", b"/Rendition", b"/RichMedia"];

fn pdf(content: &[u8]) -> Result<MediaType, FileFault> {
    let tail = &content[content.len().saturating_sub(PDF_END)..];
    let end = find(tail, b"%%EOF").ok_or(FileFault::Damaged)?;
    let last = tail[end..].windows(5).rposition(|part| part == b"%%EOF").unwrap_or_default();
    if !tail[end + last + 5..].iter().all(u8::is_ascii_whitespace) {
        return Err(FileFault::Damaged);
    }
    // A name may spell its letters as `#4a`; and what is packed away is for a scanner to find.
    let plain = spelt_out(content);
    let is_active = |name: &&[u8]| {
        let mut places = plain.windows(name.len()).enumerate().filter(|(_, part)| part == name);
        places.any(|(at, _)| plain.get(at + name.len()).is_none_or(|next| !next.is_ascii_alphanumeric()))
    };
    match (PDF_ACTIVE.iter().any(is_active), is_active(&b"/Encrypt".as_slice())) {
        (true, _) => Err(FileFault::Active),
        (false, true) => Err(FileFault::Locked),
        (false, false) => Ok(MediaType::Pdf),
    }
}

/// The same bytes, where `#4a` is `J`.
fn spelt_out(content: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(content.len());
    let mut rest = content;
    while let [first, after @ ..] = rest {
        let code = match (first, after) {
            (b'#', [high, low, ..]) => {
                std::str::from_utf8(&[*high, *low]).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok())
            }
            _ => None,
        };
        plain.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    plain
}

/// A document of an office program, which is an archive.
fn archive(content: &[u8]) -> Result<MediaType, FileFault> {
    let mut archive = ZipArchive::new(Cursor::new(content)).map_err(|_| FileFault::Damaged)?;
    // Nothing stands before it, nothing after it, and no second directory hides in a comment.
    let ends = content.len().checked_sub(END_RECORD).is_some_and(|at| content[at..].starts_with(b"PK\x05\x06"));
    if archive.offset() != 0 || !archive.comment().is_empty() || !ends {
        return Err(FileFault::Damaged);
    }
    if archive.len() > MOST_ENTRIES {
        return Err(FileFault::Bomb);
    }
    let mut unpacked = 0_u64;
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).map_err(|_| FileFault::Damaged)?;
        if entry.encrypted() {
            return Err(FileFault::Locked);
        }
        let name = String::from_utf8_lossy(entry.name_raw()).to_lowercase();
        if leads_out(&name) || entry.is_symlink() {
            return Err(FileFault::Damaged);
        }
        if is_macro(&name) {
            return Err(FileFault::Active);
        }
        unpacked = unpacked.saturating_add(entry.size());
    }
    if unpacked > MOST_UNPACKED {
        return Err(FileFault::Bomb);
    }
    document(&mut archive)
}

/// Whether an entry would be unpacked outside of where it belongs.
fn leads_out(name: &str) -> bool {
    name.starts_with('/') || name.contains(['\\', '\0', ':']) || name.split('/').any(|part| part == "..")
}

/// The ends of names of what runs where it is opened.
const RUNS: [&str; 14] =
    [".exe", ".dll", ".scr", ".com", ".bat", ".cmd", ".ps1", ".js", ".vbs", ".hta", ".lnk", ".jar", ".docm", ".xlsm"];

/// Whether an entry holds what runs: Visual Basic, ActiveX, embedded objects, the scripts of OpenDocument.
fn is_macro(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    let last = parts.last().copied().unwrap_or_default();
    last.starts_with("vbaproject")
        || last.starts_with("oleobject")
        || RUNS.iter().any(|end| last.ends_with(end))
        || parts.iter().any(|part| ["activex", "basic", "scripts", "macrosheets"].contains(part))
}

/// Which document it is, by the part that says so.
fn document(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<MediaType, FileFault> {
    if let Some(kind) = part(archive, "mimetype")? {
        return match kind.trim() == MediaType::Odt.mime() {
            true => Ok(MediaType::Odt),
            false => Err(FileFault::WrongType),
        };
    }
    let types = part(archive, "[Content_Types].xml")?.ok_or(FileFault::WrongType)?;
    // No program writes it with references to characters, which would hide a word.
    if types.contains("macroEnabled") || types.contains("vbaProject") || types.contains("&#") {
        return Err(FileFault::Active);
    }
    let is = |media: MediaType| types.contains(&format!("\"{}.main+xml\"", media.mime()));
    match (is(MediaType::Docx), is(MediaType::Xlsx)) {
        (true, false) => Ok(MediaType::Docx),
        (false, true) => Ok(MediaType::Xlsx),
        _ => Err(FileFault::WrongType),
    }
}

/// The text of a part; none where there is no such part.
fn part(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<Option<String>, FileFault> {
    let entry = match archive.by_name(name) {
        Ok(entry) => entry,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(_) => return Err(FileFault::Damaged),
    };
    if entry.size() > LONGEST_TYPES {
        return Err(FileFault::Bomb);
    }
    let mut text = String::new();
    entry.take(LONGEST_TYPES).read_to_string(&mut text).map_err(|_| FileFault::Damaged)?;
    Ok(Some(text))
}

fn find(content: &[u8], part: &[u8]) -> Option<usize> {
    content.windows(part.len()).position(|found| found == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    const WORD: &str = r#"<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
    const EXCEL: &str = r#"<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#;
    const MACROS: &str = r#"<Types><Override PartName="/word/document.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>"#;

    fn packed(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, content) in entries {
            writer.start_file(*name, options).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn pdf_with(body: &str) -> Vec<u8> {
        format!("%PDF-1.7\n1 0 obj\n<< {body} >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n")
            .into_bytes()
    }

    #[test]
    fn what_is_one_of_the_types_is_told_by_its_content() {
        let png = [b"\x89PNG\r\n\x1a\n".as_slice(), b"...", b"\x00\x00\x00\x00IEND\xaeB`\x82"].concat();
        let word = packed(&[("[Content_Types].xml", WORD.as_bytes()), ("word/document.xml", b"<w/>")]);
        let excel = packed(&[("[Content_Types].xml", EXCEL.as_bytes())]);
        let text = packed(&[("mimetype", MediaType::Odt.mime().as_bytes()), ("content.xml", b"<x/>")]);
        for (content, media) in [
            (pdf_with("/Type /Catalog"), MediaType::Pdf),
            (png, MediaType::Png),
            (b"\xff\xd8\xff\xe0...\xff\xd9".to_vec(), MediaType::Jpeg),
            (word, MediaType::Docx),
            (excel, MediaType::Xlsx),
            (text, MediaType::Odt),
        ] {
            assert_eq!(judge(&content), Ok(media));
            assert!(judge(&content[..content.len() - 2]).is_err(), "{media:?} cut short");
            let page = [content.as_slice(), b"<html><script>alert(1)</script>"].concat();
            assert_eq!(judge(&page), Err(FileFault::Damaged), "{media:?} and a page");
        }
    }

    #[test]
    fn what_is_something_else_is_refused() {
        let gif = b"GIF89a/*".as_slice();
        for content in [
            b"".as_slice(),
            b"MZ\x90",
            gif,
            b"<svg xmlns='...'>",
            b"{\\rtf1",
            b"\xd0\xcf\x11\xe0",
            b"-----BEGIN PRIVATE KEY-----",
        ] {
            assert_eq!(judge(content), Err(FileFault::WrongType), "{content:?}");
        }
        let jar = packed(&[("META-INF/MANIFEST.MF", b"Main-Class: X")]);
        assert_eq!(judge(&jar), Err(FileFault::WrongType));
        let sheet = packed(&[("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")]);
        assert_eq!(judge(&sheet), Err(FileFault::WrongType));
        let both = packed(&[("[Content_Types].xml", format!("{WORD}{EXCEL}").as_bytes())]);
        assert_eq!(judge(&both), Err(FileFault::WrongType));
        let before = [b"PK\x03\x04 a page".as_slice(), &packed(&[("[Content_Types].xml", WORD.as_bytes())])].concat();
        assert!(judge(&before).is_err(), "something stands before it");
    }

    #[test]
    fn what_would_run_is_refused() {
        let word = |name: &str| packed(&[("[Content_Types].xml", WORD.as_bytes()), (name, b"x")]);
        for name in [
            "word/vbaProject.bin",
            "WORD/VBAPROJECT.BIN",
            "word/activeX/activeX1.xml",
            "word/embeddings/oleObject1.bin",
            "xl/macrosheets/sheet1.xml",
            "word/embeddings/budget.xlsm",
            "setup.exe",
        ] {
            assert_eq!(judge(&word(name)), Err(FileFault::Active), "{name}");
        }
        assert_eq!(judge(&packed(&[("[Content_Types].xml", MACROS.as_bytes())])), Err(FileFault::Active));
        let scripted = packed(&[("mimetype", MediaType::Odt.mime().as_bytes()), ("Basic/Standard/Module1.xml", b"x")]);
        assert_eq!(judge(&scripted), Err(FileFault::Active));
        assert_eq!(judge(&pdf_with("/Encrypt 2 0 R")), Err(FileFault::Locked));
        for body in [
            "/S /Rendition /JS (x)",
            "/Names << /EmbeddedFiles 3 0 R >>",
            "/S /JavaScript /JS (app.alert(1))",
            "/S /Java#53cript",
            "/S /Launch /F (cmd.exe)",
            "/Type /EmbeddedFile",
        ] {
            assert_eq!(judge(&pdf_with(body)), Err(FileFault::Active), "{body}");
        }
        assert_eq!(judge(&pdf_with("/Title (JavaScript in practice) /LaunchDate 1")), Ok(MediaType::Pdf));
    }

    #[test]
    fn what_leads_out_of_its_folder_is_refused() {
        for name in ["../../etc/passwd", "/etc/passwd", "word\\..\\x", "C:/x", "word/../../x"] {
            let content = packed(&[("[Content_Types].xml", WORD.as_bytes()), (name, b"x")]);
            assert_eq!(judge(&content), Err(FileFault::Damaged), "{name}");
        }
    }

    /// Nothing of it is unpacked to find that out.
    #[test]
    fn a_bomb_is_told_by_what_it_says_to_be() {
        let zeros = vec![0; 64 * 1024 * 1024];
        let parts = ["a", "b", "c", "d"].map(|name| (name, zeros.as_slice()));
        let content = packed(&[&[("[Content_Types].xml", WORD.as_bytes())][..], &parts].concat());
        assert!(content.len() < 1024 * 1024, "it is small");
        assert_eq!(judge(&content), Err(FileFault::Bomb));
        let names: Vec<String> = (0..=MOST_ENTRIES).map(|at| format!("{at}")).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
        assert_eq!(judge(&packed(&many)), Err(FileFault::Bomb));
        // Of the part that says what it is no more is read than any document has there.
        let types = format!("{WORD}{}", " ".repeat(8 * 1024 * 1024));
        assert_eq!(judge(&packed(&[("[Content_Types].xml", types.as_bytes())])), Err(FileFault::Bomb));
    }
}
