//! Tokens of an organisation: a program acts by one as a person, with at most what both may do, judged at each use.

use crate::common::*;
use domain::{
    account::{Command as AccountCommand, Proof},
    actor::{StaffRole, TeamRole, TokenScope},
    draft::DraftChange,
    notice::{AboutOrganisation, Notice},
    organisation::Command,
    refusal::Refusal,
    registration::Command as Of,
};
use std::sync::Arc;
use store::{
    StoreError, Who,
    read::{HistoryFilter, Said},
};
use time::Duration;

on_both!(
    a_token_works_while_its_person_may,
    a_token_does_what_its_scope_and_environments_allow,
    what_a_program_did_names_its_token,
    owners_hear_of_each_token,
    the_last_use_is_known_by_the_day,
);

const HASH: &str = "hash-of-a-secret";

fn program() -> Who {
    Who::Token { token_hash: HASH.into() }
}

async fn works(world: &World) -> bool {
    world.store.by_token(HASH, world.now()).await.unwrap().is_some()
}

async fn rows(world: &World) -> i64 {
    world.count("SELECT COUNT(*) FROM api_tokens").await
}

async fn a_token_works_while_its_person_may(world: Arc<World>) {
    let (ash, admin) = (world.partner("Ash").await, world.staff("admin", StaffRole::Admin).await);
    let act = async |user: &User, command| {
        world.reauthenticate(user).await;
        world.organisation(&user.who, ash.organisation, command).await.unwrap();
    };
    let id = world.make_token(&ash, &ash.developer, "pipeline", TokenScope::Read, HASH).await;
    let acting = world.store.by_token(HASH, world.now()).await.unwrap().unwrap().person;
    assert_eq!(acting.account, ash.developer.account);
    assert_eq!(acting.memberships, [(ash.organisation, TeamRole::Developer)].into());
    assert!(!acting.second_factor && acting.reauthenticated_at.is_none() && acting.staff.is_none());
    assert!(world.store.by_token("another-hash", world.now()).await.unwrap().is_none());

    // Whoever edits no more, and does again: the token does not come back with them.
    for role in [TeamRole::Viewer, TeamRole::Developer] {
        act(&ash.owner, Command::ChangeRole { account: ash.developer.account, role }).await;
        assert!(!works(&world).await);
    }
    act(&ash.owner, Command::TakeTokenOver { id, secret: domain::account::Secret(format!("{:064x}", 77)) }).await;
    assert!(!works(&world).await, "whoever left knows the secret before");
    let acting = world.store.by_token(&format!("{:064x}", 77), world.now()).await.unwrap().unwrap().person;
    assert_eq!((acting.account, acting.token.unwrap().id), (ash.owner.account, id));
    act(&ash.owner, Command::EndToken { id }).await;
    assert_eq!((works(&world).await, rows(&world).await), (false, 0));

    // A locked account: unlocked, it has no token, and whoever reads of it is told.
    let made = world.make_token(&ash, &ash.developer, "another", TokenScope::Read, HASH).await;
    let reader = world.signed_in(&ash.owner).await.unwrap().person;
    let known = async || world.store.tokens_used(&reader, ash.organisation).await.unwrap().contains_key(&made);
    assert!(works(&world).await && known().await);
    for command in [AccountCommand::Disable, AccountCommand::Enable] {
        world.reauthenticate(&admin).await;
        world.account(&admin.who, ash.developer.account, command).await.unwrap();
        assert!(!works(&world).await && !known().await);
    }
    let owner = world.sign_in(ash.owner.account, Proof::PasswordOnly).await.unwrap();
    world.make_token(&ash, &owner, "pipeline", TokenScope::Read, HASH).await;
    world.wait(Duration::days(30));
    assert!(!works(&world).await, "it has expired");
}

async fn a_token_does_what_its_scope_and_environments_allow(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let id = world.start(&ash.developer, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    let live = world.start(&ash.developer, &ash, "live", draft("Ash", KEY_A)).await.unwrap();
    let other = world.start(&birch.developer, &birch, "sandpit", draft("Birch", KEY_B)).await.unwrap();
    world.make_token(&ash, &ash.developer, "pipeline", TokenScope::Draft, HASH).await;
    let save = || Of::save(DraftChange::ClientName("By a program".into()));
    world.now_do(&program(), id, save()).await.unwrap();
    assert_eq!(refusal(world.now_do(&program(), live, save()).await), Refusal::TokenEnvironment);
    let hidden = world.now_do(&program(), other, save()).await;
    assert!(matches!(hidden, Err(StoreError::Refused(Refusal::NotFound) | StoreError::NotFound)), "{hidden:?}");
    let submit = Of::Submit { client_id: world.client_id() };
    assert_eq!(refusal(world.now_do(&program(), id, submit).await), Refusal::TokenScope(TokenScope::Submit));
    let retire = Of::Retire { reason: String::new() };
    assert_eq!(refusal(world.now_do(&program(), id, retire).await), Refusal::PersonNeeded);
    let leave = world.organisation(&program(), ash.organisation, Command::Leave).await;
    assert_eq!(refusal(leave), Refusal::PersonNeeded);
    let rename = AccountCommand::Rename { name: "Nobody".into() };
    assert_eq!(refusal(world.account(&program(), ash.developer.account, rename).await), Refusal::PersonNeeded);
    let no_token = Who::Token { token_hash: "another-hash".into() };
    assert_eq!(refusal(world.now_do(&no_token, id, save()).await), Refusal::NotSignedIn);
}

async fn what_a_program_did_names_its_token(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let id = world.start(&ash.developer, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    world.make_token(&ash, &ash.developer, "pipeline", TokenScope::Draft, HASH).await;
    let save = |name: &str| Of::save(DraftChange::ClientName(name.into()));
    world.now_do(&program(), id, save("By a program")).await.unwrap();
    world.now_do(&ash.developer.who, id, save("By a person")).await.unwrap();
    let viewer = world.signed_in(&ash.owner).await.unwrap().person;
    let filter = HistoryFilter { event_type: Some("saved".into()), registration: Some(id), ..HistoryFilter::default() };
    let entries = world.store.history(&viewer, &filter, None).await.unwrap().rows;
    let told: Vec<_> = entries.iter().map(|entry| (entry.actor.account(), entry.then.token.clone())).collect();
    let developer = Some(ash.developer.account);
    assert_eq!(told[..2], [(developer, None), (developer, Some(Said::Text("pipeline".into())))]);
    let entry = world.store.entry(&viewer, entries[1].index).await.unwrap();
    assert!(entry.leaf.contains("\"actor_token\"") && !entry.leaf.contains("pipeline"), "{}", entry.leaf);
    assert!(entry.texts.iter().any(|text| text.pointer == "/actor_token/name"));
}

async fn owners_hear_of_each_token(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    world.make_token(&ash, &ash.developer, "pipeline", TokenScope::Read, HASH).await;
    let notice = Notice::TokenMade(AboutOrganisation { organisation: ash.organisation });
    let told =
        format!("SELECT account_id FROM mail_outbox WHERE notice = '{}'", serde_json::to_string(&notice).unwrap());
    let mut hear = world.texts(&told).await;
    hear.sort();
    let mut both = [&ash.owner, &ash.developer].map(|user| user.account.to_string());
    both.sort();
    assert_eq!(hear, both, "the owner, and whoever it acts as: it may have been somebody else at their screen");
}

async fn the_last_use_is_known_by_the_day(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let id = world.make_token(&ash, &ash.developer, "pipeline", TokenScope::Read, HASH).await;
    let viewer = world.signed_in(&ash.owner).await.unwrap().person;
    let used = async || world.store.tokens_used(&viewer, ash.organisation).await.unwrap().get(&id).copied().flatten();
    assert_eq!(used().await, None);
    assert!(works(&world).await);
    let first = used().await.unwrap();
    assert_eq!((first.date(), first.time()), (world.now().date(), time::Time::MIDNIGHT));
    let written = world.store.writes_done();
    assert!(works(&world).await);
    assert_eq!(world.store.writes_done(), written, "the same day is not written again");
    world.wait(Duration::days(1));
    assert!(works(&world).await);
    assert_eq!(used().await, Some(first + Duration::days(1)));
}
