//! Hosts that are many people's: tools that show whoever looks what came back, link shorteners, and domains under which
//! names are given out and come free again. Sound, and a person looks (domain.md, Redirect URIs).

use super::{FIELD, RedirectUri, host, is_at_or_below};
use crate::warning::{Said, Warning};

/// Tools for trying out requests, and names that lead to whoever's machine asks for them. Anybody can read what comes
/// back there.
const TOOLS: &str = "oauth.pstmn.io oidcdebugger.com oauthdebugger.com openidconnect.net oauth.tools jwt.io jwt.ms \
    webhook.site requestbin.com pipedream.net beeceptor.com requestcatcher.com httpbin.org hoppscotch.io insomnia.rest \
    developers.google.com getpostman.com www.oauth.com lvh.me localtest.me nip.io sslip.io xip.io vcap.me loca.lt \
    serveo.net";
/// Whose addresses lead wherever their owner decides later.
const SHORTENERS: &str = "bit.ly tinyurl.com t.co goo.gl ow.ly is.gd v.gd buff.ly rebrand.ly cutt.ly shorturl.at rb.gy \
    tiny.cc lnkd.in t.ly s.id bl.ink short.io qrco.de linktr.ee tiny.one";

/// The warning about a host that is not its user's alone.
pub(super) fn warning(uri: &RedirectUri) -> Option<Said> {
    let host = uri.host().filter(|_| uri.as_str().starts_with("https://"))?;
    if is_tool(host) {
        let sentence = format!(
            "“{host}” is a tool that many people share, so others may read what comes back there. Use it for tests only. An \
             NHS login admin will check this before approving it."
        );
        return Some(Warning::UriSharedTool.said(FIELD, sentence));
    }
    if listed(SHORTENERS, host) {
        let sentence = format!(
            "“{host}” shortens links, and where a link leads can be changed at any time. Use an address on your own host. An \
             NHS login admin will check this before approving it."
        );
        return Some(Warning::UriShortener.said(FIELD, sentence));
    }
    let suffix = uri.private_suffix()?;
    let sentence = format!(
        "“{host}” is a name below {suffix}: if you give it up, someone else can take it and receive the people who \
         sign in. Use a host of your own domain if you can. An NHS login admin will check this before approving it."
    );
    Some(Warning::UriSharedDomain.said(FIELD, sentence))
}

/// What hosts for tests are called, with or without a number.
const TEST_WORDS: &str = "test tests testing dev develop development uat stage staging stg qa sandbox sandpit preprod \
    nonprod demo sit ppe preview integration";

/// The word in a host by which it is one for tests; a shared tool is one whole.
pub(super) fn test_word(uri: &RedirectUri) -> Option<&str> {
    let host = uri.host().filter(|_| uri.as_str().starts_with("https://"))?;
    if is_tool(host) || host::is_loopback(host) {
        return Some(host);
    }
    let domain = uri.registrable_domain()?;
    let own = host.strip_suffix(domain.as_str())?;
    own.split(['.', '-']).find(|word| {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        TEST_WORDS.split_ascii_whitespace().any(|known| known == word)
    })
}

/// Whether a host is a shared tool's.
fn is_tool(host: &str) -> bool {
    listed(TOOLS, host)
}

fn listed(list: &str, host: &str) -> bool {
    list.split_ascii_whitespace().any(|known| is_at_or_below(host, known))
}
