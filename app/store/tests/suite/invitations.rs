//! Invitations: to an address that may have no account, answered once, and nobody in by the word of whoever may not let
//! them in.

use crate::common::*;
use domain::{
    account::{Account, Command as AccountCommand, Secret},
    actor::{StaffRole, TeamRole},
    email::EmailAddress,
    id::{AccountId, InvitationId},
    notice::Notice,
    organisation::{Command, INVITATION_LASTS, Organisation},
    refusal::Refusal,
};
use std::sync::Arc;
use store::{Done, StoreError, Who, read::InvitationRow};
use time::Duration;

on_both!(
    an_account_is_made_by_the_link_alone,
    an_invitation_is_answered_once,
    whoever_is_locked_lets_nobody_in,
    what_is_mailed_is_true_when_it_leaves,
    one_of_an_organisation_that_cannot_be_read_holds_up_no_other_mail,
);

fn address(name: &str) -> EmailAddress {
    EmailAddress::parse(&format!("{name}@partner.example")).unwrap()
}

async fn invite(world: &World, partner: &Partner, name: &str) -> InvitationId {
    world.reauthenticate(&partner.owner).await;
    let (millis, random) = world.fresh();
    let id = InvitationId::from_parts(millis, random);
    let command = Command::Invite { id, email: address(name), role: TeamRole::Owner };
    world.organisation(&partner.owner.who, partner.organisation, command).await.unwrap();
    id
}

async fn answer(
    world: &World,
    user: &User,
    partner: &Partner,
    command: Command,
) -> Result<Done<Organisation>, StoreError> {
    world.organisation(&user.who, partner.organisation, command).await
}

async fn rows(world: &World) -> i64 {
    world.count("SELECT COUNT(*) FROM invitations").await
}

async fn shown(world: &World, name: &str) -> Vec<InvitationRow> {
    world.store.invitations(&address(name), world.now()).await.unwrap()
}

async fn set_up(world: &World, id: AccountId, name: &str, link: &str) -> Result<Done<Account>, StoreError> {
    let link = Secret(link.into());
    let command =
        AccountCommand::SetUp { link, email: address(name), name: "Grace".into(), password: Secret("phc".into()) };
    world.account(&Who::Visitor, id, command).await
}

async fn an_account_is_made_by_the_link_alone(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let id = invite(&world, &ash, "Grace").await;
    assert_eq!(world.count("SELECT COUNT(*) FROM accounts WHERE email_key = 'grace@partner.example'").await, 0);
    let fresh = || {
        let (millis, random) = world.fresh();
        AccountId::from_parts(millis, random)
    };
    let new = fresh();
    for (name, link) in [("grace", "no link"), ("grace", ""), ("ida", "a link")] {
        assert_eq!(refusal(set_up(&world, new, name, link).await), Refusal::LinkGone, "before any mail left");
    }
    world.store.store_invitation_link(id, "a link").await.unwrap();
    world.store.store_invitation_link(id, "a newer link").await.unwrap();
    assert_eq!(refusal(set_up(&world, new, "ida", "a newer link").await), Refusal::LinkGone, "of another address");
    assert_eq!(refusal(set_up(&world, new, "grace", "a link").await), Refusal::LinkGone, "there is a newer one");
    assert_eq!(refusal(set_up(&world, ash.developer.account, "grace", "a newer link").await), Refusal::LinkGone);
    let row = world.store.invitation_by_link(id, "a newer link", world.now()).await.unwrap().unwrap();
    assert_eq!((row.email.as_str(), row.confirmed), ("grace@partner.example", false));
    set_up(&world, new, "grace", "a newer link").await.unwrap();
    let row = world.store.credentials_by_email("grace@partner.example").await.unwrap().unwrap();
    assert_eq!((row.account.id, row.account.name.as_str()), (new, "Grace"));
    assert!(row.account.verified.is_some() && row.password_phc.is_some());
    assert_eq!(refusal(set_up(&world, new, "grace", "a newer link").await), Refusal::LinkGone, "it was used");
    assert_eq!(world.store.invitation_by_link(id, "a newer link", world.now()).await.unwrap(), None);
    assert_eq!(shown(&world, "grace").await.len(), 1, "which they can answer still");

    // Of one that was withdrawn no account is made, nor of whoever was given a staff role.
    let gone = invite(&world, &ash, "ida").await;
    world.store.store_invitation_link(gone, "of ida").await.unwrap();
    answer(&world, &ash.owner, &ash, Command::WithdrawInvitation { id: gone }).await.unwrap();
    assert_eq!(refusal(set_up(&world, fresh(), "ida", "of ida").await), Refusal::LinkGone);
    let nia = fresh();
    let grant = AccountCommand::Grant { email: address("nia"), role: StaffRole::Admin };
    world.account(&Who::Operator, nia, grant).await.unwrap();
    let of_staff = invite(&world, &ash, "nia").await;
    world.store.store_invitation_link(of_staff, "of nia").await.unwrap();
    assert_eq!(refusal(set_up(&world, nia, "nia", "of nia").await), Refusal::LinkGone);
}

async fn an_invitation_is_answered_once(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let (grace, ida) = (world.person("grace").await, world.person("ida").await);
    let (of_grace, of_ida) = (invite(&world, &ash, "GRACE").await, invite(&world, &ash, "ida").await);
    let found = shown(&world, "grace").await;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].organisation, found[0].role, found[0].id), (ash.organisation, TeamRole::Owner, of_grace));
    let to_ida = address("ida");
    let at = |when| world.store.invitation(of_ida, &to_ida, when);
    assert!(at(world.now()).await.unwrap().is_some());
    assert_eq!(at(world.now() + INVITATION_LASTS).await.unwrap(), None);
    assert_eq!(world.store.invitation(of_ida, &address("grace"), world.now()).await.unwrap(), None);
    let other = answer(&world, &grace, &ash, Command::AcceptInvitation { id: of_ida }).await;
    assert_eq!(refusal(other), Refusal::InvitationGone);
    let other = answer(&world, &grace, &birch, Command::AcceptInvitation { id: of_grace }).await;
    assert_eq!(refusal(other), Refusal::InvitationGone);
    let both = tokio::join!(
        answer(&world, &grace, &ash, Command::AcceptInvitation { id: of_grace }),
        answer(&world, &grace, &ash, Command::DeclineInvitation { id: of_grace, link: None })
    );
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
    answer(&world, &ida, &ash, Command::DeclineInvitation { id: of_ida, link: None }).await.unwrap();
    let late = answer(&world, &ida, &ash, Command::AcceptInvitation { id: of_ida }).await;
    assert_eq!(refusal(late), Refusal::InvitationGone);
    assert_eq!(rows(&world).await, 0);
    let is_in = world.signed_in(&grace).await.unwrap().person.memberships.contains_key(&ash.organisation);
    assert_eq!(is_in, both.0.is_ok());
    // By its link alone, for whoever has no account.
    let new = invite(&world, &ash, "new").await;
    world.store.store_invitation_link(new, "of new").await.unwrap();
    let by = |link: &str| Command::DeclineInvitation { id: new, link: Some(Secret(link.into())) };
    let wrong = world.organisation(&Who::Visitor, ash.organisation, by("another")).await;
    assert_eq!(refusal(wrong), Refusal::InvitationGone);
    world.organisation(&Who::Visitor, ash.organisation, by("of new")).await.unwrap();
    // What the state does not have goes, whoever left it there.
    world.sql(&format!("INSERT INTO invitations (id, organisation_id, email_key, role, until) VALUES ('left', '{}', 'x', 'viewer', 1)", ash.organisation)).await.unwrap();
    invite(&world, &ash, "last").await;
    assert_eq!(rows(&world).await, 1);
}

async fn whoever_is_locked_lets_nobody_in(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let grace = world.person("grace").await;
    let (id, new) = (invite(&world, &ash, "grace").await, invite(&world, &ash, "new").await);
    world.store.store_invitation_link(new, "of new").await.unwrap();
    let admin = world.staff("admin", StaffRole::Admin).await;
    world.reauthenticate(&admin).await;
    world.account(&admin.who, ash.owner.account, AccountCommand::Disable).await.unwrap();
    assert_eq!(shown(&world, "grace").await, []);
    let (millis, random) = world.fresh();
    let account = AccountId::from_parts(millis, random);
    assert_eq!(refusal(set_up(&world, account, "new", "of new").await), Refusal::LinkGone);
    let accept = Command::AcceptInvitation { id };
    assert_eq!(refusal(answer(&world, &grace, &ash, accept.clone()).await), Refusal::InvitationGone);
    let mails = crate::mails::outbox_at(&world, world.now()).await;
    let of_teams: Vec<_> = mails.iter().filter(|mail| matches!(mail.notice, Notice::TeamInvitation(_))).collect();
    assert!(of_teams.len() == 2 && of_teams.iter().all(|mail| !mail.concerns && mail.invitation.is_none()));
    world.reauthenticate(&admin).await;
    world.account(&admin.who, ash.owner.account, AccountCommand::Enable).await.unwrap();
    answer(&world, &grace, &ash, accept).await.unwrap();
}

async fn what_is_mailed_is_true_when_it_leaves(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    world.person("grace").await;
    let sent = async || crate::mails::outbox_at(&world, world.now() + Duration::minutes(5)).await;
    sent().await;
    let (of_grace, of_new) = (invite(&world, &ash, "grace").await, invite(&world, &ash, "New").await);
    let mails = sent().await;
    let of = |id: InvitationId| {
        let about = |mail: &&store::MailJob| mail.invitation.as_ref().is_some_and(|one| one.id == id);
        let mail = mails.iter().find(about).unwrap();
        (mail.to_address.clone(), mail.invitation.clone().unwrap())
    };
    let ((to_grace, grace), (to_new, new)) = (of(of_grace), of(of_new));
    assert_eq!((to_grace.as_str(), to_new.as_str()), ("grace@partner.example", "New@partner.example"));
    assert!(grace.has_account && !new.has_account);
    assert_eq!(new.organisation_name, None, "anybody may call an organisation anything");
    assert!(new.invited_by.unwrap().ends_with("@partner.example"));
    let admin = world.staff("admin", StaffRole::Admin).await;
    world.reauthenticate(&admin).await;
    world.organisation(&admin.who, ash.organisation, Command::Confirm).await.unwrap();
    sent().await;
    world.reauthenticate(&ash.owner).await;
    for id in [of_grace, of_new] {
        answer(&world, &ash.owner, &ash, Command::SendInvitationAgain { id }).await.unwrap();
    }
    answer(&world, &ash.owner, &ash, Command::WithdrawInvitation { id: of_new }).await.unwrap();
    let mails = sent().await;
    let again: Vec<_> = mails.iter().filter(|mail| matches!(mail.notice, Notice::TeamInvitation(_))).collect();
    assert_eq!(again.len(), 2);
    assert_eq!(again.iter().filter(|mail| mail.concerns).count(), 1, "the other one was withdrawn");
    let named = again.iter().find_map(|mail| mail.invitation.as_ref()).unwrap();
    assert!(named.id == of_grace && named.organisation_name.is_some());
    assert_eq!(
        world.count("SELECT COUNT(*) FROM invitations WHERE token_hash IS NOT NULL").await,
        0,
        "made as it leaves"
    );
}

/// Nor is it lost, or sent to whoever sent it: it is tried again, as another version of the portal may have written it.
async fn one_of_an_organisation_that_cannot_be_read_holds_up_no_other_mail(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    crate::mails::outbox_at(&world, world.now()).await;
    invite(&world, &ash, "grace").await;
    world.sign_up("other@partner.example", "Other").await.unwrap();
    world.sql(&format!("UPDATE organisations SET state = '{{}}' WHERE id = '{}'", ash.organisation)).await.unwrap();
    let mails = crate::mails::outbox_at(&world, world.now()).await;
    assert_eq!(mails.len(), 2);
    let of_team = mails.iter().find(|mail| matches!(mail.notice, Notice::TeamInvitation(_))).unwrap();
    assert!(of_team.concerns && of_team.invitation.is_none());
}
