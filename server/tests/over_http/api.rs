//! The API of an organisation: what a token may and may not, problems, conflicts, and that its description is true.

use std::collections::BTreeSet;

use axum::body::Body;
use domain::actor::TokenScope;
use http::Request;
use serde_json::{Value, json};
use server::api::document;

use crate::support::world::ORIGIN;
use crate::support::{Answer, Person, Team, World, clock};

/// A program with a token.
struct Program {
    person: Person,
    secret: String,
}

impl Program {
    /// Makes a token through the form, as this person.
    async fn of(
        world: &World,
        maker: &mut Person,
        organisation: &str,
        scope: TokenScope,
        environments: &[&str],
    ) -> Self {
        let page = maker.open(&format!("/organisations/{organisation}/tokens/new")).await;
        let form = page.form("/api/make-token");
        let name = format!("pipeline {}", clock::now().unix_timestamp_nanos());
        clock::pass(time::Duration::seconds(1));
        let mut pairs = form.untouched();
        pairs.retain(|(name, _)| !["name", "scope", "environments[]", "days", "proof"].contains(&name.as_str()));
        let password = maker.password.clone();
        let typed = [("name", name.as_str()), ("scope", scope.word()), ("days", "30"), ("proof", &password)];
        pairs.extend(typed.map(|(name, value)| (name.to_owned(), value.to_owned())));
        pairs.extend(environments.iter().map(|name| ("environments[]".to_owned(), (*name).to_owned())));
        let made = maker.submit_form(&form, &pairs).await.leads_to("/organisations/");
        let shown = maker.follow(made).await.expect(200);
        let at = shown.body.find("prp_").expect("the secret is shown");
        let secret = shown.body[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
        Self { person: world.visitor(), secret }
    }

    async fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        request = request.header("authorization", format!("Bearer {}", self.secret));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        Reply(self.person.send(request.body(body).unwrap()).await)
    }

    async fn get(&mut self, path: &str) -> Reply {
        self.ask("GET", path, &[], None).await
    }
}

struct Reply(Answer);

impl Reply {
    #[track_caller]
    fn expect(self, status: u16) -> Self {
        assert_eq!(self.0.status.as_u16(), status, "{}: {}", self.0.address, self.0.body);
        let kind = self.0.headers["content-type"].to_str().unwrap();
        let expected = if status >= 400 { "application/problem+json" } else { "application/json" };
        assert_eq!(kind, expected, "{}", self.0.address);
        self
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.0.body).unwrap()
    }

    fn etag(&self) -> String {
        self.0.headers["etag"].to_str().unwrap().to_owned()
    }

    /// The last part of the problem's type.
    fn kind(&self) -> String {
        let kind = self.json()["type"].as_str().unwrap().to_owned();
        assert!(kind.starts_with(&format!("{ORIGIN}/guidance/api#")), "{kind}");
        kind.split('#').next_back().unwrap().to_owned()
    }
}

const ALL: [&str; 3] = ["sandpit", "integration", "live"];

#[tokio::test]
async fn a_program_comes_in_by_its_token_alone() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let organisation = team.organisation.clone();
    let mut program = Program::of(&world, &mut team.developer, &organisation, TokenScope::Read, &ALL).await;
    let read = program.get("/organisation").await.expect(200);
    assert_eq!(read.json()["id"], organisation.as_str());
    assert_eq!(read.json()["token"]["scope"], "read");
    assert!(read.0.headers.contains_key("ratelimit") && read.0.headers.contains_key("ratelimit-policy"));
    assert!(read.0.headers.get("set-cookie").is_none());

    // A session opens nothing here, nor does a secret that is none, or another header.
    let session = team.owner.send(Request::get("/api/v1/organisation").body(Body::empty()).unwrap()).await;
    let refused = Reply(session).expect(401);
    assert!(refused.0.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
    let secret = program.secret.clone();
    for wrong in ["", "prp_", "prp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &secret[4..], &format!("{secret}x")] {
        program.secret = wrong.to_owned();
        program.get("/organisation").await.expect(401);
    }
    program.secret = secret;
    // And a token opens no page.
    let page = Request::get("/home").header("authorization", format!("Bearer {}", program.secret));
    program.person.send(page.body(Body::empty()).unwrap()).await.leads_to("/sign-in");
    // Its secret is nowhere but with the program.
    for (name, bytes) in world.files() {
        let held = bytes.windows(program.secret.len()).any(|window| window == program.secret.as_bytes());
        assert!(!held, "{} holds the secret", name.display());
    }
    // Nor is there anything of another team.
    let other = Team::assemble(&world, "birch").await;
    program.get(&format!("/registrations/{}", other.registration)).await.expect(404);
    program.get(&format!("/services/{}", other.service)).await.expect(404);
    program.get("/nowhere").await.expect(404);
    assert_eq!(program.ask("DELETE", "/organisation", &[], None).await.expect(405).kind(), "method");
}

#[tokio::test]
async fn a_program_fills_in_proves_and_submits() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let (organisation, id) = (team.organisation.clone(), team.registration.clone());
    let mut program = Program::of(&world, &mut team.developer, &organisation, TokenScope::Submit, &ALL).await;
    let at = format!("/registrations/{id}");
    let mut tag = program.get(&at).await.expect(200).etag();
    let uri = format!("{}/callback", team.host);
    for (section, body) in [
        ("client-name", json!({"client_name": "Alder records"})),
        ("redirect-uris", json!({"redirect_uris": [uri]})),
        ("scopes", json!({"scopes": ["openid"]})),
        ("vectors", json!({"nhs_vtr": ["P9.Cp.Cd"]})),
    ] {
        let path = format!("{at}/draft/{section}");
        assert_eq!(program.ask("PUT", &path, &[], Some(body.clone())).await.expect(428).kind(), "if-match-needed");
        let saved = program.ask("PUT", &path, &[("if-match", &tag)], Some(body.clone())).await.expect(200);
        // What is there already is no conflict; what is other is.
        program.ask("PUT", &path, &[("if-match", "\"0\"")], Some(body)).await.expect(200);
        tag = saved.etag();
    }
    for none in ["7", "*", "W/\"7\"", "\"6\", \"7\""] {
        let body = json!({"client_name": "Something else"});
        let path = format!("{at}/draft/client-name");
        assert_eq!(program.ask("PUT", &path, &[("if-match", none)], Some(body)).await.expect(400).kind(), "malformed");
    }
    let stale = json!({"client_name": "Something else"});
    let path = format!("{at}/draft/client-name");
    assert_eq!(program.ask("PUT", &path, &[("if-match", "\"1\"")], Some(stale)).await.expect(412).kind(), "stale");
    let key = json!({"public_key": team.key.public, "name": "First"});
    let keys = format!("{at}/draft/keys");
    program.ask("POST", &keys, &[("if-match", "\"1\"")], Some(key.clone())).await.expect(412);
    let submit = format!("{at}/submission");
    let refused = program.ask("POST", &submit, &[("if-match", &tag)], None).await.expect(422);
    assert_eq!(refused.json()["errors"][0]["field"], "public_key", "{}", refused.json());
    tag = program.ask("POST", &keys, &[("if-match", &tag)], Some(key)).await.expect(200).etag();
    // What is sent twice is done once.
    let named = [("if-match", tag.as_str()), ("idempotency-key", "a-submission")];
    let submitted = program.ask("POST", &submit, &named, None).await.expect(200);
    assert_eq!(submitted.json()["revisions"][0]["number"], 1);
    let length = world.history_length().await;
    program.ask("POST", &submit, &named, None).await.expect(200);
    assert_eq!(world.history_length().await, length);
    // Nothing else is done by the same name, whatever it rests on.
    let tag = program.ask("GET", &at, &[], None).await.expect(200).etag();
    let reused = [("if-match", tag.as_str()), ("idempotency-key", "a-submission")];
    let other = program.ask("POST", &format!("{at}/withdrawal"), &reused, None).await.expect(422);
    assert!(other.0.body.contains("idempotency-key-reused"), "{}", other.0.body);
    assert_eq!(world.history_length().await, length);

    let revision = program.get(&format!("{at}/revisions/1")).await.expect(200).json();
    let metadata: Value = serde_json::from_str(revision["client_metadata"].as_str().unwrap()).unwrap();
    assert_eq!(metadata["client_name"], "Alder records");
    program.get(&format!("{at}/revisions/2")).await.expect(404);
    // The page of the history says by which program.
    let history = program.get(&format!("{at}/history")).await.expect(200).json();
    let entries = history["items"].as_array().unwrap();
    let submitted = entries.iter().find(|entry| entry["event"] == "submitted").unwrap();
    let by = submitted["by"].as_str().unwrap();
    assert!(by.starts_with("developer alder (developer), with the token “pipeline"), "{by}");
    assert!(team.owner.open("/history").await.text().contains("with the token “pipeline"));
}

#[tokio::test]
async fn what_a_token_cannot_do_says_why() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let (organisation, id) = (team.organisation.clone(), team.registration.clone());
    let at = format!("/registrations/{id}");
    let mut reader = Program::of(&world, &mut team.developer, &organisation, TokenScope::Read, &ALL).await;
    let tag = reader.get(&at).await.expect(200).etag();
    let name = || Some(json!({"client_name": "Alder"}));
    let path = format!("{at}/draft/client-name");
    assert_eq!(reader.ask("PUT", &path, &[("if-match", &tag)], name()).await.expect(403).kind(), "scope");
    let mut elsewhere = Program::of(&world, &mut team.developer, &organisation, TokenScope::Submit, &["live"]).await;
    assert_eq!(elsewhere.get(&at).await.expect(403).kind(), "environment");
    assert_eq!(elsewhere.get("/registrations").await.expect(200).json()["items"], json!([]));
    let history = elsewhere.get("/history").await.expect(200).json();
    let environments: BTreeSet<&str> =
        history["items"].as_array().unwrap().iter().filter_map(|entry| entry["environment"].as_str()).collect();
    assert!(environments.is_empty(), "{environments:?}");
    let start = Some(json!({"service": team.service, "environment": "sandpit"}));
    assert_eq!(elsewhere.ask("POST", "/registrations", &[], start).await.expect(403).kind(), "environment");

    // Bodies that are none.
    let mut writer = Program::of(&world, &mut team.developer, &organisation, TokenScope::Draft, &ALL).await;
    for (body, status) in [
        (json!({}), 400),
        (json!({"client_name": 1}), 400),
        (json!({"client_name": "a", "more": 1}), 400),
        (json!([]), 400),
        (json!({"client_name": "x".repeat(20 * 1024 + 1)}), 413),
        (json!({"client_name": "x".repeat(200 * 1024)}), 413),
    ] {
        writer.ask("PUT", &path, &[("if-match", &tag)], Some(body)).await.expect(status);
    }
    let private = crate::support::keys::pair().private;
    let pasted = Some(json!({"client_name": private}));
    let refused = writer.ask("PUT", &path, &[("if-match", &tag)], pasted).await;
    assert!(!refused.0.body.contains("PRIVATE KEY-----"), "{}", refused.0.body);
    for (name, bytes) in world.files() {
        let secret = &private.lines().nth(5).unwrap().as_bytes()[..20];
        assert!(!bytes.windows(20).any(|window| window == secret), "{} holds it", name.display());
    }
    // Whoever leaves takes their tokens with them, at once.
    let leave = format!("/organisations/{organisation}/team/leave");
    team.developer.fill(&leave, "/api/leave-team", &[]).await.leads_to("/home");
    writer.get("/organisation").await.expect(401);
}

#[tokio::test]
async fn a_token_has_its_limit() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let organisation = team.organisation.clone();
    let mut program = Program::of(&world, &mut team.developer, &organisation, TokenScope::Read, &ALL).await;
    let hash = usecases::tokens::read_secret(&program.secret).unwrap().hash();
    let limits = &world.portal.auth.limits;
    program.get("/organisation").await.expect(200);
    assert_eq!(limits.api_by_token.left(&hash, clock::now()), 299);
    while limits.api_by_token.take(&hash, clock::now()).is_ok() {}
    let steps = world.store.statements_read();
    let refused = program.get("/organisation").await.expect(429);
    assert_eq!(world.store.statements_read(), steps, "nothing is looked up beyond the limit");
    assert_eq!(refused.0.headers["retry-after"], "1");
    assert!(refused.0.headers["ratelimit"].to_str().unwrap().contains("r=0"));
    clock::pass(time::Duration::seconds(2));
    program.get("/organisation").await.expect(200);
}

/// Where a value is other than its schema says; none where it is as that says. A member that no schema names is one too.
fn differs(document: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return differs(document, document.pointer(&reference[1..]).unwrap(), value, at);
    }
    if let Some(options) = schema["oneOf"].as_array() {
        let fits = options.iter().any(|option| differs(document, option, value, at).is_none());
        return (!fits).then(|| format!("{at}: none of several"));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !types.contains(&is) {
        return Some(format!("{at}: {is} is none of {types:?}"));
    }
    if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        return Some(format!("{at}: {value} is no word of it"));
    }
    match value {
        Value::Array(entries) => {
            entries.iter().find_map(|entry| differs(document, &schema["items"], entry, &format!("{at}/…")))
        }
        Value::Object(members) => {
            let needed = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let missing =
                needed.filter(|name| !members.contains_key(*name)).map(|name| format!("{at}: lacks {name}")).next();
            missing.or_else(|| {
                members.iter().find_map(|(name, member)| {
                    let place = format!("{at}/{name}");
                    let more = Some(&schema["additionalProperties"]).filter(|more| more.is_object());
                    match schema["properties"].get(name).or(more) {
                        Some(of_member) => differs(document, of_member, member, &place),
                        None => Some(format!("{place} is not described")),
                    }
                })
            })
        }
        _ => None,
    }
}

#[test]
fn what_differs_from_its_schema_is_seen() {
    let document = json!({"s": {"type": "object", "required": ["a"], "properties": {
        "a": {"type": ["string", "null"]}, "b": {"type": "array", "items": {"type": "integer"}},
        "c": {"oneOf": [{"type": "null"}, {"type": "string", "enum": ["x"]}]}}}});
    let of = |value: Value| differs(&document, &json!({"$ref": "#/s"}), &value, "");
    for right in [json!({"a": null}), json!({"a": "", "b": [1], "c": "x"}), json!({"a": "", "c": null})] {
        assert_eq!(of(right.clone()), None, "{right}");
    }
    for wrong in [json!({}), json!([]), json!({"a": 1}), json!({"a": "", "b": ["x"]}), json!({"a": "", "c": "y"})] {
        assert!(of(wrong.clone()).is_some(), "{wrong}");
    }
    assert!(of(json!({"a": "", "d": 1})).is_some());
}

/// Every operation that changes something, with everything that it takes: by a token that may only read, nothing changes.
#[tokio::test]
async fn a_token_that_reads_changes_nothing() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    let organisation = team.organisation.clone();
    let mut reader = Program::of(&world, &mut team.owner, &organisation, TokenScope::Read, &ALL).await;
    let registration = reader.get(&format!("/registrations/{}", team.registration)).await.expect(200);
    let service = reader.get(&format!("/services/{}", team.service)).await.expect(200);
    let contacts = json!({"technical": "a@example.org", "product": "a@example.org", "security": "a@example.org"});
    let body = |path: &str, method: &str| match (path.rsplit('/').next().unwrap(), method) {
        ("services" | "{service}", _) => {
            Some(json!({"name": "B", "description": "What.", "use_case": "Why.", "contacts": contacts}))
        }
        ("registrations", _) => Some(json!({"service": team.service, "environment": "integration"})),
        ("client-name", _) => Some(json!({"client_name": "Another"})),
        ("redirect-uris", _) => Some(json!({"redirect_uris": ["https://other.example.com/callback"]})),
        ("scopes", _) => Some(json!({"scopes": ["openid", "email"]})),
        ("vectors", _) => Some(json!({"nhs_vtr": ["P5.Cp.Cd"]})),
        ("keys", _) => Some(json!({"public_key": crate::support::keys::pair().public})),
        ("possession", _) => Some(json!({"assertion": "a.b.c"})),
        ("endorsement", _) => Some(json!({"assertion": "a.b.c", "endorsement": "d.e.f"})),
        ("{item}", _) => Some(json!({"answers": {"code": "X26"}})),
        _ => None,
    };
    let key = registration.json()["draft"]["keys"][0]["id"].as_str().unwrap().to_owned();
    let (before, mut refused) = (world.state().await, 0);
    for (path, item) in document(ORIGIN)["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|method| *method != "get") {
            let tag = if path.ends_with("{service}") { service.etag() } else { registration.etag() };
            let address = path.replace("{registration}", &team.registration).replace("{service}", &team.service);
            let address = address.replace("{key}", &key).replace("{item}", "ods_code");
            let sent = body(path, method);
            let answer = reader.ask(&method.to_uppercase(), &address, &[("if-match", &tag)], sent).await;
            let status = answer.0.status.as_u16();
            // No evidence is asked for in the sandpit, nor is an assertion one that could be looked at.
            let is_of_nothing = path.ends_with("{item}") && status == 404;
            let is_no_assertion = path.ends_with("possession") || path.ends_with("endorsement");
            match status {
                403 if path.ends_with("/retirement") || path.ends_with("/leak") => {
                    assert_eq!(answer.kind(), "person-needed", "{method} {path}");
                    let page = answer.json()["address"].as_str().unwrap().strip_prefix(ORIGIN).unwrap().to_owned();
                    team.owner.open(&page).await;
                }
                403 => assert_eq!(answer.kind(), "scope", "{method} {path}"),
                _ => assert!(is_of_nothing || is_no_assertion, "{method} {path}: {}", answer.0.body),
            }
            refused += usize::from(status == 403);
        }
    }
    assert!(refused >= 12, "{refused}");
    assert!(before == world.state().await, "reading changed something");
}

/// Every operation × what anybody may send: nothing is answered with a status that the description lacks.
#[tokio::test]
async fn the_description_lists_every_answer() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    let organisation = team.organisation.clone();
    let mut program = Program::of(&world, &mut team.owner, &organisation, TokenScope::Submit, &ALL).await;
    let served = Reply(world.visitor().get("/api/v1/openapi.json").await).expect(200).json();
    assert_eq!(served, document(ORIGIN));
    let bodies = [
        None,
        Some(json!(null)),
        Some(json!({})),
        Some(json!({"client_name": "A", "redirect_uris": []})),
        Some(json!({"client_name": ""})),
        Some(json!({"redirect_uris": ["", "nonsense"]})),
        Some(json!({"scopes": ["nonsense"], "reasons": {"openid": "x"}})),
        Some(json!({"nhs_vtr": ["nonsense"]})),
        Some(json!({"answers": {"x": "y"}})),
        Some(json!({"public_key": "nonsense"})),
        Some(json!({"assertion": "a.b.c"})),
        Some(json!({"assertion": "a.b.c", "endorsement": "d.e.f"})),
        Some(json!({"service": team.service, "environment": "sandpit"})),
        Some(json!({"service": team.service, "environment": "live"})),
        Some(json!({"service": "none", "environment": "nowhere"})),
    ];
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for (path, item) in served["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let described: BTreeSet<&String> = operation["responses"].as_object().unwrap().keys().collect();
            for (registration, service) in [(&*team.registration, &*team.service), ("none", "none")] {
                let address = path.replace("{registration}", registration).replace("{service}", service);
                let address = address.replace("{item}", "ods_code").replace("{key}", "none");
                let address = address.replace("{number}", if registration == "none" { "none" } else { "1" });
                for tag in ["current", "\"0\"", "nonsense", ""] {
                    for body in &bodies {
                        let read = program.get(&format!("/registrations/{}", team.registration)).await;
                        let current = if read.0.status == 200 { read.etag() } else { String::new() };
                        let tag = if tag == "current" { &current } else { tag };
                        let headers = [("if-match", tag)];
                        let headers = if tag.is_empty() { &[][..] } else { &headers[..] };
                        let method_name = method.to_uppercase();
                        let answer = program.ask(&method_name, &address, headers, body.clone()).await;
                        let status = answer.0.status.as_u16().to_string();
                        let content = operation["responses"][&status]["content"].as_object();
                        let schema = content.and_then(|kinds| kinds.values().next()).map(|kind| &kind["schema"]);
                        let differs = schema.and_then(|schema| differs(&served, schema, &answer.json(), ""));
                        if !described.contains(&status) || status.starts_with('5') || differs.is_some() {
                            wrong.push(format!("{differs:?}"));
                            wrong.push(format!("{method} {address} {tag} {body:?}: {status} {}", answer.0.body));
                        }
                        seen.insert(status);
                        clock::pass(time::Duration::seconds(5));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    assert!(["200", "400", "404", "409", "412", "422", "428"].iter().all(|one| seen.contains(*one)), "{seen:?}");
}
