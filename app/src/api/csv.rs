//! Comma-separated values (RFC 4180) that a spreadsheet shows and never runs, whichever separator it splits them at (threat
//! 17; ASVS 5.0, 1.2.10).
//!
//! Where the list separator of a machine is a semicolon, a spreadsheet splits a quoted cell at each semicolon in it. So a
//! formula is defused wherever a cell could begin, not only where ours do: an apostrophe stands before its sign.

use axum::response::{IntoResponse, Response};
use csv::{QuoteStyle, Terminator, WriterBuilder};
use http::header;

/// What separates cells or lines somewhere.
const SEPARATORS: [char; 11] = [',', ';', '\t', '|', '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

/// What makes a formula of a cell; some spreadsheets read the full-width signs too.
const STARTERS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// One row, ending with CRLF: every cell quoted.
pub fn row<T: AsRef<str>>(cells: &[T]) -> String {
    let mut writer =
        WriterBuilder::new().quote_style(QuoteStyle::Always).terminator(Terminator::CRLF).from_writer(Vec::new());
    // Nothing that is written to memory fails; if it did, no row is better than half of one.
    let written = writer.write_record(cells.iter().map(|cell| defused(cell.as_ref())));
    let bytes = written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// A cell that begins no formula, whatever it is split at.
fn defused(text: &str) -> String {
    let mut defused = String::with_capacity(text.len() + 1);
    // Spreadsheets take a tab or a line break before a formula for nothing.
    if text.starts_with(['\t', '\r', '\n', '\0']) {
        defused.push('\'');
    }
    let mut could_begin = true;
    for letter in text.chars() {
        if could_begin && STARTERS.contains(&letter) {
            defused.push('\'');
        }
        could_begin = SEPARATORS.contains(&letter) || (could_begin && is_skipped(letter));
        defused.push(letter);
    }
    defused
}

/// What a spreadsheet skips before a formula: spaces, controls, a byte order mark, and the quotes of a cell.
fn is_skipped(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control() || matches!(letter, '"' | '\u{feff}' | '\u{200b}'..='\u{200f}')
}

/// A file to download under this name.
pub fn file(name: &str, body: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Formulas, bare and behind whatever could end a cell before them.
    fn payloads() -> Vec<String> {
        let formulas = [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "＝1",
            "=HYPERLINK(\"https://x.example\",\"y\")",
            "-2+3+cmd|' /C calc'!A0",
            "=\",\"=1",
        ];
        let before = [
            "",
            "\t",
            "\r",
            "\n",
            " ",
            "\u{a0}",
            "\u{feff}",
            "\0",
            "x;",
            "x; ",
            "x;\"",
            "x;\"\" ",
            "x,",
            "x\t",
            "x|",
            "x\r\n",
            "x\u{2028}",
            "\";",
            "\"\"",
            ";;",
            "\t\t",
        ];
        before.iter().flat_map(|before| formulas.iter().map(move |formula| format!("{before}{formula};\"y"))).collect()
    }

    /// The cells that a program reads which splits at `separator`.
    fn cells(text: &str, separator: u8, quoting: bool) -> Vec<String> {
        let mut reader = csv::ReaderBuilder::new();
        reader.has_headers(false).flexible(true).delimiter(separator).quoting(quoting);
        let mut reader = reader.from_reader(text.as_bytes());
        reader.records().flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    #[test]
    fn no_cell_begins_a_formula_whatever_the_separator() {
        for payload in payloads() {
            let text = row(&["first".to_owned(), payload.clone(), String::new(), payload.clone()]);
            for separator in [b',', b';', b'\t', b'|'] {
                for cell in [cells(&text, separator, true), cells(&text, separator, false)].concat() {
                    let visible = cell.trim_start_matches(|c: char| is_skipped(c));
                    assert!(!visible.starts_with(STARTERS), "{payload:?} at {separator}: {cell:?} in {text:?}");
                }
            }
        }
    }

    #[test]
    fn plain_text_stays() {
        let plain =
            ["a", "b c", "1=1", "a-b", "jo@example.org", "2026-03-03T12:00:00Z", "say \"no\",\r\nthen", "a\n\nb"];
        let text = row(&plain);
        assert_eq!(cells(&text, b',', true), plain);
        assert!(text.starts_with("\"a\",\"b c\",") && text.ends_with("\"\r\n"), "{text:?}");
    }
}
