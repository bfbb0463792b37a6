//! What a submission is compared with, and what it leaves behind for later ones.

use super::Context;
use crate::{
    error::StoreError,
    keys,
    sql::{self, Columns, values},
};
use data_encoding::HEXLOWER;
use domain::{
    actor::By,
    client_name::ClientName,
    draft::{Draft, hex_digest},
    id::{OrganisationId, RegistrationId},
    key::PublicKey,
    policy::EnvironmentPolicy,
    redirect_uri::RedirectUri,
    registration::{Facts, Registration, RelatedKey},
    revision::{ClientMetadata, FrozenRevision, Unreadable},
    warning::{Said, Warning},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value as SqlValue};
use std::collections::{BTreeMap, BTreeSet};

/// A revision as its event describes it.
pub(super) struct Submitted<'a> {
    pub(super) number: u32,
    pub(super) digest: &'a str,
    pub(super) metadata_digest: &'a str,
    pub(super) bytes: &'a str,
}

/// Keeps the exact bytes, and what later submissions are compared with.
pub(super) async fn keep(
    transaction: &DatabaseTransaction,
    context: &Context<'_>,
    registration: &Registration,
    by: By,
    frozen: &Submitted<'_>,
) -> Result<(), StoreError> {
    let metadata = FrozenRevision::read(frozen.bytes)?.metadata;
    let published = metadata.published();
    if hex_digest(frozen.bytes.as_bytes()) != frozen.digest
        || hex_digest(published.as_bytes()) != frozen.metadata_digest
    {
        return Err(StoreError::Unavailable("a revision's bytes do not have its digests".into()));
    }
    let insert =
        "INSERT INTO revisions (registration_id, number, digest, metadata_digest, bytes, metadata, submitted_by)
                  VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let submitter = match by {
        By::Account(account) => Some(account.to_string()),
        _ => None,
    };
    let row = values![
        registration.id.to_string(),
        i64::from(frozen.number),
        frozen.digest,
        frozen.metadata_digest,
        frozen.bytes,
        published,
        submitter,
    ];
    sql::run(transaction, insert, row).await?;
    if let Some(organisation) = registration.organisation {
        for key in metadata.public_keys().ok_or(Unreadable)? {
            keys::keep(transaction, registration, organisation, frozen.number, key).await?;
        }
    }
    let policy = context.environment(&registration.environment);
    let shapes = policy.map(|policy| shapes(&metadata.client_name, &metadata.redirect_uris, policy));
    for (kind, skeleton, shown) in shapes.unwrap_or_default() {
        let insert = "INSERT INTO look_alikes (registration_id, revision, organisation_id, kind, skeleton, shown)
                      VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let organisation = registration.organisation.map(|id| id.to_string());
        let row = values![registration.id.to_string(), i64::from(frozen.number), organisation, kind, skeleton, shown];
        sql::run(transaction, insert, row).await?;
    }
    Ok(())
}

/// What is to be approved, read from the bytes that were kept; none where something was erased from them.
pub(super) async fn frozen(
    transaction: &DatabaseTransaction,
    registration: RegistrationId,
    number: u32,
) -> Result<Option<FrozenRevision>, StoreError> {
    let select = "SELECT bytes FROM revisions WHERE registration_id = $1 AND number = $2 AND erased_by IS NULL";
    let row = sql::first(transaction, select, values![registration.to_string(), i64::from(number)]).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(FrozenRevision::read(&row.col::<String>("bytes")?)?))
}

/// The client's name in lists is that of the revision approved last.
pub(super) async fn name_client(
    transaction: &DatabaseTransaction,
    registration: RegistrationId,
    number: u32,
) -> Result<(), StoreError> {
    let select = "SELECT metadata FROM revisions WHERE registration_id = $1 AND number = $2";
    let row = sql::first(transaction, select, values![registration.to_string(), i64::from(number)]).await?;
    let metadata: String = row.ok_or(StoreError::NotFound)?.col("metadata")?;
    let name = ClientMetadata::read(&metadata)?.client_name;
    let set = "UPDATE registrations SET client_name = $2 WHERE id = $1";
    sql::run(transaction, set, values![registration.to_string(), name]).await.map(|_| ())
}

/// What registered keys the draft's is compared with: the same ones, and those with a prime in common. Reads the key's
/// structure and size only: whether it is sound is `decide`'s, which refuses what is of another size whatever keys there are.
pub(super) async fn compare_key(
    transaction: &DatabaseTransaction,
    draft: &Draft,
    policy: &EnvironmentPolicy,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    if let Ok(key) = PublicKey::try_from(draft.public_key.clone())
        && policy.key_sizes.contains(&key.bits())
    {
        facts.related_keys = related_keys(transaction, &key).await?;
        facts.shares_prime = keys::shares_prime(transaction, &key).await?;
    }
    Ok(())
}

/// Where a key is registered.
pub(super) async fn related_keys(
    connection: &impl ConnectionTrait,
    key: &PublicKey,
) -> Result<Vec<RelatedKey>, StoreError> {
    let select =
        "SELECT organisation_id, registration_id, environment, SUM(CASE WHEN proved THEN 1 ELSE 0 END) AS proved
                  FROM registered_keys WHERE modulus_hex = $1
                  GROUP BY organisation_id, registration_id, environment ORDER BY registration_id";
    let rows = sql::all(connection, select, values![HEXLOWER.encode(key.modulus())]).await?;
    let related = |row: &sea_orm::QueryResult| {
        Ok(RelatedKey {
            organisation: row.parsed("organisation_id")?,
            registration: row.parsed("registration_id")?,
            environment: row.col("environment")?,
            proved: row.col::<i64>("proved")? > 0,
        })
    };
    rows.iter().map(related).collect()
}

const HOST: &str = "host";
/// Hosts by what those have in common that are a slip apart. What was submitted before this kind was there has no row.
const SLIPPED_HOST: &str = "slipped-host";
const NAME: &str = "name";

/// Fills in what the warnings about a draft rest on beside its key: its names and hosts beside those of others, and what
/// the organisation says of itself. Each is a look-up in an index.
pub(crate) async fn compare_draft(
    connection: &impl ConnectionTrait,
    registration: &Registration,
    policy: &EnvironmentPolicy,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    facts.look_alikes = look_alikes(connection, registration, policy).await?;
    if let Some(organisation) = registration.organisation {
        compare_organisation(connection, organisation, facts).await?;
        facts.services = services_with_the_key(connection, organisation, &facts.related_keys).await?;
    }
    Ok(())
}

/// Registered keys with the same modulus as the draft's: what the warnings need. Submission also looks for shared primes.
pub(crate) async fn same_keys(connection: &impl ConnectionTrait, draft: &Draft) -> Result<Vec<RelatedKey>, StoreError> {
    match PublicKey::try_from(draft.public_key.clone()) {
        Ok(key) => related_keys(connection, &key).await,
        Err(_) => Ok(Vec::new()),
    }
}

/// What the organisation says of itself, beside what others say of themselves.
async fn compare_organisation(
    connection: &impl ConnectionTrait,
    organisation: OrganisationId,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let select = "SELECT o.name, o.ods_code,
                  CASE WHEN EXISTS (SELECT 1 FROM organisations n WHERE n.name_shape = o.name_shape AND n.id <> o.id)
                       THEN 1 ELSE 0 END AS name_taken,
                  CASE WHEN EXISTS (SELECT 1 FROM organisations c WHERE c.ods_code = o.ods_code AND c.id <> o.id)
                       THEN 1 ELSE 0 END AS code_taken
                  FROM organisations o WHERE o.id = $1";
    let row = sql::first(connection, select, values![organisation.to_string()]).await?.ok_or(StoreError::NotFound)?;
    facts.organisation_name = row.col("name")?;
    facts.organisation_ods_code = row.col("ods_code")?;
    facts.organisation_name_taken = row.col::<i32>("name_taken")? > 0;
    facts.ods_code_taken = row.col::<i32>("code_taken")? > 0;
    Ok(())
}

/// The services of the organisation's own registrations among these.
async fn services_with_the_key(
    connection: &impl ConnectionTrait,
    organisation: OrganisationId,
    keys: &[RelatedKey],
) -> Result<BTreeMap<RegistrationId, String>, StoreError> {
    let own: BTreeSet<RegistrationId> =
        keys.iter().filter(|key| key.organisation == organisation).map(|key| key.registration).collect();
    if own.is_empty() {
        return Ok(BTreeMap::new());
    }
    let select = format!(
        "SELECT g.id, s.name FROM registrations g JOIN services s ON s.id = g.service_id WHERE g.id IN ({})",
        sql::places(1, own.len())
    );
    let ids = own.iter().map(|id| SqlValue::from(id.to_string())).collect();
    sql::all(connection, &select, ids).await?.iter().map(|row| Ok((row.parsed("id")?, row.col("name")?))).collect()
}

/// Warnings about hosts and names that look like those of other organisations. What this registration was approved with
/// keeps no later change waiting: whoever came with the same name since is who has to be looked at.
async fn look_alikes(
    connection: &impl ConnectionTrait,
    registration: &Registration,
    policy: &EnvironmentPolicy,
) -> Result<Vec<Said>, StoreError> {
    let draft = &registration.draft;
    let shapes = shapes(&draft.client_name, &draft.redirect_uris, policy);
    if shapes.is_empty() {
        return Ok(Vec::new());
    }
    let organisation = registration.organisation.map(|id| id.to_string());
    let approved = registration.approved().map_or(0, |revision| i64::from(revision.number));
    let mut values = values![organisation, registration.id.to_string(), approved];
    let mut selects = Vec::new();
    for (at, (kind, skeleton, shown)) in shapes.iter().enumerate() {
        selects.push(look_alikes_of(at, values.len()));
        values.extend(values![*kind, skeleton.as_str(), shown.as_str()]);
    }
    // As SQL: the same question of each shape, asked in one statement.
    let rows = sql::all(connection, &selects.join(" UNION ALL "), values).await?;
    let others = rows.iter().map(|row| Ok((row.number("at")?, row.col("shown")?)));
    let mut others = others.collect::<Result<Vec<(usize, String)>, StoreError>>()?;
    others.sort();
    let mut warnings = Vec::new();
    for (at, other) in others {
        let Some((kind, _, shown)) = shapes.get(at) else { continue };
        let told = warning(kind, shown, &other);
        // Two hosts with one skeleton have the other shape in common, too.
        if !warnings.contains(&told) {
            warnings.push(told);
        }
    }
    Ok(warnings)
}

/// So many of what looks alike are looked at: a host that thousands share has a row of each.
const MOST_ALIKE: u32 = 50;

/// What others show that has the shape number `at`, whose kind, skeleton and text are the parameters after so many.
fn look_alikes_of(at: usize, after: usize) -> String {
    let (kind, skeleton, shown) = (after + 1, after + 2, after + 3);
    format!(
        "SELECT * FROM (SELECT DISTINCT CAST({at} AS BIGINT) AS at, shown FROM (
             SELECT shown FROM look_alikes
             WHERE kind = ${kind} AND skeleton = ${skeleton} AND organisation_id <> $1
                 AND NOT EXISTS (SELECT 1 FROM look_alikes own WHERE own.registration_id = $2
                     AND own.revision = $3 AND own.shown = ${shown}
                     AND (own.kind = ${kind} AND own.skeleton = ${skeleton}
                         OR own.kind = 'host' AND ${kind} = 'slipped-host'))
             ORDER BY shown LIMIT {MOST_ALIKE}) AS a{at} ORDER BY shown LIMIT 3) AS s{at}"
    )
}

fn warning(kind: &str, shown: &str, others: &str) -> Said {
    let host = kind != NAME;
    let sentence = match (host, shown == others) {
        (true, true) => format!(
            "Another organisation has registered the host “{shown}” too. An NHS login admin will check that it is yours."
        ),
        (true, false) => format!(
            "The host “{shown}” looks like “{others}”, which another organisation has registered. An NHS login admin will \
             check that people do not mistake it for that."
        ),
        (false, true) => format!(
            "Another organisation’s client is called “{shown}” too. An NHS login admin will decide whether both names can stand."
        ),
        (false, false) => format!(
            "The client name “{shown}” looks like “{others}”, which another organisation uses. An NHS login admin will \
             decide whether both names can stand."
        ),
    };
    match host {
        true => Warning::LookAlikeHost.said("redirect_uris", sentence),
        false => Warning::LookAlikeName.said("client_name", sentence),
    }
}

type Shape = (&'static str, String, String);

/// The comparable shapes of a client name and of the hosts of redirect URIs. What is not well-formed has none.
fn shapes(name: &str, uris: &[String], policy: &EnvironmentPolicy) -> Vec<Shape> {
    let name = ClientName::parse(name).ok();
    let name = name.map(|name| (NAME, name.skeleton(), name.as_str().to_owned()));
    let (uris, _) = policy.check_uris(uris);
    let host = |uri: &RedirectUri| {
        // Everybody's own machine has the same name.
        uri.registrable_domain()?;
        let shown = shown_host(uri)?;
        Some([(HOST, uri.host_skeleton()?, shown.clone()), (SLIPPED_HOST, uri.slipped_host_skeleton()?, shown)])
    };
    let mut shapes: Vec<Shape> = name.into_iter().chain(uris.iter().filter_map(host).flatten()).collect();
    shapes.sort();
    shapes.dedup();
    shapes
}

/// An international host with its ASCII form beside it, since that is what tells look-alikes apart.
fn shown_host(uri: &RedirectUri) -> Option<String> {
    let ascii = uri.host()?;
    Some(match uri.unicode_host() {
        Some(unicode) if unicode != ascii => format!("{unicode} ({ascii})"),
        _ => ascii.to_owned(),
    })
}
