//! The ICANN part of the Public Suffix List (MPL 2.0, see the head of `icann_suffixes.txt`): below which names a domain
//! can be registered. Kept as text and searched as it is, because that is the smallest form for the browser.

const LIST: &str = include_str!("icann_suffixes.txt");

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
    let mut suffix = None;
    // From the top-level domain inwards: each start of a label and the name above it.
    for start in label_starts(host) {
        let name = &host[start..];
        let (label, parent) = name.split_once('.').unwrap_or((name, "."));
        match rule(parent, label) {
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

fn rule(parent: &str, label: &str) -> Option<Rule> {
    let children = LIST.lines().find_map(|line| line.strip_prefix(parent)?.strip_prefix(' '))?;
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
