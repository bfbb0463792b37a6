//! Organisations that changed what an admin confirmed while a client of theirs is at a provider.

use super::staff_only;
use crate::{entity::*, error::StoreError, sql, store::Store};
use domain::{
    actor::Person,
    id::OrganisationId,
    organisation::{ConfirmedAs, Organisation},
};
use time::OffsetDateTime;

/// Organisations `o` whose change no admin has looked at, and of which people sign in to a client, or shall. As SQL:
/// an index has its first condition.
pub(super) const RENAMED: &str = "o.renamed_at IS NOT NULL AND EXISTS (
    SELECT 1 FROM registrations g WHERE g.organisation_id = o.id AND (g.wanted = 'on' OR g.confirmed = 'on'))";

/// How many are listed at once, the one that waits longest first.
const MOST: usize = 20;

/// An organisation that is called otherwise than an admin confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenamedRow {
    /// Its id.
    pub id: OrganisationId,
    /// What was confirmed.
    pub was: ConfirmedAs,
    /// Its name now.
    pub name: String,
    /// Its ODS code now.
    pub ods_code: Option<String>,
    /// Since when.
    pub since: OffsetDateTime,
}

impl Store {
    /// The organisations whose change no admin has looked at and of which people sign in to a client, or shall: at most 20,
    /// the earliest first. Suspending their clients is the other way out.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for everybody but staff; [`StoreError::Unavailable`].
    pub async fn renamed_organisations(&self, viewer: &Person) -> Result<Vec<RenamedRow>, StoreError> {
        staff_only(viewer)?;
        let select = format!(
            "SELECT o.state, o.renamed_at FROM organisations o WHERE {RENAMED} ORDER BY o.renamed_at, o.id LIMIT {MOST}"
        );
        let mut renamed = Vec::new();
        let rows: Vec<(Json<Organisation>, At)> = sql::tuples(self.reads(), &select, vec![]).await?;
        for (Json(organisation), At(since)) in rows {
            let Some(was) = organisation.renamed.map(|renamed| renamed.was) else { continue };
            renamed.push(RenamedRow {
                id: organisation.id,
                was,
                name: organisation.name,
                ods_code: organisation.ods_code.map(|code| code.as_str().to_owned()),
                since,
            });
        }
        Ok(renamed)
    }
}
