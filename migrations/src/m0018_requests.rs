//! Requests that had their effect, so that what is sent twice is done once.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `request_key` is the kind of thing and a digest of who asked and what they call it, `says` one of what it says; `version` is the one that it brought the subject to, by the entries
        // of the history from the first to the last.
        let requests = Table::create()
            .table("requests")
            .col(text("request_key").primary_key())
            .col(text("says"))
            .col(text("subject_id"))
            .col(big_integer("version"))
            .col(big_integer("first_entry"))
            .col(big_integer("last_entry"))
            .col(big_integer("at"))
            .to_owned();
        manager.create_table(requests).await?;
        manager.create_index(Index::create().name("requests_at").table("requests").col("at").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("requests").to_owned()).await
    }
}
