//! Partner organisations with their people, services and registrations, all through the forms.

use std::rc::Rc;

use domain::actor::TeamRole;
use domain::id::OrganisationId;
use domain::organisation::{Command, Organisation};
use store::{Expected, Moment, Who};

use super::clock;
use super::keys::{self, KeyPair};
use super::person::{Answer, Person};
use super::world::World;

/// A partner organisation with one service, which has a registration in the sandpit.
pub(crate) struct Team {
    /// Signed in, like the other two.
    pub(crate) owner: Person,
    /// May edit and submit.
    pub(crate) developer: Person,
    /// May read.
    pub(crate) viewer: Person,
    /// The organisation.
    pub(crate) organisation: String,
    /// The service.
    pub(crate) service: String,
    /// Its registration in the sandpit, with an empty draft.
    pub(crate) registration: String,
    /// The host of the redirect URIs.
    pub(crate) host: String,
    /// The key pair of the service.
    pub(crate) key: Rc<KeyPair>,
}

/// What the forms of a registration are filled in with.
pub(crate) struct Answers<'a> {
    /// The client name.
    pub(crate) name: &'a str,
    /// The public key.
    pub(crate) key: &'a str,
    /// One redirect URI.
    pub(crate) redirect_uri: &'a str,
    /// Scopes beside `openid`, with the reason of each.
    pub(crate) scopes: &'a [(&'a str, &'a str)],
}

impl Team {
    /// Three people at `word.example`, their organisation, its service and its registration in the sandpit.
    pub(crate) async fn assemble(world: &World, word: &str) -> Self {
        let mut owner = world.partner(&format!("Olive {word}"), &format!("owner@{word}.example.com")).await;
        let organisation = create_organisation(&mut owner, &format!("{word} health")).await;
        let developer = Self::join(world, &organisation, word, "developer", TeamRole::Developer).await;
        let viewer = Self::join(world, &organisation, word, "viewer", TeamRole::Viewer).await;
        let service = add_service(&mut owner, &organisation, &format!("{word} records"), word).await;
        let registration = start(&mut owner, &service, "sandpit").await;
        let host = format!("https://{word}.example.com");
        Self { owner, developer, viewer, organisation, service, registration, host, key: Rc::new(keys::pair()) }
    }

    async fn join(world: &World, organisation: &str, word: &str, role_name: &str, role: TeamRole) -> Person {
        let email = format!("{role_name}@{word}.example.com");
        let mut person = world.partner(&format!("{role_name} {word}"), &email).await;
        // No form adds a member yet: as the operator does it.
        let moment = Moment::new(clock::now(), [3; 32]);
        let id: OrganisationId = organisation.parse().unwrap();
        let command = Command::AddMember { account: world.account(&email).await, role };
        world.store.execute::<Organisation>(&moment, &Who::Operator, id, Expected::Any, command).await.unwrap();
        if person.session().is_none() {
            person.sign_in().await;
        }
        person
    }

    /// Fills in every section of the sandpit registration so that it can be submitted.
    pub(crate) async fn fill_in(&mut self, scopes: &[(&str, &str)]) {
        let (name, uri) = (format!("Service {}", &self.registration[30..]), format!("{}/callback", self.host));
        let (registration, key) = (self.registration.clone(), self.key.public.clone());
        let answers = Answers { name: &name, key: &key, redirect_uri: &uri, scopes };
        fill_in(&mut self.owner, &registration, &answers).await;
    }

    /// Submits the sandpit registration.
    pub(crate) async fn submit(&mut self) -> Answer {
        let registration = self.registration.clone();
        submit(&mut self.owner, &registration).await
    }
}

/// Creates an organisation; its id.
pub(crate) async fn create_organisation(owner: &mut Person, name: &str) -> String {
    let answer = owner.fill("/organisations/new", "/api/create-organisation", &[("name", name)]).await;
    let answer = answer.leads_to("/organisations/");
    part(answer.location(), 2)
}

/// Adds a service; its id.
pub(crate) async fn add_service(owner: &mut Person, organisation: &str, name: &str, word: &str) -> String {
    let contact = |who: &str| format!("{who}@{word}.example.com");
    let filled = [
        ("name", name.to_owned()),
        ("description", format!("What {word} offers to its patients.")),
        ("use_case", format!("Patients of {word} read their records.")),
        ("technical", contact("technical")),
        ("product", contact("product")),
        ("security", contact("security")),
    ];
    let filled = filled.each_ref().map(|(name, value)| (*name, value.as_str()));
    let page = format!("/organisations/{organisation}/services/new");
    let answer = owner.fill(&page, "/api/add-service", &filled).await.leads_to("/services/");
    part(answer.location(), 2)
}

/// Starts a registration; its id.
pub(crate) async fn start(owner: &mut Person, service: &str, environment: &str) -> String {
    let page = owner.open(&format!("/services/{service}")).await;
    let mut form = page.form("/api/start-registration");
    form.fields.retain(|field| field.name != "environment");
    let mut pairs = form.untouched();
    pairs.push(("environment".into(), environment.into()));
    let answer = owner.submit_form(&form, &pairs).await.leads_to("/registrations/");
    part(answer.location(), 2)
}

/// Fills in the sections, each on its page.
pub(crate) async fn fill_in(person: &mut Person, registration: &str, answers: &Answers<'_>) {
    let at = |page: &str| format!("/registrations/{registration}/{page}");
    let saved = |answer: Answer| {
        assert!(answer.location().contains("done=saved#"), "{} → {}", answer.address, answer.location())
    };
    saved(person.fill(&at("client-name"), "/api/save-client-name", &[("client_name", answers.name)]).await);
    saved(person.fill(&at("public-key"), "/api/save-public-key", &[("public_key", answers.key)]).await);
    let uri = [("redirect_uris[0]", answers.redirect_uri)];
    saved(person.fill(&at("redirect-uris"), "/api/save-redirect-uris", &uri).await);
    saved(save_scopes(person, registration, answers.scopes).await);
    saved(person.fill(&at("vectors"), "/api/save-vectors", &[("nhs_vtr[]", "P9.Cp.Cd")]).await);
}

/// Ticks scopes and gives their reasons.
pub(crate) async fn save_scopes(person: &mut Person, registration: &str, scopes: &[(&str, &str)]) -> Answer {
    let page = person.open(&format!("/registrations/{registration}/scopes")).await;
    let form = page.form("/api/save-scopes");
    let mut pairs = form.untouched();
    for (scope, reason) in scopes {
        let name = format!("reasons[{scope}]");
        pairs.retain(|(other, _)| *other != name);
        pairs.push(("scope[]".into(), (*scope).into()));
        pairs.push((name, (*reason).into()));
    }
    person.submit_form(&form, &pairs).await
}

/// Submits what the page of answers shows.
pub(crate) async fn submit(person: &mut Person, registration: &str) -> Answer {
    person.fill(&format!("/registrations/{registration}/check"), "/api/submit", &[]).await
}

/// One part of a path.
pub(crate) fn part(address: &str, at: usize) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.split('/').nth(at).unwrap_or_default().to_owned()
}
