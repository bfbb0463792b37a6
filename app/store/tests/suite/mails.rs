//! Who is told what, and the outbox of mail.

use crate::common::*;
use domain::{
    account::{Command as AccountCommand, Secret},
    actor::{StaffRole, TeamRole},
    draft::DraftChange,
    email::EmailAddress,
    id::AccountId,
    notice::{About, AboutOrganisation, Notice, Waiting},
    organisation::Command as OrganisationCommand,
    registration::Command,
};
use std::{collections::BTreeSet, sync::Arc};
use store::{Expected, MailJob, OutboxCounts, Who};
use time::{Duration, OffsetDateTime};

on_both!(
    accounts_are_told,
    a_second_factor_is_told_of_as_what_became_of_it,
    the_journey_is_told,
    what_was_never_on_is_not_called_published,
    a_key_exchanged_before_the_first_approval_is_told,
    staff_choose_a_password_for_an_unverified_address,
    mail_is_claimed_under_a_lease,
    what_never_arrives_is_given_up,
    mail_that_cannot_be_read_holds_up_no_other,
    sent_mail_is_cleared_away,
    what_is_done_is_mailed_when_the_provider_confirmed_it,
    what_waits_is_told_in_one_mail_an_admin_and_hour,
    a_digest_counts_what_waits_for_its_reader,
    too_many_urgent_mails_end_in_the_digest,
    mail_to_one_address_has_a_pace,
    mail_that_anybody_may_cause_has_a_pace_in_all,
);

const LEASE: Duration = Duration::seconds(30);

/// Sends everything that is due.
async fn outbox(world: &World) -> Vec<MailJob> {
    outbox_at(world, world.now()).await
}

/// Sends everything that is due then.
pub(crate) async fn outbox_at(world: &World, now: OffsetDateTime) -> Vec<MailJob> {
    let mut sent = Vec::new();
    while let Some(job) = world.store.claim_mail(now, LEASE).await.unwrap() {
        world.store.mail_sent(job.id, now).await.unwrap();
        sent.push(job);
    }
    sent
}

async fn accounts_are_told(world: Arc<World>) {
    let ada = world.person("ada").await;
    let mails = outbox(&world).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].notice, Notice::VerifyAddress);
    assert_eq!(mails[0].to_address, "ada@partner.example");
    assert_eq!((mails[0].account, &mails[0].about), (ada.account, &None));
    let email = EmailAddress::parse("ada@partner.example").unwrap();
    let again = AccountCommand::SignUp { email, name: "Eve".into(), password: Secret("phc".into()) };
    world.account(&Who::Visitor, ada.account, again).await.unwrap();
    world.account(&Who::Visitor, ada.account, AccountCommand::AskReset).await.unwrap();
    world.add_second_factor(&ada).await;
    let grant =
        AccountCommand::Grant { email: EmailAddress::parse("new@nhs.example").unwrap(), role: StaffRole::Auditor };
    let (millis, random) = world.fresh();
    let id = AccountId::from_parts(millis, random);
    world
        .store
        .execute::<domain::account::Account>(&world.moment(), &Who::Operator, id, Expected::New, grant)
        .await
        .unwrap();
    let notices: Vec<Notice> = outbox(&world).await.into_iter().map(|mail| mail.notice).collect();
    assert_eq!(
        notices,
        [Notice::PasswordReset, Notice::StaffInvitation, Notice::AddressInUse, Notice::SecondFactorSet],
        "what somebody waits for comes first"
    );
}

fn to(mails: &[MailJob], notice: Notice) -> BTreeSet<String> {
    mails.iter().filter(|mail| mail.notice == notice).map(|mail| mail.to_address.clone()).collect()
}

fn addresses(of: &[&str]) -> BTreeSet<String> {
    of.iter().map(|address| (*address).to_owned()).collect()
}

async fn a_second_factor_is_told_of_as_what_became_of_it(world: Arc<World>) {
    let ada = world.person("ada").await;
    outbox(&world).await;
    world.add_second_factor(&ada).await;
    world.add_second_factor(&ada).await;
    let remove = AccountCommand::RemoveSecondFactor { keep: Secret(ada.token.clone()) };
    world.account(&ada.who, ada.account, remove).await.unwrap();
    let told: Vec<Notice> = outbox(&world).await.into_iter().map(|mail| mail.notice).collect();
    assert_eq!(told, [Notice::SecondFactorSet, Notice::SecondFactorChanged, Notice::SecondFactorRemoved]);
}

async fn the_journey_is_told(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let viewer = world.person("Ash-viewer").await;
    let join = OrganisationCommand::AddMember { account: viewer.account, role: TeamRole::Viewer };
    world.organisation(&Who::Operator, partner.organisation, join).await.unwrap();
    let (one, two) = (world.staff("one", StaffRole::Admin).await, world.staff("two", StaffRole::Admin).await);
    let three = world.staff("three", StaffRole::Admin).await;
    world.staff("auditor", StaffRole::Auditor).await;
    world.account(&one.who, three.account, AccountCommand::Disable).await.unwrap();
    outbox(&world).await;

    let id = world.submitted(&partner, "live", draft("Ash", KEY_A)).await;
    let about = About { registration: id };
    let admins = addresses(&["one@nhs.example", "two@nhs.example"]);
    let owner = addresses(&["Ash-owner@partner.example"]);
    let writers = addresses(&["Ash-owner@partner.example", "Ash-developer@partner.example"]);
    let mails = outbox(&world).await;
    assert_eq!(to(&mails, Notice::Waiting(Waiting::default())), admins);
    assert_eq!(mails.len(), 2, "a first key is no change of key, and a disabled admin gets nothing");
    let digest = mails[0].digest.as_ref().unwrap();
    assert_eq!((digest.revisions.as_slice(), digest.more), ([("Live".to_owned(), 1)].as_slice(), false));

    let request = Command::RequestChanges {
        number: 1,
        comment: "Nearly.".into(),
        sections: [(domain::draft::Section::PublicKey, "Use a new key.".to_owned())].into(),
    };
    world.now_do(&one.who, id, request).await.unwrap();
    let mails = outbox(&world).await;
    assert_eq!(to(&mails, Notice::ChangesRequested(about)), writers);
    let words = mails[0].about.as_ref().unwrap();
    assert_eq!(words.organisation_name, "Ash organisation");
    assert_eq!(words.service_name, "Ash service");
    assert_eq!((words.environment_title.as_str(), words.revision), ("Live", 1));

    world.submit(&partner.developer, id).await.unwrap();
    world.approve(&one, id).await.unwrap();
    let mails = outbox(&world).await;
    assert_eq!(to(&mails, Notice::FirstApproval(about)), writers);
    world.approve(&two, id).await.unwrap();
    world.publish_all().await;
    let mails = outbox(&world).await;
    assert_eq!((to(&mails, Notice::Published(about)), mails.len()), (writers.clone(), 2));
    let organisation = AboutOrganisation { organisation: partner.organisation };
    let later = outbox_at(&world, world.now() + Duration::HOUR).await;
    let gathered = Waiting { organisations: 1, urgent: 0 };
    assert_eq!(to(&later, Notice::Waiting(gathered)), admins, "nobody has confirmed it yet");
    let told = mails.iter().find_map(|mail| mail.about.clone()).unwrap();
    assert_eq!((told.issuer.as_str(), told.waits), ("https://auth.login.nhs.uk", false));
    assert!(told.client_id.is_some());
    let viewer = world.signed_in(&one).await.unwrap().person;
    assert_eq!(world.store.backlog(&viewer, world.now()).await.unwrap().unconfirmed.count, 1);
    let second = world.service(&partner.owner, partner.organisation, "Second").await;
    let second = Partner { service: second, ..partner.clone() };
    let other = world.submitted(&second, "sandpit", draft("Second", KEY_A)).await;
    world.publish_all().await;
    let mails = outbox(&world).await;
    let published = Notice::Published(About { registration: other });
    assert_eq!((to(&mails, published), mails.len()), (writers.clone(), 2), "admins hear of it once");
    world.organisation(&one.who, partner.organisation, OrganisationCommand::Confirm).await.unwrap();
    let mails = outbox(&world).await;
    assert_eq!((to(&mails, Notice::OrganisationConfirmed(organisation)), mails.len()), (owner.clone(), 1));
    assert_eq!(mails[0].organisation_name.as_deref(), Some("Ash organisation"));
    assert_eq!(world.store.backlog(&viewer, world.now()).await.unwrap().unconfirmed.count, 0);

    // Suspending is read back as well, but it is not another revision.
    world.now_do(&one.who, id, Command::Suspend { reason: "A complaint.".into() }).await.unwrap();
    world.publish_all().await;
    let mails = outbox(&world).await;
    assert_eq!(
        (to(&mails, Notice::Suspended(about)), to(&mails, Notice::ClientSuspended(about))),
        (writers.clone(), admins.clone())
    );
    assert_eq!((to(&mails, Notice::SuspensionConfirmed(about)), mails.len()), (writers.clone(), 6));
    let reinstate = Command::Reinstate { reason: "Settled.".into() };
    let proposed = world.now_do(&one.who, id, reinstate).await.unwrap().state;
    assert!(outbox(&world).await.is_empty(), "a proposal switches nothing");
    let proposed_at = proposed.suspension().unwrap().proposal.as_ref().unwrap().stamp.at;
    world.reauthenticate(&two).await;
    world.now_do(&two.who, id, Command::ConfirmReinstatement { proposed_at }).await.unwrap();
    world.publish_all().await;
    let mails = outbox(&world).await;
    assert_eq!((to(&mails, Notice::Reinstated(about)), mails.len()), (writers.clone(), 2));

    let key = Command::save(DraftChange::one_key(KEY_B));
    world.now_do(&partner.developer.who, id, key).await.unwrap();
    world.submit(&partner.developer, id).await.unwrap();
    let mails = outbox(&world).await;
    assert_eq!(
        (to(&mails, Notice::KeyChanged(about)), mails.len()),
        (owner, 1),
        "admins read of it in their next digest"
    );
    assert!(mails[0].about.as_ref().unwrap().waits);
    let reject = Command::Reject { number: 3, reason: "Not this key.".into() };
    world.now_do(&two.who, id, reject).await.unwrap();
    let mails = outbox(&world).await;
    assert_eq!(to(&mails, Notice::Rejected(about)), writers);

    world.now_do(&one.who, id, Command::Republish).await.unwrap();
    let job = world.claim(world.now(), "test", LEASE).await.unwrap();
    for _ in 0..2 {
        let report = Command::ReportFailure { generation: job.generation, message: "403 Forbidden".into() };
        world.now_do(&Who::System, id, report).await.unwrap();
    }
    let mails = outbox(&world).await;
    assert_eq!((to(&mails, Notice::PublicationFailed(about)), mails.len()), (admins, 2), "once for a generation");
}

async fn mail_is_claimed_under_a_lease(world: Arc<World>) {
    world.sign_up("ada@partner.example", "Ada").await.unwrap();
    let now = world.now();
    let first = world.store.claim_mail(now, LEASE).await.unwrap().unwrap();
    assert_eq!(world.store.claim_mail(now + LEASE / 2, LEASE).await.unwrap(), None);
    assert_eq!(world.store.claim_mail(now + LEASE, LEASE).await.unwrap().unwrap().id, first.id);
    world.store.mail_sent(first.id, now).await.unwrap();
    assert_eq!(world.store.claim_mail(now + LEASE * 9, LEASE).await.unwrap(), None);
}

async fn what_never_arrives_is_given_up(world: Arc<World>) {
    world.sign_up("ada@partner.example", "Ada").await.unwrap();
    let now = world.now();
    let job = world.store.claim_mail(now, LEASE).await.unwrap().unwrap();
    world.store.mail_failed(job.id, now + LEASE * 4, false, "421 closing").await.unwrap();
    assert_eq!(world.store.claim_mail(now + LEASE * 3, LEASE).await.unwrap(), None);
    let again = world.store.claim_mail(now + LEASE * 4, LEASE).await.unwrap().unwrap();
    assert_eq!((again.id, again.attempts), (job.id, 1));
    world.store.mail_failed(job.id, now, true, "550 5.1.1 nobody").await.unwrap();
    assert_eq!(world.store.claim_mail(now + LEASE * 99, LEASE).await.unwrap(), None);
    assert_eq!(world.texts("SELECT last_error FROM mail_outbox").await, ["550 5.1.1 nobody"]);
    let counts = OutboxCounts { mails_waiting: 0, mails_given_up: 1, publications_failed: 0 };
    assert_eq!(world.store.outbox_counts().await.unwrap(), counts);
}

async fn mail_that_cannot_be_read_holds_up_no_other(world: Arc<World>) {
    world.sign_up("ada@partner.example", "Ada").await.unwrap();
    let bob = world.sign_up("bob@partner.example", "Bob").await.unwrap();
    let now = world.now();
    world.sql("UPDATE mail_outbox SET notice = 'x' WHERE id = 1").await.unwrap();
    assert_eq!(world.store.claim_mail(now, LEASE).await.unwrap().unwrap().account, bob);
    assert_eq!(world.store.claim_mail(now, LEASE).await.unwrap(), None);
    assert_eq!(world.count("SELECT attempts FROM mail_outbox WHERE id = 1").await, 1);
}

async fn sent_mail_is_cleared_away(world: Arc<World>) {
    world.sign_up("ada@partner.example", "Ada").await.unwrap();
    world.sign_up("bob@partner.example", "Bob").await.unwrap();
    let now = world.now();
    let job = world.store.claim_mail(now, LEASE).await.unwrap().unwrap();
    world.store.mail_sent(job.id, now).await.unwrap();
    assert_eq!(world.store.purge(now + Duration::days(29)).await.unwrap(), 0);
    assert_eq!(world.store.purge(now + Duration::days(30)).await.unwrap(), 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM mail_outbox").await, 1, "the other one still waits");
}

/// Retired before the provider had it, and suspended before the provider had the second revision.
async fn what_was_never_on_is_not_called_published(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let retired = world.submitted(&partner, "sandpit", draft("Ash", KEY_A)).await;
    world.reauthenticate(&partner.owner).await;
    world.now_do(&partner.owner.who, retired, Command::Retire { reason: String::new() }).await.unwrap();
    outbox(&world).await;
    world.publish_all().await;
    assert_eq!(outbox(&world).await, [], "neither its writers nor the admins");

    let id = world.submitted(&partner, "integration", draft("Ash", KEY_A)).await;
    world.approve(&admin, id).await.unwrap();
    world.publish_all().await;
    let name = Command::save(DraftChange::ClientName("Ash two".into()));
    world.now_do(&partner.developer.who, id, name).await.unwrap();
    world.submit(&partner.developer, id).await.unwrap();
    world.approve(&admin, id).await.unwrap();
    world.now_do(&admin.who, id, Command::Suspend { reason: "A complaint.".into() }).await.unwrap();
    outbox(&world).await;
    world.publish_all().await;
    let mails = outbox(&world).await;
    let off = to(&mails, Notice::SuspensionConfirmed(About { registration: id }));
    assert_eq!((off.len(), mails.len()), (2, 2), "the second revision is there, but suspended");
    world.now_do(&admin.who, id, Command::Reinstate { reason: "Settled.".into() }).await.unwrap();
    outbox(&world).await;
    world.publish_all().await;
    let mails = outbox(&world).await;
    let published = to(&mails, Notice::Published(About { registration: id }));
    assert_eq!((published.len(), mails[0].about.as_ref().unwrap().revision), (2, 2));
}

/// Whoever looked at the first revision has seen its key (threat 4).
async fn a_key_exchanged_before_the_first_approval_is_told(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let id = world.submitted(&partner, "integration", draft("Ash", KEY_A)).await;
    world.now_do(&partner.developer.who, id, Command::Withdraw).await.unwrap();
    let key = Command::save(DraftChange::one_key(KEY_B));
    world.now_do(&partner.developer.who, id, key).await.unwrap();
    outbox(&world).await;
    world.submit(&partner.developer, id).await.unwrap();
    let told = to(&outbox(&world).await, Notice::KeyChanged(About { registration: id }));
    assert_eq!(told, addresses(&["Ash-owner@partner.example"]));
}

/// Somebody else may have signed up with the address: the password that they chose must not open a staff account.
async fn staff_choose_a_password_for_an_unverified_address(world: Arc<World>) {
    let account = world.sign_up("new@nhs.example", "Eve").await.unwrap();
    outbox(&world).await;
    let email = EmailAddress::parse("new@nhs.example").unwrap();
    let grant = AccountCommand::Grant { email, role: StaffRole::Admin };
    world.account(&Who::Operator, account, grant).await.unwrap();
    assert_eq!(world.store.credentials(account).await.unwrap().unwrap().password_phc, None);
    let notices: Vec<Notice> = outbox(&world).await.into_iter().map(|mail| mail.notice).collect();
    assert_eq!(notices, [Notice::StaffInvitation]);
}

/// Only that a client is being suspended is mailed at once; that it is, and every other end, when the provider confirmed it.
async fn what_is_done_is_mailed_when_the_provider_confirmed_it(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = world.submitted(&partner, "sandpit", draft("Ash", KEY_A)).await;
    let about = About { registration: id };
    world.publish_all().await;
    outbox(&world).await;
    let owner = partner.owner.who.clone();
    world.reauthenticate(&partner.owner).await;
    let steps: [(&Who, Command, &[Notice], Notice); 3] = [
        (
            &admin.who,
            Command::Suspend { reason: "A complaint.".into() },
            &[Notice::Suspended(about), Notice::ClientSuspended(about)],
            Notice::SuspensionConfirmed(about),
        ),
        (&admin.who, Command::Reinstate { reason: "Settled.".into() }, &[], Notice::Reinstated(about)),
        (&owner, Command::Retire { reason: String::new() }, &[], Notice::Retired(about)),
    ];
    let kinds = |mails: Vec<MailJob>| -> Vec<Notice> {
        let mut kinds: Vec<Notice> = Vec::new();
        for mail in mails {
            if !kinds.contains(&mail.notice) {
                kinds.push(mail.notice);
            }
        }
        kinds
    };
    for (who, command, at_once, confirmed) in steps {
        world.now_do(who, id, command).await.unwrap();
        let job = world.claim(world.now(), "test", LEASE).await.unwrap();
        world.store.publication_failed(id, job.generation, world.now(), "locked").await.unwrap();
        let mails = outbox(&world).await;
        assert!(mails.iter().all(|mail| mail.about.as_ref().unwrap().standing.step().is_some()));
        assert_eq!(kinds(mails), at_once, "the client store is locked");
        world.publish_all().await;
        let mails = outbox(&world).await;
        assert!(mails.iter().all(|mail| mail.about.as_ref().unwrap().standing.step().is_none()));
        assert_eq!(kinds(mails), [confirmed]);
    }
    // Suspended and reinstated before the provider was told of either: the team was told of the one, and is of the other.
    let second = world.service(&partner.owner, partner.organisation, "Second").await;
    let partner = Partner { service: second, ..partner };
    let id = world.submitted(&partner, "sandpit", draft("Second", KEY_B)).await;
    world.publish_all().await;
    world.now_do(&admin.who, id, Command::Suspend { reason: "A complaint.".into() }).await.unwrap();
    world.now_do(&admin.who, id, Command::Reinstate { reason: "Settled.".into() }).await.unwrap();
    outbox(&world).await;
    world.publish_all().await;
    assert_eq!(kinds(outbox(&world).await), [Notice::Reinstated(About { registration: id })]);
}

async fn what_waits_is_told_in_one_mail_an_admin_and_hour(world: Arc<World>) {
    let one = world.staff("one", StaffRole::Admin).await;
    let mut waiting = Vec::new();
    for name in ["Ash", "Birch", "Cedar", "Elm"] {
        let partner = world.partner(name).await;
        let id = world.submitted(&partner, "integration", restricted(name, KEY_A)).await;
        waiting.push((partner, id));
    }
    let digests = |mails: Vec<MailJob>| -> Vec<(String, Vec<(String, u32)>)> {
        let of = |mail: MailJob| Some((mail.to_address, mail.digest?.revisions));
        mails.into_iter().filter_map(of).collect()
    };
    let first = digests(outbox(&world).await);
    assert_eq!(
        first,
        [("one@nhs.example".to_owned(), vec![("Integration".to_owned(), 4)])],
        "four organisations, one mail"
    );
    let start = world.now();
    let partner = world.partner("Fir").await;
    world.submitted(&partner, "live", draft("Fir", KEY_B)).await;
    assert_eq!(digests(outbox_at(&world, start + Duration::minutes(58)).await), [], "not within the hour");
    let two = world.staff("two", StaffRole::Admin).await;
    let second = digests(outbox_at(&world, start + Duration::HOUR).await);
    let counts = vec![("Integration".to_owned(), 4), ("Live".to_owned(), 1)];
    assert_eq!(second, [("one@nhs.example".to_owned(), counts)]);
    assert_eq!(digests(outbox_at(&world, start + Duration::hours(9)).await), [], "nothing new waits");
    // What was decided on before the mail leaves is in none.
    let third = world.submitted(&world.partner("Hazel").await, "live", draft("Hazel", KEY_B)).await;
    let at = start + Duration::hours(2);
    assert_eq!(
        digests(outbox_at(&world, world.now()).await).len(),
        1,
        "the new admin has not had one yet: {}",
        two.account
    );
    for (id, number) in waiting.iter().map(|(_, id)| *id).chain([third]).zip([1, 1, 1, 1, 1]) {
        world.now_do(&one.who, id, Command::Reject { number, reason: "No.".into() }).await.unwrap();
    }
    let mails = outbox_at(&world, at + Duration::HOUR).await;
    let digest = mails.iter().find_map(|mail| mail.digest.clone()).unwrap();
    assert_eq!(digest.revisions, [("Live".to_owned(), 1)], "counted when it is sent");
}

/// What an admin has voted on waits for somebody else, and nobody is written to before the address was verified.
async fn a_digest_counts_what_waits_for_its_reader(world: Arc<World>) {
    let (one, two) = (world.staff("one", StaffRole::Admin).await, world.staff("two", StaffRole::Admin).await);
    let email = domain::email::EmailAddress::parse("new@nhs.example").unwrap();
    let account = world.sign_up("new@nhs.example", "New").await.unwrap();
    world.account(&Who::Operator, account, AccountCommand::Grant { email, role: StaffRole::Admin }).await.unwrap();
    let id = world.submitted(&world.partner("Ash").await, "live", draft("Ash", KEY_A)).await;
    world.approve(&one, id).await.unwrap();
    world.submitted(&world.partner("Birch").await, "live", draft("Birch", KEY_B)).await;
    let mails = outbox_at(&world, world.now() + Duration::HOUR).await;
    let counted = |admin: &User| {
        let of = mails.iter().find(|mail| mail.account == admin.account && mail.digest.is_some());
        of.and_then(|mail| mail.digest.clone()).unwrap().revisions
    };
    assert_eq!(counted(&one), [("Live".to_owned(), 1)], "one of the two waits for somebody else");
    assert_eq!(counted(&two), [("Live".to_owned(), 2)]);
    let unverified = mails.iter().filter(|mail| mail.account == account && mail.digest.is_some()).count();
    assert_eq!(unverified, 0);
    let viewer = world.signed_in(&one).await.unwrap().person;
    let backlog = world.store.backlog(&viewer, world.now()).await.unwrap();
    assert_eq!((backlog.revisions.count, backlog.approved_by_reader), (2, 1));
    assert!(backlog.revisions.since.is_some());
}

/// An outage in which a thousand publications fail sends no thousand mails to anybody.
async fn too_many_urgent_mails_end_in_the_digest(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = world.submitted(&partner, "sandpit", draft("Ash", KEY_A)).await;
    world.publish_all().await;
    outbox(&world).await;
    let taken = (world.now() + Duration::minutes(58)).unix_timestamp() * 1000;
    world
        .sql(&format!("UPDATE mail_pace SET taken_until = {taken} WHERE pace_key = 'account {}'", admin.account))
        .await
        .unwrap();
    let mut told = Vec::new();
    for _ in 0..4 {
        world.now_do(&admin.who, id, Command::Republish).await.unwrap();
        let job = world.claim(world.now(), "test", LEASE).await.unwrap();
        let report = Command::ReportFailure { generation: job.generation, message: "403 Forbidden".into() };
        world.now_do(&Who::System, id, report).await.unwrap();
        told.extend(
            outbox(&world).await.into_iter().filter(|mail| mail.account == admin.account).map(|mail| mail.notice),
        );
    }
    let failed = told.iter().filter(|notice| matches!(notice, Notice::PublicationFailed(_))).count();
    assert!(failed < 4, "{told:?}");
    let digests = outbox_at(&world, world.now() + Duration::HOUR).await;
    let gathered = told.iter().chain(digests.iter().map(|mail| &mail.notice)).filter_map(|notice| match notice {
        Notice::Waiting(gathered) => Some(gathered.urgent as usize),
        _ => None,
    });
    assert_eq!(gathered.sum::<usize>() + failed, 4, "none is lost");
}

async fn mail_to_one_address_has_a_pace(world: Arc<World>) {
    let account = world.sign_up("ada@partner.example", "Ada").await.unwrap();
    world.verify(account).await;
    for _ in 0..80 {
        world.account(&Who::Visitor, account, AccountCommand::AskReset).await.unwrap();
    }
    let start = world.now();
    let at_once = outbox(&world).await.len();
    assert!((60..=64).contains(&at_once), "{at_once}");
    let rest = outbox_at(&world, start + Duration::hours(2)).await.len();
    assert_eq!(at_once + rest, 81, "the others leave later");
    // Whoever goes on asking for somebody else's links fills neither the outbox nor their inbox.
    let taken = (world.now() + Duration::hours(26)).unix_timestamp() * 1000;
    world.sql(&format!("UPDATE mail_pace SET taken_until = {taken}")).await.unwrap();
    world.account(&Who::Visitor, account, AccountCommand::AskReset).await.unwrap();
    assert_eq!(outbox_at(&world, start + Duration::days(9)).await, [], "one more is not written");
}

/// However many addresses: verification of all of them has one pace.
async fn mail_that_anybody_may_cause_has_a_pace_in_all(world: Arc<World>) {
    let ada = world.person("ada").await;
    outbox(&world).await;
    let taken = (world.now() + Duration::seconds(3630)).unix_timestamp() * 1000;
    world.sql(&format!("UPDATE mail_pace SET taken_until = {taken} WHERE pace_key = 'anyone'")).await.unwrap();
    for name in ["bob", "cy", "di"] {
        world.sign_up(&format!("{name}@partner.example"), name).await.unwrap();
    }
    let now = world.now();
    assert_eq!(outbox_at(&world, now).await, [], "600 left within the hour");
    world.add_second_factor(&ada).await;
    let told: Vec<Notice> = outbox(&world).await.into_iter().map(|mail| mail.notice).collect();
    assert_eq!(told, [Notice::SecondFactorSet], "what concerns somebody who is signed in is not kept back");
    assert_eq!(outbox_at(&world, now + Duration::minutes(1)).await.len(), 3);
}
