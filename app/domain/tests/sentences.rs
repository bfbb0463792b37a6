//! Every sentence that a person can meet here, kept in `snapshots/sentences.txt` for reading.
//! `UPDATE_SNAPSHOTS=1` rewrites the file.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{
    actor::{Actor, Person, StaffRole, Stamp, TeamRole, TokenScope},
    aggregate::Aggregate,
    client_name::ClientName,
    draft::{Draft, DraftKey},
    email::EmailAddress,
    evidence,
    id::{AccountId, ClientId, OrganisationId, RegistrationId, ServiceId},
    key::{self, KeyId, PublicKey},
    ods::OdsCode,
    organisation::{ServiceDraft, check_service},
    policy::{AnswerKind, EnvironmentPolicy, EvidenceItem},
    possession::{self, Challenge},
    problem::Problem,
    redirect_uri::{self, RedirectUri, UriRules},
    refusal::Refusal,
    registration::{Command, Facts, Registration, RelatedKey},
    revision::FrozenRevision,
    rule::{EvidenceFault, FileFault, FileRule, MetadataFault, TextFault},
    scope::ScopeCatalogue,
    text, vector,
    warning::{Said, Warning},
};
use serde_json::{Value, json};

/// A problem in the words that a person reads.
fn told(problem: impl Into<Problem>) -> Said {
    problem.into().into()
}

fn all_told<P: Into<Problem>>(problems: impl IntoIterator<Item = P>) -> Vec<Said> {
    problems.into_iter().map(told).collect()
}

/// A sentence of a refusal.
fn refusal_said(rule: &str, message: String) -> Said {
    Said { field: "refusal".to_owned(), entry: String::new(), rule: rule.to_owned(), message }
}

fn modulus(name: &str) -> Vec<u8> {
    let line = include_str!("sentences/moduli.txt").lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    data_encoding::HEXLOWER.decode(line.unwrap().as_bytes()).unwrap()
}

fn key(modulus: &[u8], exponent: &[u8]) -> PublicKey {
    let number = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    PublicKey::from_jwk(&json!({ "kty": "RSA", "n": number(modulus), "e": number(exponent) })).unwrap()
}

fn sound() -> PublicKey {
    key(&modulus("sound"), &[1, 0, 1])
}

fn armoured(label: &str, der: &[u8]) -> String {
    let body = data_encoding::BASE64.encode(der);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

/// Texts in the key field, one for each rule of form.
fn key_texts() -> Vec<String> {
    let pem = sound().pem();
    let lines: Vec<&str> = pem.lines().collect();
    let body = lines[1..lines.len() - 1].join("\n");
    let spki = sound().spki_der().to_vec();
    let with_oid = |oid: &[u8]| {
        let algorithm = [&[0x06, u8::try_from(oid.len()).unwrap()], oid].concat();
        let algorithm = [&[0x30, u8::try_from(algorithm.len()).unwrap()], &algorithm[..]].concat();
        let content = [&algorithm[..], &[0x03, 2, 0, 1]].concat();
        armoured("PUBLIC KEY", &[&[0x30, u8::try_from(content.len()).unwrap()], &content[..]].concat())
    };
    vec![
        String::new(),
        " ".repeat(70_000),
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAr1bQx7mVw1yB0m0mJYxhYw\n".into(),
        "not a key".into(),
        pem.replace("-----", "---"),
        format!("{pem}{pem}"),
        format!("{}\n{body}", lines[0]),
        format!("{}\n{}", lines[0], lines[lines.len() - 1]),
        serde_json::to_string(&pem).unwrap(),
        pem.replace(&body[..8], "!!!!!!!!"),
        pem.replace("END PUBLIC KEY", "END RSA PUBLIC KEY"),
        pem.replace("PUBLIC KEY", "WONDERFUL KEY"),
        pem.replace("PUBLIC KEY", "RSA PUBLIC KEY"),
        armoured("PUBLIC KEY", &spki[24..]),
        body,
        armoured("PUBLIC KEY", &[&spki[..], &[0, 0, 0]].concat()),
        armoured("PUBLIC KEY", &[0x30, 0x03, 0x04, 0x01, 0x00]),
        armoured("RSA PUBLIC KEY", &[0x30, 0x0e, 0x02, 0x01, 0x03, 0x02, 0x09, 0x01, 0, 0, 0, 0, 0, 0, 0, 0x01]),
        armoured("CERTIFICATE", &[0]),
        armoured("CERTIFICATE REQUEST", &[0]),
        armoured("PKCS7", &[0]),
        armoured("PGP PUBLIC KEY BLOCK", &[0]),
        "ssh-rsa AAAAB3NzaC1yc2E me@machine".into(),
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@machine".into(),
        sound().jwk("RS512").to_string(),
        json!({ "keys": [sound().jwk("RS512")] }).to_string(),
        with_oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a]),
        with_oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x07]),
        with_oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]),
        with_oid(&[0x2b, 0x65, 0x6e]),
        with_oid(&[0x2b, 0x65, 0x6f]),
        with_oid(&[0x2b, 0x65, 0x70]),
        with_oid(&[0x2b, 0x65, 0x71]),
        with_oid(&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01]),
        with_oid(&[0x2a, 0x86, 0x48, 0xce, 0x3e, 0x02, 0x01]),
        with_oid(&[0x2a, 0x03]),
        pem.replace("BEGIN", "BEGNI"),
        pem.replace("PUBLIC KEY", "CERTIFICATE"),
        data_encoding::BASE64.encode(pem.as_bytes()),
        "---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3NzaC1yc2E\n---- END SSH2 PUBLIC KEY ----".into(),
        r#"{"kty": "EC"}"#.into(),
        r#"{"kty": "OKP"}"#.into(),
        r#"{"kty": "oct"}"#.into(),
        r#"{"kty": "DSA"}"#.into(),
        r#"{"kty": "RSA", "use": "enc"}"#.into(),
        r#"{"keys": [{"kty": "RSA"}, {"kty": "RSA"}]}"#.into(),
    ]
}

fn keys() -> Vec<Said> {
    let mut problems: Vec<Said> =
        key_texts().iter().map(|text| told(PublicKey::parse(text, &[2048]).unwrap_err())).collect();
    for rule in [
        "key-even",
        "key-small-factor",
        "key-repeated-bytes",
        "key-polynomial",
        "key-roca",
        "key-perfect-power",
        "key-prime",
        "key-close-primes",
    ] {
        let problem = told(PublicKey::parse(&key(&modulus(rule), &[1, 0, 1]).pem(), &[2048]).unwrap_err());
        assert_eq!(problem.rule, rule);
        problems.push(problem);
    }
    let relabelled = |kind: &[u8]| told(PublicKey::parse(&armoured("PUBLIC KEY", kind), &[2048]).unwrap_err());
    // The beginnings of a certificate, a request and a PKCS#7 bundle.
    let structures: [&[u8]; 3] =
        [&[0x30, 4, 0x30, 2, 0xa0, 0], &[0x30, 9, 0x30, 7, 0x02, 1, 0, 0x30, 2, 0x31, 0], &[0x30, 3, 0x06, 1, 0x2a]];
    for structure in structures {
        problems.push(relabelled(structure));
    }
    let sound_key = sound();
    let files: [&[u8]; 4] = [sound_key.spki_der(), &sound_key.spki_der()[24..], b"\x89PNG\xff", &[0x30, 0x80, 0xff]];
    problems.extend(files.into_iter().map(|file| told(key::text_of_file(file, &[2048]).unwrap_err())));
    let listed =
        include_str!("../src/weak_key/compromised/rfcs.txt").lines().last().unwrap().split_once(": ").unwrap().1;
    let listed = PublicKey::from_jwk(&json!({ "kty": "RSA", "n": listed, "e": "AQAB" })).unwrap();
    problems.push(told(listed.check(&[2048]).unwrap_err()));
    problems.push(told(KeyId::parse("").unwrap_err()));
    problems.push(told(sound().check(&[3072, 4096]).unwrap_err()));
    problems.push(told(key(&modulus("sound"), &[3]).check(&[2048]).unwrap_err()));
    problems.push(told(PublicKey::from_jwk(&json!({ "kty": "EC" })).unwrap_err()));
    let huge = BASE64_URL_SAFE_NO_PAD.encode(vec![0xc1; 1025]);
    problems.push(told(PublicKey::from_jwk(&json!({ "kty": "RSA", "n": huge, "e": "AQAB" })).unwrap_err()));
    let mut policy = EnvironmentPolicy::nhs_login().remove(0);
    policy.compromised_keys.insert(sound().sha256());
    problems.push(told(policy.check_key(&sound().pem()).unwrap_err()));
    problems
}

#[test]
fn the_sample_moduli_are_judged() {
    assert!(PublicKey::parse(&sound().pem(), &[2048]).is_ok());
    let (a, b) = (key(&modulus("shared-a"), &[1, 0, 1]), key(&modulus("shared-b"), &[1, 0, 1]));
    assert!(a.check(&[2048]).is_ok() && b.check(&[2048]).is_ok() && a.shares_prime_with(b.modulus()));
    assert!(!a.shares_prime_with(sound().modulus()));
}

fn redirect_uris() -> Vec<Said> {
    let strict = UriRules { allow_loopback: false, allow_custom_schemes: false };
    let custom = UriRules { allow_loopback: false, allow_custom_schemes: true };
    let texts = [
        "",
        "https://a b/",
        "https://bücher.com/",
        "www.example.com",
        "http://example.com/",
        "app.x://y/",
        "https:/a.com/",
        "https://a.com\\b",
        "https://*.a.com/",
        "https://a.com/?",
        "https://a.com/#",
        "https://u@a.com/",
        "https://",
        "https://a.com:443/",
        "https://a.com:0/",
        "https://localhost/",
        "https://127.1/",
        "https://a.com./",
        "https://a_b.com/",
        "https://a..com/",
        "https://intranet/",
        "https://co.uk/",
        "https://a.com",
        "https://a.com/|",
        "https://a.com/%",
        "https://a.com/%00",
        "https://a.com/..",
        "https://A.com/",
        "https://xn--a.com/",
        "https://xn--xn--a-vla.com/",
        "https://a.com/x, https://b.com/x",
        "https://a.com/x ",
        "https://a.com/x\t",
        "https://a.com/x\u{a0}",
        "https://a.com/\u{200b}x",
        "https://a.com/x,",
        "https://a.com/x%20",
        "“https://a.com/x”",
        "https://https://a.com/x",
        "https%3A%2F%2Fa.com%2Fx",
        "https://auth.login.nhs.uk/authorize?redirect_uri=https%3A%2F%2Fa.com%2Fx",
        "https://auth.login.nhs.uk/authorize",
        "https://${host}/x",
        "https://a.com/{id}/x",
        "https://a.com/..;/x",
        "https://github.io/x",
        "http://localhost/x",
        "-----BEGIN PRIVATE KEY-----MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
    ];
    let mut problems: Vec<Said> =
        texts.iter().map(|text| told(RedirectUri::parse(text, strict).unwrap_err())).collect();
    problems.push(told(RedirectUri::parse(&format!("https://a.com/{}", "a".repeat(2000)), strict).unwrap_err()));
    for text in ["data:x", "app.x:y", "app.x://y:1/", "app.x://y/../z"] {
        problems.push(told(RedirectUri::parse(text, custom).unwrap_err()));
    }
    let live = EnvironmentPolicy::nhs_login().remove(2);
    for text in [
        "clientapp://connect/x",
        "https://xn--80ak6aa92e.com/",
        "https://clinic-dev.azurewebsites.net/",
        "https://oauth.pstmn.io/v1/callback",
        "https://bit.ly/x",
        "https://settings.login.nhs.uk/x",
        "https://1ogin.nhs.uk/x",
        "https://nhs-login.com/x",
    ] {
        problems.extend(live.uri_warnings(&RedirectUri::parse(text, custom).unwrap()));
    }
    let twice = ["https://a.com/".to_owned(), "https://a.com/".to_owned()];
    let many: Vec<String> = (0..11).map(|number| format!("https://a.com/{number}")).collect();
    let alike = ["https://*.a.com/".to_owned(), "https://*.a.com/x".to_owned()];
    for list in [&twice[..], &many, &[], &alike] {
        problems.extend(all_told(redirect_uri::check_all(list, strict).1));
    }
    problems
}

fn words() -> Vec<Said> {
    let mut problems = Vec::new();
    for text in ["", "a\u{200b}b", "NНS", "Health Здоровье", "---", &"a".repeat(65)] {
        problems.push(told(ClientName::parse(text).unwrap_err()));
    }
    problems.extend(EnvironmentPolicy::nhs_login().remove(0).protected.client_name_warning("NHS App"));
    for input in ["", "a\nb", "a\u{200b}b", "too long for this field"] {
        problems.push(told(text::one_line("name", "the organisation name", input, 12).unwrap_err()));
    }
    for text in ["", "ada", "adа@example.com", &"a".repeat(255)] {
        problems.push(told(EmailAddress::parse(text).unwrap_err()));
    }
    problems.push(told(Problem::new("name", TextFault::FarTooLong("your name".into()))));
    problems.push(told(OdsCode::parse("?").unwrap_err()));
    problems.push(told(ClientId::try_from(String::new()).unwrap_err()));
    problems
}

/// What a service and the evidence lack, for integration and live, empty and on impossible days.
fn services_and_evidence() -> Vec<Said> {
    let mut service = ServiceDraft::default();
    let mut problems = all_told(check_service(&service).unwrap_err());
    service.contacts.security = "ada".into();
    problems.extend(all_told(check_service(&service).unwrap_err()));
    let today = time::Date::from_calendar_date(2026, time::Month::March, 27).unwrap();
    for fault in [
        FileFault::Empty,
        FileFault::TooLarge,
        FileFault::WrongType,
        FileFault::Damaged,
        FileFault::Locked,
        FileFault::Active,
        FileFault::Bomb,
        FileFault::Infected,
        FileFault::NotScanned,
        FileFault::TooMany,
    ] {
        problems.push(told(Problem::new("evidence", FileRule { name: "plan.pdf".into(), fault })));
    }
    for fault in [EvidenceFault::FileMissing("your diagram".into()), EvidenceFault::FilesMany(5)] {
        problems.push(told(Problem::new("evidence", fault)));
    }
    for policy in EnvironmentPolicy::nhs_login() {
        problems.extend(all_told(evidence::check(&policy.evidence, &evidence::Answers::new(), None).problems));
        problems.extend(judged_answers(&policy));
        problems.extend(
            Draft::default()
                .review_after(&policy, Some(evidence::Approved { answers: &evidence::Answers::new(), scopes: &[] }))
                .warnings,
        );
        let all = |date: &str| -> evidence::Answers {
            let fields =
                |item: &EvidenceItem| item.fields.iter().map(|field| (field.id.clone(), date.to_owned())).collect();
            policy.evidence.iter().map(|item| (item.id.clone(), fields(item))).collect()
        };
        problems.extend(all_told(evidence::check_dates(&policy.evidence, &all("2020-01-01"), today)));
        problems.extend(all_told(evidence::check_dates(&policy.evidence, &all("2030-01-01"), today)));
    }
    problems
}

/// What is said of answers that are there: days that do not exist, choices that are not enough, texts that do not fit.
fn judged_answers(policy: &EnvironmentPolicy) -> Vec<Said> {
    let mut problems = Vec::new();
    for item in &policy.evidence {
        for field in &item.fields {
            let answers: Vec<String> = match &field.kind {
                AnswerKind::PastDate | AnswerKind::ExpiryDate => vec!["2026-2-31".into(), "2026--1".into()],
                AnswerKind::Code { .. } => vec!["4711".into()],
                AnswerKind::Choice(options) => options.iter().map(|option| option.value.clone()).collect(),
                _ => vec!["a".repeat(2001)],
            };
            for answer in answers {
                let answers = BTreeMap::from([(item.id.clone(), BTreeMap::from([(field.id.clone(), answer)]))]);
                let alone = EvidenceItem { fields: vec![field.clone()], ..item.clone() };
                problems.extend(all_told(evidence::check([&alone], &answers, None).problems));
            }
        }
    }
    problems
}

/// What is read of metadata that is not as it is published.
fn metadata() -> Vec<Said> {
    let policy = EnvironmentPolicy::nhs_login().remove(0);
    let jwk = sound().jwk("RS256");
    let mut problems = Vec::new();
    for document in [
        json!([]),
        json!({
            "client_name": 1, "redirect_uris": "x", "scope": [], "reasons": [], "evidence": [], "nhs_vtr": "x", "jwks": {},
            "grant_types": ["authorization_code"], "response_types": ["token"], "application_type": "native",
            "token_endpoint_auth_method": "none", "logo_uri": "x",
        }),
        json!({
            "jwks": { "keys": [jwk] }, "public_key": sound().pem(),
            "token_endpoint_auth_signing_alg": "none", "id_token_signed_response_alg": "RS256",
        }),
        json!({ "jwks": { "keys": [{ "kty": "RSA", "d": "x" }] } }),
        json!({ "jwks": { "keys": [{ "kty": "RSA", "use": "enc", "kid": 1, "x5c": [] }] }, "scope": "openid, email" }),
    ] {
        problems.extend(all_told(Draft::from_metadata(&document).1));
        problems.extend(all_told(policy.other_algorithms(&document)));
        problems.extend(Draft::ignored_members(&document));
    }
    let texts = ["{", "[]", "1", r#"{"scope": "", "scope": ""}"#];
    problems.extend(all_told(texts.iter().map(|text| Draft::metadata_of(text).unwrap_err())));
    problems.push(told(Problem::new("registration", MetadataFault::Nested)));
    problems
}

fn scopes_and_vectors() -> Vec<Said> {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let (vectors, problems, warnings) = vector::check_all(&own(&["P0.Cp.Ck", "P5.Cm", "P9.Cp", "P7.Cp"]));
    let mut problems = all_told(problems);
    problems.extend(warnings);
    problems.extend(vector::check_all(&own(&["P9.Cm"])).2);
    problems.extend(vector::check_all(&own(&["P9.Cp.Ck"])).2);
    let catalogue = ScopeCatalogue::nhs_login();
    let all: Vec<String> = catalogue.scopes.iter().map(|rule| rule.name.clone()).skip(1).chain(own(&["all"])).collect();
    let reasons = BTreeMap::from([("email".to_owned(), "why".to_owned()), ("phone".to_owned(), "\0".to_owned())]);
    problems.extend(all_told(catalogue.check(&own(&["openid"]), &reasons, &vectors).problems));
    for vectors in [&vectors[..], &vectors[..1]] {
        let judged = catalogue.check(&all, &reasons, vectors);
        problems.extend(all_told(judged.problems).into_iter().chain(judged.warnings));
    }
    problems
}

fn assertions() -> Vec<Said> {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let header = |value: Value| format!("{}.{}.AAAA", part(&value), part(&json!({})));
    let texts = [
        String::new(),
        "a.b".into(),
        "a.b.c.d.e".into(),
        "!.!.!".into(),
        "!.e30.AAAA".into(),
        "e30.!.AAAA".into(),
        format!("{}.a.b", "a".repeat(17_000)),
        header(json!({})),
        header(json!({ "alg": "none" })),
        header(json!({ "alg": "RS512", "jku": "x" })),
        header(json!({ "alg": "RS512" })),
    ];
    let now = time::OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000);
    let refused = |text: &str, key: &PublicKey| told(possession::verify(text, key, &challenge(), now).unwrap_err());
    let mut problems: Vec<Said> = texts.iter().map(|text| refused(text, &sound())).collect();
    let (signing, public) = signing_pair();
    let sound = json!({
        "iss": "client-1", "sub": "client-1", "aud": challenge().audience, "jti": "nonce", "exp": now.unix_timestamp() + 60,
    });
    let of = |name: &str, value: Value| {
        let mut claims = sound.clone();
        claims[name] = value;
        let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS512);
        refused(&jsonwebtoken::encode(&header, &claims, &signing).unwrap(), &public)
    };
    for name in ["iss", "sub", "aud", "jti", "exp", "iat", "nbf"] {
        problems.push(of(name, json!("other")));
    }
    problems.push(of("exp", json!(now.unix_timestamp())));
    problems.push(of("exp", json!(now.unix_timestamp() + 4000)));
    problems
}

fn challenge() -> Challenge {
    Challenge {
        issuer: "client-1".into(),
        audience: "https://portal.example/possession".into(),
        nonce: "nonce".into(),
        algorithm: "RS512".into(),
    }
}

fn signing_pair() -> (jsonwebtoken::EncodingKey, PublicKey) {
    let private = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/life/private.pem");
    let openssl = |arguments: &[&str]| {
        let command = [&["rsa", "-in", private], arguments].concat();
        std::process::Command::new("openssl").args(command).output().unwrap().stdout
    };
    let public = String::from_utf8(openssl(&["-pubout"])).unwrap();
    let private = jsonwebtoken::EncodingKey::from_rsa_der(&openssl(&["-traditional", "-outform", "DER"]));
    (private, PublicKey::try_from(public).unwrap())
}

/// Each refusal of a command, without those that hold sentences of others. A new variant does not compile until it is here.
macro_rules! refusals {
    ($($name:ident),* $(,)?) => {
        fn refusals() -> Vec<Said> {
            let is_listed = |refusal: &Refusal| match refusal {
                Refusal::Problems(_) | Refusal::NoLongerFits(_) | Refusal::TokenScope(_) => false,
                $(Refusal::$name => true,)*
            };
            let all = [$(Refusal::$name),*, Refusal::Problems(Vec::new())];
            assert_eq!(all.iter().filter(|refusal| is_listed(refusal)).count(), all.len() - 1);
            let named = |refusal: &Refusal| {
                let rule = serde_json::to_value(refusal).unwrap();
                let rule = rule.as_str().unwrap_or("problems").replace('_', "-");
                refusal_said(&rule, refusal.to_string())
            };
            let scope = refusal_said("token-scope", Refusal::TokenScope(TokenScope::Submit).to_string());
            all.iter().map(named).chain([scope]).collect()
        }
    };
}

refusals! {
    NotSignedIn, NotAllowed, AdminsOnly, StaffOnly, ReauthenticationNeeded, OwnSubmission, WroteInDraft,
    BelongedToOrganisation,
    AlreadyApproved, TooFewApprovals, DigestMismatch, NothingSubmitted, TakesLeakedKeyOut, ChangedAtProvider, NothingToDiscard, ErasedSince, AlreadySubmitted, NothingChanged, OrganisationNotConfirmed,
    EarlierEnvironmentNotPublished, ReviewOpen, AlreadyRegistered, UnknownEnvironment, Retired, NoClient, AlreadySuspended, NotSuspended,
    ChallengeGone, NoKeyToProve, Superseded, AccountDisabled, AccountExists, NotVerified, AlreadySo, TwoPeopleNeeded,
    ProposalOpen, ProposalLapsed, ProposalChanged, ReinstatementOpen, ReinstatementGone, ReinstatementLapsed, OwnProposal,
    SecondFactorToSubmit, OwnAccount, CredentialsChanged, LinkGone, CodeWrong, SecondFactorRequired, LastOwner,
    InvitationGone, StaffJoinNoTeam, OfferGone, OwnerAlready, InTeamAlready, RequestGone, AskerCannotJoin, DeclinedLately, LockedOwner, TooManyRequests,
    KeyLeaked, SecondFactorToReport, EndorserNotPublished, TokenGone, TokenHeld, TokenEnvironment, PersonNeeded,
    TooManyAsk, TeamFull, OwnersAnswer, TooMuchToday, TooManyOrganisations,
    NotFound,
}

/// What is said to a partner who submits, and to an admin who decides, of a registration of the integration environment.
fn registrations() -> Vec<Said> {
    let now = time::OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000);
    let stage = Stage::new(now);
    let mut problems = stage.submitting();
    problems.extend(stage.deciding());
    problems
}

/// A registration under review, and what its decisions know of the world.
struct Stage {
    now: time::OffsetDateTime,
    facts: Facts,
    draft: Registration,
    submitted: Registration,
}

impl Stage {
    fn new(now: time::OffsetDateTime) -> Self {
        let mut policy = EnvironmentPolicy::nhs_login().remove(1);
        policy.evidence.clear();
        let metadata = json!({"jwks": {"keys": [sound().jwk("RS512")]}});
        let frozen = FrozenRevision::read(&json!({"client_metadata": metadata}).to_string()).unwrap();
        let facts = Facts {
            policy: Some(policy),
            organisation_confirmed: true,
            service_known: true,
            earlier_published: true,
            frozen: Some(frozen),
            titles: EnvironmentPolicy::nhs_login().into_iter().map(|policy| (policy.name, policy.title)).collect(),
            ..Facts::default()
        };
        let mut draft = Registration::blank(RegistrationId::from_parts(1, [1; 10]));
        let content = Draft {
            client_name: "Pharmacy First".into(),
            public_keys: vec![DraftKey::of(sound().pem())],
            redirect_uris: vec!["https://a.com/".into()],
            scopes: vec!["openid".into()],
            ..Draft::default()
        };
        let start = Command::Start {
            organisation: OrganisationId::from_parts(1, [1; 10]),
            service: ServiceId::from_parts(1, [1; 10]),
            environment: "integration".into(),
            copy_of: None,
            draft: Box::new(content.into()),
        };
        run(&mut draft, &owner(), &start, &facts, now).unwrap();
        let mut submitted = draft.clone();
        run(&mut submitted, &owner(), &submit(), &facts, now).unwrap();
        Self { now, facts, draft, submitted }
    }

    /// The problems of a command, or else the warnings that it leaves.
    fn said(&self, state: &Registration, actor: &Actor, command: &Command, facts: &Facts) -> Vec<Said> {
        let mut state = state.clone();
        match run(&mut state, actor, command, facts, self.now) {
            Ok(()) => state.revisions.last().map(|revision| revision.warnings.clone()).unwrap_or_default(),
            Err(Refusal::NoLongerFits(misfits)) => {
                misfits.iter().map(|misfit| refusal_said("no-longer-fits", misfit.to_string())).collect()
            }
            Err(refusal) => all_told(refusal.problems().to_vec()),
        }
    }

    fn submitting(&self) -> Vec<Said> {
        let sharing = Facts { shares_prime: [sound().thumbprint()].into(), ..self.facts.clone() };
        let mut problems = self.said(&self.draft, &owner(), &submit(), &sharing);
        for key in related_keys() {
            let facts = Facts { related_keys: vec![key], ..self.facts.clone() };
            problems.extend(self.said(&self.draft, &owner(), &submit(), &facts));
        }
        let of_others = Facts {
            organisation_confirmed: false,
            organisation_name: "NHS England".into(),
            organisation_name_taken: true,
            organisation_ods_code: Some("X26".into()),
            ods_code_taken: true,
            policy: self.facts.policy.clone().map(|policy| EnvironmentPolicy { open_to_unconfirmed: true, ..policy }),
            ..self.facts.clone()
        };
        problems.extend(self.said(&self.draft, &owner(), &submit(), &of_others));
        problems.extend(differing_ods_code());
        let mut facts = self.facts.clone();
        facts.policy = facts.policy.map(|policy| EnvironmentPolicy { possession_required: true, ..policy });
        problems.extend(self.said(&self.draft, &owner(), &submit(), &facts));
        problems
    }

    fn deciding(&self) -> Vec<Said> {
        let mut worlds: Vec<Facts> =
            related_keys().into_iter().map(|key| Facts { related_keys: vec![key], ..self.facts.clone() }).collect();
        worlds.push(Facts { organisation_confirmed: false, frozen: None, ..self.facts.clone() });
        let mut strict = Facts { earlier_published: false, ..self.facts.clone() };
        if let Some(policy) = &mut strict.policy {
            policy.possession_required = true;
            policy.compromised_keys.insert(sound().sha256());
        }
        worlds.push(strict);
        let revision = self.submitted.submitted().unwrap();
        let approve = Command::Approve {
            number: 1,
            digest: revision.digest.clone(),
            metadata_digest: revision.metadata_digest.clone(),
            comment: String::new(),
            client_id: ClientId::from_random([1; 16]),
        };
        let admin = admin(self.now);
        let mut problems: Vec<Said> =
            worlds.iter().flat_map(|facts| self.said(&self.submitted, &admin, &approve, facts)).collect();
        let mut published = self.submitted.clone();
        run(&mut published, &admin, &approve, &self.facts, self.now).unwrap();
        let confirm = Command::ConfirmPublished {
            generation: 1,
            metadata_digest: published.revisions[0].metadata_digest.clone(),
        };
        run(&mut published, &Actor::System, &confirm, &self.facts, self.now).unwrap();
        let changes =
            |comment: &str| Command::RequestChanges { number: 1, comment: comment.into(), sections: BTreeMap::new() };
        let long = "a".repeat(2001);
        for (state, command) in [
            (&self.submitted, changes(" ")),
            (&self.submitted, changes(&long)),
            (&self.submitted, Command::Reject { number: 1, reason: String::new() }),
            (&self.submitted, Command::Reject { number: 1, reason: long.clone() }),
            (&published, Command::Suspend { reason: String::new() }),
        ] {
            problems.extend(self.said(state, &admin, &command, &self.facts));
        }
        problems
    }
}

/// A key that another organisation proved, one that it did not, and the partner's own twice.
fn related_keys() -> Vec<RelatedKey> {
    let key = |organisation: u8, environment: &str, proved| RelatedKey {
        thumbprint: sound().thumbprint(),
        organisation: OrganisationId::from_parts(1, [organisation; 10]),
        registration: RegistrationId::from_parts(1, [9; 10]),
        environment: environment.into(),
        proved,
    };
    vec![key(2, "sandpit", true), key(2, "sandpit", false), key(1, "sandpit", true), key(1, "integration", true)]
}

fn person(n: u8) -> Person {
    Person {
        account: AccountId::from_parts(1, [n; 10]),
        staff: None,
        memberships: BTreeMap::new(),
        ever_belonged: BTreeSet::new(),
        second_factor: true,
        reauthenticated_at: None,
        token: None,
    }
}

fn owner() -> Actor {
    let memberships = BTreeMap::from([(OrganisationId::from_parts(1, [1; 10]), TeamRole::Owner)]);
    Actor::Person(Person { memberships, ..person(1) })
}

fn admin(now: time::OffsetDateTime) -> Actor {
    Actor::Person(Person { staff: Some(StaffRole::Admin), reauthenticated_at: Some(now), ..person(2) })
}

fn submit() -> Command {
    Command::Submit { client_id: ClientId::from_random([1; 16]) }
}

fn run(
    state: &mut Registration,
    actor: &Actor,
    command: &Command,
    facts: &Facts,
    at: time::OffsetDateTime,
) -> Result<(), Refusal> {
    let events = state.decide(actor, command, facts, at)?;
    events.iter().for_each(|event| state.apply(event, &Stamp { at, by: actor.by() }));
    Ok(())
}

fn everything() -> Vec<Said> {
    [
        keys(),
        redirect_uris(),
        words(),
        services_and_evidence(),
        scopes_and_vectors(),
        assertions(),
        metadata(),
        refusals(),
        registrations(),
    ]
    .concat()
}

/// The evidence of integration with another ODS code than the organisation's.
fn differing_ods_code() -> Vec<Said> {
    let mut registration = Registration::blank(RegistrationId::from_parts(1, [1; 10]));
    let code = BTreeMap::from([("code".to_owned(), "A1B".to_owned())]);
    registration.draft.evidence = BTreeMap::from([("ods_code".to_owned(), code)]);
    let facts = Facts { organisation_ods_code: Some("X26".into()), ..Facts::default() };
    let policy = EnvironmentPolicy::nhs_login().remove(1);
    registration.review_with(&policy, &facts, time::OffsetDateTime::UNIX_EPOCH).warnings
}

/// Each warning that is made anywhere here is of a known kind, so that whether a person looks at it was decided.
#[test]
fn every_warning_is_of_a_kind() {
    let rules: BTreeSet<String> = everything().into_iter().map(|problem| problem.rule).collect();
    let never_said: Vec<&str> =
        Warning::ALL.iter().map(|kind| kind.rule()).filter(|rule| !rules.contains(*rule)).collect();
    // What the store says: it compares with others.
    assert_eq!(never_said, ["look-alike-name", "look-alike-host"]);
}

#[test]
fn are_kept_for_reading() {
    let problems = everything();
    let lines: BTreeSet<String> =
        problems.iter().map(|one| format!("{} / {}\n    {}\n", one.field, one.rule, one.message)).collect();
    let found: String = lines.into_iter().collect();
    let path = format!("{}/tests/snapshots/sentences.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), found, "look at {path}");
}

#[test]
fn end_with_a_full_stop_and_have_one_space() {
    for problem in everything() {
        let sentence = problem.message;
        assert!(sentence.ends_with('.') && !sentence.contains("  ") && !sentence.contains('\n'), "{sentence}");
        assert!(problem.rule.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit()));
    }
}
