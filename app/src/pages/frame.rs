//! The frame of every page that reads something: load, then one shape for what was found or refused.

use crate::{
    api::{
        context::{caller, portal},
        form::{Refused, see_other, sign_in_for},
    },
    ui::{self, Acting, Crumb, ErrorSummary, NotificationBanner, Width},
};
use domain::{id::OrganisationId, private_key, problem::Problem, refusal::Refusal};
use http::StatusCode;
use leptos::{prelude::*, tachys::html::InertElement};
use leptos_axum::ResponseOptions;
use std::{future::Future, pin::Pin};
use usecases::Fault;

/// A page that is ready to be shown.
pub struct Page {
    /// The first heading, and the title of the window.
    pub title: String,
    /// The way here: name and address of each page above this one.
    pub crumbs: Vec<(String, String)>,
    /// What is wrong with what was typed; shown in the error summary, linked to the fields.
    pub problems: Vec<Problem>,
    /// What is wrong with no field: shown in the error summary.
    pub sentences: Vec<String>,
    /// Whether what is wrong was saved as it was typed, to be fixed later.
    pub saved: bool,
    /// The environment's title, for the banner; none where no environment is meant, or live.
    pub environment: Option<String>,
    /// The organisation that the reader acts for here, for people of several.
    pub acting: Option<Acting>,
    /// Whether tables or columns need the whole width.
    pub wide: bool,
    /// What follows the heading.
    pub body: AnyView,
}

impl Page {
    /// A page without crumbs, problems or environment.
    pub fn new(title: impl Into<String>, body: impl IntoView + 'static) -> Self {
        Self {
            title: title.into(),
            crumbs: Vec::new(),
            problems: Vec::new(),
            sentences: Vec::new(),
            saved: false,
            environment: None,
            acting: None,
            wide: false,
            body: body.into_view().into_any(),
        }
    }

    /// Adds one step to the way here.
    #[must_use]
    pub fn under(mut self, name: impl Into<String>, address: impl Into<String>) -> Self {
        self.crumbs.push((name.into(), address.into()));
        self
    }

    /// Gives tables and columns the whole width.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// Shows what was refused.
    #[must_use]
    pub fn refused(mut self, refused: &Refused) -> Self {
        self.problems.extend(refused.problems.iter().cloned());
        self
    }

    /// Shows problems of what is saved already.
    #[must_use]
    pub fn problems(mut self, problems: Vec<Problem>) -> Self {
        self.problems.extend(problems);
        self
    }

    /// Says why nothing is to be done here.
    #[must_use]
    pub fn sentence(mut self, sentence: String) -> Self {
        self.sentences.push(sentence);
        self
    }

    /// Says that what is wrong is kept as it was typed.
    #[must_use]
    pub fn saved(mut self, saved: bool) -> Self {
        self.saved = saved;
        self
    }

    /// Says for which organisation the reader acts here.
    #[must_use]
    pub fn acting_for(mut self, id: OrganisationId, name: &str) -> Self {
        let caller = caller().ok();
        let memberships = caller.as_ref().and_then(|caller| caller.person().ok()).map(|person| &person.memberships);
        // Whoever belongs to one alone reads it beside their name.
        let role = memberships.filter(|all| all.len() > 1).and_then(|all| all.get(&id));
        self.acting = role.map(|role| Acting { organisation: name.to_owned(), role: role.with_article() });
        self
    }

    /// Names the environment that the page is about.
    #[must_use]
    pub fn environment(mut self, policy: &domain::policy::EnvironmentPolicy) -> Self {
        if policy.name != "live" {
            self.environment = Some(policy.title.clone());
        }
        self
    }
}

/// Renders a page once its data is there; status and content need no script.
///
/// Boxed at once: what a page waits for has some 10 KB, which are moved six times until it is asked, and everything
/// around it would be compiled for each page anew.
pub fn page<F>(load: F) -> impl IntoView
where
    F: Future<Output = Result<Page, Fault>> + Send + 'static,
{
    loading(Box::pin(load))
}

type Loading = Pin<Box<dyn Future<Output = Result<Page, Fault>> + Send>>;

fn loading(load: Loading) -> impl IntoView {
    let address = this_address();
    // Without `Suspense` around it, which would spawn a task for each page: a page is sent when all of it is there.
    Suspend::new(async move { at_once(show(load.await, &address)) })
}

/// A view with nothing left to wait for, written in one go. The renderer that may have to wait makes two strings of each
/// element, as another may come before the next.
pub fn at_once(view: impl IntoView) -> InertElement {
    InertElement::new(view.into_view().to_html())
}

/// Where to write for help: the contact of this installation; without one, whom to ask instead.
pub fn write_to_us() -> AnyView {
    let contact = portal().map(|portal| portal.contact.to_string()).unwrap_or_default();
    if contact.is_empty() {
        return "ask the NHS login team that you work with".into_any();
    }
    let address = format!("mailto:{contact}");
    view! { "write to " <a href=address>{contact}</a> }.into_any()
}

/// Path and query of this request.
pub fn this_address() -> String {
    let parts = use_context::<http::request::Parts>();
    parts.and_then(|parts| parts.uri.path_and_query().map(ToString::to_string)).unwrap_or_default()
}

/// The value of one parameter of this request's query, percent-decoded.
pub fn query(name: &str) -> String {
    crate::reading::asked::visible(
        leptos_router::hooks::use_query_map().with_untracked(|map| map.get(name)).unwrap_or_default(),
    )
}

/// Whether a private key stands in the address bar, as after a search for one. [`query`] gives nothing of it.
fn is_private_key_asked() -> bool {
    let asked = leptos_router::hooks::use_query_map().get_untracked();
    let values: Vec<String> = asked.into_iter().map(|(_, value)| value.into_owned()).collect();
    crate::reading::asked::is_private(&values.join("\n"))
}

/// The value of one part of this request's path.
pub fn param(name: &str) -> String {
    leptos_router::hooks::use_params_map().with_untracked(|map| map.get(name)).unwrap_or_default()
}

fn show(loaded: Result<Page, Fault>, address: &str) -> AnyView {
    match loaded {
        Ok(page) => ready(page, done_words(&query("done"))),
        Err(Fault::Refused(Refusal::NotSignedIn)) => {
            see_other(&sign_in_for(address));
            ready(Page::new("Sign in", view! { <p class="nhsuk-body">"Sign in to see this page."</p> }), None)
        }
        Err(error) => {
            let (status, title) = status_of(&error);
            expect_context::<ResponseOptions>().set_status(status);
            ready(error_page(title, &error, address), None)
        }
    }
}

fn status_of(error: &Fault) -> (StatusCode, &'static str) {
    match error {
        Fault::NotFound => (StatusCode::NOT_FOUND, "Page not found"),
        Fault::Refused(Refusal::ReviewOpen | Refusal::AlreadySubmitted) => {
            (StatusCode::CONFLICT, "A revision is being reviewed")
        }
        Fault::Refused(Refusal::NoLongerFits(_)) => (StatusCode::CONFLICT, "This revision cannot be approved"),
        Fault::Refused(refusal) if is_settled(refusal) => (StatusCode::CONFLICT, NOT_NOW),
        Fault::Refused(Refusal::StaffOnly) => (StatusCode::FORBIDDEN, "You cannot see this page"),
        Fault::Refused(_) => (StatusCode::FORBIDDEN, "You cannot do this"),
        Fault::Stale | Fault::SentBefore => (StatusCode::CONFLICT, OVERTAKEN),
        Fault::TooMany { .. } | Fault::TooFast { .. } => (StatusCode::TOO_MANY_REQUESTS, "Too many tries"),
        Fault::Busy | Fault::Crowded => (StatusCode::SERVICE_UNAVAILABLE, "The service is very busy"),
        Fault::TooLong => (StatusCode::SERVICE_UNAVAILABLE, "This takes too long"),
        Fault::Malformed => (StatusCode::BAD_REQUEST, "We could not read this request"),
        Fault::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Sorry, something went wrong"),
        Fault::Unreadable => (StatusCode::INTERNAL_SERVER_ERROR, "Sorry, something went wrong"),
    }
}

/// The title of a page whose form was sent after something had changed.
pub const OVERTAKEN: &str = "This has changed in the meantime";

/// The title of a page whose form has nothing to do. Whether it ever had, for this reader, nobody knows.
pub const NOT_NOW: &str = "You cannot do this now";

/// Sends the reader to another page of ours in place of this one.
pub fn moved(to: &str) -> Page {
    see_other(to);
    let href = to.to_owned();
    Page::new("This page has moved", view! { <p class="nhsuk-body"><a href=href>"Go to the page"</a></p> })
}

/// Whether the rules say no because of how things stand, whoever asks.
pub fn is_settled(refusal: &Refusal) -> bool {
    let gone = [
        Refusal::NothingSubmitted,
        Refusal::NothingToDiscard,
        Refusal::ErasedSince,
        Refusal::TakesLeakedKeyOut,
        Refusal::ChangedAtProvider,
        Refusal::AlreadySubmitted,
        Refusal::NoClient,
        Refusal::AlreadySuspended,
        Refusal::NotSuspended,
        Refusal::EndorserNotPublished,
        Refusal::ReinstatementOpen,
        Refusal::ReinstatementGone,
        Refusal::Retired,
        Refusal::ReviewOpen,
    ];
    gone.contains(refusal)
}

/// The page of the registration that a form's address is under.
fn registration_of(address: &str) -> Option<String> {
    let id = address.strip_prefix("/registrations/")?.split(['/', '?']).next()?;
    Some(format!("/registrations/{id}"))
}

/// The review that a form's address is under.
fn review_of(address: &str) -> Option<String> {
    let id = address.strip_prefix("/admin/reviews/")?.split_once('/')?.0;
    Some(format!("/admin/reviews/{id}"))
}

fn error_page(title: &str, error: &Fault, address: &str) -> Page {
    let settled = matches!(error, Fault::Refused(refusal) if is_settled(refusal));
    if let Some(registration) = registration_of(address).filter(|_| settled) {
        let sentence = error.to_string();
        return Page::new(
            title,
            view! {
                <p class="nhsuk-body">{sentence} " Nothing was changed."</p>
                <p class="nhsuk-body"><a href=registration>"See where the registration stands"</a></p>
            },
        );
    }
    let reference = caller().map(|caller| caller.request_id).unwrap_or_default();
    let sentence = error.to_string();
    let is_refused = matches!(error, Fault::Refused(_));
    let review = review_of(address).filter(|_| is_refused).map(|review| {
        view! { <p class="nhsuk-body"><a href=review>"Go back to the review"</a></p> }
    });
    let signed_in = caller().ok().and_then(|caller| caller.signed_in);
    let staff_notice = signed_in.as_ref().and_then(super::account::staff_notice);
    Page::new(
        title,
        view! {
            {staff_notice}
            <p class="nhsuk-body">{sentence}</p>
            <p class="nhsuk-body">
                "If you need help, tell us this reference: " <code>{reference}</code> "."
            </p>
            {review}
            <p class="nhsuk-body"><a href="/home">"Go to your home page"</a></p>
        },
    )
}

/// The words of a success banner, by the code in the address. Closed, so that nobody can forge a sentence.
fn done_words(code: &str) -> Option<&'static str> {
    Some(match code {
        // With problems the error summary says what is saved; without them there is nothing more to say.
        "saved" | "saved-with-problems" => "Saved.",
        "started" => "Registration started. Fill in the sections in any order.",
        "submitted" => "Revision submitted. This page shows its progress.",
        "submitted-unchanged" => {
            "Revision submitted. It is the same as the last revision that we decided on, so we may make the same decision again. Withdraw it if you did not mean to submit it."
        }
        "withdrawn" => "Revision withdrawn. You can change the draft and submit again.",
        "changes-discarded" => "Changes thrown away.",
        "retired" => "You asked for the client to be retired. This page shows when the provider has confirmed it.",
        "registration-retired" => "Registration retired.",
        "key-added" => "Key added to the draft. What is published keeps working as it is.",
        "key-removed" => "Key removed from the draft. What is published keeps working as it is.",
        "key-endorsed" => "Key endorsed. Submit it within a day: after that it must be endorsed again.",
        "leak-key-out" => {
            "Reported. We are removing the key from the provider now. People can still sign in with your other key."
        }
        "leak-client-suspended" => "Reported. We are suspending the client now, because it has no other key.",
        "leak-stays-suspended" => "Reported. The client was suspended already. It cannot be reinstated with this key.",
        "leak-on-its-way-out" => "Reported. We are already removing the key from the provider.",
        "leak-key-refused" => "Reported. The provider does not have this key.",
        "possession-proved" => "You proved that you hold the private key.",
        "organisation-created" => "Organisation created. Now add its first service.",
        "contacts-changed" => "Contacts changed.",
        "organisation-changed" => "Organisation changed.",
        "organisation-confirmed" => "Organisation confirmed.",
        "team-role-changed" => "Role changed.",
        "team-role-same" => "No changes to save.",
        "member-removed" => "Team member removed.",
        "team-left" => "You have left the team.",
        "team-joined" => "You have joined the team.",
        "invitation-sent" => "Invitation sent.",
        "invitation-same" => "This person already has an invitation. Nothing was changed.",
        "invitation-sent-again" => "Invitation sent again.",
        "invitation-withdrawn" => "Invitation withdrawn.",
        "invitation-declined" => "Invitation declined.",
        "ownership-offered" => "We have asked this person to take over from you. They have 7 days to answer.",
        "ownership-offered-same" => "You have already asked this person. Nothing was changed.",
        "ownership-withdrawn" => "Withdrawn. You are still an owner.",
        "ownership-accepted" => "You are now an owner.",
        "ownership-declined" => "Declined. We will email the owner who asked you.",
        "join-asked" => "Request sent to the owners of the organisation.",
        "join-asked-same" => "You have already asked to join this organisation. Nothing was changed.",
        "join-withdrawn" => "Request withdrawn.",
        "join-agreed" => "They have joined the team. We will email them.",
        "join-declined" => "Request declined. We will email the person who asked.",
        "join-answered" => "Request answered. We will email the person who asked and the owners.",
        "token-made" => "Token made. Its secret cannot be shown again.",
        "token-ended" => "Token ended. It no longer works.",
        "token-taken-over" => "Token taken over. It now acts as you.",
        "service-added" => "Service added.",
        "service-changed" => "Service changed.",
        "verified" => "Email address verified. Sign in to continue.",
        "password-reset" => "Password changed. Sign in with the new one.",
        "password-changed" => "Password changed. Every other session was signed out.",
        "second-factor-set" => "Second factor set up.",
        "second-factor-removed" => "Second factor removed.",
        "name-changed" => "Name changed.",
        "start-again" => "That took too long. Start again.",
        "signed-out" => "You have signed out.",
        "signed-out-everywhere" => "You have signed out everywhere.",
        "approved" => "Approved. This page shows when the provider has confirmed it.",
        "approved-first" => "Approved. Another admin must approve it too.",
        "changes-requested" => "Changes requested. We will email the partner.",
        "rejected" => "Rejected. We will email the partner.",
        "republished" => "You asked for it to be published again. This page shows when the provider has confirmed it.",
        "suspended" => "You asked for the client to be suspended. This page shows when the provider has confirmed it.",
        "reinstated" => {
            "You asked for the client to be reinstated. This page shows when the provider has confirmed it."
        }
        "reinstatement-proposed" => "Reinstatement proposed. Another admin must confirm it.",
        "reinstatement-dropped" => "Proposal dropped. The client stays suspended.",
        "account-propose" => "Change of role proposed. Another admin must confirm it.",
        "account-confirm" => "Change of role confirmed.",
        "account-drop" => "Proposal dropped.",
        "account-disable" => "Account locked and signed out everywhere.",
        "account-enable" => "Account unlocked.",
        _ => return done_already(code),
    })
}

/// The words for a form that was sent again: it ended where it did the first time.
fn done_already(code: &str) -> Option<&'static str> {
    Some(match code.strip_suffix("-already")? {
        "approved" => "You have already approved this revision. Nothing more was changed.",
        "changes-requested" => "You have already requested these changes. Nothing more was changed.",
        "rejected" => "You have already rejected this revision. Nothing more was changed.",
        "republished" => "You have already asked for this client to be published again. Nothing more was changed.",
        "suspended" => "You have already suspended this client. Nothing more was changed.",
        "reinstated" => "You have already reinstated this client. Nothing more was changed.",
        "reinstatement-proposed" => {
            "You have already asked for this client to be reinstated. Nothing more was changed."
        }
        "reinstatement-dropped" => "You have already dropped this proposal. Nothing more was changed.",
        "retired" => "You have already retired this client. Nothing more was changed.",
        "organisation-confirmed" => "You have already confirmed this organisation. Nothing more was changed.",
        "join-answered" => "You have already answered this request. Nothing more was changed.",
        "account-propose" => "You have already proposed this change of role. Nothing more was changed.",
        "account-confirm" => "You have already confirmed this change of role. Nothing more was changed.",
        "account-drop" => "You have already dropped this proposal. Nothing more was changed.",
        "account-disable" => "You have already locked this account. Nothing more was changed.",
        "account-enable" => "You have already unlocked this account. Nothing more was changed.",
        _ => return None,
    })
}

fn ready(page: Page, done: Option<&'static str>) -> AnyView {
    let Page { title, crumbs, problems, mut sentences, saved, environment, acting, wide, body } = page;
    let done = done.filter(|_| problems.is_empty() && sentences.is_empty() && !is_private_key_asked());
    let lead = if saved { "What you entered is saved. Fix these before you submit:" } else { "" };
    let is_setback = query("done") == "start-again";
    let crumbs = crumbs.into_iter().map(|(name, address)| Crumb::new(name, address)).collect();
    if problems.iter().any(|problem| problem.rule.is_stale()) {
        expect_context::<ResponseOptions>().set_status(StatusCode::CONFLICT);
    }
    let (about_all, at_fields): (Vec<_>, Vec<_>) = problems.into_iter().partition(|problem| problem.field.is_empty());
    sentences.extend(about_all.iter().map(Problem::message));
    if is_private_key_asked() {
        sentences.push(private_key::SENTENCE.to_owned());
    }
    let error = !sentences.is_empty() || !at_fields.is_empty();
    let banner = environment.map(|name| format!("{name}: a test environment. No real patients sign in here."));
    view! {
        <ui::Page
            title=title.clone()
            error=error
            crumbs=crumbs
            acting=acting
            width=if wide { Width::Full } else { Width::Reading }
        >
            {done.map(|words| view! { <NotificationBanner success=!is_setback text=words /> })}
            <ErrorSummary problems=at_fields sentences=sentences lead=lead />
            {banner.map(|words| view! { <p class="app-environment-note" role="note">{words}</p> })}
            <h1 class="nhsuk-heading-l">{title}</h1>
            {body}
        </ui::Page>
    }
    .into_any()
}

/// What no route matches.
pub fn not_found() -> impl IntoView {
    page(async { Err(Fault::NotFound) })
}
