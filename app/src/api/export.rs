//! Downloads: the history as CSV.

use super::{csv, form::sign_in_for};
use crate::reading::{
    asked::{Asked, MOST_IN_A_FILE, MOST_PAGES, is_private, visible},
    words::{action_code, quoted, said, sentence, who_first},
};
use axum::{
    Extension,
    body::Body,
    extract::{OriginalUri, Query},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    actor::{By, Person},
    policy::EnvironmentPolicy,
};
use futures::{StreamExt, stream};
use http::StatusCode;
use std::collections::BTreeMap;
use store::{
    Store,
    read::{Author, EntryRow, HistoryFilter, Said},
};
use usecases::{Caller, Fault, Portal};

const COLUMNS: [&str; 20] = [
    "index",
    "at",
    "actor_id",
    "actor",
    "kind",
    "subject_id",
    "action",
    "what_happened",
    "words",
    "organisation",
    "service",
    "environment",
    "event",
    "actor_role",
    "actor_now",
    "organisation_now",
    "ods_code",
    "service_now",
    "client_name",
    "client_id",
];

/// `GET /history.csv`: names are those of the entry's moment; what is called otherwise now stands in a column of its own.
/// The entries that `/history` lists with the same query, at most 10,000, the latest first. Needs
/// the extensions `Portal` and `Caller`. Visitors are sent to sign in, and a query that cannot be read back to
/// `/history`, which says why: the file would hold more than was asked for. It is sent page by page as it is read: an
/// entry may be large, and many may ask.
pub async fn history_csv(
    Extension(portal): Extension<Portal>,
    Extension(caller): Extension<Caller>,
    OriginalUri(address): OriginalUri,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let Ok(person) = caller.person().cloned() else {
        let page = address.path_and_query().map_or("/history", |path| path.as_str());
        return Redirect::to(&sign_in_for(page)).into_response();
    };
    if query.values().any(|value| is_private(value)) {
        return Redirect::to("/history").into_response();
    }
    let asked = Asked::read(|name| visible(query.get(name).cloned().unwrap_or_default()));
    let (filter, problems) = asked.filter(portal.store.environments());
    if !problems.is_empty() {
        return Redirect::to(&format!("/history?{}", address.query().unwrap_or_default())).into_response();
    }
    let mut export = Export { store: portal.store.clone(), person, filter, next: Next::First, lines: 0, pages: 0 };
    // What fails at once is said; what fails later breaks the download off, so that no half is taken for the whole.
    let first = match export.page().await {
        Ok(first) => first.unwrap_or_default(),
        Err(error) => return (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    };
    let others = stream::try_unfold(export, |mut export| async move {
        Ok::<_, Fault>(export.page().await?.map(|text| (text, export)))
    });
    csv::file("history", Body::from_stream(stream::once(async { Ok(first) }).chain(others)))
}

/// A file that is being read.
struct Export {
    store: Store,
    person: Person,
    filter: HistoryFilter,
    next: Next,
    lines: usize,
    pages: usize,
}

/// What of the file comes next.
enum Next {
    First,
    After(String),
    Nothing,
}

impl Export {
    /// The lines of the next page of entries; none at the end.
    async fn page(&mut self) -> Result<Option<String>, Fault> {
        let (mut text, cursor) = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::First => (csv::row(&COLUMNS), None),
            Next::After(cursor) => (String::new(), Some(cursor)),
            Next::Nothing => return Ok(None),
        };
        let page = self.store.as_one(self.store.history(&self.person, &self.filter, cursor.as_deref())).await?;
        self.lines += page.rows.len();
        self.pages += 1;
        page.rows.iter().for_each(|entry| text.push_str(&line(entry, self.store.environments())));
        match page.next {
            Some(_) if self.lines >= MOST_IN_A_FILE || self.pages >= MOST_PAGES => text.push_str(&cut_off()),
            Some(cursor) => self.next = Next::After(cursor),
            None => {}
        }
        Ok(Some(text))
    }
}

/// The last row of a file that does not hold everything.
fn cut_off() -> String {
    let sentence = format!(
        "This file stops here. It can hold up to {MOST_IN_A_FILE} of the most recent entries. Narrow your search, \
         for example by date, to download the rest."
    );
    let column = |name: &&str| if *name == "what_happened" { sentence.clone() } else { String::new() };
    csv::row(&COLUMNS.iter().map(column).collect::<Vec<_>>())
}

fn line(entry: &EntryRow, environments: &[EnvironmentPolicy]) -> String {
    let words: Vec<String> =
        quoted(&entry.happened).into_iter().map(|(title, text)| format!("{title}: {text}")).collect();
    let actor_id = match entry.actor {
        By::Account(account) => account.to_string(),
        By::Visitor => "visitor".into(),
        By::System => "system".into(),
        By::Operator => "operator".into(),
    };
    let then = &entry.then;
    let text = |name: &Option<Said>| name.as_ref().map(|name| said(name).to_owned()).unwrap_or_default();
    let organisation = names(then.organisation.as_ref(), entry.organisation_name.as_deref());
    let service = names(then.service.as_ref(), entry.service_name.as_deref());
    csv::row(&[
        entry.index.to_string(),
        crate::ui::machine_text(entry.at),
        actor_id,
        author(entry),
        entry.kind.clone(),
        entry.subject.clone(),
        action_code(entry).to_owned(),
        sentence(entry, environments),
        words.join("\n"),
        organisation.0,
        service.0,
        entry.environment.clone().unwrap_or_default(),
        entry.event.to_string(),
        then.actor_role.and_then(|role| role.word()).unwrap_or_default().to_owned(),
        actor_now(entry),
        organisation.1,
        then.ods_code.clone().unwrap_or_default(),
        service.1,
        text(&then.client_name),
        then.client_id.clone().unwrap_or_default(),
    ])
}

/// Who did it, by the name of then: that of now has a column of its own.
fn author(entry: &EntryRow) -> String {
    match &entry.author {
        _ if entry.by_rules => "Approved automatically".into(),
        Author::Person { then, .. } => then.to_string(),
        author => who_first(author),
    }
}

fn actor_now(entry: &EntryRow) -> String {
    match &entry.author {
        Author::Person { now: Some(now), .. } => now.to_string(),
        _ => String::new(),
    }
}

/// The name of then, and the one of now where it is another one, or where that of then is not known.
fn names(then: Option<&Said>, now: Option<&str>) -> (String, String) {
    let was = then.map(|then| said(then).to_owned()).unwrap_or_default();
    let now = now.filter(|now| *now != was).unwrap_or_default().to_owned();
    (was, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, shown};
    use domain::actor::By;
    use store::read::Then;

    #[test]
    fn a_line_has_every_column_and_runs_nothing() {
        let event = serde_json::json!({"type": "rejected", "number": 2, "reason": {"$text": "a \"quoted\" reason"}});
        let entry = EntryRow {
            actor: By::System,
            author: Author::Person { then: shown("=cmd|' /C calc'!A0", None), now: None },
            then: Then {
                organisation: Some(Said::Text("Riverside Clinic".into())),
                ods_code: Some("X26".into()),
                ..Then::default()
            },
            organisation_name: Some("@SUM(1)".into()),
            service_name: None,
            environment: Some("live".into()),
            ..samples::entry_of("registration", event)
        };
        let line = line(&entry, &[]);
        assert!(line.starts_with("\"7\",\"2026-03-03T12:00:00Z\",\"system\",\"'=cmd"), "{line}");
        assert!(line.contains("\"'@SUM(1)\"") && line.contains("Rejected revision 2."));
        let text = csv::row(&COLUMNS) + &line;
        let mut file = ::csv::Reader::from_reader(text.as_bytes());
        let columns = file.headers().unwrap().clone();
        let record = file.records().next().unwrap().unwrap();
        let of = |name: &str| record.get(columns.iter().position(|column| column == name).unwrap()).unwrap();
        let named = [of("organisation"), of("organisation_now"), of("ods_code")];
        assert_eq!(named, ["Riverside Clinic", "'@SUM(1)", "X26"], "as it was, and as it is");
        assert!(line.contains("Reason: a \"\"quoted\"\" reason"));
        assert_eq!(cut_off().matches("\",\"").count(), COLUMNS.len() - 1);
        assert!(cut_off().contains("up to 10000 of the most recent entries"));
        assert_eq!(csv::row(&COLUMNS).matches(',').count(), COLUMNS.len() - 1);
    }
}
