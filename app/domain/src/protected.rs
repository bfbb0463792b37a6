//! Names and hosts that nobody else may pass for: the NHS, its sign-in, the portal itself (threats 2 and 19).
//!
//! A name is compared word by word, in every way in which its letters may be disguised: compatibility forms, enclosed and
//! small letters, other scripts, digits for letters. So “Manhshire Clinic” passes for nobody, and “ⓃⒽⓈ App” does.

use crate::{problem::Problem, redirect_uri::RedirectUri, skeleton, warning::Warning};
use serde::{Deserialize, Serialize};

/// What the portal protects: NHS login's own, and what the configuration adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Protected {
    /// Names of which no client, organisation, person or host may have a part unnoticed: `NHS`.
    pub names: Vec<String>,
    /// Hosts, and all below them, that are the provider's or the operator's own: `login.nhs.uk`.
    pub hosts: Vec<String>,
    /// Domains whose owners see to it that a protected name below them stands for what it says: `nhs.uk`.
    pub official: Vec<String>,
    /// The hosts of all environments' issuers. Taken from the environments, never from this section.
    #[serde(skip)]
    pub issuers: Vec<String>,
}

impl Default for Protected {
    fn default() -> Self {
        Self::nhs_login()
    }
}

impl Protected {
    /// What NHS login protects.
    #[must_use]
    pub fn nhs_login() -> Self {
        let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Self {
            names: own(&["NHS", "National Health Service", "GOV.UK", "Department of Health", "DHSC"]),
            hosts: own(&["login.nhs.uk", "signin.nhs.uk"]),
            official: own(&[
                "nhs.uk",
                "nhs.net",
                "nhs.scot",
                "nhs.wales",
                "hscni.net",
                "gov.uk",
                "gov.scot",
                "gov.wales",
                "mod.uk",
            ]),
            issuers: Vec::new(),
        }
    }

    /// The protected name for which a name of a client, an organisation or a person could be taken.
    #[must_use]
    pub fn name_in(&self, text: &str) -> Option<&str> {
        let readings = skeleton::readings(text);
        let found = |name: &&String| {
            let wanted = skeleton::readings(name);
            wanted.iter().any(|wanted| readings.iter().any(|reading| says(reading, wanted)))
        };
        self.names.iter().find(found).map(String::as_str)
    }

    /// The warning about a client name that could pass for a protected one.
    #[must_use]
    pub fn client_name_warning(&self, name: &str) -> Option<Problem> {
        let found = self.name_in(name)?;
        let sentence = format!(
            "“{name}” could be read as “{found}”, so people may take it for a service of the NHS itself. If it is not one, \
             choose a name that says who runs it. An NHS login admin will decide."
        );
        Some(Warning::NameProtected.problem("client_name", sentence))
    }

    /// The warning about the name of the organisation whose client it is.
    #[must_use]
    pub fn organisation_warning(&self, name: &str) -> Option<Problem> {
        let found = self.name_in(name)?;
        let sentence = format!(
            "The organisation’s name “{name}” could be read as “{found}”. An NHS login admin will check who it is."
        );
        Some(Warning::OrganisationProtected.problem("organisation", sentence))
    }

    /// What an admin should know of the name of a person who is not staff. `is_like_staff`: a member of staff has it, or
    /// one that looks the same.
    #[must_use]
    pub fn person_doubts(&self, name: &str, is_like_staff: bool) -> Vec<String> {
        let read = self.name_in(name).map(|found| format!("The name could be read as “{found}”."));
        let like = is_like_staff.then(|| "A member of staff has this name, or one that looks the same.".to_owned());
        read.into_iter().chain(like).collect()
    }

    /// What is wrong with an address on the host of an issuer: it was copied from the provider's documentation.
    #[must_use]
    pub fn issuer_problem(&self, uri: &RedirectUri) -> Option<Problem> {
        uri.host().filter(|host| self.issuers.iter().any(|issuer| issuer == host)).map(RedirectUri::of_provider)
    }

    /// The warning about a host that passes for a protected one, or has a protected name in it.
    #[must_use]
    pub fn host_warning(&self, uri: &RedirectUri) -> Option<Problem> {
        let domain = uri.registrable_domain()?;
        let host = uri.host()?;
        let read = uri.unicode_host().unwrap_or_else(|| host.to_owned());
        let below = |list: &[String]| list.iter().find(|above| is_at_or_below(host, above)).cloned();
        let sentence = if let Some(own) = below(&self.hosts) {
            format!("The host “{host}” belongs to {own}. An NHS login admin will check that you may use it.")
        } else if let Some(like) = self.hosts.iter().chain(&self.issuers).find(|own| resembles(&read, &domain, own)) {
            format!(
                "The host “{host}” looks like “{like}”. An NHS login admin will check that people do not mistake it for that."
            )
        } else if below(&self.official).is_some() {
            return None;
        } else {
            let name = self.name_in(&read)?;
            format!(
                "The host “{host}” could be read as “{name}” and is not on one of its domains. An NHS login admin will check that people \
                 do not mistake it for one that is."
            )
        };
        Some(Warning::UriImitates.problem("redirect_uris", sentence))
    }
}

fn is_at_or_below(host: &str, above: &str) -> bool {
    crate::redirect_uri::is_at_or_below(host, above)
}

/// Whether the words of a text say a name: as words of their own, or run together with others.
pub(crate) fn says(words: &[String], name: &[String]) -> bool {
    let joined = name.concat();
    let in_sequence = words.windows(name.len()).any(|window| window == name);
    in_sequence || words.iter().any(|word| holds(word, &joined))
}

/// From this length on, a name inside a longer word is no accident.
const TELLING: usize = 5;

/// What people put before or after a short name without a space: `MyNHSApp`.
const BESIDE: &str = "access account admin app auth care connect digital england gateway health help id identity login \
    mail my net official online our patient patients portal scotland secure service services signin sso staff support \
    the trust uk verify wales web www your";

/// Whether a word has the name in it on purpose: at its start or end, or beside a word that goes with it.
fn holds(word: &str, name: &str) -> bool {
    word.match_indices(name).any(|(at, _)| {
        let (before, after) = (&word[..at], &word[at + name.len()..]);
        let beside = |known: &str| before.ends_with(known) || after.starts_with(known);
        before.is_empty()
            || after.is_empty()
            || name.len() >= TELLING
            || BESIDE.split_ascii_whitespace().filter(|known| known.len() > 2).any(beside)
            || matches!(before, "my" | "e" | "i" | "uk" | "go" | "get" | "id")
    })
}

/// Whether a host that is none of ours looks like `own`: its words in a row, its letters in disguise, or one slip of the
/// fingers away from its domain.
fn resembles(read: &str, domain: &str, own: &str) -> bool {
    if is_at_or_below(read, own) {
        return false;
    }
    let words = skeleton::readings(read);
    let wanted = skeleton::readings(own);
    let in_a_row = wanted
        .iter()
        .any(|wanted| words.iter().any(|words| words.windows(wanted.len()).any(|window| window == wanted)));
    in_a_row || skeleton::of(read) == skeleton::of(own) || (own.len() >= SLIP && is_one_slip_away(domain, own))
}

/// Shorter domains than this are one slip away from too many.
const SLIP: usize = 8;

/// Whether two names differ by one letter left out, added, replaced, or swapped with its neighbour.
fn is_one_slip_away(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let start = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let (a, b) = (&one[start..], &other[start..]);
    let swapped = a.len() >= 2 && b.len() >= 2 && a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..];
    let replaced = !a.is_empty() && !b.is_empty() && a[1..] == b[1..];
    let added = !a.is_empty() && a[1..] == *b;
    let left_out = !b.is_empty() && *a == b[1..];
    one != other && (swapped || replaced || added || left_out)
}

#[cfg(test)]
mod tests;
