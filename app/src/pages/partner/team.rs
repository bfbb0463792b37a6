//! The team of an organisation: who is in it, and what owners do about that.

use super::{invitations, joining, overview::May, ownership};
use crate::{
    api::{
        context::{caller, portal},
        form::{Refused, refused, see_other},
        organisations,
        team::team_page,
    },
    pages::{
        frame::{Page, page, param},
        proof::proof,
    },
    ui::{
        Button, ButtonGroup, ButtonKind, Choice, Form, Hidden, Radios, SummaryList, SummaryRow, Table, WarningText,
        cell,
    },
};
use domain::{actor::TeamRole, id::AccountId, organisation::Command, refusal::Refusal};
use leptos::prelude::*;
use store::read::OrganisationDetails;
use time::OffsetDateTime;
use usecases::Fault;

/// `/organisations/:id/team`
#[component]
pub fn TeamPage() -> impl IntoView {
    page(async move {
        let details = organisations::organisation(&param("id")).await?;
        let (may, me) = (May::caller()?, caller()?.person()?.account);
        Ok(team(&details, &may, me, portal()?.auth.ambient.now()))
    })
}

fn team(details: &OrganisationDetails, may: &May, me: AccountId, now: OffsetDateTime) -> Page {
    let organisation = &details.organisation;
    // Whoever may change the organisation may change its team.
    let manages = domain::organisation::may_change(may.actor(), organisation.id).is_ok();
    let rows = members(details).into_iter().map(|(account, role)| {
        let mut cells = row(details, account, role, me);
        if manages {
            cells.push(actions(details, may, account, me));
        }
        cells
    });
    let mut columns = COLUMNS.to_vec();
    columns.extend(manages.then_some("Change"));
    let leave = match may.ask_organisation(organisation, &Command::Leave) {
        Ok(()) => Some(
            view! { <p class="nhsuk-body"><a href=format!("{}/leave", team_page(organisation.id))>"Leave this team"</a></p> }
                .into_any(),
        ),
        Err(Refusal::LastOwner) if organisation.members.len() == 1 => Some(
            view! { <p class="nhsuk-body">"You are the only person in the team, so you cannot leave."</p> }.into_any(),
        ),
        Err(Refusal::LastOwner) => Some(
            view! {
                <p class="nhsuk-body">
                    "You are the only owner, so you cannot leave. Make someone else an owner first, or ask them to take over from you."
                </p>
            }
            .into_any(),
        ),
        Err(_) => None,
    };
    let body = view! {
        <p class="nhsuk-body">
            "Owners manage the organisation and its team, and retire registrations. Developers edit, submit and withdraw \
             registrations. Viewers can see everything, but not change it."
        </p>
        {ownership::notice(details, me, now)}
        {manages.then(|| invitations::invite_button(organisation.id))}
        <Table caption="Team" hide_caption=true columns=columns rows=rows.collect() />
        {manages.then(|| joining::askers(details))}
        {invitations::table(organisation, manages, now)}
        {leave}
    };
    of_team(format!("Team of {}", organisation.name), body, details, false)
}

/// The columns of a team.
const COLUMNS: [&str; 3] = ["Name", "Email address", "Role"];

fn row(details: &OrganisationDetails, account: AccountId, role: TeamRole, me: AccountId) -> Vec<AnyView> {
    let name = name(details, account);
    let role = if is_only_owner(details, account) { "owner (the only one)" } else { role.word() };
    vec![cell(if account == me { format!("{name} (you)") } else { name }), cell(email(details, account)), cell(role)]
}

/// The team as the page of its organisation shows it.
pub(super) fn table(details: &OrganisationDetails, me: AccountId) -> impl IntoView + use<> {
    let rows = members(details).into_iter().map(|(account, role)| row(details, account, role, me)).collect();
    view! { <Table caption="Team" columns=COLUMNS.to_vec() rows=rows /> }
}

/// What owners do about one of the team, as far as the rules allow it.
fn actions(details: &OrganisationDetails, may: &May, account: AccountId, me: AccountId) -> AnyView {
    let organisation = &details.organisation;
    let link = |path: &str, word: &'static str, about: String| {
        let href = format!("{}/{account}/{path}", team_page(organisation.id));
        view! { <a href=href>{word}<span class="nhsuk-u-visually-hidden">" " {about}</span></a> }
    };
    if is_only_owner(details, account) {
        return cell("Not available");
    }
    let name = name(details, account);
    let removes = account != me && may.ask_organisation(organisation, &Command::RemoveMember { account }).is_ok();
    let remove = removes.then(|| view! { <br /> {link("remove", "Remove", format!("{name} from the team"))} });
    let offers = may.ask_organisation(organisation, &Command::OfferOwnership { account }).is_ok();
    let offer = offers.then(|| view! { <br /> {link("ownership", "Ask to take over", format!("from you: {name}"))} });
    cell(view! { {link("role", "Change role", format!("of {name}"))} {offer} {remove} })
}

/// The team, owners first, then developers, then viewers; each by name.
fn members(details: &OrganisationDetails) -> Vec<(AccountId, TeamRole)> {
    let mut members: Vec<_> = details.organisation.members.iter().map(|(account, role)| (*account, *role)).collect();
    members.sort_by_key(|(account, role)| (*role, name(details, *account).to_lowercase()));
    members
}

fn is_only_owner(details: &OrganisationDetails, account: AccountId) -> bool {
    let owners = || details.organisation.members.iter().filter(|(_, role)| **role == TeamRole::Owner);
    owners().count() == 1 && owners().any(|(owner, _)| *owner == account)
}

fn is_owner(details: &OrganisationDetails, account: AccountId) -> bool {
    details.organisation.members.get(&account) == Some(&TeamRole::Owner)
}

pub(super) fn name(details: &OrganisationDetails, account: AccountId) -> String {
    details.people.get(&account).map_or_else(|| "Unknown".to_owned(), |person| person.name.to_string())
}

pub(super) fn email(details: &OrganisationDetails, account: AccountId) -> String {
    details.people.get(&account).and_then(|person| person.email.clone()).unwrap_or_default()
}

pub(super) fn of_team(
    title: String,
    body: impl IntoView + 'static,
    details: &OrganisationDetails,
    below: bool,
) -> Page {
    let organisation = &details.organisation;
    let page = Page::new(title, body)
        .acting_for(organisation.id, &organisation.name)
        .under("Home", "/home")
        .under(organisation.name.clone(), format!("/organisations/{}", organisation.id));
    match below {
        true => page.under("Team", team_page(organisation.id)),
        false => page.wide(),
    }
}

/// One of the team, as an address names them, with their role; none for whoever is in it no longer.
async fn member() -> Result<(OrganisationDetails, AccountId, Option<TeamRole>), Fault> {
    let details = organisations::organisation(&param("id")).await?;
    let account: AccountId = param("account").parse().map_err(|_| Fault::NotFound)?;
    let role = details.organisation.members.get(&account).copied();
    match role.is_some() || details.organisation.ever_members.contains(&account) {
        true => Ok((details, account, role)),
        false => Err(Fault::NotFound),
    }
}

/// In place of a form about something that is over: why nothing is to be done, and the way to the team as it is now.
pub(super) fn over(details: &OrganisationDetails, title: &str, sentence: impl IntoView + 'static) -> Page {
    let team = team_page(details.organisation.id);
    let body = view! {
        <p class="nhsuk-body">{sentence}</p>
        <p class="nhsuk-body"><a href=team>"See the team as it is now"</a></p>
    };
    of_team(title.into(), body, details, true)
}

/// In place of a form about somebody who is not in the team any more.
fn gone(details: &OrganisationDetails, account: AccountId) -> Page {
    let sentence = format!("{} left or was removed. Nothing was changed.", name(details, account));
    over(details, "This person is no longer in the team", sentence)
}

/// `/organisations/:id/team/:account/role`
#[component]
pub fn ChangeRolePage() -> impl IntoView {
    page(async move {
        let (details, account, role) = member().await?;
        let Some(role) = role else { return Ok(gone(&details, account)) };
        let (may, me) = (May::caller()?, caller()?.person()?.account);
        // Any other role than they have: whether the rules allow a change.
        let other = if role == TeamRole::Viewer { TeamRole::Developer } else { TeamRole::Viewer };
        may.ask_organisation(&details.organisation, &Command::ChangeRole { account, role: other })?;
        let refused = refused(&format!("{}/{account}/role", team_page(details.organisation.id))).await;
        Ok(change_role(&details, (account, role), account == me, &refused, may.is_fresh()))
    })
}

/// The roles to choose from.
pub(super) fn roles(chosen: &str) -> Vec<Choice> {
    let choice = |role: TeamRole, label: &str, hint: &str| {
        Choice::new(role.word(), label).hint(hint).chosen(chosen == role.word())
    };
    vec![
        choice(
            TeamRole::Owner,
            "Owner",
            "Manages the team, retires registrations, and does everything that developers do.",
        ),
        choice(TeamRole::Developer, "Developer", "Edits, submits and withdraws registrations."),
        choice(TeamRole::Viewer, "Viewer", "Can see everything, but not change it."),
    ]
}

fn change_role(
    details: &OrganisationDetails,
    (account, role): (AccountId, TeamRole),
    is_own: bool,
    refused: &Refused,
    fresh: bool,
) -> Page {
    // Of a form that was overtaken, what is there now is chosen.
    let chosen = if refused.is_stale() { role.word().to_owned() } else { refused.value("role", role.word()) };
    let choices = roles(&chosen);
    let (name, error) = (name(details, account), refused.at("role", ""));
    let warned = is_own.then(|| {
        view! {
            <WarningText heading="This is your own role">
                <p>"If you are no longer an owner, only another owner can make you one again."</p>
            </WarningText>
        }
    });
    let (hidden, proof, back) = (hidden(details, account), proof(fresh, refused), team_page(details.organisation.id));
    let ends = is_owner(details, account).then(|| {
        let whose = if is_own { "you" } else { "they" };
        view! {
            <p class="nhsuk-body">
                {format!("Invitations that {whose} sent are withdrawn when {whose} are no longer an owner.")}
            </p>
        }
    });
    let rows = vec![
        SummaryRow::new("Person", name.clone()),
        SummaryRow::new("Email address", email(details, account)),
        SummaryRow::new("Role now", role.word()),
    ];
    let title = if is_own { "Change your own role".to_owned() } else { format!("Change the role of {name}") };
    let body = view! {
        <SummaryList rows=rows />
        {warned}
        {ends}
        <Form action="/api/change-team-role">
            {hidden}
            <Radios name="role" legend="New role" choices=choices error=error />
            {proof}
            <ButtonGroup>
                <Button>"Change role"</Button>
                <a class="nhsuk-link" href=back>"Cancel"</a>
            </ButtonGroup>
        </Form>
    };
    of_team(title, body, details, true).refused(refused)
}

/// `/organisations/:id/team/:account/remove`
#[component]
pub fn RemoveMemberPage() -> impl IntoView {
    page(async move {
        let (details, account, role) = member().await?;
        if role.is_none() {
            return Ok(gone(&details, account));
        }
        let may = May::caller()?;
        may.ask_organisation(&details.organisation, &Command::RemoveMember { account })?;
        let team = team_page(details.organisation.id);
        if caller()?.person()?.account == account {
            see_other(&format!("{team}/leave"));
        }
        let refused = refused(&format!("{team}/{account}/remove")).await;
        Ok(remove(&details, account, &refused, may.is_fresh()))
    })
}

fn remove(details: &OrganisationDetails, account: AccountId, refused: &Refused, fresh: bool) -> Page {
    let (name, organisation) = (name(details, account), &details.organisation);
    let (hidden, proof, back) = (hidden(details, account), proof(fresh, refused), team_page(organisation.id));
    let (title, button) = (format!("Remove {name} from the team?"), format!("Remove {name}"));
    let address = email(details, account);
    let was_owner = is_owner(details, account);
    let body = view! {
        <p class="nhsuk-body">{format!("If you remove {name} ({address}):")}</p>
        <ul class="nhsuk-list nhsuk-list--bullet">
            <li>{format!("they lose access to {} immediately", organisation.name)}</li>
            <li>"what they saved and submitted stays, with their name"</li>
            {was_owner.then(|| view! { <li>"invitations that they sent are withdrawn"</li> })}
            <li>"we email them"</li>
            <li>"they can come back only if an owner invites them again or agrees when they ask"</li>
        </ul>
        <Form action="/api/remove-member">
            {hidden}
            {proof}
            <ButtonGroup>
                <Button kind=ButtonKind::Warning>{button}</Button>
                <a class="nhsuk-link" href=back>"Cancel"</a>
            </ButtonGroup>
        </Form>
    };
    of_team(title, body, details, true).refused(refused)
}

/// `/organisations/:id/team/leave`
#[component]
pub fn LeaveTeamPage() -> impl IntoView {
    page(async move {
        let details = organisations::organisation(&param("id")).await?;
        let may = May::caller()?;
        may.ask_organisation(&details.organisation, &Command::Leave)?;
        let refused = refused(&format!("{}/leave", team_page(details.organisation.id))).await;
        let was_owner = is_owner(&details, caller()?.person()?.account);
        Ok(leave(&details, was_owner, &refused, may.is_fresh()))
    })
}

fn leave(details: &OrganisationDetails, was_owner: bool, refused: &Refused, fresh: bool) -> Page {
    let organisation = &details.organisation;
    let (id, back) = (organisation.id.to_string(), team_page(organisation.id));
    let proof = proof(fresh, refused);
    let body = view! {
        <p class="nhsuk-body">"If you leave:"</p>
        <ul class="nhsuk-list nhsuk-list--bullet">
            <li>{format!("you lose access to {} immediately", organisation.name)}</li>
            <li>"what you saved and submitted stays, with your name"</li>
            {was_owner.then(|| view! { <li>"invitations that you sent are withdrawn"</li> })}
            <li>"we email the owners"</li>
            <li>"you can come back only if an owner invites you again or agrees when you ask"</li>
        </ul>
        <Form action="/api/leave-team">
            <Hidden name="organisation" value=id />
            {proof}
            <ButtonGroup>
                <Button kind=ButtonKind::Warning>"Leave the team"</Button>
                <a class="nhsuk-link" href=back>"Cancel"</a>
            </ButtonGroup>
        </Form>
    };
    of_team(format!("Leave the team of {}?", organisation.name), body, details, true).refused(refused)
}

fn hidden(details: &OrganisationDetails, account: AccountId) -> impl IntoView + use<> {
    view! {
        <Hidden name="organisation" value=details.organisation.id.to_string() />
        <Hidden name="account" value=account.to_string() />
        <Hidden name="version" value=details.version.to_string() />
    }
}
