//! Downloads: the lists of staff as CSV.

use super::{
    context::{Caller, Portal},
    csv,
    error::ApiError,
    form::sign_in_for,
};
use crate::{
    reading::{
        asked::{MOST_IN_A_FILE, visible},
        lists::{ClientsAsked, PublicationsAsked, QueueAsked},
        standing::client_status,
    },
    ui::machine_text,
};
use axum::{
    Extension,
    extract::{OriginalUri, Query},
    response::{IntoResponse, Redirect, Response},
};
use domain::actor::Person;
use http::{StatusCode, header};
use std::collections::BTreeMap;
use store::{
    StoreError,
    read::{AccountRow, ClientRow, Page, PublicationRow, QueueRow},
};
use time::OffsetDateTime;

/// A list as a file: what it asks for, page by page, and its columns.
pub trait Listed: Send + Sync {
    /// A row as it is read.
    type Row: Send;
    /// The file's name, without its ending.
    const NAME: &'static str;
    /// The names of the columns.
    const COLUMNS: &'static [&'static str];

    /// Reads each input of the list's page by its name.
    fn read(of: impl Fn(&str) -> String) -> Self;

    /// One page, as the viewer may see it: for staff.
    fn page(
        &self,
        portal: &Portal,
        viewer: &Person,
        cursor: Option<&str>,
    ) -> impl Future<Output = Result<Page<Self::Row>, StoreError>> + Send;

    /// The cells of a row, as many as there are columns.
    fn cells(row: &Self::Row) -> Vec<String>;
}

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
    match collect(&asked, &portal, &signed_in.person).await.map_err(ApiError::from) {
        Ok(csv) => ready::<L>(csv),
        Err(error @ ApiError::NotFound) => (StatusCode::NOT_FOUND, error.to_string()).into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    }
}

fn ready<L: Listed>(csv: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.csv\"", L::NAME)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, csv).into_response()
}

async fn collect<L: Listed>(asked: &L, portal: &Portal, viewer: &Person) -> Result<String, StoreError> {
    let mut csv = csv::row(L::COLUMNS);
    let (mut cursor, mut lines) = (None::<String>, 0);
    loop {
        let page = asked.page(portal, viewer, cursor.as_deref()).await?;
        lines += page.rows.len();
        page.rows.iter().for_each(|row| csv.push_str(&csv::row(&L::cells(row))));
        cursor = page.next;
        if cursor.is_none() {
            return Ok(csv);
        }
        if lines >= MOST_IN_A_FILE {
            let words = format!("This file ends here: more than {MOST_IN_A_FILE} rows match. Narrow the search.");
            csv.push_str(&csv::row(&[words]));
            return Ok(csv);
        }
    }
}

fn moment(at: Option<OffsetDateTime>) -> String {
    at.map(machine_text).unwrap_or_default()
}

impl Listed for QueueAsked {
    type Row = QueueRow;
    const NAME: &'static str = "queue";
    const COLUMNS: &'static [&'static str] = &[
        "registration_id",
        "organisation",
        "service",
        "environment",
        "revision",
        "submitted_at",
        "submitted_by",
        "restricted_scopes",
        "approvals",
        "approvals_needed",
    ];

    fn read(of: impl Fn(&str) -> String) -> Self {
        Self::read(of)
    }

    async fn page(&self, portal: &Portal, viewer: &Person, cursor: Option<&str>) -> Result<Page<QueueRow>, StoreError> {
        portal.store.queue(viewer, &self.filter(), cursor).await
    }

    fn cells(row: &QueueRow) -> Vec<String> {
        vec![
            row.registration.to_string(),
            row.organisation_name.clone(),
            row.service_name.clone(),
            row.environment.clone(),
            row.revision.to_string(),
            machine_text(row.submitted_at),
            row.submitter.as_ref().map(|person| person.name.clone()).unwrap_or_default(),
            row.restricted.join(" "),
            row.approvals.to_string(),
            row.approvals_needed.to_string(),
        ]
    }
}

impl Listed for ClientsAsked {
    type Row = ClientRow;
    const NAME: &'static str = "clients";
    const COLUMNS: &'static [&'static str] = &[
        "registration_id",
        "client_id",
        "client_name",
        "service",
        "organisation",
        "environment",
        "status",
        "last_confirmed_at",
    ];

    fn read(of: impl Fn(&str) -> String) -> Self {
        Self::read(of)
    }

    async fn page(
        &self,
        portal: &Portal,
        viewer: &Person,
        cursor: Option<&str>,
    ) -> Result<Page<ClientRow>, StoreError> {
        portal.store.clients(viewer, &self.filter(), cursor).await
    }

    fn cells(row: &ClientRow) -> Vec<String> {
        vec![
            row.registration.to_string(),
            row.client_id.to_string(),
            row.client_name.clone(),
            row.service_name.clone(),
            row.organisation_name.clone(),
            row.environment.clone(),
            client_status(row.client_state, row.failed).label().to_owned(),
            moment(row.published_at),
        ]
    }
}

impl Listed for PublicationsAsked {
    type Row = PublicationRow;
    const NAME: &'static str = "publications";
    const COLUMNS: &'static [&'static str] = &[
        "registration_id",
        "service",
        "organisation",
        "environment",
        "generation",
        "failed_tries",
        "next_try_at",
        "confirmed_at",
        "last_error",
    ];

    fn read(of: impl Fn(&str) -> String) -> Self {
        Self::read(of)
    }

    async fn page(
        &self,
        portal: &Portal,
        viewer: &Person,
        cursor: Option<&str>,
    ) -> Result<Page<PublicationRow>, StoreError> {
        portal.store.publications(viewer, &self.filter(), cursor).await
    }

    fn cells(row: &PublicationRow) -> Vec<String> {
        vec![
            row.registration.to_string(),
            row.service_name.clone(),
            row.organisation_name.clone(),
            row.environment.clone(),
            row.wanted_generation.to_string(),
            row.attempts.to_string(),
            moment(row.next_attempt_at),
            moment(row.done_at),
            row.last_error.clone().unwrap_or_default(),
        ]
    }
}

/// What the list of people is asked for.
pub struct PeopleAsked(String);

impl Listed for PeopleAsked {
    type Row = AccountRow;
    const NAME: &'static str = "people";
    const COLUMNS: &'static [&'static str] = &[
        "account_id",
        "name",
        "email",
        "staff_role",
        "proposed_staff_role",
        "proposed_by",
        "second_factor",
        "verified",
        "locked",
    ];

    fn read(of: impl Fn(&str) -> String) -> Self {
        Self(of("search"))
    }

    async fn page(
        &self,
        portal: &Portal,
        viewer: &Person,
        cursor: Option<&str>,
    ) -> Result<Page<AccountRow>, StoreError> {
        portal.store.people(viewer, &self.0, cursor).await
    }

    fn cells(row: &AccountRow) -> Vec<String> {
        let role = |role: Option<domain::actor::StaffRole>| role.map_or("none", |role| role.word()).to_owned();
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        vec![
            row.id.to_string(),
            row.name.clone(),
            row.email.clone(),
            role(row.staff),
            row.proposed_role.as_ref().map(|proposed| role(proposed.role)).unwrap_or_default(),
            row.proposed_by.clone().unwrap_or_default(),
            yes(row.second_factor),
            yes(row.verified),
            yes(row.disabled),
        ]
    }
}
