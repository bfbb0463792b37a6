//! What is read from indexes alone: of the queue of reviews what is counted on a home page, and what asks for restricted
//! scopes, for which SQLite walked the whole queue; of what looks alike, or has
//! the name or code of an organisation, the first of many.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes = "
            DROP INDEX registrations_queue; DROP INDEX registrations_queue_restricted;
            CREATE INDEX registrations_queue ON registrations (review_state, submitted_at, id, revision);
            CREATE INDEX registrations_queue_restricted ON registrations (review_state, submitted_at, id)
                WHERE restricted <> '';
            DROP INDEX look_alikes_skeleton;
            CREATE INDEX look_alikes_skeleton ON look_alikes (kind, skeleton, shown, organisation_id);
            DROP INDEX organisations_shape; DROP INDEX organisations_ods_code;
            CREATE INDEX organisations_shape ON organisations (name_shape, name, id);
            CREATE INDEX organisations_ods_code ON organisations (ods_code, name, id);";
        portable::run(manager, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes = "
            DROP INDEX registrations_queue; DROP INDEX registrations_queue_restricted;
            CREATE INDEX registrations_queue ON registrations (review_state, submitted_at, id);
            CREATE INDEX registrations_queue_restricted ON registrations (submitted_at, id)
                WHERE review_state = 'submitted' AND restricted <> '';
            DROP INDEX look_alikes_skeleton;
            CREATE INDEX look_alikes_skeleton ON look_alikes (kind, skeleton);
            DROP INDEX organisations_shape; DROP INDEX organisations_ods_code;
            CREATE INDEX organisations_shape ON organisations (name_shape);
            CREATE INDEX organisations_ods_code ON organisations (ods_code);";
        portable::run(manager, indexes).await
    }
}
