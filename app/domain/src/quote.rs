//! Quoting what a person typed inside a sentence.

/// How many characters of a quotation are kept, so that it cannot push its sentence off the page.
const LONGEST: usize = 60;

/// The text cut short, without the characters that control or reorder the sentence around it.
pub(crate) fn short(text: &str) -> String {
    let mut kept: String = text.chars().filter(|c| !bends(*c)).take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        kept.push('…');
    }
    kept
}

/// Controls and the marks of direction and joining. A short list, because the tables of [`crate::text`] are too big
/// for the browser.
fn bends(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}')
}
