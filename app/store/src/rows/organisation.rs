//! Organisations: who belongs, and what they own, in rows that other aggregates' decisions read.

use super::{
    Change, Context, Scope, Subject, invitations, made, ownerless, published_keys, registration::team, sealed::Rows,
    ways_in,
};
use crate::{
    entity::*,
    error::StoreError,
    history::named::{self, About},
    list_words,
    outbox::{digest, mail},
    sql::number,
    tokens,
};
use domain::{
    actor::{Actor, By, TeamRole, account_of},
    aggregate::Aggregate,
    erasure::Erasure,
    id::{AccountId, OrganisationId, ServiceId},
    notice::{AboutInvitation, AboutOrganisation, AboutRole, Notice},
    organisation::{Command, Event, Facts, Organisation},
    refusal::Refusal,
    registration::ClientState,
    text::{self, FreeText},
};
use time::OffsetDateTime;

impl Rows for Organisation {
    fn find(id: OrganisationId) -> SelectStatement {
        let row = organisation::Entity::find_by_id(Word(id)).select_only();
        row.columns([organisation::State, organisation::Version]).into_query()
    }

    fn row(&self, version: u64, now: OffsetDateTime, backend: DbBackend) -> Result<Statement, StoreError> {
        let row = organisation::ActiveModel {
            id: Set(Word(self.id)),
            version: Set(number(version)),
            state: Set(Document::of(self)?),
            name: Set(self.name.clone()),
            name_shape: Set(text::name_shape(&self.name)),
            ods_code: Set(self.ods_code.clone().map(Word)),
            confirmed_at: Set(self.confirmed.map(|stamp| At(stamp.at))),
            renamed_at: Set(self.renamed.as_ref().map(|renamed| At(renamed.stamp.at))),
            created_at: made(version, now),
            ..Default::default()
        };
        keep(row, organisation::Version, version, backend)
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
            Event::MemberAdded { account, .. }
            | Event::RoleChanged { account, .. }
            | Event::MemberRemoved { account }
            | Event::MemberLeft { account }
            | Event::InvitationAccepted { account, .. }
            | Event::OwnershipOffered { account }
            | Event::OwnershipOfferWithdrawn { account }
            | Event::OwnershipHandedOver { from: account, .. }
            | Event::OwnershipOfferDeclined { from: account }
            | Event::JoinAgreed { account, .. }
            | Event::JoinDeclined { account }
            | Event::JoinDecided { account, .. }
            | Event::TokenTakenOver { from: account, .. } => Some(*account),
            // Of whoever is invited an organisation knows the address alone that it wrote to.
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
        let about = match command {
            Command::ChangeRole { account, .. } | Command::RemoveMember { account } => Some(*account),
            Command::Leave => actor.person().map(|person| person.account),
            _ => None,
        };
        let no_other_owner = match about {
            Some(account) => !ownerless::has_owner_but(transaction, state.id, account).await?,
            None => false,
        };
        let invited_is_in = match command {
            Command::Invite { email, .. } => invitations::is_in(transaction, state.id, email).await?,
            _ => false,
        };
        let (is_invited, sender_locked) = answering(transaction, state, actor, command).await?;
        let facts = Facts { has_client, no_other_owner, invited_is_in, is_invited, sender_locked, ..Facts::default() };
        let facts = joining(transaction, state, actor, command, facts).await?;
        let Some(person) = actor.person() else { return Ok(facts) };
        let row = account::Entity::find_by_id(Word(person.account)).select_only().column(account::Verified);
        let actor_verified = row.into_tuple().one(transaction).await?.unwrap_or_default();
        Ok(Facts { actor_verified, ..facts })
    }

    async fn follow_up(
        transaction: &DatabaseTransaction,
        context: &Context<'_>,
        change: &Change<'_, Self>,
    ) -> Result<(), StoreError> {
        let organisation = change.after;
        let is_team_changed = change.before.members != organisation.members;
        let is_asked = change.before.requests != organisation.requests;
        invitations::keep(transaction, change).await?;
        ways_in::keep_requests(transaction, change).await?;
        tokens::keep(transaction, change).await?;
        for event in change.events {
            match event {
                Event::Created { .. } => {
                    if let By::Account(creator) = change.by {
                        join(transaction, organisation.id, creator, TeamRole::Owner).await?;
                    }
                }
                Event::MemberAdded { account, role }
                | Event::InvitationAccepted { account, role, .. }
                | Event::JoinAgreed { account, role }
                | Event::JoinDecided { account, role: Some(role), .. } => {
                    join(transaction, organisation.id, *account, *role).await?;
                    digest::tell_what_lapsed(transaction, context.now, *account).await?;
                }
                Event::RoleChanged { account, role } => join(transaction, organisation.id, *account, *role).await?,
                Event::OwnershipHandedOver { from, account } => {
                    join(transaction, organisation.id, *account, TeamRole::Owner).await?;
                    join(transaction, organisation.id, *from, TeamRole::Developer).await?;
                }
                Event::MemberRemoved { account } | Event::MemberLeft { account } => {
                    let ended = membership::ActiveModel { ended_at: Set(Some(At(context.now))), ..Default::default() };
                    let of_account = update(ended).filter(membership::AccountId.eq(Word(*account)));
                    let end = of_account.filter(membership::OrganisationId.eq(Word(organisation.id)));
                    run(transaction, &end).await?;
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
                Event::OrganisationChanged { confirmed_as: None, .. }
                | Event::ContactsChanged { .. }
                | Event::MemberInvited { .. }
                | Event::InvitationSentAgain { .. }
                | Event::InvitationWithdrawn { .. }
                | Event::InvitationDeclined { .. }
                | Event::OwnershipOffered { .. }
                | Event::OwnershipOfferWithdrawn { .. }
                | Event::OwnershipOfferDeclined { .. }
                | Event::JoinRequested { .. }
                | Event::JoinRequestWithdrawn
                | Event::JoinDeclined { .. }
                | Event::JoinDecided { role: None, .. }
                | Event::TokenMade { .. }
                | Event::TokenEnded { .. }
                | Event::TokenTakenOver { .. }
                | Event::TextErased(_) => {}
            }
        }
        ways_in::keep_offers(transaction, change).await?;
        let names = |one: &Organisation| -> Vec<String> {
            let code = one.ods_code.as_ref().map(|code| code.as_str().to_owned());
            let services = one.services.values().map(|service| service.name.clone());
            [one.name.clone()].into_iter().chain(code).chain(services).collect()
        };
        if names(change.before) != names(organisation) {
            list_words::keep_of(transaction, Self::KIND, &organisation.id.to_string()).await?;
        }
        for (account, notice) in told_of_team(change) {
            mail::enqueue(transaction, context.now, account, &notice, None).await?;
        }
        match is_team_changed || is_asked {
            true => {
                published_keys::judge(transaction, organisation.id).await?;
                ownerless::judge_one(transaction, organisation.id).await
            }
            false => Ok(()),
        }
    }
}

/// Who is told what of a change of the team: whoever another one gave a role, removed, or let in; and the owners, of one who
/// left, who asks to join, and of a new one beside them, whoever of them made it so: it may have been somebody at their screen.
fn told_of_team(change: &Change<'_, Organisation>) -> Vec<(AccountId, Notice)> {
    let organisation = change.after;
    let about = AboutOrganisation { organisation: organisation.id };
    let owners = |but: AccountId| {
        let owners = organisation.members.iter().filter(|(_, role)| **role == TeamRole::Owner);
        owners.map(|(account, _)| *account).filter(move |account| *account != but)
    };
    let mut told = Vec::new();
    for event in change.events {
        match event {
            Event::RoleChanged { account, role } => {
                if By::Account(*account) != change.by {
                    told.push((
                        *account,
                        Notice::TeamRoleChanged(AboutRole { organisation: organisation.id, role: *role }),
                    ));
                }
                if *role == TeamRole::Owner {
                    told.extend(owners(*account).map(|owner| (owner, Notice::OwnerAdded(about))));
                }
            }
            Event::MemberRemoved { account } => told.push((*account, Notice::RemovedFromTeam(about))),
            Event::MemberLeft { account } => {
                told.extend(owners(*account).map(|owner| (owner, Notice::MemberLeft(about))))
            }
            // The mail is its sender's, as whom it is sent to may have no account; who it is to is said by the invitation.
            Event::MemberInvited { invitation, .. } | Event::InvitationSentAgain { invitation, .. } => {
                let about = AboutInvitation { invitation: *invitation };
                told.extend(change.by.account().map(|sender| (sender, Notice::TeamInvitation(about))));
            }
            Event::InvitationAccepted { account, role, .. } => {
                let joined = Notice::MemberJoined(AboutRole { organisation: organisation.id, role: *role });
                told.extend(owners(*account).map(|owner| (owner, joined.clone())));
            }
            Event::InvitationDeclined { invitation, .. } => {
                let sender = change.before.invitations.get(invitation).and_then(|one| account_of(&one.stamp));
                told.extend(sender.map(|sender| (sender, Notice::InvitationDeclined(about))));
            }
            Event::OwnershipOffered { account } => told.push((*account, Notice::OwnershipOffered(about))),
            Event::OwnershipHandedOver { from, account } => {
                told.push((*from, Notice::OwnershipHandedOver(about)));
                told.extend(owners(*account).map(|owner| (owner, Notice::OwnershipHandedOver(about))));
            }
            Event::OwnershipOfferDeclined { from } => told.push((*from, Notice::OwnershipDeclined(about))),
            Event::JoinRequested { .. } => {
                let asker = change.by.account();
                told.extend(asker.into_iter().flat_map(owners).map(|owner| (owner, Notice::JoinAsked(about))));
            }
            Event::JoinAgreed { account, role } | Event::JoinDecided { account, role: Some(role), .. } => {
                let about = AboutRole { organisation: organisation.id, role: *role };
                told.push((*account, Notice::JoinAgreed(about)));
                let is_by_owner = matches!(event, Event::JoinAgreed { .. });
                let tells = if is_by_owner { Notice::MemberJoined(about) } else { Notice::JoinDecided(about.into()) };
                told.extend(owners(*account).map(|owner| (owner, tells.clone())));
            }
            Event::JoinDeclined { account } => told.push((*account, Notice::JoinDeclined(about))),
            Event::JoinDecided { account, role: None, .. } => {
                told.push((*account, Notice::JoinRefused(about)));
                told.extend(owners(*account).map(|owner| (owner, Notice::JoinDecided(about))));
            }
            Event::TokenMade { .. } | Event::TokenTakenOver { .. } => {
                // Whoever it acts as too: it may have been somebody else at their screen.
                let hears =
                    |account: &AccountId, role: TeamRole| role == TeamRole::Owner || By::Account(*account) == change.by;
                let all = organisation.members.iter().filter(|(account, role)| hears(account, **role));
                told.extend(all.map(|(owner, _)| (*owner, Notice::TokenMade(about))));
            }
            _ => {}
        }
    }
    told
}

/// Whether the invitation that is answered is the actor's, and whether its sender is locked.
async fn answering(
    transaction: &DatabaseTransaction,
    state: &Organisation,
    actor: &Actor,
    command: &Command,
) -> Result<(bool, bool), StoreError> {
    if let Command::AcceptOwnership { from } = command {
        return Ok((false, invitations::is_locked(transaction, Some(Word(*from))).await?));
    }
    let (Command::AcceptInvitation { id } | Command::DeclineInvitation { id, .. }) = command else {
        return Ok((false, false));
    };
    let Some(invitation) = state.invitations.get(id) else { return Ok((false, false)) };
    let is_invited = match (actor, command) {
        (_, Command::DeclineInvitation { link: Some(link), .. }) => {
            invitations::has_link(transaction, *id, link).await?
        }
        (Actor::Person(person), _) => invitations::is_to(transaction, invitation, person.account).await?,
        _ => false,
    };
    let sender = account_of(&invitation.stamp).map(Word);
    Ok((is_invited, invitations::is_locked(transaction, sender).await?))
}

/// What there is to know of whoever asks to join, and of the owners who would answer.
async fn joining(
    transaction: &DatabaseTransaction,
    state: &Organisation,
    actor: &Actor,
    command: &Command,
    facts: Facts,
) -> Result<Facts, StoreError> {
    match command {
        Command::AskToJoin { .. } => {
            let actor_asks = ways_in::asked_by(transaction, actor).await?;
            Ok(Facts { actor_asks, ..facts })
        }
        Command::AgreeToJoin { asked, .. } => {
            let asker_barred = ways_in::is_barred(transaction, asked.account).await?;
            Ok(Facts { asker_barred, ..facts })
        }
        Command::DecideJoin { asked, .. } => {
            let asker_barred = ways_in::is_barred(transaction, asked.account).await?;
            let owners = ownerless::owners(transaction, state.id).await?;
            let actor_locked_owner = ownerless::has_locked_owner(transaction, state, actor.by()).await?;
            let (no_owner, owner_seen_at) = (owners.none_can_sign_in, owners.seen_at);
            Ok(Facts { asker_barred, no_owner, owner_seen_at, actor_locked_owner, ..facts })
        }
        _ => Ok(facts),
    }
}

/// Whether any of its clients was ever published and is not retired: what was confirmed is what people sign in to.
async fn has_client(transaction: &DatabaseTransaction, organisation: OrganisationId) -> Result<bool, StoreError> {
    let clients = registration::Entity::find().filter(registration::OrganisationId.eq(Word(organisation)));
    let published = clients.filter(registration::PublishedAt.is_not_null());
    is_any(transaction, published.filter(registration::ClientState.ne(Word(ClientState::Retired)))).await
}

async fn join(
    transaction: &DatabaseTransaction,
    organisation: OrganisationId,
    account: AccountId,
    role: TeamRole,
) -> Result<(), StoreError> {
    let (organisation_id, account_id) = (Word(organisation), Word(account));
    let row = membership::Model { organisation_id, account_id, role: Word(role), ended_at: None, offered_until: None };
    let mut again = OnConflict::columns([membership::OrganisationId, membership::AccountId]);
    again.update_columns([membership::Role, membership::EndedAt]);
    run(transaction, &Insert::one(row).on_conflict(again)).await.map(|_| ())
}

/// A service belongs to one organisation for good: an id that another one has is refused.
async fn keep_service(
    transaction: &DatabaseTransaction,
    organisation: &Organisation,
    service: ServiceId,
) -> Result<(), StoreError> {
    let name = organisation.services.get(&service).map(|service| service.name.clone()).unwrap_or_default();
    let row = service::Model { id: Word(service), organisation_id: Word(organisation.id), name };
    let mut own = OnConflict::column(service::Id);
    own.update_column(service::Name);
    own.action_and_where(service::OrganisationId.eq(Word(organisation.id)));
    match run(transaction, &Insert::one(row).on_conflict(own)).await? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}
