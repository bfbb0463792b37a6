//! What erasures left of texts: each is in the entry of its erasure, which commits to it, under what it was erased from.

use super::{Committed, Kept, Leaf, Texts, collect_texts};
use crate::{
    entity::*,
    error::StoreError,
    sql::{self, number},
};
use domain::erasure::ErasedText;
use sea_orm::Value;
use std::collections::BTreeMap;

/// The type of the event of an erasure.
pub(crate) const TEXT_ERASED: &str = "text_erased";

/// The texts with what remains of those that were erased. Asks nothing more where none was.
pub(super) async fn with_remains(connection: &impl ConnectionTrait, mut texts: Texts) -> Result<Texts, StoreError> {
    let erased = |kept: &BTreeMap<String, Kept>| kept.values().any(|kept| kept.text.is_none());
    let indexes: Vec<i64> = texts.iter().filter(|(_, kept)| erased(kept)).map(|(index, _)| *index).collect();
    // Statements take a bounded number of parameters.
    for some in indexes.chunks(500) {
        for ((index, pointer), remains) in remains_of(connection, some).await? {
            let kept = texts.get_mut(&index).and_then(|texts| texts.get_mut(&pointer));
            if let Some(kept) = kept.filter(|kept| kept.text.is_none()) {
                kept.remains = remains;
            }
        }
    }
    Ok(texts)
}

/// What remains by entry and pointer, of the last erasure of each.
async fn remains_of(
    connection: &impl ConnectionTrait,
    indexes: &[i64],
) -> Result<BTreeMap<(i64, String), Option<String>>, StoreError> {
    // As SQL: the history beside itself.
    let select = format!(
        "SELECT DISTINCT e.entry_index, e.leaf FROM history h
         JOIN history e ON e.subject_id = h.subject_id AND e.kind = h.kind AND e.event_type = '{TEXT_ERASED}'
         WHERE h.entry_index IN ({}) ORDER BY e.entry_index",
        sql::places(1, indexes.len())
    );
    let indexes = indexes.iter().map(|index| Value::from(*index)).collect();
    let mut remains = BTreeMap::new();
    for (index, leaf) in sql::tuples::<(i64, Vec<u8>)>(connection, &select, indexes).await? {
        let leaf = Leaf::read(&leaf)?;
        let own = entry_text::Entity::find().filter(entry_text::EntryIndex.eq(index));
        let own = collect_texts(own.all(connection).await?).into_values().next().unwrap_or_default();
        for (place, erased) in erased_by(&leaf) {
            let kept = own.get(&place).filter(|kept| leaf.at(&place).is_some_and(|place| !kept.is_altered(place)));
            let text = kept.and_then(|kept| kept.text.clone());
            remains.insert((number(erased.entry), erased.pointer), text);
        }
    }
    Ok(remains)
}

/// What an erasure was of, each by the pointer under which what remains of it is kept.
pub(crate) fn erased_by(leaf: &Leaf) -> Vec<(String, ErasedText)> {
    let texts = leaf.happened().erasure().into_iter().flat_map(|erasure| &erasure.texts);
    let place = |(at, text): (usize, &ErasedText<Committed>)| {
        let (entry, pointer) = (text.entry, text.pointer.clone());
        (format!("/event/texts/{at}/remains"), ErasedText { entry, pointer, remains: None })
    };
    texts.enumerate().map(place).collect()
}
