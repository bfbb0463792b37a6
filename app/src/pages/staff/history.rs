//! The history: everything that happened, in words, with the exact bytes behind each line.

use super::{
    Names, account_in,
    endorsement::signatures,
    filters::{Filters, choices, download, environment_choices, list_page},
    kit::environment_tag,
    words::{self, action, action_code, called, count, quoted, said, sentence},
};
use crate::{
    api::{registrations::environments, staff_reads},
    pages::frame::{Page, page, param, query},
    reading::asked::{ACTIONS, Asked, KINDS, MOST_IN_A_FILE},
    ui::{
        CodeBlock, Copyable, DateTime, Details, Diff, DiffField, EmptyState, InsetText, Select, SummaryList,
        SummaryRow, Table, TextInput, address, cell, paragraphs,
    },
};
use domain::{person_name::PersonName, policy::EnvironmentPolicy, problem::Problem};
use leptos::prelude::*;
use store::read::{Author, EntryDetails, EntryRow, HistoryFound};

const PATH: &str = "/history";

/// `/history`.
#[component]
pub fn HistoryPage() -> impl IntoView {
    let asked = Asked::read(query);
    page(async move {
        let environments = environments()?;
        let (filter, problems) = asked.filter(&environments);
        let (found, names) = match problems.is_empty() {
            true => staff_reads::history(&filter, &query("after")).await?,
            // More than was asked for would be taken for the answer.
            false => (nothing(), Names::new()),
        };
        let reader = Reader { environments, names, staff: staff_reads::is_staff() };
        Ok(page_of(&asked, found, &reader, &problems).problems(problems))
    })
}

fn nothing() -> HistoryFound {
    HistoryFound {
        page: store::read::Page::of(Vec::new()),
        too_common: Vec::new(),
        has_no_word: false,
        not_all_organisations: false,
    }
}

/// What entries are shown with: who reads, and the names that they may know.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The configured environments.
    pub environments: Vec<EnvironmentPolicy>,
    /// Names of the accounts that entries are about.
    pub names: Names,
    /// Whether the reader is staff.
    pub staff: bool,
}

/// The page of a search.
fn page_of(asked: &Asked, found: HistoryFound, reader: &Reader, problems: &[Problem]) -> Page {
    let staff = reader.staff;
    let hints = hints(&found);
    let found = found.page;
    let rows: Vec<_> = found.rows.iter().map(|entry| row(entry, reader)).collect();
    let list = match rows.is_empty() {
        true if !problems.is_empty() => view! {
            <EmptyState
                heading="No entries are shown"
                text="Fix what is wrong in the filters, or clear them, to see entries."
                action="Clear the filters"
                href=PATH
            />
        }
        .into_any(),
        true => view! {
            <EmptyState
                heading="No entries match"
                text="Search for other words, choose a longer period, or clear the filters."
                action="Clear the filters"
                href=PATH
            />
        }
        .into_any(),
        false => {
            let columns = vec!["When", "What happened", "Who", "About"];
            view! { <Table caption="History" hide_caption=true columns=columns rows=rows /> }.into_any()
        }
    };
    let pairs = asked.pairs();
    let whose = match staff {
        true => "All activity, newest first.",
        false => "All activity on your services and your account, newest first.",
    };
    let fields = fields(asked, &reader.environments, staff, problems);
    let limit = found.next.is_some().then(|| {
        format!(
            "The file holds at most {MOST_IN_A_FILE} entries, newest first. If there are more, its last row says so."
        )
    });
    let body = view! {
        <p class="nhsuk-lede-text">
            {whose} " Entries are only ever added, never changed."
        </p>
        <Filters action=PATH active=asked.is_any()>{fields}</Filters>
        {hints}
        {list_page(list, PATH, &pairs, &found)}
        {problems.is_empty().then(|| download(PATH, &pairs))}
        {limit.map(|sentence| view! { <p class="app-sub">{sentence}</p> })}
    };
    Page::new("History", body).wide()
}

/// What the reader has to know of how far the search got.
fn hints(found: &HistoryFound) -> Vec<AnyView> {
    let mut sentences = Vec::new();
    if let [words @ .., last] = found.too_common.as_slice() {
        let words = words.iter().map(|word| format!("“{word}”, ")).collect::<String>();
        sentences.push(format!(
            "Many words begin with {words}“{last}”, so not all of them were searched for. Enter more letters."
        ));
    }
    if found.has_no_word {
        sentences.push("Enter a word of at least two letters or digits.".to_owned());
    }
    if found.not_all_organisations {
        sentences.push(
            "You belong to many organisations, and your search looked at the newest ones. Enter the ID of an \
             organisation to search it."
                .to_owned(),
        );
    }
    sentences.into_iter().map(|sentence| view! { <InsetText>{sentence}</InsetText> }.into_any()).collect()
}

fn fields(asked: &Asked, environments: &[EnvironmentPolicy], staff: bool, problems: &[Problem]) -> AnyView {
    let problems = problems.to_vec();
    let error = move |field: &str| problems.iter().find(|problem| problem.field == field).map(Problem::message);
    let labels: Vec<(&str, String)> = ACTIONS.iter().map(|name| (*name, action(name))).collect();
    let actions = choices(&asked.action, "Every action", labels.iter().map(|(name, label)| (*name, label.as_str())));
    let kinds = choices(&asked.kind, "Everything", KINDS.into_iter());
    let environments = environment_choices(&asked.environment, environments);
    let ids = asked.clone();
    let narrowed = [&asked.organisation, &asked.registration, &asked.person, &asked.client_id, &asked.from, &asked.to]
        .iter()
        .any(|value| !value.is_empty());
    let person = staff.then(|| {
        let (value, error) = (ids.person.clone(), error("person"));
        let label = "ID of the person who did this, or whose account it affected";
        view! { <TextInput name="person" label=label code=true value=value error=error /> }
    });
    view! {
        <TextInput
            name="search"
            label="Search"
            hint="Words or their beginnings, an email address, an ID or a client_id"
            kind="search"
            value=asked.search.clone()
        />
        <Select name="kind" label="About" choices=kinds />
        <Select name="action" label="Action" choices=actions />
        <Select name="environment" label="Environment" choices=environments />
        <div class="app-filters__more">
            <Details summary="Dates and IDs" open=narrowed>
                <div class="app-filters__fields">
                    <TextInput name="from" label="From (UK time)" hint="For example, 27/3/2026" value=ids.from.clone() error=error("from") />
                    <TextInput name="to" label="To (inclusive, UK time)" hint="For example, 27/3/2026" value=ids.to.clone() error=error("to") />
                    <TextInput name="client_id" label="client_id" code=true value=ids.client_id.clone() />
                    <TextInput name="organisation" label="Organisation ID" code=true value=ids.organisation.clone() error=error("organisation") />
                    <TextInput name="registration" label="Registration ID" code=true value=ids.registration.clone() error=error("registration") />
                    {person}
                </div>
            </Details>
        </div>
    }
    .into_any()
}

fn row(entry: &EntryRow, reader: &Reader) -> Vec<AnyView> {
    let href = format!("{PATH}/{}", entry.index);
    let at = entry.at;
    let quotes: Vec<_> = quoted(&entry.happened)
        .into_iter()
        .map(|(title, text)| {
            let one_line = shortened(&text, 160);
            view! { <div class="app-sub">{format!("{title}: “{one_line}”")}</div> }
        })
        .collect();
    vec![
        cell(view! {
            <a href=href><DateTime at=at /></a>
            <div class="app-sub">{format!("Entry {}", entry.index)}</div>
        }),
        cell(view! { {sentence(entry, &reader.environments)} {quotes} }),
        cell(who(entry)),
        about(entry, reader),
    ]
}

/// Who did it, and in which role; below an automatic approval, whose submission it was.
fn who(entry: &EntryRow) -> AnyView {
    let role = || entry.then.actor_role.and_then(|role| role.word()).map(str::to_owned);
    let (name, below) = match (entry.by_rules, &entry.author) {
        (true, author) => {
            ("Approved automatically".to_owned(), Some(format!("After {} submitted it", words::who(author))))
        }
        // Their name says it already.
        (false, Author::Person { then, .. }) if then.says_staff() => (words::who(&entry.author), None),
        (false, author) => (words::who_first(author), role()),
    };
    let below = [below, words::with_token(entry)].into_iter().flatten();
    view! {
        {name}
        {below.map(|below| view! { <div class="app-sub">{below}</div> }).collect_view()}
    }
    .into_any()
}

/// The first characters of a text, on one line.
fn shortened(text: &str, most: usize) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Where the thing that an entry is about is shown, for this reader.
fn subject_page(entry: &EntryRow, staff: bool) -> Option<String> {
    let id = &entry.subject;
    match (entry.kind.as_str(), staff) {
        ("registration", true) if !matches!(entry.event_type.as_str(), "started" | "saved" | "challenged") => {
            Some(format!("/admin/reviews/{id}"))
        }
        ("registration", _) => Some(format!("/registrations/{id}")),
        ("organisation", true) => Some(format!("/admin/organisations/{id}")),
        ("organisation", false) => Some(format!("/organisations/{id}")),
        ("account", true) => Some(format!("/admin/people/{id}")),
        ("account", false) => Some("/account".into()),
        _ => None,
    }
}

/// What it is about, by the names of then, with today's beside those that are others now.
fn about(entry: &EntryRow, reader: &Reader) -> AnyView {
    let then = &entry.then;
    let account = account_in(entry).and_then(|account| reader.names.get(&account));
    let account = person(entry.person.as_ref(), account);
    let service = called(then.service.as_ref(), entry.service_name.as_deref());
    let organisation = called(then.organisation.as_ref(), entry.organisation_name.as_deref());
    let (name, below) = match (service, organisation) {
        (Some(service), owner) if entry.kind == "registration" => (service, owner),
        (_, Some(organisation)) => (organisation, account),
        (Some(_), None) | (None, None) if entry.kind != "account" => ("Something".into(), None),
        (_, None) if reader.staff => (account.unwrap_or_else(|| "An account".into()), Some("Account".into())),
        (_, None) => ("Your account".into(), None),
    };
    let client = then.client_name.as_ref().map(|name| format!("Client “{}”", said(name)));
    let name = match subject_page(entry, reader.staff) {
        Some(href) => view! { <a href=href>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    let environment = entry.environment.as_ref().map(|name| environment_tag(name, &reader.environments));
    cell(view! {
        {name}
        {below.map(|below| view! { <div class="app-sub">{below}</div> })}
        {client.map(|client| view! { <div class="app-sub">{client}</div> })}
        {environment.map(|tag| view! { <div>{tag}</div> })}
    })
}

/// A person by the name of then and, where it is another one, that of today; else by today's, with what they are today.
fn person(then: Option<&PersonName>, now: Option<&PersonName>) -> Option<String> {
    match (then, now) {
        (Some(then), Some(now)) if then.as_typed() != now.as_typed() => Some(format!("{then} (now: {now})")),
        (then, now) => now.or(then).map(ToString::to_string),
    }
}

/// `/history/:index`.
#[component]
pub fn EntryPage() -> impl IntoView {
    let index = param("index");
    page(async move {
        let (details, change, names) = staff_reads::entry(&index).await?;
        let reader = Reader { environments: environments()?, names, staff: staff_reads::is_staff() };
        Ok(entry_page(&details, change, &reader))
    })
}

fn entry_page(details: &EntryDetails, change: Option<DiffField>, reader: &Reader) -> Page {
    let entry = &details.row;
    let at = entry.at;
    let rows = vec![
        SummaryRow::new("When", view! { <DateTime at=at /> }),
        SummaryRow::new("Who", who(entry)),
        SummaryRow::new("About", about(entry, reader)),
        SummaryRow::new("Kind and action", format!("{}, {}", entry.kind, action(action_code(entry)).to_lowercase())),
        SummaryRow::new("ID", view! { <Copyable value=entry.subject.clone() about="ID" /> }),
    ];
    let quotes: Vec<_> = quoted(&entry.happened)
        .into_iter()
        .map(|(title, text)| {
            let text = paragraphs(&text);
            view! {
                <h2 class="nhsuk-heading-s">{title}</h2>
                <blockquote class="app-quote">{text}</blockquote>
            }
        })
        .collect();
    let change = change.map(|field| {
        view! {
            <h2 class="nhsuk-heading-m">"Before and after"</h2>
            <Diff fields=vec![field] />
        }
    });
    let index = entry.index;
    let neighbours = address(PATH, &[("kind", &entry.kind), (kind_filter(entry), &entry.subject)]);
    let body = view! {
        <p class="nhsuk-lede-text">{sentence(entry, &reader.environments)}</p>
        <SummaryList rows=rows />
        {quotes}
        {change}
        {signatures(details)}
        {proof(details)}
        {texts(details)}
        <p><a href=neighbours>"Other entries for this item"</a></p>
    };
    Page::new(format!("Entry {index} of the history"), body).under("History", PATH)
}

/// The filter that finds other entries about the same thing.
fn kind_filter(entry: &EntryRow) -> &'static str {
    match entry.kind.as_str() {
        "registration" => "registration",
        "organisation" => "organisation",
        _ => "person",
    }
}

fn proof(details: &EntryDetails) -> AnyView {
    let leaf = details.leaf.clone();
    let hash = details.leaf_hash.clone();
    let file = format!("entry-{}.json", details.row.index);
    let commands = format!(
        "# Save the exact bytes above, without a final newline, as {file}, then:\n\
         {{ printf '\\000'; cat {file}; }} | openssl dgst -sha256\n\
         # It prints the leaf hash:\n\
         # {hash}"
    );
    view! {
        <h2 class="nhsuk-heading-m">"The exact bytes"</h2>
        <p>
            "The history keeps this entry byte for byte. Texts and personal data are not in it: it holds a salted \
             SHA-256 of each, so that a text can be erased without changing the record."
        </p>
        <CodeBlock code=leaf about="exact bytes" />
        <h2 class="nhsuk-heading-m">"The leaf hash"</h2>
        <p><Copyable value=hash about="leaf hash" /></p>
        <Details summary="Compute the leaf hash yourself">
            <p>
                "It is SHA-256 of one zero byte followed by the exact bytes, as in RFC 6962, section 2.1. With openssl:"
            </p>
            <CodeBlock code=commands about="commands" />
            <p>
                "This shows that the bytes and the hash belong together. It cannot show that no other entry is missing or was \
                 replaced: the portal publishes no checkpoints and no proofs yet."
            </p>
        </Details>
    }
    .into_any()
}

fn texts(details: &EntryDetails) -> Option<AnyView> {
    if details.texts.is_empty() {
        return None;
    }
    let rows: Vec<_> = details
        .texts
        .iter()
        .map(|text| {
            let shown = match &text.text {
                _ if text.altered => "This text was altered after it was recorded: it does not have the hash in the \
                                      entry. Tell the team that runs the portal."
                    .into_any(),
                Some(words) => {
                    let words = words.clone();
                    view! { <div class="app-scroll app-typed">{words}</div> }.into_any()
                }
                None if text.withheld => "Only NHS login staff can read this text. The hash in the entry \
                                          stays."
                    .into_any(),
                None => match text.remains.clone() {
                    Some(words) => view! {
                        <p>"Part of this text was erased. The hash in the entry stays. What is left:"</p>
                        <div class="app-scroll app-typed">{words}</div>
                    }
                    .into_any(),
                    None => "Erased. The hash in the entry stays.".into_any(),
                },
            };
            vec![
                cell(view! { <code>{text.pointer.clone()}</code> }),
                cell(shown),
                cell(text.salt.clone().map(|salt| view! { <code>{salt}</code> })),
            ]
        })
        .collect();
    let caption = count(details.texts.len(), "text behind the hashes", "texts behind the hashes");
    let commands = "# SALT and TEXT as above; the result is the $sha256 in the exact bytes:\n\
                    { printf '%s' \"$SALT\" | xxd -r -p; printf '%s' \"$TEXT\"; } | openssl dgst -sha256";
    Some(
        view! {
            <Table caption=caption columns=vec!["Place in the entry", "Text", "Salt"] rows=rows />
            <Details summary="Check a text against its hash">
                <InsetText>
                    <p>"Each hash is SHA-256 of the 16 bytes of the salt followed by the text in UTF-8."</p>
                </InsetText>
                <CodeBlock code=commands about="commands" />
            </Details>
        }
        .into_any(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use domain::actor::StaffRole;
    use time::macros::datetime;

    fn html(asked: &Asked, rows: Vec<EntryRow>, staff: bool) -> String {
        let found = HistoryFound { page: store::read::Page { rows, ..nothing().page }, ..nothing() };
        samples::html(|| page_of(asked, found, &reader(staff), &asked.filter(&EnvironmentPolicy::nhs_login()).1).body)
    }

    fn reader(staff: bool) -> Reader {
        let nia = samples::person_view().account.id;
        let names = if staff { [(nia, samples::shown("Nia New", None))].into() } else { Names::new() };
        Reader { environments: EnvironmentPolicy::nhs_login(), names, staff }
    }

    #[test]
    fn staff_see_whose_account_it_is() {
        let mut entry = samples::entry_of("account", serde_json::json!({"type": "disabled"}));
        entry.subject = samples::person_view().account.id.to_string();
        (entry.service_name, entry.organisation_name, entry.environment) = (None, None, None);
        entry.then = store::read::Then::default();
        assert!(html(&Asked::default(), vec![entry.clone()], true).contains("Nia New"));
        assert!(html(&Asked::default(), vec![entry], false).contains("Your account"));
    }

    fn asked(pairs: &[(&str, &str)]) -> Asked {
        let of = |name: &str| pairs.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value).to_owned();
        Asked::read(of)
    }

    #[test]
    fn an_entry_is_a_sentence_with_who_when_and_what_about() {
        let html = html(&Asked::default(), vec![samples::entry()], true);
        for expected in [
            "Rejected revision 2.",
            "No legal basis &lt;yet&gt;",
            "Ada Adams",
            "Prescriptions",
            "Riverside Health",
            "3 March 2026 at midday GMT",
            "/history/7\"",
            "/admin/reviews/",
        ] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
    }

    /// A page tells the past by the names of the past, whoever reads it.
    #[test]
    fn what_was_confirmed_is_named_as_it_was_then() {
        let mut entry = samples::entry_of("organisation", serde_json::json!({"type": "confirmed"}));
        (entry.service_name, entry.then.service, entry.environment) = (None, None, None);
        entry.organisation_name = Some("St Mary’s Hospital".into());
        entry.then.ods_code = Some("X26".into());
        let then = samples::shown("Ada Adams", Some(StaffRole::Admin));
        entry.author = Author::Person { then, now: Some(samples::shown("Ada Brown", None)) };
        for staff in [true, false] {
            let html = html(&Asked::default(), vec![entry.clone()], staff);
            for expected in [
                "Confirmed the organisation Riverside Health (now: St Mary’s Hospital), with ODS code X26.",
                "Ada Adams (NHS login admin) (now: Ada Brown)",
            ] {
                assert!(html.contains(expected), "{expected} is missing in {html}");
            }
            assert!(!html.replace("(now: St Mary’s Hospital)", "").contains("St Mary’s Hospital"), "{html}");
        }
    }

    #[test]
    fn partners_are_led_to_their_own_pages() {
        let html = html(&Asked::default(), vec![samples::entry()], false);
        assert!(html.contains("/registrations/") && !html.contains("/admin/"), "{html}");
        assert!(!html.contains("name=\"person\""));
    }

    #[test]
    fn the_download_keeps_the_search() {
        let html = html(&asked(&[("action", "rejected"), ("search", "a b")]), vec![], true);
        assert!(html.contains("/history.csv?search=a%20b&amp;action=rejected"), "{html}");
        assert!(html.contains("No entries match"));
    }

    #[test]
    fn a_search_that_stopped_before_the_end_says_so() {
        let show = |found: HistoryFound| samples::html(|| page_of(&Asked::default(), found, &reader(true), &[]).body);
        let page = store::read::Page { next: Some("a.5.".into()), further: Some("a.5.".into()), ..nothing().page };
        let empty = HistoryFound { page: page.clone(), ..nothing() };
        let html = show(empty);
        assert!(html.contains("Nothing matches so far") && html.contains("Search further"), "{html}");
        let page = store::read::Page { rows: vec![samples::entry()], ..page };
        let words = vec!["st".into(), "re".into()];
        let some = HistoryFound { page, too_common: words, has_no_word: true, not_all_organisations: true };
        let html = show(some);
        for expected in [
            "There may be more: this page",
            "begin with “st”, “re”, so not all",
            "the newest ones",
            "at least two letters",
        ] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
        assert!(!show(nothing()).contains("so far"));
    }

    #[test]
    fn days_are_inclusive_and_begin_when_they_begin_in_the_united_kingdom() {
        let (filter, problems) = asked(&[("from", "2026-03-01"), ("to", "2026-03-01")]).filter(&[]);
        assert_eq!(problems, []);
        assert_eq!(filter.from, Some(datetime!(2026-03-01 0:00 UTC)));
        assert_eq!(filter.to, Some(datetime!(2026-03-02 0:00 UTC)));
        let (typed, _) = asked(&[("from", "1/3/2026"), ("to", "01/03/2026")]).filter(&[]);
        assert_eq!(typed, filter, "as people write it");
        let (filter, _) = asked(&[("from", "2026-07-01"), ("to", "2026-07-01")]).filter(&[]);
        assert_eq!(filter.from, Some(datetime!(2026-06-30 23:00 UTC)));
        assert_eq!(filter.to, Some(datetime!(2026-07-01 23:00 UTC)));
    }

    #[test]
    fn what_cannot_be_read_is_said_at_its_field() {
        let (filter, problems) = asked(&[("from", "yesterday"), ("registration", "x")]).filter(&[]);
        assert_eq!((filter.from, filter.registration), (None, None));
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["from", "registration"], "in the order of the page");
        let html = html(&asked(&[("from", "yesterday"), ("registration", "x")]), vec![], true);
        for id in ["from-error", "registration-error", "value=\"yesterday\""] {
            assert!(html.contains(id), "{id} is missing in {html}");
        }
        assert!(!html.contains("history.csv") && html.contains("No entries are shown"), "{html}");
    }

    #[test]
    fn what_the_rules_approved_is_not_the_submitters_deed() {
        let mut entry = samples::entry();
        entry.author = Author::Person { then: samples::shown("Priya Shah", None), now: None };
        entry.by_rules = true;
        let html = html(&Asked::default(), vec![entry], true);
        assert!(html.contains("Approved automatically") && html.contains("After Priya Shah submitted it"), "{html}");
    }

    #[test]
    fn an_entry_shows_its_bytes_and_how_to_hash_them() {
        let text = |text: Option<&str>, altered| store::read::EntryText {
            pointer: "/reason".into(),
            salt: text.map(|_| "00ff".to_owned()),
            text: text.map(str::to_owned),
            altered,
            remains: None,
            withheld: false,
        };
        let details = EntryDetails {
            row: samples::entry(),
            leaf: "{\"v\":1}".into(),
            leaf_hash: "ab".repeat(32),
            texts: vec![text(None, false), text(Some("Forged."), true)],
        };
        let change = Some(DiffField::between("Redirect URIs", &["old".to_owned()], &["new".to_owned()]));
        let html = samples::html(|| entry_page(&details, change, &reader(true)).body);
        for expected in
            ["{\"v\":1}", &"ab".repeat(32), "openssl dgst -sha256", "/reason", "Erased.", "altered after", "Removed: "]
        {
            let escaped = expected.replace('"', "&quot;");
            assert!(html.contains(expected) || html.contains(&escaped), "{expected} is missing in {html}");
        }
        assert!(!html.contains("Forged."), "{html}");
    }

    #[test]
    fn every_type_of_event_can_be_filtered_by() {
        let known: std::collections::BTreeSet<_> = ACTIONS.iter().copied().collect();
        let types = super::super::words::every_type();
        let missing: Vec<_> = types.iter().filter(|one| !known.contains(one.as_str())).collect();
        assert_eq!(missing, Vec::<&String>::new());
        assert_eq!(known.len(), types.len());
    }

    #[test]
    fn long_texts_are_shortened_at_a_character() {
        assert_eq!(shortened("aé\n b", 2), "aé…");
        assert_eq!(shortened("a b", 3), "a b");
    }
}
