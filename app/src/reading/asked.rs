//! What a search of the history asks for: read from the address bar, by the page and by its download alike.

use crate::ui::midnight;
use domain::{private_key, problem::Problem};
use store::read::HistoryFilter;
use time::Date;

/// The most entries in one download.
pub const MOST_IN_A_FILE: usize = 10_000;

/// A text from the address bar without controls, of which the database takes not all; nothing of it where it holds a
/// private key (threat 12).
pub fn visible(text: String) -> String {
    match private_key::found_in(&text) {
        true => String::new(),
        false => text.replace(char::is_control, ""),
    }
}

/// A value that is given at all.
pub fn given(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
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

    /// The filter, and what could not be read; that part then restricts nothing.
    pub fn filter(&self) -> (HistoryFilter, Vec<Problem>) {
        let mut problems = Vec::new();
        let filter = HistoryFilter {
            kind: given(&self.kind),
            event_type: given(&self.action),
            subject: None,
            organisation: id("organisation", "organisation", &self.organisation, &mut problems),
            registration: id("registration", "registration", &self.registration, &mut problems),
            person: id("person", "person", &self.person, &mut problems),
            environment: given(&self.environment),
            client_id: given(&self.client_id),
            search: self.search.clone(),
            from: day("from", &self.from, &mut problems).map(midnight),
            to: day("to", &self.to, &mut problems).and_then(Date::next_day).map(midnight),
        };
        (filter, problems)
    }
}

fn id<T: std::str::FromStr>(field: &str, what: &str, typed: &str, problems: &mut Vec<Problem>) -> Option<T> {
    let typed = given(typed)?;
    let parsed = typed.parse().ok();
    if parsed.is_none() {
        let sentence = format!("This is not the id of a {what}. Copy it from that page, or follow a link from there.");
        problems.push(Problem::new(field, "id", sentence));
    }
    parsed
}

fn day(field: &str, typed: &str, problems: &mut Vec<Problem>) -> Option<Date> {
    let typed = given(typed)?;
    let parsed = domain::evidence::parse_date(&typed).or_else(|| british_date(&typed));
    if parsed.is_none() {
        problems.push(Problem::new(field, "date", "Enter a date as day, month and year, such as 27/3/2026."));
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
