//! What surrounds the pages of this request: who is signed in, and where they may go.

use super::frame::this_address;
use crate::{
    api::context::{caller, portal},
    ui::{Chrome, NavLink, Person},
};
use domain::actor::{StaffRole, TeamRole};
use store::SignedIn;
use time::OffsetDateTime;

/// Header and navigation for whoever asks; a visitor's when nobody is signed in.
pub fn of_request() -> Chrome {
    let signed_in = caller().ok().and_then(|caller| caller.signed_in);
    let Some(signed_in) = signed_in else {
        let navigation = links(&[("Guidance", "/guidance"), ("Tools", "/tools")]);
        return Chrome { navigation, ..Chrome::default() };
    };
    Chrome {
        person: Some(Person {
            name: if signed_in.name.is_empty() { signed_in.email.clone() } else { signed_in.name.clone() },
            role: role(&signed_in),
            organisation: organisation(&signed_in),
        }),
        navigation: navigation(&signed_in),
        session_seconds: portal().ok().map(|portal| session_seconds(&signed_in, portal.auth.ambient.now())),
    }
}

/// How long the session lasts when it is not used; less where its absolute end is nearer.
fn session_seconds(signed_in: &SignedIn, now: OffsetDateTime) -> u64 {
    let left = (signed_in.expires_at - now).min(store::IDLE_LIMIT);
    u64::try_from(left.whole_seconds()).unwrap_or_default()
}

fn role(signed_in: &SignedIn) -> String {
    match signed_in.person.staff {
        Some(StaffRole::Admin) => "NHS login admin".into(),
        Some(StaffRole::Auditor) => "Auditor".into(),
        None => team_role(signed_in).into(),
    }
}

/// The role in the one organisation; of several, each page says for which one it is, and in which role.
fn team_role(signed_in: &SignedIn) -> &'static str {
    let memberships = &signed_in.person.memberships;
    match memberships.values().next() {
        _ if memberships.len() > 1 => "",
        Some(TeamRole::Owner) => "Owner",
        Some(TeamRole::Developer) => "Developer",
        Some(TeamRole::Viewer) => "Viewer",
        None => "Partner",
    }
}

fn organisation(signed_in: &SignedIn) -> Option<String> {
    match &signed_in.organisations[..] {
        [] => None,
        [only] => Some(only.clone()),
        several => Some(format!("{} organisations", several.len())),
    }
}

fn navigation(signed_in: &SignedIn) -> Vec<NavLink> {
    let staff = signed_in.person.staff_role();
    let home = ("Home", "/home");
    match staff {
        Some(_) => {
            let pages = STAFF_PAGES.map(|page| (page.title, page.href));
            links(&[&[home][..], &pages].concat())
        }
        None => links(&[home, ("History", "/history"), ("Guidance", "/guidance"), ("Tools", "/tools")]),
    }
}

/// A page that staff start from.
pub struct StaffPage {
    /// Its name in the header.
    pub title: &'static str,
    /// Its address.
    pub href: &'static str,
    /// What is there, for the home page.
    pub description: &'static str,
}

/// Where admins and auditors go, in the header and on their home page.
pub const STAFF_PAGES: [StaffPage; 6] = [
    page("Queue", "/admin/queue", "Revisions and clients waiting for a decision."),
    page("Clients", "/admin/clients", "Every client, with its state at the provider."),
    page("Publications", "/admin/publications", "What the provider has yet to confirm, and what failed."),
    page("Organisations", "/admin/organisations", "Partner organisations, including those waiting to be confirmed."),
    page("People", "/admin/people", "Accounts and staff roles."),
    page("History", "/history", "Everything that has happened, and who did it."),
];

const fn page(title: &'static str, href: &'static str, description: &'static str) -> StaffPage {
    StaffPage { title, href, description }
}

fn links(pairs: &[(&str, &str)]) -> Vec<NavLink> {
    let address = this_address();
    let here = address.split('?').next().unwrap_or_default();
    let current = |href: &str| match here.strip_prefix(href) {
        Some("") => Some("page"),
        Some(below) if below.starts_with('/') => Some("true"),
        _ => None,
    };
    let link = |(text, href): &(&str, &str)| NavLink {
        text: (*text).to_owned(),
        href: (*href).to_owned(),
        current: current(href),
    };
    pairs.iter().map(link).collect()
}
