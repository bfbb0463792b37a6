//! What happened while somebody had a form open: told in a sentence, and of which revisions it was about.

use super::{
    subject::Happening,
    words::{sentence, who_first},
};
use domain::{
    actor::By, aggregate::is_beside, id::AccountId, policy::EnvironmentPolicy, recorded::Happened, registration::Event,
};
use store::read::EntryRow;

/// The events that a team brings about: to whoever is not of it, it is *the partner* who did it.
const OF_THE_PARTNER: [&str; 4] = ["saved", "submitted", "withdrawn", "organisation_changed"];

/// How many events the sentence tells at most. The list beside it has them all.
const TOLD: usize = 3;

/// What happened since a form was opened.
#[derive(Clone, Debug)]
pub struct Meanwhile {
    /// What overtook the form, in a sentence or two: `The partner withdrew revision 1.`
    pub told: String,
    /// Everything that happened, the latest first.
    pub happened: Vec<Happening>,
    /// The number of the revision that the form was about, where another was submitted since.
    pub shown: Option<u32>,
    /// The number of the first revision that was approved for publication since.
    pub published: Option<u32>,
    /// Whether anything was approved since.
    pub approved: bool,
}

/// Who reads it.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// The account.
    pub account: AccountId,
    /// Whether it is staff, to whom a partner's people are *the partner*.
    pub is_staff: bool,
}

impl Reader {
    fn did(&self, entry: &EntryRow) -> bool {
        entry.actor == By::Account(self.account) && !entry.by_rules
    }
}

impl Meanwhile {
    /// What these entries tell, the earliest first, `happened` being the same in words.
    pub fn of(entries: &[EntryRow], happened: Vec<Happening>, reader: Reader, policies: &[EnvironmentPolicy]) -> Self {
        let overtook: Vec<_> = entries.iter().filter(|entry| !is_beside(&entry.event_type)).collect();
        let told = if overtook.is_empty() { entries.iter().collect() } else { overtook };
        let told = told.iter().rev().take(TOLD).rev().map(|entry| told_of(entry, reader, policies));
        Self {
            told: told.collect::<Vec<_>>().join(" "),
            happened: happened
                .into_iter()
                .zip(entries)
                .map(|(one, entry)| by_reader(one, entry, reader))
                .rev()
                .collect(),
            shown: first_submitted(entries).map(|number| number.saturating_sub(1)).filter(|shown| *shown > 0),
            published: first_published(entries),
            approved: entries.iter().any(|entry| entry.event_type == "approved"),
        }
    }
}

/// The least number of a revision that was submitted.
fn first_submitted(entries: &[EntryRow]) -> Option<u32> {
    let number = |entry: &EntryRow| match entry.happened {
        Happened::Registration(Event::Submitted { number, .. }) => Some(number),
        _ => None,
    };
    entries.iter().filter_map(number).min()
}

/// The least number of a revision of which the deciding approval was given.
fn first_published(entries: &[EntryRow]) -> Option<u32> {
    let number = |entry: &EntryRow| match entry.happened {
        Happened::Registration(Event::Approved { number, publish: Some(_), .. }) => Some(number),
        _ => None,
    };
    entries.iter().filter_map(number).min()
}

/// Of somebody who has two tabs open, it was nobody else.
fn by_reader(happening: Happening, entry: &EntryRow, reader: Reader) -> Happening {
    match reader.did(entry) {
        true => Happening { by: "you, in another tab".into(), ..happening },
        false => happening,
    }
}

fn told_of(entry: &EntryRow, reader: Reader, policies: &[EnvironmentPolicy]) -> String {
    let what = sentence(entry, policies);
    if reader.did(entry) {
        return format!("In another tab, you {}", uncapitalised(&what));
    }
    match (entry.actor, reader.is_staff && OF_THE_PARTNER.contains(&entry.event_type.as_str())) {
        (By::Account(_), _) if entry.by_rules => what,
        (By::Account(_), true) => format!("The partner {}", uncapitalised(&what)),
        (By::Account(_), false) => format!("{} {}", who_first(&entry.author), uncapitalised(&what)),
        _ => what,
    }
}

fn uncapitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use serde_json::{Value, json};
    use store::read::Author;

    const READER: u8 = 9;

    fn reader(is_staff: bool) -> Reader {
        Reader { account: AccountId::from_parts(1, [READER; 10]), is_staff }
    }

    fn entry(by: u8, name: &str, event: Value) -> EntryRow {
        EntryRow {
            actor: By::Account(AccountId::from_parts(1, [by; 10])),
            author: Author::Person { then: samples::shown(name, None), now: None },
            ..samples::entry_of("registration", event)
        }
    }

    fn submitted(number: u32) -> EntryRow {
        let event = json!({"type": "submitted", "number": number, "digest": "d", "metadata_digest": "m", "thumbprint": "t",
            "restricted": [], "bytes": {"$text": "{}"}, "warnings": {"$text": "[]"}});
        entry(1, "Priya Shah", event)
    }

    fn approved(by: u8, number: u32, publish: Value) -> EntryRow {
        let event = json!({"type": "approved", "number": number, "digest": "d", "metadata_digest": "m", "by_rules": false,
            "comment": {"$text": ""}, "publish": publish});
        entry(by, "Ada Adams", event)
    }

    fn of(entries: &[EntryRow], is_staff: bool) -> Meanwhile {
        let happened = entries.iter().map(|_| samples::happening()).collect();
        Meanwhile::of(entries, happened, reader(is_staff), &[])
    }

    #[test]
    fn another_revision_is_told_with_the_one_that_was_open() {
        let withdrawn = entry(1, "Priya Shah", json!({"type": "withdrawn", "number": 2}));
        let entries = [withdrawn, submitted(3)];
        let found = of(&entries, true);
        assert_eq!(found.told, "The partner withdrew revision 2. The partner submitted revision 3 for review.");
        assert_eq!((found.shown, found.published), (Some(2), None));
        assert!(of(&entries, false).told.starts_with("Priya Shah withdrew revision 2."));
    }

    #[test]
    fn the_first_deciding_approval_is_what_the_client_was_changed_by() {
        let publish = json!({"client_id": "AQEBAQEBAQEBAQEBAQEBAQ", "generation": 2});
        let found = of(&[approved(2, 4, Value::Null), approved(3, 4, publish.clone()), approved(3, 5, publish)], true);
        assert_eq!(found.published, Some(4));
        assert_eq!(of(&[approved(2, 4, Value::Null)], true).published, None);
    }

    #[test]
    fn ones_own_other_tab_is_nobody_else() {
        let mine = approved(READER, 1, Value::Null);
        let found = of(std::slice::from_ref(&mine), true);
        assert!(found.told.starts_with("In another tab, you approved revision 1."), "{}", found.told);
        assert_eq!(found.happened[0].by, "you, in another tab");
        let theirs = of(&[approved(2, 1, Value::Null)], true);
        assert!(theirs.told.starts_with("Ada Adams approved revision 1."), "{}", theirs.told);
        assert_eq!(theirs.happened[0].by, "Ada Adams");
    }

    #[test]
    fn what_happens_beside_is_told_only_alone() {
        let change = domain::draft::DraftChange::ClientName("Riverside".into());
        let event: domain::registration::Event = domain::registration::Event::Saved {
            section: change.section(),
            change: domain::recorded::Document::Is(change),
        };
        let saved = entry(1, "Priya Shah", serde_json::to_value(event).unwrap());
        assert!(of(&[saved.clone(), submitted(2)], true).told.starts_with("The partner submitted"));
        assert!(of(&[saved], false).told.starts_with("Priya Shah saved"));
    }
}
