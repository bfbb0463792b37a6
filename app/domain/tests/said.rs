//! Every sentence that is not made of the rules of registering: on pages, in mails, on the command line. Read out of the
//! sources and kept in `snapshots/said.txt`, a file's under its name, so that what a person reads can be read in one go and
//! each change of it is seen. `UPDATE_SNAPSHOTS=1` rewrites the file. The others are in `snapshots/sentences.txt`.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

/// Where people's words are, seen from the root of the repository.
const SOURCES: [&str; 4] = ["app/domain/src/rule/portal.rs", "app/src", "app/usecases/src", "server/src"];

/// Where else sentences are made: `snapshots/sentences.txt` shows those of the rules as they come out.
const RULES: [&str; 2] = ["app/domain/src", "app/store/src"];

/// The attributes of elements and components that a person reads.
const READ: [&str; 10] =
    ["aria-label", "about", "button", "caption", "heading", "hint", "label", "legend", "summary", "text"];

/// Elements within a sentence.
const INLINE: [&str; 5] = ["a", "br", "code", "span", "strong"];

/// A text of the source with what stands before it.
struct Literal {
    text: String,
    before: String,
}

/// The texts of a source, in their order, comments left out.
fn literals(source: &str) -> Vec<Literal> {
    let (mut found, mut before, mut rest) = (Vec::new(), String::new(), source);
    while let Some(first) = rest.chars().next() {
        let quote = ["'\"'", "b'\"'"].into_iter().find(|quote| rest.starts_with(quote));
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if let Some(quote) = quote {
            rest = &rest[quote.len()..];
        } else if let Some((text, after)) = literal(rest) {
            found.push(Literal { text, before: std::mem::take(&mut before) });
            rest = after;
        } else {
            before.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    found
}

/// A text that begins here, and what follows it.
fn literal(rest: &str) -> Option<(String, &str)> {
    let hashes = rest.strip_prefix('r').map(|raw| raw.len() - raw.trim_start_matches('#').len());
    if let Some(hashes) = hashes.filter(|hashes| rest[1 + hashes..].starts_with('"')) {
        let (start, end) = (&rest[hashes + 2..], format!("\"{}", "#".repeat(hashes)));
        let at = start.find(&end)?;
        return Some((start[..at].to_owned(), &start[at + end.len()..]));
    }
    let mut letters = rest.strip_prefix('"')?.char_indices();
    let mut text = String::new();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, &rest[at + 2..])),
            '\\' => match letters.next()?.1 {
                'n' => text.push('\n'),
                '\n' => {
                    let left = letters.as_str();
                    return continued(text, left.trim_start());
                }
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
    None
}

/// The rest of a text that goes on in the next line.
fn continued(start: String, rest: &str) -> Option<(String, &str)> {
    let quoted = format!("\"{rest}");
    let (text, after) = literal(&quoted)?;
    Some((start + &text, &rest[rest.len() - after.len()..]))
}

/// The sentences of a source: texts with elements between them are one where the elements stand within a sentence.
fn sentences(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or(source);
    let mut found: Vec<String> = Vec::new();
    let mut joins = false;
    for Literal { text, before } in literals(source) {
        let attribute = before.strip_suffix('=').map(|start| {
            let name =
                start.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '-').next().unwrap_or_default();
            name.to_owned()
        });
        match attribute {
            Some(name) if READ.contains(&name.as_str()) => {
                found.push(text);
                joins = false;
            }
            // An address within a sentence.
            Some(_) => joins &= is_within(&before),
            None => {
                match found.last_mut().filter(|_| joins && is_within(&before)) {
                    Some(last) => last.push_str(&text),
                    None => found.push(text),
                }
                joins = true;
            }
        }
    }
    found.retain(|text| is_read(text));
    found
}

/// Whether what stands between two texts leaves them one sentence: only white space and elements within a sentence.
fn is_within(between: &str) -> bool {
    let mut rest = between.trim();
    while let Some(tag) = rest.strip_prefix('<') {
        let name: String = tag.trim_start_matches('/').chars().take_while(|letter| letter.is_alphanumeric()).collect();
        if !INLINE.contains(&name.as_str()) {
            return false;
        }
        rest = match tag.split_once('>') {
            Some((_, after)) => after.trim_start(),
            None => "",
        };
    }
    rest.is_empty() || rest == ">"
}

/// Whether a person reads it: several words, and no class names, statements or scripts.
fn is_read(text: &str) -> bool {
    let is_code =
        ["nhsuk-", "app-", "#[", "SELECT ", "default-src", "text/csv", "; "].iter().any(|code| text.starts_with(code));
    let has_words = text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count() > 1;
    has_words && !is_code && !text.contains(" nhsuk-") && !text.contains("()") && !text.contains("</")
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    if directory.is_file() {
        return found.push(directory.to_owned());
    }
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // The demonstration's data is nobody's sentence.
        if path.is_dir() && name != "seed" {
            files(&path, found);
        } else if name.ends_with(".rs") && !["tests.rs", "samples.rs", "walk.rs"].contains(&name.as_str()) {
            found.push(path);
        }
    }
}

/// The sentences of every source, by its path.
fn said(sources: &[&str]) -> Vec<(String, Vec<String>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut paths = Vec::new();
    sources.iter().for_each(|source| files(&root.join(source), &mut paths));
    paths.sort();
    let of = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        (name, sentences(&fs::read_to_string(&path).unwrap()))
    };
    paths.into_iter().map(of).filter(|(_, said)| !said.is_empty()).collect()
}

#[test]
fn is_kept_for_reading() {
    let mut found = String::new();
    for (path, said) in said(&SOURCES) {
        writeln!(found, "{path}").unwrap();
        said.iter().for_each(|one| writeln!(found, "    {}", one.replace('\n', "\n      ")).unwrap());
    }
    let path = format!("{}/tests/snapshots/said.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == found, "UPDATE_SNAPSHOTS=1 rewrites {path}: read what changed");
}

/// What sounded translated, passive or like an insider, each with what is said instead. It was mended everywhere; none
/// comes back, wherever a sentence is made.
const MENDED: [(&str, &str); 34] = [
    ("waits for NHS login", "is being reviewed"),
    ("waits for a decision", "is waiting for a decision"),
    ("that wait for", "waiting for"),
    ("Somebody", "Someone"),
    ("somebody", "someone"),
    ("the rules approved", "approved automatically"),
    ("the rules do not decide", "is not approved automatically"),
    ("The rules alone", "Revisions are approved automatically"),
    ("by a way that you found", "using contact details you found independently"),
    ("goes on trying", "will keep trying"),
    ("put in the new", "add the new"),
    ("typing mistake", "may be mistyped"),
    ("stands whatever comes", "stays valid whatever the result"),
    ("It stands in", "It is in"),
    ("which decided it", "gave the final approval"),
    ("any more", "no longer"),
    ("are to sign in", "will sign in"),
    ("is to be done", "what to do"),
    ("has been told, nobody", "once the provider confirms it"),
    ("has been told, people", "once the provider confirms it"),
    ("was asked for on", "We started … on"),
    ("auditors read it", "can read this"),
    ("A text was erased", "Text was erased"),
    ("Erased a text", "Erased text"),
    ("very many", "a lot of"),
    ("has not come yet", "is in the future"),
    ("does not fit the", "does not match the"),
    ("may commit your", "can enter into agreements for"),
    ("on what it learns", "to process data from"),
    ("Nobody proposes", "There is no open proposal"),
    ("A newer generation", "A newer change"),
    ("is confirmed already", "is already confirmed"),
    ("is locked already", "is already locked"),
    ("beside the sections", "next to the sections"),
];

#[test]
fn is_plain() {
    let everywhere: Vec<&str> = SOURCES.into_iter().chain(RULES).collect();
    let mut found = Vec::new();
    for (path, said) in said(&everywhere) {
        for (old, new) in MENDED {
            let lines = said.iter().filter(|line| line.contains(old));
            found.extend(lines.map(|line| format!("{path}: “{line}”: {new}")));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn texts_are_read_as_they_are_written() {
    let source = concat!(
        "// \"a comment\"\n let x = '\"'; view! { <p class=\"nhsuk-body big\">\"Read \" <a href=\"/guidance\">\"the ",
        "guidance\"</a> \" first.\"</p> <p>\"One \\\n        more.\"</p> <Button label=\"Save it\" /> }\n",
        "r#\"A \"raw\" one.\"# #[cfg(test)]\nmod tests { \"not this one\" }"
    );
    assert_eq!(sentences(source), ["Read the guidance first.", "One more.", "Save it", "A \"raw\" one."]);
}
