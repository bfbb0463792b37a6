//! What ends a session, and what works only once (threats 7, 11).

use crate::common::*;
use domain::{
    account::{Account, Command, Proof, Secret},
    actor::{StaffRole, TeamRole},
    email::EmailAddress,
    id::AccountId,
    organisation::Command as OrganisationCommand,
    refusal::Refusal,
};
use std::sync::Arc;
use store::{ABSOLUTE_LIMIT, IDLE_LIMIT, LinkPurpose, StoreError, Who};
use time::Duration;

on_both!(
    signing_out_ends_the_session,
    a_new_password_ends_the_others,
    a_reset_ends_all_and_the_link_works_once,
    a_sign_in_that_is_half_way_ends_with_the_sessions,
    a_new_password_uses_up_reset_links,
    removing_the_second_factor_ends_the_others,
    disabling_ends_all,
    a_role_change_ends_all,
    a_proposal_is_confirmed_as_it_was_shown,
    a_proposal_lapses_with_the_role_of_its_proposer,
    the_operator_opens_a_lost_account,
    the_latest_sign_up_counts_until_the_address_is_verified,
    a_first_password_comes_with_a_name,
    leaving_the_team_is_felt_at_once,
    sessions_run_out,
    a_code_works_once,
    a_recovery_code_works_once,
    a_second_factor_confirms_the_session_that_set_it,
    secrets_stay_out_of_state_and_history,
);

async fn signing_out_ends_the_session(world: Arc<World>) {
    let ada = world.person("ada").await;
    let other = world.sign_in(ada.account, Proof::PasswordOnly).await.unwrap();
    let out = Command::SignOut { session: Secret(ada.token.clone()) };
    world.account(&ada.who, ada.account, out.clone()).await.unwrap();
    assert_eq!(world.signed_in(&ada).await, None);
    assert!(world.signed_in(&other).await.is_some());
    assert_eq!(refusal(world.account(&ada.who, ada.account, out).await), Refusal::NotSignedIn);
    world.account(&other.who, ada.account, Command::SignOutEverywhere).await.unwrap();
    assert_eq!(world.signed_in(&other).await, None);
}

async fn a_new_password_ends_the_others(world: Arc<World>) {
    let ada = world.person("ada").await;
    let stolen = world.sign_in(ada.account, Proof::PasswordOnly).await.unwrap();
    let change = Command::ChangePassword { password: Secret("new-phc".into()), keep: Secret(ada.token.clone()) };
    world.account(&ada.who, ada.account, change).await.unwrap();
    assert!(world.signed_in(&ada).await.is_some());
    assert_eq!(world.signed_in(&stolen).await, None);
    let credentials = world.store.credentials(ada.account).await.unwrap().unwrap();
    assert_eq!(credentials.password_phc.as_deref(), Some("new-phc"));
}

async fn a_reset_ends_all_and_the_link_works_once(world: Arc<World>) {
    let ada = world.person("ada").await;
    let eve = world.person("eve").await;
    world.account(&Who::Visitor, ada.account, Command::AskReset).await.unwrap();
    let expires = world.now() + Duration::minutes(30);
    for link in ["first", "second"] {
        world.store.store_link(link, ada.account, LinkPurpose::Reset, expires).await.unwrap();
    }
    let reset = |link: &str| Command::ResetPassword {
        link: Secret(link.into()),
        password: Secret("new-phc".into()),
        name: None,
    };
    assert_eq!(refusal(world.account(&Who::Visitor, eve.account, reset("first")).await), Refusal::LinkGone);
    let verify = Command::Verify { link: Secret("first".into()), shown: world.fingerprint(ada.account).await };
    assert_eq!(refusal(world.account(&Who::Visitor, ada.account, verify).await), Refusal::LinkGone);
    assert_eq!(
        world.store.link("first", world.now()).await.unwrap(),
        Some((ada.account, LinkPurpose::Reset)),
        "looking does not use it up"
    );
    let both = tokio::join!(
        world.account(&Who::Visitor, ada.account, reset("first")),
        world.account(&Who::Visitor, ada.account, reset("first"))
    );
    let (won, lost) = if both.0.is_ok() { both } else { (both.1, both.0) };
    won.unwrap();
    assert_eq!(refusal(lost), Refusal::LinkGone);
    assert_eq!(refusal(world.account(&Who::Visitor, ada.account, reset("second")).await), Refusal::LinkGone);
    assert_eq!(world.store.link("first", world.now()).await.unwrap(), None);
    assert_eq!(world.signed_in(&ada).await, None);
    assert!(world.signed_in(&eve).await.is_some());

    world.store.store_link("late", ada.account, LinkPurpose::Reset, world.now()).await.unwrap();
    assert_eq!(refusal(world.account(&Who::Visitor, ada.account, reset("late")).await), Refusal::LinkGone);
}

/// Between the right password and the session, anything may happen: the code takes minutes, a commit takes long enough.
async fn a_sign_in_that_is_half_way_ends_with_the_sessions(world: Arc<World>) {
    let ada = world.person("ada").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let keep = Secret(ada.token.clone());
    let phc = |text: &str| Secret(text.to_owned());
    world.store.store_link("link", ada.account, LinkPurpose::Reset, world.now() + Duration::hours(1)).await.unwrap();
    let reset = Command::ResetPassword { link: Secret("link".into()), password: phc("reset"), name: None };
    let changed = Command::ChangePassword { password: phc("changed"), keep: keep.clone() };
    for (who, command) in [
        (&Who::Visitor, reset),
        (&ada.who, changed),
        (&ada.who, Command::SignOutEverywhere),
        (&admin.who, Command::Disable),
    ] {
        let shown = world.fingerprint(ada.account).await;
        let words = format!("{command:?}");
        let again = world.sign_in(ada.account, Proof::PasswordOnly).await.unwrap();
        let who = if *who == ada.who { again.who } else { who.clone() };
        world.account(&who, ada.account, command).await.unwrap();
        if words == "Disable" {
            world.account(&admin.who, ada.account, Command::Enable).await.unwrap();
        }
        let late = world.sign_in_with(ada.account, Proof::PasswordOnly, shown).await;
        assert_eq!(refusal(late), Refusal::CredentialsChanged, "{words}");
    }
    world.sign_in(ada.account, Proof::PasswordOnly).await.unwrap();
}

async fn a_new_password_uses_up_reset_links(world: Arc<World>) {
    let ada = world.person("ada").await;
    world.store.store_link("open", ada.account, LinkPurpose::Reset, world.now() + Duration::hours(1)).await.unwrap();
    let change = Command::ChangePassword { password: Secret("mine".into()), keep: Secret(ada.token.clone()) };
    world.account(&ada.who, ada.account, change).await.unwrap();
    assert_eq!(world.store.link("open", world.now()).await.unwrap(), None);
    let reset = Command::ResetPassword { link: Secret("open".into()), password: Secret("thief's".into()), name: None };
    assert_eq!(refusal(world.account(&Who::Visitor, ada.account, reset).await), Refusal::LinkGone);
}

async fn removing_the_second_factor_ends_the_others(world: Arc<World>) {
    let ada = world.person("ada").await;
    world.add_second_factor(&ada).await;
    let other = world.sign_in(ada.account, Proof::Totp { step: 1000 }).await.unwrap();
    let remove = Command::RemoveSecondFactor { keep: Secret(ada.token.clone()) };
    world.account(&ada.who, ada.account, remove).await.unwrap();
    assert_eq!(world.signed_in(&other).await, None);
    assert!(world.signed_in(&ada).await.is_some());
}

async fn a_proposal_is_confirmed_as_it_was_shown(world: Arc<World>) {
    let (one, two) = (world.staff("one", StaffRole::Admin).await, world.staff("two", StaffRole::Admin).await);
    let target = world.person("ada").await.account;
    let propose = |role| Command::ProposeRole { role: Some(role) };
    let shown = world.account(&one.who, target, propose(StaffRole::Auditor)).await.unwrap().state.proposed_role;
    let shown = shown.unwrap();
    let exchanged = world.account(&one.who, target, propose(StaffRole::Admin)).await;
    assert_eq!(refusal(exchanged), Refusal::ProposalOpen);
    // Dropped and proposed anew: whoever read the first has not read the second.
    world.account(&one.who, target, Command::DropRole).await.unwrap();
    world.account(&one.who, target, propose(StaffRole::Admin)).await.unwrap();
    let confirm = |role, proposed_at| Command::ConfirmRole { role: Some(role), proposed_at };
    for role in [StaffRole::Auditor, StaffRole::Admin] {
        let late = world.account(&two.who, target, confirm(role, shown.stamp.at)).await;
        assert_eq!(refusal(late), Refusal::ProposalChanged);
    }
    let now = world.store.load::<Account>(target).await.unwrap().0.proposed_role.unwrap().stamp.at;
    let other = world.account(&two.who, target, confirm(StaffRole::Auditor, now)).await;
    assert_eq!(refusal(other), Refusal::ProposalChanged);
    // Whoever proposed it has to be an admin still.
    let three = world.staff("three", StaffRole::Admin).await;
    world.account(&three.who, one.account, Command::Disable).await.unwrap();
    let lapsed = world.account(&two.who, target, confirm(StaffRole::Admin, now)).await;
    assert_eq!(refusal(lapsed), Refusal::ProposalLapsed);
    world.account(&three.who, one.account, Command::Enable).await.unwrap();
    world.account(&two.who, target, confirm(StaffRole::Admin, now)).await.unwrap();
    assert_eq!(world.store.load::<Account>(target).await.unwrap().0.staff, Some(StaffRole::Admin));
}

/// Whoever proposed a role and is no admin any more counts for nothing, though their account is open.
async fn a_proposal_lapses_with_the_role_of_its_proposer(world: Arc<World>) {
    let (one, two) = (world.staff("one", StaffRole::Admin).await, world.staff("two", StaffRole::Admin).await);
    let change = async |account: AccountId, role: Option<StaffRole>, proposer: &User, confirmer: &User| {
        world.reauthenticate(proposer).await;
        let proposed = world.account(&proposer.who, account, Command::ProposeRole { role }).await.unwrap();
        let proposed_at = proposed.state.proposed_role.unwrap().stamp.at;
        world.reauthenticate(confirmer).await;
        let confirm = Command::ConfirmRole { role, proposed_at };
        world.account(&confirmer.who, account, confirm).await.unwrap();
    };
    for (name, left) in [("three", None), ("four", Some(StaffRole::Auditor))] {
        let proposer = world.staff(name, StaffRole::Admin).await;
        let target = world.person(&format!("friend-of-{name}")).await.account;
        let role = Some(StaffRole::Admin);
        let proposed = world.account(&proposer.who, target, Command::ProposeRole { role }).await.unwrap();
        let proposed_at = proposed.state.proposed_role.unwrap().stamp.at;
        change(proposer.account, left, &one, &two).await;
        let lapsed = world.account(&two.who, target, Command::ConfirmRole { role, proposed_at }).await;
        assert_eq!(refusal(lapsed), Refusal::ProposalLapsed, "{left:?}");
        assert_eq!(world.store.load::<Account>(target).await.unwrap().0.staff, None);
    }
}

async fn the_operator_opens_a_lost_account(world: Arc<World>) {
    let (admin, other) = (world.staff("admin", StaffRole::Admin).await, world.staff("other", StaffRole::Admin).await);
    assert_eq!(refusal(world.account(&other.who, admin.account, Command::Recover).await), Refusal::NotAllowed);
    assert_eq!(refusal(world.account(&admin.who, admin.account, Command::Disable).await), Refusal::OwnAccount);
    let shown = world.fingerprint(admin.account).await;
    world.account(&other.who, admin.account, Command::Disable).await.unwrap();
    let done = world.account(&Who::Operator, admin.account, Command::Recover).await.unwrap();
    assert_eq!((done.state.disabled, done.state.second_factor), (None, None));
    assert_eq!(done.state.staff, Some(StaffRole::Admin));
    let row = world.store.credentials(admin.account).await.unwrap().unwrap();
    assert_eq!((row.password_phc, row.totp_sealed), (None, None), "a password that others know lets nobody in");
    assert_eq!(world.signed_in(&admin).await, None);
    let late = world.sign_in_with(admin.account, Proof::PasswordOnly, shown).await;
    assert_eq!(refusal(late), Refusal::CredentialsChanged);
}

async fn the_latest_sign_up_counts_until_the_address_is_verified(world: Arc<World>) {
    let thief = world.sign_up("ada@partner.example", "thief").await.unwrap();
    let stolen = world.fingerprint(thief).await;
    let again = |name: &str, email: &str| Command::SignUp {
        email: EmailAddress::parse(email).unwrap(),
        name: name.into(),
        password: Secret(format!("phc of {name}")),
    };
    let done = world.account(&Who::Visitor, thief, again("Ada", "ADA@partner.example")).await.unwrap();
    assert_eq!(done.state.name, "Ada");
    assert_eq!(done.state.email.unwrap().as_str(), "ada@partner.example", "mail goes where it went before");
    let row = world.store.credentials(thief).await.unwrap().unwrap();
    assert_eq!(row.password_phc.as_deref(), Some("phc of Ada"));
    assert_eq!(world.count("SELECT COUNT(*) FROM mail_outbox WHERE notice LIKE '%verify_address%'").await, 2);

    // Either mail works, but only with the password that is chosen now.
    let expires = world.now() + Duration::hours(1);
    world.store.store_link("first", thief, LinkPurpose::Verify, expires).await.unwrap();
    let verify = |shown| Command::Verify { link: Secret("first".into()), shown };
    assert_eq!(refusal(world.account(&Who::Visitor, thief, verify(stolen)).await), Refusal::CredentialsChanged);
    let row = world.fingerprint(thief).await;
    world.account(&Who::Visitor, thief, verify(row)).await.unwrap();

    // From now on a sign-up changes nothing.
    let done = world.account(&Who::Visitor, thief, again("Eve", "ada@partner.example")).await.unwrap();
    assert_eq!(done.state.name, "Ada");
    let row = world.store.credentials(thief).await.unwrap().unwrap();
    assert_eq!(row.password_phc.as_deref(), Some("phc of Ada"));
    let other = world.account(&Who::Visitor, thief, again("Eve", "eve@partner.example")).await;
    assert_eq!(refusal(other), Refusal::AccountExists);
}

async fn a_first_password_comes_with_a_name(world: Arc<World>) {
    let email = EmailAddress::parse("new@nhs.example").unwrap();
    let (millis, random) = world.fresh();
    let id = AccountId::from_parts(millis, random);
    let grant = Command::Grant { email: email.clone(), role: StaffRole::Auditor };
    world.account(&Who::Operator, id, grant).await.unwrap();
    // Nobody who is not invited gives an invited person a name or a password.
    let sign_up = Command::SignUp { email, name: "Eve".into(), password: Secret("phc of Eve".into()) };
    let done = world.account(&Who::Visitor, id, sign_up).await.unwrap();
    assert_eq!(done.state.name, "");
    assert_eq!(world.store.credentials(id).await.unwrap().unwrap().password_phc, None);
    for (link, name) in [("first", "Ada Adams"), ("second", "Somebody else")] {
        world.store.store_link(link, id, LinkPurpose::Reset, world.now() + Duration::hours(1)).await.unwrap();
        let reset = Command::ResetPassword {
            link: Secret(link.into()),
            password: Secret("phc".into()),
            name: Some(name.into()),
        };
        let done = world.account(&Who::Visitor, id, reset).await.unwrap();
        assert_eq!(done.state.name, "Ada Adams", "once the address is verified, a link gives no name");
    }
    let user = world.sign_in(id, Proof::PasswordOnly).await.unwrap();
    world.account(&user.who, id, Command::Rename { name: "Ada Baker".into() }).await.unwrap();
    assert_eq!(world.signed_in(&user).await.unwrap().name, "Ada Baker");
    let other = world.person("eve").await;
    let rename = world.account(&other.who, id, Command::Rename { name: "Eve".into() }).await;
    assert_eq!(refusal(rename), Refusal::NotAllowed);
}

async fn disabling_ends_all(world: Arc<World>) {
    let ada = world.person("ada").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    world.account(&admin.who, ada.account, Command::Disable).await.unwrap();
    assert_eq!(world.signed_in(&ada).await, None);
    assert_eq!(world.count(&format!("SELECT COUNT(*) FROM sessions WHERE account_id = '{}'", ada.account)).await, 0);
    assert_eq!(refusal(world.sign_in(ada.account, Proof::PasswordOnly).await), Refusal::AccountDisabled);
    assert!(world.store.credentials(ada.account).await.unwrap().unwrap().account.disabled.is_some());
    // A session that was left behind, or put back, opens nothing either.
    let at = world.now().unix_timestamp() * 1000;
    let put_back = format!(
        "INSERT INTO sessions (token_hash, account_id, created_at, seen_at, second_factor)
         VALUES ('{}', '{}', {at}, {at}, FALSE)",
        ada.token, ada.account
    );
    world.sql(&put_back).await.unwrap();
    assert_eq!(world.signed_in(&ada).await, None);
    let rename = world.account(&ada.who, ada.account, Command::Rename { name: "Eve".into() }).await;
    assert_eq!(refusal(rename), Refusal::NotSignedIn);
    world.sql(&format!("DELETE FROM sessions WHERE token_hash = '{}'", ada.token)).await.unwrap();
    world.account(&admin.who, ada.account, Command::Enable).await.unwrap();
    assert_eq!(world.signed_in(&ada).await, None, "the old session stays ended");
}

async fn a_role_change_ends_all(world: Arc<World>) {
    let admins = [
        world.staff("one", StaffRole::Admin).await,
        world.staff("two", StaffRole::Admin).await,
        world.staff("three", StaffRole::Admin).await,
    ];
    let target = admins[2].account;
    let propose = Command::ProposeRole { role: None };
    let proposed = world.account(&admins[0].who, target, propose).await.unwrap().state.proposed_role.unwrap();
    let confirm = || Command::ConfirmRole { role: None, proposed_at: proposed.stamp.at };
    assert_eq!(refusal(world.account(&admins[0].who, target, confirm()).await), Refusal::TwoPeopleNeeded);
    assert!(world.signed_in(&admins[2]).await.is_some());
    world.account(&admins[1].who, target, confirm()).await.unwrap();
    assert_eq!(world.signed_in(&admins[2]).await, None);
    let user = world.sign_in(target, Proof::Totp { step: 2000 }).await.unwrap();
    assert_eq!(world.signed_in(&user).await.unwrap().person.staff, None);
    let email = EmailAddress::parse("three@nhs.example").unwrap();
    let grant = Command::Grant { email, role: StaffRole::Auditor };
    world.account(&Who::Operator, target, grant).await.unwrap();
    assert_eq!(world.signed_in(&user).await, None);
}

async fn leaving_the_team_is_felt_at_once(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let person = world.signed_in(&partner.developer).await.unwrap().person;
    assert_eq!(person.memberships.get(&partner.organisation), Some(&TeamRole::Developer));
    let leave = OrganisationCommand::RemoveMember { account: partner.developer.account };
    world.reauthenticate(&partner.owner).await;
    world.organisation(&partner.owner.who, partner.organisation, leave).await.unwrap();
    let person = world.signed_in(&partner.developer).await.unwrap().person;
    assert!(person.memberships.is_empty());
    assert!(person.ever_belonged.contains(&partner.organisation));
    assert_eq!(world.store.organisation(&person, partner.organisation).await.unwrap_err(), StoreError::NotFound);
    let started = world.start(&partner.developer, &partner, "sandpit", draft("Ash", KEY_A)).await;
    assert_eq!(started.unwrap_err(), StoreError::NotFound);
}

async fn sessions_run_out(world: Arc<World>) {
    let ada = world.person("ada").await;
    let begun = world.signed_in(&ada).await.unwrap().created_at;
    let at = async |after: Duration| world.store.session(&ada.token, begun + after).await.unwrap();
    assert!(at(IDLE_LIMIT - Duration::seconds(1)).await.is_some());
    // That use was noted, so the idle limit counts from there.
    assert!(at(IDLE_LIMIT + Duration::minutes(5)).await.is_some());
    assert_eq!(at(IDLE_LIMIT * 3).await, None);
    let mut used = IDLE_LIMIT + Duration::minutes(5);
    while used < ABSOLUTE_LIMIT - Duration::minutes(20) {
        used += Duration::minutes(20);
        assert!(at(used).await.is_some(), "{used}");
    }
    assert_eq!(at(ABSOLUTE_LIMIT).await, None);
    // For a while the token still says whose it was, and opens nothing.
    let ended = async |after: Duration| world.store.ended_session(&ada.token, begun + after).await.unwrap();
    assert_eq!(ended(ABSOLUTE_LIMIT - Duration::minutes(20)).await, None, "it is open");
    world.store.purge(begun + ABSOLUTE_LIMIT).await.unwrap();
    assert_eq!(ended(ABSOLUTE_LIMIT).await, Some(ada.account));
    assert!(world.store.purge(begun + ABSOLUTE_LIMIT * 2).await.unwrap() >= 1);
    assert_eq!(ended(ABSOLUTE_LIMIT * 2).await, None);
    assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 0);
}

async fn a_code_works_once(world: Arc<World>) {
    let ada = world.person("ada").await;
    world.add_second_factor(&ada).await;
    assert_eq!(refusal(world.sign_in(ada.account, Proof::PasswordOnly).await), Refusal::SecondFactorRequired);
    let confirming = world.sign_in(ada.account, Proof::Totp { step: 999 }).await;
    assert_eq!(refusal(confirming), Refusal::CodeWrong, "the code that confirmed it");
    let both = tokio::join!(
        world.sign_in(ada.account, Proof::Totp { step: 1000 }),
        world.sign_in(ada.account, Proof::Totp { step: 1000 })
    );
    let (won, lost) = if both.0.is_ok() { both } else { (both.1, both.0) };
    let user = won.unwrap();
    assert_eq!(refusal(lost), Refusal::CodeWrong);
    assert_eq!(refusal(world.sign_in(ada.account, Proof::Totp { step: 999 }).await), Refusal::CodeWrong);
    assert!(world.signed_in(&user).await.unwrap().person.second_factor);
}

async fn a_recovery_code_works_once(world: Arc<World>) {
    let ada = world.person("ada").await;
    world.add_second_factor(&ada).await;
    let code = |number: u8| Proof::RecoveryCode { hash: Secret(format!("code-{number}-{}", ada.account)) };
    let both = tokio::join!(world.sign_in(ada.account, code(1)), world.sign_in(ada.account, code(1)));
    let (won, lost) = if both.0.is_ok() { both } else { (both.1, both.0) };
    let user = won.unwrap();
    assert_eq!(refusal(lost), Refusal::CodeWrong);
    world.signed_in(&user).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM recovery_codes WHERE used_at IS NULL").await, 1);
    let eve = world.person("eve").await;
    world.add_second_factor(&eve).await;
    assert_eq!(refusal(world.sign_in(eve.account, code(2)).await), Refusal::CodeWrong, "not hers");
}

async fn a_second_factor_confirms_the_session_that_set_it(world: Arc<World>) {
    let ada = world.person("ada").await;
    let other = world.sign_in(ada.account, Proof::PasswordOnly).await.unwrap();
    assert!(!world.signed_in(&ada).await.unwrap().person.second_factor);
    world.add_second_factor(&ada).await;
    let session = world.signed_in(&ada).await.unwrap();
    assert!(session.person.second_factor && session.has_second_factor);
    assert_eq!(world.signed_in(&other).await, None);
    assert_eq!(session.person.reauthenticated_at, None);
    world.reauthenticate(&ada).await;
    assert!(world.signed_in(&ada).await.unwrap().person.reauthenticated_at.is_some());
}

async fn secrets_stay_out_of_state_and_history(world: Arc<World>) {
    let ada = world.person("ada").await;
    world.add_second_factor(&ada).await;
    let texts = [
        world.texts("SELECT state FROM accounts").await,
        world.texts("SELECT text FROM history_texts").await,
        world.texts("SELECT notice FROM mail_outbox").await,
    ]
    .concat();
    for secret in ["$argon2id$", "sealed", "code-1", ada.token.as_str()] {
        assert!(!texts.iter().any(|text| text.contains(secret)), "{secret}");
    }
    let leaves: Vec<Vec<u8>> =
        world.rows("SELECT leaf FROM history").await.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    let leaves = leaves.iter().map(|leaf| String::from_utf8(leaf.clone()).unwrap()).collect::<String>();
    for personal in ["$argon2id$", "sealed", "ada@partner.example", "\"ada\""] {
        assert!(!leaves.contains(personal), "{personal}");
    }
}
