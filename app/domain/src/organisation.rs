//! A partner organisation: who belongs to it, which services it owns, whether an admin has confirmed it.

use crate::{
    account::Secret,
    actor::{Actor, By, Stamp, TeamRole, TokenScope},
    aggregate::{Aggregate, ProofNeeded},
    draft::hex_digest,
    email::EmailAddress,
    erasure::Erasure,
    id::{AccountId, InvitationId, OrganisationId, ServiceId, TokenId},
    ods::OdsCode,
    private_key,
    problem::Problem,
    recorded::{Document, Texts, Whole, alone, given},
    refusal::Refusal,
    rule::{Asks, Rule, TextFault},
    text::{self, FreeText},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

mod invitation;
mod joining;
mod ownership;
mod team;
mod tokens;

pub use invitation::{INVITATION_LASTS, Invitation, MOST_IN_TEAM, MOST_INVITATIONS};
pub use joining::{
    Asked, DECLINED_FOR, Declined, JoinRequest, MOST_ASKED, MOST_REQUESTS, OWNERS_ANSWER_WITHIN, are_unreachable,
    check_reason,
};
pub use ownership::{OFFER_LASTS, Offer};
pub use tokens::{ApiToken, MOST_TOKENS, TOKEN_LIVES, TokenDraft};

/// A partner organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name; empty before the first event.
    pub name: String,
    /// Its ODS code, when it gave one.
    pub ods_code: Option<OdsCode>,
    /// When an admin confirmed that it is who it says.
    pub confirmed: Option<Stamp>,
    /// What an admin confirmed, while it is called otherwise and has a client at a provider: until an admin looks again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed: Option<Renamed>,
    /// Who belongs to it now.
    pub members: BTreeMap<AccountId, TeamRole>,
    /// Who belongs to it or ever did: none of them may decide on its registrations.
    pub ever_members: BTreeSet<AccountId>,
    /// Invitations to the team that were not answered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub invitations: BTreeMap<InvitationId, Invitation>,
    /// Owners who offer to hand over their ownership.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub offers: BTreeMap<AccountId, Offer>,
    /// Those who asked to join and were not answered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub requests: BTreeMap<AccountId, JoinRequest>,
    /// Those who were declined, and when, as long as they cannot ask again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub declined: BTreeMap<AccountId, Declined>,
    /// Whom to ask about the organisation, once an owner said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Contacts>,
    /// Tokens by which programs act, until they are ended.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tokens: BTreeMap<TokenId, ApiToken>,
    /// What it owns.
    pub services: BTreeMap<ServiceId, Service>,
}

/// A change of what was confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// What was confirmed.
    pub was: ConfirmedAs,
    /// When it was changed first, and by whom.
    pub stamp: Stamp,
}

/// The name and the ODS code that an admin confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct ConfirmedAs<X: Texts = Whole> {
    /// The name.
    pub name: X::Of<FreeText>,
    /// The ODS code.
    #[serde(deserialize_with = "given")]
    pub ods_code: Option<OdsCode>,
}

/// The product that end-users see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// What people use it for.
    pub use_case: String,
    /// Whom to ask.
    pub contacts: Contacts,
}

impl Service {
    /// A digest of its text, so that a form can tell whether the service changed under it.
    pub fn digest(&self) -> String {
        hex_digest(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }
}

/// Email addresses of the contacts of a service, or of an organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contacts {
    /// Who answers about the integration.
    pub technical: String,
    /// Who answers about the product; of an organisation, about its services and the agreement with NHS login.
    pub product: String,
    /// Who answers about security incidents.
    pub security: String,
}

impl Contacts {
    /// A digest of them, so that a form can tell whether they changed under it.
    pub fn digest(&self) -> String {
        hex_digest(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }
}

/// A service as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceDraft {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// What people use it for.
    pub use_case: String,
    /// Whom to ask.
    pub contacts: Contacts,
}

/// What somebody asks of an organisation.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Create it; the creator becomes its first owner.
    Create {
        /// Its name as typed.
        name: String,
        /// Its ODS code as typed; may be empty.
        ods_code: String,
    },
    /// Change its name and ODS code. They are what an admin confirmed, so it has to be confirmed again.
    Change {
        /// Its name as typed.
        name: String,
        /// Its ODS code as typed; may be empty.
        ods_code: String,
    },
    /// Say whom to ask about the organisation.
    ChangeContacts {
        /// As typed.
        contacts: Contacts,
    },
    /// An admin has made sure that it is who it says.
    Confirm,
    /// Add a service.
    AddService {
        /// The new id.
        id: ServiceId,
        /// As typed.
        draft: ServiceDraft,
    },
    /// Change a service.
    ChangeService {
        /// Which.
        id: ServiceId,
        /// As typed.
        draft: ServiceDraft,
    },
    /// Add a team member, from the command line's demo data.
    AddMember {
        /// Who.
        account: AccountId,
        /// As what.
        role: TeamRole,
    },
    /// Give a team member another role.
    ChangeRole {
        /// Who.
        account: AccountId,
        /// As what from now on.
        role: TeamRole,
    },
    /// Remove a team member.
    RemoveMember {
        /// Who.
        account: AccountId,
    },
    /// Leave the team.
    Leave,
    /// Ask somebody to join the team.
    Invite {
        /// The new id.
        id: InvitationId,
        /// The address, as typed. It may have no account.
        email: EmailAddress,
        /// As what.
        role: TeamRole,
    },
    /// Send an invitation once more. It lasts as long as a new one.
    SendInvitationAgain {
        /// Which.
        id: InvitationId,
    },
    /// Take an invitation back.
    WithdrawInvitation {
        /// Which.
        id: InvitationId,
    },
    /// Join the team as an invitation to the actor's address says.
    AcceptInvitation {
        /// Which.
        id: InvitationId,
    },
    /// Answer an invitation with no: by the account of its address, or by the link of its mail.
    DeclineInvitation {
        /// Which.
        id: InvitationId,
        /// SHA-256 of the link's token, lowercase hex, for whoever has no account.
        link: Option<Secret>,
    },
    /// Offer one of the team to be the owner in the actor's place, who is a developer then.
    OfferOwnership {
        /// To whom.
        account: AccountId,
    },
    /// Take back the actor's own offer.
    WithdrawOwnershipOffer,
    /// Be the owner, as this owner offered.
    AcceptOwnership {
        /// Who offered it.
        from: AccountId,
    },
    /// Answer the offer of this owner with no.
    DeclineOwnership {
        /// Who offered it.
        from: AccountId,
    },
    /// Ask to join the team.
    AskToJoin {
        /// Who asks, and why, as typed.
        reason: String,
    },
    /// Take back the actor's own request.
    WithdrawJoinRequest,
    /// Let whoever asked join the team.
    AgreeToJoin {
        /// Which request.
        asked: Asked,
        /// As what.
        role: TeamRole,
    },
    /// Answer a request to join with no.
    DeclineToJoin {
        /// Which request.
        asked: Asked,
    },
    /// Admin: answer a request to join where no owner can be reached.
    DecideJoin {
        /// Which request.
        asked: Asked,
        /// As what they join; none for a no.
        role: Option<TeamRole>,
        /// Why, as typed.
        reason: String,
    },
    /// Make a token that acts as the actor.
    MakeToken {
        /// The new id.
        id: TokenId,
        /// What it is to be.
        draft: TokenDraft,
        /// SHA-256 of its secret, lowercase hex.
        secret: Secret,
    },
    /// End a token.
    EndToken {
        /// Which.
        id: TokenId,
    },
    /// Let a token act as the actor whose holder left, or edits no more.
    TakeTokenOver {
        /// Which.
        id: TokenId,
        /// SHA-256 of its new secret, lowercase hex: whoever left knows the one before.
        secret: Secret,
    },
    /// Operator: record that a text was erased.
    Erase(Erasure),
}

/// The most services of an organisation: every page about it, and every decision on it, reads them all.
pub const MOST_SERVICES: usize = 100;

/// Organisations that one person belongs to, at most.
pub const MOST_ORGANISATIONS: usize = 20;

/// What happened to an organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields, bound = "")]
pub enum Event<X: Texts = Whole> {
    /// Created.
    Created {
        /// Its name.
        name: X::Of<FreeText>,
        /// Its ODS code.
        #[serde(deserialize_with = "given")]
        ods_code: Option<OdsCode>,
    },
    /// Its name or ODS code changed, which ends its confirmation.
    OrganisationChanged {
        /// Its name now.
        name: X::Of<FreeText>,
        /// Its ODS code now.
        #[serde(deserialize_with = "given")]
        ods_code: Option<OdsCode>,
        /// What an admin had confirmed, where that is something else and a client is at a provider.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confirmed_as: Option<ConfirmedAs<X>>,
    },
    /// Whom to ask about it changed.
    ContactsChanged {
        /// As they are now.
        content: X::Of<Document<Contacts>>,
    },
    /// Confirmed by an admin.
    #[serde(deserialize_with = "alone")]
    Confirmed,
    /// A service added.
    ServiceAdded {
        /// Its id.
        service: ServiceId,
        /// As it is now.
        content: X::Of<Document<Service>>,
    },
    /// A service changed.
    ServiceChanged {
        /// Its id.
        service: ServiceId,
        /// As it is now.
        content: X::Of<Document<Service>>,
    },
    /// A team member added.
    MemberAdded {
        /// Who.
        account: AccountId,
        /// As what.
        role: TeamRole,
    },
    /// A team member has another role.
    RoleChanged {
        /// Who.
        account: AccountId,
        /// As what from now on.
        role: TeamRole,
    },
    /// A team member removed.
    MemberRemoved {
        /// Who.
        account: AccountId,
    },
    /// A team member left.
    MemberLeft {
        /// Who.
        account: AccountId,
    },
    /// Somebody asked to join the team.
    MemberInvited {
        /// Its id.
        invitation: InvitationId,
        /// The address, as typed.
        email: X::Of<FreeText>,
        /// As what.
        role: TeamRole,
    },
    /// An invitation sent once more.
    InvitationSentAgain {
        /// Which.
        invitation: InvitationId,
        /// The address of the invitation.
        email: X::Of<FreeText>,
    },
    /// An invitation taken back.
    InvitationWithdrawn {
        /// Which.
        invitation: InvitationId,
        /// The address of the invitation.
        email: X::Of<FreeText>,
    },
    /// An invitation accepted: a team member added.
    InvitationAccepted {
        /// Which.
        invitation: InvitationId,
        /// By whom.
        account: AccountId,
        /// As what.
        role: TeamRole,
    },
    /// An invitation answered with no.
    InvitationDeclined {
        /// Which.
        invitation: InvitationId,
        /// The address of the invitation.
        email: X::Of<FreeText>,
    },
    /// The ownership offered by whoever did this.
    OwnershipOffered {
        /// To whom.
        account: AccountId,
    },
    /// That offer taken back.
    OwnershipOfferWithdrawn {
        /// To whom it was.
        account: AccountId,
    },
    /// That offer accepted: one is an owner now, the other a developer.
    OwnershipHandedOver {
        /// Who was the owner.
        from: AccountId,
        /// Who is.
        account: AccountId,
    },
    /// An offer answered with no.
    OwnershipOfferDeclined {
        /// Whose offer.
        from: AccountId,
    },
    /// Whoever did this asks to join the team.
    JoinRequested {
        /// Who they are and why, in their words.
        reason: X::Of<FreeText>,
    },
    /// The request of whoever did this taken back.
    #[serde(deserialize_with = "alone")]
    JoinRequestWithdrawn,
    /// An owner let somebody join who had asked.
    JoinAgreed {
        /// Who.
        account: AccountId,
        /// As what.
        role: TeamRole,
    },
    /// An owner answered a request to join with no.
    JoinDeclined {
        /// Who had asked.
        account: AccountId,
    },
    /// An admin answered a request to join, as no owner could be reached.
    JoinDecided {
        /// Who had asked.
        account: AccountId,
        /// As what they joined; none where the answer was no.
        #[serde(deserialize_with = "given")]
        role: Option<TeamRole>,
        /// Why.
        reason: X::Of<FreeText>,
    },
    /// A token made, which acts as whoever did this.
    TokenMade {
        /// Its id.
        token: TokenId,
        /// What its team calls it.
        name: X::Of<FreeText>,
        /// How much it may do.
        scope: TokenScope,
        /// In which environments, by name.
        environments: BTreeSet<String>,
        /// When it stops working.
        #[serde(with = "time::serde::rfc3339")]
        until: OffsetDateTime,
    },
    /// A token ended.
    TokenEnded {
        /// Which.
        token: TokenId,
        /// What its team called it.
        name: X::Of<FreeText>,
    },
    /// A token acts as whoever did this from now on.
    TokenTakenOver {
        /// Which.
        token: TokenId,
        /// What its team calls it.
        name: X::Of<FreeText>,
        /// As whom it acted.
        from: AccountId,
    },
    /// A text erased from it by the operator.
    TextErased(Erasure<X>),
}

/// What a decision on an organisation needs to know of the rest of the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Whether the actor's email address is verified.
    pub actor_verified: bool,
    /// Whether it has a client at a provider.
    pub has_client: bool,
    /// Of a command about somebody in the team: whether no other owner can sign in.
    pub no_other_owner: bool,
    /// Of somebody to be invited: whether the account of the address is in the team.
    pub invited_is_in: bool,
    /// Of an invitation that is answered: whether it is to the actor's address, or the command has the link of its mail.
    pub is_invited: bool,
    /// Of an invitation, or of an offer of the ownership, that is accepted: whether the account of whoever sent it is locked.
    pub sender_locked: bool,
    /// Of whoever asks to join: how many of their requests were not answered.
    pub actor_asks: usize,
    /// Of whoever asked to join and is let in: whether they may belong to no team, or to no other one.
    pub asker_barred: bool,
    /// Of a request to join that an admin answers: whether no owner can sign in.
    pub no_owner: bool,
    /// Of the same: when any owner who can sign in did last, or was unlocked.
    pub owner_seen_at: Option<OffsetDateTime>,
    /// Of the same: whether the actor locked one of the owners.
    pub actor_locked_owner: bool,
}

type Decision = Result<Vec<Event>, Refusal>;

impl Aggregate for Organisation {
    const KIND: &'static str = "organisation";
    type Id = OrganisationId;
    type Command = Command;
    type Event = Event;
    type Facts = Facts;

    fn blank(id: OrganisationId) -> Self {
        Self {
            id,
            name: String::new(),
            ods_code: None,
            confirmed: None,
            renamed: None,
            members: BTreeMap::new(),
            ever_members: BTreeSet::new(),
            invitations: BTreeMap::new(),
            offers: BTreeMap::new(),
            requests: BTreeMap::new(),
            declined: BTreeMap::new(),
            contacts: None,
            tokens: BTreeMap::new(),
            services: BTreeMap::new(),
        }
    }

    fn proof_needed(command: &Command) -> ProofNeeded {
        match command {
            Command::Confirm
            | Command::ChangeRole { .. }
            | Command::RemoveMember { .. }
            | Command::Leave
            | Command::Invite { .. }
            | Command::SendInvitationAgain { .. }
            | Command::OfferOwnership { .. }
            | Command::AcceptOwnership { .. }
            | Command::AgreeToJoin { .. }
            | Command::DecideJoin { .. }
            | Command::MakeToken { .. }
            | Command::TakeTokenOver { .. }
            | Command::Erase(_) => ProofNeeded::Fresh,
            Command::Create { .. }
            | Command::Change { .. }
            | Command::ChangeContacts { .. }
            | Command::AddService { .. }
            | Command::ChangeService { .. }
            | Command::AddMember { .. }
            | Command::WithdrawInvitation { .. }
            | Command::AcceptInvitation { .. }
            | Command::DeclineInvitation { .. }
            | Command::WithdrawOwnershipOffer
            | Command::DeclineOwnership { .. }
            | Command::AskToJoin { .. }
            | Command::WithdrawJoinRequest
            | Command::DeclineToJoin { .. }
            | Command::EndToken { .. } => ProofNeeded::None,
        }
    }

    fn token_scope(command: &Command) -> Option<TokenScope> {
        match command {
            Command::AddService { .. } | Command::ChangeService { .. } => Some(TokenScope::Draft),
            // Who belongs to it, what it is called and who may act for it, people decide.
            Command::Create { .. }
            | Command::Change { .. }
            | Command::ChangeContacts { .. }
            | Command::Confirm
            | Command::AddMember { .. }
            | Command::ChangeRole { .. }
            | Command::RemoveMember { .. }
            | Command::Leave
            | Command::Invite { .. }
            | Command::SendInvitationAgain { .. }
            | Command::WithdrawInvitation { .. }
            | Command::AcceptInvitation { .. }
            | Command::DeclineInvitation { .. }
            | Command::OfferOwnership { .. }
            | Command::WithdrawOwnershipOffer
            | Command::AcceptOwnership { .. }
            | Command::DeclineOwnership { .. }
            | Command::AskToJoin { .. }
            | Command::WithdrawJoinRequest
            | Command::AgreeToJoin { .. }
            | Command::DeclineToJoin { .. }
            | Command::DecideJoin { .. }
            | Command::MakeToken { .. }
            | Command::EndToken { .. }
            | Command::TakeTokenOver { .. }
            | Command::Erase(_) => None,
        }
    }

    fn environment_of(&self, _: &Command) -> Option<&str> {
        None
    }

    fn judge(&self, actor: &Actor, command: &Command, facts: &Facts, now: OffsetDateTime) -> Decision {
        if let Command::Create { name, ods_code } = command {
            return self.create(actor, name, ods_code, facts);
        }
        if self.name.is_empty() {
            return Err(Refusal::NotFound);
        }
        match command {
            Command::Create { .. } => Err(Refusal::AlreadySo),
            Command::Change { name, ods_code } => self.change(actor, name, ods_code, facts),
            Command::ChangeContacts { contacts } => self.change_contacts(actor, contacts),
            Command::Confirm => self.confirm(actor),
            Command::AddService { id, draft } => self.add_service(actor, *id, draft),
            Command::ChangeService { id, draft } => self.change_service(actor, *id, draft),
            Command::AddMember { account, role } => self.add_member(actor, *account, *role),
            Command::ChangeRole { account, role } => self.change_role(actor, *account, *role, facts),
            Command::RemoveMember { account } => self.remove_member(actor, *account, facts),
            Command::Leave => self.leave(actor, facts),
            Command::Invite { id, email, role } => self.invite(actor, (*id, email, *role), facts, now),
            Command::SendInvitationAgain { id } => self.send_invitation_again(actor, *id),
            Command::WithdrawInvitation { id } => self.withdraw_invitation(actor, *id),
            Command::AcceptInvitation { id } => self.accept_invitation(actor, *id, facts, now),
            Command::DeclineInvitation { id, .. } => self.decline_invitation(actor, *id, facts),
            Command::OfferOwnership { account } => self.offer_ownership(actor, *account, now),
            Command::WithdrawOwnershipOffer => self.withdraw_offer(actor),
            Command::AcceptOwnership { from } => self.accept_ownership(actor, *from, facts, now),
            Command::DeclineOwnership { from } => self.decline_ownership(actor, *from, now),
            Command::AskToJoin { reason } => self.ask_to_join(actor, reason, facts, now),
            Command::WithdrawJoinRequest => self.withdraw_request(actor),
            Command::AgreeToJoin { asked, role } => self.agree_to_join(actor, *asked, *role, facts),
            Command::DeclineToJoin { asked } => self.decline_to_join(actor, *asked),
            Command::DecideJoin { asked, role, reason } => self.decide_join(actor, (*asked, *role, reason), facts, now),
            Command::MakeToken { id, draft, .. } => self.make_token(actor, *id, draft, now),
            Command::EndToken { id } => self.end_token(actor, *id),
            Command::TakeTokenOver { id, .. } => self.take_token_over(actor, *id, now),
            Command::Erase(erasure) => Ok(vec![Event::TextErased(erasure.decide(actor)?)]),
        }
    }

    fn apply(&mut self, event: &Event, stamp: &Stamp) {
        match event {
            Event::Created { name, ods_code } => {
                self.name.clone_from(&name.0);
                self.ods_code.clone_from(ods_code);
                if let By::Account(account) = stamp.by {
                    self.join(account, TeamRole::Owner);
                }
            }
            Event::OrganisationChanged { name, ods_code, confirmed_as } => {
                self.name.clone_from(&name.0);
                self.ods_code.clone_from(ods_code);
                self.confirmed = None;
                let stamp = self.renamed.as_ref().map_or(*stamp, |renamed| renamed.stamp);
                self.renamed = confirmed_as.clone().map(|was| Renamed { was, stamp });
            }
            Event::ContactsChanged { content } => {
                // Those of which an erasure left nothing stay as they were before.
                if let Document::Is(content) = content {
                    self.contacts = Some(content.clone());
                }
            }
            Event::Confirmed => {
                self.confirmed = Some(*stamp);
                self.renamed = None;
            }
            Event::ServiceAdded { service, content } | Event::ServiceChanged { service, content } => {
                // One of which an erasure left nothing stays as it was before.
                if let Document::Is(content) = content {
                    self.services.insert(*service, content.clone());
                }
            }
            Event::MemberAdded { account, role } | Event::RoleChanged { account, role } => self.join(*account, *role),
            Event::InvitationAccepted { invitation, account, role } => {
                self.invitations.remove(invitation);
                self.join(*account, *role);
            }
            Event::MemberRemoved { account } | Event::MemberLeft { account } => {
                self.members.remove(account);
            }
            Event::MemberInvited { invitation, email, role } => {
                let content = Invitation { email: email.0.clone(), role: *role, stamp: *stamp };
                self.invitations.insert(*invitation, content);
            }
            Event::InvitationSentAgain { invitation, .. } => {
                if let Some(invitation) = self.invitations.get_mut(invitation) {
                    invitation.stamp = *stamp;
                }
            }
            Event::InvitationWithdrawn { invitation, .. } | Event::InvitationDeclined { invitation, .. } => {
                self.invitations.remove(invitation);
            }
            Event::OwnershipOffered { account } => {
                if let By::Account(from) = stamp.by {
                    self.offers.insert(from, Offer { to: *account, at: stamp.at });
                }
            }
            Event::OwnershipOfferWithdrawn { .. } => self.offers.retain(|from, _| By::Account(*from) != stamp.by),
            Event::OwnershipHandedOver { from, account } => {
                self.join(*account, TeamRole::Owner);
                self.join(*from, TeamRole::Developer);
            }
            Event::OwnershipOfferDeclined { from } => {
                self.offers.remove(from);
            }
            Event::JoinRequested { reason } => {
                if let By::Account(asker) = stamp.by {
                    self.requests.insert(asker, JoinRequest { reason: reason.0.clone(), at: stamp.at });
                }
            }
            Event::JoinRequestWithdrawn => self.requests.retain(|asker, _| By::Account(*asker) != stamp.by),
            Event::JoinAgreed { account, role } | Event::JoinDecided { account, role: Some(role), .. } => {
                self.join(*account, *role);
            }
            Event::JoinDeclined { account } | Event::JoinDecided { account, role: None, .. } => {
                self.decline(*account, stamp.at);
            }
            Event::TokenMade { token, name, scope, environments, until } => {
                if let By::Account(holder) = stamp.by {
                    let (name, environments) = (name.0.clone(), environments.clone());
                    let made = ApiToken {
                        name,
                        scope: *scope,
                        environments,
                        holder,
                        made: *stamp,
                        until: *until,
                        lapsed_at: None,
                    };
                    self.keep_token(*token, made);
                }
            }
            Event::TokenEnded { token, .. } => {
                self.tokens.remove(token);
            }
            Event::TokenTakenOver { token, .. } => {
                if let (Some(token), By::Account(holder)) = (self.tokens.get_mut(token), stamp.by) {
                    (token.holder, token.lapsed_at) = (holder, None);
                }
            }
            // The text itself is gone from what is folded here already.
            Event::TextErased(_) => {}
        }
        self.end_offers();
        self.lapse_tokens(stamp.at);
    }
}

impl Organisation {
    fn create(&self, actor: &Actor, name: &str, ods_code: &str, facts: &Facts) -> Decision {
        let person = match actor {
            Actor::Person(person) => Some(person),
            Actor::Operator => None,
            _ => return Err(Refusal::NotSignedIn),
        };
        if person.is_some_and(|person| person.staff.is_some()) {
            return Err(Refusal::NotAllowed);
        }
        if person.is_some() && !facts.actor_verified {
            return Err(Refusal::NotVerified);
        }
        if !self.name.is_empty() {
            return Err(Refusal::AlreadySo);
        }
        if person.is_some_and(|person| person.memberships.len() >= MOST_ORGANISATIONS) {
            return Err(Refusal::TooManyOrganisations);
        }
        let (name, ods_code) = named(name, ods_code)?;
        Ok(vec![Event::Created { name: FreeText(name), ods_code }])
    }

    fn change(&self, actor: &Actor, name: &str, ods_code: &str, facts: &Facts) -> Decision {
        self.owner(actor)?;
        let (name, ods_code) = named(name, ods_code)?;
        if self.name == name && self.ods_code == ods_code {
            return Ok(Vec::new());
        }
        let is_other = |was: &ConfirmedAs| was.name.0 != name || was.ods_code != ods_code;
        let confirmed_as = self.confirmed_as().filter(|was| facts.has_client && is_other(was));
        Ok(vec![Event::OrganisationChanged { name: FreeText(name), ods_code, confirmed_as }])
    }

    /// What an admin confirmed last, as far as nobody has looked at a change of it since.
    fn confirmed_as(&self) -> Option<ConfirmedAs> {
        let now = || ConfirmedAs { name: FreeText(self.name.clone()), ods_code: self.ods_code.clone() };
        self.confirmed.map(|_| now()).or_else(|| self.renamed.as_ref().map(|renamed| renamed.was.clone()))
    }

    /// A digest of what [`Command::Change`] changes, so that a form can tell whether it changed under it.
    pub fn digest(&self) -> String {
        hex_digest(serde_json::json!([self.name, self.ods_code]).to_string().as_bytes())
    }

    fn add_service(&self, actor: &Actor, id: ServiceId, draft: &ServiceDraft) -> Decision {
        self.writer(actor)?;
        let wanted = check_service(draft).map_err(Refusal::Problems)?;
        if self.services.contains_key(&id) {
            return Err(Refusal::AlreadySo);
        }
        if self.services.len() >= MOST_SERVICES {
            return Err(Refusal::problem(Problem::new("name", Rule::ServicesMany(MOST_SERVICES))));
        }
        Ok(vec![Event::ServiceAdded { service: id, content: Document::Is(wanted) }])
    }

    fn change_contacts(&self, actor: &Actor, typed: &Contacts) -> Decision {
        self.owner(actor)?;
        let contacts = check_contacts(typed).map_err(Refusal::Problems)?;
        match self.contacts.as_ref() == Some(&contacts) {
            true => Ok(Vec::new()),
            false => Ok(vec![Event::ContactsChanged { content: Document::Is(contacts) }]),
        }
    }

    fn confirm(&self, actor: &Actor) -> Decision {
        if !actor.is_admin() {
            return Err(Refusal::AdminsOnly);
        }
        if actor.person().is_some_and(|person| self.ever_members.contains(&person.account)) {
            return Err(Refusal::BelongedToOrganisation);
        }
        match self.confirmed {
            Some(_) => Err(Refusal::AlreadySo),
            None => Ok(vec![Event::Confirmed]),
        }
    }

    fn change_service(&self, actor: &Actor, id: ServiceId, draft: &ServiceDraft) -> Decision {
        self.writer(actor)?;
        let present = self.services.get(&id).ok_or(Refusal::NotFound)?;
        let wanted = check_service(draft).map_err(Refusal::Problems)?;
        if *present == wanted {
            return Ok(Vec::new());
        }
        Ok(vec![Event::ServiceChanged { service: id, content: Document::Is(wanted) }])
    }

    fn owner(&self, actor: &Actor) -> Result<(), Refusal> {
        may_change(actor, self.id)
    }

    fn writer(&self, actor: &Actor) -> Result<(), Refusal> {
        may_write(actor, self.id)
    }
}

/// Whether the actor may change the organisation itself and its team. Pages ask the same before they show a form.
///
/// # Errors
/// Why not.
pub fn may_change(actor: &Actor, organisation: OrganisationId) -> Result<(), Refusal> {
    in_team(actor, organisation, &[TeamRole::Owner])
}

/// Whether the actor may add and change services. Pages ask the same before they show a form.
///
/// # Errors
/// Why not.
pub fn may_write(actor: &Actor, organisation: OrganisationId) -> Result<(), Refusal> {
    in_team(actor, organisation, &[TeamRole::Owner, TeamRole::Developer])
}

fn in_team(actor: &Actor, organisation: OrganisationId, roles: &[TeamRole]) -> Result<(), Refusal> {
    match actor.team_role(organisation) {
        _ if *actor == Actor::Operator => Ok(()),
        Some(role) if roles.contains(&role) => Ok(()),
        Some(_) => Err(Refusal::NotAllowed),
        None => Err(Refusal::NotFound),
    }
}

/// The name and the ODS code, when one was given.
fn named(name: &str, ods_code: &str) -> Result<(String, Option<OdsCode>), Refusal> {
    let mut problems = Vec::new();
    let name = collect(line("name", "the name of the organisation", name, 120), &mut problems);
    let ods_code = match ods_code.trim() {
        "" => None,
        code => collect(OdsCode::parse(code), &mut problems),
    };
    name.filter(|_| problems.is_empty()).map(|name| (name, ods_code)).ok_or(Refusal::Problems(problems))
}

/// Judges a service as typed.
///
/// # Errors
/// All that is wrong, by field: `name`, `description`, `use_case`, `technical`, `product`, `security`.
pub fn check_service(draft: &ServiceDraft) -> Result<Service, Vec<Problem>> {
    let mut problems = Vec::new();
    let name = collect(line("name", "the name of the service", &draft.name, 120), &mut problems);
    let description = collect(
        said("description", "the answer to “What is it?”", "what the service is", &draft.description),
        &mut problems,
    );
    let use_case = collect(
        said(
            "use_case",
            "the answer to “What do people use it for?”",
            "what people use the service for",
            &draft.use_case,
        ),
        &mut problems,
    );
    let contacts = check_contacts(&draft.contacts).map_err(|found| problems.extend(found)).ok();
    match (name, description, use_case, contacts) {
        (Some(name), Some(description), Some(use_case), Some(contacts)) => {
            Ok(Service { name, description, use_case, contacts })
        }
        _ => Err(problems),
    }
}

/// Judges contacts as typed.
///
/// # Errors
/// All that is wrong, by field: `technical`, `product`, `security`.
pub fn check_contacts(typed: &Contacts) -> Result<Contacts, Vec<Problem>> {
    let mut problems = Vec::new();
    let technical = collect(contact("technical", &typed.technical), &mut problems);
    let product = collect(contact("product", &typed.product), &mut problems);
    let security = collect(contact("security", &typed.security), &mut problems);
    match (technical, product, security) {
        (Some(technical), Some(product), Some(security)) => Ok(Contacts { technical, product, security }),
        _ => Err(problems),
    }
}

fn collect<T>(result: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

fn line(field: &str, what: &str, typed: &str, max: usize) -> Result<String, Problem> {
    no_private_key(field, typed)?;
    text::one_line(field, what, typed, max)
}

/// Paragraphs; `what` quotes the label of the field, `asked` follows “Say” where there are none.
fn said(field: &str, what: &str, asked: &str, typed: &str) -> Result<String, Problem> {
    no_private_key(field, typed)?;
    paragraphs(field, what, asked, typed)
}

fn paragraphs(field: &str, what: &str, asked: &str, typed: &str) -> Result<String, Problem> {
    text::paragraphs(field, what, typed, 2000).map_err(|problem| match problem.rule {
        Rule::Text(TextFault::Missing(..)) => Problem::new(field, TextFault::Missing(asked.to_owned(), Asks::Say)),
        _ => problem,
    })
}

fn no_private_key(field: &str, typed: &str) -> Result<(), Problem> {
    match private_key::found_in(typed) {
        true => Err(Problem::new(field, Rule::PrivateKey)),
        false => Ok(()),
    }
}

fn contact(field: &str, typed: &str) -> Result<String, Problem> {
    no_private_key(field, typed)?;
    let address = EmailAddress::read(typed).map_err(|fault| Problem::new(field, fault.of_contact(field)))?;
    Ok(address.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::{Person, StaffRole};
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);

    #[test]
    fn nobody_belongs_to_more_organisations_than_the_limit() {
        let Actor::Person(person) = person(1, None, None) else { unreachable!() };
        let create = Command::Create { name: "Riverside Clinic".into(), ods_code: String::new() };
        for (belongs, refused) in [(MOST_ORGANISATIONS - 1, false), (MOST_ORGANISATIONS, true)] {
            let organisation = |n| OrganisationId::from_parts(2, [u8::try_from(n).unwrap(); 10]);
            let memberships = (0..belongs).map(|n| (organisation(n), TeamRole::Owner)).collect();
            let actor = Actor::Person(Person { memberships, ..person.clone() });
            let mut state = Organisation::blank(OrganisationId::from_parts(1, [1; 10]));
            let outcome = run(&mut state, &actor, &create);
            assert_eq!(outcome.is_err_and(|refusal| refusal == Refusal::TooManyOrganisations), refused);
        }
    }

    fn person(n: u8, role: Option<TeamRole>, staff: Option<StaffRole>) -> Actor {
        let id = OrganisationId::from_parts(1, [1; 10]);
        Actor::Person(Person {
            account: AccountId::from_parts(1, [n; 10]),
            staff,
            memberships: role.map(|role| (id, role)).into_iter().collect(),
            ever_belonged: BTreeSet::new(),
            second_factor: true,
            reauthenticated_at: Some(NOW),
            token: None,
        })
    }

    fn run(state: &mut Organisation, actor: &Actor, command: &Command) -> Result<usize, Refusal> {
        let events =
            state.decide(actor, command, &Facts { actor_verified: true, has_client: true, ..Facts::default() }, NOW)?;
        events.iter().for_each(|event| state.apply(event, &Stamp { at: NOW, by: actor.by() }));
        Ok(events.len())
    }

    #[test]
    fn a_change_of_name_or_code_ends_the_confirmation() {
        let owner = person(1, Some(TeamRole::Owner), None);
        let mut state = Organisation::blank(OrganisationId::from_parts(1, [1; 10]));
        run(&mut state, &owner, &Command::Create { name: "Alder".into(), ods_code: String::new() }).unwrap();
        let change = |name: &str, code: &str| Command::Change { name: name.into(), ods_code: code.into() };
        for (name, code, events) in [("Alder", "", 0), ("Alder", "X26", 1), ("Alder trust", "X26", 1)] {
            state.confirmed = Some(Stamp { at: NOW, by: By::Operator });
            assert_eq!(run(&mut state, &owner, &change(name, code)), Ok(events));
            assert_eq!(state.confirmed.is_none(), events > 0, "{name} {code}");
        }
        assert!(matches!(run(&mut state, &owner, &change("", "?")), Err(Refusal::Problems(two)) if two.len() == 2));
        let refused = [
            (person(2, Some(TeamRole::Developer), None), Refusal::NotAllowed),
            (person(3, Some(TeamRole::Viewer), None), Refusal::NotAllowed),
            (person(4, None, Some(StaffRole::Admin)), Refusal::NotFound),
            (person(5, None, None), Refusal::NotFound),
        ];
        for (actor, refusal) in refused {
            assert_eq!(run(&mut state, &actor, &change("Theirs", "")), Err(refusal));
        }
    }

    #[test]
    fn what_was_confirmed_is_remembered_until_an_admin_looks() {
        let (owner, admin) = (person(1, Some(TeamRole::Owner), None), person(2, None, Some(StaffRole::Admin)));
        let mut state = Organisation::blank(OrganisationId::from_parts(1, [1; 10]));
        run(&mut state, &owner, &Command::Create { name: "Riverside Clinic".into(), ods_code: "X26".into() }).unwrap();
        let change = |name: &str, code: &str| Command::Change { name: name.into(), ods_code: code.into() };
        run(&mut state, &owner, &change("Riverside", "X26")).unwrap();
        assert_eq!(state.renamed, None, "nobody had confirmed it");
        let was = |state: &Organisation| state.renamed.as_ref().map(|renamed| renamed.was.name.0.clone());
        state.confirmed = Some(Stamp { at: NOW, by: By::Operator });
        run(&mut state, &owner, &change("St Mary’s Hospital", "X26")).unwrap();
        run(&mut state, &owner, &change("St Mary’s Hospital", "R1H")).unwrap();
        assert_eq!(was(&state).as_deref(), Some("Riverside"), "what was confirmed, however often it is changed");
        run(&mut state, &owner, &change("Riverside", "X26")).unwrap();
        assert_eq!(state.renamed, None, "it is called what was confirmed");
        state.confirmed = Some(Stamp { at: NOW, by: By::Operator });
        run(&mut state, &owner, &change("Riverside", "")).unwrap();
        assert_eq!(was(&state).as_deref(), Some("Riverside"), "the ODS code was confirmed too");
        assert_eq!(run(&mut state, &admin, &Command::Confirm), Ok(1));
        assert_eq!(state.renamed, None);
        let without_client = Facts { actor_verified: true, ..Facts::default() };
        let events = state.decide(&owner, &change("Other", ""), &without_client, NOW).unwrap();
        assert!(matches!(&events[..], [Event::OrganisationChanged { confirmed_as: None, .. }]));
    }

    #[test]
    fn services_are_added_up_to_the_most() {
        let owner = person(1, Some(TeamRole::Owner), None);
        let mut state = Organisation::blank(OrganisationId::from_parts(1, [1; 10]));
        run(&mut state, &owner, &Command::Create { name: "Alder".into(), ods_code: String::new() }).unwrap();
        let address = || "team@example.org".to_owned();
        let contacts = Contacts { technical: address(), product: address(), security: address() };
        let draft = ServiceDraft { name: "App".into(), description: "What.".into(), use_case: "Why.".into(), contacts };
        for n in 0..=MOST_SERVICES {
            let id = ServiceId::from_parts(n as u64, [1; 10]);
            let added = run(&mut state, &owner, &Command::AddService { id, draft: draft.clone() });
            match n < MOST_SERVICES {
                true => assert_eq!(added, Ok(1)),
                false => assert!(
                    matches!(added, Err(Refusal::Problems(one)) if one[0].rule == Rule::ServicesMany(MOST_SERVICES))
                ),
            }
        }
    }

    #[test]
    fn an_organisation_keeps_an_owner_and_is_no_business_of_strangers() {
        let owner = person(1, Some(TeamRole::Owner), None);
        let (first, second) = (AccountId::from_parts(1, [1; 10]), AccountId::from_parts(1, [2; 10]));
        let mut state = Organisation::blank(OrganisationId::from_parts(1, [1; 10]));
        run(&mut state, &owner, &Command::Create { name: "Alder".into(), ods_code: String::new() }).unwrap();
        let add = |account, role| Command::AddMember { account, role };
        let remove = Command::RemoveMember { account: first };
        assert_eq!(run(&mut state, &Actor::Operator, &add(first, TeamRole::Viewer)), Err(Refusal::LastOwner));
        assert_eq!(run(&mut state, &owner, &remove), Err(Refusal::LastOwner));
        assert_eq!(run(&mut state, &Actor::Operator, &add(second, TeamRole::Owner)), Ok(1));
        for (actor, refusal) in [
            (person(3, None, None), Refusal::NotFound),
            (person(4, None, Some(StaffRole::Admin)), Refusal::NotFound),
            (person(5, Some(TeamRole::Developer), None), Refusal::NotAllowed),
        ] {
            assert_eq!(run(&mut state, &actor, &remove), Err(refusal));
        }
        assert_eq!(run(&mut state, &Actor::Operator, &add(first, TeamRole::Viewer)), Ok(1));
        assert_eq!(run(&mut state, &owner, &Command::RemoveMember { account: second }), Err(Refusal::LastOwner));
    }
}
