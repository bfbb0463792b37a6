//! Threat 12 (a private key is pasted or uploaded): in every field of every form that anybody is shown, in several
//! spellings and wrappings (the domain's tests have all of them). It is not shown again, not logged, not mailed, and is in no file of the database; the rest of the form
//! is kept; the person is told to replace the key.

use time::Duration;

use crate::support::html::{Field, Form};
use crate::support::keys::{self, openssl};
use crate::support::{Answer, Log, Person, Team, World, clock, crawl};

/// What is typed into the other fields.
const KEPT: &str = "Kept words beside it";

struct Canary {
    spellings: Vec<(&'static str, String)>,
    /// Pieces of the private half that stand in every spelling.
    traces: Vec<String>,
}

fn canary() -> Canary {
    let pair = keys::pair();
    let body: String = pair.private.lines().filter(|line| !line.starts_with("-----")).collect();
    let relabelled = pair.private.replace("PRIVATE KEY", "PUBLIC KEY");
    let pkcs1 = openssl(&["rsa", "-traditional"], pair.private.as_bytes());
    // The private exponent as JWK writes it.
    let text = openssl(&["rsa", "-noout", "-text"], pair.private.as_bytes());
    let exponent = text.split("privateExponent:").nth(1).unwrap().split("prime1:").next().unwrap();
    let hex: String = exponent.chars().filter(char::is_ascii_hexdigit).collect();
    let bytes = data_encoding::HEXLOWER.decode(hex.trim_start_matches("00").as_bytes()).unwrap_or_default();
    let d = data_encoding::BASE64URL_NOPAD.encode(&bytes);
    let jwk = format!("{{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"{}\",\"d\":\"{d}\"}}", "s".repeat(342));
    let mut traces = runs(&body);
    traces.extend(runs(&pkcs1.lines().filter(|line| !line.starts_with("-----")).collect::<String>()));
    traces.extend(runs(&d));
    let mut spellings = vec![
        ("PEM", pair.private.clone()),
        ("on one line", format!("-----BEGIN PRIVATE KEY-----{body}-----END PRIVATE KEY-----")),
        ("labelled public", relabelled),
        ("PKCS#1", pkcs1),
        ("JWK", jwk.clone()),
    ];
    for (wrapping, text) in wrapped(&pair.private, &jwk) {
        // What a line of it is shown as, whatever is escaped in it.
        let lines = text.lines().map(|line| line.chars().take_while(|c| !c.is_control()).take(40).collect::<String>());
        traces.extend(lines.filter(|line| line.len() >= 24).skip(1));
        traces.extend(runs(&text));
        spellings.push((wrapping, text));
    }
    Canary { spellings, traces }
}

/// The key in other clothes.
fn wrapped(pem: &str, jwk: &str) -> Vec<(&'static str, String)> {
    let short = openssl(&["genpkey", "-quiet", "-algorithm", "ED25519"], b"");
    let dump = keys::pipe("sh", &["-c", "openssl pkey -outform DER | xxd"], short.as_bytes());
    let array = keys::pipe("sh", &["-c", "openssl pkey -outform DER | xxd -i"], short.as_bytes());
    let gzip = keys::pipe("gzip", &[], pem.as_bytes());
    vec![
        ("JWK in base64", data_encoding::BASE64.encode(jwk.as_bytes())),
        ("UTF-16 without a mark", pem.chars().flat_map(|c| [c, '\0']).collect()),
        ("xxd", String::from_utf8(dump).unwrap()),
        ("C array", String::from_utf8(array).unwrap()),
        ("asn1parse", openssl(&["asn1parse"], short.as_bytes())),
        ("gzip in base64", data_encoding::BASE64.encode(&gzip)),
        ("without its first lines", pem.lines().skip(2).collect::<Vec<_>>().join("\n")),
    ]
}

/// Stretches of letters and digits, which no escaping changes, short enough for lines of 64.
fn runs(base64: &str) -> Vec<String> {
    let runs = base64.split(|c: char| !c.is_ascii_alphanumeric()).filter(|run| run.len() >= 16);
    // The first third is the public half.
    let runs: Vec<&str> = runs.collect();
    runs.iter()
        .skip(runs.len() / 3)
        .flat_map(|run| run.as_bytes().chunks_exact(14))
        .map(|chunk| String::from_utf8(chunk.to_vec()).unwrap())
        .collect()
}

impl Canary {
    fn found_in(&self, text: &str) -> Option<&String> {
        self.traces.iter().find(|trace| text.contains(trace.as_str()))
    }
}

/// One try: this spelling in this field.
struct Try<'a> {
    page: &'a Answer,
    form: &'a Form,
    field: &'a Field,
    spelling: &'a str,
    text: &'a str,
}

fn pairs(attempt: &Try<'_>) -> Vec<(String, String)> {
    let mut pairs = attempt.form.untouched();
    for (name, value) in &mut pairs {
        let text = attempt.form.text_fields().any(|field| field.name == *name && field.kind != "password");
        if *name == attempt.field.name {
            attempt.text.clone_into(value);
        } else if text {
            *value = match name.as_str() {
                "email" | "technical" | "product" | "security" => "kept@alder.example.com".to_owned(),
                _ => KEPT.to_owned(),
            };
        }
    }
    if attempt.field.kind == "file" {
        pairs.push((attempt.field.name.clone(), attempt.text.to_owned()));
    }
    pairs
}

/// Sends it and reads all answers up to the page at the end.
async fn attempt(person: &mut Person, canary: &Canary, one: &Try<'_>, complaints: &mut Vec<String>) {
    let place = format!("{} {} in {}.{}", one.page.address, one.spelling, one.form.action, one.field.name);
    let pairs = pairs(one);
    let first = person.submit_form(one.form, &pairs).await;
    let mut shown = format!("{:?}{}", first.headers, first.body);
    let last = person.follow(first).await;
    shown += &format!("{:?}{}", last.headers, last.body);
    if let Some(trace) = canary.found_in(&shown) {
        complaints.push(format!("{place}: shows {trace}"));
    }
    if matches!(one.field.kind.as_str(), "password") || one.field.name == "code" {
        return;
    }
    let text = last.text();
    if !(text.contains("private key") && text.contains("make a new pair")) {
        let status = last.status;
        complaints.push(format!(
            "{place}: not told to replace it ({status} {}): {}",
            last.address,
            text.chars().take(300).collect::<String>()
        ));
    }
    let others = one.form.text_fields().filter(|field| field.kind != "password" && field.name != one.field.name);
    let kept = last.page();
    for other in others.filter(|other| pairs.iter().any(|(name, value)| *name == other.name && !value.is_empty())) {
        let shown = crate::support::html::forms(&kept).into_iter().find(|form| form.endpoint() == one.form.endpoint());
        let value = shown.as_ref().and_then(|form| form.value(&other.name)).unwrap_or_default().to_owned();
        // A chosen file wins over what was pasted beside it.
        if !value.contains("ept") && one.field.kind != "file" {
            complaints.push(format!("{place}: {} is lost: {value:?}", other.name));
        }
    }
}

async fn every_form(person: &mut Person, canary: &Canary, starts: &[&str], wait: Duration) -> (usize, Vec<String>) {
    let pages = crawl::pages(person, starts).await;
    let (mut count, mut complaints) = (0, Vec::new());
    for (page, form) in crawl::forms(&pages, &["post", "get"]) {
        let fields = form.fields.iter().filter(|field| field.is_text() || field.kind == "file");
        for field in fields {
            for (spelling, text) in &canary.spellings {
                let one = Try { page: &page, form: &form, field, spelling, text };
                attempt(person, canary, &one, &mut complaints).await;
                clock::pass(wait);
                count += 1;
            }
        }
    }
    (count, complaints)
}

#[tokio::test]
async fn a_private_key_goes_nowhere_from_any_form() {
    let log = Log::begin();
    let world = World::new().await;
    let canary = canary();
    assert!(canary.traces.len() > 20, "{:?}", canary.traces);
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[("profile", "The NHS number finds the record of the patient.")]).await;
    let (registration, service) = (team.registration.clone(), team.service.clone());
    let mut visitor = world.visitor();
    let (tried, mut complaints) = every_form(
        &mut visitor,
        &canary,
        &["/", "/sign-up", "/sign-in", "/forgotten-password"],
        Duration::seconds(901),
    )
    .await;
    assert!(tried >= 20, "{tried}");

    team.owner.sign_in().await;
    let starts = [
        format!("/services/{service}/edit"),
        format!("/registrations/{registration}/possession"),
        "/organisations/new".to_owned(),
        "/home".to_owned(),
        "/account/password".to_owned(),
    ];
    // The page of a proof has its form once there is a nonce.
    team.owner.fill(&starts[1], "/api/ask-nonce", &[]).await.expect(303);
    let starts: Vec<&str> = starts.iter().map(String::as_str).collect();
    let (tried, more) = every_form(&mut team.owner, &canary, &starts, Duration::seconds(20)).await;
    assert!(tried >= 60, "{tried}");
    complaints.extend(more);

    team.owner.sign_in().await;
    team.submit().await.leads_to("/registrations/");
    admin.sign_in().await;
    let review = format!("/admin/reviews/{registration}");
    let forms = ["/approve", "/reject", "/request-changes"].map(|form| format!("{review}{form}"));
    let starts: Vec<&str> = ["/admin/queue", &review].into_iter().chain(forms.iter().map(String::as_str)).collect();
    let (tried, more) = every_form(&mut admin, &canary, &starts, Duration::seconds(61)).await;
    assert!(tried >= 20, "{tried}");
    complaints.extend(more);
    world.work().await;

    for (path, bytes) in world.files() {
        if let Some(trace) = canary.found_in(&String::from_utf8_lossy(&bytes)) {
            complaints.push(format!("{trace} is in {}", path.display()));
        }
    }
    if let Some(trace) = canary.found_in(&log.text()) {
        complaints.push(format!("{trace} is in the log"));
    }
    assert!(complaints.is_empty(), "{} of them:\n{}", complaints.len(), complaints.join("\n"));
}

/// What somebody asked for before signing in comes back in addresses, cookies and forms.
#[tokio::test]
async fn a_private_key_goes_nowhere_from_an_address() {
    let world = World::new().await;
    let canary = canary();
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    let mut visitor = world.visitor();
    for (spelling, key) in &canary.spellings {
        let query = crate::support::person::urlencoded(&[("search", key)]);
        for address in [format!("/history?{query}"), format!("/history.csv?{query}")] {
            for person in [&mut visitor, &mut olive] {
                let first = person.get(&address).await;
                let shown = format!("{:?}{}", first.headers, first.body);
                assert_eq!(canary.found_in(&shown), None, "{spelling} at {}", &address[..16]);
            }
        }
        let next = format!("/history?{query}");
        let pairs = [("email", "olive@alder.example.com"), ("password", "wrong"), ("next", next.as_str())];
        let first = visitor.post("/api/sign-in", &pairs).await;
        assert_eq!(canary.found_in(first.location()), None, "{spelling} as next");
        clock::pass(Duration::seconds(31));
    }
}

/// A file in DER is no text, so no rule about text sees it.
#[tokio::test]
async fn a_private_key_in_der_is_refused() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    let der = keys::pair().private_der();
    for (page, action) in [
        (format!("/registrations/{}/public-key", team.registration), "/api/save-public-key"),
        ("/tools/key".to_owned(), "/api/tools/key"),
    ] {
        let form = team.owner.open(&page).await.form(action);
        let answer = team.owner.upload(&form, &der).await;
        let answer = team.owner.follow(answer).await;
        assert!(answer.text().contains("make a new pair"), "{page}: {}", answer.text());
    }
    // The key that was there is still there, and nothing of the other one is.
    let saved = team.owner.open(&format!("/registrations/{}/public-key", team.registration)).await;
    let key = domain::key::PublicKey::parse(&team.key.public, &[2048]).unwrap();
    assert!(saved.text().contains(&key.sha256()), "{}", saved.text());
    for (path, bytes) in world.files() {
        let found = bytes.windows(32).any(|window| window == &der[der.len() - 64..der.len() - 32]);
        assert!(!found, "a piece of it is in {}", path.display());
    }
}

/// No form of ours sends a key as the name of an input, or ticks a box with one; a hand-made post may.
#[tokio::test]
async fn a_private_key_goes_nowhere_from_hand_made_posts() {
    let log = Log::begin();
    let world = World::new().await;
    let canary = canary();
    let mut team = Team::assemble(&world, "alder").await;
    let pem = keys::pair().private;
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let registration = team.registration.clone();
    let owner = &mut team.owner;
    owner.sign_in().await;
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let posts = [
        ("scopes", "/api/save-scopes", vec![field(&format!("reasons[{body}]"), "why")]),
        ("scopes", "/api/save-scopes", vec![field("scope[]", &pem)]),
        ("scopes", "/api/save-scopes", vec![field("scope[]", "openid"), field(&format!("reasons[{body}]"), &pem)]),
        ("vectors", "/api/save-vectors", vec![field("nhs_vtr[]", &pem)]),
        ("vectors", "/api/save-evidence", vec![field("item", "dspt"), field(&format!("evidence[dspt.{body}]"), "yes")]),
        ("vectors", "/api/save-evidence", vec![field("item", &body), field(&format!("evidence[{body}.x]"), "yes")]),
        ("redirect-uris", "/api/save-redirect-uris", vec![field("redirect_uris[0]", &pem)]),
    ];
    for (page, action, extra) in posts {
        let form = owner.open(&format!("/registrations/{registration}/{page}")).await;
        let base = html_base(&form.body);
        for base in [base.as_str(), "stale"] {
            let mut pairs = vec![field("registration", &registration), field("base", base)];
            pairs.extend(extra.clone());
            let first = owner.post(action, &pairs).await;
            let mut shown = format!("{:?}{}", first.headers, first.body);
            let last = owner.follow(first).await;
            shown += &format!("{:?}{}", last.headers, last.body);
            assert_eq!(canary.found_in(&shown), None, "{action} {:?}", extra[0].0.get(..16));
            clock::pass(Duration::seconds(20));
        }
    }
    for (path, bytes) in world.files() {
        assert_eq!(canary.found_in(&String::from_utf8_lossy(&bytes)), None, "in {}", path.display());
    }
    assert_eq!(canary.found_in(&log.text()), None, "in the log");
}

/// What the forms of a page rest on.
fn html_base(body: &str) -> String {
    let page = scraper::Html::parse_document(body);
    let inputs = crate::support::html::select(&page, "input[name='base']");
    inputs.first().and_then(|input| input.value().attr("value")).unwrap_or_default().to_owned()
}
