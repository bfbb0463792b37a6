//! What people are told by mail: one purpose each. The mail itself is rendered when it is sent.

use crate::id::{OrganisationId, RegistrationId};
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
    /// Your second factor was changed.
    SecondFactorChanged,
    /// A revision waits for a decision (to the admins).
    Submitted(About),
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
    /// The client was switched off, with a reason.
    Suspended(About),
    /// The client was switched on again.
    Reinstated(About),
    /// A revision with another key was submitted (to every owner).
    KeyChanged(About),
    /// An organisation that no admin has confirmed has its first client (to the admins).
    OrganisationWaits(AboutOrganisation),
    /// An admin confirmed the organisation (to its owners).
    OrganisationConfirmed(AboutOrganisation),
    /// The name or ODS code that an admin confirmed was changed while a client is at a provider (to the admins).
    OrganisationRenamed(AboutOrganisation),
}

impl Notice {
    /// Whether the mail holds a link that lets somebody into an account: they wait for it, and it is worth nothing later.
    #[must_use]
    pub fn lets_in(&self) -> bool {
        matches!(self, Self::VerifyAddress | Self::PasswordReset | Self::AccountRecovered | Self::StaffInvitation)
    }
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
