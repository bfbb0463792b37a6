//! Tokens of organisations, so that a program is found by the hash of its token.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // What a token is and as whom it acts is in the state of its organisation. `token_hash` is SHA-256 of its secret;
        // `used_at` when it was used last, to the day. `account_id` is as whom it acts, so that it ends with a password that
        // was reset.
        let tokens = Table::create()
            .table("api_tokens")
            .col(text("token_hash").primary_key())
            .col(text("id").unique_key())
            .col(text("organisation_id"))
            .col(text("account_id"))
            .col(big_integer_null("used_at"))
            .to_owned();
        manager.create_table(tokens).await?;
        let of = Index::create().name("api_tokens_of").table("api_tokens").col("organisation_id").to_owned();
        manager.create_index(of).await?;
        let held = Index::create().name("api_tokens_held").table("api_tokens").col("account_id").to_owned();
        manager.create_index(held).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("api_tokens").to_owned()).await
    }
}
