//! A person's account: address, second factor, staff role, sessions. Secrets pass through commands as
//! opaque values that the store keeps beside the account; no event, so no entry of the history, holds one.

use crate::{
    actor::{Actor, StaffRole, Stamp, TokenScope},
    aggregate::{Aggregate, ProofNeeded},
    authority::Authority,
    email::EmailAddress,
    erasure::Erasure,
    id::AccountId,
    recorded::{Texts, Whole, alone, given},
    refusal::Refusal,
    text::FreeText,
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// An account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The address that it signs in with; none before the first event.
    pub email: Option<EmailAddress>,
    /// The person's name.
    pub name: String,
    /// When the address was verified.
    pub verified: Option<Stamp>,
    /// Since when a second factor is required at sign-in.
    pub second_factor: Option<Stamp>,
    /// The staff role in force.
    pub staff: Option<StaffRole>,
    /// When it was set last, and by whom: the second of two admins, or the operator. None where it was never set, and in
    /// states from before it was recorded.
    #[serde(default)]
    pub staff_set: Option<Stamp>,
    /// A change of staff role that waits for a second admin.
    pub proposed_role: Option<ProposedRole>,
    /// Set while disabled.
    pub disabled: Option<Stamp>,
}

/// A change of staff role that one admin proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedRole {
    /// The role to come; none takes it away.
    pub role: Option<StaffRole>,
    /// When and by whom.
    pub stamp: Stamp,
}

/// A secret on its way to the store. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What was shown beside the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Nothing.
    PasswordOnly,
    /// A right code of the authenticator app.
    Totp {
        /// The 30-second step of the code: each is accepted once (RFC 6238, 5.2).
        step: i64,
    },
    /// A recovery code, used up by this.
    RecoveryCode {
        /// SHA-256, lowercase hex.
        hash: Secret,
    },
}

/// What a decision on an account needs to know of the secrets kept beside it, read in the same transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Whether the mailed link of the command is this account's, unused and not expired.
    pub link_valid: bool,
    /// The step of the last code that was accepted.
    pub last_totp_step: Option<i64>,
    /// Whether the recovery code of the command is this account's and unused.
    pub recovery_code_valid: bool,
    /// Whether the password that was shown is still the account's, and its sessions were not ended since.
    pub password_stands: bool,
    /// What whoever made the open proposal is allowed by now; none where that is not known, and then it does not count.
    pub proposer: Option<Authority>,
}

/// How long a proposed change of role can be confirmed.
pub const PROPOSAL_LASTS: Duration = Duration::days(7);

/// What somebody asks of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Create it. For an account that waits for its first verification this replaces what was chosen before and
    /// mails a fresh link: the earlier link may have run out. For every other account only its owner is told.
    SignUp {
        /// The address.
        email: EmailAddress,
        /// The person's name.
        name: String,
        /// PHC string of the password.
        password: Secret,
    },
    /// Staff account or role from the command line.
    Grant {
        /// The address, for a new account.
        email: EmailAddress,
        /// The role.
        role: StaffRole,
    },
    /// Create it by the link of an invitation to a team, which shows that the address is theirs; or, before the address was
    /// verified, choose its name and password anew.
    SetUp {
        /// SHA-256 of the link's token, lowercase hex.
        link: Secret,
        /// The address that was invited.
        email: EmailAddress,
        /// The person's name.
        name: String,
        /// PHC string.
        password: Secret,
    },
    /// The link of the verification mail was confirmed, by somebody who knows the password chosen at sign-up: whoever
    /// signed up with another person's address chose a password that the owner of the address does not know.
    Verify {
        /// SHA-256 of the link's token, lowercase hex.
        link: Secret,
        /// Fingerprint of the credentials that the password was checked against.
        shown: Secret,
    },
    /// Mail a link to choose a new password.
    AskReset,
    /// A new password by the link of the reset mail; ends every session and verifies the address.
    ResetPassword {
        /// SHA-256 of the link's token, lowercase hex.
        link: Secret,
        /// PHC string.
        password: Secret,
        /// The person's name, where the page asked for it: before the address is verified.
        name: Option<String>,
    },
    /// Another name.
    Rename {
        /// The name.
        name: String,
    },
    /// A new password by somebody who is signed in; ends every other session.
    ChangePassword {
        /// PHC string.
        password: Secret,
        /// Token hash of the session to keep.
        keep: Secret,
    },
    /// Turn the second factor on, or replace it; ends every other session.
    SetSecondFactor {
        /// The sealed TOTP secret.
        totp: Secret,
        /// The time step of the code that confirmed it: accepted once, so not again (RFC 6238, 5.2).
        step: i64,
        /// SHA-256 hashes of the recovery codes.
        recovery_codes: Vec<Secret>,
        /// Token hash of the session to keep.
        keep: Secret,
    },
    /// Turn the second factor off; ends every other session.
    RemoveSecondFactor {
        /// Token hash of the session to keep.
        keep: Secret,
    },
    /// The password was right: open a session.
    SignIn {
        /// SHA-256 of the new session's token, lowercase hex.
        session: Secret,
        /// What was shown beside the password.
        proof: Proof,
        /// Fingerprint of the credentials that the password was checked against.
        shown: Secret,
    },
    /// The password or a code was right once more, in a session that is open.
    Reauthenticate {
        /// Token hash of the session.
        session: Secret,
        /// What was shown.
        proof: Proof,
    },
    /// End one session.
    SignOut {
        /// Its token hash.
        session: Secret,
    },
    /// End every session.
    SignOutEverywhere,
    /// Propose another staff role.
    ProposeRole {
        /// The role to come; none takes it away.
        role: Option<StaffRole>,
    },
    /// Second the proposed role: exactly the proposal that was shown.
    ConfirmRole {
        /// The role that was shown.
        role: Option<StaffRole>,
        /// When it was proposed, as shown.
        proposed_at: OffsetDateTime,
    },
    /// Decline the proposed role, or take the proposal back.
    DropRole,
    /// Lock the account and end its sessions.
    Disable,
    /// Unlock it.
    Enable,
    /// The way back for somebody who has lost everything, opened by whoever runs the portal: unlocks the account, takes
    /// password and second factor away, ends its sessions and mails a link for choosing a password.
    Recover,
    /// Operator: record that a text was erased.
    Erase(Erasure),
}

/// What happened to an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields, bound = "")]
pub enum Event<X: Texts = Whole> {
    /// Created; or, before the address was verified, signed up anew.
    SignedUp {
        /// The address.
        email: X::Of<FreeText>,
        /// The person's name.
        name: X::Of<FreeText>,
    },
    /// Signed up again with the same address.
    #[serde(deserialize_with = "alone")]
    SignedUpAgain,
    /// Staff role from the command line; creates the account when it is new.
    Granted {
        /// The address.
        email: X::Of<FreeText>,
        /// The role.
        role: StaffRole,
    },
    /// Created by the link of an invitation to a team, or name and password chosen anew by it; the address is verified by
    /// it.
    SetUp {
        /// The address.
        email: X::Of<FreeText>,
        /// The person's name.
        name: X::Of<FreeText>,
    },
    /// Address verified.
    #[serde(deserialize_with = "alone")]
    Verified,
    /// A reset link asked for.
    #[serde(deserialize_with = "alone")]
    ResetAsked,
    /// A new password by reset link.
    #[serde(deserialize_with = "alone")]
    PasswordReset,
    /// A new password.
    #[serde(deserialize_with = "alone")]
    PasswordChanged,
    /// Second factor set or replaced.
    #[serde(deserialize_with = "alone")]
    SecondFactorSet,
    /// Second factor removed.
    #[serde(deserialize_with = "alone")]
    SecondFactorRemoved,
    /// A recovery code used.
    #[serde(deserialize_with = "alone")]
    RecoveryCodeUsed,
    /// Password or code shown again, before a decision.
    #[serde(deserialize_with = "alone")]
    Reauthenticated,
    /// Signed in.
    SignedIn {
        /// Whether with a second factor.
        second_factor: bool,
    },
    /// Signed out.
    #[serde(deserialize_with = "alone")]
    SignedOut,
    /// Signed out everywhere.
    #[serde(deserialize_with = "alone")]
    SignedOutEverywhere,
    /// A staff role proposed.
    RoleProposed {
        /// The role to come.
        #[serde(deserialize_with = "given")]
        role: Option<StaffRole>,
    },
    /// The proposed role confirmed by a second admin.
    RoleConfirmed {
        /// The role in force from now on.
        #[serde(deserialize_with = "given")]
        role: Option<StaffRole>,
    },
    /// The proposal dropped.
    #[serde(deserialize_with = "alone")]
    RoleDropped,
    /// Locked.
    #[serde(deserialize_with = "alone")]
    Disabled,
    /// Unlocked.
    #[serde(deserialize_with = "alone")]
    Enabled,
    /// Another name.
    Renamed {
        /// The name.
        name: X::Of<FreeText>,
    },
    /// Opened again by the operator, without password and second factor.
    #[serde(deserialize_with = "alone")]
    Recovered,
    /// A text erased from it by the operator.
    TextErased(Erasure<X>),
}

type Decision = Result<Vec<Event>, Refusal>;

impl Aggregate for Account {
    const KIND: &'static str = "account";
    type Id = AccountId;
    type Command = Command;
    type Event = Event;
    type Facts = Facts;

    fn blank(id: AccountId) -> Self {
        Self {
            id,
            email: None,
            name: String::new(),
            verified: None,
            second_factor: None,
            staff: None,
            staff_set: None,
            proposed_role: None,
            disabled: None,
        }
    }

    fn proof_needed(command: &Command) -> ProofNeeded {
        match command {
            Command::ProposeRole { .. }
            | Command::ConfirmRole { .. }
            | Command::DropRole
            | Command::Disable
            | Command::Enable
            | Command::Erase(_) => ProofNeeded::Fresh,
            Command::SignUp { .. }
            | Command::Grant { .. }
            | Command::SetUp { .. }
            | Command::Verify { .. }
            | Command::AskReset
            | Command::ResetPassword { .. }
            | Command::Rename { .. }
            | Command::ChangePassword { .. }
            | Command::SetSecondFactor { .. }
            | Command::RemoveSecondFactor { .. }
            | Command::SignIn { .. }
            | Command::Reauthenticate { .. }
            | Command::SignOut { .. }
            | Command::SignOutEverywhere
            | Command::Recover => ProofNeeded::None,
        }
    }

    /// Nobody's account is a token's.
    fn token_scope(_: &Command) -> Option<TokenScope> {
        None
    }

    fn environment_of(&self, _: &Command) -> Option<&str> {
        None
    }

    fn judge(&self, actor: &Actor, command: &Command, facts: &Facts, now: OffsetDateTime) -> Decision {
        match command {
            Command::SignUp { email, name, .. } => self.sign_up(email, name),
            Command::Grant { email, role } => self.grant(actor, email, *role),
            Command::SetUp { email, name, .. } => self.set_up(email, name, facts),
            _ if self.email.is_none() => Err(Refusal::NotFound),
            Command::Enable => self.enable(actor),
            Command::Recover => operator(actor).map(|()| vec![Event::Recovered]),
            Command::Erase(erasure) => Ok(vec![Event::TextErased(erasure.decide(actor)?)]),
            // A locked account may still have to lose its role.
            Command::ProposeRole { role } => self.propose_role(actor, *role),
            Command::ConfirmRole { role, proposed_at } => self.confirm_role(actor, (*role, *proposed_at), facts, now),
            Command::DropRole => self.drop_role(actor),
            _ if self.disabled.is_some() => Err(Refusal::AccountDisabled),
            Command::AskReset => Ok(vec![Event::ResetAsked]),
            Command::Verify { .. } | Command::ResetPassword { .. } if !facts.link_valid => Err(Refusal::LinkGone),
            Command::Verify { .. } if !facts.password_stands => Err(Refusal::CredentialsChanged),
            Command::Verify { .. } => match self.verified {
                Some(_) => Ok(Vec::new()),
                None => Ok(vec![Event::Verified]),
            },
            Command::ResetPassword { name, .. } => Ok(self.reset(name.as_deref())),
            Command::SignIn { proof, .. } => self.sign_in(proof, facts),
            Command::Disable => self.locking_admin(actor).map(|()| vec![Event::Disabled]),
            own => {
                self.oneself(actor)?;
                self.decide_own(own, facts)
            }
        }
    }

    fn apply(&mut self, event: &Event, stamp: &Stamp) {
        match event {
            Event::SignedUp { email, name } => {
                self.email = EmailAddress::parse(&email.0).ok();
                self.name.clone_from(&name.0);
            }
            Event::SetUp { email, name } => {
                if self.email.is_none() {
                    self.email = EmailAddress::parse(&email.0).ok();
                }
                self.verified = Some(*stamp);
                self.name.clone_from(&name.0);
            }
            Event::Granted { email, role } => {
                if self.email.is_none() {
                    self.email = EmailAddress::parse(&email.0).ok();
                }
                self.set_role(Some(*role), stamp);
            }
            Event::Verified => self.verified = Some(*stamp),
            Event::SecondFactorSet => self.second_factor = Some(*stamp),
            Event::SecondFactorRemoved => self.second_factor = None,
            Event::RoleProposed { role } => {
                self.proposed_role = Some(ProposedRole { role: *role, stamp: *stamp });
            }
            Event::RoleConfirmed { role } => self.set_role(*role, stamp),
            Event::RoleDropped => self.proposed_role = None,
            Event::Disabled => self.disabled = Some(*stamp),
            Event::Enabled => self.disabled = None,
            Event::Renamed { name } => self.name.clone_from(&name.0),
            Event::Recovered => {
                self.disabled = None;
                self.second_factor = None;
            }
            Event::SignedUpAgain
            | Event::ResetAsked
            | Event::PasswordReset
            | Event::PasswordChanged
            | Event::RecoveryCodeUsed
            | Event::Reauthenticated
            | Event::SignedIn { .. }
            | Event::SignedOut
            | Event::SignedOutEverywhere
            // The text itself is gone from what is folded here already.
            | Event::TextErased(_) => {}
        }
    }
}

/// Whether whoever has this staff role, or none, may be without a second factor. Pages ask the same before they offer it.
///
/// # Errors
/// Why not.
pub fn may_remove_second_factor(staff: Option<StaffRole>) -> Result<(), Refusal> {
    staff.map_or(Ok(()), |_| Err(Refusal::SecondFactorRequired))
}

impl Account {
    fn set_role(&mut self, role: Option<StaffRole>, stamp: &Stamp) {
        self.staff = role;
        self.staff_set = Some(*stamp);
        self.proposed_role = None;
    }

    fn sign_up(&self, email: &EmailAddress, name: &str) -> Decision {
        let event = |email: &EmailAddress| Event::SignedUp {
            email: FreeText(email.as_str().to_owned()),
            name: FreeText(name.to_owned()),
        };
        match &self.email {
            None => Ok(vec![event(email)]),
            Some(own) if own.key() != email.key() => Err(Refusal::AccountExists),
            Some(own) if self.awaits_verification() => Ok(vec![event(own)]),
            Some(_) => Ok(vec![Event::SignedUpAgain]),
        }
    }

    /// Whoever verified the address has chosen a password too, and signs in with that one; whoever was given a staff role
    /// chooses it by the link that came with the role.
    fn set_up(&self, email: &EmailAddress, name: &str, facts: &Facts) -> Decision {
        match &self.email {
            _ if !facts.link_valid => Err(Refusal::LinkGone),
            Some(own) if own.key() != email.key() || !self.awaits_verification() => Err(Refusal::LinkGone),
            own => {
                let email = FreeText(own.as_ref().unwrap_or(email).as_str().to_owned());
                Ok(vec![Event::SetUp { email, name: FreeText(name.to_owned()) }])
            }
        }
    }

    /// Nobody has shown yet that the address is theirs, and no role hangs on the account.
    fn awaits_verification(&self) -> bool {
        self.verified.is_none() && self.staff.is_none() && self.disabled.is_none()
    }

    fn grant(&self, actor: &Actor, email: &EmailAddress, role: StaffRole) -> Decision {
        operator(actor)?;
        if self.staff == Some(role) {
            return Err(Refusal::AlreadySo);
        }
        Ok(vec![Event::Granted { email: FreeText(email.as_str().to_owned()), role }])
    }

    /// Whoever opens a link that only this address received has shown that the address is theirs. Before that, the name
    /// may be anybody's word, or not given: it is theirs to say.
    fn reset(&self, name: Option<&str>) -> Vec<Event> {
        let mut events = Vec::new();
        if self.verified.is_none() {
            events.push(Event::Verified);
            events.extend(name.filter(|name| *name != self.name).map(renamed));
        }
        events.push(Event::PasswordReset);
        events
    }

    fn sign_in(&self, proof: &Proof, facts: &Facts) -> Decision {
        if self.verified.is_none() {
            return Err(Refusal::NotVerified);
        }
        if !facts.password_stands {
            return Err(Refusal::CredentialsChanged);
        }
        let mut events = self.check_proof(proof, facts)?;
        events.push(Event::SignedIn { second_factor: *proof != Proof::PasswordOnly });
        Ok(events)
    }

    /// A second factor has to be shown where there is one, and each code works once.
    fn check_proof(&self, proof: &Proof, facts: &Facts) -> Decision {
        match proof {
            Proof::PasswordOnly if self.second_factor.is_some() => Err(Refusal::SecondFactorRequired),
            Proof::PasswordOnly => Ok(Vec::new()),
            _ if self.second_factor.is_none() => Err(Refusal::CodeWrong),
            Proof::Totp { step } if facts.last_totp_step.is_some_and(|last| *step <= last) => Err(Refusal::CodeWrong),
            Proof::Totp { .. } => Ok(Vec::new()),
            Proof::RecoveryCode { .. } if !facts.recovery_code_valid => Err(Refusal::CodeWrong),
            Proof::RecoveryCode { .. } => Ok(vec![Event::RecoveryCodeUsed]),
        }
    }

    fn reauthenticate(&self, proof: &Proof, facts: &Facts) -> Decision {
        let mut events = match proof {
            // The session has shown the second factor already; here the password is enough.
            Proof::PasswordOnly => Vec::new(),
            proof => self.check_proof(proof, facts)?,
        };
        events.push(Event::Reauthenticated);
        Ok(events)
    }

    fn decide_own(&self, command: &Command, facts: &Facts) -> Decision {
        match command {
            Command::Reauthenticate { proof, .. } => self.reauthenticate(proof, facts),
            Command::ChangePassword { .. } => Ok(vec![Event::PasswordChanged]),
            Command::SetSecondFactor { .. } => Ok(vec![Event::SecondFactorSet]),
            Command::Rename { name } if *name == self.name => Ok(Vec::new()),
            Command::Rename { name } => Ok(vec![renamed(name)]),
            Command::RemoveSecondFactor { .. } if may_remove_second_factor(self.staff).is_err() => {
                Err(Refusal::SecondFactorRequired)
            }
            Command::RemoveSecondFactor { .. } if self.second_factor.is_none() => Err(Refusal::AlreadySo),
            Command::RemoveSecondFactor { .. } => Ok(vec![Event::SecondFactorRemoved]),
            Command::SignOut { .. } => Ok(vec![Event::SignedOut]),
            Command::SignOutEverywhere => Ok(vec![Event::SignedOutEverywhere]),
            _ => Err(Refusal::NotAllowed),
        }
    }

    fn propose_role(&self, actor: &Actor, role: Option<StaffRole>) -> Decision {
        self.other_admin(actor)?;
        // Whoever confirms has read one proposal: it cannot be exchanged under their eyes.
        if self.proposed_role.is_some() {
            return Err(Refusal::ProposalOpen);
        }
        if self.staff == role {
            return Err(Refusal::AlreadySo);
        }
        Ok(vec![Event::RoleProposed { role }])
    }

    /// `shown` is the proposal as the page showed it.
    fn confirm_role(
        &self,
        actor: &Actor,
        shown: (Option<StaffRole>, OffsetDateTime),
        facts: &Facts,
        now: OffsetDateTime,
    ) -> Decision {
        self.other_admin(actor)?;
        let proposed = self.proposed_role.as_ref().ok_or(Refusal::NotFound)?;
        if proposed.stamp.by == actor.by() {
            return Err(Refusal::TwoPeopleNeeded);
        }
        if (proposed.role, proposed.stamp.at) != shown {
            return Err(Refusal::ProposalChanged);
        }
        // Two people stand behind a change: the one who proposed it has to be one who may.
        if facts.proposer.is_none_or(|proposer| proposer.lapse().is_some()) || now - proposed.stamp.at > PROPOSAL_LASTS
        {
            return Err(Refusal::ProposalLapsed);
        }
        Ok(vec![Event::RoleConfirmed { role: proposed.role }])
    }

    fn drop_role(&self, actor: &Actor) -> Decision {
        self.other_admin(actor)?;
        match self.proposed_role {
            Some(_) => Ok(vec![Event::RoleDropped]),
            None => Err(Refusal::NotFound),
        }
    }

    fn enable(&self, actor: &Actor) -> Decision {
        self.locking_admin(actor)?;
        match self.disabled {
            Some(_) => Ok(vec![Event::Enabled]),
            None => Err(Refusal::AlreadySo),
        }
    }

    fn other_admin(&self, actor: &Actor) -> Result<(), Refusal> {
        if !actor.is_admin() {
            return Err(Refusal::AdminsOnly);
        }
        match actor.person().is_some_and(|person| person.account == self.id) {
            true => Err(Refusal::TwoPeopleNeeded),
            false => Ok(()),
        }
    }

    /// One admin is enough to lock and unlock, but nobody does it to themselves.
    fn locking_admin(&self, actor: &Actor) -> Result<(), Refusal> {
        self.other_admin(actor).map_err(|refusal| match refusal {
            Refusal::TwoPeopleNeeded => Refusal::OwnAccount,
            other => other,
        })
    }

    fn oneself(&self, actor: &Actor) -> Result<(), Refusal> {
        match actor.person() {
            Some(person) if person.account == self.id => Ok(()),
            Some(_) => Err(Refusal::NotAllowed),
            None if *actor == Actor::Operator => Ok(()),
            None => Err(Refusal::NotSignedIn),
        }
    }
}

fn operator(actor: &Actor) -> Result<(), Refusal> {
    match actor {
        Actor::Operator => Ok(()),
        _ => Err(Refusal::NotAllowed),
    }
}

fn renamed(name: &str) -> Event {
    Event::Renamed { name: FreeText(name.to_owned()) }
}
