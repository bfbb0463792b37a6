//! What a search of the history asks for: read from the address bar, by the page and by its download alike.

use crate::ui::midnight;
use domain::{policy::EnvironmentPolicy, private_key, problem::Problem, rule::EntryFault};
use store::read::{HistoryFilter, PAGE_ROWS};
use time::{Date, Month};

/// The most entries in one download.
pub const MOST_IN_A_FILE: usize = 10_000;
/// The most pages that one file reads. A page may show few rows of many that it looked at.
pub(crate) const MOST_PAGES: usize = MOST_IN_A_FILE / PAGE_ROWS + 100;

/// The types of events that can be filtered by: of registrations, of organisations, of accounts, and
/// of all three.
pub const ACTIONS: [&str; 71] = [
    "started",
    "saved",
    "changes_discarded",
    "challenged",
    "possession_proved",
    "key_endorsed",
    "key_leaked",
    "submitted",
    "withdrawn",
    "approved",
    "changes_requested",
    "rejected",
    "published",
    "publication_failed",
    "newer_generation_found",
    "republished",
    "suspended",
    "reinstatement_proposed",
    "reinstatement_dropped",
    "reinstated",
    "retired",
    "created",
    "organisation_changed",
    "contacts_changed",
    "confirmed",
    "service_added",
    "service_changed",
    "member_added",
    "role_changed",
    "member_removed",
    "member_left",
    "member_invited",
    "invitation_sent_again",
    "invitation_withdrawn",
    "invitation_accepted",
    "invitation_declined",
    "ownership_offered",
    "ownership_offer_withdrawn",
    "ownership_handed_over",
    "ownership_offer_declined",
    "join_requested",
    "join_request_withdrawn",
    "join_agreed",
    "join_declined",
    "join_decided",
    "token_made",
    "token_taken_over",
    "token_ended",
    "signed_up",
    "signed_up_again",
    "granted",
    "set_up",
    "verified",
    "reset_asked",
    "password_reset",
    "password_changed",
    "second_factor_set",
    "second_factor_removed",
    "recovery_code_used",
    "reauthenticated",
    "signed_in",
    "signed_out",
    "signed_out_everywhere",
    "role_proposed",
    "role_confirmed",
    "role_dropped",
    "disabled",
    "enabled",
    "renamed",
    "recovered",
    "text_erased",
];

/// What the history is about, by the kind of what it happened to.
pub const KINDS: [(&str, &str); 3] =
    [("registration", "Registrations"), ("organisation", "Organisations"), ("account", "Accounts")];

/// How much of an address is looked through for a private key, in bytes: anybody may send one, to any page, and whatever
/// holds a key shows it by its beginning.
const LOOKED_AT: usize = 1024;

/// Whether a private key begins in the text.
pub fn is_private(text: &str) -> bool {
    private_key::found_in(&text[..text.floor_char_boundary(LOOKED_AT)])
}

/// A text from the address bar without controls, of which the database takes not all; nothing of it where it holds a
/// private key (threat 12), or where it is longer than anything that is looked for.
pub fn visible(text: String) -> String {
    match text.len() > LOOKED_AT || is_private(&text) {
        true => String::new(),
        false => text.replace(char::is_control, ""),
    }
}

/// A value that is given at all.
pub fn given(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// A choice out of those that a list offers. What is none of them restricts nothing, as the list shows *all* then.
pub fn chosen<'a>(value: &str, mut choices: impl Iterator<Item = &'a str>) -> Option<String> {
    choices.find(|choice| *choice == value).map(str::to_owned)
}

/// The name of a configured environment.
pub fn environment(value: &str, environments: &[EnvironmentPolicy]) -> Option<String> {
    chosen(value, environments.iter().map(|policy| policy.name.as_str()))
}

/// What the address bar asks for, by the names of the inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub(crate) kind: String,
    pub(crate) action: String,
    pub(crate) organisation: String,
    pub(crate) registration: String,
    pub(crate) person: String,
    pub(crate) environment: String,
    pub(crate) client_id: String,
    pub(crate) search: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

impl Asked {
    /// Reads each input by its name.
    pub fn read(of: impl Fn(&str) -> String) -> Self {
        let of = |name: &str| of(name).trim().to_owned();
        Self {
            kind: of("kind"),
            action: of("action"),
            organisation: of("organisation"),
            registration: of("registration"),
            person: of("person"),
            environment: of("environment"),
            client_id: of("client_id"),
            search: of("search"),
            from: of("from"),
            to: of("to"),
        }
    }

    /// The inputs again, by their names.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        vec![
            ("search", self.search.clone()),
            ("kind", self.kind.clone()),
            ("action", self.action.clone()),
            ("environment", self.environment.clone()),
            ("client_id", self.client_id.clone()),
            ("organisation", self.organisation.clone()),
            ("registration", self.registration.clone()),
            ("person", self.person.clone()),
            ("from", self.from.clone()),
            ("to", self.to.clone()),
        ]
    }

    /// Whether anything is asked for at all.
    pub fn is_any(&self) -> bool {
        *self != Self::default()
    }

    /// The filter, and what could not be read.
    pub fn filter(&self, environments: &[EnvironmentPolicy]) -> (HistoryFilter, Vec<Problem>) {
        let mut problems = Vec::new();
        let (from, to) = (day("from", &self.from, &mut problems), day("to", &self.to, &mut problems));
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            problems.push(Problem::new("to", EntryFault::DateOrder));
        }
        let filter = HistoryFilter {
            kind: chosen(&self.kind, KINDS.iter().map(|(kind, _)| *kind)),
            event_type: chosen(&self.action, ACTIONS.into_iter()),
            subject: None,
            organisation: id("organisation", "an organisation", &self.organisation, &mut problems),
            registration: id("registration", "a registration", &self.registration, &mut problems),
            person: id("person", "a person", &self.person, &mut problems),
            environment: environment(&self.environment, environments),
            client_id: given(&self.client_id),
            search: self.search.clone(),
            from: from.map(midnight),
            to: to.and_then(Date::next_day).map(midnight),
        };
        (filter, problems)
    }
}

fn id<T: std::str::FromStr>(field: &str, what: &str, typed: &str, problems: &mut Vec<Problem>) -> Option<T> {
    let typed = given(typed)?;
    let parsed = typed.parse().ok();
    if parsed.is_none() {
        problems.push(Problem::new(field, EntryFault::Id(what.to_owned())));
    }
    parsed
}

fn day(field: &str, typed: &str, problems: &mut Vec<Problem>) -> Option<Date> {
    let typed = given(typed)?;
    let parsed =
        domain::evidence::parse_date(&typed).or_else(|| british_date(&typed)).or_else(|| date_in_words(&typed));
    if parsed.is_none() {
        problems.push(Problem::new(field, EntryFault::Date));
    }
    parsed
}

/// `27/3/2026`.
fn british_date(typed: &str) -> Option<Date> {
    let mut parts = typed.split('/').map(str::trim);
    let (day, month, year) =
        (parts.next()?.parse().ok()?, parts.next()?.parse::<u8>().ok()?, parts.next()?.parse().ok()?);
    Date::from_calendar_date(year, month.try_into().ok()?, day).ok().filter(|_| parts.next().is_none())
}

/// `27 March 2026`, as the pages write it.
fn date_in_words(typed: &str) -> Option<Date> {
    let mut parts = typed.split_whitespace();
    let (day, name, year) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?.parse().ok()?);
    let mut months = (1..=12).filter_map(|number| Month::try_from(number).ok());
    let month = months.find(|month| month.to_string().eq_ignore_ascii_case(name))?;
    Date::from_calendar_date(year, month, day).ok().filter(|_| parts.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(from: &str, to: &str) -> Vec<String> {
        let asked = Asked { from: from.into(), to: to.into(), ..Asked::default() };
        asked.filter(&[]).1.into_iter().map(|problem| format!("{} {}", problem.field, problem.rule.name())).collect()
    }

    #[test]
    fn a_date_is_taken_as_the_pages_write_it() {
        let of = |from: &str| Asked { from: from.into(), ..Asked::default() }.filter(&[]).0.from;
        assert!(of("8 November 2026").is_some());
        assert_eq!(of("8 november 2026"), of("2026-11-08"));
        assert_eq!(problems("31 November 2026", "8 Nov of 2026"), ["from date", "to date"]);
    }

    #[test]
    fn an_end_before_the_beginning_is_said() {
        assert_eq!(problems("9/11/2026", "8/11/2026"), ["to date-order"]);
        assert_eq!(problems("8/11/2026", "8/11/2026"), [""; 0]);
    }

    #[test]
    fn what_no_list_offers_restricts_nothing() {
        let policies = EnvironmentPolicy::nhs_login();
        let of = |value: &str| {
            let value = value.to_owned();
            let asked = Asked { kind: value.clone(), action: value.clone(), environment: value, ..Asked::default() };
            asked.filter(&policies).0
        };
        assert_eq!(of("nonsense"), HistoryFilter::default());
        assert_eq!(of("live").environment.as_deref(), Some("live"));
        assert_eq!(of("retired").event_type.as_deref(), Some("retired"));
    }
}
