//! Downloads: the lists of staff as CSV.

use super::{csv, form::sign_in_for};
use crate::{
    reading::{
        asked::{MOST_IN_A_FILE, MOST_PAGES, visible},
        held,
        lists::{ClientsAsked, PublicationsAsked, QueueAsked},
        standing::{client_sentence, client_words},
    },
    ui::machine_text,
};
use axum::{
    Extension,
    extract::{OriginalUri, Query},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    actor::{Person, StaffRole},
    standing::Reader,
};
use http::StatusCode;
use std::collections::BTreeMap;
use store::{
    StoreError,
    read::{AccountRow, ClientRow, Held, HeldRow, Page, PublicationRow, QueueRow, WhyHeld},
};
use time::OffsetDateTime;
use usecases::{Caller, Fault, Portal};

/// A list as a file: what it asks for, page by page, and its columns.
pub trait Listed: Send + Sync {
    /// A row as it is read.
    type Row: Send + 'static;
    /// The file's name, without its ending.
    const NAME: &'static str;
    /// Its columns.
    const COLUMNS: &'static [Column<Self::Row>];

    /// Reads each input of the list's page by its name.
    fn read(of: impl Fn(&str) -> String) -> Self;

    /// One page, as the viewer may see it: for staff.
    fn page(
        &self,
        portal: &Portal,
        viewer: &Person,
        cursor: Option<&str>,
    ) -> impl Future<Output = Result<Page<Self::Row>, StoreError>> + Send;
}

/// A column: its name, and its cell of a row.
type Column<R> = (&'static str, fn(&R) -> String);

/// `GET /admin/….csv`: what the list of the same address lists with the same query, at most 10,000 rows. Needs the
/// extensions `Portal` and `Caller`. Visitors are sent to sign in; for everybody but staff there is no such file.
pub async fn list_csv<L: Listed>(
    Extension(portal): Extension<Portal>,
    Extension(caller): Extension<Caller>,
    OriginalUri(address): OriginalUri,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let Some(signed_in) = &caller.signed_in else {
        return Redirect::to(&sign_in_for(address.path_and_query().map_or("", |path| path.as_str()))).into_response();
    };
    let asked = L::read(|name| visible(query.get(name).cloned().unwrap_or_default()));
    match collect(&asked, &portal, &signed_in.person).await.map_err(Fault::from) {
        Ok(text) => csv::file(L::NAME, text),
        Err(error @ Fault::NotFound) => (StatusCode::NOT_FOUND, error.to_string()).into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    }
}

async fn collect<L: Listed>(asked: &L, portal: &Portal, viewer: &Person) -> Result<String, StoreError> {
    let names: Vec<&str> = L::COLUMNS.iter().map(|(name, _)| *name).collect();
    let cells = |row: &L::Row| L::COLUMNS.iter().map(|(_, cell)| cell(row)).collect::<Vec<_>>();
    let mut csv = csv::row(&names);
    let (mut cursor, mut lines, mut pages) = (None::<String>, 0, 0);
    loop {
        let page = asked.page(portal, viewer, cursor.as_deref()).await?;
        (lines, pages) = (lines + page.rows.len(), pages + 1);
        page.rows.iter().for_each(|row| csv.push_str(&csv::row(&cells(row))));
        cursor = page.next;
        if cursor.is_none() {
            return Ok(csv);
        }
        if lines >= MOST_IN_A_FILE {
            let words = format!("This file stops here: more than {MOST_IN_A_FILE} rows match. Narrow your search.");
            csv.push_str(&csv::row(&[words]));
            return Ok(csv);
        }
        if pages >= MOST_PAGES {
            let words = "This file stops here: the rest of the list was not searched. Narrow your search.";
            csv.push_str(&csv::row(&[words]));
            return Ok(csv);
        }
    }
}

fn moment(at: Option<OffsetDateTime>) -> String {
    at.map(machine_text).unwrap_or_default()
}

/// A list as a file, in one shape: what is asked for, its rows, its name, how it is read from the address and from the
/// store, and its columns.
macro_rules! listed {
    ($asked:ty, $row:ty, $name:literal, $read:expr, |$store:ident, $viewer:ident, $this:ident, $cursor:ident| $page:expr,
     $columns:expr $(,)?) => {
        impl Listed for $asked {
            type Row = $row;
            const NAME: &'static str = $name;
            const COLUMNS: &'static [Column<$row>] = $columns;

            fn read(of: impl Fn(&str) -> String) -> Self {
                $read(of)
            }

            async fn page(
                &self,
                portal: &Portal,
                $viewer: &Person,
                $cursor: Option<&str>,
            ) -> Result<Page<$row>, StoreError> {
                let ($this, $store) = (self, &portal.store);
                $page.await
            }
        }
    };
}

/// A line of the queue: what waits for another admin comes before the revisions under review, as on the page.
pub enum QueueLine {
    /// A client that waits for another admin.
    Held(HeldRow),
    /// A revision under review.
    Review(QueueRow),
}

impl QueueLine {
    fn of<T>(&self, held: impl Fn(&HeldRow) -> T, review: impl Fn(&QueueRow) -> T) -> T {
        match self {
            Self::Held(row) => held(row),
            Self::Review(row) => review(row),
        }
    }

    fn revision(&self) -> String {
        match self {
            Self::Review(QueueRow { revision, .. }) | Self::Held(HeldRow { why: WhyHeld::Approved(revision), .. }) => {
                revision.to_string()
            }
            Self::Held(_) => String::new(),
        }
    }
}

/// Where each part of the queue begins, in a cursor.
const PARTS: [(&str, Option<Held>); 3] =
    [("withheld", Some(Held::Withheld)), ("proposed", Some(Held::Proposed)), ("reviews", None)];

/// One page of the queue: of each part in turn.
async fn queue_lines(
    portal: &Portal,
    viewer: &Person,
    asked: &QueueAsked,
    cursor: Option<&str>,
) -> Result<Page<QueueLine>, StoreError> {
    let filter = asked.filter(portal.store.environments());
    let (part, after) = cursor.and_then(|cursor| cursor.split_once(' ')).unwrap_or(("withheld", ""));
    let at = PARTS.iter().position(|(name, _)| *name == part).unwrap_or(PARTS.len() - 1);
    let after = Some(after).filter(|after| !after.is_empty());
    let (rows, next): (Vec<QueueLine>, _) = match PARTS.get(at).and_then(|(_, which)| *which) {
        Some(which) => {
            let page = portal.store.held(viewer, which, &filter, portal.auth.ambient.now(), after).await?;
            (page.rows.into_iter().map(QueueLine::Held).collect(), page.next)
        }
        None => {
            let page = portal.store.queue(viewer, &filter, after).await?;
            (page.rows.into_iter().map(QueueLine::Review).collect(), page.next)
        }
    };
    let next = match next {
        Some(next) => Some(format!("{part} {next}")),
        None => PARTS.get(at + 1).map(|(name, _)| format!("{name} ")),
    };
    Ok(Page { next, ..Page::of(rows) })
}

impl Listed for QueueAsked {
    type Row = QueueLine;
    const NAME: &'static str = "queue";
    const COLUMNS: &'static [Column<QueueLine>] = &[
        ("registration_id", |line| line.of(|row| row.registration, |row| row.registration).to_string()),
        ("organisation", |line| line.of(|row| row.organisation_name.clone(), |row| row.organisation_name.clone())),
        ("service", |line| line.of(|row| row.service_name.clone(), |row| row.service_name.clone())),
        ("environment", |line| line.of(|row| row.environment.clone(), |row| row.environment.clone())),
        ("revision", QueueLine::revision),
        ("submitted_at", |line| line.of(|_| String::new(), |row| machine_text(row.submitted_at))),
        ("submitted_by", |line| {
            let name =
                |row: &QueueRow| row.submitter.as_ref().map(|person| person.name.to_string()).unwrap_or_default();
            line.of(|_| String::new(), name)
        }),
        ("restricted_scopes", |line| line.of(|_| String::new(), |row| row.restricted.join(" "))),
        ("approvals", |line| line.of(|_| String::new(), |row| row.approvals.to_string())),
        ("approvals_needed", |line| line.of(|_| String::new(), |row| row.approvals_needed.to_string())),
        ("client_status", |line| client_words(&line.of(|row| row.standing, |row| row.standing))),
        ("waiting_for", |line| line.of(|row| held::waits_for(row).to_owned(), |_| "Review".to_owned())),
        ("waiting_since", |line| line.of(|row| moment(row.since), |row| machine_text(row.submitted_at))),
        ("why", |line| line.of(|row| held::sentences(row).join(" "), |_| String::new())),
    ];

    fn read(of: impl Fn(&str) -> String) -> Self {
        Self::read(of)
    }

    async fn page(
        &self,
        portal: &Portal,
        viewer: &Person,
        cursor: Option<&str>,
    ) -> Result<Page<QueueLine>, StoreError> {
        queue_lines(portal, viewer, self, cursor).await
    }
}

listed!(
    ClientsAsked,
    ClientRow,
    "clients",
    ClientsAsked::read,
    |store, viewer, asked, cursor| store.clients(viewer, &asked.filter(store.environments()), cursor),
    &[
        ("registration_id", |row| row.registration.to_string()),
        ("client_id", |row| row.client_id.to_string()),
        ("client_name", |row| row.client_name.clone()),
        ("service", |row| row.service_name.clone()),
        ("organisation", |row| row.organisation_name.clone()),
        ("environment", |row| row.environment.clone()),
        ("status", |row| client_words(&row.standing)),
        ("last_confirmed_at", |row| moment(row.published_at)),
        ("at_the_provider", |row| client_sentence(&row.standing, Reader::Staff).unwrap_or_default()),
    ],
);

listed!(
    PublicationsAsked,
    PublicationRow,
    "publications",
    PublicationsAsked::read,
    |store, viewer, asked, cursor| store.publications(viewer, &asked.filter(store.environments()), cursor),
    &[
        ("registration_id", |row| row.registration.to_string()),
        ("service", |row| row.service_name.clone()),
        ("organisation", |row| row.organisation_name.clone()),
        ("environment", |row| row.environment.clone()),
        ("generation", |row| row.wanted_generation.to_string()),
        ("failed_tries", |row| row.attempts.to_string()),
        ("next_try_at", |row| moment(row.next_attempt_at)),
        ("confirmed_at", |row| moment(row.done_at)),
        ("last_error", |row| row.last_error.clone().unwrap_or_default()),
        ("at_the_provider", |row| client_sentence(&row.standing, Reader::Staff).unwrap_or_default()),
    ],
);

/// What the list of people is asked for.
pub struct PeopleAsked(String);

impl PeopleAsked {
    fn of(of: impl Fn(&str) -> String) -> Self {
        Self(of("search"))
    }
}

listed!(
    PeopleAsked,
    AccountRow,
    "people",
    PeopleAsked::of,
    |store, viewer, asked, cursor| store.people(viewer, &asked.0, cursor),
    &[
        ("account_id", |row| row.id.to_string()),
        ("name", |row| row.name.to_string()),
        ("email", |row| row.email.clone()),
        ("staff_role", |row| role(row.staff)),
        ("proposed_staff_role", |row| {
            row.proposed_role.as_ref().map(|proposed| role(proposed.role)).unwrap_or_default()
        }),
        ("proposed_by", |row| row.proposed_by.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("second_factor", |row| yes(row.second_factor)),
        ("verified", |row| yes(row.verified)),
        ("locked", |row| yes(row.disabled)),
    ],
);

fn role(role: Option<StaffRole>) -> String {
    role.map_or("none", |role| role.word()).to_owned()
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}
