//! The files that belong to evidence: what is known of each. Their content is elsewhere, under its digest, which what was
//! frozen has too; and what somebody calls a file stands in the answer alone, where it can be erased.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = "CREATE TABLE attachments (
            registration_id TEXT NOT NULL REFERENCES registrations (id),
            digest TEXT NOT NULL,
            bytes {int} NOT NULL,
            media TEXT NOT NULL,
            scanned_at {int} NULL,
            attached_by TEXT NOT NULL,
            attached_at {int} NOT NULL,
            PRIMARY KEY (registration_id, digest)
        )";
        portable::run(manager, table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("attachments").to_owned()).await
    }
}
