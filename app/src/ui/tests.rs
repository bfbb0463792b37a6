//! Every primitive, rendered: its markup is NHS.UK frontend's, its ids are linked, what people typed is escaped.

use super::*;
use domain::{
    problem::Problem,
    rule::{NameFault, ScopeFault},
};
use leptos::prelude::*;
use time::macros::datetime;

/// What a view renders, without Leptos's marker comments.
fn html(make: impl FnOnce() -> AnyView) -> String {
    let owner = Owner::new();
    let text = owner.with(|| make().to_html());
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("<!") {
        clean.push_str(before);
        rest = after.split_once('>').map_or("", |(_, tail)| tail);
    }
    clean.push_str(rest);
    clean.split('<').map(class_first).collect::<Vec<_>>().join("<")
}

/// A tag with `class` as its first attribute; Leptos renders it last.
fn class_first(tag: &str) -> String {
    let Some((start, rest)) = tag.split_once(" class=\"") else { return tag.to_owned() };
    let (Some((name, attributes)), Some((class, tail))) = (start.split_once(' '), rest.split_once('"')) else {
        return tag.to_owned();
    };
    format!("{name} class=\"{class}\" {attributes}{tail}")
}

#[track_caller]
fn contains(html: &str, parts: &[&str]) {
    for part in parts {
        assert!(html.contains(part), "no {part:?} in\n{html}");
    }
}

#[test]
fn field_ids_follow_from_names() {
    for (name, id) in [
        ("client_name", "client_name"),
        ("redirect_uris[0]", "redirect_uris-0"),
        ("contacts.security", "contacts-security"),
        ("scope[]", "scope"),
        ("evidence[dspt][day]", "evidence-dspt-day"),
    ] {
        assert_eq!(field_id(name), id);
    }
}

#[test]
fn the_error_summary_links_each_sentence_to_its_field() {
    let problems = vec![
        Problem::new("client_name", NameFault::Missing),
        Problem::new("redirect_uris", ScopeFault::ReasonPrompt("Remove the query from <this>.".into())).at("1"),
    ];
    let text = html(|| view! { <ErrorSummary problems=problems.clone() /> }.into_any());
    contains(
        &text,
        &[
            "data-module=\"nhsuk-error-summary\"",
            "role=\"alert\"",
            "There is a problem",
            "<a href=\"#client_name\">Enter the name that people will see when they sign in.</a>",
            "<a href=\"#redirect_uris-1\">Remove the query from &lt;this&gt;.</a>",
        ],
    );
    assert_eq!(html(|| view! { <ErrorSummary problems=vec![] /> }.into_any()), "");
    assert_eq!(error_for(&problems, "redirect_uris", "1").as_deref(), Some("Remove the query from <this>."));
    assert_eq!(error_for(&problems, "redirect_uris", "0"), None);
}

#[test]
fn a_text_input_ties_label_hint_and_error_to_the_field() {
    let error = Some(String::from("Enter a full address."));
    let text = html(|| {
        view! {
            <TextInput
                name="redirect_uris[0]"
                label="Redirect URI 1"
                hint="For example, https://example.org/callback"
                value="\"><script>"
                error=error
                code=true
                width=20
            />
        }
        .into_any()
    });
    contains(
        &text,
        &[
            "nhsuk-form-group--error",
            "<label class=\"nhsuk-label nhsuk-label--s\" for=\"redirect_uris-0\">Redirect URI 1</label>",
            "<div class=\"nhsuk-hint\" id=\"redirect_uris-0-hint\">",
            "<span class=\"nhsuk-error-message\" id=\"redirect_uris-0-error\">",
            "<span class=\"nhsuk-u-visually-hidden\">Error: </span>Enter a full address.",
            "id=\"redirect_uris-0\"",
            "name=\"redirect_uris[0]\"",
            "aria-describedby=\"redirect_uris-0-hint redirect_uris-0-error\"",
            "aria-invalid=\"true\"",
            "nhsuk-input--width-20",
        ],
    );
    assert!(!text.contains("\"><script>"), "{text}");
    let plain = html(|| view! { <TextInput name="email" label="Email address" label_hidden=true /> }.into_any());
    contains(&plain, &["nhsuk-u-visually-hidden"]);
    for absent in ["aria-describedby", "nhsuk-hint", "error", "autocomplete"] {
        assert!(!plain.contains(absent), "{absent} in {plain}");
    }
}

#[test]
fn a_text_area_counts_characters_and_keeps_what_was_typed() {
    let text =
        html(|| view! { <TextArea name="reason" label="Why" value="</textarea><b>" max=500 rows=8 /> }.into_any());
    contains(
        &text,
        &[
            "data-module=\"nhsuk-character-count\"",
            "data-maxlength=\"500\"",
            "aria-describedby=\"reason-info\"",
            "You can enter up to 500 characters",
            "rows=\"8\"",
            ">\n&lt;/textarea&gt;&lt;b&gt;</textarea>",
        ],
    );
    assert!(!text.contains(" maxlength="), "typing must not be cut: {text}");
}

#[test]
fn a_password_is_never_filled_in_again() {
    let text = html(|| view! { <PasswordInput name="password" label="Password" new=true /> }.into_any());
    contains(
        &text,
        &["type=\"password\"", "autocomplete=\"new-password\"", "nhsuk-js-password-input-toggle", "hidden"],
    );
    assert!(!text.contains("value="), "{text}");
}

fn choices() -> Vec<Choice> {
    vec![Choice::new("openid", "openid"), Choice::new("profile", "profile").hint("Name and NHS number.").chosen(true)]
}

#[test]
fn the_first_radio_carries_the_id_of_the_field() {
    let text = html(|| view! { <Radios name="kind" legend="Which?" choices=choices() /> }.into_any());
    contains(
        &text,
        &[
            "<legend class=\"nhsuk-fieldset__legend nhsuk-fieldset__legend--s\">Which?</legend>",
            "id=\"kind\"",
            "id=\"kind-2\"",
            "checked",
            "aria-describedby=\"kind-2-item-hint\"",
        ],
    );
    assert_eq!(text.matches("checked").count(), 1, "{text}");
}

#[test]
fn each_checkbox_can_be_linked_to_by_its_value() {
    let error = Some(String::from("Choose openid."));
    let text =
        html(|| view! { <Checkboxes name="scope[]" legend="Scopes" choices=choices() error=error /> }.into_any());
    contains(
        &text,
        &[
            "id=\"scope-openid\"",
            "id=\"scope-profile\"",
            "name=\"scope[]\"",
            "aria-describedby=\"scope-error\"",
            "id=\"scope\" tabindex=\"-1\"",
        ],
    );
}

#[test]
fn select_marks_what_was_chosen() {
    let text = html(|| view! { <Select name="environment" label="Environment" choices=choices() /> }.into_any());
    contains(&text, &["<select class=\"nhsuk-select\" id=\"environment\"", "selected"]);
}

#[test]
fn the_error_of_a_date_leads_to_its_day() {
    let error = Some(String::from("Enter a day."));
    let value = [String::new(), "3".into(), "2027".into()];
    let text = html(|| view! { <DateInput name="expires" legend="Expires" value=value error=error /> }.into_any());
    contains(
        &text,
        &[
            "id=\"expires\" name=\"expires[day]\"",
            "id=\"expires-month\" name=\"expires[month]\"",
            "id=\"expires-year\" name=\"expires[year]\"",
            "value=\"2027\"",
            "inputmode=\"numeric\"",
            "id=\"expires-error\"",
            "role=\"group\"",
        ],
    );
}

#[test]
fn forms_are_plain_and_buttons_are_guarded() {
    let text = html(|| {
        view! {
            <Form action="/api/save" multipart=true>
                <Hidden name="version" value="3" />
                <Fieldset legend="Address">"x"</Fieldset>
                <ButtonGroup>
                    <Button>"Save"</Button>
                    <Button kind=ButtonKind::Warning name="then" value="remove" small=true>
                        "Remove"
                    </Button>
                    <LinkButton href="/home" kind=ButtonKind::Secondary>"Cancel"</LinkButton>
                </ButtonGroup>
            </Form>
        }
        .into_any()
    });
    contains(
        &text,
        &[
            "action=\"/api/save\" method=\"post\" enctype=\"multipart/form-data\" novalidate",
            "<input type=\"hidden\" name=\"version\" value=\"3\">",
            "data-prevent-double-click=\"true\"",
            "nhsuk-button nhsuk-button--warning nhsuk-button--small",
            "<a class=\"nhsuk-button nhsuk-button--secondary\"",
            "role=\"button\"",
        ],
    );
    let filter = html(|| view! { <Form action="/history" get=true>"x"</Form> }.into_any());
    contains(&filter, &["method=\"get\""]);
}

#[test]
fn summary_rows_link_to_where_they_are_changed() {
    let rows = vec![
        SummaryRow::new("Client name", "Example <b>").change("/name", "client name"),
        SummaryRow::new("Status", view! { <StatusTag status=Status::Draft /> }),
        SummaryRow::new("Key", "kid").change("/key", "key").action("Download", "/key.pem", "key"),
    ];
    let text = html(|| view! { <SummaryList rows=rows /> }.into_any());
    contains(
        &text,
        &[
            "<a class=\"nhsuk-link\" href=\"/name\">Change<span class=\"nhsuk-u-visually-hidden\"> client name</span></a>",
            "Example &lt;b&gt;",
            "nhsuk-summary-list__row--no-actions",
            "nhsuk-summary-list__actions-list-item",
        ],
    );
}

#[test]
fn tasks_name_their_status() {
    let tasks = vec![
        Task::new("Client name", "/name", Status::Completed),
        Task::new("Public key", "/key", Status::Incomplete).hint("One problem."),
        Task::locked("Submit"),
    ];
    let text = html(|| view! { <TaskList id="draft" tasks=tasks /> }.into_any());
    contains(
        &text,
        &[
            "aria-describedby=\"draft-1-status\"",
            "aria-describedby=\"draft-2-hint draft-2-status\"",
            "id=\"draft-2-hint\"",
            "nhsuk-tag--blue",
            "Cannot start yet",
        ],
    );
    assert_eq!(text.matches("<a ").count(), 2, "a locked task is no link: {text}");
}

#[test]
fn statuses_have_words_and_a_colour_each() {
    let mut labels: Vec<_> = Status::ALL.iter().map(|status| status.label()).collect();
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), Status::ALL.len(), "two statuses share their words");
    for status in Status::ALL {
        let text = html(move || view! { <StatusTag status=status /> }.into_any());
        contains(&text, &["<strong class=\"nhsuk-tag nhsuk-tag--", status.label()]);
    }
    let own = html(|| view! { <Tag colour=Colour::Pink text="Restricted" /> }.into_any());
    assert_eq!(own, "<strong class=\"nhsuk-tag nhsuk-tag--pink\">Restricted</strong>");
}

#[test]
fn table_cells_repeat_their_column_for_narrow_screens() {
    let rows = vec![vec![cell("Sandpit"), cell(view! { <a href="/x">"Open"</a> })]];
    let text =
        html(|| view! { <Table caption="Registrations" columns=vec!["Environment", "Action"] rows=rows /> }.into_any());
    contains(
        &text,
        &[
            "<caption class=\"nhsuk-table__caption\">Registrations</caption>",
            "scope=\"col\"",
            "scope=\"row\"",
            "nhsuk-table__heading",
            "<a href=\"/x\">Open</a>",
        ],
    );
}

#[test]
fn pagination_shows_only_the_ways_that_there_are() {
    let next = html(|| view! { <Pagination next=Some("/history?after=9".to_owned()) /> }.into_any());
    contains(&next, &["rel=\"next\"", "href=\"/history?after=9\"", "aria-label=\"Pagination\""]);
    assert!(!next.contains("rel=\"prev\""), "{next}");
    let both = html(|| view! { <Pagination previous=Some("/a".to_owned()) next=Some("/b".to_owned()) /> }.into_any());
    contains(&both, &["rel=\"prev\"", "rel=\"next\""]);
    assert_eq!(html(|| view! { <Pagination /> }.into_any()), "");
}

#[test]
fn notices_have_their_roles() {
    let text = html(|| {
        view! {
            <NotificationBanner success=true text="Saved." />
            <WarningText heading="Replace this key">"It is known."</WarningText>
            <InsetText>"A tip."</InsetText>
            <Details summary="More" open=true>"Hidden."</Details>
            <Card heading="Service" href="/services/1">"Two registrations."</Card>
            <EmptyState heading="No services" text="Add one." action="Add a service" href="/new" />
        }
        .into_any()
    });
    contains(
        &text,
        &[
            "nhsuk-notification-banner--success",
            "role=\"alert\"",
            "nhsuk-card--warning",
            "Important: ",
            "nhsuk-inset-text",
            "<details class=\"nhsuk-details\" open",
            "nhsuk-card--clickable",
            "href=\"/new\"",
        ],
    );
    let plain = html(|| view! { <NotificationBanner text="Read this." /> }.into_any());
    contains(&plain, &["role=\"region\"", "Important"]);
}

#[test]
fn a_timeline_says_what_when_and_who() {
    let moments = vec![Moment {
        at: datetime!(2026-03-03 14:05 UTC),
        title: "Submitted".into(),
        by: "Priya Shah".into(),
        detail: Some("Revision 2".into_any()),
    }];
    let text = html(|| view! { <Timeline moments=moments /> }.into_any());
    contains(
        &text,
        &["<time datetime=\"2026-03-03T14:05:00Z\">3 March 2026 at 2:05pm GMT</time> by Priya Shah", "Revision 2"],
    );
}

#[test]
fn a_difference_is_told_in_words() {
    let old = ["https://a.example/cb".to_owned(), "https://b.example/cb".to_owned()];
    let new = ["https://b.example/cb".to_owned(), "https://c.example/cb".to_owned()];
    let field = DiffField::between("Redirect URIs", &old, &new);
    assert_eq!(
        field.lines.iter().map(|(change, _)| *change).collect::<Vec<_>>(),
        [Change::Removed, Change::Unchanged, Change::Added]
    );
    assert!(field.changed());
    assert!(!DiffField::between("Same", &old, &old).changed());
    let text = html(|| view! { <Diff fields=vec![field] /> }.into_any());
    contains(
        &text,
        &[
            "Removed: </span>https://a.example/cb",
            "Unchanged: </span>https://b.example/cb",
            "Added: </span>https://c.example/cb",
        ],
    );
}

#[test]
fn what_can_be_copied_is_also_there_to_read() {
    let text = html(|| {
        view! {
            <CodeBlock code="openssl genrsa 2048 > \"k\"" about="commands" />
            <Copyable value="abc-123" about="client_id" />
        }
        .into_any()
    });
    contains(
        &text,
        &[
            "aria-label=\"Copy commands\"",
            "openssl genrsa 2048 &gt; \"k\"</code>",
            "<code class=\"app-copy__value\">abc-123</code>",
            "data-copy=\"abc-123\"",
            "data-copied=\"client_id copied.\"",
        ],
    );
}

#[test]
fn the_header_names_the_person_and_signs_out_by_post() {
    let chrome = Chrome {
        person: Some(Person {
            name: "Priya Shah".into(),
            role: "Owner".into(),
            organisation: Some("Leeds <Trust>".into()),
        }),
        navigation: vec![
            NavLink { text: "Home".into(), href: "/home".into(), current: Some("page") },
            NavLink { text: "History".into(), href: "/history".into(), current: None },
        ],
        session_seconds: None,
    };
    let text = html(|| {
        view! {
            <Header chrome=chrome />
            <Footer contact="help@example.org" />
            <Breadcrumbs crumbs=vec![Crumb::new("Home", "/home"), Crumb::new("Service", "/services/1")] />
        }
        .into_any()
    });
    contains(
        &text,
        &[
            "Priya Shah",
            "Owner, Leeds &lt;Trust&gt;",
            "action=\"/api/sign-out\" method=\"post\"",
            "aria-current=\"page\"",
            "href=\"/accessibility\"",
            "<a href=\"mailto:help@example.org\">help@example.org</a>",
            "<span class=\"nhsuk-u-visually-hidden\">Back to </span>Service",
        ],
    );
    assert_eq!(text.matches("aria-current").count(), 1, "{text}");
    let visitor = html(|| view! { <Header chrome=Chrome::default() /> }.into_any());
    contains(&visitor, &["href=\"/sign-in\"", "href=\"/sign-up\""]);
    assert!(!visitor.contains("sign-out"), "{visitor}");
}

#[test]
fn a_page_says_in_its_title_that_it_was_refused() {
    let text = html(|| {
        leptos_meta::provide_meta_context();
        view! { <Page title="Public key" error=true>"Body"</Page> }.into_any()
    });
    contains(&text, &["<main class=\"nhsuk-main-wrapper\" id=\"maincontent\">", "Body"]);
    assert_eq!(super::layout::title_text("Public key", true), format!("Error: Public key - {SERVICE_NAME} - NHS"));
    assert!(!super::layout::title_text("</title><script>", false).contains('<'));
}
