//! The review page for each kind of reader in each state: a permission never stands beside its denial, and a form is
//! offered exactly where the rules would accept it.

use super::subject::Subject;
use crate::reading::permissions::Permissions;
use crate::samples;
use domain::{
    actor::{Actor, Person, StaffRole},
    authority::Voters,
    id::ClientId,
    refusal::Refusal,
    registration::{Command, Registration},
};
use std::collections::BTreeMap;

/// Each form by its address, with what the rules say of it.
fn forms(allowed: &Permissions) -> Vec<(&'static str, &Result<(), Refusal>)> {
    vec![
        ("approve", &allowed.approve),
        ("request-changes", &allowed.request_changes),
        ("reject", &allowed.reject),
        ("suspend", &allowed.suspend),
        ("reinstate", &allowed.reinstate),
        ("confirm-reinstatement", &allowed.confirm_reinstatement),
        ("drop-reinstatement", &allowed.drop_reinstatement),
        ("republish", &allowed.republish),
        ("retire", &allowed.retire),
    ]
}

fn readers() -> Vec<(&'static str, Person)> {
    let organisation = samples::organisation().id;
    let admin = samples::admin_number;
    vec![
        ("an admin", admin(2)),
        ("whoever approved first", admin(5)),
        ("whoever approved second", admin(6)),
        ("an admin who submitted", admin(1)),
        ("an admin who once belonged to the team", Person { ever_belonged: [organisation].into(), ..admin(7) }),
        ("an admin without second factor", Person { second_factor: false, ..admin(8) }),
        ("an auditor", Person { staff: Some(StaffRole::Auditor), ..admin(9) }),
    ]
}

fn states() -> Vec<(&'static str, Registration, Voters)> {
    let fresh = |number: u8| {
        let now = samples::subject().now;
        Actor::Person(Person { reauthenticated_at: Some(now), ..samples::admin_number(number) })
    };
    let (all, locked) = (samples::voters(), samples::voters_but_locked());
    let submitted = samples::subject().registration;
    let revision = &submitted.revisions[0];
    let approve = Command::Approve {
        number: 1,
        digest: revision.digest.clone(),
        metadata_digest: revision.metadata_digest.clone(),
        comment: String::new(),
        client_id: ClientId::from_random([8; 16]),
    };
    let confirm = Command::ConfirmPublished { generation: 1, metadata_digest: revision.metadata_digest.clone() };
    let step = |state: &Registration, actor: &Actor, command: &Command| samples::after(state, actor, command, &all);
    let once = step(&submitted, &fresh(5), &approve);
    let pending = step(&once, &fresh(6), &approve);
    let published = step(&pending, &Actor::System, &confirm);
    let suspended = step(&published, &fresh(2), &Command::Suspend { reason: "A complaint.".into() });
    let proposed = step(&suspended, &fresh(5), &Command::Reinstate { reason: "Settled.".into() });
    let retired = step(&published, &fresh(2), &Command::Retire { reason: "Closed.".into() });
    let rejected = step(&submitted, &fresh(2), &Command::Reject { number: 1, reason: "No.".into() });
    let changes = Command::RequestChanges { number: 1, comment: "Mend it.".into(), sections: BTreeMap::new() };
    vec![
        ("submitted", submitted.clone(), all.clone()),
        ("approved once", once.clone(), all.clone()),
        ("approved once, by somebody who is locked", once, locked.clone()),
        ("on its way", pending.clone(), all.clone()),
        ("withheld", pending, locked.clone()),
        ("published", published.clone(), all.clone()),
        ("published, an approver locked", published, locked.clone()),
        ("suspended", suspended, all.clone()),
        ("to be reinstated", proposed.clone(), all.clone()),
        ("to be reinstated by somebody who is locked", proposed, locked),
        ("retired", retired, all.clone()),
        ("rejected", rejected, all.clone()),
        ("sent back", step(&submitted, &fresh(2), &changes), all),
    ]
}

/// The verbs of “You can … it.”; empty where no such sentence is there.
fn said_to_be_allowed(html: &str) -> Vec<&'static str> {
    let said: String = html.split("You can ").skip(1).filter_map(|rest| rest.split('.').next()).collect();
    ["approve", "request changes", "reject"].into_iter().filter(|verb| said.contains(verb)).collect()
}

fn judge(state: &str, reader: &str, subject: &Subject, html: &str) {
    let allowed = &subject.permissions;
    for (form, asked) in forms(allowed) {
        let offered = html.contains(&format!("/{form}\""));
        assert_eq!(offered, asked.is_ok(), "{form} for {reader}, {state}: {asked:?}");
    }
    let expected: Vec<&str> = match subject.is_open() {
        false => Vec::new(),
        true => forms(allowed)
            .into_iter()
            .zip(["approve", "request changes", "reject"])
            .filter(|((_, asked), _)| asked.is_ok())
            .map(|(_, verb)| verb)
            .collect(),
    };
    assert_eq!(said_to_be_allowed(html), expected, "{reader}, {state}");
    for (denial, asked) in [
        ("you cannot approve", &allowed.approve),
        ("you cannot decide", &allowed.approve),
        ("Another admin must approve it too", &allowed.approve),
        ("Only an NHS login admin who", &allowed.approve),
        ("Another admin must confirm it", &allowed.confirm_reinstatement),
    ] {
        assert!(!html.contains(denial) || asked.is_err(), "“{denial}” to {reader}, {state}");
    }
}

#[test]
fn a_permission_never_stands_beside_its_denial() {
    let mut offered = 0;
    for (state, registration, voters) in states() {
        for (reader, person) in readers() {
            let subject = samples::read_by(&registration, &person, &voters);
            let html = samples::html(|| super::review::page_of(&subject).body);
            judge(state, reader, &subject, &html);
            offered += forms(&subject.permissions).iter().filter(|(_, asked)| asked.is_ok()).count();
        }
    }
    assert!(offered > 60, "hardly anything was offered: {offered}");
}

#[test]
fn whose_approval_no_longer_counts_is_said_with_why_and_who_goes_on() {
    let page = |wanted: &str| {
        let (_, registration, voters) = states().into_iter().find(|(state, ..)| *state == wanted).unwrap();
        let subject = samples::read_by(&registration, &samples::admin_number(2), &voters);
        samples::html(|| super::review::page_of(&subject).body)
    };
    let lapsed = "The approval of Zoe Zimmer (NHS login admin) no longer counts: the account is locked. Another admin can replace it.";
    for state in ["approved once, by somebody who is locked", "withheld"] {
        assert!(page(state).contains(lapsed), "{state}: {}", page(state));
    }
    assert!(page("withheld").contains("not published: too few approvals count now"));
    for state in ["approved once", "on its way", "published, an approver locked"] {
        assert!(!page(state).contains("no longer counts"), "{state}: what is live stays as it is");
    }
}
