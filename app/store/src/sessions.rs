//! Sessions: found by the hash of their token, with the person's roles as they are now.

use crate::{
    entity::*,
    error::StoreError,
    keys, quotas, requests,
    sql::{self, values},
    store::Store,
    who::Who,
};
use domain::{
    actor::{Person, StaffRole, TeamRole},
    id::{AccountId, OrganisationId},
};
use sea_orm::sea_query::ExprTrait;
use std::collections::{BTreeMap, BTreeSet};
use time::{Duration, OffsetDateTime};

/// A session that was not used for this long has ended.
pub const IDLE_LIMIT: Duration = Duration::minutes(30);

/// A session ends this long after it began, however much it is used.
pub const ABSOLUTE_LIMIT: Duration = Duration::hours(12);

/// How long after its end a session's token is still known, so that what its person was typing is kept for them.
const REMEMBERED: Duration = Duration::hours(12);

/// How long the outbox still knows a mail that was sent.
const SENT_MAIL_KEPT: Duration = Duration::days(30);

/// How often the time of last use is written down at most.
const TOUCH_EVERY: Duration = Duration::minutes(1);

/// Whoever is behind a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The person with the roles in force.
    pub person: Person,
    /// The address.
    pub email: String,
    /// The name; may be empty for staff added on the command line.
    pub name: String,
    /// The names of the organisations that this person belongs to now.
    pub organisations: Vec<String>,
    /// Whether the account has a second factor.
    pub has_second_factor: bool,
    /// When the session began.
    pub created_at: OffsetDateTime,
    /// When it was used last, to the minute.
    pub seen_at: OffsetDateTime,
    /// When it ends at the latest.
    pub expires_at: OffsetDateTime,
}

/// One of a person's open sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// When it began.
    pub created_at: OffsetDateTime,
    /// When it was used last, to the minute.
    pub seen_at: OffsetDateTime,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// As SQL: four tables, in the statement that runs with every page. Built anew it would take ten microseconds each time.
const FIND: &str = "
SELECT t.account_id, t.created_at, t.seen_at, t.second_factor, t.reauthenticated_at,
       a.staff_role, a.email, a.name, a.second_factor AS has_second_factor,
       m.organisation_id, m.role, m.ended_at, o.name AS organisation_name
FROM sessions t JOIN accounts a ON a.id = t.account_id LEFT JOIN memberships m ON m.account_id = a.id
LEFT JOIN organisations o ON o.id = m.organisation_id
WHERE t.token_hash = $1 AND t.seen_at > $2 AND t.created_at > $3 AND NOT a.disabled";

/// The open session with this token, if the account is not disabled.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    token_hash: &str,
    now: OffsetDateTime,
) -> Result<Option<SignedIn>, StoreError> {
    let limits = values![token_hash, At(now - IDLE_LIMIT), At(now - ABSOLUTE_LIMIT)];
    Ok(signed_in(sql::rows(connection, FIND, limits).await?))
}

/// A session with one of its person's memberships, of now or of the past; with none where there is none.
#[derive(FromQueryResult)]
struct SessionColumns {
    account_id: Word<AccountId>,
    created_at: At,
    seen_at: At,
    second_factor: bool,
    reauthenticated_at: OrNull<At>,
    staff_role: OrNull<Word<StaffRole>>,
    email: String,
    name: String,
    has_second_factor: bool,
    #[sea_orm(nested)]
    membership: Option<MembershipColumns>,
}

#[derive(FromQueryResult)]
struct MembershipColumns {
    organisation_id: Word<OrganisationId>,
    role: Word<TeamRole>,
    ended_at: OrNull<At>,
    organisation_name: String,
}

fn signed_in(mut rows: Vec<SessionColumns>) -> Option<SignedIn> {
    let memberships: Vec<_> = rows.iter_mut().filter_map(|row| row.membership.take()).collect();
    let row = rows.into_iter().next()?;
    let mut person = Person {
        account: row.account_id.0,
        staff: row.staff_role.0.map(|Word(role)| role),
        memberships: BTreeMap::new(),
        ever_belonged: BTreeSet::new(),
        second_factor: row.second_factor,
        reauthenticated_at: time(row.reauthenticated_at.0),
        token: None,
    };
    let mut organisations = Vec::new();
    for membership in memberships {
        let Word(organisation) = membership.organisation_id;
        person.ever_belonged.insert(organisation);
        if membership.ended_at.0.is_none() {
            person.memberships.insert(organisation, membership.role.0);
            organisations.push(membership.organisation_name);
        }
    }
    Some(SignedIn {
        person,
        email: row.email,
        name: row.name,
        organisations,
        has_second_factor: row.has_second_factor,
        created_at: row.created_at.0,
        seen_at: row.seen_at.0,
        expires_at: row.created_at.0 + ABSOLUTE_LIMIT,
    })
}

impl Store {
    /// The open session with this token (SHA-256, lowercase hex). Notes its use at most once a minute; that is not
    /// part of the history.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn session(&self, token_hash: &str, now: OffsetDateTime) -> Result<Option<SignedIn>, StoreError> {
        let found = find(self.reads(), token_hash, now).await?;
        if found.as_ref().is_some_and(|session| now - session.seen_at >= TOUCH_EVERY) {
            let seen = session::ActiveModel { seen_at: Set(At(now)), ..Default::default() };
            self.write(&update(seen).filter(session::TokenHash.eq(token_hash)).filter(session::SeenAt.lt(At(now))))
                .await?;
        }
        Ok(found)
    }

    /// A proof of who is there, given in this session, counts no more: it was given for something that has changed. The
    /// history tells that it was given, not what it was good for.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn forget_proof(&self, who: &Who) -> Result<(), StoreError> {
        let Who::Session { token_hash } = who else { return Ok(()) };
        let forgotten = session::ActiveModel { reauthenticated_at: Set(None), ..Default::default() };
        self.write(&update(forgotten).filter(session::TokenHash.eq(token_hash))).await.map(|_| ())
    }

    /// Gives a session another token (both SHA-256, lowercase hex): a copy of the one that it had opens nothing from here on
    /// (ASVS 5.0, 7.2.4). Not part of the history, which tells what was shown for it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn renew_session(&self, token_hash: &str, renewed: &str) -> Result<(), StoreError> {
        let renewed = session::ActiveModel { token_hash: Set(renewed.into()), ..Default::default() };
        self.write(&update(renewed).filter(session::TokenHash.eq(token_hash))).await.map(|_| ())
    }

    /// Whose session this was, when it ran out a while ago. It opens nothing any more.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn ended_session(&self, token_hash: &str, now: OffsetDateTime) -> Result<Option<AccountId>, StoreError> {
        let session = session::Entity::find_by_id(token_hash).filter(ended_by(now)).select_only();
        let whose: Option<Word<AccountId>> = session.column(session::AccountId).into_tuple().one(self.reads()).await?;
        Ok(whose.map(|Word(account)| account))
    }

    /// The open sessions of an account, the one used last first. `current` is the token hash of the one that asks.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn open_sessions(
        &self,
        account: AccountId,
        current: &str,
        now: OffsetDateTime,
    ) -> Result<Vec<OpenSession>, StoreError> {
        let sessions = session::Entity::find().filter(session::AccountId.eq(Word(account))).filter(ended_by(now).not());
        let sessions =
            sessions.order_by_desc(session::SeenAt).order_by_desc(session::CreatedAt).all(self.reads()).await?;
        let open = |row: session::Model| {
            let (At(created_at), At(seen_at), current) = (row.created_at, row.seen_at, row.token_hash == current);
            OpenSession { created_at, seen_at, current }
        };
        Ok(sessions.into_iter().map(open).collect())
    }

    /// Deletes sessions, links and refused forms that have run out, sessions a while later, mails a month after they were
    /// sent, and requests that are known no more, and says how many of the former.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn purge(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let sessions = session::Entity::delete_many().filter(ended_by(now - REMEMBERED));
        let links = link::Entity::delete_many().filter(link::ExpiresAt.lte(At(now)));
        let forms = sealed_form::Entity::delete_many().filter(sealed_form::ExpiresAt.lte(At(now)));
        let mails = outgoing::Entity::delete_many().filter(outgoing::SentAt.lte(At(now - SENT_MAIL_KEPT)));
        let gone = self.write(&sessions).await? + self.write(&links).await? + self.write(&forms).await?;
        self.write(&quotas::outdated(now)).await?;
        self.write(&keys::outdated(now)).await?;
        self.write(&requests::outdated(now)).await?;
        let gone = gone + self.write(&mails).await?;
        self.write(&mail_pace::Entity::delete_many().filter(mail_pace::TakenUntil.lte(At(now)))).await?;
        Ok(gone)
    }
}

/// Of sessions that had ended at this time.
fn ended_by(at: OffsetDateTime) -> Expr {
    session::SeenAt.lte(At(at - IDLE_LIMIT)).or(session::CreatedAt.lte(At(at - ABSOLUTE_LIMIT)))
}

/// Ends every session of an account, but for the one to keep, and every sign-in that is half way.
pub(crate) async fn end_all(
    connection: &impl ConnectionTrait,
    account: AccountId,
    keep: Option<&str>,
) -> Result<(), StoreError> {
    let end = session::Entity::delete_many().filter(session::AccountId.eq(Word(account)));
    run(connection, &end.filter(session::TokenHash.ne(keep.unwrap_or_default()))).await?;
    let one_more = Expr::col(credential::SignOuts).add(1);
    let note = credential::Entity::update_many().col_expr(credential::SignOuts, one_more);
    run(connection, &note.filter(credential::AccountId.eq(Word(account)))).await.map(|_| ())
}
