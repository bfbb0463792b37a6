//! How often an account or an address may try.

use super::{
    bucket::{Limiter, Rate},
    reading::{ReadLimits, ReadRates},
};
use std::net::IpAddr;
use time::Duration;

/// The key of an address: IPv4 whole, IPv6 by its /64, the smallest block that one customer is given.
pub fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => v6.segments()[..4].iter().map(|part| format!("{part:x}:")).collect(),
    }
}

/// The limits of the account pages, of refused forms and of commands. Keys: the e-mail in lower case, the account's id,
/// or [`address_key`].
pub struct Limits {
    /// Passwords tried for one account, known or not, from one address.
    pub password_by_account_and_address: Limiter,
    /// Passwords tried for one account from anywhere: more than one address may, so that nobody keeps the owner out
    /// from a single one.
    pub password_by_account: Limiter,
    /// Passwords tried from one address.
    pub password_by_address: Limiter,
    /// Second-factor and recovery codes tried for one account.
    pub code_by_account: Limiter,
    /// Mails asked for to one e-mail address: verification, reset.
    pub mail_by_account: Limiter,
    /// Mails asked for, and accounts made, from one address.
    pub mail_by_address: Limiter,
    /// Forms of people who are not signed in, from one address: each may cost work, whether it is refused or not.
    pub forms_by_address: Limiter,
    /// Keys and redirect URIs looked at for people without an account, from one address.
    pub tools_by_address: Limiter,
    /// How often what was sent to be checked is judged for a page, from one address: the page may be loaded again.
    pub judged_by_address: Limiter,
    /// Refused forms kept for one account, or for one address. More than the tries above, so that their refusals are
    /// still shown.
    pub kept_forms: Limiter,
    /// Refused forms kept for all visitors together: each is a write, and addresses are cheap.
    pub kept_of_visitors: Limiter,
    /// Refused forms of one account, or one address, that are looked through for private keys where they are long: what is
    /// not looked through is not kept.
    pub searches: Limiter,
    /// How often one account, or one address, is told of a limit with the form that it sent; after that in few words.
    pub told_of_limits: Limiter,
    /// Commands of one account that is signed in: each leaves what it says in the history for good.
    pub commands_by_account: Limiter,
    /// Sections of drafts that one account sends to be saved, whatever becomes of them: each is judged.
    pub saves_by_account: Limiter,
    /// Invitations that one account sends, again or anew: each is a mail to somebody who did not ask for it.
    pub invitations_by_account: Limiter,
    /// Requests of one account to join an organisation: each mails owners who do not know them.
    pub requests_to_join: Limiter,
    /// The same to one organisation: whoever withdraws and asks again, mails its owners again.
    pub requests_to_join_one: Limiter,
    /// Submissions of one account: each mails every admin.
    pub submissions_by_account: Limiter,
    /// Requests of one token, whatever they ask for: each costs a page at least.
    pub api_by_token: Limiter,
    /// Requests of programs from one address, with a token that works or not.
    pub api_by_address: Limiter,
    /// What one account reads.
    pub reads: ReadLimits,
}

/// Requests of one token that may follow each other without a pause.
pub const API_BURST: u32 = 300;

/// The time in which as many are given back.
pub const API_WINDOW: Duration = Duration::minutes(5);

impl Limits {
    /// [`Limits::reading`] at the usual rates.
    pub fn standard() -> Self {
        Self::reading(ReadRates::default())
    }

    /// The limits as they run, with those of reading. From one address a guesser gets 10 passwords for each account, and
    /// then 120 an hour; from many together 60, and then 600 an hour. An office behind one address can still sign in.
    pub fn reading(rates: ReadRates) -> Self {
        let limiter = |burst, seconds| Limiter::new(Rate { burst, refill: Duration::seconds(seconds) });
        Self {
            password_by_account_and_address: limiter(10, 30),
            password_by_account: limiter(60, 6),
            password_by_address: limiter(60, 2),
            code_by_account: limiter(5, 60),
            mail_by_account: limiter(3, 900),
            mail_by_address: limiter(30, 20),
            forms_by_address: limiter(120, 2),
            tools_by_address: limiter(60, 2),
            judged_by_address: limiter(120, 1),
            kept_forms: limiter(120, 5),
            kept_of_visitors: limiter(300, 1),
            searches: limiter(120, 3),
            told_of_limits: limiter(10, 60),
            commands_by_account: limiter(300, 10),
            saves_by_account: limiter(300, 5),
            invitations_by_account: limiter(20, 600),
            requests_to_join: limiter(10, 1800),
            requests_to_join_one: limiter(5, 43_200),
            submissions_by_account: limiter(30, 300),
            api_by_token: Limiter::new(Rate { burst: API_BURST, refill: API_WINDOW / API_BURST }),
            api_by_address: Limiter::new(Rate { burst: 1_200, refill: Duration::milliseconds(200) }),
            reads: ReadLimits::new(rates),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_ipv6_customer_has_one_key() {
        let key = |text: &str| address_key(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
