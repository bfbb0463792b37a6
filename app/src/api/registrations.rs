//! What a partner does with a registration: start, fill in, prove, submit, withdraw, retire.

use super::{
    context::{caller, portal},
    error::ApiError,
    form::{Refused, Values, answer, answer_barely, note_request, on, values},
};
use crate::{reading::difference::section_lines, ui::DiffField};
use domain::{
    draft::{Draft, DraftChange, DraftKey},
    id::{RegistrationId, ServiceId},
    key::{LONGEST, PublicKey, text_of_file, too_long},
    policy::EnvironmentPolicy,
    possession::Typed,
    problem::Problem,
    redirect_uri::{MOST, RedirectUri},
    refusal::Refusal,
    registration::{KeyStanding, LeakOutcome, Revision},
    revision::FrozenRevision,
    rule::EntryFault,
    vector,
};
use http::StatusCode;
use leptos::{
    prelude::*,
    server_fn::codec::{MultipartData, MultipartFormData},
};
use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use store::{
    Attached,
    read::{EntryRow, RegistrationDetails, RevisionContent},
};
use usecases::{
    Fault, ProviderEndpoints,
    auth::pool::LOOKED_THROUGH_AT_ONCE,
    registrations::{self as usecase, KeyPlace, RegistrationView, Started},
};

/// One registration, when the caller may read it.
///
/// # Errors
/// `NotFound` when it is not the caller's to see.
pub async fn registration(id: &str) -> Result<RegistrationView, Fault> {
    usecase::registration(&portal()?, &caller()?, parse(id)?).await
}

/// The same for pages that say nothing of what the checks find in the draft: it is not judged.
///
/// # Errors
/// `NotFound` when it is not the caller's to see.
pub async fn registration_details(id: &str) -> Result<RegistrationDetails, Fault> {
    read(parse(id)?).await
}

/// The exact content of one revision, when the caller may read it.
///
/// # Errors
/// `NotFound` when it is not the caller's to see.
pub async fn revision(id: RegistrationId, number: u32) -> Result<RevisionContent, Fault> {
    Ok(portal()?.store.revision(caller()?.person()?, id, number).await?)
}

/// The same, read.
///
/// # Errors
/// As [`revision`]; `Unavailable` when it cannot be read.
pub async fn frozen(id: RegistrationId, number: u32) -> Result<FrozenRevision, Fault> {
    Ok(FrozenRevision::read(&revision(id, number).await?.bytes)?)
}

/// Everything that happened to a registration, newest first.
///
/// # Errors
/// `NotFound` when it is not the caller's to see.
pub async fn registration_history(id: RegistrationId) -> Result<Vec<EntryRow>, Fault> {
    Ok(portal()?.store.registration_history(caller()?.person()?, id).await?)
}

/// The endpoints of an environment's provider, from its discovery document; none when it cannot be read now.
///
/// # Errors
/// `Unavailable` outside a request.
pub async fn endpoints(issuer: &str) -> Result<Option<ProviderEndpoints>, Fault> {
    let read = portal()?.endpoints.clone();
    Ok(read(issuer.to_owned()).await)
}

/// The environments, in their order.
///
/// # Errors
/// `Unavailable` outside a request.
pub fn environments() -> Result<Vec<EnvironmentPolicy>, Fault> {
    Ok(portal()?.store.environments().to_vec())
}

/// Starts a service's registration in an environment, as a copy of the one before it.
#[server(prefix = "/api", endpoint = "start-registration")]
pub async fn start_registration(service: String, environment: String) -> Result<(), ApiError> {
    let Ok(service) = service.parse::<ServiceId>() else { return Err(Fault::Malformed.into()) };
    let page = format!("/services/{service}");
    note_request(&page, &environment);
    answer(&page, values([]), try_start(service, environment)).await
}

async fn try_start(service: ServiceId, environment: String) -> Result<String, Fault> {
    let input = usecase::StartRegistration { service, environment };
    Ok(match usecase::start_registration(&portal()?, &caller()?, input).await? {
        Started::Now(id) => format!("/registrations/{id}?done=started"),
        Started::Before(id) => format!("/registrations/{id}"),
    })
}

/// What a form sends of an entry that two people changed, to keep what somebody else saved.
pub const THEIRS: &str = "theirs";

/// Where a section leads once it is saved. A closed set: a form names one of these, never an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Next {
    /// The registration's page with its task list.
    #[default]
    TaskList,
    /// Check your answers, where the section was opened from.
    Check,
}

impl Next {
    /// Reads what an address or a form says; whatever is none of these is the task list.
    pub fn read(text: &str) -> Self {
        if text == Self::Check.name() { Self::Check } else { Self::TaskList }
    }

    /// The value of `next` in addresses and forms; empty for the task list.
    pub fn name(self) -> &'static str {
        match self {
            Self::TaskList => "",
            Self::Check => "check",
        }
    }

    /// The address of a section that leads here.
    pub(super) fn kept(self, page: &str) -> String {
        match self {
            Self::TaskList => page.to_owned(),
            Self::Check => format!("{page}?next={}", self.name()),
        }
    }

    /// The address of a section that leads here, with the banner of what was done there.
    fn kept_after(self, page: &str, done: &str) -> String {
        let page = self.kept(page);
        let separator = if page.contains('?') { '&' } else { '?' };
        format!("{page}{separator}done={done}")
    }
}

/// Saves the client name.
#[server(prefix = "/api", endpoint = "save-client-name")]
pub async fn save_client_name(
    registration: String,
    base: String,
    client_name: String,
    #[server(default)] take: BTreeMap<String, String>,
    #[server(default)] next: String,
) -> Result<(), ApiError> {
    let typed = values([("client_name", &client_name)]);
    let (change, next) = (DraftChange::ClientName(client_name), Next::read(&next));
    save(Saving { registration, base, typed, change, theirs: theirs(take), next }).await
}

/// Saves the public key: pasted, or a chosen file, which wins. What does not read as one is refused, and shown again where
/// it is text.
#[server(prefix = "/api", endpoint = "save-public-key", input = MultipartFormData)]
pub async fn save_public_key(data: MultipartData) -> Result<(), ApiError> {
    let Uploaded { mut fields, unusable, unread, too_long: long } = read_fields(data).await?;
    let mut take = |name: &str| fields.remove(name).unwrap_or_default();
    let (registration, base) = (take("registration"), take("base"));
    let next = Next::read(&take("next"));
    let id = parse(&registration)?;
    let page = next.kept(&keys_page(id));
    if let Some(error) = unread {
        return answer(&page, values([]), ready(Err(error))).await;
    }
    if let Some(text) = long {
        let typed = values([("public_key", &text)]);
        answer_barely(&page, typed, vec![too_long().into()], StatusCode::UNPROCESSABLE_ENTITY);
        return Ok(());
    }
    let (pasted, file) = (take("public_key"), take("file"));
    let (name, kid, place) = (take("key_name"), take("kid"), take("key_place"));
    if let Some(problem) = unusable {
        let typed = typed_key(&pasted, &name, &kid, &place);
        return answer(&page, typed, ready(Err(Refusal::problem(problem).into()))).await;
    }
    let pem = if file.trim().is_empty() { pasted } else { file };
    let typed = typed_key(&pem, &name, &kid, &place);
    let place = match place.as_str() {
        "" => KeyPlace::Unsaid,
        "beside" => KeyPlace::Beside,
        _ => KeyPlace::InPlaceOf(place),
    };
    let saved = async {
        let input = usecase::AddKey { registration: id, base: base.clone(), key: DraftKey { pem, kid, name }, place };
        let saved = usecase::add_key(&portal()?, &caller()?, input).await?;
        Ok(match (saved.is_amiss, saved.keys, next) {
            (true, ..) => next.kept_after(&keys_page(id), "saved-with-problems"),
            // It stands beside another: what comes next is told there.
            (false, 2.., _) => next.kept_after(&keys_page(id), "key-added"),
            (false, _, Next::TaskList) => format!("/registrations/{id}?done=saved#sections"),
            (false, _, Next::Check) => format!("/registrations/{id}/check?done=saved"),
        })
    };
    answer(&page, on(&base, typed), saved).await
}

fn keys_page(id: RegistrationId) -> String {
    section_page(id, &DraftChange::PublicKeys(Vec::new()))
}

/// What was typed of a key. Of the place only what a form of ours sends comes back.
fn typed_key(pem: &str, name: &str, kid: &str, place: &str) -> Values {
    let is_ours = place.len() <= 64 && place.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let place = if is_ours { place } else { "" };
    let typed = [("public_key", pem), ("key_name", name), ("kid", kid), ("key_place", place)];
    typed
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect()
}

/// Takes a key out of the draft. The provider keeps it until a revision without it is published.
#[server(prefix = "/api", endpoint = "remove-key")]
pub async fn remove_key(
    registration: String,
    base: String,
    key: String,
    #[server(default)] next: String,
) -> Result<(), ApiError> {
    let (id, next) = (parse(&registration)?, Next::read(&next));
    let page = keys_page(id);
    note_request(&page, &key);
    let removed = async {
        let input = usecase::RemoveKey { registration: id, base: base.clone(), key };
        usecase::remove_key(&portal()?, &caller()?, input).await?;
        Ok(next.kept_after(&page, "key-removed"))
    };
    answer(&next.kept(&page), on(&base, values([])), removed).await
}

/// A key of a registration by its thumbprint: of the draft, or of anything that was submitted.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn key_of(of: &RegistrationDetails, thumbprint: &str) -> Result<PublicKey, Fault> {
    usecase::key_of(&portal()?, &caller()?, of, thumbprint).await
}

/// What follows where somebody reports now that a key leaked.
///
/// # Errors
/// What the store answers.
pub async fn leak_outcome(of: &RegistrationDetails, thumbprint: &str) -> Result<LeakOutcome, Fault> {
    usecase::leak_outcome(&portal()?, of, thumbprint).await
}

/// Every key of a registration, with where it stands.
///
/// # Errors
/// What the store answers.
pub async fn keys(of: &RegistrationDetails) -> Result<Vec<KeyStanding>, Fault> {
    usecase::keys(&portal()?, &caller()?, of).await
}

/// What a form with a file held.
#[derive(Default)]
struct Uploaded {
    fields: BTreeMap<String, String>,
    /// Why one of them is not used: a private key, or a file that is no text.
    unusable: Option<Problem>,
    /// Why one of them was not looked at.
    unread: Option<Fault>,
    /// What was typed, where it is longer than any key and was not looked at.
    too_long: Option<String>,
}

/// Whether what the caller sends is looked through at once: not for whoever is signed out, and so often for each account.
/// Nothing is saved without it.
fn may_be_looked_at() -> bool {
    let (Ok(portal), Ok(caller)) = (portal(), caller()) else { return false };
    let Ok(person) = caller.person() else { return false };
    portal.auth.limits.searches.take(&person.account.to_string(), portal.auth.ambient.now()).is_ok()
}

/// The fields of a form with a file, each looked through in the pool.
async fn read_fields(data: MultipartData) -> Result<Uploaded, Fault> {
    let mut parts = data.into_inner().ok_or(Fault::Malformed)?;
    // Only sentences that tell how to make another key ask for the sizes.
    let sizes = environments()?.pop().map(|policy| policy.key_sizes).unwrap_or_default();
    let mut uploaded = Uploaded::default();
    let may_be_looked_at = may_be_looked_at();
    while let Some(part) = parts.next_field().await.map_err(|_| Fault::Malformed)? {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(|_| Fault::Malformed)?;
        let is_little = bytes.len() <= LOOKED_THROUGH_AT_ONCE;
        let sizes = sizes.clone();
        if bytes.len() > LONGEST {
            // A file is chosen again, and what was typed is shown to be copied.
            match name.as_str() {
                "file" => uploaded.unusable = uploaded.unusable.or_else(|| Some(too_long().into())),
                _ => uploaded.too_long = Some(String::from_utf8_lossy(&bytes).into_owned()),
            }
            continue;
        }
        if !may_be_looked_at {
            uploaded.fields.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            continue;
        }
        // A file in DER is no text: what is said of it is said here, and its bytes end here.
        let look = move || text_of_file(&bytes, &sizes);
        let looked = match is_little {
            true => Ok(look()),
            false => portal()?.auth.checks.run(look).await.map_err(Fault::from),
        };
        match looked {
            Ok(Ok(text)) => drop(uploaded.fields.insert(name, text)),
            // Of several things that are wrong the private key is the one to be told.
            Ok(Err(rule)) => {
                let problem = Problem::from(rule);
                let is_first = uploaded.unusable.is_none() || problem.rule.is_private_key();
                uploaded.unusable = if is_first { Some(problem) } else { uploaded.unusable };
            }
            Err(error) => uploaded.unread = Some(error),
        }
    }
    Ok(uploaded)
}

/// Saves the redirect URIs. `then=add` comes back for one more, `then=split` makes an entry of each address in a list.
#[server(prefix = "/api", endpoint = "save-redirect-uris")]
pub async fn save_redirect_uris(
    registration: String,
    base: String,
    #[server(default)] redirect_uris: Vec<String>,
    #[server(default)] then: String,
    #[server(default)] next: String,
) -> Result<(), ApiError> {
    let redirect_uris = if then == "split" { split(redirect_uris) } else { redirect_uris };
    let entries = redirect_uris.iter().enumerate();
    let typed = entries.map(|(at, uri)| (format!("redirect_uris[{at}]"), uri.clone())).collect();
    let uris = redirect_uris.into_iter().filter(|uri| !uri.trim().is_empty()).collect();
    let (change, next) = (DraftChange::RedirectUris(uris), Next::read(&next));
    let saving = Saving { registration, base, typed, change, theirs: BTreeSet::new(), next };
    match then.as_str() {
        "add" | "split" => save_for_more(saving).await,
        _ => save(saving).await,
    }
}

/// The entries, with the addresses of each list as entries of their own.
pub(crate) fn split(entries: Vec<String>) -> Vec<String> {
    entries.into_iter().flat_map(|entry| RedirectUri::several(&entry).unwrap_or_else(|| vec![entry])).collect()
}

/// Saves the scopes and why each is needed. Here and below, only names that the catalogue or the policy knows come back
/// as typed: no page has an input of another name, and a name may hold a private key (threat 12).
#[server(prefix = "/api", endpoint = "save-scopes")]
pub async fn save_scopes(
    registration: String,
    base: String,
    #[server(default)] scope: Vec<String>,
    #[server(default)] reasons: BTreeMap<String, String>,
    #[server(default)] take: BTreeMap<String, String>,
    #[server(default)] next: String,
) -> Result<(), ApiError> {
    let environments = environments()?;
    let is_known = |scope: &str| environments.iter().any(|policy| policy.scopes.rule(scope).is_some());
    let of_known = reasons.iter().filter(|(scope, _)| is_known(scope));
    let mut typed: Values = of_known.map(|(scope, why)| (format!("reasons[{scope}]"), why.clone())).collect();
    let ticked = scope.iter().filter(|scope| is_known(scope));
    typed.extend(ticked.map(|scope| (format!("scope[{scope}]"), "on".to_owned())));
    let reasons = reasons.into_iter().filter(|(_, why)| !why.trim().is_empty()).collect();
    let (change, next) = (DraftChange::Scopes { scopes: scope, reasons }, Next::read(&next));
    save(Saving { registration, base, typed, change, theirs: theirs(take), next }).await
}

/// Saves the vectors of trust.
#[server(prefix = "/api", endpoint = "save-vectors")]
pub async fn save_vectors(
    registration: String,
    base: String,
    #[server(default)] nhs_vtr: Vec<String>,
    #[server(default)] next: String,
) -> Result<(), ApiError> {
    let is_known = |entry: &&String| vector::ALL.iter().any(|known| known.name == entry.as_str());
    let typed = nhs_vtr.iter().filter(is_known).map(|vector| (format!("nhs_vtr[{vector}]"), "on".to_owned())).collect();
    let (change, next) = (DraftChange::Vectors(nhs_vtr), Next::read(&next));
    save(Saving { registration, base, typed, change, theirs: BTreeSet::new(), next }).await
}

/// One answer as a form sends it: a text, or the three boxes of a date.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum TypedAnswer {
    /// A text, or the value of a choice.
    Text(String),
    /// A date.
    Date {
        /// As typed.
        #[serde(default)]
        day: String,
        /// As typed.
        #[serde(default)]
        month: String,
        /// As typed.
        #[serde(default)]
        year: String,
    },
}

impl TypedAnswer {
    /// The raw text of a draft: a date as `2026-3-27`, in whatever state it was typed.
    fn raw(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Date { day, month, year } => {
                let date = [year.trim(), month.trim(), day.trim()].join("-");
                if date == "--" { String::new() } else { date }
            }
        }
    }
}

/// Saves the answers of one item of evidence, by `item.field`.
#[server(prefix = "/api", endpoint = "save-evidence")]
pub async fn save_evidence(
    registration: String,
    base: String,
    item: String,
    #[server(default)] evidence: BTreeMap<String, TypedAnswer>,
    #[server(default)] take: BTreeMap<String, String>,
    #[server(default)] next: String,
) -> Result<(), ApiError> {
    let mut answers = Answers { registration, base, item, next, take, ..Answers::default() };
    evidence.into_iter().for_each(|(entry, answer)| answers.add_of_entry(&entry, answer.raw()));
    save_answers(answers).await
}

/// The answers of one item of evidence, as a form sends them.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) registration: String,
    pub(super) base: String,
    pub(super) item: String,
    pub(super) take: BTreeMap<String, String>,
    pub(super) next: String,
    /// By `item.field`, whatever was sent.
    sent: BTreeMap<String, String>,
}

impl Answers {
    /// Adds an answer, by `item.field`. One that comes several times has several lines.
    pub(super) fn add_of_entry(&mut self, entry: &str, text: String) {
        let answer = self.sent.entry(entry.to_owned()).or_default();
        match answer.is_empty() {
            true => *answer = text,
            false => {
                answer.push('\n');
                answer.push_str(&text);
            }
        }
    }

    /// Adds a line to the answer of a field of the item, unless it is there.
    pub(super) fn add_line(&mut self, field: &str, line: String) {
        let entry = format!("{}.{field}", self.item);
        if !self.sent.get(&entry).is_some_and(|answer| answer.lines().any(|known| known == line)) {
            self.add_of_entry(&entry, line);
        }
    }

    pub(super) fn next(&self) -> Next {
        Next::read(&self.next)
    }

    /// What the form shows again: of questions that some environment asks.
    pub(super) fn typed(&self) -> Result<Values, Fault> {
        let environments = environments()?;
        let items = environments.iter().flat_map(|policy| &policy.evidence).filter(|asked| asked.id == self.item);
        let fields: BTreeSet<String> = items.flat_map(|asked| &asked.fields).map(|field| field.id.clone()).collect();
        let known = self.by_field().into_iter().filter(|(field, _)| fields.contains(field));
        Ok(known.map(|(field, text)| (format!("evidence[{}.{field}]", self.item), text)).collect())
    }

    fn by_field(&self) -> BTreeMap<String, String> {
        let of_item = |(entry, text): (&String, &String)| {
            Some((entry.strip_prefix(&format!("{}.", self.item))?.to_owned(), text.clone()))
        };
        self.sent.iter().filter_map(of_item).collect()
    }
}

/// Saves the answers of one item of evidence.
pub(super) async fn save_answers(answers: Answers) -> Result<(), ApiError> {
    let is_known = environments()?.iter().any(|policy| policy.evidence.iter().any(|asked| asked.id == answers.item));
    if !is_known {
        return answer("/home", values([]), ready(Err(Fault::NotFound))).await;
    }
    let (typed, by_field, next) = (answers.typed()?, answers.by_field(), answers.next());
    let Answers { registration, base, item, take, .. } = answers;
    let change = DraftChange::Evidence { item, answers: by_field };
    save(Saving { registration, base, typed, change, theirs: theirs(take), next }).await
}

/// A section as its form sends it.
struct Saving {
    registration: String,
    /// The digest of what the form showed.
    base: String,
    typed: Values,
    change: DraftChange,
    /// The entries that stay as somebody else saved them meanwhile.
    theirs: BTreeSet<String>,
    next: Next,
}

/// The entries for which somebody who was shown two texts chose the other one.
fn theirs(take: BTreeMap<String, String>) -> BTreeSet<String> {
    take.into_iter().filter(|(_, whose)| whose == THEIRS).map(|(entry, _)| entry).collect()
}

/// Saves one section, unless it changed since the form was shown. While something is wrong with it, its page stays.
async fn save(form: Saving) -> Result<(), ApiError> {
    let Saving { registration, base, typed, change, theirs, next } = form;
    let id = parse(&registration)?;
    let page = section_page(id, &change);
    let saved = async {
        let saved = try_save(id, &base, change, theirs).await?;
        Ok(match (saved.is_amiss, next) {
            (true, _) => next.kept_after(&page, "saved-with-problems"),
            (false, Next::TaskList) => format!("/registrations/{id}?done=saved#sections"),
            (false, Next::Check) => format!("/registrations/{id}/check?done=saved"),
        })
    };
    answer(&next.kept(&page), on(&base, typed), saved).await
}

/// Saves the redirect URIs and comes back for one more, to the first empty field.
async fn save_for_more(form: Saving) -> Result<(), ApiError> {
    let Saving { registration, base, typed, change, theirs, next } = form;
    let id = parse(&registration)?;
    let page = section_page(id, &change);
    let saved = async {
        let at = try_save(id, &base, change, theirs).await?.redirect_uris.min(MOST - 1);
        Ok(format!("{}#redirect_uris-{at}", next.kept_after(&page, "saved")))
    };
    answer(&next.kept(&page), on(&base, typed), saved).await
}

async fn try_save(
    registration: RegistrationId,
    base: &str,
    change: DraftChange,
    theirs: BTreeSet<String>,
) -> Result<usecase::Saved, Fault> {
    let input = usecase::SaveSection { registration, base: base.to_owned(), change, theirs };
    usecase::save_section(&portal()?, &caller()?, input).await
}

/// The sections that were saved since a form was shown that was refused for that reason: as they were then, and as they
/// are now; where what was there then is not known any more, only what is there now.
///
/// # Errors
/// What the store answers.
pub async fn changed_sections(details: &RegistrationDetails, refused: &Refused) -> Result<Vec<DiffField>, Fault> {
    let Some(version) = refused.stale_since() else { return Ok(Vec::new()) };
    let changed = usecase::sections_changed_since(&portal()?, &caller()?, details, version).await?;
    let fields = changed.iter().map(|changed| {
        let lines = |draft: &Draft| section_lines(draft, &changed.section, &details.policy);
        let now = lines(&details.registration.draft);
        let before = changed.before.as_ref().map_or_else(|| now.clone(), lines);
        DiffField::between(changed.section.section().title(), &before, &now)
    });
    Ok(fields.collect())
}

/// The draft as a form on this section showed it that was refused because the section changed since; none where that is not
/// known any more.
///
/// # Errors
/// What the store answers.
pub async fn shown_before(
    details: &RegistrationDetails,
    section: &DraftChange,
    refused: &Refused,
) -> Result<Option<Draft>, Fault> {
    let Some(base) = refused.stale_base() else { return Ok(None) };
    usecase::section_with_digest(&portal()?, &caller()?, details, section, base).await
}

/// The revision that the rules would make of the draft now; none where they would not.
///
/// # Errors
/// `NotSignedIn`.
pub fn foreseen(details: &RegistrationDetails) -> Result<Option<Revision>, Fault> {
    usecase::foreseen(&portal()?, &caller()?, details)
}

/// What the draft would be without its changes; none where there are none, or something of it was erased.
///
/// # Errors
/// What the store answers.
pub async fn without_changes(details: &RegistrationDetails) -> Result<Option<Draft>, Fault> {
    usecase::without_changes(&portal()?, &caller()?, details).await
}

/// What is known of the files in the evidence of a registration.
///
/// # Errors
/// What the store answers.
pub async fn files_of(details: &RegistrationDetails) -> Result<Vec<Attached>, Fault> {
    usecases::attachments::files_of(&portal()?, details).await
}

async fn read(id: RegistrationId) -> Result<RegistrationDetails, Fault> {
    usecase::details(&portal()?, &caller()?, id).await
}

pub(super) fn section_page(id: RegistrationId, change: &DraftChange) -> String {
    match change {
        DraftChange::Evidence { item, .. } => format!("/registrations/{id}/evidence/{}", slug(item)),
        other => format!("/registrations/{id}/{}", other.section().slug()),
    }
}

/// What may stand in a path of ours.
fn slug(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// Hands out a nonce to sign with the private key, on the page of possession or of endorsement.
#[server(prefix = "/api", endpoint = "ask-nonce")]
pub async fn ask_nonce(
    registration: String,
    #[server(default)] next: String,
    #[server(default)] page: String,
) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let page = match page.as_str() {
        "endorsement" => format!("/registrations/{id}/endorsement"),
        _ => Next::read(&next).kept(&format!("/registrations/{id}/possession")),
    };
    let asked = async {
        usecase::ask_nonce(&portal()?, &caller()?, id).await?;
        Ok(page.clone())
    };
    answer(&page, values([]), asked).await
}

/// Takes a client assertion over the nonce.
#[server(prefix = "/api", endpoint = "prove-possession")]
pub async fn prove_possession(
    registration: String,
    assertion: String,
    #[server(default)] next: String,
) -> Result<(), ApiError> {
    let (id, next) = (parse(&registration)?, Next::read(&next));
    let after = match next {
        Next::TaskList => "?done=possession-proved#sections",
        Next::Check => "/check?done=possession-proved",
    };
    // A client assertion is a credential while it lasts: it is not kept to be shown again.
    let page = next.kept(&format!("/registrations/{id}/possession"));
    note_request(&page, &assertion);
    let proved = async {
        let input = usecase::ProvePossession { registration: id, assertion };
        usecase::prove_possession(&portal()?, &caller()?, input).await?;
        Ok(format!("/registrations/{id}{after}"))
    };
    answer(&page, values([]), proved).await
}

/// Takes two client assertions over the nonce: by a new key, and by a published one that endorses it.
#[server(prefix = "/api", endpoint = "endorse-key")]
pub async fn endorse_key(registration: String, assertion: String, endorsement: String) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let page = format!("/registrations/{id}/endorsement");
    note_request(&page, [assertion.as_str(), endorsement.as_str()].join(" "));
    // Either may have to be made on another machine, so both come back where one is wrong: sealed, as all that is refused,
    // and good for nothing but this nonce of this portal.
    let typed = values([("assertion", &assertion), ("endorsement", &endorsement)]);
    let endorsed = async {
        let typed = Typed { proof: assertion.clone(), endorsement: endorsement.clone() };
        usecase::endorse_key(&portal()?, &caller()?, usecase::EndorseKey { registration: id, typed }).await?;
        Ok(format!("{}?done=key-endorsed", keys_page(id)))
    };
    answer(&page, typed, endorsed).await
}

/// Takes a key whose private half leaked out of the provider at once.
#[server(prefix = "/api", endpoint = "report-leak")]
pub async fn report_leak(registration: String, key: String, #[server(default)] proof: String) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let page = leak_page(id, &key);
    let reported = async {
        let input = usecase::ReportLeak { registration: id, key: key.clone(), proof };
        let done = match usecase::report_leak(&portal()?, &caller()?, input).await? {
            LeakOutcome::OtherKeyStays => "leak-key-out",
            LeakOutcome::ClientSuspended => "leak-client-suspended",
            LeakOutcome::StaysSuspended => "leak-stays-suspended",
            LeakOutcome::OnItsWayOut => "leak-on-its-way-out",
            LeakOutcome::NotPublished => "leak-key-refused",
        };
        Ok(format!("{}?done={done}", keys_page(id)))
    };
    answer(&page, values([]), reported).await
}

/// The page on which a key is reported as leaked. What is no thumbprint leads to none.
pub(crate) fn leak_page(id: RegistrationId, key: &str) -> String {
    let key: String = key.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(64).collect();
    format!("/registrations/{id}/keys/{key}/leaked")
}

/// Submits the draft for review, as it was shown.
#[server(prefix = "/api", endpoint = "submit")]
pub async fn submit(registration: String, version: u64) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let page = format!("/registrations/{id}/check");
    answer(&page, values([("version", &version.to_string())]), try_submit(id, version)).await
}

async fn try_submit(id: RegistrationId, version: u64) -> Result<String, Fault> {
    let input = usecase::SubmitRegistration { registration: id, version };
    let submitted = usecase::submit_registration(&portal()?, &caller()?, input).await?;
    let done = if submitted.is_unchanged { "submitted-unchanged" } else { "submitted" };
    Ok(format!("/registrations/{id}?done={done}"))
}

/// Takes the submitted revision back.
#[server(prefix = "/api", endpoint = "withdraw")]
pub async fn withdraw(registration: String, version: u64) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let typed = values([("version", &version.to_string())]);
    answer(&format!("/registrations/{id}/withdraw"), typed, try_withdraw(id, version)).await
}

/// Throws away what changed in the draft since it was submitted or approved.
#[server(prefix = "/api", endpoint = "discard-changes")]
pub async fn discard_changes(registration: String, version: u64) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let typed = values([("version", &version.to_string())]);
    let discarded = async {
        let input = usecase::DiscardChanges { registration: id, version };
        usecase::discard_changes(&portal()?, &caller()?, input).await?;
        Ok(format!("/registrations/{id}?done=changes-discarded"))
    };
    answer(&format!("/registrations/{id}/discard"), typed, discarded).await
}

async fn try_withdraw(id: RegistrationId, version: u64) -> Result<String, Fault> {
    usecase::withdraw_revision(&portal()?, &caller()?, usecase::WithdrawRevision { registration: id, version }).await?;
    Ok(format!("/registrations/{id}?done=withdrawn"))
}

/// Retires a registration of the caller's own for good, and its client if there is one.
#[server(prefix = "/api", endpoint = "retire")]
pub async fn retire(
    registration: String,
    version: u64,
    #[server(default)] confirm: String,
    #[server(default)] reason: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let page = format!("/registrations/{id}/retire");
    let typed = values([("reason", &reason), ("version", &version.to_string())]);
    let input = usecase::RetireRegistration { registration: id, version, reason, proof };
    answer(&page, typed, try_retire(&confirm, input)).await
}

async fn try_retire(confirm: &str, input: usecase::RetireRegistration) -> Result<String, Fault> {
    // Before anything is said of the form: what whoever was signed out typed waits for them.
    caller()?.person()?;
    if confirm != "yes" {
        return Err(Refusal::problem(Problem::new("confirm", EntryFault::RetirementUnconfirmed)).into());
    }
    let id = input.registration;
    let retired = usecase::retire_registration(&portal()?, &caller()?, input).await?;
    let done = if retired.had_client { "retired" } else { "registration-retired" };
    Ok(format!("/registrations/{id}?done={done}"))
}

/// Reads an id out of an address or a form.
///
/// # Errors
/// `NotFound` when it is none.
pub fn parse(id: &str) -> Result<RegistrationId, Fault> {
    id.parse().map_err(|_| Fault::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_to_one_of_our_pages_or_to_the_task_list() {
        assert_eq!(Next::read("check"), Next::Check);
        for other in ["", "CHECK", "/home", "//evil.example", "check?x"] {
            assert_eq!(Next::read(other), Next::TaskList, "{other}");
        }
    }

    #[test]
    fn a_section_keeps_where_it_leads() {
        assert_eq!(Next::TaskList.kept_after("/a", "saved"), "/a?done=saved");
        assert_eq!(Next::Check.kept_after("/a", "saved"), "/a?next=check&done=saved");
    }
}
