//! What a page costs does not depend on how much is stored: every page of every person is read beside what a team left, and
//! again beside four hundred times as much.

use crate::{
    statements::peopled,
    support::{Person, World, clock, crawl},
};
use axum::http::StatusCode;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use std::collections::BTreeMap;
use time::Duration;

/// How often everything is copied.
const COPIES: u32 = 400;
/// Steps of SQLite's machine that a page may need more, for the rows that fill its lists now. Whoever walks a table of a
/// thousand rows needs more.
const MORE: u64 = 5_000;
/// The same for the home page of staff, whose figures are counted up to five hundred.
const MORE_TO_COUNT: u64 = 40_000;
/// What is of the schema, or one row, or of a process.
const UNTOUCHED: [&str; 7] = [
    "seaql_migrations",
    "sqlite_sequence",
    "history_head",
    "history_words_head",
    "marks",
    "environment_rules",
    "key_products",
];

#[tokio::test]
async fn what_a_page_costs_does_not_grow() {
    let world = World::new().await;
    let (mut team, mut waiting, mut admin) = peopled(&world).await;
    let mut few = BTreeMap::new();
    cost(&world, "owner", &mut team.owner, &mut few).await;
    cost(&world, "applicant", &mut waiting.owner, &mut few).await;
    cost(&world, "admin", &mut admin, &mut few).await;
    multiply(world.store.connection()).await;
    let mut grown = Vec::new();
    let mut people = BTreeMap::from([("owner", team.owner), ("applicant", waiting.owner), ("admin", admin)]);
    for ((who, address), (status, few)) in &few {
        let (now, many) = steps(&world, people.get_mut(who).unwrap(), address).await;
        assert_eq!(now, *status, "{who} {address} is answered as it was before");
        let more = if address == "/home" { MORE_TO_COUNT } else { MORE };
        if many > few + more {
            grown.push(format!("{who} {address}: {many} steps, {few} before"));
        }
    }
    assert!(few.len() > 60, "{} pages", few.len());
    assert!(grown.is_empty(), "{grown:#?}");
}

async fn cost<'a>(
    world: &World,
    who: &'a str,
    person: &mut Person,
    costs: &mut BTreeMap<(&'a str, String), (StatusCode, u64)>,
) {
    for page in crawl::pages(person, &["/home"]).await {
        let steps = steps(world, person, &page.address).await;
        // A file holds up to ten thousand rows.
        if !page.address.contains(".csv") {
            costs.insert((who, page.address), steps);
        }
    }
}

async fn steps(world: &World, person: &mut Person, address: &str) -> (StatusCode, u64) {
    clock::pass(Duration::seconds(2));
    let before = world.store.steps_read();
    let status = person.get(address).await.status;
    (status, world.store.steps_read() - before)
}

/// Copies every row, its ids made others by their first digits, so that what belongs together does so in each copy.
async fn multiply(database: &DatabaseConnection) {
    let texts = async |sql: &str| {
        let rows = database.query_all_raw(sea_orm::Statement::from_string(database.get_database_backend(), sql)).await;
        rows.unwrap().iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect::<Vec<_>>()
    };
    let run = async |sql: &str| database.execute_unprepared(sql).await.unwrap_or_else(|cause| panic!("{cause}: {sql}"));
    run("PRAGMA foreign_keys = OFF").await;
    for trigger in texts("SELECT name FROM sqlite_master WHERE type = 'trigger'").await {
        run(&format!("DROP TRIGGER {trigger}")).await;
    }
    for table in texts("SELECT name FROM sqlite_master WHERE type = 'table'").await {
        if UNTOUCHED.contains(&table.as_str()) {
            continue;
        }
        // Columns that are stored: one that is made of others is made of the copies too.
        let columns = texts(&format!("SELECT name FROM pragma_table_xinfo('{table}') WHERE hidden = 0")).await;
        let copied: Vec<String> = columns.iter().map(|column| copy_of(column)).collect();
        run(&format!(
            "WITH RECURSIVE copies (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < {COPIES})
             INSERT INTO {table} ({}) SELECT {} FROM copies, {table}",
            columns.join(", "),
            copied.join(", ")
        ))
        .await;
    }
    run("UPDATE history_head SET next_index = (SELECT MAX(entry_index) + 1 FROM history)").await;
    run("PRAGMA foreign_keys = ON").await;
}

fn copy_of(column: &str) -> String {
    match column {
        // Addresses, hashes and what the provider calls a client are one row's each.
        "email" | "email_key" | "token_hash" | "client_id" | "modulus_hex" | "thumbprint" | "pace_key"
        | "request_key" => {
            format!("{column} || '-' || n")
        }
        "entry_index" | "first_entry" | "last_entry" => format!("{column} + n * 1000000"),
        _ => format!(
            "CASE WHEN typeof({column}) = 'text' AND length({column}) = 36 AND substr({column}, 9, 1) = '-'
                  THEN printf('%08x', n) || substr({column}, 9)
                  WHEN typeof({column}) = 'text' AND length({column}) = 37 AND substr({column}, 10, 1) = '-'
                  THEN substr({column}, 1, 1) || printf('%08x', n) || substr({column}, 10)
                  WHEN typeof({column}) = 'integer' AND '{column}' = 'id' THEN {column} + n * 1000000
                  ELSE {column} END"
        ),
    }
}
