//! `/account`: who the person is here, and how they sign in.

use super::staff_notice::staff_notice;
use crate::{
    api::{
        accounts::{Rename, SignOutEverywhere, open_sessions, recovery_codes_left},
        context::caller,
        form::{Refused, refused},
        organisations,
    },
    pages::frame::{Page, page},
    ui::*,
};
use domain::{
    account::may_remove_second_factor,
    actor::{StaffRole, TeamRole},
};
use leptos::{prelude::*, server_fn::ServerFn};
use store::{OpenSession, SignedIn, read::OrganisationOverview};
use usecases::Fault;

/// An organisation that the person belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Membership {
    /// Its id.
    pub(super) id: String,
    /// Its name.
    pub(super) name: String,
    /// The person's role in it.
    pub(super) role: TeamRole,
}

/// `/account`
#[component]
pub fn AccountPage() -> impl IntoView {
    page(load())
}

async fn load() -> Result<Page, Fault> {
    let caller = caller()?;
    let signed_in = caller.signed_in()?;
    Ok(account(signed_in, memberships().await?, open_sessions().await?, recovery_codes_left().await?))
}

async fn memberships() -> Result<Vec<Membership>, Fault> {
    let own = organisations::home().await?.into_iter();
    let of = |overview: OrganisationOverview| {
        Some(Membership { id: overview.id.to_string(), name: overview.name, role: overview.role? })
    };
    Ok(own.filter_map(of).collect())
}

pub(super) fn account(
    signed_in: &SignedIn,
    memberships: Vec<Membership>,
    sessions: Vec<OpenSession>,
    codes_left: u64,
) -> Page {
    let sessions = sessions.into_iter().map(session).collect();
    let body = view! {
        {staff_notice(signed_in)}
        <h2 class="nhsuk-heading-m">"About you"</h2>
        <SummaryList rows=about(signed_in, memberships) />
        <h2 class="nhsuk-heading-m">"How you sign in"</h2>
        <SummaryList rows=signing_in(signed_in, codes_left) />
        <h2 class="nhsuk-heading-m">"Sessions"</h2>
        <Table
            caption="Your open sessions"
            hide_caption=true
            columns=vec!["Session", "Began", "Last used"]
            rows=sessions
        />
        <p>
            "A session ends after 30 minutes without use. This one ends on "
            <DateTime at=signed_in.expires_at /> " at the latest."
        </p>
        <p>
            "If you do not recognise a session, or have lost a device, sign out everywhere and "
            <a href="/account/password">"change your password"</a> "."
        </p>
        <Form action=SignOutEverywhere::url()>
            <Button kind=ButtonKind::Secondary>"Sign out everywhere"</Button>
        </Form>
    };
    Page::new("Your account", body)
}

fn about(signed_in: &SignedIn, memberships: Vec<Membership>) -> Vec<SummaryRow> {
    let name = if signed_in.name.is_empty() { "Not given".to_owned() } else { signed_in.name.clone() };
    let mut rows = vec![
        SummaryRow::new("Name", name).change("/account/name", "your name"),
        SummaryRow::new("Email address", signed_in.email.clone()),
    ];
    if let Some(role) = signed_in.person.staff {
        rows.push(SummaryRow::new("Role", staff_words(role)));
    } else {
        rows.push(SummaryRow::new("Organisations", organisations(memberships)));
    }
    rows
}

/// `/account/name`
#[component]
pub fn NamePage() -> impl IntoView {
    page(async { Ok(name(&caller()?.signed_in()?.name, &refused("/account/name").await)) })
}

pub(super) fn name(present: &str, refused: &Refused) -> Page {
    let (present, typed) = (present.to_owned(), refused.clone());
    let body = view! {
        <Form action=Rename::url()>
            <TextInput
                name="name"
                label="Your name"
                hint="Your colleagues and the NHS login team see this name next to what you do."
                value=typed.value("name", &present)
                error=typed.at("name", "")
                autocomplete="name"
            />
            <Button>"Save"</Button>
        </Form>
        <p><a href="/account">"Cancel"</a></p>
    };
    Page::new("Change your name", body).under("Your account", "/account").refused(refused)
}

fn staff_words(role: StaffRole) -> &'static str {
    match role {
        StaffRole::Admin => "NHS login admin: reviews, approves and suspends",
        StaffRole::Auditor => "Auditor: reads everything, changes nothing",
    }
}

fn organisations(memberships: Vec<Membership>) -> AnyView {
    if memberships.is_empty() {
        return view! { "You do not belong to an organisation yet. " <a href="/organisations/new">"Create an organisation"</a> "." }
            .into_any();
    }
    let items = memberships
        .into_iter()
        .map(|membership| {
            let href = format!("/organisations/{}", membership.id);
            view! { <li><a href=href>{membership.name}</a> ", " {membership.role.word()}</li> }
        })
        .collect_view();
    view! { <ul class="nhsuk-list nhsuk-u-margin-bottom-0">{items}</ul> }.into_any()
}

fn signing_in(signed_in: &SignedIn, codes_left: u64) -> Vec<SummaryRow> {
    let factor = "/account/second-factor";
    let second = |words: &'static str| SummaryRow::new("Second factor", words);
    let second = match (signed_in.has_second_factor, may_remove_second_factor(signed_in.person.staff)) {
        (true, Err(_)) => second("Codes from your authenticator app").action("Replace", factor, "your second factor"),
        (true, Ok(())) => second("Codes from your authenticator app")
            .action("Replace", factor, "your second factor")
            .action("Remove", format!("{factor}/remove"), "your second factor"),
        (false, Err(_)) => second("None yet. Staff need one.").action("Set up", factor, "your second factor"),
        (false, Ok(())) => second("None").action("Set up", factor, "your second factor"),
    };
    let mut rows = vec![SummaryRow::new("Password", "Set").change("/account/password", "your password"), second];
    if signed_in.has_second_factor {
        rows.push(SummaryRow::new(
            "Recovery codes",
            format!("{codes_left} left. Replace your second factor to get new ones."),
        ));
    }
    rows
}

fn session(session: OpenSession) -> Vec<AnyView> {
    vec![
        cell(if session.current { "This one" } else { "Another" }),
        cell(view! { <DateTime at=session.created_at /> }),
        cell(view! { <DateTime at=session.seen_at /> }),
    ]
}
