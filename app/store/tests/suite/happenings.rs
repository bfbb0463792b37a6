//! Everything that can happen, so that there is an entry of every type.

use crate::common::*;
use domain::{
    account::{Account, Command as OfAccount, Proof, Secret},
    actor::{StaffRole, TeamRole, TokenScope},
    draft::{Draft, DraftChange, DraftKey, Section},
    email::EmailAddress,
    id::{AccountId, ClientId, InvitationId, RegistrationId, ServiceId},
    key::PublicKey,
    organisation::{Command as OfOrganisation, Contacts, ServiceDraft},
    policy::EnvironmentPolicy,
    possession::Typed,
    registration::{Command, LAST_GENERATION, Registration},
    revision::FrozenRevision,
};
use std::{process::Command as Program, sync::Arc};
use store::{Expected, LinkPurpose, Store, ToErase, Who};
use time::Duration;

/// An entry of every type but erasures.
pub(crate) async fn of_every_type(world: &World) {
    let (first, second) = (world.staff("first", StaffRole::Admin).await, world.staff("second", StaffRole::Admin).await);
    to_people(world, &first, &second).await;
    let ash = world.partner("Ash").await;
    to_organisations(world, &first, &ash).await;
    to_drafts(world, &ash).await;
    to_keys(world, &world.partner("Elm").await).await;
    to_amendments(world, &world.partner("Fir").await).await;
    to_reviews(world, &ash, &first, &second).await;
    to_clients(world, &first, &second).await;
}

/// Erasures of each kind of thing: a part of a document, a document as a whole, a text, and what was left of one.
pub(crate) async fn erased(world: &World) {
    let birch = world.partner("Birch").await;
    let id = world.start(&birch.developer, &birch, "integration", draft("Birch", KEY_B)).await.unwrap();
    let save = async |change: DraftChange| {
        world.now_do(&birch.developer.who, id, Command::save(change)).await.unwrap();
    };
    save(DraftChange::RedirectUris(vec![
        "https://secret-one.example.com/".into(),
        "https://secret-two.example.com/".into(),
    ]))
    .await;
    erase(world, ToErase::Text("https://secret-one.example.com/".into())).await;
    erase(world, ToErase::Text("https://secret-two.example.com/".into())).await;
    save(DraftChange::ClientName("Secret client name".into())).await;
    let text = "{\"client_name\":\"Secret client name\"}";
    save(DraftChange::ClientName("Another name".into())).await;
    erase(world, ToErase::Digest(domain::draft::hex_digest(text.as_bytes()))).await;
    let service = change_service(world, &birch, "Secret service name").await;
    change_service(world, &birch, "Birch again").await;
    erase(world, ToErase::Text("Secret service name".into())).await;
    erase(
        world,
        ToErase::Digest(domain::draft::hex_digest(service.replace("Secret service name", "Birch again").as_bytes())),
    )
    .await;
    let account = world.sign_up("ada2@partner.example", "Secret Person").await.unwrap();
    world.verify(account).await;
    let ada = world.sign_in(account, Proof::PasswordOnly).await.unwrap();
    world.account(&ada.who, ada.account, OfAccount::Rename { name: "Ada".into() }).await.unwrap();
    erase(world, ToErase::Text("Secret Person".into())).await;
    let id = world.submitted(&birch, "sandpit", draft("Rowan", KEY_B)).await;
    let admin = world.staff("third", StaffRole::Admin).await;
    if world.store.load::<Registration>(id).await.unwrap().0.submitted().is_some() {
        let reject = Command::Reject { number: 1, reason: "A secret reason.".into() };
        world.now_do(&admin.who, id, reject).await.unwrap();
    }
    erase(world, ToErase::Text("A secret reason.".into())).await;
}

async fn erase(world: &World, what: ToErase) {
    let report = world.store.erase_text(&world.moment(), &what, "A secret was pasted.", true).await.unwrap();
    assert!(!report.entries.is_empty());
}

/// Gives the document that the entry has.
async fn change_service(world: &World, partner: &Partner, name: &str) -> String {
    let contact = || "contact@partner.example".to_owned();
    let draft = ServiceDraft {
        name: name.into(),
        description: "What it is.".into(),
        use_case: "What for.".into(),
        contacts: Contacts { technical: contact(), product: contact(), security: contact() },
    };
    let text = serde_json::to_string(&draft).unwrap();
    let change = OfOrganisation::ChangeService { id: partner.service, draft };
    world.organisation(&partner.owner.who, partner.organisation, change).await.unwrap();
    text
}

async fn to_people(world: &World, first: &User, second: &User) {
    let ada = world.person("Ada").await;
    let act = async |user: &User, command: OfAccount| world.account(&user.who, user.account, command).await.unwrap();
    let again = || OfAccount::SignUp {
        email: EmailAddress::parse("Ada@partner.example").unwrap(),
        name: "Ada".into(),
        password: Secret("other".into()),
    };
    world.account(&Who::Visitor, ada.account, again()).await.unwrap();
    act(&ada, OfAccount::Rename { name: "Ada Brown".into() }).await;
    let keep = || Secret(ada.token.clone());
    act(&ada, OfAccount::ChangePassword { password: Secret("new".into()), keep: keep() }).await;
    world.add_second_factor(&ada).await;
    let code = Proof::RecoveryCode { hash: Secret(format!("code-1-{}", ada.account)) };
    let by_code = world.sign_in(ada.account, code).await.unwrap();
    act(&by_code, OfAccount::SignOut { session: Secret(by_code.token.clone()) }).await;
    act(&ada, OfAccount::RemoveSecondFactor { keep: keep() }).await;
    world.account(&Who::Visitor, ada.account, OfAccount::AskReset).await.unwrap();
    let expires = world.now() + Duration::minutes(30);
    world.store.store_link("reset", ada.account, LinkPurpose::Reset, expires).await.unwrap();
    let reset = OfAccount::ResetPassword { link: Secret("reset".into()), password: Secret("newer".into()), name: None };
    world.account(&Who::Visitor, ada.account, reset).await.unwrap();
    let ada = world.sign_in(ada.account, Proof::PasswordOnly).await.unwrap();
    act(&ada, OfAccount::SignOutEverywhere).await;
    world.account(&Who::Operator, ada.account, OfAccount::Recover).await.unwrap();
    let on = async |user: &User, account: AccountId, command: OfAccount| {
        world.reauthenticate(user).await;
        world.account(&user.who, account, command).await.unwrap();
    };
    let nia = world.person("Nia").await;
    let auditor = Some(StaffRole::Auditor);
    on(first, nia.account, OfAccount::ProposeRole { role: auditor }).await;
    on(second, nia.account, OfAccount::DropRole).await;
    for role in [auditor, None] {
        on(first, nia.account, OfAccount::ProposeRole { role }).await;
        let proposed_at = world.store.load::<Account>(nia.account).await.unwrap().0.proposed_role.unwrap().stamp.at;
        on(second, nia.account, OfAccount::ConfirmRole { role, proposed_at }).await;
    }
    on(first, nia.account, OfAccount::Disable).await;
    on(first, nia.account, OfAccount::Enable).await;
}

async fn to_organisations(world: &World, admin: &User, ash: &Partner) {
    let act = async |command| world.organisation(&ash.owner.who, ash.organisation, command).await.unwrap();
    change_service(world, ash, "Ash online").await;
    act(OfOrganisation::Change { name: "Ash trust".into(), ods_code: String::new() }).await;
    let carol = world.person("Carol").await;
    let add = OfOrganisation::AddMember { account: carol.account, role: TeamRole::Viewer };
    world.organisation(&Who::Operator, ash.organisation, add).await.unwrap();
    world.reauthenticate(&ash.owner).await;
    act(OfOrganisation::RemoveMember { account: carol.account }).await;
    to_team(world, ash).await;
    to_invitations(world, ash).await;
    to_ways_in(world, admin, ash).await;
    to_tokens(world, &world.partner("Gum").await).await;
    world.reauthenticate(admin).await;
    world.organisation(&admin.who, ash.organisation, OfOrganisation::Confirm).await.unwrap();
}

/// Somebody with another role, who leaves.
pub(crate) async fn to_team(world: &World, ash: &Partner) {
    let dora = world.person("Dora").await;
    let add = OfOrganisation::AddMember { account: dora.account, role: TeamRole::Viewer };
    world.organisation(&Who::Operator, ash.organisation, add).await.unwrap();
    world.reauthenticate(&ash.owner).await;
    let change = OfOrganisation::ChangeRole { account: dora.account, role: TeamRole::Developer };
    world.organisation(&ash.owner.who, ash.organisation, change).await.unwrap();
    world.reauthenticate(&dora).await;
    world.organisation(&dora.who, ash.organisation, OfOrganisation::Leave).await.unwrap();
}

/// Somebody invited again and again, who joins in the end, and somebody who had no account.
pub(crate) async fn to_invitations(world: &World, ash: &Partner) {
    let grace = world.person("Grace").await;
    world.reauthenticate(&ash.owner).await;
    let by_owner = async |command| world.organisation(&ash.owner.who, ash.organisation, command).await.unwrap();
    let invite = async |email: &str| {
        let (millis, random) = world.fresh();
        let id = InvitationId::from_parts(millis, random);
        let email = EmailAddress::parse(email).unwrap();
        by_owner(OfOrganisation::Invite { id, email, role: TeamRole::Viewer }).await;
        id
    };
    let id = invite("Grace@partner.example").await;
    by_owner(OfOrganisation::SendInvitationAgain { id }).await;
    by_owner(OfOrganisation::WithdrawInvitation { id }).await;
    let id = invite("grace@partner.example").await;
    let decline = OfOrganisation::DeclineInvitation { id, link: None };
    world.organisation(&grace.who, ash.organisation, decline).await.unwrap();
    let id = invite("grace@partner.example").await;
    world.organisation(&grace.who, ash.organisation, OfOrganisation::AcceptInvitation { id }).await.unwrap();
    let of_ida = invite("ida@partner.example").await;
    world.store.store_invitation_link(of_ida, "link-of-ida").await.unwrap();
    let (link, email) = (Secret("link-of-ida".into()), EmailAddress::parse("ida@partner.example").unwrap());
    let set_up = OfAccount::SetUp { link, email, name: "Ida".into(), password: Secret("phc".into()) };
    let (millis, random) = world.fresh();
    world.account(&Who::Visitor, AccountId::from_parts(millis, random), set_up).await.unwrap();
}

/// Those who ask to join, and an ownership that is handed over and back; and contacts of the organisation.
pub(crate) async fn to_ways_in(world: &World, admin: &User, ash: &Partner) {
    let act = async |user: &User, command| world.organisation(&user.who, ash.organisation, command).await.unwrap();
    let address = || "team@partner.example".to_owned();
    let contacts = Contacts { technical: address(), product: address(), security: address() };
    act(&ash.owner, OfOrganisation::ChangeContacts { contacts }).await;
    let (hana, ivo, jan) = (world.person("Hana").await, world.person("Ivo").await, world.person("Jan").await);
    let asked = async |user: &User| world.asked(ash.organisation, user.account).await;
    let ask = || OfOrganisation::AskToJoin { reason: "I look after the booking service.".into() };
    act(&hana, ask()).await;
    act(&hana, OfOrganisation::WithdrawJoinRequest).await;
    act(&jan, ask()).await;
    act(&ash.owner, OfOrganisation::DeclineToJoin { asked: asked(&jan).await }).await;
    act(&hana, ask()).await;
    world.reauthenticate(&ash.owner).await;
    act(&ash.owner, OfOrganisation::AgreeToJoin { asked: asked(&hana).await, role: TeamRole::Developer }).await;
    let offer = || OfOrganisation::OfferOwnership { account: hana.account };
    act(&ash.owner, offer()).await;
    act(&ash.owner, OfOrganisation::WithdrawOwnershipOffer).await;
    act(&ash.owner, offer()).await;
    act(&hana, OfOrganisation::DeclineOwnership { from: ash.owner.account }).await;
    act(&ash.owner, offer()).await;
    world.reauthenticate(&hana).await;
    act(&hana, OfOrganisation::AcceptOwnership { from: ash.owner.account }).await;
    act(&hana, OfOrganisation::ChangeRole { account: ash.owner.account, role: TeamRole::Owner }).await;
    world.reauthenticate(&hana).await;
    act(&hana, OfOrganisation::Leave).await;
    let kim = world.person("Kim").await;
    for (asker, role) in [(&ivo, None), (&kim, Some(TeamRole::Viewer))] {
        act(asker, ask()).await;
        // As if every owner were locked, which would end the sessions of those who go on here.
        let locked = format!("UPDATE organisations SET without_owner = TRUE WHERE id = '{}'", ash.organisation);
        world.sql(&locked).await.unwrap();
        world.reauthenticate(admin).await;
        let (reason, asked) = ("None of the owners answers the telephone.".into(), asked(asker).await);
        act(admin, OfOrganisation::DecideJoin { asked, role, reason }).await;
    }
}

/// A token by which a program adds a service, and which is taken over and ended.
pub(crate) async fn to_tokens(world: &World, gum: &Partner) {
    let act = async |user: &User, command| world.organisation(&user.who, gum.organisation, command).await.unwrap();
    let id = world.make_token(gum, &gum.developer, "pipeline", TokenScope::Draft, "secret-of-gum").await;
    let who = Who::Token { token_hash: "secret-of-gum".into() };
    let address = || "team@partner.example".to_owned();
    let contacts = Contacts { technical: address(), product: address(), security: address() };
    let draft = ServiceDraft { name: "Gum app".into(), description: "What.".into(), use_case: "Why.".into(), contacts };
    let (millis, random) = world.fresh();
    let add = OfOrganisation::AddService { id: ServiceId::from_parts(millis, random), draft };
    world.organisation(&who, gum.organisation, add).await.unwrap();
    world.reauthenticate(&gum.owner).await;
    act(&gum.owner, OfOrganisation::RemoveMember { account: gum.developer.account }).await;
    act(&gum.owner, OfOrganisation::TakeTokenOver { id, secret: domain::account::Secret(format!("{:064x}", 77)) })
        .await;
    act(&gum.owner, OfOrganisation::EndToken { id }).await;
}

/// A key pair of OpenSSL's in a directory, and what it signs there.
struct Signing {
    directory: tempfile::TempDir,
    public: String,
}

impl Signing {
    fn new() -> Self {
        let signing = Self { directory: tempfile::tempdir().unwrap(), public: String::new() };
        let make = "openssl genrsa -out key.pem 2048 2>/dev/null; openssl rsa -in key.pem -pubout 2>/dev/null";
        Self { public: signing.run(make), ..signing }
    }

    fn run(&self, line: &str) -> String {
        let output = Program::new("sh").args(["-ec", line]).current_dir(self.directory.path()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    fn thumbprint(&self) -> String {
        PublicKey::try_from(self.public.clone()).unwrap().thumbprint()
    }

    /// The claims that every assertion has, and these.
    fn assertion(&self, world: &World, id: RegistrationId, nonce: &str, more: serde_json::Value) -> String {
        let mut claims = serde_json::json!({"iss": id.to_string(), "sub": id.to_string(), "aud": "portal", "jti": nonce,
                                            "exp": world.now().unix_timestamp() + 300});
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let encoded = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
        let header = serde_json::json!({"alg": "RS512"}).to_string();
        let signed = format!("{}.{}", encoded(&header), encoded(&claims.to_string()));
        let sign = "openssl dgst -sha512 -sign key.pem | base64 -w0 | tr '+/' '-_' | tr -d =";
        let signature = self.run(&format!("printf %s '{signed}' | {sign}"));
        format!("{signed}.{signature}")
    }
}

/// A client whose key another one endorsed and followed, and whose first key leaked.
pub(crate) async fn to_keys(world: &World, ash: &Partner) {
    let old = Signing::new();
    let id = rotating(world, ash, &old).await;
    world.publish_all().await;
    world.add_second_factor(&ash.developer).await;
    world.reauthenticate(&ash.developer).await;
    let key = Box::new(PublicKey::try_from(old.public.clone()).unwrap());
    let report = Command::ReportLeak { key, client_id: ClientId::from_random([7; 16]) };
    world.now_do(&ash.developer.who, id, report).await.unwrap();
    world.publish_all().await;
}

/// A client whose endorsed new key is on its way to the provider.
pub(crate) async fn rotated(world: &World, ash: &Partner) -> RegistrationId {
    rotating(world, ash, &Signing::new()).await
}

async fn rotating(world: &World, ash: &Partner, old: &Signing) -> RegistrationId {
    let new = Signing::new();
    let first = Draft { public_keys: vec![DraftKey::of(old.public.clone())], ..draft("Ash", KEY_A) };
    let id = world.submitted(ash, "sandpit", first).await;
    world.publish_all().await;
    let act = async |command| world.now_do(&ash.developer.who, id, command).await.unwrap();
    let named = |pair: &Signing, name: &str| DraftKey { name: name.into(), ..DraftKey::of(pair.public.clone()) };
    let kid = DraftKey { kid: "signing-2026".into(), ..named(&new, "Signing key 2026") };
    act(Command::save(DraftChange::PublicKeys(vec![DraftKey::of(old.public.clone()), kid]))).await;
    act(Command::Challenge { nonce: "a-nonce".into() }).await;
    let none = serde_json::json!({});
    let confirmation = serde_json::json!({"cnf": {"jkt": new.thumbprint()}});
    let typed = Typed {
        proof: new.assertion(world, id, "a-nonce", none),
        endorsement: old.assertion(world, id, "a-nonce", confirmation),
    };
    let (state, _) = world.store.load::<Registration>(id).await.unwrap();
    let policy = environments().iter().find(|policy| policy.name == "sandpit").unwrap().clone();
    let bytes = world.texts(&format!("SELECT bytes FROM revisions WHERE registration_id = '{id}'")).await.remove(0);
    let held = FrozenRevision::read(&bytes).unwrap();
    let presented = state.present_endorsement(&typed, &held, &policy, "portal", world.now()).unwrap();
    act(Command::EndorseKey(Box::new(presented))).await;
    world.submit(&ash.developer, id).await.unwrap();
    id
}

/// A client that was withdrawn before the provider had it, one whose amendment was, and a draft whose changes were thrown
/// away.
pub(crate) async fn to_amendments(world: &World, ash: &Partner) {
    let id = world.submitted(ash, "sandpit", draft("Ash", KEY_A)).await;
    let act = async |command| world.now_do(&ash.developer.who, id, command).await.unwrap();
    let rename = |name: &str| Command::save(DraftChange::ClientName(name.into()));
    act(Command::Withdraw).await;
    world.publish_all().await;
    world.submit(&ash.developer, id).await.unwrap();
    world.publish_all().await;
    act(rename("Ash in autumn")).await;
    world.submit(&ash.developer, id).await.unwrap();
    act(Command::Withdraw).await;
    world.publish_all().await;
    act(Command::DiscardChanges).await;
}

/// Drafts with every section saved, possession proved, and a copy.
async fn to_drafts(world: &World, ash: &Partner) {
    let signing = Signing::new();
    let id = world.start(&ash.developer, ash, "sandpit", Draft::default()).await.unwrap();
    let act = async |command| world.now_do(&ash.developer.who, id, command).await.unwrap();
    act(Command::save(DraftChange::one_key(signing.public.clone()))).await;
    act(Command::save(DraftChange::ClientName("Ash client".into()))).await;
    act(Command::save(DraftChange::RedirectUris(vec!["https://ash.example.com/callback".into()]))).await;
    act(Command::save(with_profile())).await;
    act(Command::save(DraftChange::Vectors(vec!["P9.Cp.Cd".into()]))).await;
    act(Command::Challenge { nonce: "a-nonce".into() }).await;
    let (state, _) = world.store.load::<Registration>(id).await.unwrap();
    let policy = environments().iter().find(|policy| policy.name == "sandpit").unwrap().clone();
    let assertion = signing.assertion(world, id, "a-nonce", serde_json::json!({}));
    let presented = state.present(&assertion, &policy, "portal", world.now()).unwrap();
    act(Command::ProvePossession(Box::new(presented))).await;
    let (millis, random) = world.fresh();
    let copy = Command::Start {
        organisation: ash.organisation,
        service: ash.service,
        environment: "live".into(),
        copy_of: Some(id),
        draft: Box::new(draft("Ash", KEY_A).into()),
    };
    let copied = RegistrationId::from_parts(millis, random);
    world
        .store
        .execute::<Registration>(&world.moment(), &ash.developer.who, copied, Expected::New, copy)
        .await
        .unwrap();
    // By the rules as they are delivered, which ask for evidence.
    let policies = EnvironmentPolicy::nhs_login();
    let asked = &policies.iter().find(|policy| policy.name == "live").unwrap().evidence[0];
    let answers = asked.fields.iter().map(|field| (field.id.clone(), "An answer.".to_owned())).collect();
    let save = Command::save(DraftChange::Evidence { item: asked.id.clone(), answers });
    let strict = Store::connect(&world.url, 2, Arc::new(policies.clone())).await.unwrap();
    let (moment, who) = (world.moment(), &ash.developer.who);
    strict.execute::<Registration>(&moment, who, copied, Expected::Any, save).await.unwrap();
    world.reauthenticate(&ash.owner).await;
    world.now_do(&ash.owner.who, id, Command::Retire { reason: String::new() }).await.unwrap();
}

async fn to_reviews(world: &World, ash: &Partner, first: &User, second: &User) {
    let id = world.submitted(ash, "integration", restricted("Ash", KEY_A)).await;
    let act = async |user: &User, command| world.now_do(&user.who, id, command).await.unwrap();
    act(&ash.developer, Command::Withdraw).await;
    world.submit(&ash.developer, id).await.unwrap();
    let sections = [(Section::Scopes, "Why this one?".to_owned())].into();
    act(first, Command::RequestChanges { number: 2, comment: "Say more.".into(), sections }).await;
    world.submit(&ash.developer, id).await.unwrap();
    act(second, Command::Reject { number: 3, reason: "No legal basis.".into() }).await;
}

/// A client’s whole life, on live, where each step takes two.
async fn to_clients(world: &World, first: &User, second: &User) {
    let cedar = world.partner("Cedar").await;
    let automatic = world.submitted(&cedar, "sandpit", draft("Cedar", KEY_B)).await;
    world.publish_all().await;
    let id = world.submitted(&cedar, "live", draft("Cedar", KEY_B)).await;
    let act = async |user: &User, command: Command| {
        world.reauthenticate(user).await;
        world.now_do(&user.who, id, command).await.unwrap();
    };
    for admin in [first, second] {
        world.approve(admin, id).await.unwrap();
    }
    let generation = async || world.store.load::<Registration>(id).await.unwrap().0.wanted.unwrap().generation;
    let failed = Command::ReportFailure { generation: generation().await, message: "403 Forbidden".into() };
    world.now_do(&Who::System, id, failed).await.unwrap();
    world.publish_all().await;
    act(first, Command::Republish).await;
    world.publish_all().await;
    act(first, Command::Suspend { reason: "A complaint.".into() }).await;
    world.publish_all().await;
    act(first, Command::Reinstate { reason: "Settled.".into() }).await;
    act(second, Command::DropReinstatement).await;
    act(first, Command::Reinstate { reason: "Settled now.".into() }).await;
    let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
    let proposed_at = registration.suspension().unwrap().proposal.as_ref().unwrap().stamp.at;
    act(second, Command::ConfirmReinstatement { proposed_at }).await;
    world.publish_all().await;
    // Confirmed, and called otherwise since.
    world.reauthenticate(first).await;
    world.organisation(&first.who, cedar.organisation, OfOrganisation::Confirm).await.unwrap();
    let rename = OfOrganisation::Change { name: "St Mary’s Hospital".into(), ods_code: "R1H".into() };
    world.organisation(&cedar.owner.who, cedar.organisation, rename).await.unwrap();
    act(&cedar.owner, Command::Retire { reason: "Moved.".into() }).await;
    world.publish_all().await;
    // Where one is enough.
    world.reauthenticate(first).await;
    world.now_do(&first.who, automatic, Command::Suspend { reason: "A test.".into() }).await.unwrap();
    newer(world, automatic, 1000).await;
    world.publish_all().await;
    world.now_do(&first.who, automatic, Command::Reinstate { reason: "It was a test.".into() }).await.unwrap();
    newer(world, automatic, LAST_GENERATION).await;
}

/// The provider has a greater generation.
async fn newer(world: &World, id: RegistrationId, found: u64) {
    let generation = world.store.load::<Registration>(id).await.unwrap().0.wanted.unwrap().generation;
    let done = world.now_do(&Who::System, id, Command::ReportNewer { generation, found }).await.unwrap();
    assert_eq!(done.events.len(), 1);
}
