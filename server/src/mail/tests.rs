use super::*;
use crate::config::{Mail, MailTls, MailTransport};
use domain::{actor::TeamRole, email::EmailAddress, notice::Waiting, registration::KeyChange};
use std::time::Duration;
use store::Digest;
use time::macros::datetime;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

const ORIGIN: &str = "https://portal.example.org";

fn link(path: &str) -> Link {
    Link::to(ORIGIN, path)
}

fn about(service: &str) -> About {
    About {
        service: service.into(),
        organisation: service.into(),
        environment: "Sandpit".into(),
        issuer: "https://auth.sandpit.signin.nhs.uk".into(),
        client_id: Some("client-1".into()),
        revision: 3,
        waits: true,
        key_change: None,
        standing: Some("People can sign in with your client.".into()),
        link: link("/registrations/1"),
    }
}

fn invited(organisation: Option<&str>, has_account: bool) -> Invited {
    Invited {
        by: Some("ada@example.org".into()),
        organisation: organisation.map(str::to_owned),
        role: TeamRole::Developer,
        until: datetime!(2026-12-05 09:05 UTC),
        has_account,
        link: link("/invitations/1"),
    }
}

fn every_letter(service: &str) -> Vec<Letter> {
    let about = about(service);
    vec![
        Letter::VerifyAddress(link("/verify?token=abc")),
        Letter::AddressInUse(link("/sign-in")),
        Letter::AccountRecovered(link("/reset?token=abc")),
        Letter::PasswordReset(link("/reset?token=abc")),
        Letter::StaffInvitation(link("/reset?token=abc")),
        Letter::PasswordChanged(link("/forgotten"), datetime!(2026-07-01 09:05 UTC)),
        Letter::SecondFactorSet(link("/forgotten"), datetime!(2026-07-01 09:05 UTC)),
        Letter::SecondFactorChanged(link("/forgotten"), datetime!(2026-07-01 09:05 UTC)),
        Letter::SecondFactorRemoved(link("/forgotten"), datetime!(2026-07-01 09:05 UTC)),
        Letter::Waiting(gathered()),
        Letter::OwnersAway(absent()),
        Letter::OrganisationConfirmed(service.into(), link("/organisations/1")),
        Letter::OrganisationRenamed(service.into(), link("/admin/organisations/1")),
        Letter::TeamRoleChanged(service.into(), TeamRole::Owner, link("/organisations/1/team")),
        Letter::TeamRoleChanged(service.into(), TeamRole::Developer, link("/organisations/1/team")),
        Letter::TeamRoleChanged(service.into(), TeamRole::Viewer, link("/organisations/1/team")),
        Letter::RemovedFromTeam(service.into(), link("/home")),
        Letter::MemberLeft(service.into(), link("/organisations/1/team")),
        Letter::OwnerAdded(service.into(), link("/organisations/1/team")),
        Letter::TeamInvitation(invited(Some(service), true)),
        Letter::TeamInvitation(invited(None, false)),
        Letter::MemberJoined(service.into(), TeamRole::Developer, link("/organisations/1/team")),
        Letter::InvitationDeclined(service.into(), link("/organisations/1/team")),
        Letter::OwnershipOffered(service.into(), link("/organisations/1/team/ownership")),
        Letter::OwnershipHandedOver(service.into(), link("/organisations/1/team")),
        Letter::OwnershipDeclined(service.into(), link("/organisations/1/team")),
        Letter::JoinAsked(service.into(), link("/organisations/1/team")),
        Letter::TokenMade(service.into(), link("/organisations/1/tokens")),
        Letter::JoinAgreed(service.into(), TeamRole::Viewer, link("/organisations/1")),
        Letter::JoinDeclined(service.into(), link("/home")),
        Letter::JoinRefused(service.into(), link("/home")),
        Letter::JoinDecided(service.into(), link("/organisations/1/team")),
        Letter::ChangesRequested(about.clone()),
        Letter::Rejected(about.clone()),
        Letter::FirstApproval(about.clone()),
        Letter::Published(about.clone()),
        Letter::PublicationFailed(about.clone()),
        Letter::Suspended(about.clone()),
        Letter::ClientSuspended(about.clone()),
        Letter::SuspensionConfirmed(about.clone()),
        Letter::Reinstated(about.clone()),
        Letter::Retired(about.clone()),
        Letter::Published(About { key_change: Some(KeyChange::Addition), ..about.clone() }),
        Letter::Published(About { key_change: Some(KeyChange::Removal), ..about.clone() }),
        Letter::KeyOld(about.clone()),
        Letter::EvidenceEnds(about.clone(), "3 March 2027".into()),
        Letter::KeyLeaked(about.clone()),
        Letter::ClientKeyLeaked(about.clone()),
        Letter::KeyLeakedElsewhere(about.clone()),
        Letter::ClientKeyLeakedElsewhere(about.clone()),
        Letter::KeyChanged(about),
    ]
}

fn gathered() -> Gathered {
    let digest = Digest {
        revisions: vec![("Sandpit".into(), 2), ("Live".into(), 1)],
        more: false,
        oldest: Some(datetime!(2026-03-03 09:00 UTC)),
        proposed: 1,
        withheld: 2,
        joining: 1,
        without_owner: 0,
        owners_away: 0,
        keys_left: 0,
        gathered: Waiting { organisations: 1, urgent: 3 },
    };
    let failing = link("/admin/publications?state=failing");
    let joining = link("/admin/organisations?state=joining");
    let (queue, unconfirmed) = (link("/admin/queue"), link("/admin/organisations"));
    Gathered { digest, queue, unconfirmed, joining, failing }
}

fn absent() -> Absent {
    let digest = Digest { joining: 2, without_owner: 1, owners_away: 3, keys_left: 1, ..Digest::default() };
    let of = |state: &str| link(&format!("/admin/organisations?state={state}"));
    Absent {
        digest,
        joining: of("joining"),
        without_owner: of("without-owner"),
        owners_away: of("owners-away"),
        keys_left: of("keys-left"),
    }
}

fn sent(id: &str) -> Sent<'_> {
    Sent { id, at: datetime!(2026-03-03 09:00 UTC) }
}

fn to() -> EmailAddress {
    EmailAddress::parse("jo@example.org").unwrap()
}

#[test]
fn every_letter_has_its_link_in_both_forms() {
    for letter in every_letter("Appointments") {
        let rendered = letter.render();
        let (plain, html) = (rendered.plain(), rendered.html());
        assert!(plain.contains(&format!("\n{ORIGIN}/")), "{plain}");
        assert!(html.contains(&format!("href=\"{ORIGIN}/")), "{html}");
        assert!(!html.contains("<img") && !html.contains("<script"), "{html}");
        assert!(plain.is_ascii() || plain.contains('“'), "{plain}");
    }
}

#[test]
fn what_people_typed_bends_neither_form() {
    let nasty = "<b>x</b>\r\nBcc: all@example.org\r\n.\r\n\"'&\u{202e}gpj";
    for letter in every_letter(nasty) {
        let rendered = letter.render();
        assert!(!rendered.html().contains("<b>"), "{}", rendered.html());
        assert!(!rendered.plain().contains("\nBcc:") && !rendered.plain().contains('\u{202e}'), "{}", rendered.plain());
        assert!(!rendered.subject.contains("<b>"));
    }
}

#[test]
fn letters_say_what_they_are_about() {
    let plain = |letter: Letter| letter.render().plain();
    let about = about("Appointments");
    let subject = Letter::Published(about.clone()).render().subject;
    assert_eq!(subject, "Your registration is published (Sandpit)");
    let published = plain(Letter::Published(about.clone()));
    assert!(published.contains("client_id: client-1"), "{published}");
    assert!(published.contains("Issuer: https://auth.sandpit.signin.nhs.uk"), "{published}");
    assert!(published.contains("People can sign in with your client."), "{published}");
    let changed = plain(Letter::PasswordChanged(link("/forgotten"), datetime!(2026-07-01 09:05 UTC)));
    assert!(changed.contains("changed on 1 July 2026 at 10:05am BST."), "{changed}");
    assert!(plain(Letter::KeyChanged(about.clone())).contains("withdraw the submission now"));
    let decided = plain(Letter::KeyChanged(About { waits: false, ..about }));
    assert!(!decided.contains("withdraw") && decided.contains("tell the NHS login team"), "{decided}");
}

#[test]
fn a_digest_counts_what_waits() {
    let plain = Letter::Waiting(gathered()).render().plain();
    for expected in [
        "3 revisions are ready for review: 2 in Sandpit, 1 in Live. The oldest was submitted on 3 March 2026 at 9am GMT.",
        "1 organisation that no admin has confirmed has its first client.",
        "1 proposal to reinstate a client needs another admin.",
        "2 clients are not being published, because admins who approved or reinstated them no longer count.",
        "We did not send you 3 more emails",
        "https://portal.example.org/admin/queue",
    ] {
        assert!(plain.contains(expected), "{expected}: {plain}");
    }
    let more = Digest { more: true, revisions: vec![("Sandpit".into(), 1000)], ..Digest::default() };
    let plain = Letter::Waiting(Gathered { digest: more, ..gathered() }).render().plain();
    assert!(plain.contains("More than 1000 revisions are ready for review."), "{plain}");
    let only = Digest { withheld: 1, ..Digest::default() };
    assert!(!only.is_empty(), "it is told where nothing else waits");
    let plain = Letter::Waiting(Gathered { digest: only, ..gathered() }).render().plain();
    assert!(plain.contains("1 client is not being published") && plain.contains("/admin/queue"), "{plain}");
}

#[tokio::test]
async fn a_directory_gets_one_whole_file_for_each_mail() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = Mailer::new(&Mail { directory: dir.path().join("mail"), ..Mail::default() }).unwrap();
    let nasty = "a\r\nBcc: all@example.org";
    for (at, letter) in every_letter(nasty).iter().enumerate() {
        mailer.send(&to(), letter, sent(&format!("row-{at}"))).await.unwrap();
    }
    let files: Vec<_> =
        std::fs::read_dir(dir.path().join("mail")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), every_letter(nasty).len());
    for file in files {
        assert_eq!(file.extension().unwrap(), "eml");
        let text = std::fs::read_to_string(&file).unwrap();
        let headers = text.split("\r\n\r\n").next().unwrap();
        assert!(headers.contains("To: jo@example.org"), "{headers}");
        assert!(headers.contains("Date: Tue, 03 Mar 2026 09:00:00"), "{headers}");
        assert!(headers.contains("Message-ID: <row-"), "{headers}");
        // A long line of the body may be broken softly before any word.
        let unbroken = text.replace("=\r\n", "");
        assert!(!headers.contains("Bcc") && !unbroken.contains("\r\nBcc"), "{text}");
    }
}

#[tokio::test]
async fn smtp_hands_over_the_message_and_tells_temporary_from_permanent() {
    let table = [
        ("250 fine", None),
        ("421 closing", Some(false)),
        ("451 later", Some(false)),
        ("530 sign in first", Some(false)),
        ("535 wrong password", Some(false)),
        ("550 5.1.1 no such mailbox", Some(true)),
        ("553 5.1.3 misspelt", Some(true)),
        ("550 5.2.1 closed", Some(true)),
        ("553 5.1.8 the sender's domain is unknown", Some(false)),
        ("550 5.7.1 not trusted yet", Some(false)),
        ("550 go away", Some(false)),
        ("552 5.2.2 full", Some(false)),
        ("451 4.1.1 greylisted", Some(false)),
        ("554 failed", Some(false)),
    ];
    for (answer, expected) in table {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(receive_one(listener, answer));
        let config = Mail {
            transport: MailTransport::Smtp,
            host: "127.0.0.1".into(),
            port: Some(port),
            tls: MailTls::None,
            ..Mail::default()
        };
        let mailer = Mailer::new(&config).unwrap();
        let outcome = mailer.send(&to(), &Letter::Published(about("Appointments")), sent("row")).await;
        match expected {
            None => assert_eq!(outcome, Ok(())),
            Some(true) => assert!(matches!(outcome, Err(MailError::Permanent(_))), "{outcome:?}"),
            Some(false) => assert!(matches!(outcome, Err(MailError::Temporary(_))), "{outcome:?}"),
        }
        if let Err(error) = &outcome {
            let code = error.class().strip_prefix("smtp ").unwrap();
            assert!(!code.contains(char::is_alphabetic), "{error:?}");
        }
        let received = server.await.unwrap();
        assert!(received.contains("RCPT TO:<jo@example.org>"), "{received}");
        assert_eq!(received.contains("Subject: Your registration is published"), expected.is_none(), "{received}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = Mail {
        transport: MailTransport::Smtp,
        host: "127.0.0.1".into(),
        port: Some(listener.local_addr().unwrap().port()),
        tls: MailTls::None,
        ..Mail::default()
    };
    let mailer = Mailer::new(&config).unwrap().limited(Duration::from_millis(200));
    let patience = Duration::from_secs(10);
    let letter = Letter::AddressInUse(link("/sign-in"));
    let sending = tokio::time::timeout(patience, mailer.send(&to(), &letter, sent("row"))).await;
    let failed = sending.expect("it is given up");
    assert!(matches!(&failed, Err(error @ MailError::Temporary(_)) if error.class() == "timeout"), "{failed:?}");
    let asking = tokio::time::timeout(patience, mailer.describe()).await;
    assert!(asking.expect("it is given up").is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_for_one_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let directory = dir.path().join("mail");
    let mailer = Mailer::new(&Mail { directory: directory.clone(), ..Mail::default() }).unwrap();
    mailer.describe().await.unwrap();
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 0, "the trial leaves nothing behind");
    mailer.send(&to(), &Letter::AddressInUse(link("/sign-in")), sent("row")).await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    for file in std::fs::read_dir(&directory).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
    let blocked = dir.path().join("file");
    std::fs::write(&blocked, "").unwrap();
    let mailer = Mailer::new(&Mail { directory: blocked, ..Mail::default() }).unwrap();
    assert!(mailer.describe().await.is_err());
}

#[tokio::test]
async fn required_tls_never_falls_back_to_plain() {
    for tls in [MailTls::Starttls, MailTls::Implicit] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(receive_one(listener, "250 fine"));
        let config =
            Mail { transport: MailTransport::Smtp, host: "127.0.0.1".into(), port: Some(port), tls, ..Mail::default() };
        let mailer = Mailer::new(&config).unwrap();
        assert!(mailer.send(&to(), &Letter::AddressInUse(link("/sign-in")), sent("row")).await.is_err());
        drop(mailer);
        server.abort();
        let received = server.await.unwrap_or_default();
        assert!(!received.contains("MAIL FROM"), "{received}");
    }
}

/// A server for one session in plain text, which answers RCPT as told and gives back all that it was sent.
async fn receive_one(listener: TcpListener, rcpt_answer: &'static str) -> String {
    let (mut socket, _) = listener.accept().await.unwrap();
    let (reader, mut writer) = socket.split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 test\r\n").await.unwrap();
    let (mut all, mut in_data) = (String::new(), false);
    while let Ok(Some(line)) = lines.next_line().await {
        all.push_str(&line);
        all.push('\n');
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            _ if in_data && line == "." => "250 taken",
            _ if in_data => continue,
            "EHLO" => "250 test",
            "RCPT" => rcpt_answer,
            "DATA" => "354 go on",
            "QUIT" => break,
            _ => "250 fine",
        };
        in_data = answer.starts_with("354");
        writer.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        if answer == "250 taken" || answer.starts_with(['4', '5']) {
            break;
        }
    }
    all
}
