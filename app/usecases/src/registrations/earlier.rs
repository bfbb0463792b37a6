//! What a draft held when somebody opened a form on it that others were quicker than.

use crate::{Caller, Fault, Portal};
use domain::{
    draft::{Draft, DraftChange, Section},
    recorded::{Document, Happened, Told},
    registration::{Event, Registration},
};
use store::read::{EntryRow, HistoryFilter, RegistrationDetails};

/// A section that somebody changed.
#[derive(Clone, Debug)]
pub struct ChangedSection {
    /// Which, and of evidence which item; what it holds is of no account.
    pub section: DraftChange,
    /// What the section held before, in a draft; none where that is not among the latest that are read.
    pub before: Option<Draft>,
}

/// The sections that were saved since the registration had this version: what each held then. That is looked for among the
/// latest that were saved before it, so that it costs the same however many there are.
///
/// # Errors
/// What the store answers.
pub async fn sections_changed_since(
    portal: &Portal,
    caller: &Caller,
    of: &RegistrationDetails,
    version: u64,
) -> Result<Vec<ChangedSection>, Fault> {
    let since = portal.store.history_since::<Registration>(caller.person()?, of.registration.id, version).await?;
    let changed: Vec<DraftChange> = since.iter().flat_map(changed_in).collect();
    let Some(first) = since.first().filter(|_| !changed.is_empty()) else { return Ok(Vec::new()) };
    // To the millisecond, of which the entries before it may be too.
    let to = Some(first.at + time::Duration::milliseconds(1));
    let earlier = Earlier::read(portal, caller, of, HistoryFilter { to, ..HistoryFilter::default() }).await?;
    let mut sections: Vec<ChangedSection> = Vec::new();
    for section in changed {
        let is_it = |other: &ChangedSection| place(&other.section) == place(&section);
        if !sections.iter().any(is_it) {
            let before = earlier.before(&section, first.index);
            sections.push(ChangedSection { section, before });
        }
    }
    Ok(sections)
}

/// The draft in which a section had this digest, as a form showed it that was refused because it changed since; none where
/// it is not among the latest that were saved.
///
/// # Errors
/// What the store answers.
pub async fn section_with_digest(
    portal: &Portal,
    caller: &Caller,
    of: &RegistrationDetails,
    section: &DraftChange,
    digest: &str,
) -> Result<Option<Draft>, Fault> {
    let earlier = Earlier::read(portal, caller, of, HistoryFilter::default()).await?;
    let has_it = |draft: &Draft| draft.section_digest(section.section(), section.item()) == digest;
    Ok(earlier.drafts().find(has_it))
}

/// What was saved last in a draft, the latest first, and what it began with.
struct Earlier {
    saved: Vec<EntryRow>,
    discarded: Vec<EntryRow>,
    started: Vec<EntryRow>,
    /// Whether that is all that was ever saved.
    is_all: bool,
}

impl Earlier {
    async fn read(
        portal: &Portal,
        caller: &Caller,
        of: &RegistrationDetails,
        with: HistoryFilter,
    ) -> Result<Self, Fault> {
        let person = caller.person()?;
        let of_type = |event_type: &str| HistoryFilter {
            registration: Some(of.registration.id),
            event_type: Some(event_type.into()),
            ..with.clone()
        };
        let saved = portal.store.history(person, &of_type("saved"), None).await?;
        let discarded = portal.store.history(person, &of_type("changes_discarded"), None).await?;
        let started = portal.store.history(person, &of_type("started"), None).await?.rows;
        let is_all = saved.next.is_none() && discarded.next.is_none();
        Ok(Self { saved: saved.rows, discarded: discarded.rows, started, is_all })
    }

    /// What a section held before the entry with this index.
    fn before(&self, section: &DraftChange, index: u64) -> Option<Draft> {
        let mut entries: Vec<&EntryRow> = self.saved.iter().chain(&self.discarded).collect();
        entries.retain(|entry| entry.index < index);
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.index));
        let found = entries.into_iter().find_map(|entry| match draft_in(entry) {
            Some(whole) => Some(whole.clone()),
            None => {
                let change = saved_in(entry).filter(|change| place(change) == place(section))?;
                Some(with(Draft::default(), change))
            }
        });
        found.or_else(|| self.started.first().and_then(draft_in).filter(|_| self.is_all).cloned())
    }

    /// Each state of a section that is known, in a draft of its own.
    fn drafts(&self) -> impl Iterator<Item = Draft> {
        let sections = self.saved.iter().filter_map(saved_in).map(|change| with(Draft::default(), change));
        sections.chain(self.discarded.iter().chain(&self.started).filter_map(draft_in).cloned())
    }
}

fn place(change: &DraftChange) -> (Section, &str) {
    (change.section(), change.item())
}

/// The sections that an entry is about: all of them where the whole draft became another.
fn changed_in(entry: &EntryRow) -> Vec<DraftChange> {
    match (saved_in(entry), &entry.happened) {
        (Some(change), _) => vec![change.clone()],
        (None, Happened::Registration(Event::ChangesDiscarded { draft: Told::Text(Document::Is(draft)), .. })) => {
            let items = draft.evidence.keys().cloned();
            let items = items.map(|item| DraftChange::Evidence { item, answers: Default::default() });
            let whole = [
                DraftChange::ClientName(String::new()),
                DraftChange::PublicKeys(Vec::new()),
                DraftChange::RedirectUris(Vec::new()),
                DraftChange::Scopes { scopes: Vec::new(), reasons: Default::default() },
                DraftChange::Vectors(Vec::new()),
            ];
            whole.into_iter().chain(items).collect()
        }
        _ => Vec::new(),
    }
}

fn saved_in(entry: &EntryRow) -> Option<&DraftChange> {
    match &entry.happened {
        Happened::Registration(Event::Saved { change: Told::Text(Document::Is(change)), .. }) => Some(change),
        _ => None,
    }
}

/// The whole draft that an entry brought, unless it was erased.
fn draft_in(entry: &EntryRow) -> Option<&Draft> {
    match &entry.happened {
        Happened::Registration(
            Event::Started { draft: Told::Text(Document::Is(draft)), .. }
            | Event::ChangesDiscarded { draft: Told::Text(Document::Is(draft)), .. },
        ) => Some(draft),
        _ => None,
    }
}

fn with(mut draft: Draft, change: &DraftChange) -> Draft {
    draft.change(change.clone());
    draft
}
