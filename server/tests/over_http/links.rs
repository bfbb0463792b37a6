//! Threat 11 (mail links leaked or consumed by scanners): reading never uses a link up, a link works once, the base
//! URL is the configuration's, and no token is in a log or in the database.

use axum::body::Body;
use http::{Method, Request};
use time::Duration;

use crate::support::{Log, Person, World, clock};

/// A mail scanner: visits the link in several ways before the person does.
async fn scan(world: &World, link: &str) {
    let mut bot = world.visitor();
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let request = Request::builder().method(method).uri(link).header("user-agent", "scanner");
        bot.send(request.body(Body::empty()).unwrap()).await.expect(200);
    }
    // One that even posts, but not from our page.
    let request = Request::post(link).header("content-type", "application/x-www-form-urlencoded");
    bot.send(request.body(Body::empty()).unwrap()).await.expect(403);
}

async fn sign_up(visitor: &mut Person, email: &str) {
    let filled = [("name", "Olive"), ("email", email), ("password", "lantern teapot orchard")];
    visitor.fill("/sign-up", "/api/sign-up", &filled).await.leads_to("/sign-up/sent");
}

#[tokio::test]
async fn a_scanner_does_not_use_a_link_up_and_a_link_works_once() {
    let world = World::new().await;
    let email = "olive@alder.example.com";
    let mut visitor = world.visitor();
    sign_up(&mut visitor, email).await;
    world.work().await;
    let link = world.latest_link(email);
    let before = world.state().await;
    scan(&world, &link).await;
    assert_eq!(before, world.state().await);
    let page = visitor.open(&link).await;
    let password = [("password", "lantern teapot orchard")];
    visitor.submit(&page, "/api/verify", &password).await.leads_to("/sign-in?done=verified");
    let length = world.history_length().await;
    let again = visitor.submit(&page, "/api/verify", &password).await;
    assert!(again.location().contains("refused"), "{}", again.location());
    assert!(visitor.follow(again).await.text().contains("already been used"));
    assert_eq!(world.history_length().await, length);

    visitor.fill("/forgotten-password", "/api/forgotten-password", &[("email", email)]).await.expect(303);
    world.work().await;
    let link = world.latest_link(email);
    assert!(link.starts_with("/reset-password/"), "{link}");
    scan(&world, &link).await;
    let page = visitor.open(&link).await;
    let chosen = [("password", "violet harbour candle")];
    visitor.submit(&page, "/api/reset-password", &chosen).await.leads_to("/sign-in?done=password-reset");
    let again = visitor.submit(&page, "/api/reset-password", &[("password", "another harbour candle")]).await;
    assert!(again.location().contains("refused"), "{}", again.location());
    visitor.email = email.into();
    visitor.password = "violet harbour candle".into();
    visitor.sign_in().await;
}

#[tokio::test]
async fn links_run_out_and_serve_one_purpose() {
    let world = World::new().await;
    let email = "olive@alder.example.com";
    let mut visitor = world.visitor();
    sign_up(&mut visitor, email).await;
    world.work().await;
    let link = world.latest_link(email);
    // A verification link chooses no password.
    let token = link.rsplit('/').next().unwrap();
    let pairs = [("token", token), ("password", "violet harbour candle")];
    let answer = visitor.post("/api/reset-password", &pairs).await;
    assert!(answer.location().contains("refused"), "{}", answer.location());
    clock::pass(Duration::hours(24) + Duration::seconds(1));
    let answer = visitor.post("/api/verify", &[("token", token)]).await;
    assert!(answer.location().contains("refused"), "{}", answer.location());
    assert!(visitor.open(&link).await.text().contains("already been used, or has expired"));
}

/// Somebody signs up with another person's address, before or after its owner does, and waits for the owner to verify it.
#[tokio::test]
async fn a_sign_up_by_somebody_else_never_opens_the_account() {
    for thief_first in [true, false] {
        let world = World::new().await;
        let email = "olive@alder.example.com";
        let sign_up = async |name: &str, password: &str| {
            let filled = [("name", name), ("email", email), ("password", password)];
            world.visitor().fill("/sign-up", "/api/sign-up", &filled).await.leads_to("/sign-up/sent");
            world.work().await;
            clock::pass(Duration::minutes(16));
            world.latest_link(email)
        };
        let (own, stolen) = ("lantern teapot orchard", "violet harbour candle");
        let links = match thief_first {
            true => [sign_up("Thief", stolen).await, sign_up("Olive", own).await],
            false => [sign_up("Olive", own).await, sign_up("Thief", stolen).await],
        };
        assert_ne!(links[0], links[1], "a fresh link each time");
        // Olive opens whichever mail she sees first, and types her own password.
        let mut olive = world.visitor();
        let mut verified = false;
        for link in &links {
            let page = olive.open(link).await;
            if !page.body.contains("/api/verify") {
                continue;
            }
            let answer = olive.submit(&page, "/api/verify", &[("password", own)]).await;
            verified |= answer.location().contains("done=verified");
        }
        assert_eq!(verified, thief_first);
        if !verified {
            olive.fill("/forgotten-password", "/api/forgotten-password", &[("email", email)]).await.expect(303);
            world.work().await;
            let chosen = [("name", "Olive"), ("password", own)];
            let link = world.latest_link(email);
            olive.fill(&link, "/api/reset-password", &chosen).await.leads_to("/sign-in?done=password-reset");
        }
        let signed_in = async |password: &str| {
            let mut visitor = world.visitor();
            let filled = [("email", email), ("password", password)];
            let answer = visitor.fill("/sign-in", "/api/sign-in", &filled).await;
            visitor.follow(answer).await;
            visitor.session().is_some()
        };
        assert!(!signed_in(stolen).await && signed_in(own).await, "the thief first: {thief_first}");
        let account = world.store.credentials_by_email(email).await.unwrap().unwrap().account;
        assert_eq!(account.name, "Olive");
    }
}

#[tokio::test]
async fn an_invited_person_gives_a_name_and_may_change_it() {
    let world = World::new().await;
    let email = "stella@nhs.example.com";
    server::admin::create(&world.store, clock::ambient(), email, domain::actor::StaffRole::Auditor).await.unwrap();
    world.work().await;
    let mut stella = world.visitor();
    let page = stella.open(&world.latest_link(email)).await;
    assert!(page.text().contains("Choose a password") && !page.text().contains("signed out"), "{}", page.text());
    let password = stella.password.clone();
    let refused = stella.submit(&page, "/api/reset-password", &[("password", &password)]).await;
    let page = stella.follow(refused).await;
    assert!(page.text().contains("your name"), "{}", page.text());
    let filled = [("name", "Stella Staff"), ("password", password.as_str())];
    stella.submit(&page, "/api/reset-password", &filled).await.leads_to("/sign-in?done=password-reset");
    stella.email = email.into();
    stella.sign_in().await;
    assert!(stella.open("/account").await.text().contains("Stella Staff"));
    let refused = stella.fill("/account/name", "/api/rename", &[("name", " ")]).await;
    assert!(stella.follow(refused).await.title().starts_with("Error:"));
    let saved = stella.fill("/account/name", "/api/rename", &[("name", "Stella Baker")]).await;
    assert!(stella.follow(saved.leads_to("/account?done=name-changed")).await.text().contains("Stella Baker"));
}

/// The rule about the account's own address holds wherever a password is chosen.
#[tokio::test]
async fn a_password_chosen_by_a_link_is_not_the_address() {
    let world = World::new().await;
    let olive = world.partner("Olive", "olive@alder.example.com").await;
    let mut visitor = world.visitor();
    visitor.fill("/forgotten-password", "/api/forgotten-password", &[("email", &olive.email)]).await.expect(303);
    world.work().await;
    let link = world.latest_link(&olive.email);
    let refused = visitor.fill(&link, "/api/reset-password", &[("password", &olive.email)]).await;
    assert!(visitor.follow(refused).await.text().contains("contains your email address"));
}

#[tokio::test]
async fn a_poisoned_host_reaches_neither_mail_nor_redirect() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    let page = visitor.open("/sign-up").await;
    let form = page.form("/api/sign-up");
    let email = "olive@alder.example.com";
    let pairs = form.filled(&[("name", "Olive"), ("email", email), ("password", "lantern teapot orchard")]);
    let body = crate::support::person::urlencoded(&pairs);
    let poison = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("forwarded", "host=evil.example"),
        ("x-original-host", "evil.example"),
        ("x-forwarded-prefix", "//evil.example"),
    ];
    let mut request = visitor.request_from_page(Method::POST, "/api/sign-up");
    for (name, value) in poison {
        request = request.header(name, value);
    }
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(Body::from(body)).unwrap();
    let answer = visitor.send(request).await.leads_to("/sign-up/sent");
    assert!(!format!("{:?}{}", answer.headers, answer.body).contains("evil"), "{answer:?}");
    for address in ["/home", "/", "/sign-in", "/nowhere"] {
        let mut request = Request::get(address);
        for (name, value) in poison {
            request = request.header(name, value);
        }
        let answer = visitor.send(request.body(Body::empty()).unwrap()).await;
        assert!(!format!("{:?}{}", answer.headers, answer.body).contains("evil"), "{address}: {answer:?}");
    }
    world.work().await;
    let mail = world.mails_to(email).pop().unwrap();
    assert!(mail.link().starts_with("https://portal.example.org/verify/"), "{}", mail.text);
    assert!(!mail.raw.contains("evil"), "{}", mail.raw);
}

#[tokio::test]
async fn no_token_is_in_a_log_or_in_the_database() {
    let log = Log::begin();
    let world = World::new().await;
    let admin = world.admin("admin@nhs.example.com").await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    let mut visitor = world.visitor();
    visitor.fill("/forgotten-password", "/api/forgotten-password", &[("email", &olive.email)]).await.expect(303);
    // Refused forms have their own tokens; so has a password that waits for its code.
    let refused = olive.fill("/organisations/new", "/api/create-organisation", &[("name", "")]).await;
    olive.follow(refused).await;
    let (email, password) = (admin.email.clone(), admin.password.clone());
    let mut half = world.visitor();
    half.fill("/sign-in", "/api/sign-in", &[("email", &email), ("password", &password)])
        .await
        .leads_to("/sign-in/code");
    world.work().await;
    // The address of a page that refuses holds the token of its link.
    let link = world.latest_link(&olive.email);
    let refused = visitor.fill(&link, "/api/reset-password", &[("password", "short")]).await;
    assert!(visitor.follow(refused.leads_to(&link)).await.text().contains("too short"));
    let unverified = [("name", "Una"), ("email", "una@alder.example.com"), ("password", "lantern teapot orchard")];
    visitor.fill("/sign-up", "/api/sign-up", &unverified).await.leads_to("/sign-up/sent");
    world.work().await;
    let link = world.latest_link("una@alder.example.com");
    let refused = visitor.fill(&link, "/api/verify", &[("password", "another one")]).await;
    assert!(visitor.follow(refused.leads_to(&link)).await.text().contains("not the password"));
    let code = admin.code();
    let mut secrets: Vec<String> = [&admin, &olive, &half].iter().flat_map(|p| p.jar.values().cloned()).collect();
    let links =
        world.mails().into_iter().filter(|mail| mail.text.contains("/verify/") || mail.text.contains("-password/"));
    secrets.extend(links.map(|mail| mail.link().rsplit('/').next().unwrap().to_owned()));
    assert!(secrets.len() >= 8, "{secrets:?}");
    secrets.push(password);
    secrets.push(data_encoding::BASE32_NOPAD.encode(admin.app.as_ref().unwrap().as_bytes()));
    let (text, dump) = (log.text(), world.dump().await.join("\n"));
    assert!(text.contains("answered") && dump.contains("olive@alder.example.com"), "nothing was looked at");
    for secret in &secrets {
        assert!(!text.contains(secret), "{secret} is in the log");
        assert!(!dump.contains(secret), "{secret} is in the database");
        let hex = data_encoding::HEXUPPER.encode(secret.as_bytes());
        assert!(!dump.contains(&hex), "{secret} is in a blob of the database");
    }
    assert!(!text.contains(&code), "a code is in the log");
    assert!(!text.contains("olive@alder"), "an address is in the log");
}
