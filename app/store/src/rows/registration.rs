//! Registrations: immutable revisions, approvals by people, publications, and whom to tell.

use super::{Change, Context, Scope, Subject, evidence_ends, made, published_keys, sealed::Rows, submission};
use crate::{
    authority,
    entity::*,
    error::StoreError,
    history::named,
    keys, list_words,
    outbox::{digest, mail, publications},
    sql::{self, number, values},
};
use domain::{
    actor::{Actor, By, Stamp, TeamRole, account_of},
    aggregate::Aggregate,
    erasure::Erasure,
    id::{AccountId, ClientId, OrganisationId, RegistrationId, ServiceId},
    notice::{About, Notice, Waiting},
    policy::EnvironmentPolicy,
    refusal::Refusal,
    registration::{
        ClientState, Command, ConfirmedClient, Event, Facts, Instead, LeakOutcome, Registration, Revision, Wanted,
    },
};
use sea_orm::sea_query::ExprTrait;
use time::OffsetDateTime;

impl Rows for Registration {
    fn find(id: RegistrationId) -> SelectStatement {
        let row = registration::Entity::find_by_id(Word(id)).select_only();
        row.columns([registration::State, registration::Version]).into_query()
    }

    fn row(&self, version: u64, now: OffsetDateTime, backend: DbBackend) -> Result<Statement, StoreError> {
        let latest = self.revisions.last();
        let submitted = latest.map(|revision| revision.submitted);
        let suspension = self.suspensions.last().filter(|_| self.retired.is_none());
        let proposed = suspension.and_then(|suspension| suspension.proposal.as_ref()).map(|proposal| proposal.stamp);
        let reinstated = suspension.and_then(|suspension| suspension.ended);
        let row = registration::ActiveModel {
            id: Set(Word(self.id)),
            version: Set(number(version)),
            state: Set(Document::of(self)?),
            organisation_id: Set(self.organisation.map(Word)),
            service_id: Set(self.service.map(Word)),
            environment: Set(self.environment.clone()),
            place: Set(self.place()),
            client_id: Set(self.client_id.clone().map(Word)),
            client_state: Set(Word(self.client_state())),
            revision: Set(latest.map_or(0, |revision| i64::from(revision.number))),
            review_state: Set(latest.map(|revision| Word(revision.state))),
            restricted: Set(latest.map(|revision| revision.restricted.join(" ")).unwrap_or_default()),
            key_change: Set(latest.and_then(|revision| revision.rotation).map(|rotation| Word(rotation.keys))),
            approvals: Set(latest.map_or(0, |revision| number(revision.approvals.len() as u64))),
            submitted_at: Set(submitted.map(|stamp| At(stamp.at))),
            submitted_by: Set(submitted.and_then(account_id)),
            reinstatement_proposed_by: Set(proposed.and_then(account_id)),
            reinstatement_proposed_at: Set(proposed.map(|stamp| At(stamp.at))),
            reinstated_by: Set(reinstated.and_then(account_id)),
            wanted: Set(self.wanted.as_ref().map(|wanted| Word(wanted.does()))),
            wanted_since: Set(self.wanted.as_ref().and_then(|wanted| wanted.since).map(At)),
            confirmed: Set(self.confirmed().map(|confirmed| Word(confirmed.does))),
            published_at: Set(self.published.as_ref().map(|published| At(published.at))),
            publication_due: Set(self.is_publication_due()),
            failed: Set(self.failure.is_some()),
            draft_ahead: Set(self.is_draft_ahead()),
            created_at: made(version, now),
            updated_at: Set(At(now)),
            ..Default::default()
        };
        keep(row, registration::Version, version, backend)
    }

    fn scope(&self) -> Scope {
        Scope {
            organisation: self.organisation,
            registration: Some(self.id),
            service: self.service,
            environment: Some(self.environment.clone()),
        }
    }

    fn subject(change: &Change<'_, Self>, event: &Event) -> Subject {
        let client_id = change.after.client_id.as_ref().map(|id| id.as_str().to_owned());
        let revision = match event {
            Event::Submitted { number, .. }
            | Event::Withdrawn { number, .. }
            | Event::ChangesDiscarded { revision: number, .. }
            | Event::Approved { number, .. }
            | Event::ChangesRequested { number, .. }
            | Event::Rejected { number, .. } => Some(*number),
            Event::TextErased(_) => None,
            _ => change.after.wanted.as_ref().map(|wanted| wanted.revision),
        };
        let about = named::About { client_id, ..named::About::default() };
        Subject { about, revision, account: None }
    }

    fn erase(erasure: Erasure) -> Command {
        Command::Erase(erasure)
    }

    fn owner(&self) -> Option<OrganisationId> {
        self.organisation
    }

    /// Two that start one service in one environment: the loser finds the other's registration there.
    fn taken() -> Option<Refusal> {
        Some(Refusal::AlreadyRegistered)
    }

    async fn facts(
        transaction: &DatabaseTransaction,
        context: &Context<'_>,
        state: &Self,
        _actor: &Actor,
        command: &Command,
    ) -> Result<Facts, StoreError> {
        let (organisation, service, environment) = match command {
            Command::Start { organisation, service, environment, .. } => {
                (Some(*organisation), Some(*service), environment.as_str())
            }
            _ => (state.organisation, state.service, state.environment.as_str()),
        };
        let policy = context.environment(environment);
        let mut facts = match organisation.zip(service) {
            Some((organisation, service)) => {
                cheap_facts(transaction, policy, organisation, service, environment).await?
            }
            None => Facts { policy: policy.cloned(), ..Facts::default() },
        };
        if let Some(organisation) = organisation {
            facts.leaked = keys::leaked(transaction, organisation, thumbprints_of(state, command)).await?;
        }
        if rests_on_votes(command) {
            facts.voters = authority::voters(transaction, organisation, state.voters()).await?;
        }
        match (command, policy) {
            (Command::Submit { .. }, Some(policy)) => {
                submission::compare_keys(transaction, &state.draft, policy, &mut facts).await?;
                submission::compare_draft(transaction, state, policy, &mut facts).await?;
                facts.held = submission::held(transaction, state).await?;
            }
            (Command::Approve { number, .. }, Some(_)) => {
                facts.frozen = submission::frozen(transaction, state.id, *number).await?;
                let keys = facts.frozen.as_ref().and_then(|frozen| frozen.metadata.public_keys());
                for key in keys.unwrap_or_default() {
                    facts.related_keys.extend(submission::related_keys(transaction, key).await?);
                }
            }
            (Command::DiscardChanges, _) => {
                if let Some(to) = state.discards_to() {
                    facts.frozen = submission::frozen(transaction, state.id, to.number).await?;
                }
            }
            (Command::ReportLeak { .. }, _) => {
                if let Some(from) = state.leak_goes_on_from() {
                    facts.frozen = submission::frozen(transaction, state.id, from.number).await?;
                }
            }
            _ => {}
        }
        let titles = context.environments.iter().map(|policy| (policy.name.clone(), policy.title.clone()));
        facts.titles = titles.collect();
        Ok(facts)
    }

    /// The database counts who reinstates a client by the rule that is there when the row is written.
    async fn before_row(
        transaction: &DatabaseTransaction,
        context: &Context<'_>,
        change: &Change<'_, Self>,
    ) -> Result<(), StoreError> {
        let reinstates = change.events.iter().any(|event| matches!(event, Event::Reinstated { .. }));
        match context.environment(&change.after.environment).filter(|_| reinstates) {
            Some(policy) => publications::note_rule(transaction, policy).await,
            None => Ok(()),
        }
    }

    async fn follow_up(
        transaction: &DatabaseTransaction,
        context: &Context<'_>,
        change: &Change<'_, Self>,
    ) -> Result<(), StoreError> {
        for event in change.events {
            follow(transaction, context, change, event).await?;
        }
        // Every change of what is wanted takes a generation of its own.
        let generation = |state: &Registration| state.wanted.as_ref().map(|wanted| wanted.generation);
        if generation(change.before) != generation(change.after) {
            let policy = context.environment(&change.after.environment);
            publications::want(transaction, change.after, policy, context.now).await?;
        }
        let holds = |state: &Registration| (state.published.clone(), state.retired);
        if holds(change.before) != holds(change.after) {
            let policy = context.environment(&change.after.environment);
            published_keys::note(transaction, change.after, policy).await?;
            evidence_ends::note(transaction, change.after, policy).await?;
        }
        if listed(change.before) != listed(change.after) {
            list_words::keep_of(transaction, Self::KIND, &change.after.id.to_string()).await?;
        }
        tell(transaction, context, change).await
    }
}

/// What says which lists it is in, where in the queue, and by what words of its own it is found: its client's name is that
/// of the revision that was approved last.
fn listed(registration: &Registration) -> (Option<OffsetDateTime>, Option<&ClientId>, Option<u32>) {
    let submitted = registration.submitted().map(|revision| revision.submitted.at);
    (submitted, registration.client_id.as_ref(), registration.approved().map(|revision| revision.number))
}

/// The keys that a command would let in, by thumbprint.
fn thumbprints_of(state: &Registration, command: &Command) -> Vec<String> {
    fn of_those(revision: Option<&Revision>) -> impl Iterator<Item = String> {
        revision.into_iter().flat_map(|one| one.thumbprints.clone())
    }
    let of_revision = |number| state.revision(number).map(|revision| revision.thumbprints.clone());
    match command {
        Command::Submit { .. } | Command::EndorseKey(_) => {
            submission::thumbprints(&state.draft).into_iter().chain(of_those(state.in_force())).collect()
        }
        Command::Approve { number, .. } => {
            let endorsers = state.endorsements.values().map(|endorsed| endorsed.by.clone());
            of_revision(*number).unwrap_or_default().into_iter().chain(endorsers).collect()
        }
        Command::Withdraw => of_those(state.held()).collect(),
        Command::ReportLeak { .. } => of_those(state.wanted_revision()).chain(of_those(state.held())).collect(),
        command if rests_on_votes(command) => {
            state.wanted.as_ref().and_then(|wanted| of_revision(wanted.revision)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn rests_on_votes(command: &Command) -> bool {
    matches!(
        command,
        Command::Approve { .. } | Command::Republish | Command::Reinstate { .. } | Command::ConfirmReinstatement { .. }
    )
}

fn account_id(stamp: Stamp) -> Option<Word<AccountId>> {
    account_of(&stamp).map(Word)
}

/// The facts that need neither keys nor names of others.
async fn cheap_facts(
    connection: &impl ConnectionTrait,
    policy: Option<&EnvironmentPolicy>,
    organisation: OrganisationId,
    service: ServiceId,
    environment: &str,
) -> Result<Facts, StoreError> {
    let after = policy.and_then(|policy| policy.after.clone()).unwrap_or_default();
    // As SQL: counts of three tables in one statement.
    let select = "
        SELECT (SELECT COUNT(*) FROM organisations WHERE id = $1 AND confirmed_at IS NOT NULL),
               (SELECT COUNT(*) FROM services WHERE id = $2 AND organisation_id = $1),
               (SELECT COUNT(*) FROM registrations WHERE service_id = $2 AND place = $3),
               (SELECT COUNT(*) FROM registrations WHERE service_id = $2 AND environment = $4 AND client_state = $5)";
    let values = values![Word(organisation), Word(service), environment, after, Word(ClientState::Published)];
    let (confirmed, known, registered, earlier): (i64, i64, i64, i64) = sql::one(connection, select, values).await?;
    Ok(Facts {
        policy: policy.cloned(),
        organisation_confirmed: confirmed > 0,
        service_known: known > 0,
        already_registered: registered > 0,
        earlier_published: earlier > 0,
        ..Facts::default()
    })
}

async fn follow(
    transaction: &DatabaseTransaction,
    context: &Context<'_>,
    change: &Change<'_, Registration>,
    event: &Event,
) -> Result<(), StoreError> {
    let registration = change.after;
    match event {
        Event::Submitted { number, digest, metadata_digest, bytes, .. } => {
            let frozen = submission::Submitted { number: *number, digest, metadata_digest, bytes: &bytes.0 };
            submission::keep(transaction, context, registration, change.by, &frozen).await
        }
        Event::Approved { number, digest, metadata_digest, by_rules, publish, .. } => {
            let has_approved = |admin: AccountId| {
                change.before.revision(*number).is_some_and(|revision| revision.approvers().any(|one| one == admin))
            };
            if let (By::Account(admin), false) = (change.by, by_rules)
                && !has_approved(admin)
            {
                let row = approval::Model {
                    registration_id: Word(registration.id),
                    number: i64::from(*number),
                    admin_id: Word(admin),
                    digest: digest.clone(),
                    metadata_digest: metadata_digest.clone(),
                    at: At(context.now),
                };
                add(transaction, row).await?;
            }
            match publish {
                Some(_) => submission::name_client(transaction, registration.id, *number).await,
                None => Ok(()),
            }
        }
        Event::PossessionProved { thumbprint } => match registration.organisation {
            Some(organisation) => keys::prove(transaction, organisation, thumbprint).await,
            None => Ok(()),
        },
        Event::KeyLeaked { thumbprint, .. } => match registration.organisation {
            Some(organisation) => match keys::leak(transaction, organisation, thumbprint, context.now).await? {
                true => tell_elsewhere(transaction, context, registration, organisation, thumbprint).await,
                false => Ok(()),
            },
            None => Ok(()),
        },
        Event::Withdrawn { instead: Some(Instead { revision: Some(number), .. }), .. } => {
            submission::name_client(transaction, registration.id, *number).await
        }
        Event::Published { generation, client, .. } => {
            if *client != Some(ConfirmedClient::Absent) {
                let note = update(organisation::ActiveModel { has_client: Set(true), ..Default::default() });
                let note = note.filter(organisation::Id.eq(registration.organisation.map(Word)));
                run(transaction, &note.filter(organisation::HasClient.eq(false))).await?;
            }
            publications::confirm(transaction, registration.id, *generation, context.now).await
        }
        _ => Ok(()),
    }
}

/// The teams of other registrations that use a key that leaked are told, and so are the admins: nothing of those changes by
/// itself.
async fn tell_elsewhere(
    transaction: &DatabaseTransaction,
    context: &Context<'_>,
    registration: &Registration,
    organisation: OrganisationId,
    thumbprint: &str,
) -> Result<(), StoreError> {
    for id in keys::used_elsewhere(transaction, registration, organisation, thumbprint).await? {
        let about = About { registration: id };
        for account in published_keys::writers(transaction, id).await? {
            mail::enqueue(transaction, context.now, account, &Notice::KeyLeakedElsewhere(about), None).await?;
        }
        digest::tell_admins_at_once(transaction, context.now, &Notice::ClientKeyLeakedElsewhere(about), None).await?;
    }
    Ok(())
}

async fn tell(
    transaction: &DatabaseTransaction,
    context: &Context<'_>,
    change: &Change<'_, Registration>,
) -> Result<(), StoreError> {
    for (notice, revision, to) in notices(change) {
        match to {
            To::AdminsAtOnce => digest::tell_admins_at_once(transaction, context.now, &notice, Some(revision)).await?,
            To::Team(roles) => {
                for account in team(transaction, change.after.organisation, roles).await? {
                    mail::enqueue(transaction, context.now, account, &notice, Some(revision)).await?;
                }
            }
        }
    }
    let organisations = u32::from(is_first_of_unconfirmed(transaction, change).await?);
    let proposed = change.events.iter().any(|event| matches!(event, Event::ReinstatementProposed { .. }));
    if organisations > 0 || proposed || waits_anew(change) {
        digest::tell_admins(transaction, context.now, Waiting { organisations, urgent: 0 }).await?;
    }
    Ok(())
}

/// Whether a revision waits for a decision that did not before.
fn waits_anew(change: &Change<'_, Registration>) -> bool {
    let waiting = |registration: &Registration| registration.submitted().map(|revision| revision.number);
    waiting(change.after).is_some_and(|number| waiting(change.before) != Some(number))
}

/// Whether this is the first client of an organisation that nobody confirmed: then its first client was published.
async fn is_first_of_unconfirmed(
    transaction: &DatabaseTransaction,
    change: &Change<'_, Registration>,
) -> Result<bool, StoreError> {
    let first = change.before.revisions.iter().all(|revision| revision.published.is_none())
        && change.after.revisions.iter().any(|revision| revision.published.is_some());
    let Some(organisation) = change.after.organisation.filter(|_| first) else { return Ok(false) };
    let others = registration::Entity::find().select_only().column(registration::Id);
    let others = others.filter(registration::OrganisationId.eq(Word(organisation)));
    let others =
        others.filter(registration::PublishedAt.is_not_null()).filter(registration::Id.ne(Word(change.after.id)));
    let unconfirmed = organisation::Entity::find_by_id(Word(organisation)).filter(organisation::ConfirmedAt.is_null());
    is_any(transaction, unconfirmed.filter(Expr::not_exists(others.into_query()))).await
}

enum To {
    AdminsAtOnce,
    Team(&'static [TeamRole]),
}

/// Who edits and submits.
pub(super) const WRITER_ROLES: &[TeamRole] = &[TeamRole::Owner, TeamRole::Developer];
const OWNERS: To = To::Team(&[TeamRole::Owner]);
const WRITERS: To = To::Team(WRITER_ROLES);

/// Who is told what: notice, revision, recipients.
fn notices(change: &Change<'_, Registration>) -> Vec<(Notice, u32, To)> {
    let about = About { registration: change.after.id };
    let wanted = change.after.wanted.as_ref();
    let mut notices = Vec::new();
    let is_leak = change.events.iter().any(|event| matches!(event, Event::KeyLeaked { .. }));
    for event in change.events {
        match event {
            Event::KeyLeaked { thumbprint, .. } => {
                let revision = wanted.map_or(0, |wanted| wanted.revision);
                notices.push((Notice::KeyLeaked(about), revision, WRITERS));
                if change.before.leak_outcome(thumbprint, &Facts::default()) != LeakOutcome::NotPublished {
                    notices.push((Notice::ClientKeyLeaked(about), revision, To::AdminsAtOnce));
                }
            }
            // That is told with the leak.
            Event::Submitted { .. } | Event::Suspended { .. } if is_leak => {}
            Event::Submitted { number, thumbprints, .. } => {
                // Before the first approval somebody may have reviewed the last key already (threat 4).
                let last = change.before.approved().or_else(|| change.before.revisions.last());
                if last.is_some_and(|last| last.thumbprints != *thumbprints) {
                    notices.push((Notice::KeyChanged(about), *number, OWNERS));
                }
            }
            Event::Approved { number, publish: None, .. } => {
                notices.push((Notice::FirstApproval(about), *number, WRITERS));
            }
            Event::ChangesRequested { number, .. } => {
                notices.push((Notice::ChangesRequested(about), *number, WRITERS));
            }
            Event::Rejected { number, .. } => notices.push((Notice::Rejected(about), *number, WRITERS)),
            // Switching off and publishing again are read back as well: news is what the provider never had.
            Event::Published { client, .. } => {
                let had = |number| change.before.revision(number).is_some_and(|before| before.published.is_some());
                let new = change.after.revisions.iter().filter(|after| after.published.is_some() && !had(after.number));
                notices.extend(new.map(|revision| (Notice::Published(about), revision.number, WRITERS)));
                let told = confirmed(change, *client).zip(wanted);
                notices.extend(told.map(|(notice, wanted)| (notice(about), wanted.revision, WRITERS)));
            }
            Event::PublicationFailed { generation, .. } => {
                let told = change.before.failure.as_ref().is_some_and(|failure| failure.generation == *generation);
                if let (false, Some(wanted)) = (told, wanted) {
                    notices.push((Notice::PublicationFailed(about), wanted.revision, To::AdminsAtOnce));
                }
            }
            Event::Suspended { .. } => {
                let revision = wanted.map_or(0, |wanted| wanted.revision);
                notices.push((Notice::Suspended(about), revision, WRITERS));
                notices.push((Notice::ClientSuspended(about), revision, To::AdminsAtOnce));
            }
            _ => {}
        }
    }
    notices
}

/// What the team is told of a confirmation, beside that a revision is published: the end of what an admin or an owner asked
/// for. That it was asked for says nothing of the provider, so nothing is said before.
fn confirmed(change: &Change<'_, Registration>, client: Option<ConfirmedClient>) -> Option<fn(About) -> Notice> {
    // None where the provider had never confirmed anything. The team was told of a suspension, whose end it waits for.
    let before = change.before.published.as_ref();
    let first = |wanted: Option<&Wanted>| before.and_then(|before| before.does) != wanted.map(Wanted::does);
    let wanted = change.after.wanted.as_ref();
    let reinstated = |ended: OffsetDateTime| before.is_some_and(|before| ended > before.at);
    match client? {
        ConfirmedClient::Off if first(wanted) => Some(Notice::SuspensionConfirmed),
        ConfirmedClient::Removed if before.is_some() && first(wanted) => Some(Notice::Retired),
        ConfirmedClient::OnAgain => Some(Notice::Reinstated),
        // Suspended and reinstated before the provider was told: the team was told of the suspension.
        ConfirmedClient::On => {
            let ended = change.after.suspensions.last().and_then(|suspension| suspension.ended)?;
            reinstated(ended.at).then_some(Notice::Reinstated as fn(About) -> Notice)
        }
        ConfirmedClient::Off | ConfirmedClient::Removed | ConfirmedClient::Absent => None,
    }
}

pub(super) async fn team(
    transaction: &DatabaseTransaction,
    organisation: Option<OrganisationId>,
    roles: &[TeamRole],
) -> Result<Vec<AccountId>, StoreError> {
    let team = membership::Entity::find().inner_join(account::Entity).select_only().column(membership::AccountId);
    let able = account::Disabled.eq(false).and(membership::EndedAt.is_null());
    let team = team.filter(membership::OrganisationId.eq(organisation.map(Word))).filter(able);
    let team = team.filter(membership::Role.is_in(roles.iter().copied().map(Word))).order_by_asc(membership::AccountId);
    let team: Vec<Word<AccountId>> = team.into_tuple().all(transaction).await?;
    Ok(team.into_iter().map(|Word(account)| account).collect())
}
