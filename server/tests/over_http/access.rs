//! Every role × every route (threats 3 and 10), and what the auditor and the outsider may send: nothing.

use std::collections::BTreeSet;

use app::App;
use domain::actor::StaffRole;
use leptos_axum::generate_route_list;

use crate::csrf::{everything, functions};
use crate::support::{Person, Team, World};

/// Visitor, owner, developer, viewer, owner of another organisation, admin, auditor, admin without second factor.
type Row = (&'static str, [u16; 8]);

const PUBLIC: [u16; 8] = [200; 8];
const ACCOUNT: [u16; 8] = [303, 200, 200, 200, 200, 200, 200, 200];
/// What belongs to organisation A, for everybody who may read it.
const OF_A: [u16; 8] = [303, 200, 200, 200, 404, 200, 200, 404];
/// What only those see who may write for organisation A.
const WRITE_A: [u16; 8] = [303, 200, 200, 403, 404, 403, 403, 404];
const STAFF: [u16; 8] = [303, 403, 403, 403, 403, 200, 200, 403];
/// What only admins may open.
const ADMIN: [u16; 8] = [303, 403, 403, 403, 403, 200, 403, 403];

/// What is for everybody but staff, who join no team.
const JOIN: [u16; 8] = [303, 200, 200, 200, 200, 403, 403, 403];

/// A file that only staff know of.
const STAFF_FILE: [u16; 8] = [303, 404, 404, 404, 404, 200, 200, 404];

const ROUTES: &[Row] = &[
    ("/", PUBLIC),
    ("/guidance", PUBLIC),
    ("/guidance/keys", PUBLIC),
    ("/guidance/redirect-uris", PUBLIC),
    ("/guidance/scopes", PUBLIC),
    ("/guidance/vectors-of-trust", PUBLIC),
    ("/guidance/single-sign-on", PUBLIC),
    ("/guidance/rotate-a-key", PUBLIC),
    ("/guidance/api", PUBLIC),
    ("/tools", PUBLIC),
    ("/tools/key", PUBLIC),
    ("/tools/redirect-uri", PUBLIC),
    ("/accessibility", PUBLIC),
    ("/privacy", PUBLIC),
    ("/cookies", PUBLIC),
    ("/status", PUBLIC),
    ("/sign-up", PUBLIC),
    ("/sign-up/sent", PUBLIC),
    ("/verify/:token", PUBLIC),
    ("/sign-in", PUBLIC),
    ("/sign-in/code", PUBLIC),
    ("/forgotten-password", PUBLIC),
    ("/forgotten-password/sent", PUBLIC),
    ("/reset-password/:token", PUBLIC),
    ("/account", ACCOUNT),
    ("/account/name", ACCOUNT),
    ("/account/password", ACCOUNT),
    ("/account/second-factor", ACCOUNT),
    ("/account/second-factor/confirm", [303; 8]),
    ("/account/second-factor/recovery-codes", ACCOUNT),
    ("/account/second-factor/remove", ACCOUNT),
    ("/home", ACCOUNT),
    ("/organisations/new", ACCOUNT),
    ("/organisations/join", JOIN),
    ("/organisations/:id/join", JOIN),
    ("/organisations/:id", OF_A),
    ("/organisations/:id/contacts", [303, 200, 403, 403, 404, 403, 403, 404]),
    ("/organisations/:id/edit", [303, 200, 403, 403, 404, 403, 403, 404]),
    ("/organisations/:id/services/new", WRITE_A),
    ("/organisations/:id/team", OF_A),
    ("/organisations/:id/team/invite", [303, 200, 403, 403, 404, 403, 403, 404]),
    ("/organisations/:id/team/invitations/:invitation", [303, 200, 403, 403, 404, 403, 403, 404]),
    ("/organisations/:id/team/requests/:account", [303, 200, 403, 403, 404, 403, 403, 404]),
    // It says that nothing is offered to them.
    ("/organisations/:id/team/ownership", OF_A),
    ("/organisations/:id/team/ownership/:from", OF_A),
    ("/organisations/:id/team/:account/ownership", [303, 200, 403, 403, 404, 403, 403, 404]),
    // It says that they are not invited.
    ("/invitations/:id", ACCOUNT),
    ("/invitations/:id/:token", PUBLIC),
    // The only owner stays.
    ("/organisations/:id/team/leave", [303, 403, 200, 200, 404, 403, 403, 404]),
    ("/organisations/:id/team/:account/role", [303, 200, 403, 403, 404, 403, 403, 404]),
    ("/organisations/:id/team/:account/remove", [303, 200, 403, 403, 404, 403, 403, 404]),
    ("/organisations/:id/tokens", OF_A),
    ("/organisations/:id/tokens/new", WRITE_A),
    // It says that there is no such token.
    ("/organisations/:id/tokens/:token", OF_A),
    ("/services/:id", OF_A),
    ("/services/:id/edit", WRITE_A),
    ("/registrations/:id", OF_A),
    ("/registrations/:id/client-name", WRITE_A),
    ("/registrations/:id/public-key", WRITE_A),
    ("/registrations/:id/redirect-uris", WRITE_A),
    ("/registrations/:id/scopes", WRITE_A),
    ("/registrations/:id/vectors", WRITE_A),
    // The sandpit asks for no evidence.
    ("/registrations/:id/evidence/:item", [303, 404, 404, 403, 404, 403, 403, 404]),
    ("/registrations/:id/possession", WRITE_A),
    ("/registrations/:id/keys/:key/leaked", WRITE_A),
    // There is no client: no published key can endorse another.
    ("/registrations/:id/endorsement", [303, 409, 409, 403, 404, 403, 403, 404]),
    ("/registrations/:id/check", WRITE_A),
    ("/registrations/:id/withdraw", WRITE_A),
    // Nothing has changed since it was submitted.
    ("/registrations/:id/discard", [303, 409, 409, 403, 404, 403, 403, 404]),
    ("/registrations/:id/revisions/:number", OF_A),
    ("/registrations/:id/history", OF_A),
    ("/registrations/:id/draft", OF_A),
    ("/admin/queue", STAFF),
    ("/admin/reviews/:id", STAFF),
    ("/admin/reviews/:id/approve", ADMIN),
    ("/admin/reviews/:id/request-changes", ADMIN),
    ("/admin/reviews/:id/reject", ADMIN),
    ("/admin/organisations", STAFF),
    ("/admin/organisations/:id", STAFF),
    ("/admin/organisations/:id/confirm", ADMIN),
    // It says that nobody asks.
    ("/admin/organisations/:id/requests/:account", [303, 403, 403, 403, 403, 409, 409, 403]),
    ("/admin/clients", STAFF),
    ("/admin/queue.csv", STAFF_FILE),
    ("/admin/clients.csv", STAFF_FILE),
    ("/admin/publications.csv", STAFF_FILE),
    ("/admin/people.csv", STAFF_FILE),
    ("/admin/publications", STAFF),
    ("/admin/people", STAFF),
    ("/admin/people/:id", STAFF),
    ("/admin/people/:id/:action", ADMIN),
    ("/history", ACCOUNT),
    ("/history/:index", OF_A),
];

struct Cast {
    world: World,
    team: Team,
    other: Team,
    admin: Person,
    auditor: Person,
    half_admin: Person,
}

/// Organisation A has a revision under review, as it asks for a restricted scope.
async fn cast() -> Cast {
    let world = World::with("[environment.integration]\nafter = \"sandpit\"\n").await;
    let admin = world.admin("admin@nhs.example.com").await;
    let auditor = world.staff("auditor@nhs.example.com", StaffRole::Auditor).await;
    let half_admin = world.staff_without_second_factor("half@nhs.example.com", StaffRole::Admin).await;
    let mut team = Team::assemble(&world, "alder").await;
    let other = Team::assemble(&world, "birch").await;
    team.fill_in(&[("profile", "The NHS number finds the record of the patient.")]).await;
    team.submit().await.leads_to("/registrations/");
    world.work().await;
    Cast { world, team, other, admin, auditor, half_admin }
}

fn concrete(route: &str, cast: &Cast, account: &str) -> String {
    let team = &cast.team;
    let id = match route.split('/').nth(1).unwrap_or_default() {
        "organisations" => &team.organisation,
        "services" => &team.service,
        "registrations" => &team.registration,
        _ => match route.split('/').nth(2).unwrap_or_default() {
            "reviews" => &team.registration,
            "organisations" => &team.organisation,
            _ => account,
        },
    };
    let route = route
        .replace(":id", id)
        .replace(":account", account)
        .replace(":from", account)
        .replace(":invitation", account)
        .replace(":item", "ods_code")
        .replace("/tokens/:token", &format!("/tokens/{account}"))
        .replace(":token", &"A".repeat(43));
    route.replace(":index", "9").replace(":number", "1").replace(":action", "propose")
}

#[tokio::test]
async fn every_role_meets_every_route() {
    every_role_meets(ROUTES, &mut cast().await).await;
}

/// What there is to open once the client is published.
const ROUTES_OF_A_CLIENT: &[Row] = &[
    // Owners retire. Admins are sent to their own form.
    ("/registrations/:id/retire", [303, 200, 403, 403, 404, 303, 403, 404]),
    ("/admin/reviews/:id/retire", ADMIN),
    ("/admin/reviews/:id/suspend", ADMIN),
    ("/admin/reviews/:id/republish", ADMIN),
    // It is not suspended: there is nothing to reinstate.
    ("/admin/reviews/:id/reinstate", [303, 403, 403, 403, 403, 409, 403, 403]),
    ("/admin/reviews/:id/confirm-reinstatement", [303, 403, 403, 403, 403, 409, 403, 403]),
    ("/admin/reviews/:id/drop-reinstatement", [303, 403, 403, 403, 403, 409, 403, 403]),
];

#[tokio::test]
async fn every_role_meets_the_routes_of_a_client() {
    let mut cast = cast().await;
    let approve = format!("/admin/reviews/{}/approve", cast.team.registration);
    let code = cast.admin.code();
    cast.admin.fill(&approve, "/api/approve", &[("proof", &code)]).await.leads_to("/admin/reviews/");
    cast.world.work().await;
    every_role_meets(ROUTES_OF_A_CLIENT, &mut cast).await;
}

async fn every_role_meets(routes: &[Row], cast: &mut Cast) {
    let account = cast.world.account("owner@alder.example.com").await.to_string();
    let member = cast.world.account("viewer@alder.example.com").await.to_string();
    // An entry of organisation A.
    let query = format!("SELECT MIN(entry_index) AS n FROM history WHERE subject_id = '{}'", cast.team.registration);
    let index = cast.world.count(&query).await.to_string();
    let of_key = format!("SELECT thumbprint FROM registered_keys WHERE registration_id = '{}'", cast.team.registration);
    let key: String = cast.world.rows(&of_key).await[0].try_get("", "thumbprint").unwrap();
    let (before, mut wrong) = (cast.world.state().await, Vec::new());
    for (route, expected) in routes {
        let account = if route.contains(":account") { &member } else { &account };
        let address = concrete(route, cast, account).replace("/history/9", &format!("/history/{index}"));
        let address = address.replace(":key", &key);
        let mut visitor = cast.world.visitor();
        let people = [
            &mut visitor,
            &mut cast.team.owner,
            &mut cast.team.developer,
            &mut cast.team.viewer,
            &mut cast.other.owner,
            &mut cast.admin,
            &mut cast.auditor,
            &mut cast.half_admin,
        ];
        let mut found = Vec::new();
        for person in people {
            found.push(person.get(&address).await.status.as_u16());
        }
        if found != *expected {
            wrong.push(format!("(\"{route}\", {found:?}), expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(before == cast.world.state().await, "reading changed something");
}

/// No route is forgotten in the table above.
#[tokio::test]
async fn the_table_names_every_route() {
    let routes: BTreeSet<String> = generate_route_list(App)
        .iter()
        .map(|route| route.path().replace("{", ":").replace("}", ""))
        .map(|path| if path.is_empty() { "/".to_owned() } else { path })
        .collect();
    let tables = ROUTES.iter().chain(ROUTES_OF_A_CLIENT);
    let named: BTreeSet<String> = tables.map(|(route, _)| (*route).to_owned()).collect();
    let missing: Vec<_> = routes.difference(&named).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// What no page of ours sends is told to whoever sent it.
#[tokio::test]
async fn what_cannot_be_read_is_said() {
    let world = World::new().await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    for (path, pairs) in [
        ("/api/submit", vec![("registration", "none"), ("version", "1")]),
        ("/api/submit", vec![("registration", "none"), ("version", "one")]),
        ("/api/submit", vec![]),
        ("/api/start-registration", vec![("service", "none"), ("environment", "sandpit")]),
        ("/api/change-account", vec![("account", "none"), ("action", "lock")]),
    ] {
        let answer = olive.post(path, &pairs).await;
        let said = answer.status == 400 && answer.text().contains("Nothing was changed. Go back");
        assert!(said, "{path}: {} {}", answer.status, answer.location());
    }
}

/// A form with a file that comes without its parts is no form of ours, and nothing breaks.
#[tokio::test]
async fn a_malformed_upload_is_refused() {
    let world = World::new().await;
    for kind in
        ["application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=", "text/plain", ""]
    {
        for path in ["/api/save-public-key", "/api/save-evidence-with-files", "/api/tools/key"] {
            let mut visitor = world.visitor();
            let request = visitor.request_from_page(http::Method::POST, path).header("content-type", kind);
            let answer = visitor.send(request.body("registration=x".into()).unwrap()).await;
            assert_eq!(answer.status, 400, "{path} as {kind}");
        }
    }
}

#[tokio::test]
async fn visitors_come_back_after_signing_in() {
    let cast = cast().await;
    let mut visitor = cast.world.visitor();
    let address = format!("/registrations/{}/scopes?from=mail", cast.team.registration);
    let answer = visitor.get(&address).await.expect(303);
    let page = visitor.follow(answer).await;
    let (email, password) = (cast.team.owner.email.clone(), cast.team.owner.password.clone());
    let answer = visitor.submit(&page, "/api/sign-in", &[("email", &email), ("password", &password)]).await.expect(303);
    assert_eq!(answer.location(), address);
    // Another site's address is not gone to.
    let others = [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/%0d%0aLocation: https://evil.example",
        "/\r\nLocation: https://evil.example",
        "/\u{7f}",
        "/\u{e9}",
    ];
    for next in others {
        let mut visitor = cast.world.visitor();
        let pairs = [("email", email.as_str()), ("password", password.as_str()), ("next", next)];
        let answer = visitor.post("/api/sign-in", &pairs).await.expect(303);
        assert!(answer.location().starts_with('/') && !answer.location().starts_with("//"), "{}", answer.location());
        assert!(!answer.location().contains('\\') && answer.headers.get_all("location").iter().count() == 1);
        assert_eq!(answer.location(), "/home", "{next}");
    }
}

/// What an account may always do for itself.
const OWN: [&str; 17] = [
    "/api/sign-up",
    "/api/sign-in",
    "/api/sign-in-code",
    "/api/sign-out",
    "/api/sign-out-everywhere",
    "/api/verify",
    "/api/forgotten-password",
    "/api/reset-password",
    "/api/change-password",
    "/api/rename",
    "/api/begin-second-factor",
    "/api/confirm-second-factor",
    "/api/remove-second-factor",
    "/api/recovery-codes-saved",
    "/api/create-organisation",
    "/api/ask-to-join",
    "/api/withdraw-join-request",
];

#[tokio::test]
async fn auditors_outsiders_and_half_admins_change_nothing() {
    let mut cast = cast().await;
    let page = cast.admin.open(&format!("/admin/reviews/{}/approve", cast.team.registration)).await;
    let form = page.form("/api/approve");
    let value = |name: &str| form.value(name).unwrap().to_owned();
    let (version, digest, metadata_digest) = (value("version"), value("digest"), value("metadata_digest"));
    let mut pairs = everything(&cast.team, &version, (&digest, &metadata_digest));
    let account = cast.world.account("viewer@alder.example.com").await.to_string();
    pairs.push(("account".into(), account));
    let mut visitor = cast.world.visitor();
    let before = cast.world.state().await;
    let people = [&mut cast.auditor, &mut cast.half_admin, &mut cast.other.owner, &mut cast.team.viewer, &mut visitor];
    for person in people {
        // A viewer of the team may leave it.
        let is_viewer = person.email.starts_with("viewer");
        let own = |path: &str| OWN.contains(&path) || (is_viewer && path == "/api/leave-team");
        for path in functions().iter().filter(|path| !own(path)) {
            let length = cast.world.history_length().await;
            let answer = person.post(path, &pairs).await;
            assert!(answer.status.as_u16() < 500, "{path}: {}", answer.status);
            // To show a password again is noted, and is no change.
            let noted = format!(
                "SELECT COUNT(*) AS n FROM history WHERE entry_index >= {length} AND event_type <> 'reauthenticated'"
            );
            assert_eq!(cast.world.count(&noted).await, 0, "{} changed something at {path}", person.email);
        }
    }
    let registrations = |lines: &[String]| -> Vec<String> {
        let kept = ["registrations:", "organisations:", "services:", "memberships:", "approvals:", "publications:"];
        lines.iter().filter(|line| kept.iter().any(|start| line.starts_with(start))).cloned().collect()
    };
    assert_eq!(registrations(&before), registrations(&cast.world.state().await));
    // The same pairs are good in the hands of an admin.
    let answer = cast.admin.post("/api/approve", &pairs).await;
    answer.leads_to(&format!("/admin/reviews/{}?done=approved", cast.team.registration));
}

/// Staff do not have organisations of their own.
#[tokio::test]
async fn staff_create_no_organisation() {
    let mut cast = cast().await;
    let length = cast.world.history_length().await;
    for person in [&mut cast.auditor, &mut cast.admin, &mut cast.half_admin] {
        let answer = person.post("/api/create-organisation", &[("name", "Mine")]).await;
        assert!(answer.location().contains("refused"), "{}", answer.location());
    }
    assert_eq!(cast.world.history_length().await, length);
}
