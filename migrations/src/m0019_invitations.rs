//! Invitations to a team, so that whoever is invited finds theirs.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // As the states of the organisations have them, until they are answered or withdrawn. `invited_by` is empty where
        // no person did; `token_hash` is that of the link in the latest mail, as long as nobody made an account by it.
        let invitations = Table::create()
            .table("invitations")
            .col(text("id").primary_key())
            .col(text("organisation_id"))
            .col(text("email_key"))
            .col(text("role"))
            .col(text_null("invited_by"))
            .col(big_integer("until"))
            .col(text_null("token_hash").unique_key())
            .to_owned();
        manager.create_table(invitations).await?;
        let index = |name: &str, columns: &[&'static str]| {
            let mut index = Index::create().name(name).table("invitations").to_owned();
            columns.iter().for_each(|column| {
                index.col(*column);
            });
            index
        };
        manager.create_index(index("invitations_to", &["email_key", "until"])).await?;
        manager.create_index(index("invitations_of", &["organisation_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("invitations").to_owned()).await
    }
}
