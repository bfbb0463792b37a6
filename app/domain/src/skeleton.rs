//! What a text looks like, for comparison with what others look like.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The confusable skeleton (UTS 39) without case. Taken twice, because some skeletons are capitals: that of 0 is O.
pub(crate) fn of(text: &str) -> String {
    let shape: String = unicode_security::skeleton(&text.to_lowercase()).collect();
    unicode_security::skeleton(&shape.to_lowercase()).collect()
}

/// The skeleton of a name, without spaces and signs: what two names are compared by.
pub(crate) fn of_name(name: &str) -> String {
    of(&plain(name)).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Letters in other clothes that neither Unicode's compatibility forms nor its confusables undo: small capitals, and the
/// signs of other scripts of which “fancy text” is made. In each row, what follows the first letter is read as that letter.
const DRESSED: &str = "aᴀαคㅏᎪ bʙᗷცᏴᏼ cᴄᑕ匚ƈᏟ dᴅᗪԀᎠ eᴇєεﻉᎬ fꜰƒ gɢɠᏀᎶ hʜᕼ卄ђԋɧҺһнΗᎻᏂ iɪɩᎥ jᴊᎫ kᴋᏦ lʟᏞ mᴍᎷ \
    nɴᑎ几ภηиռղ₦ոɳƝŋΝᏁ oᴏσᎾᏫ pᴘρᏢ qꞯ rʀгᎡᏒ sꜱᔕ丂รʂ₴ѕֆʃᏚᏕ tᴛτᎢ uᴜυᏌ vᴠᏙᏤ wᴡωᎳᏔ xχ yʏуᎩᎽ zᴢᏃ";

/// The plain letter that a character stands for.
fn undressed(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    let enclosed = |first: u32| char::from_u32(u32::from('a') + u32::from(c) - first).unwrap_or(c);
    match u32::from(c) {
        // Negative circled, negative squared, and the letters of which flags are made.
        0x1f150..=0x1f169 => enclosed(0x1f150),
        0x1f170..=0x1f189 => enclosed(0x1f170),
        0x1f1e6..=0x1f1ff => enclosed(0x1f1e6),
        0x2801..=0x283f => braille(c),
        // The small letters of Cherokee look like its capitals.
        small @ 0xab70..=0xabbf => char::from_u32(small - 0xab70 + 0x13a0).map_or(c, undressed),
        _ => {
            let row = DRESSED.split_ascii_whitespace().find(|row| row.chars().skip(1).any(|dressed| dressed == c));
            row.and_then(|row| row.chars().next()).unwrap_or(c)
        }
    }
}

fn braille(c: char) -> char {
    let letters = "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵";
    letters.chars().zip('a'..='z').find(|(sign, _)| *sign == c).map_or(c, |(_, letter)| letter)
}

/// Compatibility forms and enclosed letters undone, marks and what cannot be seen taken off.
fn plain(text: &str) -> String {
    // Most texts are in plain letters already.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let letters = text.chars().map(undressed).filter(|c| !crate::text::is_invisible(*c)).nfkd();
    letters.filter(|c| !is_combining_mark(*c)).map(undressed).collect()
}

/// A digit or sign that is typed for the letter that it resembles.
fn unleeted(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' | '§' => 's',
        '7' => 't',
        other => other,
    }
}

/// What two hosts are compared by that are a slip of the fingers or of the eye apart: without hyphens, an l read as an i,
/// and the letters of each longer label in the order of the alphabet, so that it does not matter in which they stand.
pub(crate) fn of_slipped_host(host: &str) -> String {
    let label = |label: &str| {
        let mut letters: Vec<char> =
            label.chars().filter(|c| *c != '-').map(|c| if c == 'l' || c == '1' { 'i' } else { c }).collect();
        if letters.len() >= LONG_LABEL {
            letters.sort_unstable();
        }
        letters.into_iter().collect::<String>()
    };
    of(host).split('.').map(label).collect::<Vec<_>>().join(".")
}

/// In a shorter label another order of its letters is another name.
const LONG_LABEL: usize = 6;

/// The words of a text as a reader may take them, in each of the ways in which letters are disguised: in small plain
/// letters, letters that stand alone put together (`N. H. S.` is one word). Empty readings are left out.
pub(crate) fn readings(text: &str) -> Vec<Vec<String>> {
    let plain_text = plain(text);
    let skeleton = |text: &str| plain(&unicode_security::skeleton(text).collect::<String>()).to_lowercase();
    let lower = plain_text.to_lowercase();
    let mut shapes = vec![skeleton(&plain_text), skeleton(&lower)];
    if text != plain_text {
        shapes.push(skeleton(text));
    }
    shapes.push(lower);
    let unleeted: Vec<String> = shapes.iter().map(|shape| shape.chars().map(unleeted).collect()).collect();
    shapes.extend(unleeted);
    // An i and an l change places unseen; everything is compared in this shape, too.
    let folded: Vec<String> = shapes.iter().map(|shape| shape.replace('l', "i")).collect();
    shapes.extend(folded);
    shapes.sort();
    shapes.dedup();
    let mut readings: Vec<Vec<String>> = shapes.iter().map(|shape| words(shape)).collect();
    readings.retain(|words| !words.is_empty());
    readings.sort();
    readings.dedup();
    readings
}

fn words(shape: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut alone = false;
    for word in shape.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let single = word.chars().nth(1).is_none();
        match words.last_mut().filter(|_| single && alone) {
            Some(last) => last.push_str(word),
            None => words.push(word.to_owned()),
        }
        alone = single;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_are_a_slip_apart_have_one_shape() {
        let shape = of_slipped_host;
        for like in [
            "riversidehealth.example",
            "riverside-heatlh.example",
            "rlverside-health.example",
            "river-sidehealth.example",
        ] {
            assert_eq!(shape(like), shape("riverside-health.example"), "{like}");
        }
        assert_ne!(shape("riverside-wealth.example"), shape("riverside-health.example"));
        assert_ne!(shape("abc.example"), shape("cab.example"));
    }

    #[test]
    fn single_letters_are_one_word() {
        assert_eq!(words("n. h. s. login"), ["nhs", "login"]);
        assert_eq!(words("dr n patel"), ["dr", "n", "patel"]);
    }
}
