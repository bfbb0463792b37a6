//! Comma-separated values (RFC 4180) that a spreadsheet shows and never runs (threat 17; ASVS 5.0, 1.2.10).

/// One row, ending with CRLF.
pub fn row<T: AsRef<str>>(cells: &[T]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| self::cell(cell.as_ref())).collect();
    cells.join(",") + "\r\n"
}

/// One cell: always quoted, and with an apostrophe before what a spreadsheet would take for a formula.
fn cell(text: &str) -> String {
    let text = text.replace('"', "\"\"");
    match is_formula(&text) {
        true => format!("\"'{text}\""),
        false => format!("\"{text}\""),
    }
}

/// Spreadsheets skip spaces and controls before a formula, and some read full-width signs.
fn is_formula(text: &str) -> bool {
    let starts_with_control = text.starts_with(['\t', '\r', '\n', '\0']);
    let visible = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    starts_with_control || visible.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused() {
        let payloads = [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            " =1",
            "\u{a0}=1",
            "\u{feff}=1",
            "\0=1",
            "＝1",
            "=HYPERLINK(\"https://x.example\",\"y\")",
            "-2+3+cmd|' /C calc'!A0",
        ];
        for payload in payloads {
            assert!(cell(payload).starts_with("\"'"), "{payload:?}");
        }
    }

    #[test]
    fn plain_text_stays() {
        assert_eq!(row(&["a", "b c", "1=1"]), "\"a\",\"b c\",\"1=1\"\r\n");
    }

    #[test]
    fn quotes_and_lines_stay_in_their_cell() {
        assert_eq!(cell("say \"no\",\r\nthen"), "\"say \"\"no\"\",\r\nthen\"");
        assert_eq!(cell("=\",\"=1"), "\"'=\"\",\"\"=1\"");
    }
}
