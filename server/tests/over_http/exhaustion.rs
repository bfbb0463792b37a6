//! Threat 16 (enumeration, password guessing, argon2 exhaustion): the same answer and the same work for known and
//! unknown addresses; limits for each account and each address; pages are read while the hashing pool is full.

use std::net::SocketAddr;
use std::sync::mpsc;

use http::HeaderMap;
use time::Duration;
use usecases::auth::Pool;

use crate::support::{Answer, Log, Person, Team, World, clock};

const WRONG: &str = "violet harbour candle";

/// What somebody learns who compares two answers: everything but the random parts and what they typed.
fn visible(answer: &Answer, typed: &str) -> (u16, Vec<(String, String)>, String) {
    let headers = |headers: &HeaderMap| {
        let mut pairs: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), without_random(value.to_str().unwrap(), answer)))
            .collect();
        pairs.sort();
        pairs
    };
    let body = without_random(&answer.body, answer).replace(typed, "(typed)");
    (answer.status.as_u16(), headers(&answer.headers), body)
}

fn without_random(text: &str, answer: &Answer) -> String {
    let mut text = text.to_owned();
    if let Some(id) = answer.headers.get("x-request-id") {
        text = text.replace(id.to_str().unwrap(), "(id)");
    }
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    if let Some(nonce) = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()) {
        text = text.replace(nonce, "(nonce)");
    }
    // What each showing of a form is called.
    while let Some((before, named)) = text.split_once("?request=") {
        let end = named.find('"').unwrap_or_default();
        text = format!("{before}?(name){}", &named[end..]);
    }
    if let Some(rest) = text.clone().strip_prefix("__Host-form=") {
        let end = rest.find(';').unwrap_or_default();
        text = format!("__Host-form=(token){}", &rest[end..]);
    }
    text
}

async fn hashes<F: Future<Output = T>, T>(world: &World, work: F) -> (T, u64) {
    let before = world.portal.auth.passwords.hashes_done();
    let result = work.await;
    (result, world.portal.auth.passwords.hashes_done() - before)
}

type Seen = (u16, Vec<(String, String)>, String);

/// Sends one form as a fresh visitor: what was seen on the way, how many passwords were hashed, and how often something
/// was committed.
async fn observe(world: &World, page: &str, action: &str, filled: &[(&str, &str)]) -> (Seen, Seen, u64, u64) {
    let mut visitor = world.visitor();
    let email = filled.iter().find(|(name, _)| *name == "email").unwrap().1;
    let form = visitor.open(page).await;
    let written = world.store.writes_done();
    let (answer, count) = hashes(world, visitor.submit(&form, action, filled)).await;
    let written = world.store.writes_done() - written;
    let first = visible(&answer, email);
    let last = visitor.follow(answer).await;
    clock::pass(Duration::minutes(16));
    (first, visible(&last, email), count, written)
}

#[tokio::test]
async fn known_and_unknown_addresses_are_answered_alike() {
    let world = World::new().await;
    world.partner("Olive", "olive@alder.example.com").await;
    let mut locked = world.partner("Locke", "locke@alder.example.com").await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let page = format!("/admin/people/{}/disable", world.account(&locked.email).await);
    let code = admin.code();
    admin.fill(&page, "/api/change-account", &[("proof", &code)]).await.leads_to("/admin/people/");
    locked.jar.clear();
    let mut visitor = world.visitor();
    let unverified = [("name", "Una"), ("email", "unver@alder.example.com"), ("password", "lantern teapot orchard")];
    visitor.fill("/sign-up", "/api/sign-up", &unverified).await.leads_to("/sign-up/sent");

    // All as long as each other, so that not even the length of the page differs.
    let unknown = "nemo1@alder.example.com";
    let known =
        ["olive@alder.example.com", "locke@alder.example.com", "unver@alder.example.com", "admin@nhs.example.com"];
    let sign_in = |email: &'static str| [("email", email), ("password", WRONG)];
    let expected = observe(&world, "/sign-in", "/api/sign-in", &sign_in(unknown)).await;
    assert_eq!(expected.2, 1, "one hash");
    for email in known {
        assert_eq!(observe(&world, "/sign-in", "/api/sign-in", &sign_in(email)).await, expected, "{email}");
    }
    // The right password of an account that is locked or not verified says nothing either.
    for email in ["locke@alder.example.com", "unver@alder.example.com"] {
        let right = [("email", email), ("password", "lantern teapot orchard")];
        assert_eq!(observe(&world, "/sign-in", "/api/sign-in", &right).await, expected, "{email}");
    }

    let forgotten = |email: &'static str| [("email", email)];
    let expected = observe(&world, "/forgotten-password", "/api/forgotten-password", &forgotten(unknown)).await;
    assert_eq!((expected.0.0, expected.2, expected.3), (303, 1, 1), "one hash, one commit");
    for email in known {
        assert_eq!(
            observe(&world, "/forgotten-password", "/api/forgotten-password", &forgotten(email)).await,
            expected,
            "{email}"
        );
    }

    let sign_up = |email: &'static str| [("name", "Somebody"), ("email", email), ("password", WRONG)];
    let expected = observe(&world, "/sign-up", "/api/sign-up", &sign_up("nemo2@alder.example.com")).await;
    assert_eq!((expected.0.0, expected.2, expected.3), (303, 1, 1), "one hash, one commit");
    for email in known {
        assert_eq!(observe(&world, "/sign-up", "/api/sign-up", &sign_up(email)).await, expected, "{email}");
    }
    // The owner of the address is told, by mail.
    world.work().await;
    let subjects: Vec<String> =
        world.mails_to("olive@alder.example.com").iter().map(|mail| mail.header("Subject").to_owned()).collect();
    assert!(subjects.contains(&"You already have an account".to_owned()), "{subjects:?}");
}

async fn try_password(person: &mut Person, email: &str, password: &str) -> String {
    let answer =
        person.post("/api/sign-in", &[("email", email), ("password", password), ("next", "/")]).await.expect(303);
    match answer.location().contains("refused") {
        true => person.follow(answer).await.text(),
        false => "in".into(),
    }
}

#[tokio::test]
async fn guessing_is_limited_for_each_account_and_for_each_address() {
    let world = World::new().await;
    world.partner("Olive", "olive@alder.example.com").await;
    let right = "lantern teapot orchard";
    // Ten tries from one address, then not even the right password helps there; known or not. The owner comes in from
    // another address all the same.
    for email in ["olive@alder.example.com", "nemo1@alder.example.com"] {
        let mut guesser = world.visitor();
        guesser.peer = SocketAddr::from(([198, 51, 100, 200], 1));
        for number in 0..11_u8 {
            let (said, hashed) = hashes(&world, try_password(&mut guesser, email, WRONG)).await;
            let limited = said.contains("too many tries. Wait 30 seconds");
            assert_eq!((limited, hashed), (number >= 10, u64::from(number < 10)), "try {number} for {email}: {said}");
        }
        let said = try_password(&mut guesser, email, right).await;
        assert!(said.contains("too many tries"), "{said}");
    }
    let mut olive = world.visitor();
    assert_eq!(try_password(&mut olive, "olive@alder.example.com", right).await, "in");

    // Sixty from sixty addresses, then nobody's try counts for a while; known or not.
    for email in ["olive@alder.example.com", "nemo2@alder.example.com"] {
        for number in 0..61_u8 {
            let mut guesser = world.visitor();
            guesser.peer = SocketAddr::from(([198, 51, 100, number], 1));
            let (said, hashed) = hashes(&world, try_password(&mut guesser, email, WRONG)).await;
            let limited = said.contains("too many tries");
            assert_eq!((limited, hashed), (number >= 60, u64::from(number < 60)), "try {number} for {email}: {said}");
        }
    }
    let mut olive = world.visitor();
    assert!(try_password(&mut olive, "olive@alder.example.com", right).await.contains("too many tries"));
    clock::pass(Duration::seconds(6));
    assert_eq!(try_password(&mut olive, "olive@alder.example.com", right).await, "in");

    // From one address sixty, each for another account.
    let mut sprayer = world.visitor();
    sprayer.peer = SocketAddr::from(([203, 0, 113, 9], 1));
    for number in 0..60 {
        let said = try_password(&mut sprayer, &format!("person{number}@alder.example.com"), WRONG).await;
        assert!(!said.contains("too many tries"), "try {number}");
    }
    let (said, hashed) = hashes(&world, try_password(&mut sprayer, "person99@alder.example.com", WRONG)).await;
    assert!(said.contains("too many tries") && hashed == 0, "{said}");
    // A header of the guesser's own does not make it another address.
    let request = sprayer.request_from_page(http::Method::POST, "/api/sign-in").header("x-forwarded-for", "192.0.2.77");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    // The proxy appends the real one.
    let (answer, hashed) =
        hashes(&world, sprayer.send(request.body("email=a%40b.example&password=x&next=".into()).unwrap())).await;
    assert_eq!((answer.status.as_u16(), hashed), (303, 0));
}

#[tokio::test]
async fn codes_and_mails_are_limited_too() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut guesser = world.visitor();
    assert_eq!(try_password(&mut guesser, &admin.email, &admin.password).await, "in");
    let mut said = Vec::new();
    for number in 0..7 {
        let answer = guesser.post("/api/sign-in-code", &[("code", format!("{number:06}"))]).await;
        said.push(guesser.follow(answer).await.text());
    }
    assert!(said[0].contains("code is wrong") && said[6].contains("too many tries"), "{said:?}");
    clock::pass(Duration::minutes(6));
    admin.jar.clear();
    admin.sign_in().await;

    for number in 0..4 {
        let mut visitor = world.visitor();
        visitor.peer = SocketAddr::from(([198, 51, 100, number], 1));
        let answer = visitor.fill("/forgotten-password", "/api/forgotten-password", &[("email", &admin.email)]).await;
        let page = visitor.follow(answer).await;
        assert_eq!(page.text().contains("too many tries"), number == 3, "mail {number}: {}", page.text());
    }
}

/// Threat 7: whoever holds an open session learns its password no faster than at the sign-in page.
#[tokio::test]
async fn guessing_at_a_decision_is_limited() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[("profile", "The NHS number finds the record of the patient.")]).await;
    team.submit().await.leads_to("/registrations/");
    let form = admin.open(&format!("/admin/reviews/{}/approve", team.registration)).await.form("/api/approve");
    clock::pass(Duration::minutes(10));
    // Each guess counts as a code and as a password, and there are fewer codes.
    for number in 0..8 {
        let pairs = form.filled(&[("proof", WRONG)]);
        let (answer, hashed) = hashes(&world, admin.submit_form(&form, &pairs)).await;
        let said = admin.follow(answer).await.text();
        let limited = said.contains("too many tries");
        assert_eq!((limited, hashed), (number >= 5, u64::from(number < 5)), "proof {number}: {said}");
    }
}

#[tokio::test]
async fn guessing_where_the_password_is_changed_is_limited() {
    let world = World::new().await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    for number in 0..13 {
        let pairs = [("current", WRONG), ("password", "amber kettle orchard lantern")];
        let (answer, hashed) = hashes(&world, olive.post("/api/change-password", &pairs)).await;
        let said = olive.follow(answer).await.text();
        let limited = said.contains("too many tries");
        assert_eq!((limited, hashed), (number >= 10, u64::from(number < 10)), "password {number}: {said}");
    }
}

/// Neither the hashing pool nor the table of accounts is filled from one address, whatever addresses are typed.
#[tokio::test]
async fn sign_ups_from_one_address_are_limited() {
    let world = World::new().await;
    let rows = "SELECT (SELECT COUNT(*) FROM accounts) + (SELECT COUNT(*) FROM mail_outbox) AS n";
    let mut visitor = world.visitor();
    for number in 0..32 {
        let email = format!("person{number}@alder.example.com");
        let pairs = [("name", "Somebody"), ("email", email.as_str()), ("password", WRONG)];
        let before = world.count(rows).await;
        let (answer, hashed) = hashes(&world, visitor.post("/api/sign-up", &pairs)).await;
        let said = visitor.follow(answer).await.text();
        let (limited, added) = (said.contains("too many tries"), world.count(rows).await - before);
        let expected = if number < 30 { (false, 1, 2) } else { (true, 0, 0) };
        assert_eq!((limited, hashed, added), expected, "sign-up {number}: {said}");
    }
}

/// Each command leaves an entry for good, so that one account cannot fill the disk (threat 15).
#[tokio::test]
async fn commands_of_one_account_are_limited() {
    let world = World::new().await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    let mut said = String::new();
    for number in 0..301 {
        let answer = olive.post("/api/rename", &[("name", format!("Olive {number}"))]).await;
        if answer.location().contains("refused") {
            said = olive.follow(answer).await.text();
            break;
        }
    }
    assert!(said.contains("a lot of changes in a short time. Wait 10 seconds"), "{said}");
    clock::pass(Duration::seconds(10));
    olive.post("/api/rename", &[("name", "Olive")]).await.leads_to("/account?done=name-changed");
}

/// Whoever watches the log sees guessing, and whose account it is about; never an e-mail address.
#[tokio::test]
async fn guesses_are_in_the_log() {
    let log = Log::begin();
    let world = World::new().await;
    let admin = world.admin("admin@nhs.example.com").await;
    let account = world.account(&admin.email).await;
    let mut guesser = world.visitor();
    try_password(&mut guesser, &admin.email, WRONG).await;
    try_password(&mut guesser, "nemo1@alder.example.com", WRONG).await;
    assert_eq!(try_password(&mut guesser, &admin.email, &admin.password).await, "in");
    for code in ["000000", "ABCD-EFGH-JKLM"] {
        guesser.post("/api/sign-in-code", &[("code", code)]).await.expect(303);
    }
    for _ in 0..11 {
        try_password(&mut guesser, "nemo1@alder.example.com", WRONG).await;
    }
    let lines: Vec<serde_json::Value> = log.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let count = |message: &str, what: &str, account: Option<&str>| {
        let of = |line: &&serde_json::Value| {
            line["message"] == message && line["what"] == what && line["account"].as_str() == account
        };
        let found: Vec<_> = lines.iter().filter(of).collect();
        assert!(found.iter().all(|line| line["level"] == "WARN" && line["address"] == "192.0.2.1"), "{found:?}");
        found.len()
    };
    let account = account.to_string();
    assert_eq!(count("a wrong try", "password", Some(&account)), 1);
    assert_eq!(count("a wrong try", "password", None), 10);
    assert_eq!(count("a wrong try", "code", Some(&account)), 2);
    assert_eq!(count("too many tries", "passwords for one account", None), 2);
    assert!(!log.text().contains("nemo1"));
}

/// Both threads that hash are kept busy: no password can be hashed while the pages are read.
#[tokio::test]
async fn a_login_flood_does_not_stop_the_pages() {
    let world = World::with("").await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    let done = world.portal.auth.passwords.hashes_done();
    let release = [(); 2].map(|()| keep_busy(world.portal.auth.passwords.pool()));
    let mut flood = Vec::new();
    for number in 0..100_u8 {
        let mut guesser = world.visitor();
        guesser.peer = SocketAddr::from(([198, 51, 100, number], 1));
        flood.push(tokio::spawn(async move {
            let email = format!("person{number}@alder.example.com");
            try_password(&mut guesser, &email, WRONG).await
        }));
    }
    for page in ["/home", "/account", "/organisations/new", "/history", "/sign-in"] {
        assert_eq!(olive.get(page).await.status, 200, "{page} in the flood");
    }
    let mut visitor = world.visitor();
    assert_eq!(visitor.get("/sign-up").await.status, 200);
    // Those beyond the queue are answered at once, while the others still wait.
    while flood.iter().filter(|task| task.is_finished()).count() < 36 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.portal.auth.passwords.hashes_done(), done, "nothing was hashed while the pages were read");
    for release in release {
        release.send(()).unwrap();
    }
    let mut turned_away = 0;
    for task in flood {
        let said = task.await.unwrap();
        turned_away += usize::from(said.contains("The service is very busy"));
    }
    // 64 wait behind the two that are at work here.
    assert_eq!(turned_away, 100 - 64);
    assert_eq!(world.portal.auth.passwords.hashes_done() - done, 64);
    assert_eq!(try_password(&mut visitor, "olive@alder.example.com", "lantern teapot orchard").await, "in");
}

/// Occupies one thread of a pool until it is released.
pub(crate) fn keep_busy(pool: &Pool) -> mpsc::Sender<()> {
    let (release, blocked) = mpsc::channel::<()>();
    let pool = pool.clone();
    tokio::spawn(async move { pool.run(move || blocked.recv()).await });
    release
}

/// What fell: a sign-up without a name and with a password of l33t letters cost a second before any limit. Now each form
/// of a visitor has taken a limit before anything costs more than a page, and what is too long is not looked at.
#[tokio::test]
async fn a_refused_sign_up_has_taken_a_limit() {
    let world = World::new().await;
    let mut flooder = world.visitor();
    let leet = "4@8({[<369!1|7$5+0%2".repeat(5);
    let mut said = String::new();
    let mut sent = 0;
    while !said.contains("too many tries") {
        // Some with what costs most, and the others with what costs little.
        let password = if sent % 40 == 0 { leet.as_str() } else { "short" };
        let pairs = [("name", ""), ("email", "x@alder.example.com"), ("password", password)];
        let answer = flooder.post("/api/sign-up", &pairs).await;
        said = flooder.follow(answer).await.text();
        sent += 1;
        assert!(sent <= 121, "no limit was taken");
    }
    assert_eq!(sent, 121);
    let done = world.portal.auth.checks.done();
    for path in ["/api/sign-up", "/api/reset-password", "/api/verify", "/api/forgotten-password"] {
        let pairs = [("name", ""), ("email", "x@alder.example.com"), ("password", leet.as_str()), ("token", "x")];
        flooder.post(path, &pairs).await;
    }
    assert_eq!(world.portal.auth.checks.done(), done, "beyond the limit nothing is looked at");
}

#[tokio::test]
async fn what_is_too_long_costs_nothing() {
    let world = World::new().await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    let long = "4a8b3c1d".repeat(2_000);
    let right = "lantern teapot orchard";
    let cases: [(&str, Vec<(&str, &str)>); 8] = [
        ("/api/sign-up", vec![("name", "Nemo"), ("email", "n@alder.example.com"), ("password", &long)]),
        ("/api/sign-up", vec![("name", &long), ("email", &long), ("password", "")]),
        ("/api/sign-in", vec![("email", "olive@alder.example.com"), ("password", &long)]),
        ("/api/sign-in", vec![("email", &long), ("password", right)]),
        ("/api/forgotten-password", vec![("email", &long)]),
        ("/api/change-password", vec![("current", &long), ("password", right)]),
        ("/api/begin-second-factor", vec![("password", &long)]),
        ("/api/remove-second-factor", vec![("password", &long)]),
    ];
    for (path, pairs) in cases {
        // What is shown again is looked through for private keys, in the pool.
        let shown = pairs.iter().any(|(name, text)| *name != "password" && *name != "current" && text.len() > 4_096);
        let done = world.portal.auth.checks.done();
        let ((), hashed) = hashes(&world, async {
            let answer = olive.post(path, &pairs).await;
            let said = olive.follow(answer).await.text();
            assert!(said.contains("far too long"), "{path}: {said}");
        })
        .await;
        assert_eq!((hashed, world.portal.auth.checks.done() - done), (0, u64::from(shown)), "{path}");
    }
}

/// A full pool is said, and nothing that was typed is lost.
#[tokio::test]
async fn a_full_pool_is_said() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    let pool = &world.portal.auth.checks;
    let mut waiting = Vec::new();
    while pool.has_room() {
        waiting.push(keep_busy(pool));
        tokio::task::yield_now().await;
    }
    let pairs = [("name", "Nemo"), ("email", "nemo@alder.example.com"), ("password", WRONG)];
    let answer = visitor.post("/api/sign-up", &pairs).await;
    let page = visitor.follow(answer).await;
    assert!(page.text().contains("The service is very busy"), "{}", page.text());
    assert_eq!(page.form("/api/sign-up").value("email"), Some("nemo@alder.example.com"));
    drop(waiting);
}

#[tokio::test]
async fn the_tools_are_limited_and_work_in_the_pool() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    let done = world.portal.auth.checks.done();
    let uris = [("redirect_uris[0]", "https://www.example.org/callback")];
    let answer = visitor.post("/api/tools/redirect-uri", &uris).await;
    assert!(visitor.follow(answer).await.text().contains("can be registered"));
    assert_eq!(world.portal.auth.checks.done() - done, 1, "judged in the pool");
    for _ in 0..59 {
        visitor.post("/api/tools/redirect-uri", &uris).await.expect(303);
    }
    for action in ["/api/tools/key", "/api/tools/redirect-uri"] {
        let (page, done) = (action.replace("/api", ""), world.portal.auth.checks.done());
        let answer = visitor.fill(&page, action, &[]).await;
        assert_eq!(world.portal.auth.checks.done(), done, "{action}");
        let said = visitor.follow(answer).await.text();
        assert!(said.contains("too many tries"), "{action}: {said}");
    }
    // Far too many addresses, and far too long ones.
    visitor.peer = SocketAddr::from(([198, 51, 100, 3], 1));
    let long = format!("https://www.example.org/{}", "a".repeat(9_000));
    let many: Vec<(String, &str)> = (0..12).map(|at| (format!("redirect_uris[{at}]"), long.as_str())).collect();
    let answer = visitor.post("/api/tools/redirect-uri", &many).await;
    let said = visitor.follow(answer).await.text();
    assert!(said.contains("Redirect URI 10 is far too long") && said.contains("up to 10 redirect URIs"), "{said}");
}

/// A section is judged before it is known whether there is anything to save: that too is limited, and a key is judged in
/// the pool.
#[tokio::test]
async fn sections_are_judged_in_the_pool_and_limited() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = format!("/registrations/{}/public-key", team.registration);
    let form = team.owner.open(&page).await.form("/api/save-public-key");
    let pairs = form.filled(&[("public_key", &team.key.public)]);
    let done = world.portal.auth.checks.done();
    team.owner.submit_form(&form, &pairs).await.leads_to("/registrations/");
    assert_eq!(world.portal.auth.checks.done() - done, 1, "the key was judged in the pool");
    let account = world.account(&team.owner.email).await.to_string();
    while world.portal.auth.limits.saves_by_account.take(&account, clock::now()).is_ok() {}
    let done = world.portal.auth.checks.done();
    let answer = team.owner.submit_form(&form, &pairs).await;
    let said = team.owner.follow(answer).await.text();
    assert!(said.contains("a lot of changes in a short time"), "{said}");
    let looked = world.portal.auth.checks.done() - done;
    assert!(looked <= 1, "beyond the limit what is kept is looked through, and nothing is judged: {looked}");
}

/// What fell: texts that are dear to look through for private keys were looked through before any limit, or without one.
/// Now only for whoever it can be kept for, so often for each address, and never where it is longer than it may be.
#[tokio::test]
async fn what_is_dear_to_look_through_meets_a_limit_first() {
    let world = World::new().await;
    let mut flooder = world.visitor();
    let dear = "H4sI".repeat(1_000);
    let done = || world.portal.auth.checks.done();
    let before = done();
    let mut pairs = vec![("service", "018f0000-7c1a-7000-8000-000000000001"), ("base", "")];
    pairs.extend(["name", "description", "use_case", "technical", "product", "security"].map(|name| (name, &*dear)));
    let answer = flooder.post("/api/change-service", &pairs).await.expect(401);
    assert!(answer.body.contains(&dear), "what was typed is in the answer");
    let longer = "H4sI".repeat(17_000);
    let answer = flooder.fill("/tools/key", "/api/tools/key", &[("public_key", &longer)]).await.expect(422);
    assert!(answer.body.contains(&longer) && answer.text().contains("64 KB"), "{}", &answer.text()[..200]);
    let longest = "H4sI".repeat(6_000);
    flooder.post("/api/sign-in", &[("email", longest.as_str()), ("password", WRONG)]).await.expect(422);
    // The last two are put together in the pool, but not looked through: each takes less than a page.
    assert!(done() - before <= 1, "{} looked through", done() - before);
    let before = done();
    for _ in 0..130 {
        flooder.post("/api/sign-in", &[("email", dear.as_str()), ("password", WRONG)]).await;
    }
    flooder.post("/api/reset-password", &[("token", "x"), ("name", &dear), ("password", WRONG)]).await.expect(429);
    assert!((1..=120).contains(&(done() - before)), "{} looked through", done() - before);
}
