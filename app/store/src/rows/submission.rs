//! What a submission is compared with, and what it leaves behind for later ones.

use super::Context;
use crate::{
    entity::*,
    error::StoreError,
    keys,
    sql::{self, values},
};
use data_encoding::HEXLOWER;
use domain::{
    actor::By,
    client_name::ClientName,
    draft::{Draft, DraftKey, hex_digest},
    id::{OrganisationId, RegistrationId},
    key::PublicKey,
    policy::EnvironmentPolicy,
    redirect_uri::RedirectUri,
    registration::{Facts, Registration, RelatedKey},
    revision::{ClientMetadata, FrozenRevision, Unreadable},
    warning::{Said, Warning},
};
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
        return Err(StoreError::Unreadable("a revision's bytes do not have its digests".into()));
    }
    let row = revision::Model {
        registration_id: Word(registration.id),
        number: i64::from(frozen.number),
        digest: frozen.digest.to_owned(),
        metadata_digest: frozen.metadata_digest.to_owned(),
        bytes: frozen.bytes.to_owned(),
        metadata: published,
        submitted_by: by.account().map(Word),
        erased_by: None,
    };
    add(transaction, row).await?;
    if let Some(organisation) = registration.organisation {
        for key in metadata.public_keys().ok_or(Unreadable)? {
            keys::keep(transaction, registration, organisation, frozen.number, key).await?;
        }
    }
    let policy = context.environment(&registration.environment);
    let shapes = policy.map(|policy| shapes(&metadata.client_name, &metadata.redirect_uris, policy));
    for (kind, skeleton, shown) in shapes.unwrap_or_default() {
        let Some(organisation_id) = registration.organisation.map(Word) else { continue };
        let (registration_id, revision, kind) = (Word(registration.id), i64::from(frozen.number), kind.to_owned());
        let row = look_alike::Model { registration_id, revision, kind, shown, organisation_id, skeleton };
        run(transaction, &Insert::one(row).on_conflict_do_nothing()).await?;
    }
    Ok(())
}

/// What a change goes on from: the revision that the provider holds, read from the bytes that were kept.
pub(crate) async fn held(
    connection: &impl ConnectionTrait,
    registration: &Registration,
) -> Result<Option<FrozenRevision>, StoreError> {
    match registration.held() {
        Some(held) => frozen(connection, registration.id, held.number).await,
        None => Ok(None),
    }
}

/// What is to be approved, read from the bytes that were kept; none where something was erased from them.
pub(super) async fn frozen(
    connection: &impl ConnectionTrait,
    registration: RegistrationId,
    number: u32,
) -> Result<Option<FrozenRevision>, StoreError> {
    let bytes = revision::Entity::find_by_id((Word(registration), i64::from(number))).select_only();
    let bytes = bytes.column(revision::Bytes).filter(revision::ErasedBy.is_null()).into_tuple::<String>();
    let bytes = bytes.one(connection).await?;
    Ok(bytes.map(|bytes| FrozenRevision::read(&bytes)).transpose()?)
}

/// The client's name in lists is that of the revision approved last.
pub(super) async fn name_client(
    transaction: &DatabaseTransaction,
    registration: RegistrationId,
    number: u32,
) -> Result<(), StoreError> {
    let metadata = revision::Entity::find_by_id((Word(registration), i64::from(number))).select_only();
    let metadata = metadata.column(revision::Metadata).into_tuple::<String>().one(transaction).await?;
    let name = ClientMetadata::read(&metadata.ok_or(StoreError::NotFound)?)?.client_name;
    let named = update(registration::ActiveModel { client_name: Set(Some(name)), ..Default::default() });
    run(transaction, &named.filter(registration::Id.eq(Word(registration)))).await.map(|_| ())
}

/// What registered keys the draft's are compared with: the same ones, and those with a prime in common. Reads the structure
/// and size of a key only: whether it is sound is `decide`'s, which refuses what is of another size whatever keys there are,
/// and more keys than the environment allows.
pub(super) async fn compare_keys(
    transaction: &DatabaseTransaction,
    draft: &Draft,
    policy: &EnvironmentPolicy,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let keys = draft.public_keys.iter().filter_map(DraftKey::public_key).take(policy.max_keys.into());
    for key in keys.filter(|key| policy.key_sizes.contains(&key.bits())) {
        facts.related_keys.extend(related_keys(transaction, &key).await?);
        if keys::shares_prime(transaction, &key).await? {
            facts.shares_prime.insert(key.thumbprint());
        }
    }
    Ok(())
}

/// Where a key is registered.
pub(super) async fn related_keys(
    connection: &impl ConnectionTrait,
    key: &PublicKey,
) -> Result<Vec<RelatedKey>, StoreError> {
    let select = "SELECT organisation_id, registration_id, environment, SUM(CASE WHEN proved THEN 1 ELSE 0 END)
                  FROM registered_keys WHERE modulus_hex = $1
                  GROUP BY organisation_id, registration_id, environment ORDER BY registration_id";
    let rows = sql::tuples(connection, select, values![HEXLOWER.encode(key.modulus())]).await?;
    let thumbprint = key.thumbprint();
    let related = |(Word(organisation), Word(registration), environment, proved): (_, _, _, i64)| RelatedKey {
        thumbprint: thumbprint.clone(),
        organisation,
        registration,
        environment,
        proved: proved > 0,
    };
    Ok(rows.into_iter().map(related).collect())
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

/// The keys of a draft, by thumbprint.
pub(crate) fn thumbprints(draft: &Draft) -> Vec<String> {
    draft.public_keys.iter().filter_map(DraftKey::public_key).map(|key| key.thumbprint()).collect()
}

/// Registered keys with the same modulus as one of the draft's: what the warnings need. Submission also looks for shared primes.
pub(crate) async fn same_keys(connection: &impl ConnectionTrait, draft: &Draft) -> Result<Vec<RelatedKey>, StoreError> {
    let mut related = Vec::new();
    for key in draft.public_keys.iter().filter_map(DraftKey::public_key) {
        related.extend(related_keys(connection, &key).await?);
    }
    Ok(related)
}

/// What the organisation says of itself, beside what others say of themselves.
async fn compare_organisation(
    connection: &impl ConnectionTrait,
    organisation: OrganisationId,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    // As SQL: whether others have the same, in the same statement.
    let select = "SELECT o.name, o.ods_code,
                  CASE WHEN EXISTS (SELECT 1 FROM organisations n WHERE n.name_shape = o.name_shape AND n.id <> o.id)
                       THEN 1 ELSE 0 END,
                  CASE WHEN EXISTS (SELECT 1 FROM organisations c WHERE c.ods_code = o.ods_code AND c.id <> o.id)
                       THEN 1 ELSE 0 END
                  FROM organisations o WHERE o.id = $1";
    let row: Option<(_, _, i32, i32)> = sql::tuple(connection, select, values![Word(organisation)]).await?;
    let (name, ods_code, name_taken, code_taken) = row.ok_or(StoreError::NotFound)?;
    (facts.organisation_name, facts.organisation_ods_code) = (name, ods_code);
    (facts.organisation_name_taken, facts.ods_code_taken) = (name_taken > 0, code_taken > 0);
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
    let named = registration::Entity::find().inner_join(service::Entity).select_only().column(registration::Id);
    let named = named.column(service::Name).filter(registration::Id.is_in(own.into_iter().map(Word)));
    let named: Vec<(Word<RegistrationId>, String)> = named.into_tuple().all(connection).await?;
    Ok(named.into_iter().map(|(Word(id), name)| (id, name)).collect())
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
    let others = sql::tuples(connection, &selects.join(" UNION ALL "), values).await?;
    let mut others: Vec<(usize, String)> = others.into_iter().map(|(Count(at), shown)| (at, shown)).collect();
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
