//! The tools that need no account judge as `portal check` and as a registration does.

use domain::draft::{Draft, DraftKey};
use domain::evidence::Answers;
use domain::id::RegistrationId;
use domain::key::PublicKey;
use domain::registration::{Command, Registration};
use domain::warning::Said;
use serde_json::json;
use server::check::{Kind, judge};
use store::{Expected, Moment, Who};
use usecases::auth::Token;

use crate::support::{Team, World, clock, html, keys, stage};

#[tokio::test]
async fn the_page_and_the_command_agree_on_keys() {
    let (known, sound) = (keys::pair().public, keys::pair().public);
    let digest = PublicKey::parse(&known, &[2048]).unwrap().sha256();
    let world = World::with(&format!("[environment.live]\ncompromised_keys = [\"{digest}\"]\n")).await;
    let policy = world.config.policies().pop().unwrap();
    let weak = keys::openssl(&["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], b"");
    let weak = keys::openssl(&["pkey", "-pubout"], weak.as_bytes());
    for key in [&known, &sound, &weak, "no key at all"] {
        let verdict = judge(Kind::Key, key.as_bytes(), &policy, clock::now().date());
        let mut visitor = world.visitor();
        let answer = visitor.fill("/tools/key", "/api/tools/key", &[("public_key", key)]).await;
        let page = visitor.follow(answer).await.text();
        assert_eq!(page.contains("This public key can be registered."), verdict.sound, "{page}");
        assert!(verdict.problems.iter().all(|problem| page.contains(&problem.message)), "{page}");
    }
}

/// On a page with several addresses each sentence says which it is about; beside that they are the same words.
#[tokio::test]
async fn the_page_and_the_command_agree_on_redirect_uris() {
    let world = World::new().await;
    let policy = world.config.policies().pop().unwrap();
    let uris = [
        "https://www.example.org/callback",
        "https://*.example.org/",
        "https://*.example.org/b",
        "http://www.example.org/",
        "https://localhost",
        "https://www.example.org:443/callback",
        "https://bücher.example/",
        "https://www.example.org/%C2%85",
        "git://www.example.org/",
        "https://xn--80ak6aa92e.com/",
    ];
    let named: Vec<(String, &str)> =
        uris.iter().enumerate().map(|(at, uri)| (format!("redirect_uris[{at}]"), *uri)).collect();
    let filled: Vec<(&str, &str)> = named.iter().map(|(name, uri)| (name.as_str(), *uri)).collect();
    let mut visitor = world.visitor();
    let answer = visitor.post("/api/tools/redirect-uri", &filled).await;
    let page = visitor.follow(answer).await.page();
    let mut said: Vec<String> =
        html::select(&page, "span.nhsuk-error-message").into_iter().map(html::text_of).collect();
    said.retain(|sentence| !sentence.is_empty());
    let sentences = uris.iter().enumerate().flat_map(|(at, uri)| {
        let verdict = judge(Kind::RedirectUri, uri.as_bytes(), &policy, clock::now().date());
        let named = move |problem: Said| {
            let numbered = format!("Redirect URI {}", at + 1);
            format!("Error: {}", problem.message.replacen("The redirect URI", &numbered, 1))
        };
        verdict.problems.into_iter().map(named)
    });
    let expected: Vec<String> = sentences.collect();
    assert_eq!(said, expected);
    assert_eq!(expected.len(), 8);
}

/// Inputs from the field: without scripts the page says what the command says, whatever is wrong with them.
#[tokio::test]
async fn the_page_and_the_command_agree_on_what_people_type() {
    let world = World::new().await;
    let policy = world.config.policies().pop().unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../app/domain/tests/cases");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if !path.file_name().unwrap().to_str().unwrap().starts_with("uri-") {
            continue;
        }
        let input = std::fs::read_to_string(&path).unwrap();
        let verdict = judge(Kind::RedirectUri, input.as_bytes(), &policy, clock::now().date());
        let typed = input.strip_suffix('\n').unwrap_or(&input);
        let mut visitor = world.visitor();
        let filled = [("redirect_uris[0]", typed)];
        let answer = visitor.fill("/tools/redirect-uri", "/api/tools/redirect-uri", &filled).await;
        let shown = visitor.follow(answer).await;
        let page = shown.page();
        let said =
            |selector: &str| -> Vec<String> { html::select(&page, selector).into_iter().map(html::text_of).collect() };
        let numbered =
            |problem: &Said| format!("Error: {}", problem.message.replacen("The redirect URI", "Redirect URI 1", 1));
        assert_eq!(
            said("span.nhsuk-error-message"),
            verdict.problems.iter().map(numbered).collect::<Vec<_>>(),
            "{path:?}"
        );
        let warnings: Vec<String> = verdict.warnings.iter().map(|warning| warning.message.clone()).collect();
        assert_eq!(said(".nhsuk-card--warning li"), warnings, "{path:?}");
        assert_eq!(verdict.sound, verdict.problems.is_empty());
        seen += 1;
    }
    assert_eq!(seen, 18);
}

/// A list in one field becomes an entry for each address, by a button that needs no script.
#[tokio::test]
async fn a_list_is_split_without_scripts() {
    let world = World::new().await;
    let list = "https://app.example.org/callback https://app2.example.org/callback";
    let mut visitor = world.visitor();
    let filled = [("redirect_uris[0]", list)];
    let answer = visitor.fill("/tools/redirect-uri", "/api/tools/redirect-uri", &filled).await;
    let page = visitor.follow(answer).await;
    assert!(page.text().contains("Split into 2 redirect URIs"), "{}", page.text());
    let split = [("redirect_uris[0]", list), ("then", "split")];
    let answer = visitor.submit(&page, "/api/tools/redirect-uri", &split).await;
    let page = visitor.follow(answer).await;
    assert!(page.text().contains("All 2 redirect URIs can be registered."), "{}", page.text());

    let mut team = Team::assemble(&world, "alder").await;
    let at = format!("/registrations/{}/redirect-uris", team.registration);
    let answer = team.owner.fill(&at, "/api/save-redirect-uris", &split).await.leads_to(&at);
    let page = team.owner.follow(answer).await;
    let form = page.form("/api/save-redirect-uris");
    assert_eq!(form.value("redirect_uris[0]"), Some("https://app.example.org/callback"));
    assert_eq!(form.value("redirect_uris[1]"), Some("https://app2.example.org/callback"));
}

/// What the page of answers says of a draft is what `portal check registration` says of the same metadata.
#[tokio::test]
async fn the_page_and_the_command_agree_on_registrations() {
    let world = World::new().await;
    let policy = world.config.policies().remove(0);
    let mut team = Team::assemble(&world, "alder").await;
    let at = format!("/registrations/{}", team.registration);
    let key = team.key.public.clone();
    let small = keys::openssl(&["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], b"");
    let small = keys::openssl(&["pkey", "-pubout"], small.as_bytes());
    let uris = ["https://*.example.org/", "https://www.example.org/a", "https://*.example.org/b"];
    let why = "To send a reminder of each appointment.";
    for (name, key, uris, why) in [
        ("", "", &[][..], ""),
        ("N\u{41d}S", &small, &uris[..], "short"),
        ("Appointments", &key, &uris[1..], why),
        ("Appointments", &key, &uris[1..2], why),
    ] {
        let owner = &mut team.owner;
        let page = |section: &str| format!("{at}/{section}");
        owner.fill(&page("client-name"), "/api/save-client-name", &[("client_name", name)]).await.expect(303);
        owner.fill(&page("public-key"), "/api/save-public-key", &[("public_key", key)]).await.expect(303);
        let fields = ["redirect_uris[0]", "redirect_uris[1]", "redirect_uris[2]"];
        let filled: Vec<(&str, &str)> =
            fields.iter().enumerate().map(|(at, field)| (*field, uris.get(at).copied().unwrap_or_default())).collect();
        owner.fill(&page("redirect-uris"), "/api/save-redirect-uris", &filled).await.expect(303);
        stage::save_scopes(owner, &team.registration, &[("email", why)]).await.expect(303);
        let shown = owner.open(&page("check")).await.page();
        let mut said: Vec<String> =
            html::select(&shown, "p.nhsuk-error-message").into_iter().map(html::text_of).collect();
        let metadata = json!({
            "client_name": name, "public_key": key, "redirect_uris": uris, "scope": "openid email",
            "reasons": {"email": why},
        });
        let verdict = judge(Kind::Registration, metadata.to_string().as_bytes(), &policy, clock::now().date());
        let mut expected: Vec<String> = verdict.problems.into_iter().map(|problem| problem.message).collect();
        said.sort();
        expected.sort();
        assert_eq!(said, expected, "{name}");
    }
}

/// Environments that a registration may begin in at once.
const OPEN: &str = "[environment.integration]\nafter = \"\"\nopen_to_unconfirmed = true\n\
                    [environment.live]\nafter = \"\"\nopen_to_unconfirmed = true\npossession_required = false\n";

fn texts(of: &[&str]) -> Vec<String> {
    of.iter().map(|text| (*text).to_owned()).collect()
}

fn answers(of: &[(&str, &str, &str)]) -> Answers {
    let mut answers = Answers::new();
    for (item, field, answer) in of {
        answers.entry((*item).to_owned()).or_default().insert((*field).to_owned(), (*answer).to_owned());
    }
    answers
}

/// Drafts of every environment, each with what it is about.
fn drafts(key: &str) -> Vec<(&'static str, &'static str, Draft)> {
    let sound = |scopes: &[&str]| Draft {
        client_name: "Appointments".into(),
        public_keys: vec![DraftKey::of(key)],
        redirect_uris: texts(&["https://www.example.org/callback"]),
        scopes: [texts(&["openid"]), texts(scopes)].concat(),
        reasons: scopes.iter().map(|scope| ((*scope).to_owned(), "To book an appointment for them.".into())).collect(),
        vectors: texts(&["P9.Cp.Cd"]),
        evidence: Answers::new(),
    };
    let ready = answers(&[
        ("ods_code", "code", "X26"),
        ("dspt", "status", "standards_met"),
        ("dspt", "expiry", "2099-06-30"),
        ("product_demonstration", "date", "2020-03-27"),
        ("product_demonstration", "who", "The onboarding team"),
    ]);
    let amiss = answers(&[
        ("ods_code", "code", "not a code"),
        ("dspt", "status", "not_met"),
        ("dspt", "expiry", "2020-06-30"),
        ("product_demonstration", "date", "2099-03-27"),
    ]);
    let unfinished = answers(&[
        ("conformance_report", "outcome", "failed"),
        ("partner_integration_board", "outcome", "not_approved"),
        ("scal", "date", "2099-01-01"),
        ("ai_use", "uses_ai", "perhaps"),
    ]);
    let vectors = |of: &[&str], draft: Draft| Draft { vectors: texts(of), ..draft };
    vec![
        ("integration", "nothing", Draft::default()),
        ("integration", "evidence that is amiss", Draft { evidence: amiss, ..sound(&["email"]) }),
        ("integration", "evidence that is ready", Draft { evidence: ready, ..sound(&["profile"]) }),
        ("live", "nothing", Draft::default()),
        ("live", "evidence that is unfinished", Draft { evidence: unfinished, ..sound(&["profile"]) }),
        ("sandpit", "scopes that exclude each other", sound(&["profile", "basic_demographics"])),
        ("sandpit", "a scope that no vector reaches", vectors(&["P0.Cp"], sound(&["profile"]))),
        ("sandpit", "vectors to know about", vectors(&["P0.Cp", "P5.Cm", "P9.Cp.Ck", "P9.Cp"], sound(&["profile"]))),
        ("sandpit", "an unknown vector", vectors(&["P7.Cp"], sound(&["phone"]))),
        (
            "sandpit",
            "hosts to know about",
            Draft {
                redirect_uris: texts(&["https://clinic.azurewebsites.net/cb", "https://nhs-login.example.org/cb"]),
                ..sound(&[])
            },
        ),
        ("sandpit", "a name to know about", Draft { client_name: "NHS Appointments".into(), ..sound(&[]) }),
    ]
}

/// What the page says, the command says, and the other way about: problems and warnings, in every environment.
#[tokio::test]
async fn the_page_and_the_command_agree_in_every_environment() {
    let world = World::with(OPEN).await;
    let mut team = Team::assemble(&world, "alder").await;
    let (mut problems, mut warnings) = (0, 0);
    for (number, (environment, about, draft)) in (1_u8..).zip(drafts(&team.key.public)) {
        let name = format!("Service {number}");
        let service = stage::add_service(&mut team.owner, &team.organisation, &name, "alder").await;
        let who = Who::Session { token_hash: Token::parse(team.owner.session().unwrap()).unwrap().hash() };
        let id = RegistrationId::from_parts(1, [number; 10]);
        let start = Command::Start {
            organisation: team.organisation.parse().unwrap(),
            service: service.parse().unwrap(),
            environment: environment.into(),
            copy_of: None,
            draft: Box::new(draft.clone().into()),
        };
        let moment = Moment::new(clock::now(), [number; 32]);
        world.store.execute::<Registration>(&moment, &who, id, Expected::New, start).await.unwrap();

        let page = team.owner.open(&format!("/registrations/{id}/check")).await.page();
        let said = |selector: &str| {
            let mut said: Vec<String> = html::select(&page, selector).into_iter().map(html::text_of).collect();
            said.sort();
            said
        };
        let metadata = json!({
            "client_name": draft.client_name, "public_key": draft.public_keys.first().map(|key| key.pem.as_str()).unwrap_or_default(), "redirect_uris": draft.redirect_uris,
            "scope": draft.scopes.join(" "), "reasons": draft.reasons, "nhs_vtr": draft.vectors,
            "evidence": draft.evidence,
        });
        let policy = world.config.policies().into_iter().find(|policy| policy.name == environment).unwrap();
        let verdict = judge(Kind::Registration, metadata.to_string().as_bytes(), &policy, clock::now().date());
        let sentences = |of: Vec<Said>| {
            let mut sentences: Vec<String> = of.into_iter().map(|problem| problem.message).collect();
            sentences.sort();
            sentences
        };
        problems += verdict.problems.len();
        warnings += verdict.warnings.len();
        assert_eq!(said("p.nhsuk-error-message"), sentences(verdict.problems), "{environment}: {about}");
        assert_eq!(said(".nhsuk-card--warning li > span"), sentences(verdict.warnings), "{environment}: {about}");
    }
    assert!(problems > 30 && warnings > 5, "{problems} problems and {warnings} warnings are too few to tell");
}
