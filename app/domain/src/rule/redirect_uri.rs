//! What is wrong with a redirect URI. Its sentence says which of a list, and ends with the form to adopt, where there is one.

#![expect(missing_docs, reason = "the sentences say what each is")]

use crate::{quote, redirect_uri::MOST, text::thousands};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A broken rule of a redirect URI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UriRule {
    /// What is wrong.
    pub fault: UriFault,
    /// The form to adopt.
    pub better: Option<Box<str>>,
    /// The zero-based position in a list: in a summary the same mistake in two entries would read the same.
    pub position: Option<usize>,
}

impl UriRule {
    /// What is wrong with one that stands alone, or with the list as a whole.
    pub(crate) fn new(fault: UriFault) -> Self {
        Self { fault, better: None, position: None }
    }

    /// The same, of one entry of a list.
    pub(crate) fn at(self, position: usize) -> Self {
        Self { position: Some(position), ..self }
    }

    /// The rule's stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.fault.name()
    }
}

impl fmt::Display for UriRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.position.map(|position| position + 1);
        match (number, self.fault.is_whole()) {
            (None, true) => {}
            (None, false) => f.write_str("The redirect URI ")?,
            (Some(number), true) => write!(f, "Redirect URI {number}: ")?,
            (Some(number), false) => write!(f, "Redirect URI {number} ")?,
        }
        write!(f, "{}", self.fault)?;
        match &self.better {
            Some(better) => write!(f, " Use {better} instead."),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UriRule {}

/// An end of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// Its start.
    Start,
    /// Its end.
    End,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Start { "start" } else { "end" })
    }
}

/// What is wrong with a redirect URI, in words that follow “The redirect URI”, or in a whole sentence
/// ([`UriFault::is_whole`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum UriFault {
    #[error("{}", crate::private_key::SENTENCE)]
    Private,
    #[error("Enter the redirect URI, for example https://www.your-service.co.uk/callback.")]
    Missing,
    #[error("Enter at least one redirect URI, for example https://www.your-service.co.uk/callback.")]
    NoneOfList,
    #[error(
        "There are {0} redirect URIs and the most is {MOST}. Keep one for each host: send where the person was in the \
         state parameter of the authorize request, and route them from there when they come back."
    )]
    TooMany(usize),
    /// Of the redirect URI at this zero-based position.
    #[error("is the same as redirect URI {}. Remove one of the two.", .0 + 1)]
    Duplicate(usize),
    #[error("must be 2,000 characters or fewer. It has {}.", thousands(*.0))]
    TooLong(usize),
    #[error("must begin with https://. Type the whole address.")]
    SchemeMissing,
    #[error(
        "must begin with https://, not with “{0}:”. For an app, use an https address that opens the app: an app link on \
         Android, a universal link on iOS."
    )]
    Scheme(String),
    #[error("begins with “{0}:”, which already has a meaning of its own. Use https://, or a scheme of your app.")]
    SchemeTaken(String),
    #[error("must have a slash after “{0}:”. Write it like {0}://connect/authresponse.")]
    CustomPath(String),
    #[error("must have a name of small letters, digits and hyphens after the two slashes, without a port.")]
    CustomHost,
    #[error("would be changed by a browser, so it would never match.")]
    Changed,
    #[error(
        "cannot be read by a browser. Check each part of the address, above all a part of the host that begins with xn--."
    )]
    Unreadable,
    #[error(
        "must begin with https:// and cannot lead to your own machine (localhost): give a test host of yours a public name \
         and a certificate, and use its address."
    )]
    LoopbackOverHttp,
    #[error("must begin with https://, on your own machine too. Serve the page over https and change the address.")]
    AllowedLoopbackOverHttp,
    #[error("must begin with https://, not http://. Serve the page over https and change the address.")]
    Http,
    #[error("cannot have spaces, tabs or line breaks. Type the address again without them.")]
    Whitespace,
    #[error("ends with {0}, which looks like a mistake. Remove it.")]
    EscapeAtEnd(String),
    #[error("has a space at its {0}. Remove it.")]
    Space(End),
    #[error("has a tab or a line break at its {0}. Remove it.")]
    Break(End),
    #[error("has a character that cannot be seen (U+{:04X}) at its {}. Remove it.", u32::from(*.0), .1)]
    Unseen(char, End),
    #[error("ends with a comma, which looks like a mistake. Remove it.")]
    TrailingComma,
    #[error("ends with a semicolon, which looks like a mistake. Remove it.")]
    TrailingSemicolon,
    #[error("has a quotation mark or bracket at its {} ({}). Enter the address alone.", .1, shown(*.0))]
    Quoted(char, End),
    #[error(
        "has a character in it that cannot be seen (U+{:04X}). Remove it, or type the address again instead of pasting it.",
        u32::from(*.0)
    )]
    Invisible(char),
    #[error(
        "has “{}” (U+{:04X}) in its host, which is not one of the letters a to z. If you mean it, enter the host in its \
         ASCII form, which begins with xn--.",
        shown(*.0),
        u32::from(*.0)
    )]
    HostNotAscii(char),
    #[error("has “{}” (U+{:04X}), and it can only have plain letters, digits and signs.", shown(*.0), u32::from(*.0))]
    NotAscii(char),
    #[error("cannot have a wildcard (*). Enter each address in full.")]
    Wildcard,
    #[error("cannot have a backslash (\\). Use a slash (/).")]
    Backslash,
    #[error("cannot have a fragment (#). Remove it and everything after it.")]
    Fragment,
    #[error(
        "cannot have a query (?). Remove it and everything after it, and use the state parameter of the authorize request \
         instead."
    )]
    Query,
    #[error("must have exactly two slashes after https: and then the host.")]
    Slashes,
    #[error("has no host. Type the whole address, for example https://www.your-service.co.uk/callback.")]
    HostMissing,
    #[error("cannot lead to a person’s own machine (localhost). Use a host that has a public name.")]
    Loopback,
    #[error("cannot have an IP address, however it is written. Use the name of the host.")]
    Ip,
    #[error("cannot have a user name or an @ before the host. Remove everything between https:// and the host.")]
    UserInfo,
    #[error("includes port 443, which is the default. Remove the colon and the port.")]
    PortDefault,
    #[error("must have a port from 1 to 65535, without zeros in front. Correct it, or remove the colon and the port.")]
    Port,
    #[error("has a host that ends with a full stop. Remove the full stop.")]
    TrailingDot,
    #[error(
        "has “{}” in its host, which can only have letters, digits and hyphens between full stops. Remove it.",
        shown(*.0)
    )]
    HostCharacter(char),
    #[error(
        "has a host with an impossible part. Each part between full stops must have 1 to 63 characters and cannot begin or \
         end with a hyphen. The whole host can have 253."
    )]
    HostLabel,
    #[error("has a host with a part in punycode (xn--) that stands for punycode again. Use its real name.")]
    PunycodeTwice,
    #[error(
        "has a host with a part in punycode (xn--) that stands for U+{:04X}, a character so new that not every browser \
         reads it. Use another name of the host.",
        u32::from(*.0)
    )]
    TooNew(char),
    #[error("has the host “{0}”, where anyone can claim a name. Use your own name below it, such as your-name.{0}.")]
    PrivateSuffix(String),
    #[error("has the host “{0}”, which many organisations share. Use the name of your own host below it.")]
    PublicSuffix(String),
    #[error(
        "has the host “{0}”, which is not a public name: it does not end in a top-level domain such as .uk or .com. Use a \
         host that people can reach."
    )]
    NotPublic(String),
    #[error("must have a slash after the host.")]
    NoPath,
    #[error(
        "cannot have the sign “{}” in its path. Remove it, or write it as a percent escape (%{:02X}).",
        shown(*.0),
        u32::from(*.0)
    )]
    Character(char),
    #[error("cannot have the path segments . or .. in it. Write the path in full.")]
    Dots,
    #[error(
        "has “..;” or “.;” in its path, which some servers read as the folder above. Write the path in full without it."
    )]
    HiddenDots,
    #[error("has a percent sign without two hexadecimal digits after it. Write the percent sign itself as %25.")]
    Escape,
    #[error(
        "has the percent escape %{0:02X}, which hides a control character, a full stop, a slash or a backslash. Remove it."
    )]
    EscapeForbidden(u8),
    #[error("is a list of {0} addresses. Enter each one as its own redirect URI.")]
    Several(usize),
    #[error("is percent-encoded as a whole. Enter the decoded address.")]
    Encoded,
    #[error("begins with https:// or http:// twice. Remove one of them.")]
    DoubleScheme,
    #[error(
        "is an address of the provider ({0}), not of your service. Enter the address on your own host that people come \
         back to."
    )]
    Provider(String),
    #[error(
        "is the address of an authorize request to the provider, with your own address inside. Enter that one alone."
    )]
    AuthorizeRequest,
    #[error("has a placeholder that was not filled in: “{0}”. Put the real host there.")]
    PlaceholderHost(String),
    #[error(
        "has a placeholder in it: “{0}”. NHS login compares one exact address, so enter that, and keep what changes in the \
         state parameter of the authorize request."
    )]
    Placeholder(String),
}

/// A sign in the middle of a sentence.
fn shown(sign: char) -> String {
    quote::short(&sign.to_string())
}

impl UriFault {
    /// Whether its words are a whole sentence.
    fn is_whole(&self) -> bool {
        matches!(self, Self::Private | Self::Missing | Self::NoneOfList | Self::TooMany(_))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Private => "private-key",
            Self::Missing | Self::NoneOfList => "uri-missing",
            Self::TooMany(_) => "uri-too-many",
            Self::Duplicate(_) => "uri-duplicate",
            Self::TooLong(_) => "uri-too-long",
            Self::SchemeMissing => "uri-scheme-missing",
            Self::Scheme(_) => "uri-scheme",
            Self::SchemeTaken(_) => "uri-scheme-taken",
            Self::CustomPath(_) => "uri-custom-path",
            Self::CustomHost => "uri-custom-host",
            Self::Changed => "uri-changed",
            Self::Unreadable | Self::PunycodeTwice | Self::TooNew(_) => "uri-invalid",
            Self::LoopbackOverHttp | Self::Loopback => "uri-loopback",
            Self::AllowedLoopbackOverHttp | Self::Http => "uri-http",
            Self::Whitespace | Self::EscapeAtEnd(_) | Self::Space(_) | Self::Break(_) | Self::Unseen(..) => {
                "uri-whitespace"
            }
            Self::TrailingComma | Self::TrailingSemicolon => "uri-trailing-comma",
            Self::Quoted(..) => "uri-quoted",
            Self::Invisible(_) => "uri-invisible",
            Self::HostNotAscii(_) | Self::NotAscii(_) => "uri-not-ascii",
            Self::Wildcard => "uri-wildcard",
            Self::Backslash => "uri-backslash",
            Self::Fragment => "uri-fragment",
            Self::Query => "uri-query",
            Self::Slashes => "uri-slashes",
            Self::HostMissing => "uri-host-missing",
            Self::Ip => "uri-ip",
            Self::UserInfo => "uri-userinfo",
            Self::PortDefault => "uri-port-default",
            Self::Port => "uri-port",
            Self::TrailingDot => "uri-trailing-dot",
            Self::HostCharacter(_) => "uri-host-character",
            Self::HostLabel => "uri-host-label",
            Self::PrivateSuffix(_) | Self::PublicSuffix(_) => "uri-public-suffix",
            Self::NotPublic(_) => "uri-not-public",
            Self::NoPath => "uri-no-path",
            Self::Character(_) => "uri-character",
            Self::Dots | Self::HiddenDots => "uri-dots",
            Self::Escape => "uri-escape",
            Self::EscapeForbidden(_) => "uri-escape-forbidden",
            Self::Several(_) => "uri-several",
            Self::Encoded => "uri-encoded",
            Self::DoubleScheme => "uri-double-scheme",
            Self::Provider(_) => "uri-provider",
            Self::AuthorizeRequest => "uri-authorize-request",
            Self::PlaceholderHost(_) | Self::Placeholder(_) => "uri-placeholder",
        }
    }
}
