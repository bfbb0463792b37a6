//! One content, two forms: plain text and HTML. What people typed can bend neither.

use super::letter::Link;

/// A piece of a mail.
#[derive(Clone)]
pub enum Part {
    /// A paragraph.
    Text(String),
    /// A link on a line of its own.
    Link {
        /// What opening it does.
        label: &'static str,
        /// Where it leads.
        link: Link,
    },
}

impl Part {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn link(label: &'static str, link: &Link) -> Self {
        Self::Link { label, link: link.clone() }
    }
}

/// A mail in words, ready to be put into an envelope.
#[derive(Clone)]
pub struct Rendered {
    /// On one line, so that no header can be injected.
    pub subject: String,
    parts: Vec<Part>,
}

/// How the portal signs.
const SIGNATURE: &str = "NHS login client registration";
/// The last line.
const NO_REPLY: &str = "We do not read replies to this email.";

impl Rendered {
    pub(super) fn new(subject: impl AsRef<str>, parts: Vec<Part>) -> Self {
        Self { subject: one_line(subject.as_ref()), parts }
    }

    /// The plain text.
    pub fn plain(&self) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => one_line(text),
            Part::Link { label, link } => format!("{label}:\n{}", link.as_str()),
        });
        let body = parts.collect::<Vec<_>>().join("\n\n");
        format!("{body}\n\n{SIGNATURE}\n{NO_REPLY}\n")
    }

    /// The HTML: no image, no script, nothing loaded from anywhere.
    pub fn html(&self) -> String {
        let parts: String = self.parts.iter().map(html_part).collect();
        let subject = escape(&self.subject);
        format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{subject}</title></head>\
             <body style=\"font-family: Arial, sans-serif; color: #212b32; line-height: 1.5\">\
             <h1 style=\"font-size: 22px\">{subject}</h1>{parts}<p>{SIGNATURE}<br>{NO_REPLY}</p></body></html>\n"
        )
    }
}

fn html_part(part: &Part) -> String {
    match part {
        Part::Text(text) => format!("<p>{}</p>", escape(&one_line(text))),
        Part::Link { label, link } => {
            let url = escape(link.as_str());
            format!("<p><a href=\"{url}\" style=\"color: #005eb8\">{}</a><br>{url}</p>", escape(label))
        }
    }
}

/// Names that people typed cannot start a new line, hide text or turn its direction.
fn one_line(text: &str) -> String {
    let is_hidden = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    text.chars().filter(|c| !is_hidden(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
