//! Home: my organisations and services, each with its registrations by environment and the next thing to do.

use super::head_statuses;
use crate::{
    api::{
        context::{caller, portal},
        joining::{self, FIND},
        organisations,
        ownership::ownership_page,
        registrations, staff_reads,
        team::{self, team_page},
    },
    pages::{
        account::staff_notice,
        chrome::{STAFF_PAGES, StaffPage},
        frame::{Page, page},
        staff::work::work,
    },
    reading::permissions::{ToStart, kept_from_starting, may_edit},
    ui::{Card, EmptyState, InsetText, Status, StatusTag, Table, cell, date_time_text},
};
use domain::{
    actor::{Actor, Person, TeamRole},
    id::OrganisationId,
    organisation::may_write,
    policy::EnvironmentPolicy,
    refusal::Refusal,
    registration::{ClientState, RevisionState},
    standing::Step,
};
use leptos::prelude::*;
use store::read::{InvitationRow, OrganisationOverview, RegistrationHead, ServiceRow};
use time::{Duration, OffsetDateTime};

/// `/home`
#[component]
pub fn HomePage() -> impl IntoView {
    page(async move {
        let signed_in = caller()?.signed_in()?.clone();
        let overview = organisations::home().await?;
        let invitations = match signed_in.person.staff {
            // They join no team.
            Some(_) => Vec::new(),
            None => team::invitations().await?,
        };
        let environments = registrations::environments()?;
        let staff = signed_in.person.staff;
        let reader = Reader { person: signed_in.person.clone(), now: portal()?.auth.ambient.now() };
        let waiting = match staff_reads::is_staff() {
            true => Some(staff_reads::backlog().await?),
            false => None,
        };
        let staff_part = waiting.map(|(backlog, now)| staff_links(work(&backlog, now)));
        let is_invited = !invitations.is_empty();
        let invitations = asked_to_join(invitations);
        let offers = offered(&overview, reader.now);
        let asked = match overview.is_empty() && staff.is_none() {
            true => joining::own_requests().await?,
            false => Vec::new(),
        };
        let asked = super::joining::requests(asked);
        let title = if staff.is_some() { "NHS login staff home" } else { "Your services" };
        Ok(Page::new(
            title,
            view! {
                {staff_notice(&signed_in)}
                {staff_part}
                {offers}
                {invitations}
                {asked}
                {organisations_view(overview, &environments, &reader, is_invited)}
            },
        )
        .wide())
    })
}

/// The teams that the reader was asked to join.
fn asked_to_join(invitations: Vec<InvitationRow>) -> Option<impl IntoView> {
    let item = |one: InvitationRow| {
        let (page, until) = (team::answer_page(one.id), date_time_text(one.until));
        let unconfirmed = (!one.confirmed).then(|| view! { " " <StatusTag status=Status::Unconfirmed /> });
        view! {
            <li>
                <a href=page>{format!("Join the team of {}", one.organisation_name)}</a>
                {format!(" as {}, until {until}", one.role.with_article())}
                {unconfirmed}
            </li>
        }
    };
    (!invitations.is_empty()).then(|| {
        view! {
            <InsetText>
                <h2 class="nhsuk-heading-s">"You have been invited"</h2>
                <ul class="nhsuk-list nhsuk-u-margin-bottom-0">{invitations.into_iter().map(item).collect_view()}</ul>
            </InsetText>
        }
    })
}

/// The organisations whose ownership the reader is offered.
fn offered(overview: &[OrganisationOverview], now: OffsetDateTime) -> Option<impl IntoView + use<>> {
    let open = overview.iter().filter_map(|one| Some((one, one.offered_until.filter(|until| now < *until)?)));
    let item = |(one, until): (&OrganisationOverview, OffsetDateTime)| {
        let (page, until) = (ownership_page(one.id), date_time_text(until));
        view! {
            <li><a href=page>{format!("Become an owner of {}", one.name)}</a> {format!(", until {until}")}</li>
        }
    };
    let items: Vec<_> = open.map(item).collect();
    (!items.is_empty()).then(|| {
        view! {
            <InsetText>
                <h2 class="nhsuk-heading-s">"You have been asked to become an owner"</h2>
                <ul class="nhsuk-list nhsuk-u-margin-bottom-0">{items}</ul>
            </InsetText>
        }
    })
}

/// The ways to another organisation. Staff join none.
fn other_ways(is_staff: bool) -> impl IntoView {
    let join = (!is_staff).then(|| view! { <li><a href=FIND>"Join an organisation that already exists"</a></li> });
    view! {
        <ul class="nhsuk-list">
            <li><a href="/organisations/new">"Create another organisation"</a></li>
            {join}
        </ul>
    }
}

fn staff_links(waiting: AnyView) -> AnyView {
    view! {
        {waiting}
        <ul class="nhsuk-grid-row nhsuk-card-group">{STAFF_PAGES.iter().map(staff_card).collect_view()}</ul>
    }
    .into_any()
}

fn staff_card(page: &'static StaffPage) -> impl IntoView {
    view! {
        <li class="nhsuk-grid-column-one-third nhsuk-card-group__item">
            <Card heading=page.title href=page.href>
                <p class="nhsuk-card__description">{page.description}</p>
            </Card>
        </li>
    }
}

fn organisations_view(
    overview: Vec<OrganisationOverview>,
    environments: &[EnvironmentPolicy],
    reader: &Reader,
    is_invited: bool,
) -> AnyView {
    if overview.is_empty() && reader.person.staff.is_some() {
        return ().into_any();
    }
    // Whoever is asked to join one seldom means to create another.
    if overview.is_empty() && is_invited {
        return other_ways(false).into_any();
    }
    if overview.is_empty() {
        return view! {
            <EmptyState
                heading="You do not belong to an organisation yet"
                text="Create your organisation to register its first service in the sandpit. It takes a few minutes."
                action="Create an organisation"
                href="/organisations/new"
            />
            <p class="nhsuk-body">
                "Has a colleague created it already? " <a href=FIND>"Join an organisation that already exists"</a>
            </p>
        }
        .into_any();
    }
    let sections = overview.into_iter().map(|one| organisation_view(one, environments, reader)).collect_view();
    view! {
        {sections}
        {other_ways(reader.person.staff.is_some())}
    }
    .into_any()
}

fn organisation_view(
    overview: OrganisationOverview,
    environments: &[EnvironmentPolicy],
    reader: &Reader,
) -> impl IntoView + use<> {
    let address = format!("/organisations/{}", overview.id);
    let writes = may_write(&Actor::Person(reader.person.clone()), overview.id).is_ok();
    let add = format!("{address}/services/new");
    let asked = (overview.is_asked && overview.role == Some(TeamRole::Owner)).then(|| {
        let team = team_page(overview.id);
        view! { <p class="nhsuk-body"><a href=team>"Answer the people who have asked to join"</a></p> }
    });
    let services = match (overview.services.is_empty(), writes) {
        (true, true) => view! {
            <EmptyState
                heading="No services yet"
                text="A service is what people sign in to."
                action="Add a service"
                href=add
            />
        }
        .into_any(),
        (true, false) => view! {
            <EmptyState heading="No services yet" text="An owner or developer of the organisation can add the first one." />
        }
        .into_any(),
        (false, _) => {
            let team = Team { organisation: overview.id, confirmed: overview.confirmed, reader };
            let table = services_table(overview.services, environments, team);
            let add = writes.then(|| view! { <p class="nhsuk-body"><a href=add>"Add a service"</a></p> });
            view! { {table} {add} }.into_any()
        }
    };
    view! {
        <section class="app-organisation">
            <h2 class="nhsuk-heading-m">
                <a href=address.clone()>{overview.name}</a> " "
                {(!overview.confirmed).then(|| view! { <StatusTag status=Status::Unconfirmed /> })}
            </h2>
            {asked}
            {overview.role.map(|role| view! { <p class="nhsuk-body-s">"You are " {role.with_article()} "."</p> })}
            {services}
        </section>
    }
}

fn services_table(services: Vec<ServiceRow>, environments: &[EnvironmentPolicy], team: Team<'_>) -> AnyView {
    let mut columns = vec!["Service".to_owned()];
    columns.extend(environments.iter().map(|policy| policy.title.clone()));
    columns.push("Next".to_owned());
    let rows = services
        .into_iter()
        .map(|service| {
            let mut cells =
                vec![cell(view! { <a href=format!("/services/{}", service.id)>{service.name.clone()}</a> })];
            cells.extend(environments.iter().map(|policy| head_cell(head_in(&service, &policy.name), policy)));
            cells.push(next_cell(next_steps(&service, environments, team)));
            cells
        })
        .collect();
    view! { <Table caption="Services and their registrations" columns=columns rows=rows hide_caption=true /> }
        .into_any()
}

fn head_in<'a>(service: &'a ServiceRow, environment: &str) -> Option<&'a RegistrationHead> {
    service.registrations.iter().find(|head| head.environment == environment)
}

fn head_cell(head: Option<&RegistrationHead>, policy: &EnvironmentPolicy) -> AnyView {
    match head {
        None => cell(view! { <StatusTag status=Status::NotStarted /> }),
        Some(head) => {
            let tags = head_statuses(head).into_iter().map(|status| view! { <StatusTag status=status /> " " });
            let about = format!("Open the {} registration", policy.title.to_lowercase());
            cell(view! {
                <a class="app-tag-link" href=format!("/registrations/{}", head.id)>
                    {tags.collect_view()} <span class="nhsuk-u-visually-hidden">{about}</span>
                </a>
            })
        }
    }
}

/// Whoever reads the page, and when.
struct Reader {
    person: Person,
    now: OffsetDateTime,
}

/// What the rules are asked about, to say what the reader can do next.
#[derive(Clone, Copy)]
struct Team<'a> {
    organisation: OrganisationId,
    /// Whether NHS login has confirmed the organisation.
    confirmed: bool,
    reader: &'a Reader,
}

impl Team<'_> {
    fn kept_from_starting(&self, service: &ServiceRow, policy: &EnvironmentPolicy) -> Vec<Refusal> {
        let of = ToStart {
            organisation: self.organisation,
            service: service.id,
            confirmed: self.confirmed,
            registrations: &service.registrations,
        };
        kept_from_starting(of, policy, &self.reader.person, self.reader.now)
    }

    fn edits(&self, policy: &EnvironmentPolicy) -> bool {
        may_edit(self.organisation, policy, &self.reader.person, self.reader.now)
    }
}

/// One next thing: its words, and where to do it, if there is anything to do.
#[derive(Debug, PartialEq, Eq)]
struct Next {
    text: String,
    href: Option<String>,
}

impl Next {
    fn wait(text: impl Into<String>) -> Self {
        Self { text: text.into(), href: None }
    }

    fn go(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: Some(href.into()) }
    }

    fn again(self) -> Self {
        Self { text: format!("{} again", self.text), ..self }
    }
}

/// The next things for a service, in the order of the environments. What is under way beside a published client does not
/// keep the team from starting the next environment; what is not published yet does.
fn next_steps(service: &ServiceRow, environments: &[EnvironmentPolicy], team: Team<'_>) -> Vec<Next> {
    let mut steps = Vec::new();
    for policy in environments {
        let Some(head) = head_in(service, &policy.name) else {
            steps.extend(start(service, policy, team));
            break;
        };
        match head.client_state {
            ClientState::Retired => {
                steps.extend(under_way(head));
                // A retired client is final: where the way on is closed, a new registration opens it.
                if is_on_the_way(service, policy, environments) {
                    steps.extend(start(service, policy, team).map(Next::again));
                }
            }
            ClientState::Published if !head.standing.is_failing() => steps.extend(amendment(head, policy, team)),
            _ => steps.push(unfinished(head, policy, team)),
        }
        if matches!(head.client_state, ClientState::Unpublished | ClientState::Pending) {
            break;
        }
    }
    steps
}

/// Whether a later environment waits for this one and was not started, or was retired.
fn is_on_the_way(service: &ServiceRow, policy: &EnvironmentPolicy, environments: &[EnvironmentPolicy]) -> bool {
    let is_closed = |later: &EnvironmentPolicy| {
        head_in(service, &later.name).is_none_or(|head| head.client_state == ClientState::Retired)
    };
    environments.iter().any(|later| later.after.as_ref() == Some(&policy.name) && is_closed(later))
}

/// What the rules say of a start. Nothing, where another environment has to be published first.
fn start(service: &ServiceRow, policy: &EnvironmentPolicy, team: Team<'_>) -> Option<Next> {
    let kept = team.kept_from_starting(service, policy);
    let title = policy.title.to_lowercase();
    let is_kept = |by: Refusal| kept.contains(&by);
    match kept.as_slice() {
        [] => Some(Next::go(format!("Start {title}"), format!("/services/{}", service.id))),
        _ if is_kept(Refusal::EarlierEnvironmentNotPublished) => None,
        _ if is_kept(Refusal::OrganisationNotConfirmed) => {
            Some(Next::wait("Waiting for NHS login to confirm your organisation"))
        }
        [Refusal::NotAllowed] => Some(Next::wait(format!("An owner or developer can start {title}"))),
        _ => None,
    }
}

/// What the provider still has to be told.
fn under_way(head: &RegistrationHead) -> Option<Next> {
    let step = head.standing.step()?;
    Some(if head.standing.is_failing() { failing(head) } else { Next::wait(step.words()) })
}

fn failing(head: &RegistrationHead) -> Next {
    Next::go("Publishing failed: we will keep trying", format!("/registrations/{}", head.id))
}

/// What is under way beside what is published.
fn amendment(head: &RegistrationHead, policy: &EnvironmentPolicy, team: Team<'_>) -> Option<Next> {
    let page = format!("/registrations/{}", head.id);
    let title = policy.title.to_lowercase();
    match head.review {
        Some(RevisionState::Submitted) => Some(Next::wait(format!("We are reviewing your change in {title}"))),
        Some(RevisionState::ChangesRequested) => {
            Some(Next::go(format!("Read the comments on the change in {title}"), page))
        }
        Some(RevisionState::Rejected) => Some(Next::go(format!("Read why the change in {title} was rejected"), page)),
        Some(RevisionState::Approved) if head.publication_due => under_way(head),
        Some(RevisionState::Approved | RevisionState::Withdrawn) | None if head.draft_ahead && team.edits(policy) => {
            Some(Next::go(format!("Finish your change in {title}"), page))
        }
        Some(RevisionState::Approved | RevisionState::Withdrawn) | None => {
            let is_old = is_key_old(head, policy, team.reader.now) && team.edits(policy);
            let is_ending = is_evidence_ending(head, team.reader.now) && team.edits(policy);
            match (is_ending, is_old) {
                (true, _) => Some(Next::go(format!("Renew the evidence in {title}"), page)),
                (_, true) => Some(Next::go(format!("Change the old key in {title}"), format!("{page}/public-key"))),
                _ => None,
            }
        }
    }
}

/// Whether a published key is as old as the environment's policy says that its team is reminded.
fn is_key_old(head: &RegistrationHead, policy: &EnvironmentPolicy, now: OffsetDateTime) -> bool {
    let age = policy.key_age_days.map(|days| Duration::days(days.into()));
    head.key_since.zip(age).is_some_and(|(since, age)| since + age <= now)
}

/// How long before evidence ends the home of its team says so: when the team is mailed first.
const EVIDENCE_ENDS_SOON: Duration = Duration::days(60);

/// Whether evidence for what is published ends so soon that its team is told, or has ended.
fn is_evidence_ending(head: &RegistrationHead, now: OffsetDateTime) -> bool {
    head.evidence_ends.is_some_and(|ends| ends - EVIDENCE_ENDS_SOON <= now)
}

fn unfinished(head: &RegistrationHead, policy: &EnvironmentPolicy, team: Team<'_>) -> Next {
    let page = format!("/registrations/{}", head.id);
    let title = policy.title.to_lowercase();
    if head.client_state == ClientState::Suspended {
        let is = if head.standing.step().is_some() { "is being suspended" } else { "is suspended" };
        return Next::go(format!("Read why {title} {is}"), page);
    }
    match head.review {
        _ if head.client_state == ClientState::Pending => {
            under_way(head).unwrap_or_else(|| Next::wait(Step::Publish.words()))
        }
        _ if head.standing.is_failing() => failing(head),
        Some(RevisionState::ChangesRequested) => Next::go("Read the comments", page),
        Some(RevisionState::Rejected) => Next::go("Read the reason", page),
        Some(RevisionState::Submitted) => Next::wait("We are reviewing it"),
        _ if team.edits(policy) => Next::go(format!("Finish {title}"), page),
        _ => Next::wait(format!("An owner or developer can finish {title}")),
    }
}

fn next_cell(steps: Vec<Next>) -> AnyView {
    let words = |step: Next| match step.href {
        Some(href) => view! { <a href=href>{step.text}</a> }.into_any(),
        None => step.text.into_any(),
    };
    match steps.len() {
        0 => cell("Nothing to do"),
        1 => cell(steps.into_iter().map(words).collect_view()),
        _ => {
            let items = steps.into_iter().map(|step| view! { <li>{words(step)}</li> }).collect_view();
            cell(view! { <ul class="nhsuk-list nhsuk-u-margin-bottom-0">{items}</ul> })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use domain::actor::TeamRole;
    use domain::id::{RegistrationId, ServiceId};
    use domain::standing::{Asked, Confirmed, Does, Standing, Tried};
    use time::OffsetDateTime;

    /// A member of a team, and whether its organisation is confirmed.
    #[derive(Clone, Copy)]
    struct Member {
        confirmed: bool,
        role: TeamRole,
    }

    const WRITER: Member = Member { confirmed: true, role: TeamRole::Developer };
    const READER: Member = Member { role: TeamRole::Viewer, ..WRITER };

    /// As it is once the provider confirmed it.
    fn standing(state: ClientState) -> Standing {
        let does = match state {
            ClientState::Unpublished => return Standing::Nothing,
            ClientState::Pending | ClientState::Published => Does::On,
            ClientState::Suspended => Does::Off,
            ClientState::Retired => Does::Removed,
        };
        let at = OffsetDateTime::UNIX_EPOCH;
        let confirmed = (state != ClientState::Pending).then_some(Confirmed { does, at });
        Standing::of(Some(Asked { does, since: None }), confirmed, confirmed.is_none(), Tried::default())
    }

    /// Before the provider confirmed it: it still lets people sign in.
    fn asked_for(state: ClientState, does: Does) -> RegistrationHead {
        let confirmed = Confirmed { does: Does::On, at: OffsetDateTime::UNIX_EPOCH };
        let asked = Some(Asked { does, since: None });
        let standing = Standing::of(asked, Some(confirmed), true, Tried::default());
        RegistrationHead { standing, publication_due: true, ..head("sandpit", state, None) }
    }

    #[test]
    fn what_is_asked_for_is_not_called_done() {
        let suspended = asked_for(ClientState::Suspended, Does::Off);
        assert_eq!(steps(vec![suspended], WRITER), ["Read why sandpit is being suspended"]);
        assert_eq!(
            steps(vec![asked_for(ClientState::Retired, Does::Removed)], WRITER),
            ["Being retired", "Start sandpit again"]
        );
    }

    fn head(environment: &str, client_state: ClientState, review: Option<RevisionState>) -> RegistrationHead {
        RegistrationHead {
            id: RegistrationId::from_parts(1, [0; 10]),
            environment: environment.into(),
            version: 1,
            client_state,
            client_id: None,
            review,
            approvals: 0,
            revision: 1,
            publication_due: false,
            standing: standing(client_state),
            draft_ahead: false,
            key_since: None,
            evidence_ends: None,
            updated_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    fn steps(registrations: Vec<RegistrationHead>, member: Member) -> Vec<String> {
        let organisation = samples::organisation().id;
        let person =
            Person { memberships: [(organisation, member.role)].into(), staff: None, ..samples::admin_number(1) };
        let reader = Reader { person, now: OffsetDateTime::UNIX_EPOCH };
        let team = Team { organisation, confirmed: member.confirmed, reader: &reader };
        let service = ServiceRow { id: ServiceId::from_parts(1, [0; 10]), name: "Alder".into(), registrations };
        let steps = next_steps(&service, &EnvironmentPolicy::nhs_login(), team);
        steps.into_iter().map(|step| step.text).collect()
    }

    #[test]
    fn a_change_under_way_does_not_hide_the_next_environment() {
        let cases = [
            (None, vec!["Start integration"]),
            (Some(RevisionState::Approved), vec!["Start integration"]),
            (Some(RevisionState::Withdrawn), vec!["Start integration"]),
            (Some(RevisionState::Submitted), vec!["We are reviewing your change in sandpit", "Start integration"]),
            (Some(RevisionState::Rejected), vec!["Read why the change in sandpit was rejected", "Start integration"]),
        ];
        for (review, expected) in cases {
            assert_eq!(steps(vec![head("sandpit", ClientState::Published, review)], WRITER), expected);
        }
        let published = head("sandpit", ClientState::Published, Some(RevisionState::Withdrawn));
        let ahead = vec![RegistrationHead { draft_ahead: true, ..published }];
        assert_eq!(steps(ahead.clone(), WRITER), ["Finish your change in sandpit", "Start integration"]);
        assert_eq!(steps(ahead, READER), ["An owner or developer can start integration"]);
    }

    #[test]
    fn an_old_key_is_told_of_where_nothing_else_is_to_be_done() {
        let published = head("live", ClientState::Published, Some(RevisionState::Approved));
        let since = |days: i64| Some(OffsetDateTime::UNIX_EPOCH - time::Duration::days(days));
        let with_key = |days| {
            vec![RegistrationHead { environment: "sandpit".into(), key_since: since(days), ..published.clone() }]
        };
        assert_eq!(steps(with_key(364), WRITER), ["Start integration"]);
        assert_eq!(steps(with_key(365), WRITER), ["Change the old key in sandpit", "Start integration"]);
        assert_eq!(steps(with_key(365), READER), ["An owner or developer can start integration"]);
    }

    #[test]
    fn evidence_that_ends_soon_is_told_of() {
        let published = head("sandpit", ClientState::Published, Some(RevisionState::Approved));
        let ends_in = |days: i64| {
            let ends = Some(OffsetDateTime::UNIX_EPOCH + time::Duration::days(days));
            vec![RegistrationHead { evidence_ends: ends, ..published.clone() }]
        };
        assert_eq!(steps(ends_in(61), WRITER), ["Start integration"]);
        for days in [60, -5] {
            assert_eq!(steps(ends_in(days), WRITER), ["Renew the evidence in sandpit", "Start integration"]);
        }
        assert_eq!(steps(ends_in(5), READER), ["An owner or developer can start integration"]);
    }

    #[test]
    fn what_is_not_published_comes_before_the_next_environment() {
        let pending = head("sandpit", ClientState::Pending, None);
        let asked = Asked { does: Does::On, since: None };
        let failed = Standing::of(Some(asked), None, true, Tried { failures: 1, ..Tried::default() });
        let failed = RegistrationHead { standing: failed, ..pending };
        let cases = [
            (vec![], "Start sandpit"),
            (vec![head("sandpit", ClientState::Unpublished, None)], "Finish sandpit"),
            (vec![head("sandpit", ClientState::Unpublished, Some(RevisionState::Rejected))], "Read the reason"),
            (vec![head("sandpit", ClientState::Pending, Some(RevisionState::Approved))], "Being published"),
            (vec![failed], "Publishing failed: we will keep trying"),
            (vec![head("sandpit", ClientState::Suspended, None)], "Read why sandpit is suspended"),
        ];
        for (heads, expected) in cases {
            assert_eq!(steps(heads, WRITER), [expected]);
        }
    }

    #[test]
    fn a_retired_environment_hides_nothing() {
        let retired = head("sandpit", ClientState::Retired, None);
        assert_eq!(steps(vec![retired.clone()], WRITER), ["Start sandpit again"], "integration needs a published one");
        let integration = head("integration", ClientState::Published, None);
        assert_eq!(steps(vec![retired.clone(), integration.clone()], WRITER), ["Start live"]);
        let again = head("sandpit", ClientState::Published, None);
        assert_eq!(steps(vec![again, retired], WRITER), ["Start integration"], "it has taken the place");
    }

    #[test]
    fn who_cannot_go_on_reads_who_does() {
        let sandpit = || vec![head("sandpit", ClientState::Published, None)];
        assert_eq!(steps(sandpit(), READER), ["An owner or developer can start integration"]);
        let draft = vec![head("sandpit", ClientState::Unpublished, None)];
        assert_eq!(steps(draft, READER), ["An owner or developer can finish sandpit"]);
        let unconfirmed = Member { confirmed: false, ..WRITER };
        assert_eq!(steps(sandpit(), unconfirmed), ["Waiting for NHS login to confirm your organisation"]);
        assert_eq!(steps(vec![], unconfirmed), ["Start sandpit"]);
    }
}
