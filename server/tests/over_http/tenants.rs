//! Threat 10 (reading another organisation's data): canary strings in every field of organisation A are on no page
//! that organisation B's people can be given.

use crate::support::{Person, Team, World, crawl, stage};

/// One for each field: invented words that nothing else contains.
const CANARIES: [&str; 17] = [
    "quixvarn", "brelgost", "plundrix", "vorstelm", "kranduil", "dremvosk", "halquist", "jombertz", "gryvolun",
    "wexomark", "tzarneth", "ulbrindo", "fenskari", "ombrixel", "ystrovan", "zelkurth", "nimquast",
];

async fn organisation_a(world: &World, admin: &mut Person) -> Team {
    let [owner, organisation, service, description, use_case, technical, product, security, ..] = CANARIES;
    let [.., client, host, reason, developer, comment, suspension, evidence_free, draft, rejected] = CANARIES;
    let mut person = world.partner(owner, &format!("{owner}@alder.example.com")).await;
    let id = stage::create_organisation(&mut person, organisation).await;
    let contact = |word: &str| format!("{word}@alder.example.com");
    let (technical, product, security) = (contact(technical), contact(product), contact(security));
    let filled = [
        ("name", service),
        ("description", description),
        ("use_case", use_case),
        ("technical", technical.as_str()),
        ("product", &product),
        ("security", &security),
    ];
    let page = format!("/organisations/{id}/services/new");
    let answer = person.fill(&page, "/api/add-service", &filled).await.leads_to("/services/");
    let service = stage::part(answer.location(), 2);
    let registration = stage::start(&mut person, &service, "sandpit").await;
    let key = crate::support::keys::pair();
    let uri = format!("https://{host}.example.com/callback");
    let reason = format!("Because {reason} asks for it.");
    let answers =
        stage::Answers { name: client, key: &key.public, redirect_uri: &uri, scopes: &[("profile", &reason)] };
    stage::fill_in(&mut person, &registration, &answers).await;
    stage::submit(&mut person, &registration).await.leads_to("/registrations/");
    let code = admin.code();
    let said = [("comment", comment), ("sections[scopes]", suspension)];
    let address = format!("/admin/reviews/{registration}");
    let answer = admin.fill(&format!("{address}/request-changes"), "/api/request-changes", &said).await;
    answer.leads_to(&address);
    let better = format!("Because {evidence_free} asks for it.");
    stage::save_scopes(&mut person, &registration, &[("profile", &better)]).await.leads_to("/registrations/");
    stage::submit(&mut person, &registration).await.leads_to("/registrations/");
    let answer =
        admin.fill(&format!("{address}/approve"), "/api/approve", &[("proof", &code), ("comment", rejected)]).await;
    answer.leads_to(&address);
    let name = [("client_name", draft)];
    person
        .fill(&format!("/registrations/{registration}/client-name"), "/api/save-client-name", &name)
        .await
        .expect(303);
    world.work().await;
    let colleague = world.partner(developer, &format!("{developer}@alder.example.com")).await;
    Team {
        owner: person,
        developer: colleague.clone(),
        viewer: colleague,
        organisation: id,
        service,
        registration,
        host: uri,
        key: key.into(),
    }
}

/// Addresses that name what is A's, whoever asks.
fn addresses(team: &Team, entries: i64) -> Vec<String> {
    let mut addresses: Vec<String> = [
        "/organisations/{o}",
        "/organisations/{o}/services/new",
        "/services/{s}",
        "/services/{s}/edit",
        "/registrations/{r}",
        "/registrations/{r}/client-name",
        "/registrations/{r}/public-key",
        "/registrations/{r}/redirect-uris",
        "/registrations/{r}/scopes",
        "/registrations/{r}/vectors",
        "/registrations/{r}/possession",
        "/registrations/{r}/check",
        "/registrations/{r}/withdraw",
        "/registrations/{r}/retire",
        "/registrations/{r}/history",
        "/admin/queue",
        "/admin/reviews/{r}",
        "/admin/reviews/{r}/approve",
        "/admin/reviews/{r}?revision=1",
        "/admin/organisations",
        "/admin/organisations/{o}",
        "/admin/clients",
        "/admin/publications",
        "/admin/people",
        "/home",
        "/history",
        "/history.csv",
        "/history?organisation={o}",
        "/history?registration={r}",
        "/history?search=quixvarn",
        "/history?subject={r}",
        "/history.csv?registration={r}",
        "/account",
        "/",
    ]
    .iter()
    .map(|path| {
        path.replace("{o}", &team.organisation).replace("{s}", &team.service).replace("{r}", &team.registration)
    })
    .collect();
    addresses.extend((0..entries).map(|index| format!("/history/{index}")));
    addresses
}

#[tokio::test]
async fn nothing_of_one_organisation_is_shown_to_another() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = organisation_a(&world, &mut admin).await;
    let mut other = Team::assemble(&world, "birch").await;
    let client = world.rows("SELECT client_id AS n FROM registrations WHERE client_id IS NOT NULL").await;
    let client_id: String = client[0].try_get("", "n").unwrap();
    let addresses = addresses(&team, world.history_length().await);
    let starts: Vec<&str> = addresses.iter().map(String::as_str).collect();

    for person in [&mut other.owner, &mut other.developer, &mut other.viewer] {
        for answer in crawl::pages(person, &starts).await {
            let words = CANARIES.iter().copied().chain([client_id.as_str(), &team.owner.email]);
            for word in words {
                // What was asked for stands in the address, and in the search field.
                let shown = answer.body.replace("search=quixvarn", "").replace("value=\"quixvarn\"", "");
                let headers = format!("{:?}", answer.headers).replace("search%3Dquixvarn", "");
                assert!(!shown.contains(word), "{word} is on {} for {}", answer.address, person.email);
                assert!(!headers.contains(word), "{word} is in a header of {}", answer.address);
            }
        }
    }
    // Every canary is there for those whom it concerns, so the search above could have found it.
    let mut seen = String::new();
    for person in [&mut team.owner, &mut admin] {
        for answer in crawl::pages(person, &starts).await {
            seen += &answer.body;
        }
    }
    let lost: Vec<_> = CANARIES.iter().filter(|word| !seen.contains(**word)).collect();
    assert!(lost.is_empty() && seen.contains(&client_id), "{lost:?}");
}

/// Commands with ids of two organisations mixed: what is named first does not open what is named second.
#[tokio::test]
async fn ids_of_two_organisations_do_not_mix() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = organisation_a(&world, &mut admin).await;
    let mut other = Team::assemble(&world, "birch").await;
    let length = world.history_length().await;
    let page = team.owner.open(&format!("/services/{}/edit", team.service)).await;
    let base = page.form("/api/change-service").value("base").unwrap().to_owned();
    let service = [
        ("name", "Mine"),
        ("description", "x"),
        ("use_case", "x"),
        ("technical", "a@b.example"),
        ("product", "a@b.example"),
        ("security", "a@b.example"),
    ];
    let tries: [(&str, Vec<(&str, &str)>); 3] = [
        ("/api/start-registration", vec![("service", &team.service), ("environment", "integration")]),
        ("/api/change-service", [vec![("service", team.service.as_str()), ("base", &base)], service.to_vec()].concat()),
        ("/api/save-client-name", vec![("registration", &team.registration), ("base", ""), ("client_name", "Mine")]),
    ];
    for (path, pairs) in tries {
        let answer = other.owner.post(path, &pairs).await.expect(303);
        assert!(!answer.location().contains("done="), "{path}: {}", answer.location());
        let page = other.owner.follow(answer).await;
        assert!(CANARIES.iter().all(|word| !page.body.contains(word)), "{path}: {}", page.text());
    }
    assert_eq!(world.history_length().await, length);
}
