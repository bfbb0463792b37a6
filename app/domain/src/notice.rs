//! What people are told by mail: one purpose each. The mail itself is rendered when it is sent.

use crate::{
    actor::TeamRole,
    id::{InvitationId, OrganisationId, RegistrationId},
};
use serde::{Deserialize, Serialize};

/// A mail to one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// Open this link to verify your address.
    VerifyAddress,
    /// Somebody signed up with your address, which has an account.
    AddressInUse,
    /// Open this link to choose a new password.
    PasswordReset,
    /// Whoever runs the portal opened your account again: open this link to choose a password.
    AccountRecovered,
    /// You were given a staff role: open this link to choose a password.
    StaffInvitation,
    /// Your password was changed.
    PasswordChanged,
    /// You have a second factor now.
    SecondFactorSet,
    /// You have another second factor.
    SecondFactorChanged,
    /// Your second factor is gone.
    SecondFactorRemoved,
    /// What waits for the admins (to each of them, at most once an hour).
    Waiting(Waiting),
    /// Organisations whose owners are away (to the admins, once a week as long as there are any).
    OwnersAway,
    /// Changes were requested.
    ChangesRequested(About),
    /// Rejected, with a reason.
    Rejected(About),
    /// Approved by the first of two.
    FirstApproval(About),
    /// Published at the provider.
    Published(About),
    /// A publication failed (to the admins).
    PublicationFailed(About),
    /// An admin asked for the client to be suspended, with a reason.
    Suspended(About),
    /// The same (to the admins).
    ClientSuspended(About),
    /// The provider confirmed that nobody can sign in with the client.
    SuspensionConfirmed(About),
    /// The provider confirmed that people can sign in with the client again.
    Reinstated(About),
    /// The provider confirmed that the client is removed.
    Retired(About),
    /// A revision with another key was submitted (to every owner).
    KeyChanged(About),
    /// A key has been in use for long (to the owners and developers).
    KeyOld(About),
    /// Evidence for what is published is about to end, or has ended (to the owners and developers).
    EvidenceEnds(About),
    /// A key was reported as leaked (to the owners and developers).
    KeyLeaked(About),
    /// The same (to the admins).
    ClientKeyLeaked(About),
    /// A key of this client was reported as leaked in another registration (to the owners and developers).
    KeyLeakedElsewhere(About),
    /// The same (to the admins).
    ClientKeyLeakedElsewhere(About),
    /// An admin confirmed the organisation (to its owners).
    OrganisationConfirmed(AboutOrganisation),
    /// The name or ODS code that an admin confirmed was changed while a client is at a provider (to the admins).
    OrganisationRenamed(AboutOrganisation),
    /// An owner gave you another role in the team.
    TeamRoleChanged(AboutRole),
    /// An owner removed you from the team.
    RemovedFromTeam(AboutOrganisation),
    /// A team member left (to its owners).
    MemberLeft(AboutOrganisation),
    /// A team member was made an owner (to the other owners).
    OwnerAdded(AboutOrganisation),
    /// An owner asks somebody to join the team: the mail of whoever sent it, to the address of the invitation.
    TeamInvitation(AboutInvitation),
    /// Somebody accepted an invitation (to the other owners).
    MemberJoined(AboutRole),
    /// Somebody answered an invitation with no (to whoever sent it).
    InvitationDeclined(AboutOrganisation),
    /// An owner offers to hand over the ownership (to whom).
    OwnershipOffered(AboutOrganisation),
    /// The ownership was handed over (to whoever gave it, and to the other owners).
    OwnershipHandedOver(AboutOrganisation),
    /// An offer was answered with no (to whoever made it).
    OwnershipDeclined(AboutOrganisation),
    /// Somebody asks to join the team (to the owners).
    JoinAsked(AboutOrganisation),
    /// You were let into the team that you asked to join.
    JoinAgreed(AboutRole),
    /// An owner did not let you into the team that you asked to join.
    JoinDeclined(AboutOrganisation),
    /// An admin did not, in place of the owners.
    JoinRefused(AboutOrganisation),
    /// An admin answered a request to join in place of the owners (to every owner).
    JoinDecided(AboutOrganisation),
    /// Somebody made a token that acts for the organisation, or took one over (to every owner, and to whoever it acts
    /// as).
    TokenMade(AboutOrganisation),
}

impl Notice {
    /// Whether the mail holds a link that lets somebody into an account: they wait for it, and it is worth nothing later.
    #[must_use]
    pub fn lets_in(&self) -> bool {
        matches!(self, Self::VerifyAddress | Self::PasswordReset | Self::AccountRecovered | Self::StaffInvitation)
    }

    /// Whether it tells people of an organisation's team what is the team's: nobody is told who is not in it any more.
    #[must_use]
    pub fn is_of_team(&self) -> bool {
        match self {
            Self::ChangesRequested(_)
            | Self::Rejected(_)
            | Self::FirstApproval(_)
            | Self::Published(_)
            | Self::Suspended(_)
            | Self::SuspensionConfirmed(_)
            | Self::Reinstated(_)
            | Self::Retired(_)
            | Self::KeyChanged(_)
            | Self::KeyLeaked(_)
            | Self::KeyOld(_)
            | Self::EvidenceEnds(_)
            | Self::KeyLeakedElsewhere(_)
            | Self::OrganisationConfirmed(_)
            | Self::TeamRoleChanged(_)
            | Self::MemberLeft(_)
            | Self::OwnerAdded(_)
            | Self::MemberJoined(_)
            | Self::InvitationDeclined(_)
            | Self::OwnershipOffered(_)
            | Self::OwnershipHandedOver(_)
            | Self::OwnershipDeclined(_)
            | Self::JoinAsked(_)
            | Self::JoinAgreed(_)
            | Self::JoinDecided(_)
            | Self::TokenMade(_) => true,
            // To staff, to a person about their account, and to whom an owner removed, invited or did not let in.
            Self::PublicationFailed(_)
            | Self::ClientSuspended(_)
            | Self::ClientKeyLeaked(_)
            | Self::ClientKeyLeakedElsewhere(_)
            | Self::OrganisationRenamed(_)
            | Self::Waiting(_)
            | Self::VerifyAddress
            | Self::AddressInUse
            | Self::PasswordReset
            | Self::AccountRecovered
            | Self::StaffInvitation
            | Self::PasswordChanged
            | Self::SecondFactorSet
            | Self::SecondFactorChanged
            | Self::SecondFactorRemoved
            | Self::RemovedFromTeam(_)
            | Self::JoinDeclined(_)
            | Self::JoinRefused(_)
            | Self::OwnersAway
            | Self::TeamInvitation(_) => false,
        }
    }

    /// Whether it answers somebody who asked to join a team, and knows of it no more than they found.
    #[must_use]
    pub fn is_to_an_asker(&self) -> bool {
        matches!(self, Self::JoinAgreed(_) | Self::JoinDeclined(_) | Self::JoinRefused(_))
    }

    /// Whether anybody can have it sent to any address without being signed in.
    #[must_use]
    pub fn anyone_may_cause(&self) -> bool {
        matches!(self, Self::VerifyAddress | Self::AddressInUse | Self::PasswordReset)
    }
}

/// What gathered for an admin since their last mail of this kind. What waits for a decision is counted when it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Organisations that no admin has confirmed and that have their first client since then.
    pub organisations: u32,
    /// What would have been told at once, had there not been too much of it.
    pub urgent: u32,
}

/// Which registration a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The registration.
    pub registration: RegistrationId,
}

/// Which organisation a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutOrganisation {
    /// The organisation.
    pub organisation: OrganisationId,
}

impl From<AboutRole> for AboutOrganisation {
    fn from(about: AboutRole) -> Self {
        Self { organisation: about.organisation }
    }
}

/// Which invitation to a team a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutInvitation {
    /// The invitation.
    pub invitation: InvitationId,
}

/// The role that somebody has now in an organisation's team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutRole {
    /// Which organisation.
    pub organisation: OrganisationId,
    /// Which role.
    pub role: TeamRole,
}
