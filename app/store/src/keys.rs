//! What a new key is compared with: the moduli of all others, for a prime in common, and who proved to hold it.
//!
//! The registered moduli are kept as products. A key is compared with them when it is saved, outside any transaction; how
//! far that went is kept, and the submission itself, while other commands wait, compares only with what came since. Of
//! any two keys the later one is compared with the earlier, so that nothing is left to compare at a decision.

use crate::{entity::*, error::StoreError, store::Store};
use data_encoding::HEXLOWER;
use domain::{
    id::{OrganisationId, RegistrationId},
    key::{PublicKey, multiplied},
    registration::Registration,
    standing::Does,
};
use std::collections::BTreeSet;
use time::{Duration, OffsetDateTime};

/// How many moduli a product has: 64 of 2048 bits are 16 KB, which are written anew with each key until it is full.
const MEMBERS: i64 = 64;
/// How many products are read at once (1 MB).
const AT_ONCE: u64 = 64;
/// How many products may have come since the comparison before the submission; the partner is told to come back where more
/// did, which a second comparison mends.
const SINCE: u64 = 16;
/// Of how many other registrations with a key that leaked the teams are told.
const MOST_TOLD: u64 = 50;
/// How long a comparison is kept of a key that nobody submits: it can be made again.
const KEPT: Duration = Duration::days(30);

/// How far a key was compared with the registered ones, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "key_comparison::Entity")]
pub struct Comparison {
    thumbprint: String,
    /// With every product before this one.
    block: i64,
    /// With so many members of this one.
    members: i64,
    shares_prime: bool,
}

/// The product of registered moduli.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "key_product::Entity")]
pub struct Product {
    block: i64,
    members: i64,
    product: Vec<u8>,
}

impl Comparison {
    fn with_none(key: &PublicKey) -> Self {
        Self { thumbprint: key.thumbprint(), block: 0, members: 0, shares_prime: false }
    }

    /// Goes on with these products. Costs some microseconds for each member of theirs.
    #[must_use]
    pub fn with(mut self, key: &PublicKey, products: &[Product]) -> Self {
        for product in products {
            self.shares_prime = self.shares_prime || key.shares_prime_with(&product.product);
            (self.block, self.members) = (product.block, product.members);
        }
        self
    }

    /// Those that it was not compared with, oldest first: `most` of them, or one more.
    async fn products_since(&self, connection: &impl ConnectionTrait, most: u64) -> Result<Vec<Product>, StoreError> {
        let since = key_product::Entity::find().filter(key_product::Block.gte(self.block));
        let since = since.order_by_asc(key_product::Block).limit(most + 1).into_partial_model();
        let mut products: Vec<Product> = since.all(connection).await?;
        products.retain(|product| (product.block, product.members) > (self.block, self.members));
        Ok(products)
    }
}

impl Store {
    /// How far a key was compared with the registered ones; none where it is one of them.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn comparison(&self, key: &PublicKey) -> Result<Option<Comparison>, StoreError> {
        match is_registered(self.reads(), key).await? {
            true => Ok(None),
            false => kept(self.reads(), key).await.map(Some),
        }
    }

    /// The next products that it was not compared with: about 1 MB, or none when it was compared with all. What is found
    /// to share a prime need not be compared further.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn products_to_compare(&self, comparison: &Comparison) -> Result<Vec<Product>, StoreError> {
        match comparison.shares_prime {
            true => Ok(Vec::new()),
            false => comparison.products_since(self.reads(), AT_ONCE).await,
        }
    }

    /// Keeps how far a key was compared.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn keep_comparison(&self, comparison: Comparison, now: OffsetDateTime) -> Result<(), StoreError> {
        let Comparison { thumbprint, block, members, shares_prime } = comparison;
        let row = key_comparison::Model { thumbprint, block, members, shares_prime, at: At(now) };
        let mut again = OnConflict::column(key_comparison::Thumbprint);
        again.update_columns([
            key_comparison::Block,
            key_comparison::Members,
            key_comparison::SharesPrime,
            key_comparison::At,
        ]);
        self.write(&Insert::one(row).on_conflict(again)).await.map(|_| ())
    }

    /// Multiplies the moduli of keys from before there were products. Does nothing once they all are, so that it may be
    /// called at every start. Gives how many there were.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn multiply_earlier_keys(&self) -> Result<u64, StoreError> {
        let mut count = 0;
        loop {
            if unmultiplied(self.connection(), 1).await?.is_empty() {
                return Ok(count);
            }
            let work = self.begin_in_turn().await?;
            let outcome = multiply_batch(work.transaction()).await;
            count += work.finish(outcome).await?;
        }
    }
}

/// The statement that forgets comparisons of keys that nobody went on with.
pub(crate) fn outdated(now: OffsetDateTime) -> impl QueryTrait {
    key_comparison::Entity::delete_many().filter(key_comparison::At.lt(At(now - KEPT)))
}

async fn kept(connection: &impl ConnectionTrait, key: &PublicKey) -> Result<Comparison, StoreError> {
    let row = key_comparison::Entity::find_by_id(key.thumbprint()).into_partial_model().one(connection).await?;
    Ok(row.unwrap_or_else(|| Comparison::with_none(key)))
}

async fn is_registered(connection: &impl ConnectionTrait, key: &PublicKey) -> Result<bool, StoreError> {
    let same = registered_key::Entity::find().filter(registered_key::ModulusHex.eq(HEXLOWER.encode(key.modulus())));
    is_any(connection, same).await
}

/// Whether the key has a prime in common with another registered one: what is known of it, and what came since.
///
/// # Errors
/// `Busy` where too much came since for others to wait.
pub(crate) async fn shares_prime(transaction: &DatabaseTransaction, key: &PublicKey) -> Result<bool, StoreError> {
    if is_registered(transaction, key).await? {
        return Ok(false);
    }
    let known = kept(transaction, key).await?;
    if known.shares_prime {
        return Ok(true);
    }
    let since = known.products_since(transaction, SINCE).await?;
    // An instance of an earlier version, beside this one, multiplies none.
    let more = unmultiplied(transaction, AT_ONCE).await?;
    if since.len() as u64 > SINCE || more.len() as u64 == AT_ONCE {
        return Err(StoreError::Busy);
    }
    Ok(known.with(key, &since).shares_prime || more.iter().any(|modulus| key.shares_prime_with(modulus)))
}

/// Keeps a key that is registered, for later ones to be compared with.
pub(crate) async fn keep(
    transaction: &DatabaseTransaction,
    registration: &Registration,
    organisation: OrganisationId,
    number: u32,
    key: &PublicKey,
) -> Result<(), StoreError> {
    let thumbprint = key.thumbprint();
    let proof = key_proof::Entity::find_by_id((Word(organisation), thumbprint.clone()));
    let row = registered_key::Model {
        registration_id: Word(registration.id),
        revision: i64::from(number),
        thumbprint,
        organisation_id: Word(organisation),
        environment: registration.environment.clone(),
        modulus_hex: HEXLOWER.encode(key.modulus()),
        proved: is_any(transaction, proof).await?,
        block: Some(block_of(transaction, key.modulus()).await?),
    };
    add(transaction, row).await
}

/// Keeps that the organisation holds the private half of a key, whether or not it is registered.
pub(crate) async fn prove(
    transaction: &DatabaseTransaction,
    organisation: OrganisationId,
    thumbprint: &str,
) -> Result<(), StoreError> {
    let row = key_proof::Model { organisation_id: Word(organisation), thumbprint: thumbprint.to_owned() };
    run(transaction, &Insert::one(row).on_conflict_do_nothing()).await?;
    let proved = update(registered_key::ActiveModel { proved: Set(true), ..Default::default() });
    let keys = proved.filter(registered_key::OrganisationId.eq(Word(organisation)));
    run(transaction, &keys.filter(registered_key::Thumbprint.eq(thumbprint))).await.map(|_| ())
}

/// Keeps that a key leaked. It is refused everywhere where the organisation proved to hold the private half, or where it has
/// submitted the key and nobody else has, or proved to hold it; else to the organisation alone, so that nobody can have a
/// stranger's key refused. Each is kept for good. Gives whether it was not known before.
pub(crate) async fn leak(
    transaction: &DatabaseTransaction,
    organisation: OrganisationId,
    thumbprint: &str,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let proof = key_proof::Entity::find_by_id((Word(organisation), thumbprint.to_owned()));
    let everywhere = is_any(transaction, proof).await? || is_its_own(transaction, organisation, thumbprint).await?;
    let known = leaked_key::Entity::find_by_id((thumbprint.to_owned(), Word(organisation), everywhere));
    if is_any(transaction, known).await? {
        return Ok(false);
    }
    let (thumbprint, organisation_id) = (thumbprint.to_owned(), Word(organisation));
    add(transaction, leaked_key::Model { thumbprint, organisation_id, everywhere, at: At(now) }).await?;
    Ok(true)
}

/// Whether the organisation has submitted a key, and nobody else has, or proved to hold it.
async fn is_its_own(
    transaction: &DatabaseTransaction,
    organisation: OrganisationId,
    thumbprint: &str,
) -> Result<bool, StoreError> {
    let submitted = registered_key::Entity::find().filter(registered_key::Thumbprint.eq(thumbprint));
    let own = submitted.clone().filter(registered_key::OrganisationId.eq(Word(organisation)));
    let others = submitted.filter(registered_key::OrganisationId.ne(Word(organisation)));
    let proved = key_proof::Entity::find().filter(key_proof::Thumbprint.eq(thumbprint));
    let proved = proved.filter(key_proof::OrganisationId.ne(Word(organisation)));
    let of_others = is_any(transaction, others).await? || is_any(transaction, proved).await?;
    Ok(is_any(transaction, own).await? && !of_others)
}

/// The other registrations that people sign in to with this key, of the organisation alone or of all where it is refused
/// everywhere.
pub(crate) async fn used_elsewhere(
    transaction: &DatabaseTransaction,
    registration: &Registration,
    organisation: OrganisationId,
    thumbprint: &str,
) -> Result<Vec<RegistrationId>, StoreError> {
    let everywhere = leaked_key::Entity::find_by_id((thumbprint.to_owned(), Word(organisation), true));
    let everywhere = is_any(transaction, everywhere).await?;
    let others = published_key::Entity::find().filter(published_key::Thumbprint.eq(thumbprint));
    let others = others.filter(published_key::RegistrationId.ne(Word(registration.id)));
    let concerned = published_key::OrganisationId.eq(Word(organisation));
    let others = others.apply_if((!everywhere).then_some(()), |others, ()| others.filter(concerned.clone()));
    let on = Word(Does::On);
    let others = others.inner_join(registration::Entity).filter(registration::Confirmed.eq(on));
    let others = others.filter(registration::Wanted.eq(on));
    let others = others.select_only().column(published_key::RegistrationId).limit(MOST_TOLD);
    let others: Vec<Word<RegistrationId>> = others.into_tuple().all(transaction).await?;
    Ok(others.into_iter().map(|Word(id)| id).collect())
}

/// Which of these keys were reported as leaked, by thumbprint, as far as it concerns the organisation.
pub(crate) async fn leaked(
    connection: &impl ConnectionTrait,
    organisation: OrganisationId,
    thumbprints: impl IntoIterator<Item = String>,
) -> Result<BTreeSet<String>, StoreError> {
    use sea_orm::sea_query::ExprTrait;
    let thumbprints: Vec<String> = thumbprints.into_iter().collect();
    if thumbprints.is_empty() {
        return Ok(BTreeSet::new());
    }
    let concerns = leaked_key::Everywhere.eq(true).or(leaked_key::OrganisationId.eq(Word(organisation)));
    let leaked = leaked_key::Entity::find().filter(leaked_key::Thumbprint.is_in(thumbprints)).filter(concerns);
    let leaked: Vec<String> = leaked.select_only().column(leaked_key::Thumbprint).into_tuple().all(connection).await?;
    Ok(leaked.into_iter().collect())
}

/// The product that the key's modulus is in; the last one takes it in if it is in none.
async fn block_of(transaction: &DatabaseTransaction, modulus: &[u8]) -> Result<i64, StoreError> {
    let same = registered_key::Entity::find().filter(registered_key::ModulusHex.eq(HEXLOWER.encode(modulus)));
    let there = same.select_only().column(registered_key::Block).filter(registered_key::Block.is_not_null());
    if let Some(block) = there.into_tuple::<i64>().one(transaction).await? {
        return Ok(block);
    }
    let last = key_product::Entity::find().order_by_desc(key_product::Block).one(transaction).await?;
    match last {
        Some(last) if last.members < MEMBERS => {
            let grown = update(key_product::ActiveModel {
                members: Set(last.members + 1),
                product: Set(multiplied(&last.product, modulus)),
                ..Default::default()
            });
            run(transaction, &grown.filter(key_product::Block.eq(last.block))).await?;
            Ok(last.block)
        }
        last => {
            let block = last.map_or(1, |last| last.block + 1);
            add(transaction, key_product::Model { block, members: 1, product: modulus.to_vec() }).await?;
            Ok(block)
        }
    }
}

/// Puts some moduli that are in no product into one, and says how many.
async fn multiply_batch(transaction: &DatabaseTransaction) -> Result<u64, StoreError> {
    let moduli = unmultiplied(transaction, AT_ONCE).await?;
    for modulus in &moduli {
        let block = block_of(transaction, modulus).await?;
        let keys = update(registered_key::ActiveModel { block: Set(Some(block)), ..Default::default() });
        run(transaction, &keys.filter(registered_key::ModulusHex.eq(HEXLOWER.encode(modulus)))).await?;
    }
    Ok(moduli.len() as u64)
}

/// Moduli that are in no product, big-endian.
async fn unmultiplied(connection: &impl ConnectionTrait, most: u64) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = registered_key::Entity::find().filter(registered_key::Block.is_null());
    let rows = rows.select_only().column(registered_key::ModulusHex).distinct().limit(most);
    let moduli: Vec<String> = rows.into_tuple().all(connection).await?;
    let bytes = |modulus: &String| HEXLOWER.decode(modulus.as_bytes());
    let bytes: Result<_, _> = moduli.iter().map(bytes).collect();
    bytes.map_err(|_| StoreError::Unreadable("a stored modulus cannot be read".into()))
}
