//! People with an account; staff roles, which change by two people; locks.

use super::{
    filters::{Filters, download, list_page},
    review::refusals,
    subject::Happening,
    words::{list, with_article},
};
use crate::{
    api::{
        form::{Refused, refused},
        staff_reads::{self, PersonView},
    },
    pages::{
        changed::Closed,
        frame::{Page, page, param, query},
        proof::proof,
    },
    ui::{
        Button, ButtonGroup, ButtonKind, Choice, Colour, DateTime, DiffField, EmptyState, Form, Hidden, LinkButton,
        Moment, Radios, Status, StatusTag, SummaryList, SummaryRow, Table, Tag, TextInput, Timeline, WarningText,
        address, cell,
    },
};
use domain::{account::ProposedRole, actor::StaffRole, refusal::Refusal};
use leptos::prelude::*;
use store::read::{AccountRow, Belonging};
use usecases::Fault;

const PATH: &str = "/admin/people";

/// `/admin/people`.
#[component]
pub(super) fn PeoplePage() -> impl IntoView {
    let search = query("search");
    page(async move {
        let found = staff_reads::people(&search, &query("after")).await?;
        Ok(list_of(&search, found))
    })
}

fn list_of(search: &str, found: store::read::Page<AccountRow>) -> Page {
    let rows: Vec<_> = found.rows.iter().map(row).collect();
    let list = match rows.is_empty() {
        true => view! {
            <EmptyState
                heading="Nobody matches"
                text="Search for words of a name or their beginnings, or for an email address."
                action="Clear the filters"
                href=PATH
            />
        }
        .into_any(),
        false => {
            let columns = vec!["Person", "Staff role", "Second factor", "Status"];
            view! { <Table caption="People" hide_caption=true columns=columns rows=rows /> }.into_any()
        }
    };
    let active = !search.is_empty();
    let pairs = [("search", search.to_owned())];
    let search = search.to_owned();
    let body = view! {
        <p class="nhsuk-lede-text">
            "Everyone with an account. A staff role changes only when two admins agree, neither of them the person \
             concerned."
        </p>
        <Filters action=PATH active=active>
            <TextInput name="search" label="Name or email address" kind="search" value=search />
        </Filters>
        {list_page(list, PATH, &pairs, &found)}
        {download(PATH, &pairs)}
    };
    Page::new("People", body).wide()
}

fn row(row: &AccountRow) -> Vec<AnyView> {
    let href = format!("{PATH}/{}", row.id);
    let shown = row.name.to_string();
    let proposed = row.proposed_role.as_ref().map(|proposed| {
        let by = row.proposed_by.as_ref().map_or_else(|| "an admin".to_owned(), ToString::to_string);
        let to = role_words(proposed.role);
        view! {
            <div class="app-sub">
                <Tag colour=Colour::Purple text="Proposed" /> {format!(" {to}, by {by}")}
            </div>
        }
    });
    let role = role_words(row.staff);
    let doubts = (!row.doubts.is_empty()).then(|| {
        let sentences = row.doubts.join(" ");
        view! { <div class="app-sub"><Tag colour=Colour::Orange text="Look at this" /> " " {sentences}</div> }
    });
    vec![
        cell(view! {
            <a href=href>{shown}</a>
            <div class="app-sub">{row.email.clone()}</div>
            {doubts}
        }),
        cell(view! { {role} {proposed} }),
        cell(if row.second_factor { "Set" } else { "Not set" }),
        cell(account_tags(row.disabled, row.verified)),
    ]
}

fn account_tags(disabled: bool, verified: bool) -> AnyView {
    match (disabled, verified) {
        (true, _) => view! { <StatusTag status=Status::Locked /> }.into_any(),
        (false, true) => "Can sign in".into_any(),
        (false, false) => view! { <Tag colour=Colour::Grey text="Address not verified" /> }.into_any(),
    }
}

fn role_words(role: Option<StaffRole>) -> &'static str {
    match role {
        Some(StaffRole::Admin) => "Admin",
        Some(StaffRole::Auditor) => "Auditor",
        None => "None",
    }
}

/// `/admin/people/:id`.
#[component]
pub(super) fn PersonPage() -> impl IntoView {
    let id = param("id");
    page(async move {
        let view = staff_reads::person(&id).await?;
        Ok(page_of(&view))
    })
}

fn shown_name(view: &PersonView) -> String {
    view.name.to_string()
}

fn email(view: &PersonView) -> String {
    view.account.email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default()
}

fn second_factor(view: &PersonView) -> AnyView {
    match &view.account.second_factor {
        Some(stamp) => {
            let at = stamp.at;
            cell(view! { "Set on " <DateTime at=at /> })
        }
        None => cell("Not set"),
    }
}

fn page_of(view: &PersonView) -> Page {
    let account = &view.account;
    let rows = vec![
        SummaryRow::new("Email address", email(view)),
        SummaryRow::new("Staff role", role_words(account.staff)),
        SummaryRow::new("Second factor", second_factor(view)),
        SummaryRow::new("Partner organisations", belongings(view)),
        SummaryRow::new("Status", account_tags(account.disabled.is_some(), account.verified.is_some())),
    ];
    let done = address("/history", &[("person", &account.id.to_string())]);
    let body = view! {
        <SummaryList rows=rows />
        {proposal(view)}
        {view.decides.then(|| role_actions(view))}
        {view.decides.then(|| lock_actions(view))}
        {happened(&view.history)}
        <p><a href=done>"All activity by this person"</a></p>
    };
    Page::new(shown_name(view), body).under("People", PATH)
}

fn action_link(view: &PersonView, action: &str) -> String {
    format!("{PATH}/{}/{action}", view.account.id)
}

fn proposer(view: &PersonView) -> String {
    view.proposer.as_ref().map_or_else(|| "an admin".to_owned(), ToString::to_string)
}

fn proposal(view: &PersonView) -> Option<AnyView> {
    let proposed = view.account.proposed_role.as_ref()?;
    let by = proposer(view);
    let at = proposed.stamp.at;
    let to = match proposed.role {
        Some(role) => format!(", to make {} {}.", view.name, with_article(role)),
        None => format!(", to remove the staff role of {}.", view.name),
    };
    let confirm = view.may.confirm.is_ok().then(|| {
        view! { <LinkButton href=action_link(view, "confirm")>"Confirm the change"</LinkButton> }
    });
    let drop = view.may.drop.is_ok().then(|| {
        view! { <LinkButton href=action_link(view, "drop") kind=ButtonKind::Secondary>"Drop the proposal"</LinkButton> }
    });
    // Why it lapsed is said, so the rules need not say once more that it did.
    let said = Err(Refusal::ProposalLapsed);
    let confirmed = if view.proposer_lapse.is_some() && view.may.confirm == said { &Ok(()) } else { &view.may.confirm };
    let reasons = view.decides.then(|| sentences([confirmed, &view.may.drop]));
    let lapsed = view.proposer_lapse.map(|lapse| view! { <p>{format!("The proposal no longer counts: {lapse}.")}</p> });
    Some(
        view! {
            <WarningText heading="A change of staff role needs a second admin">
                <p>{by} " proposed this on " <DateTime at=at /> {to}</p>
                {lapsed}
                {reasons}
                <ButtonGroup>{confirm} {drop}</ButtonGroup>
            </WarningText>
        }
        .into_any(),
    )
}

fn sentences<const N: usize>(asked: [&Result<(), Refusal>; N]) -> AnyView {
    let sentences: Vec<_> = refusals(asked).into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect();
    sentences.into_any()
}

fn role_actions(view: &PersonView) -> AnyView {
    let any = [&view.may.propose_admin, &view.may.propose_auditor, &view.may.propose_none];
    let body = match any.iter().any(|asked| asked.is_ok()) {
        true => view! {
            <LinkButton href=action_link(view, "propose") kind=ButtonKind::Secondary>
                "Propose another staff role"
            </LinkButton>
        }
        .into_any(),
        false => sentences([&view.may.propose_admin]),
    };
    view! {
        <h2 class="nhsuk-heading-m">"Staff role"</h2>
        <p>
            "Admins review and decide. Auditors read everything and change nothing. Staff need a second factor, and \
             must sign in again after their role changes."
        </p>
        {body}
    }
    .into_any()
}

fn lock_actions(view: &PersonView) -> AnyView {
    let locked = view.account.disabled.is_some();
    let (asked, action, words) = match locked {
        true => (&view.may.enable, "enable", "Unlock this account"),
        false => (&view.may.disable, "disable", "Lock this account"),
    };
    let kind = if locked { ButtonKind::Secondary } else { ButtonKind::Warning };
    let body = match asked {
        Ok(()) => view! { <LinkButton href=action_link(view, action) kind=kind>{words}</LinkButton> }.into_any(),
        Err(_) => sentences([asked]),
    };
    let sentence = match locked {
        true => "This person cannot sign in.",
        false => "A locked account is signed out everywhere at once and cannot sign in until an admin unlocks it.",
    };
    view! {
        <h2 class="nhsuk-heading-m">"Access"</h2>
        <p>{sentence}</p>
        {body}
    }
    .into_any()
}

fn happened(history: &[Happening]) -> AnyView {
    let moments: Vec<Moment> = history
        .iter()
        .take(10)
        .map(|one| Moment { at: one.at, title: one.sentence.clone(), by: one.by.clone(), detail: None })
        .collect();
    let list = match moments.is_empty() {
        true => view! { <p>"Nothing yet."</p> }.into_any(),
        false => view! { <Timeline moments=moments /> }.into_any(),
    };
    view! {
        <h2 class="nhsuk-heading-m">"What happened to this account"</h2>
        {list}
    }
    .into_any()
}

/// What the page of one action says. The person's name follows title and button.
struct Action {
    title: &'static str,
    button: &'static str,
    words: &'static str,
    kind: ButtonKind,
}

fn action_of(slug: &str) -> Option<Action> {
    Some(match slug {
        "propose" => Action {
            title: "Propose another staff role for",
            button: "Propose the change for",
            words: "Nothing changes until a second admin confirms it.",
            kind: ButtonKind::Primary,
        },
        "confirm" => Action {
            title: "Confirm the change of staff role of",
            button: "Confirm the change for",
            words: "The change takes effect at once, and the person has to sign in again.",
            kind: ButtonKind::Primary,
        },
        "drop" => Action {
            title: "Drop the proposal about",
            button: "Drop the proposal about",
            words: "The staff role stays as it is. The history keeps the proposal, and that you dropped it.",
            kind: ButtonKind::Primary,
        },
        "disable" => Action {
            title: "Lock the account of",
            button: "Lock the account of",
            words: "The person is signed out everywhere at once and cannot sign in until an admin unlocks the account.",
            kind: ButtonKind::Warning,
        },
        "enable" => Action {
            title: "Unlock the account of",
            button: "Unlock the account of",
            words: "The person can sign in again.",
            kind: ButtonKind::Primary,
        },
        _ => return None,
    })
}

/// `/admin/people/:id/:action`.
#[component]
pub(super) fn PersonActionPage() -> impl IntoView {
    let (id, slug) = (param("id"), param("action"));
    page(async move {
        let action = action_of(&slug).ok_or(Fault::NotFound)?;
        let view = staff_reads::person(&id).await?;
        let refused = refused(&format!("{PATH}/{}/{slug}", view.account.id)).await;
        if refused.is_stale() {
            return Ok(overtaken_page(&view, &slug, &refused));
        }
        match asked(&view, &slug).err() {
            Some(refusal) if refused.is_any() || (view.decides && was_done(&refusal)) => {
                Ok(done_page(&view, &slug, &refused, &refusal))
            }
            Some(_) if !view.decides => Err(Refusal::AdminsOnly.into()),
            Some(refusal) => Err(refusal.into()),
            None => Ok(action_page(&view, &slug, &action, &refused)),
        }
    })
}

/// Whether the rules say no only because of what happened in the meantime: a proposal was made, confirmed or dropped, an
/// account locked or unlocked.
fn was_done(refusal: &Refusal) -> bool {
    [Refusal::NotFound, Refusal::AlreadySo, Refusal::ProposalOpen, Refusal::AccountDisabled].contains(refusal)
}

/// In place of the form of a proposal that is another one by now, or none.
fn overtaken_page(view: &PersonView, slug: &str, refused: &Refused) -> Page {
    let label = |role: &str| match role {
        "admin" => role_words(Some(StaffRole::Admin)),
        "auditor" => role_words(Some(StaffRole::Auditor)),
        _ => role_words(None),
    };
    let shown = refused.values.get("role").filter(|_| slug == "confirm").map(|role| label(role).to_owned());
    let now = view.account.proposed_role.as_ref().map(|proposed| role_words(proposed.role).to_owned());
    let lines = |role: Option<String>| role.into_iter().collect::<Vec<_>>();
    let proposed = DiffField::between("Proposed staff role", &lines(shown), &lines(now));
    let differences = vec![("What is different from what you had open".to_owned(), vec![proposed])];
    let address = format!("{PATH}/{}", view.account.id);
    let closed = Closed {
        sentence: "This proposal is no longer the one that you had open. Nothing was changed.".into(),
        sent: true,
        other: true,
        differences: if slug == "confirm" { differences } else { Vec::new() },
        latest: view.history.iter().take(3).cloned().collect(),
        next: ("See the account as it is now", address.clone()),
        ..Closed::default()
    };
    closed.page().under("People", PATH).under(shown_name(view), address)
}

/// The page of an action with which nothing is left to do.
fn done_page(view: &PersonView, slug: &str, refused: &Refused, refusal: &Refusal) -> Page {
    let address = format!("{PATH}/{}", view.account.id);
    closed(view, slug, refused, refusal).page().under("People", PATH).under(shown_name(view), address)
}

fn closed(view: &PersonView, slug: &str, refused: &Refused, refusal: &Refusal) -> Closed {
    let sentence = match refusal {
        Refusal::NotFound | Refusal::AlreadySo => {
            "This has already been done, by you or by another admin. Nothing more was changed.".into()
        }
        // To an admin, who would be told to ask an admin.
        Refusal::AccountDisabled if slug == "disable" => "This account is already locked. Nothing was changed.".into(),
        Refusal::AccountDisabled => "This account is locked. Unlock it first. Nothing was changed.".into(),
        refusal => refusal.to_string(),
    };
    Closed {
        sentence,
        sent: refused.is_any() && !refused.is_gone(),
        latest: view.history.iter().take(3).cloned().collect(),
        next: ("See the account as it is now", format!("{PATH}/{}", view.account.id)),
        ..Closed::default()
    }
}

/// Whether the rules allow the action; proposing is allowed when any role may be proposed.
fn asked(view: &PersonView, slug: &str) -> Result<(), Refusal> {
    let may = &view.may;
    match slug {
        "propose" => may.propose_admin.clone().or(may.propose_auditor.clone()).or(may.propose_none.clone()),
        "confirm" => may.confirm.clone(),
        "drop" => may.drop.clone(),
        "disable" => may.disable.clone(),
        _ => may.enable.clone(),
    }
}

fn action_page(view: &PersonView, slug: &str, action: &Action, refused: &Refused) -> Page {
    let address = format!("{PATH}/{}", view.account.id);
    let roles = (slug == "propose").then(|| role_choices(view, refused));
    let proposed = view.account.proposed_role.as_ref().filter(|_| matches!(slug, "confirm" | "drop"));
    let mut rows = vec![
        SummaryRow::new("Person", shown_name(view)),
        SummaryRow::new("Email address", email(view)),
        SummaryRow::new("Staff role now", role_words(view.account.staff)),
    ];
    rows.extend(proposed.map(|proposed| SummaryRow::new("Proposed", role_words(proposed.role))));
    rows.extend(proposed.filter(|_| slug == "confirm").into_iter().flat_map(|proposed| to_confirm(view, proposed)));
    let warning = proposed.filter(|proposed| proposed.role.is_some()).and_then(|_| of_a_partner(view));
    let only_owner = (slug == "disable").then(|| of_an_only_owner(view)).flatten();
    let proof = proof(view.fresh, refused);
    // What is confirmed is what this page shows, whatever is proposed by then.
    let shown = proposed.filter(|_| slug == "confirm").map(|proposed| {
        let role = proposed.role.map_or("none", StaffRole::word);
        let at = proposed.stamp.at.unix_timestamp_nanos() / 1_000_000;
        view! {
            <Hidden name="role" value=role />
            <Hidden name="proposed_at" value=at.to_string() />
        }
    });
    let (kind, slug) = (action.kind, slug.to_owned());
    let [title, button] = [action.title, action.button].map(|does| format!("{does} {}", view.name));
    let id = view.account.id.to_string();
    let body = view! {
        <p class="nhsuk-lede-text">{action.words}</p>
        {warning}
        {only_owner}
        <SummaryList rows=rows />
        <Form action="/api/change-account">
            <Hidden name="account" value=id />
            <Hidden name="action" value=slug />
            {roles}
            {shown}
            {proof}
            <Button kind=kind>{button}</Button>
        </Form>
        <p><a href=address.clone()>"Go back without changing anything"</a></p>
    };
    Page::new(title, body).under("People", PATH).under(shown_name(view), address).refused(refused)
}

/// What whoever seconds a proposal has to know.
fn to_confirm(view: &PersonView, proposed: &ProposedRole) -> Vec<SummaryRow> {
    let (by, at) = (proposer(view), proposed.stamp.at);
    vec![
        SummaryRow::new("Proposed by", view! { {by} " on " <DateTime at=at /> }),
        SummaryRow::new("Second factor", second_factor(view)),
        SummaryRow::new("Partner organisations", belongings(view)),
    ]
}

/// Staff read what every partner submits.
fn of_a_partner(view: &PersonView) -> Option<AnyView> {
    let names: Vec<&str> = view.organisations.iter().map(|organisation| organisation.name.as_str()).collect();
    let sentence = format!(
        "This person belongs, or once belonged, to {}. With a staff role they could read the data of every other \
         partner.",
        list(&names)
    );
    (!names.is_empty()).then(|| {
        view! { <WarningText heading="This person is, or was, in a partner’s team"><p>{sentence}</p></WarningText> }
            .into_any()
    })
}

/// Nobody else there retires a registration or changes the organisation.
fn of_an_only_owner(view: &PersonView) -> Option<AnyView> {
    let names: Vec<&str> =
        view.organisations.iter().filter(|one| one.only_owner).map(|one| one.name.as_str()).collect();
    let sentence = format!(
        "No other owner of {} can sign in. While this account is locked, nobody there can change the organisation or \
         retire a registration. The list of organisations shows which have no owner who can sign in.",
        list(&names)
    );
    (!names.is_empty()).then(|| {
        view! { <WarningText heading="This person is the only owner"><p>{sentence}</p></WarningText> }.into_any()
    })
}

fn belongings(view: &PersonView) -> AnyView {
    if view.organisations.is_empty() {
        return "None, now or before.".into_any();
    }
    let line = |organisation: &Belonging| {
        let href = format!("/admin/organisations/{}", organisation.id);
        let left = (!organisation.present).then_some(" (left)");
        view! { <li><a href=href>{organisation.name.clone()}</a> {left}</li> }
    };
    let lines: Vec<_> = view.organisations.iter().map(line).collect();
    view! { <ul class="nhsuk-list">{lines}</ul> }.into_any()
}

fn role_choices(view: &PersonView, refused: &Refused) -> AnyView {
    let typed = refused.value("role", "");
    let choice = |value: &str, label: &str, hint: &str, asked: &Result<(), Refusal>| {
        asked.is_ok().then(|| Choice::new(value, label).hint(hint).chosen(typed == value))
    };
    let choices = [
        choice("admin", "Admin", "Reviews, decides, suspends.", &view.may.propose_admin),
        choice("auditor", "Auditor", "Reads everything, changes nothing.", &view.may.propose_auditor),
        choice("none", "None", "No staff role.", &view.may.propose_none),
    ];
    let choices = choices.into_iter().flatten().collect();
    let error = refused.at("role", "");
    view! { <Radios name="role" legend="Which staff role should this person have?" choices=choices error=error /> }
        .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn an_admin_may_propose_and_lock_but_not_confirm_their_own_proposal() {
        let view = samples::person_view();
        let html = samples::html(|| page_of(&view).body);
        for expected in
            ["/disable\"", "/drop\"", "A change of staff role needs two admins", "has already been proposed"]
        {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
        assert!(!html.contains("/confirm\"") && !html.contains("/propose\""), "one proposal at a time: {html}");
        let html = samples::html(|| page_of(&samples::person_without_proposal()).body);
        assert!(html.contains("/propose\""), "{html}");
    }

    #[test]
    fn the_page_that_confirms_carries_what_it_shows() {
        let action = action_of("confirm").unwrap();
        let html = samples::html(|| action_page(&samples::person_view(), "confirm", &action, &Refused::default()).body);
        for expected in ["name=\"role\" value=\"auditor\"", "name=\"proposed_at\" value=\"1772539200000\""] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
    }

    #[test]
    fn whoever_confirms_is_warned_of_a_partner() {
        let mut view = samples::person_view();
        let action = action_of("confirm").unwrap();
        let html =
            |view: &PersonView| samples::html(|| action_page(view, "confirm", &action, &Refused::default()).body);
        let plain = html(&view);
        for expected in ["new@nhs.example", "None, now or before.", "Ada Adams", "3 March 2026", "Not set"] {
            assert!(plain.contains(expected), "{expected} is missing in {plain}");
        }
        let id = samples::organisation().id;
        view.organisations = vec![Belonging { id, name: "Riverside Health".into(), present: false, only_owner: false }];
        let warned = html(&view);
        assert!(warned.contains("once belonged, to Riverside Health") && warned.contains("(left)"), "{warned}");
    }

    #[test]
    fn whoever_locks_an_only_owner_is_warned() {
        let mut view = samples::person_without_proposal();
        let html = |view: &PersonView, slug: &str| {
            let action = action_of(slug).unwrap();
            samples::html(|| action_page(view, slug, &action, &Refused::default()).body)
        };
        let id = samples::organisation().id;
        view.organisations = vec![Belonging { id, name: "Riverside Health".into(), present: true, only_owner: true }];
        let expected = "No other owner of Riverside Health can sign in.";
        assert!(html(&view, "disable").contains(expected));
        assert!(!html(&view, "propose").contains(expected), "that locks nobody");
        view.organisations[0].only_owner = false;
        assert!(!html(&view, "disable").contains("only owner"));
    }

    #[test]
    fn a_proposal_that_no_longer_counts_says_why() {
        let mut view = samples::person_view();
        view.proposer_lapse = Some(domain::authority::Lapse::NoSecondFactor);
        let html = samples::html(|| page_of(&view).body);
        assert!(html.contains("The proposal no longer counts: this person no longer has a second factor."), "{html}");
    }

    #[test]
    fn an_auditor_gets_no_form_and_no_refusal() {
        let view = PersonView { decides: false, ..samples::person_view() };
        let html = samples::html(|| page_of(&view).body);
        assert!(!html.contains("Only an NHS login admin") && !html.contains(">Access<"), "{html}");
    }

    #[test]
    fn an_admin_is_not_told_to_ask_an_admin() {
        let view = samples::person_view();
        let words = |slug| samples::html(|| closed(&view, slug, &Refused::default(), &Refusal::AccountDisabled).body());
        assert!(words("disable").contains("This account is already locked."));
        assert!(words("propose").contains("Unlock it first."));
    }

    #[test]
    fn a_proposal_that_is_gone_is_no_missing_page() {
        let mut view = samples::person_without_proposal();
        view.history = vec![samples::happening()];
        let refusal = asked(&view, "confirm").unwrap_err();
        assert!(was_done(&refusal) && !was_done(&Refusal::TwoPeopleNeeded));
        let html = samples::html(|| closed(&view, "confirm", &Refused::default(), &refusal).body());
        for expected in ["by you or by another admin", "What happened last", "Rejected revision 1.", "by Ada Adams"] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
    }

    #[test]
    fn every_action_has_a_page_that_asks_for_proof() {
        for slug in ["propose", "confirm", "drop", "disable", "enable"] {
            let action = action_of(slug).unwrap();
            let html = samples::html(|| action_page(&samples::person_view(), slug, &action, &Refused::default()).body);
            assert!(html.contains(&format!("{} Nia New</button>", action.button)), "{slug}: {html}");
            assert!(html.contains(&format!("value=\"{slug}\"")) && html.contains("name=\"proof\""), "{slug}: {html}");
        }
        assert!(action_of("delete").is_none());
    }

    #[test]
    fn only_other_roles_are_offered() {
        let html = samples::html(|| role_choices(&samples::person_without_proposal(), &Refused::default()));
        assert!(html.contains("value=\"admin\"") && html.contains("value=\"auditor\""));
        assert!(!html.contains("value=\"none\""), "{html}");
    }

    #[test]
    fn the_list_shows_proposals() {
        let view = samples::person_view();
        let row = AccountRow {
            id: view.account.id,
            name: samples::shown("new@nhs.example", None),
            email: "new@nhs.example".into(),
            staff: None,
            proposed_role: view.account.proposed_role.clone(),
            proposed_by: Some(samples::shown("Ada Adams", Some(StaffRole::Admin))),
            disabled: true,
            second_factor: false,
            verified: true,
            doubts: vec!["A member of staff has this name, or one that looks the same.".into()],
        };
        let found = store::read::Page::of(vec![row]);
        let html = samples::html(|| list_of("", found).body);
        for expected in
            ["new@nhs.example", "Auditor, by Ada Adams (NHS login admin)", "Locked", "A member of staff has this name"]
        {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
    }
}
