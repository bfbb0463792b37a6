//! What a key is compared with at its submission, kept so that it costs the same however many keys there are: products of
//! the registered moduli, how far each key was compared with them, and who proved to hold which key. With the index of what
//! a service has in an environment, which every look at a registration asks for.

use crate::portable;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let proofs = match manager.get_database_backend() {
            // No NUL that somebody typed is in a key's name, and jsonb takes none.
            DbBackend::Postgres => {
                r"jsonb_object_keys(replace(g.state, '\u0000', '\u0020')::jsonb -> 'proofs') p (key)"
            }
            _ => "json_each(g.state, '$.proofs') p",
        };
        portable::run(manager, &UP.replace("{proofs}", proofs)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = "DROP TABLE key_products; DROP TABLE key_comparisons; DROP TABLE key_proofs;
                    DROP INDEX registrations_of_service; DROP INDEX registrations_latest;
                    CREATE INDEX registrations_latest ON registrations (environment, published_at);
                    DROP INDEX registered_keys_unmultiplied; ALTER TABLE registered_keys DROP COLUMN block;";
        portable::run(manager, drop).await
    }
}

const UP: &str = "
-- Products of registered moduli, each modulus in one of them, big-endian. They follow from the keys and can be made again.
CREATE TABLE key_products (
    block {int} PRIMARY KEY,
    members {int} NOT NULL,
    product {blob} NOT NULL
);

-- In which product a key's modulus is; none for those from before there were products.
ALTER TABLE registered_keys ADD COLUMN block {int};
CREATE INDEX registered_keys_unmultiplied ON registered_keys (modulus_hex) WHERE block IS NULL;

-- How far a key was compared with them: with every product before `block`, and with so many members of that one.
CREATE TABLE key_comparisons (
    thumbprint TEXT PRIMARY KEY,
    block {int} NOT NULL,
    members {int} NOT NULL,
    shares_prime BOOLEAN NOT NULL,
    at {int} NOT NULL
);
CREATE INDEX key_comparisons_at ON key_comparisons (at);

-- What a service has in an environment. Without it SQLite takes any index that begins with the environment, which is a third
-- of all registrations; that of what was published last is now of those alone.
CREATE INDEX registrations_of_service ON registrations (service_id, environment);
DROP INDEX registrations_latest;
CREATE INDEX registrations_latest ON registrations (environment, published_at) WHERE published_at IS NOT NULL;

-- Who proved to hold the private half of which key, for whichever of their registrations.
CREATE TABLE key_proofs (
    organisation_id TEXT NOT NULL,
    thumbprint TEXT NOT NULL,
    PRIMARY KEY (organisation_id, thumbprint)
);
INSERT INTO key_proofs (organisation_id, thumbprint)
    SELECT DISTINCT g.organisation_id, p.key FROM registrations g CROSS JOIN {proofs}
    WHERE g.organisation_id IS NOT NULL;
";
