//! What admins do to other people's accounts.

use crate::{
    Caller, Fault, Portal,
    decide::{Decision, Mails, RestsOn, decide},
    reviews::Decided,
};
use domain::{
    account::{Account, Command},
    actor::StaffRole,
    id::AccountId,
    refusal::Refusal,
};
use time::OffsetDateTime;

/// What is done to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountChange {
    /// A staff role, or none, is proposed; another admin confirms it.
    ProposeRole(Option<StaffRole>),
    /// What another admin proposed at that moment comes into force.
    ConfirmRole {
        /// The role that was proposed.
        role: Option<StaffRole>,
        /// When.
        proposed_at: OffsetDateTime,
    },
    /// What was proposed is dropped.
    DropRole,
    /// Its person can sign in no more.
    Disable,
    /// Its person can sign in again.
    Enable,
}

/// Does something to somebody else's account. `proof` is password or code, where none was shown a moment ago. The same twice
/// is one.
///
/// # Errors
/// `Stale` where a proposal is not there any more, or is another; what the rules refuse, a wrong proof included; `TooFast`.
pub async fn change_account(
    portal: &Portal,
    caller: &Caller,
    account: AccountId,
    change: AccountChange,
    proof: &str,
) -> Result<Decided, Fault> {
    let command = match change {
        AccountChange::ProposeRole(role) => Command::ProposeRole { role },
        AccountChange::ConfirmRole { role, proposed_at } => Command::ConfirmRole { role, proposed_at },
        AccountChange::DropRole => Command::DropRole,
        AccountChange::Disable => Command::Disable,
        AccountChange::Enable => Command::Enable,
    };
    let decision = Decision::<Account> {
        id: account,
        rests_on: RestsOn::Whatever,
        proof: Some(proof),
        command,
        mails: Mails::NoStranger,
    };
    match decide(portal, caller, decision).await {
        // Done before, and undone by somebody since.
        Ok(done) if done.again && !is_as_asked(&done.state, change) => Err(Fault::Stale),
        Ok(done) => Ok(Decided { again: done.again }),
        Err(Fault::NotFound | Fault::SentBefore | Fault::Refused(Refusal::ProposalChanged)) => Err(Fault::Stale),
        Err(error) => Err(error),
    }
}

fn is_as_asked(account: &Account, change: AccountChange) -> bool {
    match change {
        AccountChange::ProposeRole(role) => {
            account.proposed_role.as_ref().is_some_and(|proposed| proposed.role == role) || account.staff == role
        }
        AccountChange::ConfirmRole { role, .. } => account.staff == role,
        AccountChange::DropRole => account.proposed_role.is_none(),
        AccountChange::Disable => account.disabled.is_some(),
        AccountChange::Enable => account.disabled.is_none(),
    }
}
