//! Names and hosts that nobody else may pass for: the NHS, its sign-in, the portal itself (threats 2 and 19).
//!
//! A name is compared word by word, in every way in which its letters may be disguised: compatibility forms, enclosed and
//! small letters, other scripts, digits for letters. So “Manhshire Clinic” passes for nobody, and “ⓃⒽⓈ App” does.

use crate::{
    redirect_uri::{RedirectUri, provider},
    rule::{UriFault, UriRule},
    skeleton,
    warning::{Said, Warning},
};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

mod known;

pub use known::Known;

/// What the portal protects: NHS login's own, and what the configuration adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Protected {
    /// Names of which no client, organisation, person or host may have a part unnoticed: `NHS`.
    pub names: Vec<Known>,
    /// Hosts, and all below them, that are the provider's or the operator's own: `login.nhs.uk`.
    pub hosts: Vec<Known>,
    /// Domains whose owners see to it that a protected name below them stands for what it says: `nhs.uk`.
    pub official: Vec<Known>,
    /// The hosts of all environments' issuers. Taken from the environments, never from this section.
    #[serde(skip)]
    pub issuers: Vec<Known>,
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
        let own = |list: &[&str]| list.iter().copied().map(Known::from).collect();
        Self {
            names: own(&[
                "NHS",
                "National Health Service",
                "National Health",
                "GOV.UK",
                "Department of Health",
                "Department for Health",
                "Dept of Health",
                "Dept for Health",
                "DHSC",
            ]),
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
        self.name_among(&skeleton::readings(text))
    }

    fn name_among(&self, readings: &[Vec<String>]) -> Option<&str> {
        let found =
            |name: &&Known| name.joined().iter().any(|wanted| readings.iter().any(|reading| says(reading, wanted)));
        self.names.iter().find(found).map(|name| &**name)
    }

    /// The protected name that a slip of the fingers makes of a host: in its domain (`nsh.uk`), or in a word beside another
    /// that people trust (`nsh-login.com`).
    fn name_beside(&self, host: &Host<'_>) -> Option<&str> {
        let own = |official: &&Known| is_typed_for(host.domain, official);
        let mut likes = self.official.iter().filter(own).filter_map(|official| self.name_among(official.readings()));
        if let Some(name) = likes.next() {
            return Some(name);
        }
        let typed = |name: &&Known| {
            let mut short = name.joined().iter().filter(|wanted| wanted.len() < TELLING);
            short.any(|wanted| host.readings.iter().any(|words| is_typed_beside(words, wanted)))
        };
        self.names.iter().find(typed).map(|name| &**name)
    }

    /// The warning about a client name that could pass for a protected one.
    #[must_use]
    pub fn client_name_warning(&self, name: &str) -> Option<Said> {
        let found = self.name_in(name)?;
        let sentence = format!(
            "“{name}” could be read as “{found}”, so people may take it for a service of the NHS itself. If it is not one, \
             choose a name that says who runs it. An NHS login admin will decide."
        );
        Some(Warning::NameProtected.said("client_name", sentence))
    }

    /// The warning about the name of the organisation whose client it is.
    #[must_use]
    pub fn organisation_warning(&self, name: &str) -> Option<Said> {
        let found = self.name_in(name)?;
        let sentence = format!(
            "The organisation’s name “{name}” could be read as “{found}”. An NHS login admin will check who it is."
        );
        Some(Warning::OrganisationProtected.said("organisation", sentence))
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
    pub fn issuer_problem(&self, uri: &RedirectUri) -> Option<UriRule> {
        let host = uri.host().filter(|host| self.issuers.iter().any(|issuer| **issuer == **host))?;
        Some(UriRule::new(UriFault::Provider(host.to_owned())))
    }

    /// The host of ours, or of an issuer, that another looks like.
    fn looked_like(&self, host: &Host<'_>) -> Option<&str> {
        let mut ours = self.hosts.iter().chain(&self.issuers).chain(PROVIDER.iter());
        ours.find(|own| self.resembles(host, own)).map(|own| &**own)
    }

    /// Whether a host that is none of ours looks like `own`: its words in a row, its letters in disguise, or one slip of the
    /// fingers away from its domain.
    fn resembles(&self, host: &Host<'_>, own: &Known) -> bool {
        if is_at_or_below(host.read, own) {
            return false;
        }
        let in_a_row = |readings: &[Vec<String>]| {
            let is_there = |wanted: &Vec<String>| {
                host.readings.iter().any(|words| words.windows(wanted.len()).any(|row| row == wanted))
            };
            readings.iter().any(is_there)
        };
        // `auth.aos.signin`, without the domain that it is on; two words are too usual.
        let below = self.official.iter().find_map(|official| own.strip_suffix(&**official)?.strip_suffix('.'));
        let telling = below.filter(|labels| labels.split('.').count() >= 3);
        in_a_row(own.readings())
            || telling.is_some_and(|labels| in_a_row(&skeleton::readings(labels)))
            || skeleton::of(host.read) == skeleton::of(own)
            || (own.len() >= SLIP && is_one_slip_away(host.domain, own))
    }

    /// The warning about a host that passes for a protected one, or has a protected name in it.
    #[must_use]
    pub fn host_warning(&self, uri: &RedirectUri) -> Option<Said> {
        let domain = uri.registrable_domain()?;
        let host = uri.host()?;
        let read = uri.unicode_host().unwrap_or_else(|| host.to_owned());
        let shown = Host { read: &read, domain: &domain, readings: skeleton::readings(&read) };
        let below = |list: &[Known]| list.iter().find(|above| is_at_or_below(host, above)).map(|own| own.to_string());
        let sentence = if let Some(own) = below(&self.hosts) {
            format!("The host “{host}” belongs to {own}. An NHS login admin will check that you may use it.")
        } else if let Some(like) = self.looked_like(&shown) {
            format!(
                "The host “{host}” looks like “{like}”. An NHS login admin will check that people do not mistake it for that."
            )
        } else if below(&self.official).is_some() {
            return None;
        } else {
            let name = self.name_among(&shown.readings).or_else(|| self.name_beside(&shown))?;
            format!(
                "The host “{host}” could be read as “{name}” and is not on one of its domains. An NHS login admin will check that people \
                 do not mistake it for one that is."
            )
        };
        Some(Warning::UriImitates.said("redirect_uris", sentence))
    }
}

/// The hosts of NHS login, whatever the configuration says.
static PROVIDER: LazyLock<Vec<Known>> = LazyLock::new(|| provider::HOSTS.into_iter().map(Known::from).collect());

/// A host that is compared with ours.
struct Host<'a> {
    /// As a reader sees it: in Unicode.
    read: &'a str,
    /// The registrable domain that it is below.
    domain: &'a str,
    /// The words of `read` in each reading.
    readings: Vec<Vec<String>>,
}

fn is_at_or_below(host: &str, above: &str) -> bool {
    crate::redirect_uri::is_at_or_below(host, above)
}

/// Whether the words of a text say a name, given without spaces: as words of their own, in pieces (`nh-s`), or run together
/// with others.
pub(crate) fn says(words: &[String], name: &str) -> bool {
    (0..words.len()).any(|first| is_pieced_together(&words[first..], name))
        || words.iter().any(|word| holds(word, name))
}

/// Whether the first words, put together, are the name.
fn is_pieced_together(words: &[String], name: &str) -> bool {
    let mut rest = name;
    for word in words {
        match rest.strip_prefix(word.as_str()) {
            Some("") => return true,
            Some(left) => rest = left,
            None => return false,
        }
    }
    false
}

/// Words that people trust a sign-in by.
const TRUSTED: [&str; 9] = ["login", "signin", "logon", "auth", "account", "accounts", "gov", "patient", "verify"];

/// Whether a word is a slip away from a short name, with a word beside it that people trust. Not with a letter replaced or
/// left out: too many names of three letters are that far from each other.
fn is_typed_beside(words: &[String], name: &str) -> bool {
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let is_slip = |word: &String| {
        let is_longer = word.len() > name.len();
        (is_longer || letters(word) == letters(name)) && is_typed_for(word, name)
    };
    words.iter().any(is_slip) && words.iter().any(|word| TRUSTED.contains(&word.as_str()))
}

/// Whether one is a slip away from the other and begins alike, as slips do.
fn is_typed_for(typed: &str, own: &str) -> bool {
    typed.chars().next() == own.chars().next() && is_one_slip_away(typed, own)
}

/// From this length on, a name inside a longer word is no accident.
const TELLING: usize = 5;

/// What people put before or after a short name without a space: `MyNHSApp`.
const BESIDE: &str = "access account admin app auth care connect digital england gateway health help id identity login \
    mail my net official online our patient patients portal scotland secure service services signin sso staff support \
    the trust uk verify wales web www your";

/// Whether a word has the name in it on purpose: at its start or end, or beside a word that goes with it.
fn holds(word: &str, name: &str) -> bool {
    // Most words are shorter, and a searcher is made in more steps than a short word has.
    let is_longer = word.len() >= name.len();
    is_longer
        && word.match_indices(name).any(|(at, _)| {
            let (before, after) = (&word[..at], &word[at + name.len()..]);
            if is_another_word(word, at, name) {
                return false;
            }
            let beside = |known: &str| before.ends_with(known) || after.starts_with(known);
            before.is_empty()
                || after.is_empty()
                || name.len() >= TELLING
                || BESIDE.split_ascii_whitespace().filter(|known| known.len() > 2).any(beside)
                || matches!(before, "my" | "e" | "i" | "uk" | "go" | "get" | "id")
        })
}

/// Words that begin within a short name, after initials: `nhstevens`, `dhscaffolding`.
const OTHERS: &str = "saunders scaffold school scott shah sharma shaw simpson singh smith solutions south sports stephen \
    stevens stone studio sullivan supplies surgery sutton systems";

/// Whether the letters at this place are the end of something else: the beginning of another word, the initials of a place
/// (`stnhs`), or a longer word (`international` has `national` in it).
fn is_another_word(word: &str, at: usize, name: &str) -> bool {
    let (before, after) = (&word[..at], &word[at + name.len()..]);
    // As some of the readings have them.
    let alike = |text: &str| text.replace("rn", "m").replace('l', "i");
    let begins_within = |other: &str| {
        let from_here = |from: usize| word.get(from..).is_some_and(|rest| alike(rest).starts_with(&alike(other)));
        (at + 1..at + name.len()).any(|from| from + other.len() > at + name.len() && from_here(from))
    };
    let initials = after.is_empty()
        && (2..=3).contains(&before.len())
        && !matches!(before, "my" | "uk" | "go" | "get" | "id" | "the" | "our" | "app" | "web" | "www" | "net" | "new");
    let short = name.len() < TELLING && (initials || OTHERS.split_ascii_whitespace().any(begins_within));
    short || (before.ends_with("inter") && name.starts_with("nat"))
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
