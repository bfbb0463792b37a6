//! Organisations: who belongs, and what they own, in rows that other aggregates' decisions read.

use super::{Change, Context, Scope, ownerless, registration::team, sealed::Rows};
use crate::{
    error::StoreError,
    outbox::mail,
    sql::{self, Columns, millis, values, word_of},
};
use domain::{
    actor::{Actor, By, TeamRole},
    id::{AccountId, OrganisationId, ServiceId},
    notice::{AboutOrganisation, Notice},
    organisation::{Command, Event, Facts, Organisation},
    refusal::Refusal,
};
use sea_orm::{DatabaseTransaction, Value};
use time::OffsetDateTime;

impl Rows for Organisation {
    const TABLE: &'static str = "organisations";

    fn columns(&self, _now: OffsetDateTime) -> Vec<(&'static str, Value)> {
        vec![
            ("name", self.name.clone().into()),
            ("ods_code", self.ods_code.as_ref().map(|code| code.as_str().to_owned()).into()),
            ("confirmed_at", self.confirmed.as_ref().map(|stamp| millis(stamp.at)).into()),
        ]
    }

    fn scope(&self) -> Scope {
        Scope { organisation: Some(self.id), ..Scope::default() }
    }

    fn owner(&self) -> Option<OrganisationId> {
        Some(self.id)
    }

    fn taken() -> Option<Refusal> {
        None
    }

    async fn facts(
        transaction: &DatabaseTransaction,
        _context: &Context<'_>,
        _state: &Self,
        actor: &Actor,
        _command: &Command,
    ) -> Result<Facts, StoreError> {
        let Some(person) = actor.person() else { return Ok(Facts::default()) };
        let select = "SELECT verified FROM accounts WHERE id = $1";
        let row = sql::first(transaction, select, values![person.account.to_string()]).await?;
        Ok(Facts { actor_verified: row.map(|row| row.col("verified")).transpose()?.unwrap_or_default() })
    }

    async fn follow_up(
        transaction: &DatabaseTransaction,
        context: &Context<'_>,
        change: &Change<'_, Self>,
    ) -> Result<(), StoreError> {
        let organisation = change.after;
        let is_team_changed = change.before.members != organisation.members;
        for event in change.events {
            match event {
                Event::Created { .. } => {
                    if let By::Account(creator) = change.by {
                        join(transaction, organisation.id, creator, TeamRole::Owner).await?;
                    }
                }
                Event::MemberAdded { account, role } => {
                    join(transaction, organisation.id, *account, *role).await?;
                }
                Event::MemberRemoved { account } => {
                    let end = "UPDATE memberships SET ended_at = $3 WHERE organisation_id = $1 AND account_id = $2";
                    let row = values![organisation.id.to_string(), account.to_string(), millis(context.now)];
                    sql::run(transaction, end, row).await?;
                }
                Event::ServiceAdded { service, .. } | Event::ServiceChanged { service, .. } => {
                    keep_service(transaction, organisation, *service).await?;
                }
                Event::Confirmed => {
                    let notice = Notice::OrganisationConfirmed(AboutOrganisation { organisation: organisation.id });
                    for owner in team(transaction, Some(organisation.id), &[TeamRole::Owner]).await? {
                        mail::enqueue(transaction, context.now, owner, &notice, None).await?;
                    }
                }
                Event::OrganisationChanged { .. } => {}
            }
        }
        match is_team_changed {
            true => ownerless::judge_one(transaction, organisation.id).await,
            false => Ok(()),
        }
    }
}

async fn join(
    transaction: &DatabaseTransaction,
    organisation: OrganisationId,
    account: AccountId,
    role: TeamRole,
) -> Result<(), StoreError> {
    let upsert = "INSERT INTO memberships (organisation_id, account_id, role) VALUES ($1, $2, $3)
                  ON CONFLICT (organisation_id, account_id) DO UPDATE SET role = excluded.role, ended_at = NULL";
    let row = values![organisation.to_string(), account.to_string(), word_of(&role)];
    sql::run(transaction, upsert, row).await.map(|_| ())
}

/// A service belongs to one organisation for good: an id that another one has is refused.
async fn keep_service(
    transaction: &DatabaseTransaction,
    organisation: &Organisation,
    service: ServiceId,
) -> Result<(), StoreError> {
    let upsert = "INSERT INTO services (id, organisation_id, name) VALUES ($1, $2, $3)
                  ON CONFLICT (id) DO UPDATE SET name = excluded.name
                  WHERE services.organisation_id = excluded.organisation_id";
    let name = organisation.services.get(&service).map(|service| service.name.clone()).unwrap_or_default();
    let row = values![service.to_string(), organisation.id.to_string(), name];
    match sql::run(transaction, upsert, row).await? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}
