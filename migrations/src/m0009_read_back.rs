//! What the provider was last read back to do, beside what is wanted; and how much mail leaves.

use crate::portable;
use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, QueryResult, Statement, Value},
};
use serde_json::{Value as Json, json};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, TABLES).await?;
        fill_in(manager).await?;
        portable::run(manager, WAITING_IN_ONE_MAIL).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = "DROP TABLE mail_digests; DROP TABLE mail_pace;
                    ALTER TABLE registrations DROP COLUMN confirmed;
                    ALTER TABLE registrations DROP COLUMN wanted_since;
                    ALTER TABLE registrations DROP COLUMN wanted;";
        portable::run(manager, drop).await
    }
}

const TABLES: &str = "
-- What the provider should do with the client (on, off, removed), since when, and what it was last read back to do, which
-- was at published_at.
ALTER TABLE registrations ADD COLUMN wanted TEXT NULL;
ALTER TABLE registrations ADD COLUMN wanted_since {int} NULL;
ALTER TABLE registrations ADD COLUMN confirmed TEXT NULL;

-- Until when the mails that were let through to an account, or in all for anybody who is not signed in, would take at the
-- pace that is allowed.
CREATE TABLE mail_pace (
    pace_key TEXT NOT NULL PRIMARY KEY,
    taken_until {int} NOT NULL
);

-- One row an admin: when the next mail is due that tells what waits, when the last one was written, and what gathered
-- since.
CREATE TABLE mail_digests (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    due_at {int} NULL,
    sent_at {int} NULL,
    organisations {int} NOT NULL,
    urgent {int} NOT NULL
);
CREATE INDEX mail_digests_due ON mail_digests (due_at);
";

/// Mails of the kinds that are told in one from now on, and have not left.
const WAITING_IN_ONE_MAIL: &str = "
DELETE FROM mail_outbox WHERE sent_at IS NULL
    AND (notice LIKE '{\"kind\":\"submitted\"%' OR notice LIKE '{\"kind\":\"organisation_waits\"%');
INSERT INTO mail_digests (account_id, due_at, sent_at, organisations, urgent)
    SELECT id, 0, NULL, 0, 0 FROM accounts WHERE staff_role = 'admin' AND NOT disabled;
";

/// How many registrations are read at once.
const BATCH: usize = 200;

/// Fills in, of every registration that was ever to be published, what follows from its history.
async fn fill_in(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut after = String::new();
    loop {
        let select = format!(
            "SELECT id, state, published_at FROM registrations WHERE client_id IS NOT NULL AND id > $1
             ORDER BY id LIMIT {BATCH}"
        );
        let rows = all(manager, &select, vec![after.into()]).await?;
        for row in &rows {
            fill_in_one(manager, row).await?;
        }
        match rows.last() {
            Some(last) if rows.len() == BATCH => after = last.try_get("", "id")?,
            _ => return Ok(()),
        }
    }
}

async fn fill_in_one(manager: &SchemaManager<'_>, row: &QueryResult) -> Result<(), DbErr> {
    let id: String = row.try_get("", "id")?;
    // A state that cannot be read stays: whoever opens it is told so.
    let Ok(mut state) = serde_json::from_str::<Json>(&row.try_get::<String>("", "state")?) else { return Ok(()) };
    let Some(generation) = state.pointer("/wanted/generation").and_then(Json::as_u64) else { return Ok(()) };
    let asked = asked(manager, &id, generation).await?;
    let wanted = wanted(&state);
    if let Some(member) = state.pointer_mut("/wanted").and_then(Json::as_object_mut) {
        member.insert("since".into(), json!(asked.as_ref().map(|(_, text)| text)));
        member.insert("raised".into(), json!(0));
    }
    let confirmed = match state.pointer_mut("/published").and_then(Json::as_object_mut) {
        Some(member) => {
            let does = confirmed(manager, &id).await?;
            member.insert("does".into(), json!(does));
            Some(does)
        }
        None => None,
    };
    let update = "UPDATE registrations SET state = $2, wanted = $3, wanted_since = $4, confirmed = $5 WHERE id = $1";
    let since = asked.map(|(millis, _)| millis);
    let values = vec![id.into(), state.to_string().into(), wanted.into(), since.into(), confirmed.into()];
    manager.get_connection().execute_raw(statement(manager, update, values)).await.map(|_| ())
}

fn wanted(state: &Json) -> &'static str {
    let is = |member: &str| state.pointer(member).and_then(Json::as_bool).unwrap_or_default();
    match (is("/wanted/removed"), is("/wanted/enabled")) {
        (true, _) => "removed",
        (false, true) => "on",
        (false, false) => "off",
    }
}

/// When somebody asked for this generation: in milliseconds, and as the entry writes it.
async fn asked(manager: &SchemaManager<'_>, id: &str, generation: u64) -> Result<Option<(i64, String)>, DbErr> {
    let select = "SELECT leaf, at FROM history WHERE subject_id = $1 AND kind = 'registration'
                  AND event_type IN ('approved', 'republished', 'suspended', 'reinstated', 'retired')
                  ORDER BY entry_index DESC";
    for row in all(manager, select, vec![id.into()]).await? {
        let leaf: Json = serde_json::from_slice(&row.try_get::<Vec<u8>>("", "leaf")?).unwrap_or_default();
        let of = |pointer: &str| leaf.pointer(pointer).and_then(Json::as_u64);
        if of("/event/generation").or_else(|| of("/event/publish/generation")) == Some(generation) {
            let text = leaf.get("at").and_then(Json::as_str).unwrap_or_default().to_owned();
            return Ok(Some((row.try_get("", "at")?, text)));
        }
    }
    Ok(None)
}

/// What was confirmed last is what was wanted at that moment: of the changes before it, the last one says whether the
/// client was to be on.
async fn confirmed(manager: &SchemaManager<'_>, id: &str) -> Result<&'static str, DbErr> {
    let select = "SELECT event_type FROM history WHERE subject_id = $1 AND kind = 'registration'
                  AND event_type IN ('suspended', 'reinstated', 'retired')
                  AND entry_index < (SELECT MAX(entry_index) FROM history WHERE subject_id = $1 AND kind = 'registration'
                                     AND event_type = 'published')
                  ORDER BY entry_index DESC LIMIT 1";
    let rows = all(manager, select, vec![id.into()]).await?;
    let last: Option<String> = rows.first().map(|row| row.try_get("", "event_type")).transpose()?;
    Ok(match last.as_deref() {
        Some("suspended") => "off",
        Some("retired") => "removed",
        _ => "on",
    })
}

fn statement(manager: &SchemaManager<'_>, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(manager.get_database_backend(), sql, values)
}

async fn all(manager: &SchemaManager<'_>, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, DbErr> {
    manager.get_connection().query_all_raw(statement(manager, sql, values)).await
}
