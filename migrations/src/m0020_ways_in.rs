//! Requests to join an organisation, offers of its ownership, and when its owners signed in last: whether they can answer.

use crate::portable;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // As the states of the organisations have them, until they are answered or withdrawn.
        let requests = Table::create()
            .table("join_requests")
            .col(text("organisation_id"))
            .col(text("account_id"))
            .col(big_integer("asked_at"))
            .primary_key(Index::create().col("organisation_id").col("account_id"))
            .to_owned();
        manager.create_table(requests).await?;
        let of_account = Index::create().name("join_requests_of").table("join_requests").col("account_id").to_owned();
        manager.create_index(of_account).await?;
        for (table, column) in ADDED {
            let add = Table::alter().table(*table).add_column(big_integer_null(*column)).to_owned();
            manager.alter_table(add).await?;
        }
        portable::run(manager, FILLED).await?;
        portable::run(manager, INDEXES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, WITHOUT_INDEXES).await?;
        for (table, column) in ADDED {
            manager.alter_table(Table::alter().table(*table).drop_column(*column).to_owned()).await?;
        }
        manager.drop_table(Table::drop().table("join_requests").to_owned()).await
    }
}

/// `offered_until`: until when an owner offers the ownership to this member. `owner_seen_at`: when any owner who can sign in did
/// last, or was unlocked. `join_waits_from`: from when on staff may answer the request to join that waits longest; none while owners can.
const ADDED: &[(&str, &str)] = &[
    ("memberships", "offered_until"),
    ("accounts", "signed_in_at"),
    ("accounts", "unlocked_at"),
    ("organisations", "owner_seen_at"),
    ("organisations", "join_waits_from"),
];

// From the history, in which every sign-in is.
const FILLED: &str = "
UPDATE accounts SET signed_in_at = (
    SELECT MAX(h.at) FROM history h
    WHERE h.subject_id = accounts.id AND h.kind = 'account' AND h.event_type = 'signed_in');
UPDATE accounts SET unlocked_at = (
    SELECT MAX(h.at) FROM history h
    WHERE h.subject_id = accounts.id AND h.kind = 'account' AND h.event_type IN ('enabled', 'recovered'));
UPDATE organisations SET owner_seen_at = (
    SELECT MAX(CASE WHEN a.unlocked_at > COALESCE(a.signed_in_at, 0) THEN a.unlocked_at ELSE a.signed_in_at END) FROM memberships m JOIN accounts a ON a.id = m.account_id
    WHERE m.organisation_id = organisations.id AND m.role = 'owner' AND m.ended_at IS NULL AND NOT a.disabled);
";

// Conditions on an index are beyond `SchemaManager`.
const INDEXES: &str = "
CREATE INDEX organisations_owner_seen ON organisations (COALESCE(owner_seen_at, created_at), id)
    WHERE has_client AND NOT without_owner;
CREATE INDEX organisations_join_waits_from ON organisations (join_waits_from) WHERE join_waits_from IS NOT NULL;
CREATE INDEX organisations_join_waits ON organisations (created_at, id) WHERE join_waits_from IS NOT NULL;
";

const WITHOUT_INDEXES: &str = "
DROP INDEX organisations_join_waits;
DROP INDEX organisations_join_waits_from;
DROP INDEX organisations_owner_seen;
";
