//! Until when the evidence for what is published holds, by its earliest date, and when the team is told of it next.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, DOWN).await
    }
}

// They follow from what is published: `portal` notes them at the first start, with the keys, once.
const UP: &str = "
ALTER TABLE registrations ADD COLUMN evidence_ends {int} NULL;
ALTER TABLE registrations ADD COLUMN evidence_remind_at {int} NULL;
CREATE INDEX registrations_evidence_due ON registrations (evidence_remind_at) WHERE evidence_remind_at IS NOT NULL;
DELETE FROM marks WHERE name = 'published-keys';
";

const DOWN: &str = "
DROP INDEX registrations_evidence_due;
ALTER TABLE registrations DROP COLUMN evidence_remind_at;
ALTER TABLE registrations DROP COLUMN evidence_ends;
";
