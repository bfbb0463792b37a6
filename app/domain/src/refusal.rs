//! Why a command was refused, in the sentence that the person reads.

use crate::{actor::TokenScope, organisation::MOST_ORGANISATIONS, problem::Problem};
use serde::{Deserialize, Serialize};

/// Why a submitted revision cannot be approved as it is, with what an admin can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Misfit {
    /// Nobody can read any more what its digest stands for.
    #[error("Text was erased from it. Request changes or reject it.")]
    Erased,
    /// The organisation is unconfirmed, or was changed since.
    #[error("The organisation is not confirmed. Confirm it first, or reject the revision.")]
    OrganisationNotConfirmed,
    /// The environment before is not published any more.
    #[error(
        "The registration in the environment before this one is not published. \
         Approve when it is, or request changes."
    )]
    EarlierEnvironmentNotPublished,
    /// The environment asks for a proof of possession.
    #[error("Nobody proved possession of its private key. Request changes and ask for the proof.")]
    NoProof,
    /// Another organisation proved to hold the private half of the key.
    #[error(
        "Another organisation has registered this key, and has proved that it holds the private half. \
         Request changes and ask for another key pair."
    )]
    KeyOfAnother,
    /// The key is on a list of compromised ones.
    #[error("The private half of its key is publicly known. Request changes and ask for a new key pair.")]
    KeyCompromised,
    /// A key was reported as leaked.
    #[error("The private half of a key was reported as leaked. Request changes and ask for a new key pair.")]
    KeyLeaked,
    /// Nothing but keys changed, and of what they changed the provider has no more.
    #[error(
        "The client is no longer on with the revision whose key endorsed this one. Request changes: the partner submits it \
         again for a whole review."
    )]
    NotInForce,
    /// A date of the evidence has passed.
    #[error("{0} Request changes.")]
    Evidence(Problem),
    /// What is not known to fit does not.
    #[error("What was submitted cannot be read. Tell the team that runs this portal.")]
    Unreadable,
}

fn all(misfits: &[Misfit]) -> String {
    misfits.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// A command that the rules do not allow. Closed: every sentence a refusal can say is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// What was entered breaks a rule.
    #[error("There is a problem with what you entered.")]
    Problems(Vec<Problem>),
    /// Nobody is signed in.
    #[error("Sign in to do this.")]
    NotSignedIn,
    /// The role does not allow it.
    #[error("Your role does not allow this. Ask an owner of the organisation, or an NHS login admin.")]
    NotAllowed,
    /// Only an admin with a second factor may.
    #[error("Only an NHS login admin who signed in with a second factor can do this.")]
    AdminsOnly,
    /// Only staff with a second factor may read it.
    #[error("Only NHS login staff who signed in with a second factor can see this.")]
    StaffOnly,
    /// The last proof of password or second factor is too old.
    #[error("Enter your password or a code from your authenticator app again.")]
    ReauthenticationNeeded,
    /// Own submission.
    #[error("You submitted this revision, so you cannot approve it. Another admin must approve it.")]
    OwnSubmission,
    /// Wrote in the draft.
    #[error("You edited this draft, so you cannot approve it. Another admin must approve it.")]
    WroteInDraft,
    /// Belongs or belonged to the partner organisation.
    #[error("You belong, or once belonged, to this partner organisation, so you cannot decide on its registrations.")]
    BelongedToOrganisation,
    /// Second approval by the same admin.
    #[error("You have already approved this revision. Another admin must approve it too.")]
    AlreadyApproved,
    /// The revision that would be published has too few approvals that count now.
    #[error("Too few approvals of the approved revision count now. Another admin must approve it first.")]
    TooFewApprovals,
    /// What is being approved is not what was shown.
    #[error("This revision is not the one that you were shown. Read it again before you decide.")]
    DigestMismatch,
    /// There is no submitted revision.
    #[error("No revision is being reviewed.")]
    NothingSubmitted,
    /// The draft is what was submitted or approved.
    #[error("There are no changes to throw away.")]
    NothingToDiscard,
    /// A text was erased from the revision to go back to.
    #[error(
        "A text of the earlier revision was erased, so the draft cannot go back to it. Change the sections instead."
    )]
    ErasedSince,
    /// The provider holds a key that leaked, which what is approved takes out.
    #[error("This revision takes a leaked key out of the provider, so it cannot be withdrawn.")]
    TakesLeakedKeyOut,
    /// Somebody else wrote the client at the provider.
    #[error("Someone changed this client at the provider. An NHS login admin must look at that first.")]
    ChangedAtProvider,
    /// A revision is already waiting.
    #[error("A revision is already being reviewed. Withdraw it before you submit another.")]
    AlreadySubmitted,
    /// The draft is what is published.
    #[error("Nothing has changed since the revision that was approved last.")]
    NothingChanged,
    /// An unconfirmed organisation asks for more than the sandpit.
    #[error("An NHS login admin must confirm your organisation before it can go beyond the sandpit.")]
    OrganisationNotConfirmed,
    /// The environment before is not published.
    #[error("The registration in the environment before this one must be published first.")]
    EarlierEnvironmentNotPublished,
    /// What submission asked for does not hold any more.
    #[error("This revision cannot be approved as it is. {}", all(.0))]
    NoLongerFits(Vec<Misfit>),
    /// A client cannot be retired under a review.
    #[error("A revision is being reviewed. It must be withdrawn or decided before the client is retired.")]
    ReviewOpen,
    /// One registration per service and environment.
    #[error("This service already has a registration in this environment.")]
    AlreadyRegistered,
    /// The environment is not configured.
    #[error("This environment does not exist.")]
    UnknownEnvironment,
    /// The client is retired.
    #[error("This client is retired for good. To register again, start a new registration on the page of the service.")]
    Retired,
    /// There is nothing to publish, suspend or reinstate.
    #[error("There is no client yet, because no revision has been approved.")]
    NoClient,
    /// It was suspended before.
    #[error("This client is already suspended.")]
    AlreadySuspended,
    /// There is no suspension to end.
    #[error("This client is not suspended.")]
    NotSuspended,
    /// No challenge was asked for, or it was used or is too old.
    #[error("Ask for a new nonce: this one has already been used or is more than an hour old.")]
    ChallengeGone,
    /// A key of what would be switched on was reported as leaked.
    #[error(
        "A key of this client was reported as leaked. The partner must submit a new key, and it must be approved, before the \
         client can be reinstated or published again."
    )]
    KeyLeaked,
    /// Whoever reports a leak takes people's way to sign in away.
    #[error(
        "You need a second factor to report a leaked key. Set one up on your account page, or ask a colleague who has one. \
         If nobody has, contact us now."
    )]
    SecondFactorToReport,
    /// No key that is in force signed for the new one.
    #[error(
        "A key can be endorsed only by one that the provider has, while the client is on and nothing else is on its way. \
         Submit the new key for a whole review instead, or wait."
    )]
    EndorserNotPublished,
    /// Possession of a key that cannot be read.
    #[error("Enter a public key that passes the checks before you prove that you hold its private key.")]
    NoKeyToProve,
    /// A late report of the worker.
    #[error("A newer change to this client is already on its way.")]
    Superseded,
    /// The account is disabled.
    #[error("This account is locked. Ask an NHS login admin to unlock it.")]
    AccountDisabled,
    /// The account exists already.
    #[error("This account exists already.")]
    AccountExists,
    /// The address is not verified.
    #[error("Verify your email address first: open the link in the email that we sent you.")]
    NotVerified,
    /// Nothing to do: the role, factor or state is there already.
    #[error("No changes to save.")]
    AlreadySo,
    /// A role change needs two people, neither of them the one concerned.
    #[error("A change of staff role needs two admins, neither of them the person concerned.")]
    TwoPeopleNeeded,
    /// One proposal at a time.
    #[error(
        "A change of staff role has already been proposed. It must be confirmed or dropped before another is proposed."
    )]
    ProposalOpen,
    /// What is being confirmed is not what was shown.
    #[error("This proposal is not the one that you were shown. Read it again before you confirm it.")]
    ProposalChanged,
    /// A proposal that stands no more.
    #[error(
        "This proposal no longer counts: it is more than 7 days old, or whoever made it is no longer an active admin with a \
         second factor. Drop it and propose the change again."
    )]
    ProposalLapsed,
    /// Two admins reinstate a client: one proposal at a time.
    #[error(
        "An admin has already proposed to reinstate this client. That proposal must be confirmed or dropped first."
    )]
    ReinstatementOpen,
    /// The proposal was dropped or confirmed meanwhile, or there was none.
    #[error("There is no open proposal to reinstate this client.")]
    ReinstatementGone,
    /// A proposal to reinstate that stands no more.
    #[error(
        "This proposal no longer counts: it is more than 7 days old, or whoever made it is no longer an active admin with a \
         second factor. Propose again to reinstate the client."
    )]
    ReinstatementLapsed,
    /// Nobody seconds their own proposal.
    #[error("You proposed this. Another admin must confirm it.")]
    OwnProposal,
    /// The environment asks for a second factor of whoever submits or retires there.
    #[error(
        "You need a second factor to submit or retire a registration in this environment. Set one up on your account page, \
         then try again."
    )]
    SecondFactorToSubmit,
    /// Nobody locks or unlocks themselves.
    #[error("This is your own account. Another admin must lock or unlock it.")]
    OwnAccount,
    /// The password that was checked is not the account's any more, or every session was ended meanwhile.
    #[error("The password was changed, or the account was signed out everywhere, in the meantime. Start again.")]
    CredentialsChanged,
    /// A mailed link that was used or has run out.
    #[error("This link has already been used or has expired. Ask for a new one.")]
    LinkGone,
    /// A code that is wrong or was used before.
    #[error("This code is wrong or has already been used. Wait for the next one and try again.")]
    CodeWrong,
    /// Staff may not go without a second factor.
    #[error("This account needs a second factor. You can replace it, but not remove it.")]
    SecondFactorRequired,
    /// An organisation is never without an owner.
    #[error("An organisation always needs an owner. Make someone else an owner first.")]
    LastOwner,
    /// An invitation that cannot be accepted: withdrawn, answered, run out, or its sender may not let anybody in any more.
    #[error(
        "This invitation is no longer open: it has run out, or it was withdrawn or answered. Ask an owner of the \
         organisation to send you another."
    )]
    InvitationGone,
    /// Staff decide on partners' registrations: they belong to none of them.
    #[error("You have a staff role, so you cannot join the team of a partner organisation.")]
    StaffJoinNoTeam,
    /// An offer of the ownership that cannot be accepted: withdrawn, answered, run out, or not the giver's to make any more.
    #[error(
        "This offer is no longer open: it has run out, it was withdrawn or answered, or whoever made it can no longer sign in. \
         Ask an owner of the organisation."
    )]
    OfferGone,
    /// The ownership is offered to somebody who has it.
    #[error("This person is already an owner of the organisation.")]
    OwnerAlready,
    /// Who asks to join is in the team.
    #[error("You are already in the team of this organisation.")]
    InTeamAlready,
    /// A request to join that was withdrawn or answered.
    #[error("This request is no longer open: it was withdrawn or answered.")]
    RequestGone,
    /// Whoever asked to join may belong to no team, or to no other one. Which of them is nobody's business.
    #[error("This person cannot join a team at the moment. They can contact us to find out why.")]
    AskerCannotJoin,
    /// Who asks to join was declined a short time ago.
    #[error(
        "Your request to join this organisation was declined less than 30 days ago. Speak to one of its owners, or contact us."
    )]
    DeclinedLately,
    /// Who would answer in place of the owners is the one who locked one of them out.
    #[error("You locked the account of an owner of this organisation, so another admin must answer.")]
    LockedOwner,
    /// As many requests of one person as there may be.
    #[error(
        "Five of your requests to join an organisation have not been answered. Withdraw one before you send another."
    )]
    TooManyRequests,
    /// As many requests to join one organisation as there may be.
    #[error(
        "This organisation has many requests to join that its owners have not answered. Ask one of them to invite you, or contact us."
    )]
    TooManyAsk,
    /// As many people as a team may have.
    #[error("This team has as many people as it can have, so nobody can join it.")]
    TeamFull,
    /// An admin answers in place of owners who can be reached.
    #[error(
        "The owners of this organisation can still answer. You can answer for them if none of them can sign in, or once \
         7 days have passed since the person asked and since any owner last signed in."
    )]
    OwnersAnswer,
    /// A token that is not there any more, or cannot be taken over.
    #[error("This token has ended or has expired. Make a new one.")]
    TokenGone,
    /// Whoever a token acts as still may use it.
    #[error(
        "This token still acts for someone in the team. A token can be taken over once that person has left or no longer \
         edits registrations."
    )]
    TokenHeld,
    /// What a token asks for is more than it may.
    #[error("This token cannot do this. It needs a token with the scope “{}”.", .0.word())]
    TokenScope(TokenScope),
    /// What a token asks for is in another environment.
    #[error("This token is not for this environment. Use a token that is.")]
    TokenEnvironment,
    /// What a token asks for, a person does.
    #[error("A token cannot do this. Sign in to the portal and do it there.")]
    PersonNeeded,
    /// The account added to the history today as much as one may.
    #[error(
        "You have saved as much as one person can in a day. Nothing was changed. Try again tomorrow, or contact us if you \
         need to save more today."
    )]
    TooMuchToday,
    /// Nobody needs so many organisations, and each one is looked at by an admin.
    #[error(
        "You belong to {MOST_ORGANISATIONS} organisations, which is the most that one account can. Ask a colleague to \
         create this one, or contact us."
    )]
    TooManyOrganisations,
    /// The service, member or organisation is not there.
    #[error("We cannot find that page, or you do not have access to it.")]
    NotFound,
}

impl Refusal {
    /// A refusal of one entry.
    pub fn problem(problem: Problem) -> Self {
        Self::Problems(vec![problem])
    }

    /// The problems to show at their fields; none when the refusal is not about input.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Problems(problems) => problems,
            _ => &[],
        }
    }
}
