//! Tokens: who makes, ends and takes them over, when they stop working, and what they may not do.

use super::*;
use domain::{
    actor::ActingToken,
    organisation::{MOST_TOKENS, TOKEN_LIVES},
    rule::TokenFault,
};

fn make(organisation: &mut Organisation, who: usize, n: u8) {
    run(organisation, who, &make_token(n, "Pipeline ")).unwrap();
}

/// The first problem of a refusal.
fn fault(outcome: Result<Vec<Event>, Refusal>) -> (String, Rule) {
    match outcome {
        Err(Refusal::Problems(problems)) => (problems[0].field.clone(), problems[0].rule.clone()),
        other => panic!("{other:?}"),
    }
}

fn with_draft(change: impl Fn(&mut TokenDraft)) -> Command {
    let Command::MakeToken { id, mut draft, secret } = make_token(7, "Pipeline ") else { unreachable!() };
    change(&mut draft);
    Command::MakeToken { id, draft, secret }
}

#[test]
fn what_is_wrong_with_a_token_is_said_at_its_field() {
    let mut organisation = with(TeamRole::Developer);
    let cases: [(&str, TokenFault, Command); 4] = [
        ("scope", TokenFault::ScopeMissing, with_draft(|draft| draft.scope = None)),
        ("environments", TokenFault::EnvironmentMissing, with_draft(|draft| draft.environments.clear())),
        ("days", TokenFault::LifeMissing, with_draft(|draft| draft.days = None)),
        ("days", TokenFault::LifeMissing, with_draft(|draft| draft.days = Some(366))),
    ];
    for (field, wrong, command) in cases {
        assert_eq!(fault(run(&mut organisation, 2, &command)), (field.to_owned(), Rule::Token(wrong)));
    }
    let nothing = with_draft(|draft| {
        *draft = TokenDraft { name: " ".into(), scope: None, environments: BTreeSet::new(), days: None };
    });
    let all = run(&mut organisation, 2, &nothing).unwrap_err();
    let fields: Vec<&str> = all.problems().iter().map(|problem| &*problem.field).collect();
    assert_eq!(fields, ["name", "scope", "environments", "days"]);
    make(&mut organisation, 2, 7);
    let taken = run(&mut organisation, 1, &with_draft(|draft| draft.name = " Pipeline 7 ".into()));
    assert_eq!(fault(taken), ("name".to_owned(), Rule::Token(TokenFault::NameTaken)));
}

#[test]
fn whoever_edits_makes_tokens_up_to_the_most_and_those_that_expired_make_room() {
    let mut organisation = with(TeamRole::Viewer);
    assert_eq!(run(&mut organisation, 2, &make_token(1, "")), Err(Refusal::NotAllowed));
    for n in 0..u8::try_from(MOST_TOKENS).unwrap() {
        make(&mut organisation, 1, n);
    }
    let many = Rule::Token(TokenFault::TokensMany(MOST_TOKENS));
    assert_eq!(fault(run(&mut organisation, 1, &make_token(99, ""))).1, many);
    let later = NOW + Duration::days(30);
    assert!(organisation.tokens.values().all(|token| token.works(later - Duration::MILLISECOND)));
    assert!(organisation.tokens.values().all(|token| !token.works(later)));
    run_at(&mut organisation, 1, &make_token(99, ""), later).unwrap();
    assert_eq!(organisation.tokens.len(), MOST_TOKENS + 1, "those that expired are shown for a while");
    run_at(&mut organisation, 1, &make_token(98, ""), later + Duration::days(30)).unwrap();
    assert_eq!(organisation.tokens.len(), 2);
    assert!(TOKEN_LIVES.iter().all(|days| *days <= 365));
}

#[test]
fn a_token_ends_with_whoever_made_it_unless_another_one_takes_it_over() {
    let mut organisation = with(TeamRole::Developer);
    make(&mut organisation, 2, 1);
    let (take, end) =
        (Command::TakeTokenOver { id: token(1), secret: Secret("again".into()) }, Command::EndToken { id: token(1) });
    assert_eq!(run(&mut organisation, 1, &take), Err(Refusal::TokenHeld));
    assert_eq!(run(&mut organisation, 2, &take), Ok(Vec::new()));
    let viewer = Command::ChangeRole { account: account(2), role: TeamRole::Viewer };
    let back = Command::ChangeRole { account: account(2), role: TeamRole::Developer };
    run(&mut organisation, 1, &viewer).unwrap();
    assert!(!organisation.tokens[&token(1)].works(NOW));
    run(&mut organisation, 1, &back).unwrap();
    assert!(!organisation.tokens[&token(1)].works(NOW), "it does not come back with them");
    run(&mut organisation, 1, &take).unwrap();
    assert_eq!(organisation.tokens[&token(1)].holder, account(1));
    assert!(organisation.tokens[&token(1)].works(NOW));
    run(&mut organisation, 1, &Command::RemoveMember { account: account(2) }).unwrap();
    assert!(organisation.tokens[&token(1)].works(NOW), "it acts as another one now");
    assert_eq!(run_at(&mut organisation, 1, &take, NOW + Duration::days(30)), Err(Refusal::TokenGone));
    assert_eq!(run(&mut organisation, 1, &end).map(|events| events.len()), Ok(1));
    assert_eq!(run(&mut organisation, 1, &end), Ok(Vec::new()), "it is so already");
    assert_eq!(run(&mut organisation, 1, &take), Err(Refusal::TokenGone));
}

/// Of every command: what a token may never do is refused before anything else, and what it may takes its scope.
#[test]
fn a_token_does_no_more_than_its_scope() {
    let mut organisation = with(TeamRole::Developer);
    make(&mut organisation, 1, 1);
    let Some(Actor::Person(owner)) = everybody(&organisation).into_iter().next() else { unreachable!() };
    let acting = |scope| {
        let (name, environments) = ("Pipeline".to_owned(), BTreeSet::new());
        let token = ActingToken { id: token(1), name, scope, environments };
        Actor::Person(Person { token: Some(Box::new(token)), ..owner.clone() })
    };
    let mut allowed = 0;
    for command in every_command("Birch", 2, TeamRole::Developer) {
        for scope in TokenScope::ALL {
            let actor = acting(scope);
            let decided = organisation.decide(&actor, &command, &facts(&organisation, &actor, &command), NOW);
            match Organisation::token_scope(&command) {
                None => assert_eq!(decided, Err(Refusal::PersonNeeded), "{command:?}"),
                Some(needed) if needed > scope => assert_eq!(decided, Err(Refusal::TokenScope(needed)), "{command:?}"),
                Some(_) => allowed += usize::from(decided.is_ok()),
            }
        }
    }
    assert_eq!(allowed, 2, "a service is added, by both scopes that contain it");
}
