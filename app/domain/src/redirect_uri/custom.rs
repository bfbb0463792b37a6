//! Schemes of a partner's own, for native apps (RFC 8252, 7.1).

use super::{FIELD, Refusal, host, path, refuse};
use crate::{
    quote,
    rule::UriFault,
    warning::{Said, Warning},
};

/// Schemes that mean something already: to browsers and phones, in IANA's registry or by long use, or as a way to run a
/// script.
const TAKEN: &str = "\
    about acct app blob bluetooth chrome chrome-extension cid coap coaps content data dav dict dns doi facetime \
    fax feed file filesystem ftp ftps geo git go gopher h323 http im imap imaps info intent ipp ipps irc ircs \
    itms-apps jar javascript jdbc ldap ldaps magnet mailto maps market mid mms mongodb moz-extension mqtt mqtts \
    news nfs nntp oid pkcs11 pop pop3 postgres postgresql pres redis resource rsync rtmp rtsp rtsps s3 sftp shttp \
    sip sips skype slack sms smsto smtp smtps snmp spotify ssh steam stun stuns svn tag tel telnet tftp tn3270 \
    turn turns udp urn vbscript view-source vnc wais whatsapp ws wss xmpp z39.50";
/// How the schemes of browsers' and of Windows' own begin.
const TAKEN_FAMILIES: [&str; 3] = ["ms-", "web+", "x-apple"];

/// Judges what is not `http` or `https`.
pub(super) fn judge(scheme: &str, rest: &str) -> Result<(), Refusal> {
    let lower = scheme.to_ascii_lowercase();
    let is_taken = TAKEN.split(' ').any(|taken| taken == lower);
    // One letter is a drive of Windows.
    if scheme.len() < 2 || is_taken || TAKEN_FAMILIES.iter().any(|family| lower.starts_with(family)) {
        return refuse(UriFault::SchemeTaken(quote::short(scheme)));
    }
    let Some(rest) = rest.strip_prefix('/') else {
        return refuse(UriFault::CustomPath(quote::short(scheme)));
    };
    let path = match rest.strip_prefix('/') {
        Some(rest) => {
            let (authority, path) = path::split(rest);
            judge_authority(authority)?;
            path
        }
        None => rest,
    };
    // Without a path there is nothing that could be changed in it.
    if path.is_empty() { Ok(()) } else { path::judge(path) }
}

/// A word that the app knows, never a user name or a port.
fn judge_authority(authority: &str) -> Result<(), Refusal> {
    host::check_no_userinfo(authority)?;
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._~".contains(&byte);
    if !authority.starts_with(|c: char| c.is_ascii_alphanumeric()) || !authority.bytes().all(word) {
        return refuse(UriFault::CustomHost);
    }
    Ok(())
}

/// Another app can claim a scheme that is not named after a domain.
pub(super) fn warning(text: &str) -> Option<Said> {
    let (scheme, _) = text.split_once(':').filter(|(scheme, _)| *scheme != "https")?;
    let sentence = || {
        format!(
            "The scheme “{scheme}:” has no full stop, so another app can claim it and receive the people who sign in. Name \
             it after a domain of yours, like uk.co.your-service:/callback."
        )
    };
    (!scheme.contains('.')).then(|| Warning::UriSchemeNoPeriod.said(FIELD, sentence()))
}
