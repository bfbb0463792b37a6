//! Invitations to teams, for whoever was invited.

use super::{NameColumns, PersonName};
use crate::{
    entity::*,
    error::StoreError,
    sql::{self, millis, values},
    store::Store,
};
use domain::{
    actor::TeamRole,
    email::EmailAddress,
    id::{InvitationId, OrganisationId},
    organisation::MOST_ORGANISATIONS,
};
use sea_orm::Value;
use time::OffsetDateTime;

/// An invitation to a team that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationRow {
    /// Its id.
    pub id: InvitationId,
    /// The address that it was sent to, in lower case.
    pub email: String,
    /// The organisation.
    pub organisation: OrganisationId,
    /// Its name.
    pub organisation_name: String,
    /// Whether an admin has confirmed that it is who it says.
    pub confirmed: bool,
    /// As what.
    pub role: TeamRole,
    /// Who sent it, with their address; none where no person did.
    pub invited_by: Option<(PersonName, String)>,
    /// Until when it can be accepted.
    pub until: OffsetDateTime,
}

/// As SQL: three tables. Of whoever may not sign in no invitation counts.
const SELECT: &str = "
SELECT i.id, i.email_key, i.organisation_id, o.name AS organisation_name, o.confirmed_at, i.role, i.until,
       a.name AS sender_name, a.email AS sender_email, a.staff_role AS sender_staff_role
FROM invitations i JOIN organisations o ON o.id = i.organisation_id LEFT JOIN accounts a ON a.id = i.invited_by
WHERE i.until > $1 AND NOT COALESCE(a.disabled, FALSE)";

impl Store {
    /// The invitations to an address that can be answered, those that run out last first; at most as many as one account may
    /// have organisations.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn invitations(&self, to: &EmailAddress, now: OffsetDateTime) -> Result<Vec<InvitationRow>, StoreError> {
        let which = format!("i.email_key = $2 ORDER BY i.until DESC, i.id LIMIT {MOST_ORGANISATIONS}");
        self.open_invitations(&which, values![millis(now), to.key()]).await
    }

    /// An invitation to this address; none where it cannot be answered any more, or is to somebody else.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn invitation(
        &self,
        id: InvitationId,
        to: &EmailAddress,
        now: OffsetDateTime,
    ) -> Result<Option<InvitationRow>, StoreError> {
        let which = "i.id = $2 AND i.email_key = $3";
        let mut found = self.open_invitations(which, values![millis(now), Word(id), to.key()]).await?;
        Ok(found.pop())
    }

    /// An invitation by the link in its latest mail, as long as nobody made an account by it. `token_hash` is SHA-256 of the
    /// link's token, lowercase hex.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn invitation_by_link(
        &self,
        id: InvitationId,
        token_hash: &str,
        now: OffsetDateTime,
    ) -> Result<Option<InvitationRow>, StoreError> {
        let which = "i.id = $2 AND i.token_hash = $3";
        let mut found = self.open_invitations(which, values![millis(now), Word(id), token_hash]).await?;
        Ok(found.pop())
    }

    async fn open_invitations(&self, which: &str, values: Vec<Value>) -> Result<Vec<InvitationRow>, StoreError> {
        let rows = sql::rows::<Columns>(self.reads(), &format!("{SELECT} AND {which}"), values).await?;
        let row = |row: Columns| {
            let address = row.sender.email.0.clone();
            InvitationRow {
                id: row.id.0,
                email: row.email_key,
                organisation: row.organisation_id.0,
                organisation_name: row.organisation_name,
                confirmed: row.confirmed_at.0.is_some(),
                role: row.role.0,
                invited_by: address.map(|address| (row.sender.shown(self.person_names()), address)),
                until: row.until.0,
            }
        };
        Ok(rows.into_iter().map(row).collect())
    }
}

#[derive(FromQueryResult)]
struct Columns {
    id: Word<InvitationId>,
    email_key: String,
    organisation_id: Word<OrganisationId>,
    organisation_name: String,
    confirmed_at: OrNull<At>,
    role: Word<TeamRole>,
    until: At,
    #[sea_orm(nested(prefix = "sender_"))]
    sender: NameColumns,
}
