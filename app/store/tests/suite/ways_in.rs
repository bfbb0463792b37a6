//! The ways into a team that begin with whoever wants in, and an ownership that is handed over: who is told, who finds what
//! concerns them, and who answers where no owner can be reached.

use crate::common::*;
use domain::{
    account::{Command as AccountCommand, Proof},
    actor::{Person, StaffRole, TeamRole},
    email::EmailAddress,
    notice::Notice,
    organisation::{Command, OFFER_LASTS, OWNERS_ANSWER_WITHIN, Organisation},
    refusal::Refusal,
};
use std::sync::Arc;
use store::{
    Done, MailJob, StoreError, Who,
    read::{Backlog, HistoryFilter, OrganisationFilter},
};
use time::Duration;

on_both!(
    whoever_asks_is_let_in_by_an_owner,
    an_admin_answers_where_no_owner_can_be_reached,
    whoever_is_unlocked_has_as_long_to_answer,
    an_ownership_changes_hands_at_once,
    whoever_may_not_join_is_not_let_in,
    organisations_are_found_by_name_and_code,
    those_who_ask_put_no_other_mail_off,
    whoever_asked_is_told_as_they_were,
    a_mail_to_whoever_asked_names_what_is_confirmed_alone,
    owners_who_stay_away_are_shown_to_staff_and_told_of_once_a_week,
);

async fn act(
    world: &World,
    user: &User,
    partner: &Partner,
    command: Command,
) -> Result<Done<Organisation>, StoreError> {
    world.organisation(&user.who, partner.organisation, command).await
}

async fn person(world: &World, user: &User) -> Person {
    world.signed_in(user).await.unwrap().person
}

fn ask() -> Command {
    Command::AskToJoin { reason: "I look after the booking service.".into() }
}

/// The kinds of mails to somebody, the latest last.
async fn mails(world: &World, user: &User) -> Vec<String> {
    let notices = format!("SELECT notice FROM mail_outbox WHERE account_id = '{}' ORDER BY id", user.account);
    let kind = |notice: String| {
        let kind: Notice = serde_json::from_str(&notice).unwrap();
        serde_json::to_value(kind).unwrap()["kind"].as_str().unwrap().to_owned()
    };
    world.texts(&notices).await.into_iter().map(kind).collect()
}

async fn has(world: &World, user: &User, kind: &str) -> usize {
    mails(world, user).await.iter().filter(|one| *one == kind).count()
}

async fn waits_from(world: &World, partner: &Partner) -> i64 {
    let select =
        format!("SELECT COALESCE(join_waits_from, 0) FROM organisations WHERE id = '{}'", partner.organisation);
    world.count(&select).await
}

async fn whoever_asks_is_let_in_by_an_owner(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let hana = world.person("Hana").await;
    act(&world, &hana, &ash, ask()).await.unwrap();
    assert_eq!(act(&world, &hana, &ash, ask()).await.unwrap().events.len(), 0, "it is so already");
    assert_eq!(has(&world, &ash.owner, "join_asked").await, 1);
    assert_eq!(has(&world, &ash.developer, "join_asked").await, 0, "owners answer");
    let viewer = person(&world, &hana).await;
    let own = world.store.own_requests(&viewer).await.unwrap();
    assert_eq!(own.iter().map(|one| one.organisation).collect::<Vec<_>>(), [ash.organisation]);
    // How to reach whoever asks is known to whoever answers, and to nobody else of the team.
    let askers = async |user: &User| {
        let viewer = person(&world, user).await;
        world.store.organisation(&viewer, ash.organisation).await.unwrap().askers
    };
    assert_eq!(askers(&ash.owner).await[&hana.account].email.as_deref(), Some("Hana@partner.example"));
    assert!(askers(&ash.developer).await.is_empty());
    let asked = world.asked(ash.organisation, hana.account).await;
    let agree = |role| Command::AgreeToJoin { asked, role };
    assert_eq!(act(&world, &birch.owner, &ash, agree(TeamRole::Owner)).await.err(), Some(StoreError::NotFound));
    assert_eq!(refusal(act(&world, &ash.developer, &ash, agree(TeamRole::Owner)).await), Refusal::NotAllowed);
    world.reauthenticate(&ash.owner).await;
    act(&world, &ash.owner, &ash, agree(TeamRole::Developer)).await.unwrap();
    assert_eq!(has(&world, &hana, "join_agreed").await, 1);
    assert_eq!(person(&world, &hana).await.memberships[&ash.organisation], TeamRole::Developer);
    assert!(world.store.own_requests(&viewer).await.unwrap().is_empty());
    assert_eq!(world.count("SELECT COUNT(*) FROM join_requests").await, 0);
    assert_eq!(waits_from(&world, &ash).await, 0);
    // By invitation it ends as well.
    let ivo = world.person("Ivo").await;
    act(&world, &ivo, &ash, ask()).await.unwrap();
    let add = Command::AddMember { account: ivo.account, role: TeamRole::Viewer };
    world.organisation(&Who::Operator, ash.organisation, add).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM join_requests").await, 0);
}

async fn backlog(world: &World, admin: &User) -> Backlog {
    let viewer = person(world, admin).await;
    world.store.backlog(&viewer, world.now()).await.unwrap()
}

async fn an_admin_answers_where_no_owner_can_be_reached(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let (hana, ivo) = (world.person("Hana").await, world.person("Ivo").await);
    let (admin, other) = (world.staff("admin", StaffRole::Admin).await, world.staff("other", StaffRole::Admin).await);
    act(&world, &hana, &ash, ask()).await.unwrap();
    let decide = async |asker: &User, role| {
        let (asked, reason) = (world.asked(ash.organisation, asker.account).await, "Nobody answers.".to_owned());
        Command::DecideJoin { asked, role, reason }
    };
    let again = async |of: &User, step| {
        let user = world.sign_in(of.account, Proof::Totp { step }).await.unwrap();
        world.reauthenticate(&user).await;
        user
    };
    world.reauthenticate(&admin).await;
    let early = act(&world, &admin, &ash, decide(&hana, Some(TeamRole::Owner)).await).await;
    assert_eq!(refusal(early), Refusal::OwnersAnswer, "they have a week");
    assert_eq!(backlog(&world, &admin).await.joining.count, 0);
    world.wait(OWNERS_ANSWER_WITHIN);
    let late = again(&admin, 2_000).await;
    assert_eq!(backlog(&world, &late).await.joining.count, 1);
    // An owner who signs in can answer, and is left to for as long.
    world.sign_in(ash.owner.account, Proof::PasswordOnly).await.unwrap();
    assert_eq!(backlog(&world, &late).await.joining.count, 0);
    let answered = act(&world, &late, &ash, decide(&hana, None).await).await;
    assert_eq!(refusal(answered), Refusal::OwnersAnswer);
    world.wait(OWNERS_ANSWER_WITHIN - Duration::MINUTE);
    let late = again(&admin, 3_000).await;
    assert_eq!(backlog(&world, &late).await.joining.count, 0);
    world.wait(Duration::MINUTE);
    assert_eq!(backlog(&world, &late).await.joining.count, 1, "and then did not");
    // Where none can sign in, staff answer at once; but not whoever saw to that.
    world.sign_in(ash.owner.account, Proof::PasswordOnly).await.unwrap();
    world.reauthenticate(&late).await;
    world.account(&late.who, ash.owner.account, AccountCommand::Disable).await.unwrap();
    let waiting = backlog(&world, &late).await;
    assert_eq!((waiting.joining.count, waiting.without_owner.count), (1, 1));
    let own = act(&world, &late, &ash, decide(&hana, Some(TeamRole::Owner)).await).await;
    assert_eq!(refusal(own), Refusal::LockedOwner);
    let other = again(&other, 3_000).await;
    let viewer = person(&world, &other).await;
    let filter = OrganisationFilter { joining_by: Some(world.now()), ..OrganisationFilter::default() };
    let listed = world.store.organisations(&viewer, &filter, None).await.unwrap().rows;
    assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), [ash.organisation]);
    act(&world, &other, &ash, decide(&hana, Some(TeamRole::Owner)).await).await.unwrap();
    assert_eq!(has(&world, &ash.owner, "join_decided").await, 1, "every owner is told, locked or not");
    assert_eq!(has(&world, &hana, "join_agreed").await, 1);
    let after = backlog(&world, &other).await;
    assert_eq!((after.joining.count, after.without_owner.count), (0, 0));
    // A no is told as well.
    let ivo = world.sign_in(ivo.account, Proof::PasswordOnly).await.unwrap();
    act(&world, &ivo, &ash, ask()).await.unwrap();
    world.wait(OWNERS_ANSWER_WITHIN);
    let other = again(&other, 5_000).await;
    act(&world, &other, &ash, decide(&ivo, None).await).await.unwrap();
    assert_eq!((has(&world, &ivo, "join_refused").await, has(&world, &hana, "join_decided").await), (1, 1));
}

async fn an_ownership_changes_hands_at_once(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let offered = async || {
        let viewer = person(&world, &ash.developer).await;
        world.store.home(&viewer).await.unwrap().remove(0).offered_until
    };
    assert_eq!(offered().await, None);
    world.reauthenticate(&ash.owner).await;
    let offer = || Command::OfferOwnership { account: ash.developer.account };
    act(&world, &ash.owner, &ash, offer()).await.unwrap();
    assert_eq!(has(&world, &ash.developer, "ownership_offered").await, 1);
    let until = offered().await.unwrap();
    assert!(until > world.now() + OFFER_LASTS - Duration::minutes(1) && until <= world.now() + OFFER_LASTS);
    act(&world, &ash.owner, &ash, Command::WithdrawOwnershipOffer).await.unwrap();
    assert_eq!(offered().await, None);
    act(&world, &ash.owner, &ash, offer()).await.unwrap();
    world.reauthenticate(&ash.developer).await;
    let accept = Command::AcceptOwnership { from: ash.owner.account };
    act(&world, &ash.developer, &ash, accept).await.unwrap();
    let role = async |user: &User| person(&world, user).await.memberships[&ash.organisation];
    assert_eq!((role(&ash.owner).await, role(&ash.developer).await), (TeamRole::Developer, TeamRole::Owner));
    assert_eq!(has(&world, &ash.owner, "ownership_handed_over").await, 1);
    assert_eq!(offered().await, None);
    // Whoever offers it and is locked offers nothing.
    let admin = world.staff("admin", StaffRole::Admin).await;
    world.reauthenticate(&ash.developer).await;
    let back = Command::OfferOwnership { account: ash.owner.account };
    act(&world, &ash.developer, &ash, back).await.unwrap();
    world.reauthenticate(&admin).await;
    world.account(&admin.who, ash.developer.account, AccountCommand::Disable).await.unwrap();
    world.reauthenticate(&ash.owner).await;
    let accept = Command::AcceptOwnership { from: ash.developer.account };
    assert_eq!(refusal(act(&world, &ash.owner, &ash, accept).await), Refusal::OfferGone);
}

async fn whoever_may_not_join_is_not_let_in(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let (hana, admin) = (world.person("Hana").await, world.staff("admin", StaffRole::Admin).await);
    act(&world, &hana, &ash, ask()).await.unwrap();
    world.reauthenticate(&admin).await;
    world.account(&admin.who, hana.account, AccountCommand::Disable).await.unwrap();
    let asked = world.asked(ash.organisation, hana.account).await;
    let agree = || Command::AgreeToJoin { asked, role: TeamRole::Viewer };
    world.reauthenticate(&ash.owner).await;
    assert_eq!(refusal(act(&world, &ash.owner, &ash, agree()).await), Refusal::AskerCannotJoin);
    world.account(&admin.who, hana.account, AccountCommand::Enable).await.unwrap();
    let email = EmailAddress::parse("hana@partner.example").unwrap();
    let grant = AccountCommand::Grant { email, role: StaffRole::Auditor };
    world.account(&Who::Operator, hana.account, grant).await.unwrap();
    assert_eq!(refusal(act(&world, &ash.owner, &ash, agree()).await), Refusal::AskerCannotJoin);
    let ida = world.person("Ida").await;
    let mut refused = None;
    for n in 0..=domain::organisation::MOST_ASKED {
        let partner = world.partner(&format!("P{n}")).await;
        refused = act(&world, &ida, &partner, ask()).await.err();
    }
    assert!(matches!(refused, Some(StoreError::Refused(Refusal::TooManyRequests))), "{refused:?}");
}

async fn organisations_are_found_by_name_and_code(world: Arc<World>) {
    let (ash, _) = (world.partner("Ash").await, world.partner("Birch").await);
    let found = async |search: &str| {
        let (found, more) = world.store.find_organisations(search).await.unwrap();
        (found.into_iter().map(|one| one.name).collect::<Vec<_>>(), more)
    };
    assert_eq!(found("ash").await, (vec!["Ash organisation".to_owned()], false));
    assert_eq!(found("X26").await.0.len(), 2);
    for nothing in ["", "  ", "!", "cedar", "ash birch"] {
        assert_eq!(found(nothing).await.0.len(), 0, "{nothing}");
    }
    for n in 0..30 {
        world.partner(&format!("Cedar{n}")).await;
    }
    let (names, more) = found("cedar").await;
    assert!(names.len() < 30 && more, "one page, and that there is more");
    let one = world.store.organisation_to_join(ash.organisation).await.unwrap();
    assert_eq!((one.name.as_str(), one.ods_code.as_deref(), one.confirmed), ("Ash organisation", Some("X26"), false));
}

/// The mail about owners who are away, as it leaves.
async fn claimed(world: &World, to: &EmailAddress) -> MailJob {
    loop {
        let mail = world.store.claim_mail(world.now(), Duration::MINUTE).await.unwrap().unwrap();
        if mail.notice == Notice::OwnersAway && mail.to_address == to.as_str() {
            return mail;
        }
    }
}

async fn owners_who_stay_away_are_shown_to_staff_and_told_of_once_a_week(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    for partner in [&ash, &birch] {
        world
            .submitted(partner, "sandpit", draft("Ash", if partner.service == ash.service { KEY_A } else { KEY_B }))
            .await;
    }
    world.publish_all().await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let away_after = world.store.owners_away_after();
    assert_eq!(backlog(&world, &admin).await.owners_away.count, 0);
    world.store.remind_of_owners(world.now()).await.unwrap();
    assert_eq!(has(&world, &admin, "owners_away").await, 0, "there are none");
    world.wait(away_after);
    world.sign_in(birch.owner.account, Proof::PasswordOnly).await.unwrap();
    let admin = world.sign_in(admin.account, Proof::Totp { step: 2_000 }).await.unwrap();
    let away = backlog(&world, &admin).await.owners_away;
    assert_eq!(away.count, 1, "Birch's owner is back");
    assert!(away.since.is_some_and(|since| since < world.now() - away_after));
    let viewer = person(&world, &admin).await;
    let since = Some(world.now() - away_after);
    for search in ["", "ash"] {
        let filter =
            OrganisationFilter { owners_away_since: since, search: search.into(), ..OrganisationFilter::default() };
        let listed = world.store.organisations(&viewer, &filter, None).await.unwrap().rows;
        assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), [ash.organisation], "{search}");
    }
    let told = async || {
        world.store.remind_of_owners(world.now()).await.unwrap();
        has(&world, &admin, "owners_away").await
    };
    assert_eq!((told().await, told().await), (1, 1), "once a week");
    let viewer = EmailAddress::parse("admin@nhs.example").unwrap();
    let mail = claimed(&world, &viewer).await;
    let digest = mail.digest.unwrap();
    assert_eq!((digest.owners_away, digest.without_owner, digest.joining), (1, 0, 0));
    world.wait(Duration::WEEK - Duration::HOUR);
    assert_eq!(told().await, 1);
    world.wait(Duration::HOUR);
    assert_eq!(told().await, 2);
    world.sign_in(ash.owner.account, Proof::PasswordOnly).await.unwrap();
    let admin = world.sign_in(admin.account, Proof::Totp { step: 4_000 }).await.unwrap();
    assert_eq!(backlog(&world, &admin).await.owners_away.count, 0);
}

/// Threat 16: strangers mail an owner, and never so much that what counts comes late.
async fn those_who_ask_put_no_other_mail_off(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    for n in 0..8 {
        let asker = world.person(&format!("p{n}")).await;
        act(&world, &asker, &ash, ask()).await.unwrap();
    }
    assert_eq!(has(&world, &ash.owner, "join_asked").await, 5);
    world.sql("DELETE FROM mail_pace WHERE pace_key LIKE 'account %'").await.unwrap();
    let of_owner = format!("SELECT COUNT(*) FROM mail_pace WHERE pace_key = 'account {}'", ash.owner.account);
    world.wait(Duration::HOUR);
    let asker = world.person("later").await;
    act(&world, &asker, &ash, ask()).await.unwrap();
    assert_eq!(has(&world, &ash.owner, "join_asked").await, 6, "one more an hour");
    assert_eq!(world.count(&of_owner).await, 0, "they take nothing of what other mails have");
}

/// Whoever asked and is staff by now is told to the team as the person that they were.
async fn whoever_asked_is_told_as_they_were(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let hana = world.person("Hana").await;
    act(&world, &hana, &ash, ask()).await.unwrap();
    let email = EmailAddress::parse("hana@partner.example").unwrap();
    let grant = AccountCommand::Grant { email, role: StaffRole::Admin };
    world.account(&Who::Operator, hana.account, grant).await.unwrap();
    let viewer = person(&world, &ash.owner).await;
    let filter = HistoryFilter { event_type: Some("join_requested".into()), ..HistoryFilter::default() };
    let rows = world.store.history(&viewer, &filter, None).await.unwrap().rows;
    let [entry] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!(author(entry), "Hana");
}

/// Before an admin has confirmed it, anybody may call an organisation anything: no mail carries that to whoever is not in it.
async fn a_mail_to_whoever_asked_names_what_is_confirmed_alone(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let named = async |name: &str| {
        let asker = world.person(name).await;
        act(&world, &asker, &ash, ask()).await.unwrap();
        let asked = world.asked(ash.organisation, asker.account).await;
        act(&world, &ash.owner, &ash, Command::DeclineToJoin { asked }).await.unwrap();
        loop {
            let mail = world.store.claim_mail(world.now(), Duration::MINUTE).await.unwrap().unwrap();
            if mail.account == asker.account && matches!(mail.notice, Notice::JoinDeclined(_)) {
                return mail.organisation_name;
            }
        }
    };
    assert_eq!(named("Hana").await, None);
    world.reauthenticate(&admin).await;
    world.organisation(&admin.who, ash.organisation, Command::Confirm).await.unwrap();
    assert_eq!(named("Ivo").await.as_deref(), Some("Ash organisation"));
}

/// Or an admin would lock the owners for a week, unlock them, and answer in their place.
async fn whoever_is_unlocked_has_as_long_to_answer(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let hana = world.person("Hana").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    act(&world, &hana, &ash, ask()).await.unwrap();
    world.reauthenticate(&admin).await;
    world.account(&admin.who, ash.owner.account, AccountCommand::Disable).await.unwrap();
    world.wait(OWNERS_ANSWER_WITHIN);
    let admin = world.sign_in(admin.account, Proof::Totp { step: 2_000 }).await.unwrap();
    world.reauthenticate(&admin).await;
    world.account(&admin.who, ash.owner.account, AccountCommand::Enable).await.unwrap();
    let asked = world.asked(ash.organisation, hana.account).await;
    let decide = || Command::DecideJoin { asked, role: Some(TeamRole::Owner), reason: "Nobody answers.".into() };
    assert_eq!(refusal(act(&world, &admin, &ash, decide()).await), Refusal::OwnersAnswer);
    assert_eq!(backlog(&world, &admin).await.joining.count, 0);
    world.wait(OWNERS_ANSWER_WITHIN);
    let admin = world.sign_in(admin.account, Proof::Totp { step: 3_000 }).await.unwrap();
    world.reauthenticate(&admin).await;
    assert_eq!(backlog(&world, &admin).await.joining.count, 1);
    act(&world, &admin, &ash, decide()).await.unwrap();
}
