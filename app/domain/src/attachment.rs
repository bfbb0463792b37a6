//! Files that belong to an answer of the evidence: what is kept of them in the answer, and what they may be.

use crate::{problem::Problem, rule::EvidenceFault};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most bytes of one file.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;
/// The most files of one answer.
pub const MOST: usize = 5;
/// The most characters of a file's name.
const LONGEST_NAME: usize = 120;

/// What a file is, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaType {
    /// `application/pdf` (ISO 32000).
    Pdf,
    /// `image/png`.
    Png,
    /// `image/jpeg`.
    Jpeg,
    /// A document of Word without macros (ISO/IEC 29500).
    Docx,
    /// A workbook of Excel without macros (ISO/IEC 29500).
    Xlsx,
    /// A text in OpenDocument format (ISO/IEC 26300).
    Odt,
}

impl MediaType {
    /// All of them, as they are listed for people.
    pub const ALL: [Self; 6] = [Self::Pdf, Self::Png, Self::Jpeg, Self::Docx, Self::Xlsx, Self::Odt];

    /// The word in an answer, which is the usual extension too.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Odt => "odt",
        }
    }

    /// The type with this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|media| media.word() == word)
    }

    /// The media type as a header gives it (IANA).
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Odt => "application/vnd.oasis.opendocument.text",
        }
    }
}

/// What an answer keeps of a file: the content is kept once, under its digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attachment {
    /// SHA-256 of the content, lowercase hex.
    pub digest: String,
    /// The length of the content in bytes.
    pub bytes: usize,
    /// What it is, by its content.
    pub media: MediaType,
    /// What whoever attached it calls it: no path, one line.
    pub name: String,
}

impl Attachment {
    /// Reads a line of an answer; none where it is not one.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let mut parts = line.splitn(4, ' ');
        let (digest, bytes, media, name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_digest = digest.len() == 64 && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let bytes: usize = bytes.parse().ok().filter(|bytes| (1..=MOST_BYTES).contains(bytes))?;
        let media = MediaType::of_word(media)?;
        (is_digest && name == name_of(name, media)).then(|| Self {
            digest: digest.into(),
            bytes,
            media,
            name: name.into(),
        })
    }

    /// The files of an answer, in their order; what is none is left out.
    pub fn all(answer: &str) -> impl Iterator<Item = Self> {
        answer.lines().map(str::trim).filter_map(Self::read)
    }

    /// The length in the words of a person.
    #[must_use]
    pub fn size(&self) -> String {
        match self.bytes {
            0..1_024 => format!("{} bytes", self.bytes),
            1_024..1_048_576 => format!("{} KB", self.bytes.div_ceil(1_024)),
            _ => format!("{}.{} MB", self.bytes / 1_048_576, self.bytes % 1_048_576 * 10 / 1_048_576),
        }
    }
}

impl fmt::Display for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.digest, self.bytes, self.media.word(), self.name)
    }
}

/// What a file is called from here on: the last part of what the browser sent, without what cannot be seen or leads
/// elsewhere, with the extension of what it is.
#[must_use]
pub fn name_of(sent: &str, media: MediaType) -> String {
    let name = shown(sent);
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem).trim_matches(['.', ' ']);
    format!("{}.{}", if stem.is_empty() { "file" } else { stem }, media.word())
}

/// What a browser calls a file, as it is shown to whoever sent it: the last part of it, without what cannot be seen.
#[must_use]
pub fn shown(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let fits = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '(' | ')' | ',' | '+' | '&' | '’');
    let name: String = last.chars().map(|c| if fits(&c) { c } else { '_' }).take(LONGEST_NAME).collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() { "file".into() } else { name }
}

/// Judges the answer to a question for files; `asked` is what is asked for, in the middle of a sentence.
///
/// # Errors
/// That none is there, that there are too many, or that a line is no file.
pub fn check(answer: &str, asked: &str) -> Result<String, Problem> {
    let lines: Vec<&str> = answer.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let fault = match lines.len() {
        0 => EvidenceFault::FileMissing(asked.into()),
        many if many > MOST => EvidenceFault::FilesMany(MOST),
        _ if lines.iter().any(|line| Attachment::read(line).is_none()) => EvidenceFault::NotAsked,
        _ => return Ok(lines.join("\n")),
    };
    Err(Problem::new("evidence", fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str) -> String {
        format!("{} 2048 pdf {name}", "a1".repeat(32))
    }

    #[test]
    fn a_line_is_read_as_it_is_written_and_nothing_else_is() {
        let file = Attachment::read(&line("Data flow (v2).pdf")).unwrap();
        assert_eq!((file.name.as_str(), file.bytes, file.size().as_str()), ("Data flow (v2).pdf", 2048, "2 KB"));
        assert_eq!(file.to_string(), line("Data flow (v2).pdf"));
        for wrong in [
            line("../../etc/passwd"),
            line("diagram.exe"),
            line("a\u{202e}b.pdf"),
            line(""),
            line("x.pdf").replace("a1", "A1"),
            line("x.pdf").replace("2048", "0"),
            line("x.pdf").replace("2048", "99999999"),
            line("x.pdf").replace(" pdf ", " html "),
            "x".into(),
        ] {
            assert_eq!(Attachment::read(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_name_leads_nowhere() {
        for (sent, name) in [
            ("diagram.pdf", "diagram.pdf"),
            ("C:\\Users\\Nia\\diagram.PDF", "diagram.pdf"),
            ("../../etc/passwd", "passwd.pdf"),
            ("invoice.pdf.exe", "invoice.pdf.pdf"),
            ("  ..  ", "file.pdf"),
            ("", "file.pdf"),
            ("a\u{202e}fdp.exe", "a_fdp.pdf"),
            ("tab\there.pdf", "tab_here.pdf"),
            ("Ärztlicher   Plan.pdf", "Ärztlicher Plan.pdf"),
        ] {
            assert_eq!(name_of(sent, MediaType::Pdf), name, "{sent}");
            assert_eq!(name_of(name, MediaType::Pdf), name, "once more is the same");
        }
        assert_eq!(name_of(&"x".repeat(500), MediaType::Odt).chars().count(), LONGEST_NAME + 4);
    }

    #[test]
    fn an_answer_has_one_file_at_least_and_no_more_than_are_read() {
        let rule = |answer: &str| check(answer, "the diagram").map_err(|problem| problem.rule.name());
        assert_eq!(
            rule(&format!("{}\n\n {} ", line("a.pdf"), line("b.pdf"))),
            Ok(format!("{}\n{}", line("a.pdf"), line("b.pdf")))
        );
        assert_eq!(rule("  "), Err("file-missing"));
        assert_eq!(rule(&vec![line("a.pdf"); MOST + 1].join("\n")), Err("files-many"));
        assert_eq!(rule("something typed"), Err("not-asked"));
    }
}
