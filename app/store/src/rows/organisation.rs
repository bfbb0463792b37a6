//! Organisations: who belongs, and what they own, in rows that other aggregates' decisions read.

use super::{Change, Context, Scope, Subject, ownerless, registration::team, sealed::Rows};
use crate::{
    error::StoreError,
    history::named::{self, About},
    list_words,
    outbox::{digest, mail},
    sql::{self, Columns, millis, values, word_of},
};
use domain::{
    actor::{Actor, By, TeamRole},
    aggregate::Aggregate,
    erasure::Erasure,
    id::{AccountId, OrganisationId, ServiceId},
    notice::{AboutOrganisation, Notice},
    organisation::{Command, Event, Facts, Organisation},
    refusal::Refusal,
    registration::ClientState,
    text::{self, FreeText},
};
use sea_orm::{DatabaseTransaction, Value};
use time::OffsetDateTime;

impl Rows for Organisation {
    const TABLE: &'static str = "organisations";

    fn columns(&self, _now: OffsetDateTime) -> Vec<(&'static str, Value)> {
        vec![
            ("name", self.name.clone().into()),
            ("name_shape", text::name_shape(&self.name).into()),
            ("ods_code", self.ods_code.as_ref().map(|code| code.as_str().to_owned()).into()),
            ("confirmed_at", self.confirmed.as_ref().map(|stamp| millis(stamp.at)).into()),
            ("renamed_at", self.renamed.as_ref().map(|renamed| millis(renamed.stamp.at)).into()),
        ]
    }

    fn scope(&self) -> Scope {
        Scope { organisation: Some(self.id), ..Scope::default() }
    }

    fn subject(change: &Change<'_, Self>, event: &Event) -> Subject {
        let found = if change.before.name.is_empty() { change.after } else { change.before };
        let organisation = named::Organisation {
            name: FreeText(found.name.clone()),
            ods_code: found.ods_code.as_ref().map(|code| code.as_str().to_owned()),
        };
        let service = match event {
            Event::ServiceAdded { service, .. } | Event::ServiceChanged { service, .. } => {
                let found = change.before.services.get(service).or(change.after.services.get(service));
                found.map(|service| FreeText(service.name.clone()))
            }
            _ => None,
        };
        let account = match event {
            Event::MemberAdded { account, .. } | Event::MemberRemoved { account } => Some(*account),
            _ => None,
        };
        let about = About { organisation: Some(organisation), service, ..About::default() };
        Subject { about, account, revision: None }
    }

    fn erase(erasure: Erasure) -> Command {
        Command::Erase(erasure)
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
        state: &Self,
        actor: &Actor,
        command: &Command,
    ) -> Result<Facts, StoreError> {
        let has_client = match command {
            Command::Change { .. } => has_client(transaction, state.id).await?,
            _ => false,
        };
        let Some(person) = actor.person() else { return Ok(Facts { has_client, ..Facts::default() }) };
        let select = "SELECT verified FROM accounts WHERE id = $1";
        let row = sql::first(transaction, select, values![person.account.to_string()]).await?;
        let actor_verified = row.map(|row| row.col("verified")).transpose()?.unwrap_or_default();
        Ok(Facts { actor_verified, has_client })
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
                    digest::tell_what_lapsed(transaction, context.now, *account).await?;
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
                Event::OrganisationChanged { confirmed_as: Some(_), .. } => {
                    let notice = Notice::OrganisationRenamed(AboutOrganisation { organisation: organisation.id });
                    digest::tell_admins_at_once(transaction, context.now, &notice, None).await?;
                }
                Event::OrganisationChanged { confirmed_as: None, .. } | Event::TextErased(_) => {}
            }
        }
        let names = |one: &Organisation| -> Vec<String> {
            let code = one.ods_code.as_ref().map(|code| code.as_str().to_owned());
            let services = one.services.values().map(|service| service.name.clone());
            [one.name.clone()].into_iter().chain(code).chain(services).collect()
        };
        if names(change.before) != names(organisation) {
            list_words::keep_of(transaction, Self::KIND, &organisation.id.to_string()).await?;
        }
        match is_team_changed {
            true => ownerless::judge_one(transaction, organisation.id).await,
            false => Ok(()),
        }
    }
}

/// Whether any of its clients was ever published and is not retired: what was confirmed is what people sign in to.
async fn has_client(transaction: &DatabaseTransaction, organisation: OrganisationId) -> Result<bool, StoreError> {
    let select = "SELECT 1 AS found FROM registrations
                  WHERE organisation_id = $1 AND published_at IS NOT NULL AND client_state <> $2 LIMIT 1";
    sql::exists(transaction, select, values![organisation.to_string(), word_of(&ClientState::Retired)]).await
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
