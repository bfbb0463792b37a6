//! Several keys, endorsed rotation, and a key that leaked (domain.md, Public key).

use super::{
    substitution::{A, B, PORTAL, Pair, live, pair, signed, thumbprint},
    *,
};
use domain::{
    possession::{Challenge, Endorsement, PresentedEndorsement, Typed},
    registration::{KeyChange, RotationStep},
    revision::ClientKey,
    standing::Does,
};
use std::sync::LazyLock;

static C: LazyLock<Pair> = LazyLock::new(pair);

fn owner() -> Actor {
    member(1, TeamRole::Owner)
}

fn save(state: &mut Registration, keys: &[&Pair]) -> Result<Vec<Event>, Refusal> {
    let keys = keys.iter().map(|pair| DraftKey::of(pair.public.clone())).collect();
    run(state, &owner(), &Command::save(DraftChange::PublicKeys(keys)), &live())
}

/// The bytes that a revision was frozen to.
fn bytes_of(events: &[Event]) -> Option<String> {
    events.iter().find_map(|event| match event {
        Event::Submitted { bytes, .. } => Some(bytes.0.clone()),
        _ => None,
    })
}

/// A client and what is known of it beside its state.
struct Client {
    state: Registration,
    held: FrozenRevision,
    facts: Facts,
    /// The keys of all that was frozen.
    frozen: Vec<ClientKey>,
}

impl Client {
    /// Of an environment, published with these keys.
    fn with(environment: &str, keys: &[&Pair]) -> Self {
        let keys = keys.iter().map(|pair| DraftKey::of(pair.public.clone())).collect();
        let state = started(environment, Draft { public_keys: keys, ..draft(&["openid"]) });
        let facts = Facts { policy: facts(environment).policy, ..live() };
        let mut client = Self { state, held: frozen(json!({})), facts, frozen: Vec::new() };
        let events = run(&mut client.state, &owner(), &submit(), &client.facts).unwrap();
        client.held = FrozenRevision::read(&bytes_of(&events).unwrap()).unwrap();
        client.facts.frozen = Some(client.held.clone());
        client.frozen.clone_from(&client.held.metadata.keys);
        for approver in [20, 21] {
            if client.state.submitted().is_some() {
                let approval = approval_of(&client.state);
                run(&mut client.state, &admin(approver), &approval, &client.facts).unwrap();
            }
        }
        client.confirm();
        client
    }

    /// The provider has what is wanted.
    fn confirm(&mut self) {
        let wanted = self.state.wanted.clone().unwrap();
        let metadata_digest = self.state.revision(wanted.revision).unwrap().metadata_digest.clone();
        let confirm = Command::ConfirmPublished { generation: wanted.generation, metadata_digest };
        run(&mut self.state, &Actor::System, &confirm, &self.facts).unwrap();
        self.facts.held = Some(self.held.clone());
    }

    fn submit(&mut self, actor: &Actor) -> Result<Vec<Event>, Refusal> {
        let events = run(&mut self.state, actor, &submit(), &self.facts)?;
        let frozen = FrozenRevision::read(&bytes_of(&events).unwrap()).unwrap();
        self.facts.frozen = Some(frozen.clone());
        self.frozen.extend(frozen.metadata.keys.clone());
        if self.state.submitted().is_none() {
            self.held = frozen;
        }
        Ok(events)
    }

    fn challenge(&self, nonce: &str) -> Challenge {
        Challenge {
            issuer: self.state.id.to_string(),
            audience: PORTAL.into(),
            nonce: nonce.into(),
            algorithm: "RS512".into(),
        }
    }

    /// What the portal makes of these two assertions over the nonce.
    fn presented(&self, nonce: &str, proof: &str, endorsement: &str) -> Command {
        let typed = Typed { proof: proof.into(), endorsement: endorsement.into() };
        let drafted: Vec<PublicKey> = self.state.draft.public_keys.iter().filter_map(DraftKey::public_key).collect();
        let published: Vec<PublicKey> =
            self.held.metadata.keys.iter().filter_map(|key: &ClientKey| key.public_key.clone()).collect();
        let presented = PresentedEndorsement::of(&typed, &drafted, &published, self.challenge(nonce), NOW);
        Command::EndorseKey(Box::new(presented))
    }

    /// `by` endorses `new` over a fresh nonce.
    fn endorse(&mut self, new: &Pair, by: &Pair) -> Result<Vec<Event>, Refusal> {
        run(&mut self.state, &owner(), &Command::Challenge { nonce: "fresh".into() }, &self.facts).unwrap();
        let proof = signed(&self.state, new, "fresh", json!({}), json!({}));
        let confirmation = json!({"cnf": {"jkt": thumbprint(new)}});
        let endorsement = signed(&self.state, by, "fresh", confirmation, json!({}));
        let command = self.presented("fresh", &proof, &endorsement);
        run(&mut self.state, &owner(), &command, &self.facts)
    }

    fn step(&self) -> Option<RotationStep> {
        let in_question = |key: &&ClientKey| {
            let thumbprint = key.public_key.as_ref().unwrap().thumbprint();
            let asked = self.state.held().into_iter().chain(self.state.awaited());
            asked.into_iter().any(|revision| revision.thumbprints.contains(&thumbprint))
        };
        let frozen: Vec<ClientKey> = self.frozen.iter().filter(in_question).cloned().collect();
        self.state.rotation_step(&self.state.key_standings(&frozen, &BTreeSet::new()))
    }

    fn last(&self) -> &domain::registration::Revision {
        self.state.revisions.last().unwrap()
    }

    fn leak(&mut self, actor: &Actor, pair: &Pair) -> Result<Vec<Event>, Refusal> {
        self.leak_from(actor, pair, self.held.clone())
    }

    /// With the content of the revision that is gone on from.
    fn leak_from(&mut self, actor: &Actor, pair: &Pair, from: FrozenRevision) -> Result<Vec<Event>, Refusal> {
        let key = Box::new(PublicKey::parse(&pair.public, &[2048]).unwrap());
        let command = Command::ReportLeak { key, client_id: client_id(9) };
        self.facts.frozen = Some(from);
        run(&mut self.state, actor, &command, &self.facts)
    }

    /// The submitted revision is approved by two.
    fn approved(&mut self) {
        for approver in [30, 31] {
            if self.state.submitted().is_some() {
                let approval = approval_of(&self.state);
                run(&mut self.state, &admin(approver), &approval, &self.facts).unwrap();
            }
        }
    }

    fn generation(&self) -> u64 {
        self.state.wanted.as_ref().unwrap().generation
    }

    fn does(&self) -> (u32, Does) {
        let wanted = self.state.wanted.as_ref().unwrap();
        (wanted.revision, wanted.does())
    }
}

fn names(refused: Result<Vec<Event>, Refusal>) -> Vec<(String, &'static str)> {
    let refusal = refused.unwrap_err();
    refusal.problems().iter().map(|problem| (problem.field.clone(), problem.rule.name())).collect()
}

#[test]
fn a_second_key_stands_beside_the_first_and_a_third_has_no_room() {
    let mut state = started("sandpit", draft(&["openid"]));
    save(&mut state, &[&A, &B]).unwrap();
    assert_eq!(state.keys.keys().collect::<BTreeSet<_>>(), [thumbprint(&A), thumbprint(&B)].iter().collect());
    assert_eq!(names(save(&mut state, &[&A, &B, &C])), [("public_key".to_owned(), "keys-many")]);
    run(&mut state, &owner(), &submit(), &facts("sandpit")).unwrap();
    let frozen: BTreeSet<&String> = state.revisions[0].thumbprints.iter().collect();
    assert_eq!(frozen, [&thumbprint(&A), &thumbprint(&B)].into());
    save(&mut state, &[&B]).unwrap();
    assert_eq!(state.keys.len(), 2, "what was submitted is known still");
    save(&mut state, &[&B, &C]).unwrap();
    save(&mut state, &[&B]).unwrap();
    assert!(!state.keys.contains_key(&thumbprint(&C)), "what was not, is not");
}

#[test]
fn each_key_is_judged_at_its_own_entry() {
    let policy = policy("sandpit");
    let key = |pair: &Pair, kid: &str| DraftKey { kid: kid.into(), ..DraftKey::of(pair.public.clone()) };
    let found = |keys: Vec<DraftKey>| -> Vec<(String, &'static str)> {
        let (_, problems) = Draft { public_keys: keys, ..Draft::default() }.check_keys(&policy);
        problems.into_iter().map(|problem| (problem.entry, problem.rule.name())).collect()
    };
    assert_eq!(found(vec![]), [(String::new(), "key-missing")]);
    assert_eq!(found(vec![key(&A, "one"), key(&B, "two")]), []);
    assert_eq!(found(vec![key(&A, "one"), key(&B, "one")]), [("1".to_owned(), "key-id-taken")]);
    assert_eq!(found(vec![key(&A, ""), key(&B, &thumbprint(&A))]), [("1".to_owned(), "key-id-taken")]);
    assert_eq!(found(vec![key(&A, "one"), key(&A, "two")]), [("1".to_owned(), "key-repeated")]);
    assert_eq!(found(vec![key(&A, ""), DraftKey::of("no key")]), [("1".to_owned(), "key-not-pem")]);
    assert_eq!(found(vec![DraftKey::of("no key")]), [(String::new(), "key-not-pem")]);
}

#[test]
fn an_endorsed_key_needs_one_admin_in_live_and_none_before() {
    for (environment, approvals) in [("sandpit", 0), ("integration", 0), ("live", 1)] {
        let mut client = Client::with(environment, &[&A]);
        assert_eq!(client.step(), Some(RotationStep::Add));
        save(&mut client.state, &[&A, &B]).unwrap();
        assert_eq!(client.step(), Some(RotationStep::SubmitNew));
        let events = client.endorse(&B, &A).unwrap();
        let Event::KeyEndorsed(endorsement) = &events[1] else { panic!("{events:?}") };
        assert!(endorsement.verifies(&client.state.id.to_string()), "by nothing but the entry");
        client.submit(&owner()).unwrap();
        let rotation = client.last().rotation.unwrap();
        assert_eq!((rotation.from, rotation.keys), (1, KeyChange::Addition), "{environment}");
        assert_eq!(client.last().approvals_needed(client.facts.policy.as_ref().unwrap()), approvals);
        if approvals > 0 {
            assert_eq!(client.step(), Some(RotationStep::AwaitNew));
            let approval = approval_of(&client.state);
            run(&mut client.state, &admin(30), &approval, &client.facts).unwrap();
            client.held = client.facts.frozen.clone().unwrap();
        }
        assert_eq!(client.state.wanted.as_ref().unwrap().revision, 2, "{environment}");
        client.confirm();
        assert_eq!(client.step(), Some(RotationStep::Switch));
        save(&mut client.state, &[&B]).unwrap();
        assert_eq!(client.step(), Some(RotationStep::SubmitRemoval));
        client.submit(&owner()).unwrap();
        assert_eq!(client.last().rotation.unwrap().keys, KeyChange::Removal, "no admin");
        assert_eq!(client.state.wanted.as_ref().unwrap().revision, 3);
        assert_eq!(client.step(), Some(RotationStep::AwaitRemoval));
        client.confirm();
        assert_eq!(client.step(), Some(RotationStep::Add));
    }
}

#[test]
fn what_is_no_endorsed_rotation_is_reviewed_as_anything_else() {
    let whole = |what: &str, change: &dyn Fn(&mut Client) -> Actor| {
        let mut client = Client::with("live", &[&A]);
        let actor = change(&mut client);
        client.submit(&actor).unwrap();
        assert_eq!((client.last().rotation, client.state.wanted.as_ref().unwrap().revision), (None, 1), "{what}");
        let approval = approval_of(&client.state);
        run(&mut client.state, &admin(30), &approval, &client.facts).unwrap();
        assert_eq!(client.state.wanted.as_ref().unwrap().revision, 1, "{what}: one approval of two");
    };
    whole("nobody endorsed it", &|client| {
        save(&mut client.state, &[&A, &B]).unwrap();
        owner()
    });
    whole("something else changed, too", &|client| {
        save(&mut client.state, &[&A, &B]).unwrap();
        client.endorse(&B, &A).unwrap();
        let name = Command::save(DraftChange::ClientName("Another name".into()));
        run(&mut client.state, &owner(), &name, &live()).unwrap();
        owner()
    });
    whole("one of two was endorsed", &|client| {
        save(&mut client.state, &[&B]).unwrap();
        client.endorse(&B, &A).unwrap();
        save(&mut client.state, &[&B, &C]).unwrap();
        owner()
    });
    whole("a stranger has registered the key", &|client| {
        save(&mut client.state, &[&A, &B]).unwrap();
        client.endorse(&B, &A).unwrap();
        let registration = RegistrationId::from_parts(4, [9; 10]);
        let (thumbprint, organisation) = (thumbprint(&B), organisation(2));
        client.facts.related_keys =
            vec![RelatedKey { thumbprint, organisation, registration, environment: "live".into(), proved: false }];
        owner()
    });
    whole("the endorsement is of the day before", &|client| {
        save(&mut client.state, &[&A, &B]).unwrap();
        client.endorse(&B, &A).unwrap();
        let endorsed = client.state.endorsements.values_mut().next().unwrap();
        endorsed.stamp.at = NOW - Duration::hours(25);
        owner()
    });
    whole("the endorser is not published", &|client| {
        save(&mut client.state, &[&A, &B]).unwrap();
        client.endorse(&B, &A).unwrap();
        client.state.endorsements.values_mut().next().unwrap().by = thumbprint(&C);
        owner()
    });
}

#[test]
fn a_key_is_taken_away_without_a_review_by_whoever_has_a_second_factor() {
    let without = |role| match member(1, role) {
        Actor::Person(person) => Actor::Person(Person { second_factor: false, ..person }),
        other => other,
    };
    for (actor, rotates) in [(member(1, TeamRole::Developer), true), (without(TeamRole::Owner), false)] {
        let mut client = Client::with("integration", &[&A, &B]);
        save(&mut client.state, &[&A]).unwrap();
        client.submit(&actor).unwrap();
        assert_eq!(client.last().rotation.is_some(), rotates);
    }
}

#[test]
fn an_endorsement_says_exactly_what_it_has_to() {
    let client = {
        let mut client = Client::with("live", &[&A]);
        save(&mut client.state, &[&A, &B]).unwrap();
        run(&mut client.state, &owner(), &Command::Challenge { nonce: "n".into() }, &client.facts).unwrap();
        client
    };
    let none = || json!({});
    let confirmation = || json!({"cnf": {"jkt": thumbprint(&B)}});
    let good = signed(&client.state, &B, "n", none(), none());
    let endorsed = signed(&client.state, &A, "n", confirmation(), none());
    let by_a = |claims: Value, header: Value| signed(&client.state, &A, "n", claims, header);
    let mut chatty = confirmation();
    chatty["note"] = json!("for the record");
    for (proof, endorsement, expected) in [
        (good.clone(), by_a(none(), none()), ("endorsement", "assertion-cnf")),
        (good.clone(), by_a(json!({"cnf": {"jkt": thumbprint(&A)}}), none()), ("endorsement", "assertion-cnf")),
        (good.clone(), by_a(json!({"cnf": {"jkt": thumbprint(&B), "x": 1}}), none()), ("endorsement", "assertion-cnf")),
        (good.clone(), by_a(chatty, none()), ("endorsement", "assertion-unexpected")),
        (good.clone(), by_a(confirmation(), json!({"kid": "other"})), ("endorsement", "assertion-kid")),
        (good.clone(), signed(&client.state, &C, "n", confirmation(), none()), ("endorsement", "assertion-signature")),
        (good.clone(), signed(&client.state, &B, "n", confirmation(), none()), ("endorsement", "assertion-signature")),
        (good.clone(), signed(&client.state, &A, "m", confirmation(), none()), ("endorsement", "assertion-jti")),
        (good.clone(), String::new(), ("endorsement", "assertion-missing")),
        (endorsed.clone(), endorsed.clone(), ("assertion", "assertion-unexpected")),
        (signed(&client.state, &C, "n", none(), none()), endorsed.clone(), ("assertion", "assertion-signature")),
        (
            signed(&client.state, &B, "n", json!({"note": "x"}), none()),
            endorsed.clone(),
            ("assertion", "assertion-unexpected"),
        ),
    ] {
        let mut state = client.state.clone();
        let command = client.presented("n", &proof, &endorsement);
        let refused = names(run(&mut state, &owner(), &command, &client.facts));
        assert_eq!(refused, [(expected.0.to_owned(), expected.1)]);
    }
    let mut state = client.state.clone();
    let command = client.presented("n", &good, &endorsed);
    run(&mut state, &owner(), &command, &client.facts).unwrap();
    assert_eq!(run(&mut state, &owner(), &command, &client.facts), Err(Refusal::ChallengeGone), "a nonce is used once");
}

#[test]
fn an_entry_that_was_changed_proves_nothing() {
    let mut client = Client::with("live", &[&A]);
    save(&mut client.state, &[&A, &B]).unwrap();
    let events = client.endorse(&B, &A).unwrap();
    let Event::KeyEndorsed(endorsement) = &events[1] else { panic!("{events:?}") };
    let id = client.state.id.to_string();
    let c = PublicKey::parse(&C.public, &[2048]).unwrap();
    let changes: [fn(&mut Endorsement, &PublicKey); 5] = [
        |one, c| one.key = c.clone(),
        |one, c| one.endorsed_by = c.clone(),
        |one, _| one.nonce.push('x'),
        |one, _| one.audience.push('x'),
        |one, _| std::mem::swap(&mut one.proof, &mut one.endorsement),
    ];
    for change in changes {
        let mut changed = endorsement.clone();
        change(&mut changed, &c);
        assert!(!changed.verifies(&id));
    }
    assert!(endorsement.verifies(&id) && !endorsement.verifies("another registration"));
}

#[test]
fn a_key_can_be_endorsed_only_by_what_is_in_force() {
    let mut client = Client::with("live", &[&A]);
    save(&mut client.state, &[&A, &B]).unwrap();
    let suspend = Command::Suspend { reason: "For a while.".into() };
    run(&mut client.state, &admin(30), &suspend, &client.facts).unwrap();
    assert_eq!(client.endorse(&B, &A), Err(Refusal::EndorserNotPublished));
    // Nor is one that was endorsed before approved while the client is off.
    let mut client = Client::with("live", &[&A]);
    save(&mut client.state, &[&A, &B]).unwrap();
    client.endorse(&B, &A).unwrap();
    client.submit(&owner()).unwrap();
    run(&mut client.state, &admin(30), &suspend, &client.facts).unwrap();
    let approval = approval_of(&client.state);
    let refused = run(&mut client.state, &admin(31), &approval, &client.facts).unwrap_err();
    assert!(refused.to_string().contains("no longer on"), "{refused}");
}

#[test]
fn evidence_that_ran_out_keeps_no_key_from_changing() {
    let mut client = Client::with("live", &[&A, &B]);
    let item = policy("integration").evidence.into_iter().find(|item| item.id == "dspt").unwrap();
    let answers = BTreeMap::from([
        ("status".to_owned(), "standards_met".to_owned()),
        ("expiry".to_owned(), "2026-11-22".to_owned()),
    ]);
    if let Some(policy) = &mut client.facts.policy {
        policy.evidence = vec![item];
    }
    // Approved with evidence that is good for a day more.
    let answer = Command::save(DraftChange::Evidence { item: "dspt".into(), answers });
    run(&mut client.state, &owner(), &answer, &client.facts).unwrap();
    client.submit(&owner()).unwrap();
    for approver in [30, 31] {
        let approval = approval_of(&client.state);
        run(&mut client.state, &admin(approver), &approval, &client.facts).unwrap();
    }
    client.held = client.facts.frozen.clone().unwrap();
    client.confirm();
    save(&mut client.state, &[&B]).unwrap();
    let later = NOW + Duration::days(30);
    let events = client.state.decide(&owner(), &submit(), &client.facts, later).unwrap();
    assert!(matches!(&events[0], Event::Submitted { rotation: Some(_), .. }), "{events:?}");
    let name = Command::save(DraftChange::ClientName("Another name".into()));
    run(&mut client.state, &owner(), &name, &client.facts).unwrap();
    let refused = client.state.decide(&owner(), &submit(), &client.facts, later);
    assert_eq!(names(refused), [("evidence".to_owned(), "date-expired")]);
}

#[test]
fn a_leaked_key_leaves_the_provider_and_the_other_stays() {
    let mut client = Client::with("live", &[&A, &B]);
    let events = client.leak(&owner(), &A).unwrap();
    assert_eq!(events.len(), 3, "{events:?}");
    let wanted = client.state.wanted.clone().unwrap();
    assert_eq!((wanted.revision, wanted.does()), (2, Does::On));
    assert_eq!(client.last().thumbprints, [thumbprint(&B)]);
    assert_eq!(client.last().approvals_to_publish(client.facts.policy.as_ref().unwrap()), 0);
    let bytes = bytes_of(&events).unwrap();
    assert_eq!(domain::draft::hex_digest(bytes.as_bytes()), client.last().digest);
    let frozen = FrozenRevision::read(&bytes).unwrap();
    assert_eq!(
        frozen.clone().metadata.without_keys(),
        client.held.clone().metadata.without_keys(),
        "nothing else changed"
    );
    assert_eq!(frozen.metadata.keys.len(), 1);
    assert_eq!(client.state.draft.public_keys.len(), 1);
    assert_eq!(client.leak(&owner(), &A), Ok(Vec::new()), "once");
    // For ever, here and wherever it is known.
    save(&mut client.state, &[&B, &A]).unwrap();
    assert_eq!(names(client.submit(&owner())), [("public_key".to_owned(), "key-leaked")]);
    let mut elsewhere =
        started("live", Draft { public_keys: vec![DraftKey::of(A.public.clone())], ..draft(&["openid"]) });
    let known = Facts { leaked: [thumbprint(&A)].into(), ..facts("live") };
    assert_eq!(names(run(&mut elsewhere, &owner(), &submit(), &known)), [("public_key".to_owned(), "key-leaked")]);
    run(&mut elsewhere, &owner(), &submit(), &facts("live")).unwrap();
    let refused = run(&mut elsewhere.clone(), &admin(20), &approval_of(&elsewhere), &known).unwrap_err();
    assert!(refused.to_string().contains("leaked"), "{refused}");
}

#[test]
fn a_client_whose_only_key_leaked_is_off_until_it_has_another() {
    let mut client = Client::with("live", &[&A]);
    client.leak(&member(1, TeamRole::Developer), &A).unwrap();
    assert_eq!(client.state.wanted.as_ref().unwrap().does(), Does::Off);
    assert!(client.state.suspension().is_some_and(|off| off.reason.0.contains("leaked")));
    let reinstate = Command::Reinstate { reason: "It asks to be.".into() };
    assert_eq!(run(&mut client.state, &admin(30), &reinstate, &client.facts), Err(Refusal::KeyLeaked));
    save(&mut client.state, &[&B]).unwrap();
    client.submit(&owner()).unwrap();
    assert_eq!(client.last().rotation, None, "a whole review");
    for approver in [30, 31] {
        let approval = approval_of(&client.state);
        run(&mut client.state, &admin(approver), &approval, &client.facts).unwrap();
    }
    assert_eq!(client.state.wanted.as_ref().unwrap().does(), Does::Off);
    run(&mut client.state, &admin(30), &reinstate, &client.facts).unwrap();
}

#[test]
fn a_leak_ends_the_review_that_it_is_in_and_leaves_others() {
    let mut client = Client::with("live", &[&A]);
    save(&mut client.state, &[&A, &B]).unwrap();
    client.submit(&owner()).unwrap();
    // The new key, which the provider does not have.
    let events = client.leak(&owner(), &B).unwrap();
    assert!(
        matches!(&events[..], [Event::KeyLeaked { .. }, Event::Withdrawn { number: 2, instead: None }]),
        "{events:?}"
    );
    assert_eq!(client.state.wanted.as_ref().unwrap().revision, 1);
    save(&mut client.state, &[&A, &C]).unwrap();
    client.submit(&owner()).unwrap();
    client.leak(&owner(), &A).unwrap();
    assert_eq!(client.state.submitted(), None);
    assert_eq!(client.state.wanted.as_ref().unwrap().does(), Does::Off, "C was never approved");
}

#[test]
fn who_may_report_a_leak() {
    let without = match owner() {
        Actor::Person(person) => Actor::Person(Person { second_factor: false, ..person }),
        other => other,
    };
    for (actor, refused) in [
        (member(1, TeamRole::Viewer), Some(Refusal::NotAllowed)),
        (without, Some(Refusal::SecondFactorToReport)),
        (stranger(), Some(Refusal::NotFound)),
        (admin(20), Some(Refusal::NotFound)),
        (member(1, TeamRole::Developer), None),
    ] {
        let mut client = Client::with("live", &[&A]);
        assert_eq!(client.leak(&actor, &A).err(), refused);
    }
    let mut client = Client::with("live", &[&A]);
    assert_eq!(client.leak(&owner(), &C), Err(Refusal::NotFound), "a key that is none of theirs");
}

/// Taking a key out and putting it back is no change.
#[test]
fn the_order_of_keys_says_nothing() {
    let mut client = Client::with("live", &[&A, &B]);
    save(&mut client.state, &[&B]).unwrap();
    save(&mut client.state, &[&B, &A]).unwrap();
    assert_eq!(client.submit(&owner()), Err(Refusal::NothingChanged));
}

#[test]
fn a_key_that_replaces_all_others_is_called_that() {
    let mut client = Client::with("live", &[&A]);
    save(&mut client.state, &[&B]).unwrap();
    assert_eq!(client.step(), Some(RotationStep::SubmitSwap));
    client.submit(&owner()).unwrap();
    assert_eq!(client.step(), Some(RotationStep::AwaitSwap));
}

#[test]
fn a_key_that_leaked_endorses_no_other() {
    for environment in ["integration", "live"] {
        // Here, or in another registration that has the key.
        let mut client = Client::with(environment, &[&A]);
        save(&mut client.state, &[&A, &B]).unwrap();
        client.facts.leaked = [thumbprint(&A)].into();
        assert_eq!(client.endorse(&B, &A), Err(Refusal::EndorserNotPublished));
        client.facts.leaked.clear();
        client.endorse(&B, &A).unwrap();
        client.facts.leaked = [thumbprint(&A)].into();
        save(&mut client.state, &[&B]).unwrap();
        client.submit(&owner()).unwrap();
        assert_eq!(client.last().rotation, None, "{environment}");
    }
    // It leaked between the submission and the decision.
    let mut client = Client::with("live", &[&A]);
    save(&mut client.state, &[&B]).unwrap();
    client.endorse(&B, &A).unwrap();
    client.submit(&owner()).unwrap();
    assert!(client.last().rotation.is_some());
    let known = Facts { leaked: [thumbprint(&A)].into(), ..client.facts.clone() };
    let approval = approval_of(&client.state);
    let refused = run(&mut client.state, &admin(30), &approval, &known).unwrap_err();
    assert!(refused.to_string().contains("leaked"), "{refused}");
}

#[test]
fn what_was_let_in_under_an_easier_rule_is_reviewed_before_its_keys_change() {
    let mut client = Client::with("integration", &[&A, &B]);
    save(&mut client.state, &[&A]).unwrap();
    if let Some(policy) = &mut client.facts.policy {
        policy.approvals = 2;
    }
    client.submit(&owner()).unwrap();
    assert_eq!(client.last().rotation, None);
}

/// The provider refuses what is wanted, so that it keeps the key that leaked.
#[test]
fn a_leaked_key_goes_where_what_was_to_replace_it_does_not_arrive() {
    let replaced = |published: &[&Pair], with: &[&Pair]| {
        let mut client = Client::with("live", published);
        let held = client.held.clone();
        save(&mut client.state, with).unwrap();
        client.submit(&owner()).unwrap();
        client.approved();
        assert_eq!(client.does(), (2, Does::On));
        (client, held)
    };
    let (mut client, held) = replaced(&[&A], &[&B]);
    let events = client.leak_from(&owner(), &A, held.clone()).unwrap();
    assert_eq!((events.len(), client.does()), (1, (2, Does::On)), "it is on its way");
    let generation = client.state.wanted.as_ref().unwrap().generation;
    let failed = Command::ReportFailure { generation, message: "503".into() };
    run(&mut client.state, &Actor::System, &failed, &client.facts).unwrap();
    assert_eq!(client.does().1, Does::Off, "it did not arrive");

    // It failed before.
    let (mut client, _) = replaced(&[&A], &[&B]);
    run(&mut client.state, &Actor::System, &failed, &client.facts).unwrap();
    let events = client.leak_from(&owner(), &A, held).unwrap();
    assert!(matches!(&events[..], [Event::KeyLeaked { .. }, Event::Suspended { .. }]), "{events:?}");

    let (mut client, held) = replaced(&[&A, &B], &[&B, &C]);
    let generation = client.state.wanted.as_ref().unwrap().generation;
    let failed = Command::ReportFailure { generation, message: "503".into() };
    run(&mut client.state, &Actor::System, &failed, &client.facts).unwrap();
    // What is wanted was never published: the provider goes on with what it has, without the key.
    client.leak_from(&owner(), &A, held).unwrap();
    assert_eq!(client.does(), (3, Does::On));
    assert_eq!(client.last().thumbprints, [thumbprint(&B)]);
}

#[test]
fn a_new_key_that_leaks_before_it_is_published_leaves_the_client_on() {
    let mut client = Client::with("live", &[&A]);
    let held = client.held.clone();
    save(&mut client.state, &[&A, &B]).unwrap();
    client.submit(&owner()).unwrap();
    client.approved();
    client.leak_from(&owner(), &B, held).unwrap();
    assert_eq!(client.does(), (3, Does::On));
    assert_eq!((client.last().thumbprints.clone(), client.last().rotation.unwrap().from), (vec![thumbprint(&A)], 1));
}

#[test]
fn of_several_that_leaked_none_stays() {
    let mut client = Client::with("live", &[&A, &B]);
    client.facts.leaked = [thumbprint(&B)].into();
    client.leak(&owner(), &A).unwrap();
    assert_eq!(client.does().1, Does::Off, "the other one leaked elsewhere");
}

#[test]
fn where_somebody_changed_the_client_at_the_provider_a_leak_suspends() {
    let mut client = Client::with("live", &[&A, &B]);
    run(&mut client.state, &admin(30), &Command::Republish, &client.facts).unwrap();
    let generation = client.state.wanted.as_ref().unwrap().generation;
    let newer = Command::ReportNewer { generation, found: generation + 100 };
    run(&mut client.state, &Actor::System, &newer, &client.facts).unwrap();
    client.leak(&owner(), &A).unwrap();
    assert_eq!(client.does().1, Does::Off);
}

#[test]
fn a_rotation_that_is_withheld_can_be_approved() {
    let mut client = Client::with("integration", &[&A]);
    save(&mut client.state, &[&A, &B]).unwrap();
    client.endorse(&B, &A).unwrap();
    client.submit(&owner()).unwrap();
    client.confirm();
    // The operator asks for more than was asked then.
    if let Some(policy) = &mut client.facts.policy {
        policy.endorsed_approvals = Some(1);
    }
    assert_eq!(run(&mut client.state, &admin(30), &Command::Republish, &client.facts), Err(Refusal::TooFewApprovals));
    let last = client.last();
    let approval = Command::Approve {
        number: last.number,
        digest: last.digest.clone(),
        metadata_digest: last.metadata_digest.clone(),
        comment: String::new(),
        client_id: client_id(9),
    };
    run(&mut client.state, &admin(30), &approval, &client.facts).unwrap();
    run(&mut client.state, &admin(30), &Command::Republish, &client.facts).unwrap();
}

#[test]
fn what_was_not_submitted_is_still_so_after_a_leak() {
    let mut client = Client::with("live", &[&A, &B]);
    let name = Command::save(DraftChange::ClientName("Another name".into()));
    run(&mut client.state, &owner(), &name, &client.facts).unwrap();
    // In the same moment nothing is later than the other.
    client.state.edited.values_mut().for_each(|stamp| stamp.at = NOW + Duration::seconds(1));
    assert!(client.state.is_draft_ahead());
    let key = Box::new(PublicKey::parse(&A.public, &[2048]).unwrap());
    let report = Command::ReportLeak { key, client_id: client_id(9) };
    let later = NOW + Duration::minutes(1);
    let actor = match owner() {
        Actor::Person(person) => Actor::Person(Person { reauthenticated_at: Some(later), ..person }),
        other => other,
    };
    let events = client.state.decide(&actor, &report, &client.facts, later).unwrap();
    let stamp = domain::actor::Stamp { at: later, by: actor.by() };
    events.iter().for_each(|event| client.state.apply(event, &stamp));
    assert!(client.state.is_draft_ahead());
}

#[test]
fn a_retired_client_s_key_can_leak_too() {
    let mut client = Client::with("live", &[&A]);
    run(&mut client.state, &owner(), &Command::Retire { reason: String::new() }, &client.facts).unwrap();
    let events = client.leak(&owner(), &A).unwrap();
    assert!(matches!(&events[..], [Event::KeyLeaked { .. }]), "{events:?}");
}

/// Nobody may be awake when the provider cannot be told to let a key go.
#[test]
fn a_leaked_key_that_the_provider_keeps_suspends_the_client() {
    let failing: [fn(&Client) -> Command; 2] = [
        |client| Command::ReportFailure { generation: client.generation(), message: "503".into() },
        |client| Command::ReportNewer { generation: client.generation(), found: client.generation() + 100 },
    ];
    for fails in failing {
        let mut client = Client::with("live", &[&A, &B]);
        client.leak(&owner(), &A).unwrap();
        assert_eq!(client.does(), (2, Does::On));
        let failed = fails(&client);
        let events = run(&mut client.state, &Actor::System, &failed, &client.facts).unwrap();
        assert!(matches!(events[1], Event::Suspended { .. }), "{events:?}");
        assert_eq!(client.does().1, Does::Off);
        let again = fails(&client);
        let events = run(&mut client.state, &Actor::System, &again, &client.facts).unwrap();
        assert!(!events.iter().any(|event| matches!(event, Event::Suspended { .. })), "once: {events:?}");
        // A failure that has nothing to do with a leak switches nothing off.
        let mut client = Client::with("live", &[&A, &B]);
        run(&mut client.state, &admin(30), &Command::Republish, &client.facts).unwrap();
        let failed = fails(&client);
        run(&mut client.state, &Actor::System, &failed, &client.facts).unwrap();
        assert_eq!(client.does().1, Does::On);
    }
}

#[test]
fn who_endorsed_a_key_that_was_there_before_says_nothing_of_the_next() {
    let mut client = Client::with("live", &[&A]);
    save(&mut client.state, &[&A, &B]).unwrap();
    client.endorse(&B, &A).unwrap();
    client.submit(&owner()).unwrap();
    client.approved();
    client.held = client.facts.frozen.clone().unwrap();
    client.confirm();
    let left = client.held.without_key(&thumbprint(&A));
    client.leak(&owner(), &A).unwrap();
    client.held = left;
    client.confirm();
    save(&mut client.state, &[&B, &C]).unwrap();
    client.endorse(&C, &B).unwrap();
    client.submit(&owner()).unwrap();
    let approval = approval_of(&client.state);
    run(&mut client.state, &admin(30), &approval, &client.facts).unwrap();
    assert_eq!(client.does(), (4, Does::On));
}

#[test]
fn a_review_of_the_key_that_ends_the_outage_goes_on() {
    let mut client = Client::with("live", &[&A]);
    save(&mut client.state, &[&B]).unwrap();
    client.submit(&owner()).unwrap();
    client.leak(&owner(), &A).unwrap();
    assert_eq!((client.does(), client.state.submitted().map(|revision| revision.number)), ((1, Does::Off), Some(2)));
}
