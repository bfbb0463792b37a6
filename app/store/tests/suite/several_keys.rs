//! Keys that leaked, keys that are old, and keys that somebody brought who left: what is known of them beside the states.

use crate::{common::*, happenings, mails::outbox_at};
use domain::{
    actor::{Person, StaffRole},
    draft::{Draft, DraftChange, DraftKey},
    id::{ClientId, RegistrationId},
    key::PublicKey,
    notice::{About, Notice},
    organisation::Command as OfOrganisation,
    policy::{EnvironmentPolicy, EvidenceItem},
    registration::{Command, Registration},
};
use std::sync::Arc;
use store::read::OrganisationFilter;
use time::Duration;

on_both!(
    a_leaked_key_is_refused_to_others_only_where_it_was_known_to_be_theirs,
    whoever_uses_a_leaked_key_elsewhere_is_told,
    a_key_that_leaked_in_one_registration_is_withheld_in_another,
    a_revision_of_keys_alone_is_withheld_where_more_differs,
    a_team_is_reminded_of_an_old_key,
    a_team_is_told_before_its_evidence_ends,
    staff_see_whose_keys_somebody_brought_who_left,
);

fn report(pem: &str) -> Command {
    let key = Box::new(PublicKey::parse(pem, &[2048]).unwrap());
    Command::ReportLeak { key, client_id: ClientId::from_random([7; 16]) }
}

async fn leak(world: &World, user: &User, id: RegistrationId, pem: &str) {
    world.reauthenticate(user).await;
    world.now_do(&user.who, id, report(pem)).await.unwrap();
}

async fn rule(world: &World, user: &User, id: RegistrationId) -> Option<&'static str> {
    match world.submit(user, id).await {
        Ok(_) => None,
        Err(refused) => Some(refusal::<()>(Err(refused)).problems()[0].rule.name()),
    }
}

/// Whoever has a stranger's public key could otherwise have it refused.
async fn a_leaked_key_is_refused_to_others_only_where_it_was_known_to_be_theirs(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    world.submitted(&ash, "sandpit", draft("Ash", KEY_A)).await;
    world.add_second_factor(&birch.owner).await;
    let of_birch = world.submitted(&birch, "integration", draft("Birch", KEY_A)).await;
    leak(&world, &birch.owner, of_birch, KEY_A).await;
    let more = Partner { service: world.service(&ash.owner, ash.organisation, "More").await, ..ash.clone() };
    let again = world.start(&ash.owner, &more, "sandpit", draft("More", KEY_A)).await.unwrap();
    assert_eq!(rule(&world, &ash.owner, again).await, None, "nobody knew that it was Birch's");
    let own = Partner { service: world.service(&birch.owner, birch.organisation, "Own").await, ..birch.clone() };
    let own = world.start(&birch.owner, &own, "sandpit", draft("Own", KEY_A)).await.unwrap();
    assert_eq!(rule(&world, &birch.owner, own).await, Some("key-leaked"));

    // Whoever only has it in a draft, as anybody could have a public key that was not submitted yet, keeps nobody from it.
    let cedar = world.partner("Cedar").await;
    world.add_second_factor(&cedar.owner).await;
    let drafted = world.start(&cedar.owner, &cedar, "sandpit", draft("Cedar", KEY_B)).await.unwrap();
    leak(&world, &cedar.owner, drafted, KEY_B).await;

    // Nobody else has submitted this one: it is refused to everybody.
    let other = Partner { service: world.service(&birch.owner, birch.organisation, "Other").await, ..birch.clone() };
    let other = world.submitted(&other, "sandpit", draft("Other", KEY_B)).await;
    leak(&world, &birch.owner, other, KEY_B).await;
    let of_ash = Partner { service: world.service(&ash.owner, ash.organisation, "Else").await, ..ash.clone() };
    let of_ash = world.start(&ash.owner, &of_ash, "sandpit", draft("Else", KEY_B)).await.unwrap();
    assert_eq!(rule(&world, &ash.owner, of_ash).await, Some("key-leaked"));
    assert!(world.sql("DELETE FROM leaked_keys").await.is_err(), "for good");
}

/// Its team and the admins are told of every other registration that people sign in to with it.
async fn whoever_uses_a_leaked_key_elsewhere_is_told(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let admin = world.staff("admin", StaffRole::Admin).await;
    world.add_second_factor(&ash.owner).await;
    let first = world.submitted(&ash, "sandpit", draft("Ash", KEY_A)).await;
    let more = Partner { service: world.service(&ash.owner, ash.organisation, "More").await, ..ash.clone() };
    let second = world.submitted(&more, "sandpit", draft("More", KEY_A)).await;
    let of_birch = world.submitted(&birch, "sandpit", draft("Birch", KEY_B)).await;
    world.publish_all().await;
    outbox_at(&world, world.now()).await;
    leak(&world, &ash.owner, first, KEY_A).await;
    let mails = outbox_at(&world, world.now()).await;
    let to = |notice: Notice| {
        let mut to: Vec<&str> =
            mails.iter().filter(|mail| mail.notice == notice).map(|mail| mail.to_address.as_str()).collect();
        to.sort_unstable();
        to
    };
    let team = ["Ash-developer@partner.example", "Ash-owner@partner.example"];
    assert_eq!(to(Notice::KeyLeaked(About { registration: first })), team);
    assert_eq!(to(Notice::KeyLeakedElsewhere(About { registration: second })), team);
    let admins = ["admin@nhs.example"];
    assert_eq!(to(Notice::ClientKeyLeaked(About { registration: first })), admins);
    assert_eq!(to(Notice::ClientKeyLeakedElsewhere(About { registration: second })), admins);
    assert_eq!(to(Notice::KeyLeakedElsewhere(About { registration: of_birch })), [""; 0]);
    let (state, _) = world.store.load::<Registration>(second).await.unwrap();
    assert!(world.store.leaked_keys(&state).await.unwrap().len() == 1 && state.suspension().is_none());
    drop(admin);
}

async fn a_key_that_leaked_in_one_registration_is_withheld_in_another(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    world.add_second_factor(&ash.owner).await;
    let first = world.submitted(&ash, "sandpit", draft("Ash", KEY_A)).await;
    world.publish_all().await;
    let more = Partner { service: world.service(&ash.owner, ash.organisation, "More").await, ..ash.clone() };
    let second = world.submitted(&more, "sandpit", draft("More", KEY_A)).await;
    leak(&world, &ash.owner, first, KEY_A).await;
    let withheld =
        [world.withheld(world.now(), Duration::MINUTE).await, world.withheld(world.now(), Duration::MINUTE).await];
    assert!(withheld.iter().flatten().any(|reason| reason.contains("leaked")), "{withheld:?}");
    let (state, _) = world.store.load::<Registration>(second).await.unwrap();
    assert_eq!(state.published, None);
}

/// Whoever writes the database could call anything a change of keys.
async fn a_revision_of_keys_alone_is_withheld_where_more_differs(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let id = happenings::rotated(&world, &ash).await;
    let sound = world.withheld(world.now(), Duration::ZERO).await;
    assert_eq!(sound, None, "as it was approved");
    for tampering in [
        "UPDATE revisions SET metadata = replace(metadata, 'Ash client', 'Elm client') WHERE number = 1",
        "DELETE FROM revisions WHERE number = 1",
    ] {
        world.untie(&["revisions"]).await;
        world.sql(tampering).await.unwrap();
        let withheld = world.withheld(world.now() + Duration::MINUTE, Duration::ZERO).await;
        assert!(withheld.is_some_and(|reason| reason.contains("only keys changed")), "{tampering}: {withheld:?}");
    }
    let (state, _) = world.store.load::<Registration>(id).await.unwrap();
    assert!(state.is_publication_due());
}

async fn a_team_is_reminded_of_an_old_key(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let id = world.submitted(&ash, "sandpit", draft("Ash", KEY_A)).await;
    world.publish_all().await;
    outbox_at(&world, world.now()).await;
    let told = async || {
        while world.store.remind_of_keys(world.now()).await.unwrap() > 0 {}
        let mails = outbox_at(&world, world.now()).await;
        let old = Notice::KeyOld(About { registration: id });
        mails.into_iter().filter(|mail| mail.notice == old).map(|mail| mail.to_address).collect::<Vec<_>>()
    };
    world.wait(Duration::days(364));
    assert_eq!(told().await, [""; 0]);
    world.wait(Duration::days(1));
    let mut to = told().await;
    to.sort();
    assert_eq!(to, ["Ash-developer@partner.example", "Ash-owner@partner.example"], "not the viewer");
    world.wait(Duration::days(89));
    assert_eq!(told().await, [""; 0]);
    world.wait(Duration::days(1));
    assert_eq!(told().await.len(), 2);
    // Not of what is in use no more.
    let owner = world.sign_in(ash.owner.account, domain::account::Proof::PasswordOnly).await.unwrap();
    world.reauthenticate(&owner).await;
    world.now_do(&owner.who, id, Command::Retire { reason: String::new() }).await.unwrap();
    world.wait(Duration::days(90));
    assert_eq!(told().await, [""; 0]);
}

async fn a_team_is_told_before_its_evidence_ends(world: Arc<World>) {
    let ends = world.now().date() + Duration::days(100);
    let dspt = EnvironmentPolicy::nhs_login().remove(1).evidence.into_iter().filter(|item| item.id == "dspt");
    let dspt: Vec<EvidenceItem> = dspt.collect();
    let mut policies = (*environments()).clone();
    policies.iter_mut().for_each(|policy| policy.evidence.clone_from(&dspt));
    let world = world.asking(policies).await;
    let ash = world.partner("Ash").await;
    let answers = [("status".to_owned(), "standards_met".to_owned()), ("expiry".to_owned(), ends.to_string())];
    let evidence = [("dspt".to_owned(), answers.into())].into();
    let id = world.start(&ash.owner, &ash, "sandpit", Draft { evidence, ..draft("Ash", KEY_A) }).await.unwrap();
    world.submit(&ash.owner, id).await.unwrap();
    world.publish_all().await;
    outbox_at(&world, world.now()).await;
    let told = async || {
        while world.store.remind_of_evidence(world.now()).await.unwrap() > 0 {}
        let mails = outbox_at(&world, world.now()).await;
        let ending = Notice::EvidenceEnds(About { registration: id });
        let of_it = mails.into_iter().filter(|mail| mail.notice == ending);
        of_it.map(|mail| mail.about.unwrap().evidence_ends).collect::<Vec<_>>()
    };
    let mut days = 0;
    // Days from now: 60, 30 and 7 before the end, the day after it, and then each 30.
    for (day, is_told) in [
        (39, false),
        (40, true),
        (69, false),
        (70, true),
        (92, false),
        (93, true),
        (100, false),
        (101, true),
        (130, false),
        (131, true),
    ] {
        world.wait(Duration::days(day - days));
        days = day;
        assert_eq!(told().await, vec![Some(ends); if is_told { 2 } else { 0 }], "day {day}");
    }
    // What was published before it was noted is noted at the first start.
    world.sql("UPDATE registrations SET evidence_ends = NULL, evidence_remind_at = NULL").await.unwrap();
    assert_eq!(told().await, []);
    world.sql("DELETE FROM marks").await.unwrap();
    world.store.note_earlier_keys().await.unwrap();
    assert_eq!(told().await.len(), 2);
}

async fn viewer(world: &World, admin: &User) -> Person {
    world.signed_in(admin).await.unwrap().person
}

async fn staff_see_whose_keys_somebody_brought_who_left(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let blank = Draft { public_keys: Vec::new(), ..draft("Ash", KEY_A) };
    let id = world.start(&ash.owner, &ash, "sandpit", blank).await.unwrap();
    let key = DraftChange::PublicKeys(vec![DraftKey::of(KEY_A)]);
    world.now_do(&ash.developer.who, id, Command::save(key)).await.unwrap();
    world.submit(&ash.owner, id).await.unwrap();
    world.publish_all().await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let count = async || {
        let viewer = viewer(&world, &admin).await;
        let filter = OrganisationFilter { keys_left_only: true, ..OrganisationFilter::default() };
        let listed = world.store.organisations(&viewer, &filter, None).await.unwrap().rows.len() as u64;
        let counted = world.store.backlog(&viewer, world.now()).await.unwrap().keys_left.count;
        assert_eq!(listed, counted);
        counted
    };
    assert_eq!(count().await, 0);
    world.reauthenticate(&ash.owner).await;
    let account = ash.developer.account;
    let remove = OfOrganisation::RemoveMember { account };
    world.organisation(&ash.owner.who, ash.organisation, remove).await.unwrap();
    assert_eq!(count().await, 1);
    // The migration notes the same of what was there before.
    world
        .sql("DELETE FROM published_keys; DELETE FROM marks; UPDATE organisations SET keys_left = FALSE")
        .await
        .unwrap();
    assert_eq!(world.store.note_earlier_keys().await.unwrap(), 1);
    assert_eq!((count().await, world.store.note_earlier_keys().await.unwrap()), (1, 0));
    // Another key takes its place.
    let other = DraftChange::PublicKeys(vec![DraftKey::of(KEY_B)]);
    world.now_do(&ash.owner.who, id, Command::save(other)).await.unwrap();
    world.submit(&ash.owner, id).await.unwrap();
    assert_eq!(count().await, 1, "it is published still");
    world.publish_all().await;
    assert_eq!(count().await, 0);
}
