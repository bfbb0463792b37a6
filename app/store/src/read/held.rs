//! What waits for another admin beside the revisions under review: proposals to reinstate a client, and clients that are
//! withheld from the provider because somebody behind them counts no more.

use super::{
    BESIDE, STANDING, StandingColumns, name_or,
    page::{List, Page},
    sought::Sought,
    staff::QueueFilter,
    staff_only,
};
use crate::{
    authority::{self, Known},
    entity::*,
    error::StoreError,
    list_words::List as Listed,
    sql::{self, values},
    store::Store,
};
use domain::{
    actor::{Person, account_of},
    authority::{Authority, Lapse, Voters},
    id::{AccountId, OrganisationId, RegistrationId},
    registration::Registration,
    standing::Standing,
};
use std::collections::BTreeSet;
use time::OffsetDateTime;

/// Open proposals to reinstate a client, of a registration `g`. As SQL: an index has this very condition.
pub(crate) const PROPOSED: &str = "g.reinstatement_proposed_at IS NOT NULL AND g.reinstated_by IS NULL";

/// Publications `p` of registrations `g` that the worker hands to no client store: too few of those who approved or
/// reinstated count now. As many are needed as when it was asked for.
pub(crate) const WITHHELD: &str = "p.done_at IS NULL AND p.wanted = 'on' AND (
    p.approvals_needed > (SELECT COUNT(*) FROM counting_approvals c
                          WHERE c.registration_id = p.registration_id AND c.number = p.revision)
    OR (p.reinstates AND (SELECT COUNT(*) FROM counting_reinstaters c WHERE c.registration_id = p.registration_id)
        < COALESCE((SELECT r.admins_needed FROM environment_rules r WHERE r.environment = g.environment), 2)))";

/// Which of them to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Clients that an admin proposed to reinstate.
    Proposed,
    /// Clients that are withheld from the provider.
    Withheld,
}

/// Why a client waits for another admin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyHeld {
    /// An admin proposed to reinstate it.
    Proposed {
        /// Who did, as staff are named.
        by: String,
        /// Why.
        reason: String,
        /// Whether it can be confirmed: not too old, and by somebody who counts.
        stands: bool,
    },
    /// The revision with this number was approved, and too few of the approvals count.
    Approved(u32),
    /// It was reinstated, and too few of those who did count.
    Reinstated,
}

/// A client that waits for another admin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRow {
    /// The registration.
    pub registration: RegistrationId,
    /// The environment's name.
    pub environment: String,
    /// The partner organisation's name.
    pub organisation_name: String,
    /// The service's name.
    pub service_name: String,
    /// Where the client stands at the provider.
    pub standing: Standing,
    /// When it was proposed or asked for; none in rows from before that was recorded.
    pub since: Option<OffsetDateTime>,
    /// Why it waits.
    pub why: WhyHeld,
    /// Whose vote counts no more, by name, and why.
    pub lapsed: Vec<(String, Lapse)>,
}

impl Store {
    /// Clients that wait for another admin, the one that waits longest first. Of the filter, the order is of no account.
    /// For staff.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for others; [`StoreError::Unavailable`].
    pub async fn held(
        &self,
        viewer: &Person,
        which: Held,
        filter: &QueueFilter,
        now: OffsetDateTime,
        cursor: Option<&str>,
    ) -> Result<Page<HeldRow>, StoreError> {
        staff_only(viewer)?;
        let (key, condition) = match which {
            Held::Proposed => ("g.reinstatement_proposed_at", PROPOSED),
            Held::Withheld => ("COALESCE(g.wanted_since, 0)", WITHHELD),
        };
        let sought = Sought::of(self, Listed::Clients, &filter.search).await?;
        let select = format!(
            "SELECT g.state, g.environment, o.name AS organisation_name, s.name AS service_name, {STANDING},
                    g.reinstatement_proposed_at AS proposed_at, {key} AS key_number, g.id AS key_text
             FROM registrations g {BESIDE}"
        );
        let mut list = List::new(&select, [key, "g.id"], false).of(sought);
        list.only(condition, vec![]);
        list.equal("g.environment", filter.environment.as_deref());
        if filter.restricted_only {
            list.only("g.restricted <> ''", vec![]);
        }
        let Page::<HeldColumns> { rows: found, next, previous, further } = list.page(self, cursor).await?;
        let people: BTreeSet<AccountId> = found.iter().flat_map(|row| behind(&row.state.0, which)).collect();
        let organisations: BTreeSet<_> = found.iter().filter_map(|row| row.state.0.organisation).collect();
        let people = People {
            belonging: authority::belonging(self.reads(), organisations, people.iter().copied()).await?,
            known: authority::read(self.reads(), None, people).await?,
        };
        let rows = found.into_iter().map(|row| people.explained(row, which, now)).collect();
        Ok(Page { rows, next, previous, further })
    }
}

/// Whose votes the rows of a page rest on.
struct People {
    known: Vec<Known>,
    belonging: BTreeSet<(AccountId, OrganisationId)>,
}

impl People {
    /// What each is allowed by now, as to votes about the registrations of an organisation.
    fn voters(&self, organisation: Option<OrganisationId>) -> Voters {
        let belonged = |account| organisation.is_some_and(|of| self.belonging.contains(&(account, of)));
        let authority = |known: &Known| {
            let (account, authority) = known.authority();
            (account, Authority { belonged: belonged(account), ..authority })
        };
        self.known.iter().map(authority).collect()
    }

    /// Names whoever counts no more, and says what it rests on.
    fn explained(&self, row: HeldColumns, which: Held, now: OffsetDateTime) -> HeldRow {
        let registration = row.state.0;
        let people = behind(&registration, which);
        let voters = self.voters(registration.organisation);
        let name = |account: &AccountId| {
            let known = self.known.iter().find(|known| known.id.0 == *account);
            known.map_or_else(|| "an admin".into(), |known| name_or(known.name.clone(), &known.email))
        };
        HeldRow {
            registration: registration.id,
            environment: row.environment,
            organisation_name: row.organisation_name,
            service_name: row.service_name,
            standing: row.standing.standing(),
            since: time(match which {
                Held::Proposed => row.proposed_at.0,
                Held::Withheld => row.standing.wanted_since.0,
            }),
            why: why(&registration, which, &voters, now, name),
            lapsed: people.iter().filter_map(|account| Some((name(account), voters.lapse(*account)?))).collect(),
        }
    }
}

#[derive(FromQueryResult)]
struct HeldColumns {
    state: Json<Registration>,
    environment: String,
    organisation_name: String,
    service_name: String,
    proposed_at: OrNull<At>,
    #[sea_orm(nested)]
    standing: StandingColumns,
}

/// How many proposals to reinstate a client are open, and how many clients are withheld.
pub(crate) async fn held_counts(connection: &impl ConnectionTrait) -> Result<(u64, u64), StoreError> {
    // As SQL: two counts of conditions that indexes have, in one statement.
    let select = format!(
        "SELECT (SELECT COUNT(*) FROM registrations g WHERE {PROPOSED}),
                (SELECT COUNT(*) FROM publications p JOIN registrations g ON g.id = p.registration_id WHERE {WITHHELD})"
    );
    let (Count(proposed), Count(withheld)) = sql::one(connection, &select, vec![]).await?;
    Ok((proposed, withheld))
}

/// Those whose votes it rests on.
fn behind(registration: &Registration, which: Held) -> Vec<AccountId> {
    let proposed = registration.suspension().and_then(|suspension| suspension.proposal.as_ref());
    match which {
        Held::Proposed => proposed.and_then(|proposal| account_of(&proposal.stamp)).into_iter().collect(),
        Held::Withheld => {
            let wanted = registration.wanted.as_ref().and_then(|wanted| registration.revision(wanted.revision));
            let unpublished = wanted.filter(|revision| revision.published.is_none());
            let mut people: Vec<AccountId> =
                unpublished.into_iter().flat_map(|revision| revision.approvers()).collect();
            people.extend(registration.reinstaters());
            people
        }
    }
}

fn why(
    registration: &Registration,
    which: Held,
    voters: &Voters,
    now: OffsetDateTime,
    name: impl Fn(&AccountId) -> String,
) -> WhyHeld {
    let proposal = registration.suspension().and_then(|suspension| suspension.proposal.as_ref());
    let wanted = registration.wanted.as_ref().and_then(|wanted| registration.revision(wanted.revision));
    match (which, proposal, wanted) {
        (Held::Proposed, Some(proposal), _) => WhyHeld::Proposed {
            by: account_of(&proposal.stamp).as_ref().map(name).unwrap_or_default(),
            reason: proposal.reason.0.clone(),
            stands: registration.open_reinstatement(voters, now).is_some(),
        },
        (_, _, Some(revision)) if revision.published.is_none() => WhyHeld::Approved(revision.number),
        _ => WhyHeld::Reinstated,
    }
}

/// Whether anything that an admin proposed, approved or reinstated waits for another one because they count no more.
pub(crate) async fn holds_up(connection: &impl ConnectionTrait, admin: AccountId) -> Result<bool, StoreError> {
    // As SQL: of two tables, whichever comes first.
    let select = format!(
        "SELECT 1 AS found FROM registrations g WHERE {PROPOSED} AND g.reinstatement_proposed_by = $1
         UNION ALL SELECT 1 AS found FROM publications p JOIN registrations g ON g.id = p.registration_id WHERE {WITHHELD}"
    );
    Ok(sql::tuple::<i32>(connection, &select, values![Word(admin)]).await?.is_some())
}
