//! Two people in one section of a draft: what both changed, put together entry by entry.

use super::{Draft, DraftChange};
use std::collections::{BTreeMap, BTreeSet};

/// The entry of the section that is one text.
const CLIENT_NAME: &str = "client_name";

/// A section in which two people changed something at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// Both changes together. Where both changed the same text, this has the one that was typed last: mine.
    pub change: DraftChange,
    /// The texts that both changed, each into something else.
    pub conflicts: Vec<Conflict>,
}

/// A text that two people changed, each into something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Its entry: the scope that a reason is about, the question that an answer is to, or `client_name`.
    pub entry: String,
    /// What was saved first.
    pub theirs: String,
    /// What was typed meanwhile.
    pub mine: String,
}

impl DraftChange {
    /// What was typed over `base`, put together with what others saved over it since.
    #[must_use]
    pub fn merged(self, base: &Draft, theirs: &Draft) -> Merged {
        let mut conflicts = Vec::new();
        let change = match self {
            Self::ClientName(mine) => {
                let name = text(&base.client_name, mine, &theirs.client_name, CLIENT_NAME, &mut conflicts);
                Self::ClientName(name)
            }
            Self::RedirectUris(mine) => Self::RedirectUris(list(&base.redirect_uris, &mine, &theirs.redirect_uris)),
            Self::Vectors(mine) => Self::Vectors(list(&base.vectors, &mine, &theirs.vectors)),
            Self::Scopes { scopes, reasons } => Self::Scopes {
                scopes: list(&base.scopes, &scopes, &theirs.scopes),
                reasons: texts(&base.reasons, reasons, &theirs.reasons, &mut conflicts),
            },
            Self::Evidence { item, answers } => {
                let of = |draft: &Draft| draft.evidence.get(&item).cloned().unwrap_or_default();
                let answers = texts(&of(base), answers, &of(theirs), &mut conflicts);
                Self::Evidence { item, answers }
            }
            // Keys come and go one by one, each beside whatever is there.
            keys @ (Self::PublicKey(_) | Self::PublicKeys(_)) => keys,
        };
        Merged { change, conflicts }
    }

    /// The same with the texts of these entries as `theirs` has them.
    #[must_use]
    pub fn keeping(mut self, theirs: &Draft, entries: &BTreeSet<String>) -> Self {
        let keep = |texts: &mut BTreeMap<String, String>, saved: Option<&BTreeMap<String, String>>| {
            for entry in entries {
                match saved.and_then(|saved| saved.get(entry)) {
                    Some(text) => drop(texts.insert(entry.clone(), text.clone())),
                    None => drop(texts.remove(entry)),
                }
            }
        };
        match &mut self {
            Self::ClientName(name) if entries.contains(CLIENT_NAME) => name.clone_from(&theirs.client_name),
            Self::Scopes { reasons, .. } => keep(reasons, Some(&theirs.reasons)),
            Self::Evidence { item, answers } => keep(answers, theirs.evidence.get(item)),
            _ => {}
        }
        self
    }
}

fn text(base: &str, mine: String, theirs: &str, entry: &str, conflicts: &mut Vec<Conflict>) -> String {
    if mine == base {
        return theirs.to_owned();
    }
    if mine != theirs && theirs != base {
        conflicts.push(Conflict { entry: entry.into(), theirs: theirs.into(), mine: mine.clone() });
    }
    mine
}

fn texts(
    base: &BTreeMap<String, String>,
    mine: BTreeMap<String, String>,
    theirs: &BTreeMap<String, String>,
    conflicts: &mut Vec<Conflict>,
) -> BTreeMap<String, String> {
    let of = |texts: &BTreeMap<String, String>, entry: &str| texts.get(entry).cloned().unwrap_or_default();
    let entries: BTreeSet<&String> = mine.keys().chain(theirs.keys()).collect();
    let both = |entry: &&String| text(&of(base, entry), of(&mine, entry), &of(theirs, entry), entry, conflicts);
    let merged: Vec<String> = entries.iter().map(both).collect();
    entries.into_iter().cloned().zip(merged).filter(|(_, text)| !text.is_empty()).collect()
}

/// What they have, without what I took away, and with what I added.
fn list(base: &[String], mine: &[String], theirs: &[String]) -> Vec<String> {
    let stays = |entry: &&String| mine.contains(entry) || !base.contains(entry);
    let is_new = |entry: &&String| !base.contains(entry) && !theirs.contains(entry);
    theirs.iter().filter(stays).chain(mine.iter().filter(is_new)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn owned(entries: &[&str]) -> Vec<String> {
        entries.iter().map(|entry| (*entry).to_owned()).collect()
    }

    fn uris(entries: &[&str]) -> Draft {
        Draft { redirect_uris: owned(entries), ..Draft::default() }
    }

    #[test]
    fn what_two_people_add_and_take_away_is_put_together() {
        let (base, theirs) = (uris(&["a", "b", "c"]), uris(&["a", "c", "theirs"]));
        let merged = DraftChange::RedirectUris(owned(&["a", "b", "mine"])).merged(&base, &theirs);
        assert_eq!(merged.change, DraftChange::RedirectUris(owned(&["a", "theirs", "mine"])));
        assert_eq!(merged.conflicts, []);
    }

    #[test]
    fn only_a_text_that_both_changed_is_a_conflict() {
        let answers = |status: &str, expiry: &str| {
            let fields = [("status", status), ("expiry", expiry)];
            fields.map(|(field, text)| (field.to_owned(), text.to_owned())).into_iter().collect::<BTreeMap<_, _>>()
        };
        let draft = |answers| Draft { evidence: [("dspt".to_owned(), answers)].into(), ..Draft::default() };
        let change = |answers| DraftChange::Evidence { item: "dspt".into(), answers };
        let (base, theirs) = (draft(answers("met", "1")), draft(answers("met", "2")));
        let merged = change(answers("not_met", "1")).merged(&base, &theirs);
        assert_eq!((merged.change, merged.conflicts), (change(answers("not_met", "2")), Vec::new()));
        let merged = change(answers("met", "3")).merged(&base, &theirs);
        let conflict = Conflict { entry: "expiry".into(), theirs: "2".into(), mine: "3".into() };
        assert_eq!((&merged.change, merged.conflicts), (&change(answers("met", "3")), vec![conflict]));
        let kept = merged.change.keeping(&theirs, &BTreeSet::from(["expiry".to_owned()]));
        assert_eq!(kept, change(answers("met", "2")));
    }

    #[test]
    fn a_name_is_one_text() {
        let named = |name: &str| Draft { client_name: name.into(), ..Draft::default() };
        let merged = DraftChange::ClientName("Mine".into()).merged(&named("Base"), &named("Theirs"));
        assert_eq!(merged.conflicts.len(), 1);
        let kept = merged.change.keeping(&named("Theirs"), &BTreeSet::from([CLIENT_NAME.to_owned()]));
        assert_eq!(kept, DraftChange::ClientName("Theirs".into()));
    }

    proptest! {
        /// Whoever changed nothing takes what the other has, on either side; and nothing that only one added is lost.
        #[test]
        fn nothing_is_lost(base in letters(), mine in letters(), theirs in letters()) {
            let draft = |vectors: &[String]| Draft { vectors: vectors.to_vec(), ..Draft::default() };
            let both = |mine: &[String], theirs: &[String]| {
                match DraftChange::Vectors(mine.to_vec()).merged(&draft(&base), &draft(theirs)).change {
                    DraftChange::Vectors(vectors) => vectors.into_iter().collect::<BTreeSet<_>>(),
                    other => panic!("{other:?}"),
                }
            };
            let set = |entries: &[String]| entries.iter().cloned().collect::<BTreeSet<_>>();
            prop_assert_eq!(both(&base, &theirs), set(&theirs));
            prop_assert_eq!(both(&mine, &base), set(&mine));
            prop_assert_eq!(both(&mine, &theirs), both(&theirs, &mine));
            let merged = both(&mine, &theirs);
            for entry in set(&mine).union(&set(&theirs)) {
                let taken = base.contains(entry) && !(mine.contains(entry) && theirs.contains(entry));
                prop_assert_eq!(merged.contains(entry), !taken, "{}", entry);
            }
        }
    }

    fn letters() -> impl Strategy<Value = Vec<String>> {
        proptest::sample::subsequence(vec!["a", "b", "c", "d", "e"], 0..=5)
            .prop_map(|letters| letters.into_iter().map(str::to_owned).collect())
    }
}
