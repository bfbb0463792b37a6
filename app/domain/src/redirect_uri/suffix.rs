//! The Public Suffix List: below which names a domain can be registered (its ICANN section), and below which names
//! whoever runs them gives out names (its private section). The server has the whole list from a crate.

/// What the browser gets of the ICANN section (MPL 2.0, see the head of the file), as text, which is the smallest form: the
/// top-level domains, and the suffixes below `uk`. The rest would be a tenth of its program, for the sake of
/// `https://co.jp/`. Without it more hosts are registrable and never fewer, and the server judges again.
#[cfg(any(test, not(feature = "private-suffixes")))]
const COMMON: &str = include_str!("icann_suffixes.txt");

/// Why a host has no registrable domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotRegistrable {
    /// Its last label is not a top-level domain.
    Unknown,
    /// It is a public suffix itself.
    Suffix,
}

/// The registrable domain of a host in lower case: one label more than the longest matching rule of the ICANN section
/// (publicsuffix.org's algorithm).
pub(super) fn registrable(host: &str) -> Result<&str, NotRegistrable> {
    below(host, icann(host))
}

fn below<'a>(host: &'a str, suffix: Option<&str>) -> Result<&'a str, NotRegistrable> {
    let suffix = suffix.ok_or(NotRegistrable::Unknown)?;
    let before = host.strip_suffix(suffix).and_then(|before| before.strip_suffix('.'));
    let before = before.filter(|before| !before.is_empty()).ok_or(NotRegistrable::Suffix)?;
    Ok(&host[before.rfind('.').map_or(0, |dot| dot + 1)..])
}

/// The suffix of a host in the ICANN section; none when its last label is not a top-level domain.
#[cfg(feature = "private-suffixes")]
fn icann(host: &str) -> Option<&str> {
    let (suffix, section) = longest(host)?;
    match section {
        psl::Type::Icann => Some(suffix),
        // Names that somebody gives out stand below a name that was registered.
        psl::Type::Private => icann(suffix.split_once('.')?.1),
    }
}

/// The longest rule of both sections that matches, and its section.
#[cfg(feature = "private-suffixes")]
fn longest(host: &str) -> Option<(&str, psl::Type)> {
    use psl::Psl;
    let suffix = psl::List.suffix(host.as_bytes())?;
    Some((host.get(host.len() - suffix.as_bytes().len()..)?, suffix.typ()?))
}

#[cfg(not(feature = "private-suffixes"))]
use common as icann;

/// [`icann`] by what the browser has: no rule is an exception there.
#[cfg(any(test, not(feature = "private-suffixes")))]
fn common(host: &str) -> Option<&str> {
    /// Rules have at most this many labels.
    const DEEPEST: usize = 3;
    let starts = host.rmatch_indices('.').map(|(dot, _)| dot + 1).chain([0]).take(DEEPEST);
    let is_rule = |name: &&str| {
        let (label, parent) = name.split_once('.').unwrap_or((name, "."));
        let children = COMMON.lines().find_map(|line| line.strip_prefix(parent)?.strip_prefix(' '));
        children.is_some_and(|children| children.split(' ').any(|child| child == label || child == "*"))
    };
    starts.map(|start| &host[start..]).filter(is_rule).last()
}

/// The suffix of a host in the private section of the list: names below it are given out by whoever runs it.
///
/// Names that governments run for themselves are left out: nobody else is given one.
pub(super) fn private(host: &str) -> Option<&str> {
    private_section(host).filter(|suffix| !suffix.ends_with("gov.uk") && !suffix.ends_with("nhs.uk"))
}

#[cfg(feature = "private-suffixes")]
fn private_section(host: &str) -> Option<&str> {
    longest(host).filter(|(_, section)| *section == psl::Type::Private).map(|(suffix, _)| suffix)
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

    fn by_browser(host: &str) -> Result<&str, NotRegistrable> {
        below(host, common(host))
    }

    #[test]
    fn the_browser_refuses_no_host_that_the_server_accepts() {
        for line in COMMON.lines().filter(|line| !line.starts_with('#')) {
            let (parent, children) = line.split_once(' ').unwrap();
            let labels = children.split(' ').map(|child| child.replace('*', "any"));
            for name in
                labels.map(|label| format!("{label}.{parent}")).map(|name| name.trim_end_matches("..").to_owned())
            {
                for host in [format!("own.{name}"), name].iter().filter(|host| registrable(host).is_ok()) {
                    assert!(by_browser(host).is_ok(), "{host}");
                }
            }
        }
        // The rest of the list, and an exception of it.
        for host in
            ["clinic.co.jp", "www.ck", "clinic.blogspot.com", "city.kawasaki.jp", "clinic.kh", "a.b.clinic.com.au"]
        {
            assert!(registrable(host).is_ok() && by_browser(host).is_ok(), "{host}");
        }
        // What people here may type is told in the browser already.
        for host in ["co.uk", "nhs.uk", "any.sch.uk", "com", "server.local", "localhost.localdomain"] {
            assert_eq!(by_browser(host).err(), registrable(host).err(), "{host}");
            assert!(registrable(host).is_err(), "{host}");
        }
    }

    #[test]
    fn the_longest_rule_of_the_right_section_counts() {
        for (host, domain) in [
            ("login.clinic.example.co.uk", Ok("example.co.uk")),
            ("app.clinic.github.io", Ok("github.io")),
            ("clinic.azurewebsites.net", Ok("azurewebsites.net")),
            ("www.city.kawasaki.jp", Ok("city.kawasaki.jp")),
            ("other.kawasaki.jp", Err(NotRegistrable::Suffix)),
            ("co.jp", Err(NotRegistrable::Suffix)),
            ("server.corp", Err(NotRegistrable::Unknown)),
            ("xn--80akhbyknj4f.xn--p1ai", Ok("xn--80akhbyknj4f.xn--p1ai")),
        ] {
            assert_eq!(registrable(host), domain, "{host}");
        }
    }
}
