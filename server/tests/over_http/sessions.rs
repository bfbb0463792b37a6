//! Threat 7 (stolen session), over HTTP: a copied cookie is worth nothing after signing out, a changed password, a
//! locked account, a lost role, or time.

use domain::actor::StaffRole;
use time::Duration;

use crate::support::{Person, World, clock};

async fn is_signed_in(person: &mut Person) -> bool {
    match person.get("/account").await.status.as_u16() {
        200 => true,
        303 => false,
        other => panic!("/account answers {other}"),
    }
}

#[tokio::test]
async fn a_copied_cookie_ends_with_the_session() {
    let world = World::new().await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    let mut thief = olive.clone();
    assert!(is_signed_in(&mut thief).await);
    let out = olive.post::<&str, &str>("/api/sign-out", &[]).await.leads_to("/sign-in?done=signed-out");
    assert!(olive.follow(out).await.text().contains("You have signed out."));
    assert!(olive.session().is_none(), "the cookie is taken back");
    assert!(!is_signed_in(&mut thief).await);

    olive.sign_in().await;
    let mut phone = olive.clone();
    phone.jar.clear();
    phone.sign_in().await;
    let (mut thief, mut of_phone) = (olive.clone(), phone.clone());
    let out = olive.post::<&str, &str>("/api/sign-out-everywhere", &[]).await.leads_to("/sign-in?done=signed-out");
    assert!(olive.follow(out).await.text().contains("You have signed out everywhere."));
    assert!(!is_signed_in(&mut thief).await && !is_signed_in(&mut of_phone).await && !is_signed_in(&mut phone).await);
}

#[tokio::test]
async fn another_password_ends_the_other_sessions() {
    let world = World::new().await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    let mut thief = olive.clone();
    thief.jar.clear();
    thief.sign_in().await;
    let mut copy = olive.clone();
    let filled = [("current", olive.password.as_str()), ("password", "violet harbour candle")];
    let filled = filled.map(|(name, value)| (name, value.to_owned()));
    let filled: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
    olive.fill("/account/password", "/api/change-password", &filled).await.leads_to("/account?done=password-changed");
    assert!(is_signed_in(&mut olive).await && !is_signed_in(&mut thief).await);
    assert!(!is_signed_in(&mut copy).await, "who copied the token of this browser is out too");
    world.work().await;
    assert_eq!(world.mails_to(&olive.email).pop().unwrap().header("Subject"), "Your password was changed");

    // By the mailed link every session ends.
    let mut visitor = world.visitor();
    visitor.fill("/forgotten-password", "/api/forgotten-password", &[("email", &olive.email)]).await.expect(303);
    world.work().await;
    let link = world.latest_link(&olive.email);
    let answer = visitor.fill(&link, "/api/reset-password", &[("password", "cobalt meadow lantern")]).await;
    answer.leads_to("/sign-in?done=password-reset");
    assert!(!is_signed_in(&mut olive).await);
}

#[tokio::test]
async fn a_second_factor_ends_the_other_sessions() {
    let world = World::new().await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    let mut thief = olive.clone();
    thief.jar.clear();
    thief.sign_in().await;
    let mut copy = olive.clone();
    crate::support::world::enrol(&mut olive).await;
    assert!(is_signed_in(&mut olive).await && !is_signed_in(&mut thief).await);
    assert!(!is_signed_in(&mut copy).await, "who copied the token of this browser is out too");
}

#[tokio::test]
async fn removing_the_second_factor_ends_the_other_sessions() {
    let world = World::new().await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    crate::support::world::enrol(&mut olive).await;
    let mut thief = olive.clone();
    thief.jar.clear();
    thief.sign_in().await;
    let mut copy = olive.clone();
    let (password, code) = (olive.password.clone(), olive.code());
    let typed = [("password", password.as_str()), ("code", code.as_str())];
    let answer = olive.fill("/account/second-factor/remove", "/api/remove-second-factor", &typed).await;
    answer.leads_to("/account?done=second-factor-removed");
    assert!(!is_signed_in(&mut copy).await, "who copied the token of this browser is out too");
    assert!(is_signed_in(&mut olive).await && !is_signed_in(&mut thief).await);
    world.work().await;
    let mail = world.mails_to(&olive.email).pop().unwrap();
    assert!(mail.text.contains("Every other session") || mail.text.contains("signed out"), "{}", mail.text);
}

/// An open session and the password change nothing about how an account with a second factor signs in.
#[tokio::test]
async fn a_code_is_asked_before_anything_about_signing_in_changes() {
    let world = World::new().await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    crate::support::world::enrol(&mut olive).await;
    let (old, new) = (olive.password.clone(), "violet harbour candle");
    for (page, action, password, done) in [
        (
            "/account/password",
            "/api/change-password",
            vec![("current", old.as_str()), ("password", new)],
            "/account?done=",
        ),
        (
            "/account/second-factor",
            "/api/begin-second-factor",
            vec![("password", new)],
            "/account/second-factor/confirm",
        ),
        ("/account/second-factor/remove", "/api/remove-second-factor", vec![("password", new)], "/account?done="),
    ] {
        let before = world.state().await;
        for code in ["", "000000"] {
            let refused = olive.fill(page, action, &[&password[..], &[("code", code)]].concat()).await;
            let shown = olive.follow(refused.leads_to(&format!("{page}?refused"))).await;
            assert!(shown.text().contains("This code is wrong"), "{action}: {}", shown.text());
        }
        assert_eq!(world.state().await, before, "{action}");
        clock::pass(Duration::minutes(3));
        let code = olive.code();
        olive.fill(page, action, &[&password[..], &[("code", &code)]].concat()).await.leads_to(done);
    }
}

/// Whoever signs in leaves the session in which they did: a cookie that was planted is worth nothing afterwards.
#[tokio::test]
async fn signing_in_ends_the_session_before() {
    let world = World::new().await;
    let mut eve = world.partner("Eve", "eve@birch.example.com").await;
    let olive = world.partner("Olive", "olive@alder.example.com").await;
    let mut planted = olive.clone();
    planted.jar = eve.jar.clone();
    planted.sign_in().await;
    assert!(is_signed_in(&mut planted).await && !is_signed_in(&mut eve).await);
    assert!(planted.open("/account").await.text().contains("olive@alder.example.com"));
}

/// A thief with the password waits at the code until the owner has mended everything.
#[tokio::test]
async fn a_sign_in_that_waits_for_its_code_ends_with_the_old_password() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    for mend in ["reset", "everywhere"] {
        let mut thief = world.visitor();
        let filled = [("email", admin.email.clone()), ("password", admin.password.clone())];
        let filled = filled.each_ref().map(|(name, value)| (*name, value.as_str()));
        thief.fill("/sign-in", "/api/sign-in", &filled).await.leads_to("/sign-in/code");
        let page = thief.open("/sign-in/code").await;
        match mend {
            "reset" => {
                let mut owner = world.visitor();
                let email = [("email", admin.email.as_str())];
                owner.fill("/forgotten-password", "/api/forgotten-password", &email).await.expect(303);
                world.work().await;
                let chosen = [("password", "violet harbour candle")];
                let link = world.latest_link(&admin.email);
                owner.fill(&link, "/api/reset-password", &chosen).await.leads_to("/sign-in?done=password-reset");
                admin.password = "violet harbour candle".into();
                admin.sign_in().await;
            }
            _ => drop(admin.post::<&str, &str>("/api/sign-out-everywhere", &[]).await.leads_to("/sign-in")),
        }
        let code = admin.code();
        let answer = thief.submit(&page, "/api/sign-in-code", &[("code", &code)]).await.leads_to("/sign-in?refused");
        assert!(thief.follow(answer).await.text().contains("in the meantime. Start again."), "{mend}");
        assert!(!is_signed_in(&mut thief).await, "{mend}");
    }
}

#[tokio::test]
async fn a_locked_account_is_out_at_once() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    let page = format!("/admin/people/{}/disable", world.account(&olive.email).await);
    let code = admin.code();
    admin.fill(&page, "/api/change-account", &[("proof", &code)]).await.leads_to("/admin/people/");
    assert!(!is_signed_in(&mut olive).await);
    let filled = [("email", "olive@alder.example.com"), ("password", "lantern teapot orchard")];
    let answer = olive.fill("/sign-in", "/api/sign-in", &filled).await;
    assert!(answer.location().contains("refused"), "{}", answer.location());
}

#[tokio::test]
async fn a_lost_role_is_lost_in_open_sessions() {
    let world = World::new().await;
    let mut one = world.admin("one@nhs.example.com").await;
    let mut two = world.admin("two@nhs.example.com").await;
    let mut rogue = world.admin("rogue@nhs.example.com").await;
    rogue.open("/admin/queue").await;
    let page = format!("/admin/people/{}", world.account(&rogue.email).await);
    let code = one.code();
    let propose = [("proof", code.as_str()), ("role", "none")];
    one.fill(&format!("{page}/propose"), "/api/change-account", &propose).await.leads_to(&page);
    rogue.open("/admin/queue").await;
    assert_eq!(one.get(&format!("{page}/confirm")).await.status, 403, "who proposed does not confirm");
    let code = two.code();
    two.fill(&format!("{page}/confirm"), "/api/change-account", &[("proof", &code)]).await.leads_to(&page);
    assert_ne!(rogue.get("/admin/queue").await.status, 200);
    rogue.sign_in().await;
    assert_eq!(rogue.get("/admin/queue").await.status, 403);
}

/// Locked out of everything, by another admin or for want of codes: whoever runs the portal opens the account again.
#[tokio::test]
async fn the_operator_opens_a_lost_account_again() {
    let world = World::new().await;
    let mut lost = world.admin("lost@nhs.example.com").await;
    let mut other = world.admin("other@nhs.example.com").await;
    let own = format!("/admin/people/{}/disable", world.account(&other.email).await);
    assert!(other.get(&own).await.text().contains("This is your own account."));
    let page = format!("/admin/people/{}/disable", world.account(&lost.email).await);
    let code = other.code();
    other.fill(&page, "/api/change-account", &[("proof", &code)]).await.leads_to("/admin/people/");
    server::admin::recover(&world.store, clock::ambient(), &lost.email).await.unwrap();
    world.work().await;
    let mut thief = world.visitor();
    let known = [("email", lost.email.as_str()), ("password", lost.password.as_str())];
    let answer = thief.fill("/sign-in", "/api/sign-in", &known).await;
    assert!(answer.location().contains("refused"), "the old password lets nobody in");

    let mail = world.mails_to(&lost.email).pop().unwrap();
    assert_eq!(mail.header("Subject"), "Your account has been reopened");
    clock::pass(Duration::hours(20));
    let link = world.latest_link(&lost.email);
    lost.jar.clear();
    lost.app = None;
    lost.password = "cobalt meadow lantern".into();
    let chosen = [("password", "cobalt meadow lantern")];
    lost.fill(&link, "/api/reset-password", &chosen).await.leads_to("/sign-in?done=password-reset");
    lost.sign_in().await;
    assert_eq!(lost.get("/admin/queue").await.status, 403, "the second factor comes first");
    crate::support::world::enrol(&mut lost).await;
    lost.open("/admin/queue").await;
}

/// Threat 3: the second admin confirms the role that they read, not one that was put in its place.
#[tokio::test]
async fn a_role_is_confirmed_as_it_was_shown() {
    let world = World::new().await;
    let mut one = world.admin("one@nhs.example.com").await;
    let mut two = world.admin("two@nhs.example.com").await;
    world.partner("Olive", "olive@alder.example.com").await;
    let id = world.account("olive@alder.example.com").await;
    let page = format!("/admin/people/{id}");
    let code = one.code();
    let propose = [("proof", code.as_str()), ("role", "auditor")];
    one.fill(&format!("{page}/propose"), "/api/change-account", &propose).await.leads_to(&page);
    let shown = two.open(&format!("{page}/confirm")).await;
    assert!(shown.text().contains("Auditor"), "{}", shown.text());

    let exchange = [("account", id.to_string()), ("action", "propose".to_owned()), ("role", "admin".to_owned())];
    let answer = one.post("/api/change-account", &exchange).await;
    assert!(one.follow(answer).await.text().contains("has already been proposed"));
    one.fill(&format!("{page}/drop"), "/api/change-account", &[]).await.leads_to(&page);
    one.fill(&format!("{page}/propose"), "/api/change-account", &[("role", "admin")]).await.leads_to(&page);

    let code = two.code();
    let answer = two.submit(&shown, "/api/change-account", &[("proof", &code)]).await;
    let told = two.follow(answer).await.expect(409);
    assert!(told.text().contains("no longer the one that you had open"), "{}", told.text());
    let role = |account: domain::account::Account| account.staff;
    assert_eq!(role(world.store.load(id).await.unwrap().0), None);
    let again = two.open(&format!("{page}/confirm")).await;
    let code = two.code();
    let proof = [("proof", code.as_str())];
    two.submit(&again, "/api/change-account", &proof).await.leads_to(&page);
    assert_eq!(role(world.store.load(id).await.unwrap().0), Some(StaffRole::Admin));

    // Going back leads to what happened, for whoever confirmed and for whoever still had the form open.
    let gone = two.get(&format!("{page}/confirm")).await.expect(409);
    assert!(gone.text().contains("Confirmed the proposal: Olive is now an admin."), "{}", gone.text());
    let answer = two.submit(&again, "/api/change-account", &proof).await;
    let gone = two.follow(answer).await.expect(200);
    assert!(gone.text().contains("You have already confirmed this change of role."), "{}", gone.text());
}

#[tokio::test]
async fn a_session_ends_after_half_an_hour_without_use_and_after_twelve_hours() {
    let world = World::new().await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    clock::pass(Duration::minutes(29));
    assert!(is_signed_in(&mut olive).await);
    clock::pass(Duration::minutes(31));
    assert!(!is_signed_in(&mut olive).await);

    olive.sign_in().await;
    let until = clock::now() + Duration::hours(12);
    while clock::now() + Duration::minutes(20) < until {
        clock::pass(Duration::minutes(20));
        assert!(is_signed_in(&mut olive).await, "{} left", until - clock::now());
    }
    clock::pass(Duration::minutes(21));
    assert!(!is_signed_in(&mut olive).await, "twelve hours are over");
}

#[tokio::test]
async fn cookies_are_bound_to_the_host_and_out_of_reach() {
    let world = World::new().await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    let filled = [("email", "olive@alder.example.com"), ("password", "lantern teapot orchard")];
    let answer = olive.fill("/sign-in", "/api/sign-in", &filled).await;
    let cookie = answer.cookie("__Host-session").expect("a __Host- cookie");
    for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "{attribute}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    // Every other cookie of ours, such as that of a refused form.
    let answer = olive.fill("/account/password", "/api/change-password", &[("current", "wrong")]).await;
    let mut cookies = answer.headers.get_all("set-cookie").iter().peekable();
    assert!(cookies.peek().is_some());
    for cookie in cookies {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
            assert!(cookie.split("; ").any(|part| part == attribute), "{attribute}: {cookie}");
        }
    }
    for name in ["__Host-session", "__Host-pending", "__Host-form", "__Host-unsaved"] {
        assert!(olive.open("/cookies").await.text().contains(name), "{name}");
    }
    // Without https there is no __Host- cookie, and no Secure that a browser would drop.
    let world = World::reached_at("http://127.0.0.1:3000").await;
    let mut visitor = world.visitor();
    let answer = visitor.fill("/sign-in", "/api/sign-in", &filled).await;
    let cookie = answer.cookie("form").unwrap();
    assert!(!cookie.contains("Secure"), "{cookie}");
}

/// A session is only as good as what was shown: the password alone opens no staff page.
#[tokio::test]
async fn a_password_alone_opens_no_staff_page() {
    let world = World::new().await;
    let mut half = world.staff_without_second_factor("half@nhs.example.com", StaffRole::Admin).await;
    assert_eq!(half.get("/admin/queue").await.status, 403);
    let mut admin = world.admin("admin@nhs.example.com").await;
    let code = admin.code();
    let mut thief = world.visitor();
    thief
        .fill("/sign-in", "/api/sign-in", &[("email", &admin.email), ("password", &admin.password)])
        .await
        .leads_to("/sign-in/code");
    assert_ne!(thief.get("/account").await.status, 200, "half way is not in");
    let page = thief.open("/sign-in/code").await;
    thief.submit(&page, "/api/sign-in-code", &[("code", "000000")]).await.leads_to("/sign-in/code?refused");
    admin.jar.clear();
    thief.submit(&page, "/api/sign-in-code", &[("code", &code)]).await.leads_to("/home");
    // The code that was used is used up, for everybody.
    let mut second = world.visitor();
    second
        .fill("/sign-in", "/api/sign-in", &[("email", &admin.email), ("password", &admin.password)])
        .await
        .expect(303);
    let page = second.open("/sign-in/code").await;
    second.submit(&page, "/api/sign-in-code", &[("code", &code)]).await.leads_to("/sign-in/code?refused");
}
