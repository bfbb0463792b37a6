//! What the portal says around the rules: of forms as a whole, of accounts, and of what is asked of it.

#![expect(missing_docs, reason = "the sentences say what each is")]

use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// Who was quicker, and when in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Since {
    #[error("This has changed since you opened it.")]
    Unknown,
    #[error("You saved this in another tab on {0}.")]
    You(String),
    #[error("{name} saved this on {at}, while you had it open.")]
    Other { name: String, at: String },
}

/// A form that can be sent once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum SentForm {
    #[error("This form has already created an organisation.")]
    Organisation,
    #[error("This form has already added a service.")]
    Service,
}

/// What became of a form as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum FormFault {
    #[error("{0} Check what is there now and try again.")]
    Stale(Since),
    #[error("We could not accept what you entered, and we no longer have it. Enter it again.")]
    NotKept,
    #[error("You were signed out. What you typed is still here: check it and save.")]
    SignedOut,
    #[error("You were signed out, so nothing was submitted. Check this page and try again.")]
    SignedOutUnsent,
    #[error(
        "You were signed out, so nothing was saved and we cannot keep what you typed. Copy it from this page, sign in and \
         enter it again."
    )]
    SignedOutUnsaved,
    #[error(
        "Your browser is blocking our cookies. You can correct the form here, but you cannot sign in until you allow them."
    )]
    CookiesBlocked,
    #[error(
        "Your browser did not send our cookie back, so you cannot be signed in. Allow cookies for this site in the settings \
         of your browser, then enter your password again."
    )]
    CookiesNeeded,
    #[error("{0} Send it again to create another one from what you typed.")]
    SentBefore(SentForm),
    /// The rules do not allow it.
    #[error("{0}")]
    Refused(Box<Refusal>),
    #[error("There were too many tries. Wait {}, then try again.", wait(*.0))]
    TooManyTries(u64),
    #[error("You have made a lot of changes in a short time. Wait {}, then try again.", wait(*.0))]
    TooManyChanges(u64),
    #[error("The service is very busy at the moment. Wait a few seconds, then try again.")]
    Busy,
    #[error("Too many people are using this service at the moment. Wait a few seconds, then try again.")]
    Crowded,
    #[error("Finding this takes too long. Narrow what you are looking for, for example by dates, then try again.")]
    TooLong,
    #[error("We could not read this request. Go back, reload the page and try again.")]
    Malformed,
    #[error("Something went wrong on our side. Nothing was changed. Try again in a minute.")]
    Unavailable,
    #[error("{} If it keeps happening, tell us this reference: {}.", Self::Unavailable, .0)]
    UnavailableUnder(String),
    #[error(
        "Something that is stored cannot be read. Nothing was changed. Trying again will not help. Tell the team that runs \
         this portal."
    )]
    Unreadable,
    #[error("{} Give them this reference: {}.", Self::Unreadable, .0)]
    UnreadableUnder(String),
}

impl FormFault {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Stale(_) => "stale",
            Self::NotKept => "not-kept",
            Self::SignedOut | Self::SignedOutUnsent | Self::SignedOutUnsaved => "signed-out",
            Self::CookiesBlocked => "cookies-blocked",
            Self::CookiesNeeded => "cookies-needed",
            Self::SentBefore(_) => "sent-before",
            Self::Refused(_)
            | Self::TooManyTries(_)
            | Self::TooManyChanges(_)
            | Self::Busy
            | Self::Crowded
            | Self::TooLong
            | Self::Malformed => "refused",
            Self::Unavailable | Self::UnavailableUnder(_) => "unavailable",
            Self::Unreadable | Self::UnreadableUnder(_) => "unreadable",
        }
    }
}

/// Seconds to wait in words, never shorter than it is.
fn wait(seconds: u64) -> String {
    match seconds {
        0..=1 => "a second".into(),
        2..=60 => format!("{seconds} seconds"),
        longer => format!("{} minutes", longer.div_ceil(60)),
    }
}

/// What is wrong with what somebody signs in with, or with what is to become of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AccountFault {
    #[error("Enter a password.")]
    PasswordMissing,
    #[error("Enter a new password.")]
    NewPasswordMissing,
    #[error("The password is too short. Enter at least 12 characters: three random words make a good one.")]
    PasswordShort,
    #[error("The password is too long. Enter 128 characters or fewer.")]
    PasswordLong,
    #[error("The password contains your email address. Choose one that cannot be guessed from it.")]
    PasswordEmail,
    #[error(
        "The password is little more than the name of this service. Add three random words, or choose another one."
    )]
    PasswordService,
    #[error(
        "The password is easy to guess: it is one that many people choose, or follows a pattern. Choose another one: three \
         random words make a good password."
    )]
    PasswordCommon,
    #[error("This password is wrong. Enter the password that you sign in with.")]
    PasswordWrong,
    #[error(
        "This is not the password that you chose when you last signed up with this address. Enter that one, or use the link \
         below to choose a new one."
    )]
    PasswordOfSignUp,
    /// Whom to write to; empty where nobody is named.
    #[error(
        "The email address or the password is wrong, or the address is not verified yet. Check both, or choose a new \
         password. If that does not help, your account may be locked: {}.",
        whom(.0)
    )]
    SignIn(String),
    #[error("{}", Refusal::CodeWrong)]
    Code,
    #[error("Enter your password or a code from your authenticator app.")]
    ProofMissing,
    #[error("Choose which staff role this person should have.")]
    RoleMissing,
    #[error("Choose what to do with this account.")]
    ActionUnknown,
}

fn whom(contact: &str) -> String {
    match contact {
        "" => "ask the NHS login team that you work with".to_owned(),
        contact => format!("write to {contact}"),
    }
}

impl AccountFault {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::PasswordMissing | Self::NewPasswordMissing => "password-missing",
            Self::PasswordShort => "password-short",
            Self::PasswordLong => "password-long",
            Self::PasswordEmail => "password-email",
            Self::PasswordService => "password-service",
            Self::PasswordCommon => "password-common",
            Self::PasswordWrong | Self::PasswordOfSignUp => "password-wrong",
            Self::SignIn(_) => "sign-in",
            Self::Code => "code",
            Self::ProofMissing => "proof-missing",
            Self::RoleMissing => "choice-missing",
            Self::ActionUnknown => "unknown",
        }
    }
}

/// What is wrong with an invitation to a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum TeamFault {
    #[error("This person is already in the team. Change their role on the page of the team.")]
    InTeam,
    #[error(
        "This person already has an invitation, with another role. Withdraw it on the page of the team before you send \
         another."
    )]
    Invited,
    #[error(
        "{0} invitations have not been answered, which is the most that a team can have. Withdraw one of them before you \
         send another."
    )]
    InvitationsMany(usize),
    #[error("A team can have {0} people, invitations included. Remove someone first, or write to us if you need more.")]
    PeopleMany(usize),
    #[error("Choose a role.")]
    RoleMissing,
    #[error("Choose whether to let them join, and as what.")]
    AnswerMissing,
}

impl TeamFault {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::InTeam => "in-team",
            Self::Invited => "invited",
            Self::InvitationsMany(_) => "invitations-many",
            Self::PeopleMany(_) => "people-many",
            Self::RoleMissing => "choice-missing",
            Self::AnswerMissing => "answer-missing",
        }
    }
}

/// What is wrong with a token of an organisation that somebody wants to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum TokenFault {
    #[error("The organisation already has a token with this name. Give it another one.")]
    NameTaken,
    #[error("An organisation can have {0} tokens at a time. End one that you no longer need.")]
    TokensMany(usize),
    #[error("Choose what the token can do.")]
    ScopeMissing,
    #[error("Choose at least one environment.")]
    EnvironmentMissing,
    #[error("Choose when the token expires.")]
    LifeMissing,
}

impl TokenFault {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::NameTaken => "name-taken",
            Self::TokensMany(_) => "tokens-many",
            Self::ScopeMissing => "scope-missing",
            Self::EnvironmentMissing => "environment-missing",
            Self::LifeMissing => "life-missing",
        }
    }
}

/// What is wrong with what is asked of the portal: a search, a check, a confirmation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum EntryFault {
    #[error("“To” must be the same day as “From”, or a later one.")]
    DateOrder,
    #[error("Enter a date as day, month and year, such as 27/3/2026.")]
    Date,
    #[error("This is not the ID of {0}. Copy it from that page, or follow a link from there.")]
    Id(String),
    #[error("We can check up to {0} redirect URIs at a time. Check the others afterwards.")]
    UriCount(usize),
    #[error("The input is larger than 64 KiB. Send one item on its own.")]
    InputTooLarge,
    #[error("The input is not UTF-8 text: byte {0} cannot be read. Save it as UTF-8 and try again.")]
    NotUtf8(usize),
    #[error("Tick the box to confirm that you want to retire it for good.")]
    RetirementUnconfirmed,
}

impl EntryFault {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::DateOrder => "date-order",
            Self::Date => "date",
            Self::Id(_) => "id",
            Self::UriCount(_) => "uri-count",
            Self::InputTooLarge => "too-large",
            Self::NotUtf8(_) => "not-utf-8",
            Self::RetirementUnconfirmed => "confirmation-missing",
        }
    }
}
