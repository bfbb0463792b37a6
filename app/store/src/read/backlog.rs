//! What waits for staff, counted for their home page.

use super::{
    held::{PROPOSED, WITHHELD},
    renamed::RENAMED,
    staff::SUBMITTED,
    staff_only,
};
use crate::{
    entity::*,
    error::StoreError,
    sql::{self, millis, values},
    store::Store,
};
use domain::actor::Person;
use sea_orm::Value;
use time::OffsetDateTime;

/// How many wait, and since when the first of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// How many; one more than [`MOST_COUNTED`] stands for all that are more.
    pub count: u64,
    /// Since when; none where that is not recorded, or nothing waits.
    pub since: Option<OffsetDateTime>,
}

/// What waits for staff.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Revisions under review.
    pub revisions: Waits,
    /// How many of them the reader has approved: they wait for somebody else.
    pub approved_by_reader: u64,
    /// Proposals to reinstate a client.
    pub proposed: Waits,
    /// Clients that are withheld from the provider because somebody behind them counts no more.
    pub withheld: Waits,
    /// Clients of which the provider could not be told, and is told again.
    pub failing: Waits,
    /// Organisations that changed what was confirmed while they have a client.
    pub renamed: Waits,
    /// Organisations that nobody has confirmed and that have a client at a provider.
    pub unconfirmed: Waits,
    /// Organisations of which no owner can sign in.
    pub without_owner: Waits,
    /// Organisations with a client at a provider of which no owner has signed in for long; since when the first of them.
    pub owners_away: Waits,
    /// Organisations with a published key that somebody brought who has left their team.
    pub keys_left: Waits,
    /// Organisations that somebody asks to join where staff may answer.
    pub joining: Waits,
}

/// Of more it is said that there are more: counting them would cost the more, the more wait.
pub const MOST_COUNTED: u64 = 500;

/// As SQL: each reads, of what waits, since when, the one that waits longest first, from an index with that very condition. Where
/// nothing says since when, there is a null.
const FAILING: &str = "
SELECT g.wanted_since AS since FROM publications p
JOIN registrations g ON g.id = p.registration_id WHERE p.done_at IS NULL AND p.last_error IS NOT NULL";

const UNCONFIRMED: &str = "
SELECT o.created_at AS since FROM organisations o WHERE o.confirmed_at IS NULL AND o.has_client ORDER BY o.created_at";

// When an organisation was created says nothing of when its owner left.
const WITHOUT_OWNER: &str = "
SELECT CAST(NULL AS BIGINT) AS since FROM organisations WHERE without_owner";

const KEYS_LEFT: &str = "
SELECT CAST(NULL AS BIGINT) AS since FROM organisations WHERE keys_left";

/// Organisations `o` with a client of which no owner has signed in since a moment. As SQL: an index has its condition.
pub(crate) const OWNERS_AWAY: &str =
    "o.has_client AND NOT o.without_owner AND COALESCE(o.owner_seen_at, o.created_at) < ?";
/// When any owner of an organisation `o` was there last; of one whose owner never signed in, when it was created. As SQL, as above.
pub(super) const OWNER_SEEN: &str = "COALESCE(o.owner_seen_at, o.created_at)";
/// Organisations `o` that somebody asks to join where staff may answer at a moment. As SQL, as above.
pub(crate) const JOINING: &str = "o.join_waits_from IS NOT NULL AND o.join_waits_from <= ?";

/// The revisions that the reader has approved, among those that anybody has. Asked of each by itself: without `OFFSET`,
/// PostgreSQL looks at everything that the reader ever approved.
fn approved() -> String {
    format!(
        "SELECT g.submitted_at AS since
         FROM (SELECT g.id, g.revision, g.submitted_at FROM registrations g WHERE {SUBMITTED} AND g.approvals > 0
               ORDER BY g.submitted_at, g.id LIMIT {MOST_COUNTED}) g
         WHERE EXISTS (SELECT 1 FROM approvals v WHERE v.registration_id = g.id AND v.number = g.revision AND v.admin_id = $1
                       LIMIT 1 OFFSET 0)"
    )
}

impl Store {
    /// What waits for staff at `now`, each figure by a statement of its own. For staff.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for everybody but staff; [`StoreError::Unavailable`].
    pub async fn backlog(&self, viewer: &Person, now: OffsetDateTime) -> Result<Backlog, StoreError> {
        staff_only(viewer)?;
        let revisions =
            format!("SELECT g.submitted_at AS since FROM registrations g WHERE {SUBMITTED} ORDER BY g.submitted_at");
        let proposed = format!("SELECT g.reinstatement_proposed_at AS since FROM registrations g WHERE {PROPOSED}");
        let withheld = format!(
            "SELECT g.wanted_since AS since FROM publications p JOIN registrations g ON g.id = p.registration_id
             WHERE {WITHHELD}"
        );
        let renamed = format!("SELECT o.renamed_at AS since FROM organisations o WHERE {RENAMED}");
        let away = format!(
            "SELECT {OWNER_SEEN} AS since FROM organisations o WHERE {} ORDER BY {OWNER_SEEN}",
            OWNERS_AWAY.replace('?', "$1")
        );
        let joining = format!(
            "SELECT o.join_waits_from AS since FROM organisations o WHERE {} ORDER BY o.join_waits_from",
            JOINING.replace('?', "$1")
        );
        Ok(Backlog {
            revisions: self.waits(&revisions, vec![]).await?,
            approved_by_reader: self.waits(&approved(), values![Word(viewer.account)]).await?.count,
            proposed: self.waits(&proposed, vec![]).await?,
            withheld: self.waits(&withheld, vec![]).await?,
            failing: self.waits(FAILING, vec![]).await?,
            renamed: self.waits(&renamed, vec![]).await?,
            unconfirmed: self.waits(UNCONFIRMED, vec![]).await?,
            without_owner: self.waits(WITHOUT_OWNER, vec![]).await?,
            owners_away: self.waits(&away, values![millis(now - self.owners_away_after())]).await?,
            keys_left: self.waits(KEYS_LEFT, vec![]).await?,
            joining: self.waits(&joining, values![millis(now)]).await?,
        })
    }

    /// Counts what waits, up to one more than [`MOST_COUNTED`].
    async fn waits(&self, select: &str, values: Vec<Value>) -> Result<Waits, StoreError> {
        let most = MOST_COUNTED + 1;
        let count = format!("SELECT COUNT(*) AS waiting, MIN(since) AS since FROM ({select} LIMIT {most}) w");
        let (Count(count), since) = sql::one(self.reads(), &count, values).await?;
        Ok(Waits { count, since: time(since) })
    }
}
