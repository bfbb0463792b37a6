//! What is known of the files that belong to a registration's evidence. Rows stay for good: what was frozen in a revision
//! names them, and they bound how much a registration can have.

use crate::{entity::*, error::StoreError, store::Store};
use domain::{
    attachment::{Attachment, MediaType},
    id::{AccountId, RegistrationId},
};
use time::OffsetDateTime;

/// The most files that a registration ever has.
pub const MOST_FILES: usize = 100;

/// A file that was attached. What it is called stands in answers alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// SHA-256 of the content, lowercase hex.
    pub digest: String,
    /// The length of the content in bytes.
    pub bytes: usize,
    /// What it is, by its content.
    pub media: MediaType,
    /// When a scanner found nothing in it; none where none looked.
    pub scanned_at: Option<OffsetDateTime>,
}

impl Attached {
    /// Whether an answer speaks of this file, whatever it calls it.
    pub fn is(&self, file: &Attachment) -> bool {
        (&self.digest, self.bytes, self.media) == (&file.digest, file.bytes, file.media)
    }
}

impl Store {
    /// The files of a registration, in the order of their digests.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn attachments(&self, registration: RegistrationId) -> Result<Vec<Attached>, StoreError> {
        let rows = attachment::Entity::find().filter(attachment::RegistrationId.eq(Word(registration)));
        let rows = rows.order_by_asc(attachment::Digest).limit(MOST_FILES as u64).all(self.reads()).await?;
        Ok(rows.into_iter().filter_map(attached).collect())
    }

    /// One of them, by its digest.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unavailable`].
    pub async fn attachment(&self, registration: RegistrationId, digest: &str) -> Result<Attached, StoreError> {
        let row = attachment::Entity::find_by_id((Word(registration), digest.to_owned())).one(self.reads()).await?;
        row.and_then(attached).ok_or(StoreError::NotFound)
    }

    /// Notes a file whose content is kept. The same file twice is one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn attach(
        &self,
        registration: RegistrationId,
        file: &Attached,
        by: AccountId,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let row = attachment::Model {
            registration_id: Word(registration),
            digest: file.digest.clone(),
            bytes: file.bytes as i64,
            media: file.media.word().into(),
            scanned_at: file.scanned_at.map(At),
            attached_by: Word(by),
            attached_at: At(now),
        };
        self.write(&Insert::one(row).on_conflict_do_nothing()).await.map(|_| ())
    }
}

/// None where a row says what no file is.
fn attached(row: attachment::Model) -> Option<Attached> {
    let (bytes, media) = (usize::try_from(row.bytes).ok()?, MediaType::of_word(&row.media)?);
    Some(Attached { digest: row.digest, bytes, media, scanned_at: time(row.scanned_at) })
}
