//! The ICANN part of the Public Suffix List (MPL 2.0, see the head of `icann_suffixes.txt`): below which names a domain
//! can be registered. Kept as text and searched as it is, because that is the smallest form for the browser.

/// The top-level domains, and the suffixes below `uk`.
const FIRST: &str = include_str!("icann_suffixes.txt");

/// The suffixes below all other top-level domains.
#[cfg(not(target_arch = "wasm32"))]
const REST: &str = include_str!("icann_suffixes_server.txt");

/// Left to the server: it is a tenth of what the browser would get, for the sake of `https://co.jp/`. Without it more hosts
/// are registrable and never fewer.
#[cfg(target_arch = "wasm32")]
const REST: &str = "";

/// Why a host has no registrable domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotRegistrable {
    /// Its last label is not a top-level domain.
    Unknown,
    /// It is a public suffix itself.
    Suffix,
}

/// The registrable domain of a host in lower case: one label more than the longest matching rule
/// (publicsuffix.org's algorithm).
pub(super) fn registrable(host: &str) -> Result<&str, NotRegistrable> {
    registrable_by(REST, host)
}

/// The same by the common suffixes and the rest that is given.
fn registrable_by<'a>(rest: &str, host: &'a str) -> Result<&'a str, NotRegistrable> {
    let mut suffix = None;
    // From the top-level domain inwards: each start of a label and the name above it.
    for start in label_starts(host) {
        let name = &host[start..];
        let (label, parent) = name.split_once('.').unwrap_or((name, "."));
        match rule(rest, parent, label) {
            Some(Rule::Suffix) => suffix = Some(start),
            Some(Rule::Exception) => return Ok(name),
            None => {}
        }
    }
    let suffix = suffix.ok_or(NotRegistrable::Unknown)?;
    let before =
        host.get(..suffix.saturating_sub(1)).filter(|before| !before.is_empty()).ok_or(NotRegistrable::Suffix)?;
    Ok(&host[before.rfind('.').map_or(0, |dot| dot + 1)..])
}

/// Rules have at most this many labels.
const DEEPEST: usize = 5;

fn label_starts(host: &str) -> impl Iterator<Item = usize> {
    let dots = host.rmatch_indices('.').map(|(dot, _)| dot + 1);
    // The leftmost label starts at 0, which no dot stands before.
    dots.chain([0]).take(DEEPEST)
}

enum Rule {
    Suffix,
    Exception,
}

fn rule(rest: &str, parent: &str, label: &str) -> Option<Rule> {
    let children = FIRST.lines().chain(rest.lines()).find_map(|line| line.strip_prefix(parent)?.strip_prefix(' '))?;
    let exception = |child: &str| child.strip_prefix('!') == Some(label);
    if children.split(' ').any(exception) {
        return Some(Rule::Exception);
    }
    children.split(' ').any(|child| child == label || child == "*").then_some(Rule::Suffix)
}

/// The suffix of a host in the private section of the list: names below it are given out by whoever runs it.
///
/// Names that governments run for themselves are left out: nobody else is given one.
pub(super) fn private(host: &str) -> Option<&str> {
    private_section(host).filter(|suffix| !suffix.ends_with("gov.uk") && !suffix.ends_with("nhs.uk"))
}

#[cfg(feature = "private-suffixes")]
fn private_section(host: &str) -> Option<&str> {
    use psl::Psl;
    let suffix = psl::List.suffix(host.as_bytes())?;
    let is_private = suffix.typ() == Some(psl::Type::Private);
    host.get(host.len() - suffix.as_bytes().len()..).filter(|_| is_private)
}

/// The suffixes that are met most: in the browser the whole section would weigh more than all other checks together, and
/// the server, which has it, judges again.
#[cfg(not(feature = "private-suffixes"))]
fn private_section(host: &str) -> Option<&str> {
    const COMMON: &str = "github.io azurewebsites.net herokuapp.com netlify.app vercel.app pages.dev workers.dev \
        web.app firebaseapp.com cloudfront.net onrender.com fly.dev ngrok.io ngrok-free.app gitlab.io";
    let known = COMMON.split_ascii_whitespace().find(|known| super::is_at_or_below(host, known))?;
    host.get(host.len() - known.len()..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_refuses_no_host_that_the_server_accepts() {
        let lines = FIRST.lines().chain(REST.lines()).filter(|line| !line.starts_with('#') && !line.starts_with('.'));
        // The first below each parent: exceptions come before all others.
        for line in lines {
            let (parent, children) = line.split_once(' ').unwrap();
            let child = children.split(' ').next().unwrap().trim_start_matches('!').replace('*', "any");
            let name = format!("{child}.{parent}");
            for host in [format!("own.{name}"), name].iter().filter(|host| registrable(host).is_ok()) {
                assert!(registrable_by("", host).is_ok(), "{host}");
            }
        }
        // What people here may type is told in the browser already.
        for host in ["co.uk", "nhs.uk", "any.sch.uk", "com", "server.local", "localhost.localdomain"] {
            assert_eq!(registrable_by("", host).err(), registrable(host).err(), "{host}");
            assert!(registrable(host).is_err(), "{host}");
        }
    }
}
