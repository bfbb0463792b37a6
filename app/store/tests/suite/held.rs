//! What waits for another admin beside the revisions under review: proposals to reinstate, and clients that are withheld
//! because somebody behind them counts no more.

use crate::{
    authority::{Loss, Office},
    common::*,
    mails::outbox_at,
};
use domain::{
    actor::StaffRole,
    authority::Lapse,
    registration::{Command, Registration},
};
use std::sync::Arc;
use store::read::{Held, QueueFilter, WhyHeld};
use time::{Duration, OffsetDateTime};

on_both!(what_takes_another_admin_is_told_and_listed);

/// What one admin proposed, and what lapsed, waits for another one: told in the next digest, and listed.
async fn what_takes_another_admin_is_told_and_listed(world: Arc<World>) {
    let office = Office::new(&world).await;
    let (one, two) = (world.staff("one", StaffRole::Admin).await, world.staff("two", StaffRole::Admin).await);
    let three = world.staff("three", StaffRole::Admin).await;
    let id = office.submitted("Ash1").await;
    world.approve(&one, id).await.unwrap();
    world.approve(&two, id).await.unwrap();
    world.publish_all().await;
    world.now_do(&two.who, id, Command::Suspend { reason: "A complaint.".into() }).await.unwrap();
    world.publish_all().await;
    let later = |hours: i64| world.now() + Duration::hours(hours);
    let digest = async |at: OffsetDateTime| -> Option<(u64, u64)> {
        let mails = outbox_at(&world, at).await;
        mails.iter().find_map(|mail| mail.digest.as_ref().map(|digest| (digest.proposed, digest.withheld)))
    };
    digest(later(1)).await;
    let viewer = world.signed_in(&two).await.unwrap().person;
    let held = async |which| {
        let found = world.store.held(&viewer, which, &QueueFilter::default(), world.now(), None).await.unwrap();
        found.rows.into_iter().map(|row| (row.registration, row.why, row.lapsed)).collect::<Vec<_>>()
    };
    assert_eq!((held(Held::Proposed).await, held(Held::Withheld).await), (vec![], vec![]));

    world.reauthenticate(&one).await;
    world.now_do(&one.who, id, Command::Reinstate { reason: "Settled.".into() }).await.unwrap();
    assert_eq!(digest(later(3)).await, Some((1, 0)), "told in the next digest");
    let proposed = |stands| WhyHeld::Proposed { by: "one".into(), reason: "Settled.".into(), stands };
    assert_eq!(held(Held::Proposed).await, [(id, proposed(true), vec![])]);
    let counts = async || {
        let backlog = world.store.backlog(&viewer, world.now()).await.unwrap();
        (backlog.proposed.count, backlog.withheld.count)
    };
    assert_eq!(counts().await, (1, 0));

    // Another client, approved by one who is locked before the provider has it.
    let other = office.submitted("Ash2").await;
    world.approve(&one, other).await.unwrap();
    world.approve(&two, other).await.unwrap();
    digest(later(5)).await;
    assert_eq!(held(Held::Withheld).await, [], "both approvals count");
    office.lose(&one, "one", Loss::Locked).await;
    assert_eq!(digest(later(7)).await, Some((1, 1)), "that it lapsed is told");
    let lapsed = || vec![("one".to_owned(), Lapse::Locked)];
    assert_eq!(held(Held::Proposed).await, [(id, proposed(false), lapsed())]);
    assert_eq!(held(Held::Withheld).await, [(other, WhyHeld::Approved(1), lapsed())]);
    let elsewhere = QueueFilter { environment: Some("sandpit".into()), ..QueueFilter::default() };
    for which in [Held::Proposed, Held::Withheld] {
        assert_eq!(world.store.held(&viewer, which, &elsewhere, world.now(), None).await.unwrap().rows, []);
        let owner = world.signed_in(&office.partner.owner).await.unwrap().person;
        let asked = world.store.held(&owner, which, &QueueFilter::default(), world.now(), None).await;
        assert!(asked.is_err(), "for staff alone");
    }

    // A reinstatement that lapsed before the provider had it on again.
    for admin in [&two, &three] {
        world.reauthenticate(admin).await;
    }
    world.now_do(&three.who, id, Command::Reinstate { reason: "Settled.".into() }).await.unwrap();
    let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
    let proposed_at = registration.suspension().unwrap().proposal.as_ref().unwrap().stamp.at;
    world.now_do(&two.who, id, Command::ConfirmReinstatement { proposed_at }).await.unwrap();
    office.lose(&three, "three", Loss::FactorLost).await;
    let reinstated = (id, WhyHeld::Reinstated, vec![("three".to_owned(), Lapse::NoSecondFactor)]);
    assert!(held(Held::Withheld).await.contains(&reinstated), "{:?}", held(Held::Withheld).await);
    assert_eq!(counts().await, (0, 2));
    let before = world.store.statements_read();
    assert_eq!(held(Held::Withheld).await.len(), 2);
    assert_eq!(world.store.statements_read() - before, 3, "however many there are");

    // Another approval, and nothing waits of it.
    let four = world.staff("four", StaffRole::Admin).await;
    let (registration, version) = world.store.load::<Registration>(other).await.unwrap();
    let revision = registration.approved().unwrap();
    let approve = Command::Approve {
        number: revision.number,
        digest: revision.digest.clone(),
        metadata_digest: revision.metadata_digest.clone(),
        comment: String::new(),
        client_id: world.client_id(),
    };
    world.command(&four, other, version, approve).await.unwrap();
    assert_eq!(held(Held::Withheld).await, [reinstated]);
}
