//! Status tags: one word or two, one colour for each status everywhere.

use leptos::prelude::*;

/// The colours of the design system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Nothing to notice.
    White,
    /// Over or not begun.
    Grey,
    /// In force.
    Green,
    /// Decided in favour, not in force yet.
    AquaGreen,
    /// Being written.
    Blue,
    /// Waiting for a person.
    Purple,
    /// Waiting for a machine.
    Yellow,
    /// Something to mend.
    Orange,
    /// Refused or failed.
    Red,
    /// Differs from what was agreed.
    Pink,
}

impl Colour {
    fn class(self) -> &'static str {
        match self {
            Self::White => "nhsuk-tag nhsuk-tag--white",
            Self::Grey => "nhsuk-tag nhsuk-tag--grey",
            Self::Green => "nhsuk-tag nhsuk-tag--green",
            Self::AquaGreen => "nhsuk-tag nhsuk-tag--aqua-green",
            Self::Blue => "nhsuk-tag nhsuk-tag--blue",
            Self::Purple => "nhsuk-tag nhsuk-tag--purple",
            Self::Yellow => "nhsuk-tag nhsuk-tag--yellow",
            Self::Orange => "nhsuk-tag nhsuk-tag--orange",
            Self::Red => "nhsuk-tag nhsuk-tag--red",
            Self::Pink => "nhsuk-tag nhsuk-tag--pink",
        }
    }
}

/// Every status that a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// No registration in this environment yet.
    NotStarted,
    /// A draft is being written.
    Draft,
    /// A section holds what the portal filled in; nobody has read it yet.
    NotLookedAt,
    /// A section needs attention before it can be submitted.
    Incomplete,
    /// A section is finished.
    Completed,
    /// The draft was changed since what is published, and that was not submitted.
    ChangesNotSubmitted,
    /// A revision is being reviewed.
    Submitted,
    /// One of two approvals is given.
    PartlyApproved,
    /// A revision is approved.
    Approved,
    /// A reviewer asked for changes.
    ChangesRequested,
    /// A revision is rejected.
    Rejected,
    /// The partner took a revision back.
    Withdrawn,
    /// Approved, on its way to the client store.
    Pending,
    /// In the provider's client store.
    Published,
    /// To be switched off for the time being; the provider has not confirmed it.
    Suspending,
    /// To be switched on again; the provider has not confirmed it.
    Reinstating,
    /// To be switched off for good; the provider has not confirmed it.
    Retiring,
    /// Withdrawn before the provider had it; it has not confirmed that.
    TakingBack,
    /// The provider refused it.
    Failed,
    /// The provider holds something else than what was approved.
    Drifted,
    /// Switched off for the time being.
    Suspended,
    /// Switched off for good.
    Retired,
    /// An organisation or address that nobody has confirmed.
    Unconfirmed,
    /// An organisation or address that is confirmed.
    Confirmed,
    /// An account that may not sign in.
    Locked,
}

impl Status {
    /// Every status, for tests and the guidance.
    pub const ALL: [Self; 25] = [
        Self::NotStarted,
        Self::Draft,
        Self::NotLookedAt,
        Self::Incomplete,
        Self::Completed,
        Self::ChangesNotSubmitted,
        Self::Submitted,
        Self::PartlyApproved,
        Self::Approved,
        Self::ChangesRequested,
        Self::Rejected,
        Self::Withdrawn,
        Self::Pending,
        Self::Published,
        Self::Suspending,
        Self::Reinstating,
        Self::Retiring,
        Self::TakingBack,
        Self::Failed,
        Self::Drifted,
        Self::Suspended,
        Self::Retired,
        Self::Unconfirmed,
        Self::Confirmed,
        Self::Locked,
    ];

    /// The words on the tag.
    pub fn label(self) -> &'static str {
        match self {
            Self::NotStarted => "Not started",
            Self::Draft => "Draft",
            Self::NotLookedAt => "Not checked yet",
            Self::Incomplete => "Incomplete",
            Self::Completed => "Completed",
            Self::ChangesNotSubmitted => "Changes not submitted",
            Self::Submitted => "Submitted",
            Self::PartlyApproved => "1 of 2 approvals",
            Self::Approved => "Approved",
            Self::ChangesRequested => "Changes requested",
            Self::Rejected => "Rejected",
            Self::Withdrawn => "Withdrawn",
            Self::Pending => "Pending",
            Self::Published => "Published",
            Self::Suspending => "Being suspended",
            Self::Reinstating => "Being reinstated",
            Self::Retiring => "Being retired",
            Self::TakingBack => "Being withdrawn",
            Self::Failed => "Publishing failed",
            Self::Drifted => "Drifted",
            Self::Suspended => "Suspended",
            Self::Retired => "Retired",
            Self::Unconfirmed => "Not confirmed",
            Self::Confirmed => "Confirmed",
            Self::Locked => "Locked",
        }
    }

    /// The one colour of the status.
    pub fn colour(self) -> Colour {
        match self {
            Self::NotStarted | Self::NotLookedAt | Self::Withdrawn | Self::Retired => Colour::Grey,
            Self::Completed | Self::Confirmed => Colour::White,
            Self::Draft | Self::Incomplete | Self::ChangesNotSubmitted => Colour::Blue,
            Self::Submitted | Self::PartlyApproved | Self::Unconfirmed => Colour::Purple,
            Self::Approved => Colour::AquaGreen,
            Self::ChangesRequested | Self::Suspended => Colour::Orange,
            Self::Rejected | Self::Failed | Self::Locked => Colour::Red,
            Self::Pending | Self::Suspending | Self::Reinstating | Self::Retiring | Self::TakingBack => Colour::Yellow,
            Self::Published => Colour::Green,
            Self::Drifted => Colour::Pink,
        }
    }
}

/// A tag with words of the page's own.
#[component]
pub fn Tag(
    /// The colour.
    colour: Colour,
    /// The words.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <strong class=colour.class()>{text}</strong> }
}

/// The tag of a status.
#[component]
pub fn StatusTag(
    /// The status.
    status: Status,
) -> impl IntoView {
    view! { <strong class=status.colour().class()>{status.label()}</strong> }
}
