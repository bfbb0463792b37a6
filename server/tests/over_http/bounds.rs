//! Threat 16: every route that changes something, and what bounds the work that one request can ask of it. A route that is
//! not in the table fails here: whoever adds one says what bounds it.

use std::collections::BTreeMap;

use http::Method;

use crate::csrf::functions;
use crate::exhaustion::keep_busy;
use crate::support::{Team, World, person::urlencoded};

/// What is taken before anything that costs more than a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    /// A form of a visitor, from one address; hashing and guessing in pools.
    Forms,
    /// A password, from one address and for one account; hashing in its pool.
    Passwords,
    /// A check without an account, from one address; in a pool.
    Tools,
    /// A section that an account sends to be saved.
    Saves,
    /// A command of an account; a fresh password or code among them counts as those do too.
    Commands,
    /// Nothing: it costs a page.
    Page,
}

use Bound::{Commands, Forms, Page, Passwords, Saves, Tools};

const BOUNDS: &[(&str, Bound)] = &[
    ("/api/sign-up", Forms),
    ("/api/verify", Forms),
    ("/api/forgotten-password", Forms),
    ("/api/reset-password", Forms),
    ("/api/sign-in", Passwords),
    ("/api/sign-in-code", Forms),
    ("/api/sign-out", Page),
    ("/api/sign-out-everywhere", Commands),
    ("/api/change-password", Passwords),
    ("/api/begin-second-factor", Passwords),
    ("/api/confirm-second-factor", Passwords),
    ("/api/remove-second-factor", Passwords),
    ("/api/recovery-codes-saved", Page),
    ("/api/rename", Commands),
    ("/api/tools/key", Tools),
    ("/api/tools/redirect-uri", Tools),
    ("/api/create-organisation", Commands),
    ("/api/change-organisation", Commands),
    ("/api/change-contacts", Commands),
    ("/api/ask-to-join", Commands),
    ("/api/withdraw-join-request", Commands),
    ("/api/agree-to-join", Passwords),
    ("/api/decline-to-join", Commands),
    ("/api/answer-join-request", Passwords),
    ("/api/offer-ownership", Passwords),
    ("/api/withdraw-ownership-offer", Commands),
    ("/api/accept-ownership", Passwords),
    ("/api/decline-ownership", Commands),
    ("/api/add-service", Commands),
    ("/api/change-service", Commands),
    ("/api/change-team-role", Passwords),
    ("/api/remove-member", Passwords),
    ("/api/leave-team", Passwords),
    ("/api/invite-to-team", Passwords),
    ("/api/send-invitation-again", Passwords),
    ("/api/withdraw-invitation", Commands),
    ("/api/accept-invitation", Commands),
    ("/api/decline-invitation", Commands),
    ("/api/join-team", Forms),
    ("/api/make-token", Passwords),
    ("/api/token-saved", Page),
    ("/api/end-token", Commands),
    ("/api/take-token-over", Passwords),
    ("/api/start-registration", Commands),
    ("/api/save-client-name", Saves),
    ("/api/save-public-key", Saves),
    ("/api/remove-key", Saves),
    ("/api/report-leak", Passwords),
    ("/api/endorse-key", Commands),
    ("/api/save-redirect-uris", Saves),
    ("/api/save-scopes", Saves),
    ("/api/save-vectors", Saves),
    ("/api/save-evidence", Saves),
    ("/api/save-evidence-with-files", Saves),
    ("/api/ask-nonce", Commands),
    ("/api/prove-possession", Commands),
    ("/api/submit", Commands),
    ("/api/withdraw", Commands),
    ("/api/discard-changes", Commands),
    ("/api/retire", Passwords),
    ("/api/approve", Passwords),
    ("/api/request-changes", Commands),
    ("/api/reject", Commands),
    ("/api/republish", Passwords),
    ("/api/suspend", Commands),
    ("/api/retire-client", Passwords),
    ("/api/reinstate", Passwords),
    ("/api/confirm-reinstatement", Passwords),
    ("/api/drop-reinstatement", Commands),
    ("/api/confirm-organisation", Passwords),
    ("/api/change-account", Passwords),
    ("/readyz", Page),
];

#[tokio::test]
async fn every_route_has_its_bound() {
    let bounds: BTreeMap<&str, Bound> = BOUNDS.iter().copied().collect();
    let missing: Vec<String> = functions().into_iter().filter(|path| !bounds.contains_key(path.as_str())).collect();
    assert!(missing.is_empty(), "say what bounds them: {missing:?}");
    // Nor does any look at a field that is longer than an answer can be, whatever the field is called: a new one too.
    let world = World::new().await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    let long = "x".repeat(20 * 1024);
    let written = (world.history_length().await, world.store.writes_done());
    // Forms in parts, each with a bound of its own: `the_tools_are_limited_and_work_in_the_pool` and key files.
    let in_parts = ["/api/save-public-key", "/api/save-evidence-with-files", "/api/tools/key"];
    for path in functions().iter().filter(|path| !in_parts.contains(&path.as_str())) {
        let answer = olive.post(path, &[("a_new_field", &long)]).await.expect(422);
        assert!(answer.text().contains("one of your answers is far too long"), "{path}: {}", answer.text());
        assert!(answer.body.contains(&long), "{path} shows what was typed");
    }
    assert_eq!((world.history_length().await, world.store.writes_done()), written);
}

/// Whoever is at the end of a limit gets no work done: neither pool does anything, and nothing is committed.
#[tokio::test]
async fn beyond_its_bound_no_route_works() {
    let world = World::new().await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    let mut visitor = world.visitor();
    let limits = &world.portal.auth.limits;
    let (address, now) = ("192.0.2.1", crate::support::clock::now());
    let account = world.account(&olive.email).await.to_string();
    for limiter in [&limits.forms_by_address, &limits.tools_by_address, &limits.password_by_address] {
        while limiter.take(address, now).is_ok() {}
    }
    for limiter in
        [&limits.saves_by_account, &limits.commands_by_account, &limits.password_by_account, &limits.code_by_account]
    {
        while limiter.take(&account, now).is_ok() {}
    }
    let pairs = [
        ("email", "olive@alder.example.com"),
        ("password", "violet harbour candle"),
        ("current", "lantern teapot orchard"),
        ("name", "Somebody"),
        ("token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ("code", "123456"),
        ("redirect_uris[0]", "https://www.example.org/callback"),
    ];
    let work = || (world.portal.auth.checks.done(), world.portal.auth.passwords.hashes_done());
    let before = (work(), world.history_length().await);
    for (path, bound) in BOUNDS.iter().copied() {
        let person = match bound {
            Forms | Tools => &mut visitor,
            Passwords if path == "/api/sign-in" => &mut visitor,
            Passwords | Saves | Commands => &mut olive,
            Page => continue,
        };
        let answer = person.post(path, &pairs).await;
        assert!(answer.status.as_u16() < 500, "{path}: {}", answer.status);
        assert_eq!((work(), world.history_length().await), before, "{path} worked beyond its bound");
    }
}

/// Whoever goes on after a limit was told it ten times with the form. After that a refusal costs next to nothing: neither
/// the database nor a pool nor a page is touched, and what was typed is in the answer.
#[tokio::test]
async fn whoever_goes_on_after_a_limit_costs_nothing() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let account = world.account(&team.owner.email).await.to_string();
    let (limits, now) = (&world.portal.auth.limits, crate::support::clock::now());
    for limiter in [&limits.saves_by_account, &limits.commands_by_account, &limits.told_of_limits] {
        while limiter.take(&account, now).is_ok() {}
    }
    for limiter in [&limits.tools_by_address, &limits.forms_by_address, &limits.told_of_limits] {
        while limiter.take("192.0.2.1", now).is_ok() {}
    }
    let typed = format!("typed with care {}", "x".repeat(3_000));
    let pairs = [
        ("registration", team.registration.as_str()),
        ("base", ""),
        ("assertion", "a.b.c"),
        ("client_name", &typed),
        ("redirect_uris[0]", &typed),
        ("name", "typed with care"),
        ("email", "olive@alder.example.com"),
        ("password", "violet harbour candle"),
    ];
    let work = || (world.portal.auth.checks.done(), world.store.writes_done());
    let before = work();
    for path in ["/api/save-client-name", "/api/prove-possession", "/api/rename"] {
        let steps = world.store.steps_read();
        let answer = team.owner.post(path, &pairs).await.expect(429);
        assert_eq!(work(), before, "{path}");
        assert!(world.store.steps_read() - steps <= 2_000, "{path} reads more than the session");
        assert!(answer.text().contains("a lot of changes in a short time"), "{path}: {}", answer.text());
        assert!(path == "/api/prove-possession" || answer.body.contains("typed with care"), "{path}");
    }
    let mut visitor = world.visitor();
    world.store.close().await;
    for path in ["/api/sign-up", "/api/tools/redirect-uri"] {
        let answer = visitor.post(path, &pairs).await.expect(429);
        assert_eq!(work(), before, "{path}");
        assert!(answer.text().contains("too many tries"), "{path}: {}", answer.text());
        assert!(answer.body.contains("typed with care") && !answer.body.contains("violet harbour"), "{path}");
    }
}

/// What a proof or a section costs is worked out before the transaction: while it waits for its turn in the pool, others
/// write.
#[tokio::test]
async fn nothing_costly_is_done_under_the_writers_lock() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    let possession = format!("/registrations/{}/possession", team.registration);
    team.owner.fill(&possession, "/api/ask-nonce", &[]).await.expect(303);
    let uris = format!("/registrations/{}/redirect-uris", team.registration);
    let forms = [
        (possession, "/api/prove-possession", "assertion", "a.b.c".to_owned()),
        (uris, "/api/save-redirect-uris", "redirect_uris[0]", format!("https://alder.example.com/{}", "x".repeat(900))),
    ];
    for (page, action, field, text) in forms {
        let form = team.owner.open(&page).await.form(action);
        let pairs = form.filled(&[(field, text.as_str())]);
        let busy: Vec<_> = (0..8).map(|_| keep_busy(&world.portal.auth.checks)).collect();
        tokio::task::yield_now().await;
        let mut owner = team.owner.clone();
        let waiting = tokio::spawn(async move { owner.submit_form(&form, &pairs).await });
        team.developer.fill("/account/name", "/api/rename", &[("name", "Dev Alder")]).await.leads_to("/account");
        assert!(!waiting.is_finished(), "{action} did not wait for the pool");
        let written = world.history_length().await;
        drop(busy);
        waiting.await.unwrap().expect(303);
        assert!(world.history_length().await >= written, "{action}");
    }
}

/// What no page of ours sends is a 400 with a sentence, whoever asks and whatever they accept; never a 500.
#[tokio::test]
async fn a_malformed_call_is_said_to_be_one() {
    let world = World::new().await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    let form = "application/x-www-form-urlencoded";
    let nested = format!("registration{}=x", "[a]".repeat(500));
    let bodies: [(&str, &[u8]); 7] = [
        (form, b""),
        (form, b"%ff%fe=%00&version=one&organisation=x&registration=%zz"),
        (form, b"\xff\xfe\x00"),
        (form, nested.as_bytes()),
        ("application/json", b"{\"registration\": 1}"),
        ("text/plain", b"registration"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
    ];
    // Nothing is wrong with a call that says too little of what need not be said.
    let takes_anything = ["/api/sign-out", "/api/sign-out-everywhere", "/api/recovery-codes-saved"];
    let mut wrong = Vec::new();
    for path in functions().iter().filter(|path| !takes_anything.contains(&path.as_str())) {
        for (kind, body) in bodies {
            for accept in ["text/html", "*/*", "application/json"] {
                let mut request = olive.request_from_page(Method::POST, path).header("content-type", kind);
                request.headers_mut().unwrap().insert("accept", accept.parse().unwrap());
                let answer = olive.send(request.body(body.to_vec().into()).unwrap()).await;
                let status = answer.status.as_u16();
                let is_said = status == 400 && answer.body.contains("Go back, reload the page and try again.");
                // What can be read is refused for what it says.
                if !is_said && !matches!(status, 303 | 404 | 413 | 422) {
                    wrong.push(format!("{path} {kind} {accept}: {status} {}", answer.body));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
    let unread = olive.post("/api/submit", &[("version", "one")]).await.expect(400);
    assert!(unread.text().contains("Nothing was changed."), "{}", unread.text());
    let body = urlencoded(&[("version", "one")]);
    let request = olive.request_from_page(Method::POST, "/api/submit").header("content-type", form);
    let mut request = request.body(body.into()).unwrap();
    request.headers_mut().insert("accept", "application/json".parse().unwrap());
    let problem = olive.send(request).await.expect(400);
    assert_eq!(problem.headers["content-type"], "application/problem+json");
}
