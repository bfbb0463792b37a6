//! Whether somebody who gave a vote may still give it. A vote counts only while its giver is an active admin with a second
//! factor who has nothing to do with the partner: judged when a decision takes effect, not only when the vote is cast
//! (threat 3; domain.md, Life of a registration).

use crate::{account::Account, actor::StaffRole, id::AccountId};
use std::collections::BTreeMap;

/// What an account is allowed by now, as far as a vote rests on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The staff role in force.
    pub staff: Option<StaffRole>,
    /// Whether signing in takes a second factor.
    pub second_factor: bool,
    /// Whether the account is locked.
    pub locked: bool,
    /// Whether the person belongs, or ever belonged, to the team of the partner whom the vote is about.
    pub belonged: bool,
}

/// Why a vote counts no more. Its words go on from a name: “Ada Adams’s approval no longer counts: …”.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lapse {
    /// The account was locked.
    #[error("the account is locked")]
    Locked,
    /// The role was taken away or changed.
    #[error("this person is no longer an admin")]
    NotAdmin,
    /// The second factor was taken away.
    #[error("this person no longer has a second factor")]
    NoSecondFactor,
    /// The person joined the partner's team.
    #[error("this person has joined the partner’s team")]
    Belonged,
    /// Nobody knows: what is not known to count does not.
    #[error("the account cannot be found")]
    Unknown,
}

impl Authority {
    /// That of an account, as to acts that concern no partner.
    pub fn of(account: &Account) -> Self {
        Self {
            staff: account.staff,
            second_factor: account.second_factor.is_some(),
            locked: account.disabled.is_some(),
            belonged: false,
        }
    }

    /// Why a vote of this account does not count; none where it does.
    pub fn lapse(self) -> Option<Lapse> {
        if self.locked {
            Some(Lapse::Locked)
        } else if self.staff != Some(StaffRole::Admin) {
            Some(Lapse::NotAdmin)
        } else if !self.second_factor {
            Some(Lapse::NoSecondFactor)
        } else if self.belonged {
            Some(Lapse::Belonged)
        } else {
            None
        }
    }
}

/// The authority of everybody whose vote a decision rests on, read in the transaction that decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Voters(BTreeMap<AccountId, Authority>);

impl Voters {
    /// Why a vote of this account does not count; none where it does.
    pub fn lapse(&self, account: AccountId) -> Option<Lapse> {
        self.0.get(&account).map_or(Some(Lapse::Unknown), |authority| authority.lapse())
    }

    /// Whether a vote of this account counts.
    pub fn counts(&self, account: AccountId) -> bool {
        self.lapse(account).is_none()
    }
}

impl FromIterator<(AccountId, Authority)> for Voters {
    fn from_iter<T: IntoIterator<Item = (AccountId, Authority)>>(of: T) -> Self {
        Self(of.into_iter().collect())
    }
}
