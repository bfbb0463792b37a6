//! Redirect URIs: where the provider may send an end-user back to.
//!
//! The provider compares them byte for byte, so they are stored byte for byte, and what a browser would read
//! differently (the WHATWG URL standard) is refused with the form to adopt.

mod adopt;
mod custom;
mod dirt;
mod host;
mod known;
mod mistake;
mod path;
mod placeholder;
pub(crate) mod provider;
mod several;
mod suffix;
mod whatwg;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    private_key, quote,
    rule::{UriFault, UriRule},
    skeleton,
    warning::{Said, Warning},
};

pub(crate) const FIELD: &str = "redirect_uris";
/// The most entries of one registration (multiple-redirect-uris.md).
pub const MOST: usize = 10;
/// The longest redirect URI, in characters.
const LONGEST: usize = 2000;

/// What an environment's policy allows beside `https` to a public host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UriRules {
    /// `https` to `localhost`, `127.0.0.1` and `[::1]`.
    pub allow_loopback: bool,
    /// Schemes of the partner's own, for native apps: `clientapp://connect/authresponse`.
    pub allow_custom_schemes: bool,
}

impl UriRules {
    /// Everything that some environment may allow; for reading back what was judged already.
    const WIDEST: Self = Self { allow_loopback: true, allow_custom_schemes: true };
}

/// A redirect URI that passed every rule, exactly as typed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Judges a typed redirect URI, and changes nothing in it.
    ///
    /// # Errors
    /// A rule whose name begins with `uri-`, or is `private-key`. Its sentence is about “the redirect URI”, as of one that
    /// stands alone; [`check_all`] says which.
    pub fn parse(text: &str, rules: UriRules) -> Result<Self, UriRule> {
        if private_key::found_in(text) {
            return Err(UriRule::new(UriFault::Private));
        }
        judge(text, rules).map_err(|refusal| UriRule {
            better: Self::suggestion(text, rules).map(Into::into),
            ..UriRule::new(refusal.fault)
        })?;
        Ok(Self(text.to_owned()))
    }

    /// Whether the host is a tool for trying out requests, or says in a word that it is for tests: the word.
    pub(crate) fn test_word(&self) -> Option<&str> {
        known::test_word(self)
    }

    /// The redirect URI, byte for byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form to adopt where a browser would change what was typed, if that form can be registered under these rules.
    #[must_use]
    pub fn suggestion(text: &str, rules: UriRules) -> Option<String> {
        Self::suggestion_by(text, rules, whatwg::serialised)
    }

    /// The same, by another implementation of the WHATWG URL standard for what takes more than ASCII: in a browser its
    /// own, which has the tables already.
    #[must_use]
    pub fn suggestion_by(text: &str, rules: UriRules, serialised: impl Fn(&str) -> Option<String>) -> Option<String> {
        let mut candidate = text.to_owned();
        // Each step mends one mistake; an address that needs more is typed again.
        for _ in 0..MOST_MENDS {
            candidate = match judge(&candidate, rules) {
                Ok(()) => return (candidate != text && !private_key::found_in(&candidate)).then_some(candidate),
                Err(Refusal { mend: Mend::Form(form), .. }) => form,
                Err(Refusal { mend: Mend::Browser, .. }) => {
                    adopt::form(&candidate).or_else(|| serialised(&candidate))?
                }
                Err(Refusal { mend: Mend::Nothing, .. }) => return None,
            };
        }
        None
    }

    /// The addresses in one entry that holds several, each to be an entry of its own; nothing where there is one.
    #[must_use]
    pub fn several(text: &str) -> Option<Vec<String>> {
        several::addresses(text)
    }

    /// The host in its ASCII form; the whole authority's name of a custom scheme, when it has one.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        let (_, rest) = self.0.split_once("://")?;
        let (host, _) = host::split(path::split(rest).0);
        (!host.is_empty()).then_some(host)
    }

    /// The host as an end-user reads it, when it is an international one in punycode.
    #[must_use]
    pub fn unicode_host(&self) -> Option<String> {
        self.host().filter(|host| host::has_punycode(host)).map(whatwg::unicode_host)
    }

    /// The domain that its owner registered: the host's last label below the public suffix, and the suffix.
    #[must_use]
    pub fn registrable_domain(&self) -> Option<String> {
        if !self.0.starts_with("https://") {
            return None;
        }
        suffix::registrable(self.host()?).ok().map(str::to_owned)
    }

    /// The suffix under which whoever runs it gives out names, by the private section of the Public Suffix List:
    /// `azurewebsites.net`.
    #[must_use]
    pub fn private_suffix(&self) -> Option<&str> {
        if !self.0.starts_with("https://") {
            return None;
        }
        suffix::private(self.host()?)
    }

    /// The domain that its owner was given, by both sections of the Public Suffix List: `clinic.azurewebsites.net`
    /// where [`RedirectUri::registrable_domain`] is `azurewebsites.net`.
    #[must_use]
    pub fn assigned_domain(&self) -> Option<String> {
        let Some(suffix) = self.private_suffix() else { return self.registrable_domain() };
        let host = self.host()?;
        let label = host.strip_suffix(suffix)?.strip_suffix('.')?.rsplit('.').next()?;
        Some(format!("{label}.{suffix}"))
    }

    /// The confusable skeleton (UTS 39) of the host as it is read, for comparison with other hosts.
    #[must_use]
    pub fn host_skeleton(&self) -> Option<String> {
        let host = self.unicode_host().or_else(|| self.host().map(str::to_owned))?;
        Some(skeleton::of(&host))
    }

    /// What this host has in common with all that are a slip of the fingers or of the eye away from it: letters that
    /// changed places, an i for an l, hyphens. To be looked up, not to be read.
    #[must_use]
    pub fn slipped_host_skeleton(&self) -> Option<String> {
        let host = self.unicode_host().or_else(|| self.host().map(str::to_owned))?;
        Some(skeleton::of_slipped_host(&host))
    }

    /// What the partner and the admins should know of an acceptable redirect URI, whatever the environment. Whether it
    /// imitates somebody is [`crate::protected::Protected`]'s to say.
    #[must_use]
    pub fn warnings(&self) -> Vec<Said> {
        let mut warnings = Vec::new();
        if let (Some(host), Some(unicode)) = (self.host(), self.unicode_host()) {
            let sentence = format!("The host {host} is read as “{unicode}”. Check that it is the address you mean.");
            warnings.push(Warning::UriInternational.said(FIELD, sentence));
        }
        warnings.extend(known::warning(self));
        warnings.extend(custom::warning(&self.0));
        warnings
    }
}

/// Judges all redirect URIs of a registration: the acceptable ones and all that is wrong. Blank entries are ignored;
/// positions are those in the list as typed.
#[must_use]
pub fn check_all(entries: &[String], rules: UriRules) -> (Vec<RedirectUri>, Vec<UriRule>) {
    let typed = || entries.iter().enumerate().filter(|(_, entry)| !entry.trim().is_empty());
    let mut uris: Vec<RedirectUri> = Vec::new();
    let mut problems = Vec::from_iter(number_problem(typed().count()));
    for (position, entry) in typed() {
        match RedirectUri::parse(entry, rules) {
            Ok(uri) => match entries.iter().take(position).position(|earlier| earlier == entry) {
                Some(earlier) => problems.push(UriRule::new(UriFault::Duplicate(earlier)).at(position)),
                None => uris.push(uri),
            },
            Err(rule) => problems.push(rule.at(position)),
        }
    }
    (uris, problems)
}

fn number_problem(number: usize) -> Option<UriRule> {
    match number {
        0 => Some(UriRule::new(UriFault::NoneOfList)),
        1..=MOST => None,
        _ => Some(UriRule::new(UriFault::TooMany(number))),
    }
}

/// How a mistake is mended.
#[derive(Debug)]
enum Mend {
    /// As a browser writes the address.
    Browser,
    /// With what was found taken off.
    Form(String),
    /// Only by whoever typed it: what could be offered would hold what was refused, or guess.
    Nothing,
}

/// How many mistakes of one address are mended at once.
const MOST_MENDS: usize = 6;

/// A broken rule, and the way to mend it.
#[derive(Debug)]
struct Refusal {
    fault: UriFault,
    mend: Mend,
}

fn refuse<T>(fault: UriFault) -> Result<T, Refusal> {
    refuse_with(fault, Mend::Browser)
}

fn refuse_with<T>(fault: UriFault, mend: Mend) -> Result<T, Refusal> {
    Err(Refusal { fault, mend })
}

fn judge(text: &str, rules: UriRules) -> Result<(), Refusal> {
    check_length(text)?;
    mistake::check(text)?;
    check_characters(text)?;
    let Some((scheme, rest)) = text.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
        return refuse(UriFault::SchemeMissing);
    };
    match scheme.to_ascii_lowercase().as_str() {
        "https" => judge_https(rest, rules)?,
        "http" => return http(rest, rules),
        _ if rules.allow_custom_schemes => custom::judge(scheme, rest)?,
        _ => return refuse(UriFault::Scheme(quote::short(scheme))),
    }
    if !adopt::is_unchanged(text) {
        return refuse(UriFault::Changed);
    }
    if !whatwg::accepts(text) {
        return refuse(UriFault::Unreadable);
    }
    Ok(())
}

fn http(rest: &str, rules: UriRules) -> Result<(), Refusal> {
    let local = host::is_loopback(host::split(path::split(rest.trim_start_matches('/')).0).0);
    let fault = match (local, rules.allow_loopback) {
        (true, false) => UriFault::LoopbackOverHttp,
        (true, true) => UriFault::AllowedLoopbackOverHttp,
        (false, _) => UriFault::Http,
    };
    refuse_with(fault, Mend::Nothing)
}

fn check_length(text: &str) -> Result<(), Refusal> {
    if text.is_empty() {
        return refuse(UriFault::Missing);
    }
    let length = text.chars().count();
    if length > LONGEST {
        return refuse(UriFault::TooLong(length));
    }
    Ok(())
}

fn check_characters(text: &str) -> Result<(), Refusal> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return refuse_with(UriFault::Whitespace, Mend::Nothing);
    }
    if let Some(other) = text.chars().find(|c| !c.is_ascii()) {
        return Err(not_ascii(text, other));
    }
    for (sign, fault) in
        [('*', UriFault::Wildcard), ('\\', UriFault::Backslash), ('#', UriFault::Fragment), ('?', UriFault::Query)]
    {
        if text.contains(sign) {
            return refuse(fault);
        }
    }
    Ok(())
}

/// A letter that is not one of a to z. In a host it may look like one of them: then the form in punycode is offered only
/// for letters that nobody takes for others.
fn not_ascii(text: &str, found: char) -> Refusal {
    let host = mistake::host(text);
    // A sign is not escaped: it is hardly meant.
    let rest_is_words = text.chars().all(|c| path::is_allowed(c) || is_letter(c));
    let (fault, is_offered) = match host.chars().find(|c| !c.is_ascii()) {
        Some(letter) => (UriFault::HostNotAscii(letter), host.chars().all(is_plain)),
        None => (UriFault::NotAscii(found), true),
    };
    Refusal { fault, mend: if is_offered && rest_is_words { Mend::Browser } else { Mend::Nothing } }
}

/// A sign of an ASCII host, or a letter of the Latin alphabet with a mark that is seen: é, ü, ż. Not ı, ĸ, ŀ or ſ, which
/// pass for i, k, l and f.
fn is_plain(c: char) -> bool {
    c.is_ascii()
        || (matches!(c, '\u{c0}'..='\u{17e}')
            && !matches!(
                c,
                '×' | '÷'
                    | 'ı'
                    | 'İ'
                    | 'ĸ'
                    | 'Ŀ'
                    | 'ŀ'
                    | 'Ł'
                    | 'ł'
                    | 'ŉ'
                    | 'Đ'
                    | 'đ'
                    | 'Ħ'
                    | 'ħ'
                    | 'Ŧ'
                    | 'ŧ'
                    | 'Ø'
                    | 'ø'
                    | 'ð'
                    | 'Ð'
            ))
}

/// Roughly: the blocks that hold letters, without signs, spaces and what cannot be seen.
fn is_letter(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{1fff}' | '\u{3040}'..='\u{d7a3}')
        && !matches!(c, '×' | '÷' | '\u{300}'..='\u{36f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{1680}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{3164}')
}

/// RFC 3986, 3.1.
fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn judge_https(rest: &str, rules: UriRules) -> Result<(), Refusal> {
    let Some(rest) = rest.strip_prefix("//").filter(|rest| !rest.starts_with('/')) else {
        return refuse(UriFault::Slashes);
    };
    let (authority, path) = path::split(rest);
    host::judge(authority, rules)?;
    path::judge(path)
}

/// Whether a host is another one or below it.
pub(crate) fn is_at_or_below(host: &str, above: &str) -> bool {
    host.strip_suffix(above).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

impl TryFrom<String> for RedirectUri {
    type Error = UriRule;

    fn try_from(text: String) -> Result<Self, UriRule> {
        Self::parse(&text, UriRules::WIDEST)
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
