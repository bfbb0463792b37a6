//! Several keys in a revision: a registered key is told apart by its thumbprint too. And whether nothing but keys changed in
//! the latest revision of a registration, which keys were reported as leaked, and which are in use: since when, and whether
//! whoever brought them has left.

use crate::portable;
use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        identify(manager, "registration_id, revision, thumbprint").await?;
        let add = Table::alter().table("registrations").add_column(text_null("key_change")).to_owned();
        manager.alter_table(add).await?;
        // `everywhere`: whoever reported it proved to hold the private half, or was alone in having registered the key.
        // Otherwise anybody could have a stranger's key refused.
        let leaked = "CREATE TABLE leaked_keys (
            thumbprint TEXT NOT NULL,
            organisation_id TEXT NOT NULL,
            everywhere BOOLEAN NOT NULL,
            at {int} NOT NULL,
            PRIMARY KEY (thumbprint, organisation_id, everywhere)
        )";
        portable::run(manager, leaked).await?;
        // None before the first of this version; after a step back, those that the history has.
        let thumbprint = match manager.get_database_backend() {
            DbBackend::Postgres => "convert_from(h.leaf, 'UTF8')::jsonb #>> '{event,thumbprint}'",
            _ => "json_extract(CAST(h.leaf AS TEXT), '$.event.thumbprint')",
        };
        portable::run(manager, &REPORTED.replace("{thumbprint}", thumbprint)).await?;
        portable::append_only(manager, "leaked_keys", &["thumbprint", "organisation_id", "everywhere"]).await?;
        portable::run(manager, IN_USE).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, NOT_IN_USE).await?;
        manager.drop_table(Table::drop().table("leaked_keys").to_owned()).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            portable::run(manager, "DROP FUNCTION leaked_keys_append_only()").await?;
        }
        manager.alter_table(Table::alter().table("registrations").drop_column("key_change").to_owned()).await?;
        // Where there are several, the schema before has room for the first.
        let spare = "DELETE FROM registered_keys WHERE EXISTS (
            SELECT 1 FROM registered_keys k WHERE k.registration_id = registered_keys.registration_id
            AND k.revision = registered_keys.revision AND k.thumbprint < registered_keys.thumbprint)";
        portable::run(manager, spare).await?;
        identify(manager, "registration_id, revision").await
    }
}

// By the rule of `keys::leak` in the store.
const REPORTED: &str = "
INSERT INTO leaked_keys (thumbprint, organisation_id, everywhere, at)
    SELECT l.thumbprint, l.organisation_id,
           EXISTS (SELECT 1 FROM key_proofs p
                   WHERE p.organisation_id = l.organisation_id AND p.thumbprint = l.thumbprint)
           OR (EXISTS (SELECT 1 FROM registered_keys k
                       WHERE k.thumbprint = l.thumbprint AND k.organisation_id = l.organisation_id)
               AND NOT EXISTS (SELECT 1 FROM registered_keys k
                               WHERE k.thumbprint = l.thumbprint AND k.organisation_id <> l.organisation_id)
               AND NOT EXISTS (SELECT 1 FROM key_proofs p
                               WHERE p.thumbprint = l.thumbprint AND p.organisation_id <> l.organisation_id)),
           l.at
    FROM (SELECT {thumbprint} AS thumbprint, h.organisation_id, MIN(h.at) AS at FROM history h
          WHERE h.kind = 'registration' AND h.event_type = 'key_leaked' AND h.organisation_id IS NOT NULL
          GROUP BY 1, 2) l;
";

// They follow from the states of the registrations: `portal` notes them at the first start, once.
const IN_USE: &str = "
CREATE TABLE published_keys (
    registration_id TEXT NOT NULL,
    thumbprint TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    since {int} NOT NULL,
    added_by TEXT NULL,
    remind_at {int} NULL,
    PRIMARY KEY (registration_id, thumbprint)
);
CREATE INDEX published_keys_of ON published_keys (organisation_id);
CREATE INDEX published_keys_thumbprint ON published_keys (thumbprint);
CREATE INDEX published_keys_due ON published_keys (remind_at) WHERE remind_at IS NOT NULL;
ALTER TABLE organisations ADD COLUMN keys_left BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX organisations_keys_left ON organisations (created_at, id) WHERE keys_left;
";

const NOT_IN_USE: &str = "
DROP INDEX organisations_keys_left;
ALTER TABLE organisations DROP COLUMN keys_left;
DROP TABLE published_keys;
DELETE FROM marks WHERE name = 'published-keys';
";

/// Makes these columns the primary key. PostgreSQL keeps the table, and with it what its owner granted; SQLite has no such
/// statement.
async fn identify(manager: &SchemaManager<'_>, by: &str) -> Result<(), DbErr> {
    let change = match manager.get_database_backend() {
        DbBackend::Postgres => {
            "ALTER TABLE registered_keys DROP CONSTRAINT registered_keys_pkey, ADD PRIMARY KEY ({by})"
        }
        _ => ANEW,
    };
    portable::run(manager, &change.replace("{by}", by)).await
}

const ANEW: &str = "
CREATE TABLE registered_keys_anew (
    registration_id TEXT NOT NULL REFERENCES registrations (id),
    revision INTEGER NOT NULL,
    organisation_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    thumbprint TEXT NOT NULL,
    modulus_hex TEXT NOT NULL,
    proved BOOLEAN NOT NULL,
    block INTEGER,
    PRIMARY KEY ({by})
);
INSERT INTO registered_keys_anew
    SELECT registration_id, revision, organisation_id, environment, thumbprint, modulus_hex, proved, block
    FROM registered_keys;
DROP TABLE registered_keys;
ALTER TABLE registered_keys_anew RENAME TO registered_keys;
CREATE INDEX registered_keys_thumbprint ON registered_keys (thumbprint);
CREATE INDEX registered_keys_modulus ON registered_keys (modulus_hex);
CREATE INDEX registered_keys_unmultiplied ON registered_keys (modulus_hex) WHERE block IS NULL;
";
