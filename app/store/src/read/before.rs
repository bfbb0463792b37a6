//! What an edit replaced: read from the entry that wrote it.

use super::history::{EntryRow, ON_ONE_PAGE};
use crate::{
    entity::*,
    error::StoreError,
    history::{Leaf, texts_of},
    sql::number,
    store::Store,
};
use domain::{
    draft::DraftChange,
    id::ServiceId,
    organisation,
    recorded::{AsTold, Document, Happened, Texts},
    registration::Event,
};

/// How many entries are read with their texts to find what was there before one.
const MOST_WITH_TEXTS: usize = 50;

/// What an edit replaces as a whole.
#[derive(Clone, Copy, Debug)]
pub enum Written<'a> {
    /// A section of a draft, and of the evidence one item.
    Section(&'a DraftChange),
    /// A service of an organisation.
    Service(ServiceId),
    /// The contacts of an organisation.
    Contacts,
}

impl Written<'_> {
    /// The types of events that write it.
    fn by(&self) -> &'static [&'static str] {
        match self {
            Self::Section(_) => &["started", "saved"],
            Self::Service(_) => &["service_added", "service_changed"],
            Self::Contacts => &["contacts_changed"],
        }
    }

    /// Whether an event may have written it, as far as that is known without its texts.
    fn may_be_by<X: Texts>(&self, happened: &Happened<X>) -> bool {
        match (self, happened) {
            (Self::Section(change), Happened::Registration(Event::Saved { section, .. })) => {
                *section == change.section()
            }
            (Self::Section(_), Happened::Registration(Event::Started { .. })) => true,
            (Self::Service(service), happened) => happened.service() == Some(*service),
            (Self::Contacts, Happened::Organisation(organisation::Event::ContactsChanged { .. })) => true,
            (Self::Section(_) | Self::Contacts, _) => false,
        }
    }

    fn is_by(&self, happened: &Happened<AsTold>) -> bool {
        let is_item = match (self, happened) {
            (Self::Section(sought), Happened::Registration(Event::Saved { change, .. })) => {
                // Where the text is gone, nobody knows which it was: then it may have been this one.
                change.text().and_then(Document::content).is_none_or(|change| change.item() == sought.item())
            }
            _ => true,
        };
        is_item && self.may_be_by(happened)
    }
}

impl Store {
    /// The event of the latest entry before `row` that wrote the same: of the 500 entries before it, and of those at most 50
    /// with their texts. What a page shows as *before* costs no more, however much happened.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn event_before(
        &self,
        row: &EntryRow,
        written: &Written<'_>,
    ) -> Result<Option<Happened<AsTold>>, StoreError> {
        let earlier = entry::Entity::find().filter(entry::SubjectId.eq(row.subject.as_str()));
        let earlier = earlier.filter(entry::EntryIndex.lt(number(row.index))).order_by_desc(entry::EntryIndex);
        let earlier = earlier.limit(ON_ONE_PAGE as u64).select_only();
        let earlier = earlier.columns([entry::EntryIndex, entry::Leaf, entry::EventType, entry::Kind]).into_tuple();
        let earlier: Vec<(i64, Vec<u8>, String, String)> = earlier.all(self.reads()).await?;
        let mut looked_at = 0;
        for (index, leaf, event_type, kind) in earlier {
            if kind != row.kind || !written.by().contains(&event_type.as_str()) {
                continue;
            }
            let mut leaf = Leaf::read(&leaf)?;
            if !written.may_be_by(leaf.happened()) {
                continue;
            }
            looked_at += 1;
            if looked_at > MOST_WITH_TEXTS {
                break;
            }
            if let Some(texts) = texts_of(self.reads(), &[index]).await?.get(&index) {
                leaf.put_texts(texts);
            }
            let happened = leaf.told()?;
            if written.is_by(&happened) {
                return Ok(Some(happened));
            }
        }
        Ok(None)
    }
}
