//! What the subjects of entries of version 1 were called: told by the entries before them that gave a name. Which those
//! are is in `history_names`, filled once when leaves began to bind names themselves.

use super::{
    Leaf,
    named::{People, Said, Then, said},
    texts_of, unreadable,
};
use crate::{entity::*, error::StoreError, sql};
use domain::{
    account,
    organisation::{self, Service},
    recorded::{AsTold, Document, Happened, Told as Text},
};
use sea_orm::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Somebody or something with a name: kind and id.
type Named = (&'static str, String);

/// An entry that binds no names, and whom it concerns.
#[derive(Clone, Debug)]
pub(crate) struct Concerned {
    pub(crate) index: i64,
    pub(crate) organisation: Option<String>,
    pub(crate) service: Option<String>,
    /// Whose account it is, or which team member.
    pub(crate) person: Option<String>,
    /// The account that acted.
    pub(crate) actor: Option<String>,
}

/// A name with what came with it.
#[derive(Clone, Debug)]
struct Told {
    name: Said,
    ods_code: Option<String>,
}

/// What each entry's subject was called, by the entry's index. Its cost follows from the entries asked about alone.
pub(crate) async fn names(
    connection: &impl ConnectionTrait,
    entries: &[Concerned],
) -> Result<BTreeMap<i64, (Then, People)>, StoreError> {
    let asked: BTreeSet<(Named, i64)> = entries.iter().flat_map(asks).collect();
    if asked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let places = places(connection, &asked).await?;
    let told = told(connection, &places).await?;
    let of = |kind: &'static str, id: &Option<String>, index: i64| {
        let place = places.get(&((kind, id.clone()?), index))?;
        told.get(&place.0).cloned()
    };
    let then = |entry: &Concerned| {
        let organisation = of("organisation", &entry.organisation, entry.index);
        let then = Then {
            ods_code: organisation.as_ref().and_then(|told| told.ods_code.clone()),
            organisation: organisation.map(|told| told.name),
            service: of("service", &entry.service, entry.index).map(|told| told.name),
            ..Then::default()
        };
        let people = People {
            person: of("account", &entry.person, entry.index).map(|told| told.name),
            actor: of("account", &entry.actor, entry.index).map(|told| told.name),
        };
        (entry.index, (then, people))
    };
    Ok(entries.iter().map(then).collect())
}

fn asks(entry: &Concerned) -> Vec<(Named, i64)> {
    let named = [
        ("organisation", &entry.organisation),
        ("service", &entry.service),
        ("account", &entry.person),
        ("account", &entry.actor),
    ];
    named.into_iter().filter_map(|(kind, id)| Some(((kind, id.clone()?), entry.index))).collect()
}

/// Index and pointer of the text that named each, the last up to the entry asked about.
async fn places(
    connection: &impl ConnectionTrait,
    asked: &BTreeSet<(Named, i64)>,
) -> Result<BTreeMap<(Named, i64), (i64, String)>, StoreError> {
    let mut values = Vec::new();
    let mut rows = Vec::new();
    for (number, ((kind, id), index)) in (0_i64..).zip(asked) {
        let from = values.len() + 1;
        rows.push(format!(
            "(CAST(${from} AS BIGINT), CAST(${} AS TEXT), CAST(${} AS TEXT), CAST(${} AS BIGINT))",
            from + 1,
            from + 2,
            from + 3
        ));
        values.extend([Value::from(number), (*kind).into(), id.clone().into(), (*index).into()]);
    }
    // As SQL: the last before each of many in one statement.
    let select = format!(
        "WITH asked (place, kind, id, at_index) AS (VALUES {})
         SELECT a.place, n.entry_index, n.pointer FROM asked a JOIN history_names n
         ON n.kind = a.kind AND n.subject_id = a.id AND n.entry_index = (
             SELECT MAX(m.entry_index) FROM history_names m
             WHERE m.kind = a.kind AND m.subject_id = a.id AND m.entry_index <= a.at_index)",
        rows.join(", ")
    );
    let by_number: Vec<_> = asked.iter().collect();
    let mut places = BTreeMap::new();
    for (Count(number), index, pointer) in sql::tuples::<(Count<usize>, _, _)>(connection, &select, values).await? {
        if let Some(asked) = by_number.get(number) {
            places.insert((*asked).clone(), (index, pointer));
        }
    }
    Ok(places)
}

/// What the entries say that gave names.
async fn told(
    connection: &impl ConnectionTrait,
    places: &BTreeMap<(Named, i64), (i64, String)>,
) -> Result<BTreeMap<i64, Told>, StoreError> {
    let pointers: BTreeMap<i64, &str> = places.values().map(|(index, pointer)| (*index, pointer.as_str())).collect();
    if pointers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let indexes: Vec<i64> = pointers.keys().copied().collect();
    let texts = texts_of(connection, &indexes).await?;
    let entries = entry::Entity::find().filter(entry::EntryIndex.is_in(indexes)).select_only();
    let entries = entries.columns([entry::EntryIndex, entry::Leaf]).into_tuple::<(i64, Vec<u8>)>();
    let mut told = BTreeMap::new();
    for (index, leaf) in entries.all(connection).await? {
        let mut leaf = Leaf::read(&leaf)?;
        if let Some(texts) = texts.get(&index) {
            leaf.put_texts(texts);
        }
        let pointer = pointers.get(&index).copied().unwrap_or_default();
        let named = told_by(&leaf.told()?, pointer);
        told.insert(index, named.ok_or_else(|| unreadable("it gives no name where one was noted"))?);
    }
    Ok(told)
}

/// The name that an event gave under this pointer; none where it gives none there.
fn told_by(event: &Happened<AsTold>, pointer: &str) -> Option<Told> {
    use account::Event as OfAccount;
    use organisation::Event as OfOrganisation;
    let (name, ods_code) = match (event, pointer) {
        (
            Happened::Organisation(
                OfOrganisation::Created { name, ods_code } | OfOrganisation::OrganisationChanged { name, ods_code, .. },
            ),
            "/name",
        ) => (said(name), ods_code.as_ref()),
        (
            Happened::Organisation(
                OfOrganisation::ServiceAdded { content, .. } | OfOrganisation::ServiceChanged { content, .. },
            ),
            "/content",
        ) => (of_service(content), None),
        (Happened::Account(OfAccount::SignedUp { name, .. } | OfAccount::Renamed { name }), "/name") => {
            (said(name), None)
        }
        _ => return None,
    };
    Some(Told { name, ods_code: ods_code.map(ToString::to_string) })
}

/// The name within the document that a service is told as.
fn of_service(content: &Text<Document<Service>>) -> Said {
    match content {
        Text::Text(Document::Is(service)) => Said::Text(service.name.clone()),
        Text::Altered => Said::Altered,
        Text::Text(Document::Erased) | Text::Erased | Text::Withheld => Said::Erased,
    }
}
