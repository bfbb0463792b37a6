//! What waits for staff, counted for their home page.

use super::staff_only;
use crate::{
    error::StoreError,
    sql::{self, Columns, values, word_of},
    store::Store,
};
use domain::{actor::Person, registration::RevisionState};
use sea_orm::Value;
use time::OffsetDateTime;

/// How many wait, and since when the first of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// How many.
    pub count: u64,
    /// Since when; none where that is not recorded, or nothing waits.
    pub since: Option<OffsetDateTime>,
}

/// What waits for staff.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Revisions under review.
    pub revisions: Waits,
    /// How many of those the reader has approved: they wait for somebody else.
    pub approved_by_reader: u64,
    /// Clients of which the provider could not be told, and is told again.
    pub failing: Waits,
    /// Organisations that changed what was confirmed while they have a client.
    pub renamed: Waits,
    /// Organisations that nobody has confirmed and that have a client at a provider.
    pub unconfirmed: Waits,
    /// Organisations of which no owner can sign in.
    pub without_owner: Waits,
}

const REVISIONS: &str = "
SELECT COUNT(*) AS waiting, MIN(g.submitted_at) AS since FROM registrations g WHERE g.review_state = $1";

const APPROVED: &str = "
SELECT COUNT(*) AS waiting, MIN(g.submitted_at) AS since FROM registrations g
JOIN approvals p ON p.registration_id = g.id AND p.number = g.revision AND p.admin_id = $2 WHERE g.review_state = $1";

const FAILING: &str = "
SELECT COUNT(*) AS waiting, MIN(g.wanted_since) AS since FROM publications p
JOIN registrations g ON g.id = p.registration_id WHERE p.done_at IS NULL AND p.last_error IS NOT NULL";

const RENAMED: &str = "
SELECT COUNT(*) AS waiting, MIN(renamed_at) AS since FROM organisations WHERE renamed_at IS NOT NULL";

const UNCONFIRMED: &str = "
SELECT COUNT(*) AS waiting, MIN(o.created_at) AS since FROM organisations o WHERE o.confirmed_at IS NULL AND EXISTS (
    SELECT 1 FROM registrations g WHERE g.organisation_id = o.id AND g.published_at IS NOT NULL)";

const WITHOUT_OWNER: &str = "
SELECT COUNT(*) AS waiting, MIN(created_at) AS since FROM organisations WHERE without_owner";

impl Store {
    /// What waits for staff, each figure by a statement of its own. For staff.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for everybody but staff; [`StoreError::Unavailable`].
    pub async fn backlog(&self, viewer: &Person) -> Result<Backlog, StoreError> {
        staff_only(viewer)?;
        let submitted = word_of(&RevisionState::Submitted);
        let approved = values![submitted.clone(), viewer.account.to_string()];
        Ok(Backlog {
            revisions: self.waits(REVISIONS, values![submitted]).await?,
            approved_by_reader: self.waits(APPROVED, approved).await?.count,
            failing: self.waits(FAILING, vec![]).await?,
            renamed: self.waits(RENAMED, vec![]).await?,
            unconfirmed: self.waits(UNCONFIRMED, vec![]).await?,
            // When an organisation was created says nothing of when its owner left.
            without_owner: Waits { since: None, ..self.waits(WITHOUT_OWNER, vec![]).await? },
        })
    }

    async fn waits(&self, select: &str, values: Vec<Value>) -> Result<Waits, StoreError> {
        let Some(row) = sql::first(self.reads(), select, values).await? else { return Ok(Waits::default()) };
        Ok(Waits { count: row.number("waiting")?, since: row.time_option("since")? })
    }
}
