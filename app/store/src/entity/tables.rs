//! Each table by what a row of it is, its key first, but for what the database makes of other columns: `list_rank` of
//! `publications`. What the columns mean is said where the schema makes them, and a test compares the two.
#![allow(dead_code, unused_imports, reason = "every table is here, whether or not a statement is built of it")]

use super::{At, Document, Word};
use domain::{
    actor::{StaffRole, TeamRole},
    id::{AccountId, ClientId, InvitationId, OrganisationId, RegistrationId, ServiceId, TokenId},
    ods::OdsCode,
    registration::{ClientState, KeyChange, RevisionState},
    standing::Does,
};
use sea_orm::{EntityTrait, Related, RelationDef};

/// An entity as sea-orm has it: `name = "table" [its key] { its other columns }`. Its columns are `name::Column`, each with a capital.
macro_rules! table {
    ($name:ident = $table:literal [$($key:ident: $key_type:ty),+] { $($column:ident: $type:ty),* $(,)? }) => {
        pub(crate) mod $name {
            mod entity {
                use super::super::*;
                use sea_orm::entity::prelude::*;

                #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
                #[sea_orm(table_name = $table)]
                pub(crate) struct Model {
                    $(#[sea_orm(primary_key, auto_increment = false)] pub(crate) $key: $key_type,)+
                    $(pub(crate) $column: $type,)*
                }

                #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
                pub(crate) enum Relation {}

                impl ActiveModelBehavior for ActiveModel {}
            }

            pub(crate) use entity::{ActiveModel, Column, Column::*, Entity, Model};
        }
    };
}

table! { account = "accounts" [id: Word<AccountId>] {
    version: i64, state: Document, email_key: String, email: String, name: String, name_shape: String,
    staff_role: Option<Word<StaffRole>>, role_set_by: Option<String>, role_proposed: Option<String>,
    role_proposed_by: Option<Word<AccountId>>, role_proposed_at: Option<At>,
    verified: bool, second_factor: bool, disabled: bool, signed_in_at: Option<At>,
    unlocked_at: Option<At>, created_at: At,
} }

table! { credential = "credentials" [account_id: Word<AccountId>] {
    password_phc: Option<String>, totp_sealed: Option<String>, last_totp_step: Option<i64>, sign_outs: i64,
} }

table! { recovery_code = "recovery_codes" [account_id: Word<AccountId>, hash: String] { used_at: Option<At> } }

table! { session = "sessions" [token_hash: String] {
    account_id: Word<AccountId>, created_at: At, seen_at: At, second_factor: bool, reauthenticated_at: Option<At>,
} }

table! { link = "links" [token_hash: String] {
    account_id: Word<AccountId>, purpose: Word<crate::links::LinkPurpose>, expires_at: At, used_at: Option<At>,
} }

table! { organisation = "organisations" [id: Word<OrganisationId>] {
    version: i64, state: Document, name: String, name_shape: String, ods_code: Option<Word<OdsCode>>,
    confirmed_at: Option<At>, renamed_at: Option<At>, without_owner: bool, owner_seen_at: Option<At>,
    join_waits_from: Option<At>, has_client: bool, keys_left: bool, created_at: At,
} }

table! { membership = "memberships" [organisation_id: Word<OrganisationId>, account_id: Word<AccountId>] {
    role: Word<TeamRole>, ended_at: Option<At>, offered_until: Option<At>,
} }

table! { join_request = "join_requests" [organisation_id: Word<OrganisationId>, account_id: Word<AccountId>] {
    asked_at: At,
} }

table! { invitation = "invitations" [id: Word<InvitationId>] {
    organisation_id: Word<OrganisationId>, email_key: String, role: Word<TeamRole>,
    invited_by: Option<Word<AccountId>>, until: At, token_hash: Option<String>,
} }

table! { api_token = "api_tokens" [token_hash: String] {
    id: Word<TokenId>, organisation_id: Word<OrganisationId>, account_id: Word<AccountId>, used_at: Option<At>,
} }

table! { service = "services" [id: Word<ServiceId>] { organisation_id: Word<OrganisationId>, name: String } }

// The state of what never began has no organisation and no service; a row has both.
table! { registration = "registrations" [id: Word<RegistrationId>] {
    version: i64, state: Document, organisation_id: Option<Word<OrganisationId>>,
    service_id: Option<Word<ServiceId>>, environment: String, place: String, client_id: Option<Word<ClientId>>,
    client_state: Word<ClientState>, client_name: Option<String>, revision: i64,
    review_state: Option<Word<RevisionState>>, restricted: String, approvals: i64, submitted_at: Option<At>,
    key_change: Option<Word<KeyChange>>,
    submitted_by: Option<Word<AccountId>>, reinstatement_proposed_by: Option<Word<AccountId>>,
    reinstatement_proposed_at: Option<At>, reinstated_by: Option<Word<AccountId>>, wanted: Option<Word<Does>>,
    wanted_since: Option<At>, confirmed: Option<Word<Does>>, published_at: Option<At>, publication_due: bool,
    failed: bool, draft_ahead: bool, evidence_ends: Option<At>, evidence_remind_at: Option<At>, created_at: At,
    updated_at: At,
} }

table! { revision = "revisions" [registration_id: Word<RegistrationId>, number: i64] {
    digest: String, metadata_digest: String, bytes: String, metadata: String, submitted_by: Option<Word<AccountId>>,
    erased_by: Option<i64>,
} }

table! { approval = "approvals" [registration_id: Word<RegistrationId>, number: i64, admin_id: Word<AccountId>] {
    digest: String, metadata_digest: String, at: At,
} }

table! { registered_key = "registered_keys"
    [registration_id: Word<RegistrationId>, revision: i64, thumbprint: String] {
    organisation_id: Word<OrganisationId>, environment: String, modulus_hex: String, proved: bool, block: Option<i64>,
} }

table! { key_product = "key_products" [block: i64] { members: i64, product: Vec<u8> } }

table! { key_comparison = "key_comparisons" [thumbprint: String] {
    block: i64, members: i64, shares_prime: bool, at: At,
} }

table! { key_proof = "key_proofs" [organisation_id: Word<OrganisationId>, thumbprint: String] {} }

table! { published_key = "published_keys" [registration_id: Word<RegistrationId>, thumbprint: String] {
    organisation_id: Word<OrganisationId>, since: At, added_by: Option<Word<AccountId>>, remind_at: Option<At>,
} }

table! { attachment = "attachments" [registration_id: Word<RegistrationId>, digest: String] {
    bytes: i64, media: String, scanned_at: Option<At>, attached_by: Word<AccountId>, attached_at: At,
} }

table! { leaked_key = "leaked_keys"
[thumbprint: String, organisation_id: Word<OrganisationId>, everywhere: bool] { at: At } }

table! { look_alike = "look_alikes"
    [registration_id: Word<RegistrationId>, revision: i64, kind: String, shown: String] {
    organisation_id: Word<OrganisationId>, skeleton: String,
} }

table! { environment_rule = "environment_rules" [environment: String] { admins_needed: i64 } }

table! { entry = "history" [entry_index: i64] {
    leaf: Vec<u8>, leaf_hash: Vec<u8>, at: At, kind: String, subject_id: String, subject_version: i64,
    event_type: String, actor: String, organisation_id: Option<Word<OrganisationId>>,
    registration_id: Option<Word<RegistrationId>>, service_id: Option<Word<ServiceId>>, environment: Option<String>,
} }

table! { entry_text = "history_texts" [entry_index: i64, pointer: String] {
    salt: Option<Vec<u8>>, text: Option<String>,
} }

table! { entry_name = "history_names" [kind: String, subject_id: String, entry_index: i64] { pointer: String } }

table! { entry_word = "history_words" [word: String, entry_index: i64] { scope: String } }

table! { words_head = "history_words_head" [id: i64] { next_index: i64, until_index: i64 } }

table! { head = "history_head" [id: i64] { next_index: i64 } }

table! { usage = "history_usage" [account_id: Word<AccountId>, day: i64] { bytes: i64 } }

table! { publication = "publications" [registration_id: Word<RegistrationId>] {
    environment: String, wanted_generation: i64, revision: Option<i64>, approvals_needed: i64,
    wanted: Option<Word<Does>>, reinstates: bool, lease_until: Option<At>, lease_holder: Option<String>, attempts: i64,
    next_attempt_at: At, last_error: Option<String>, done_at: Option<At>,
} }

table! { outgoing = "mail_outbox" [id: i64] {
    account_id: Word<AccountId>, notice: Document, revision: Option<i64>, urgent: bool, created_at: At,
    attempts: i64, next_attempt_at: At, lease_until: Option<At>, last_error: Option<String>, sent_at: Option<At>,
    gave_up_at: Option<At>,
} }

table! { mail_digest = "mail_digests" [account_id: Word<AccountId>] {
    due_at: Option<At>, sent_at: Option<At>, organisations: i64, urgent: i64,
} }

table! { mail_pace = "mail_pace" [pace_key: String] { taken_until: At } }

// Forms that were refused, and whatever else waits for a browser, each sealed: a sign-in until its code is right, fresh
// secrets. The table keeps its first name: an instance of the version before, which runs on beside this one during an
// upgrade, writes to it by that name, and nobody could sign in there after a renaming.
table! { sealed_form = "refused_forms" [token_hash: String] { sealed: String, of_visitor: bool, expires_at: At } }

table! { list_word = "list_words" [list: String, word: String, number: i64, id: String] {} }

table! { request = "requests" [request_key: String] {
    says: String, subject_id: String, version: i64, first_entry: i64, last_entry: i64, at: At,
} }

table! { mark = "marks" [name: String] { at: At } }

/// By which columns tables are joined, the one that is read first to the left.
macro_rules! joined {
    ($($left:ident.$of:ident = $right:ident.$to:ident),+ $(,)?) => { $(
        impl Related<$right::Entity> for $left::Entity {
            fn to() -> RelationDef {
                Self::belongs_to($right::Entity).from($left::$of).to($right::$to).into()
            }
        }
    )+ };
}

joined! {
    account.Id = credential.AccountId, membership.AccountId = account.Id, outgoing.AccountId = account.Id,
    service.OrganisationId = organisation.Id, membership.OrganisationId = organisation.Id,
    invitation.OrganisationId = organisation.Id, join_request.OrganisationId = organisation.Id,
    api_token.OrganisationId = organisation.Id, join_request.AccountId = account.Id, registration.OrganisationId = organisation.Id,
    registration.ServiceId = service.Id, registration.Id = publication.RegistrationId,
    revision.RegistrationId = registration.Id, approval.RegistrationId = registration.Id,
    entry_text.EntryIndex = entry.EntryIndex, published_key.RegistrationId = registration.Id,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sql, store::Store};
    use sea_orm::{ColumnTrait, ColumnType, EntityName, EntityTrait, IdenStatic, Iterable};
    use std::{collections::BTreeSet, sync::Arc};

    /// Table, column, type, and whether it may be null.
    type Described = BTreeSet<(String, String, &'static str, bool)>;

    fn described<E: EntityTrait>() -> Described {
        let column = |column: E::Column| {
            let kind = match column.def().get_column_type() {
                ColumnType::Boolean => "BOOLEAN",
                ColumnType::BigInteger => "INTEGER",
                ColumnType::VarBinary(_) => "BLOB",
                ColumnType::String(_) | ColumnType::Text => "TEXT",
                other => panic!("{other:?} is no type of ours"),
            };
            (E::default().table_name().to_owned(), column.as_str().to_owned(), kind, column.def().is_null())
        };
        E::Column::iter().map(column).collect()
    }

    macro_rules! described {
        ($($name:ident)*) => { [$(described::<$name::Entity>()),*].into_iter().flatten().collect::<Described>() };
    }

    #[tokio::test]
    async fn each_table_is_as_the_schema_makes_it() {
        let store = Store::connect("sqlite::memory:", 1, Arc::default()).await.unwrap();
        migrations::bring_up(store.connection()).await.unwrap();
        let select = "SELECT t.name AS of, c.name, c.type, c.\"notnull\" = 1 OR c.pk > 0 AS filled
                      FROM sqlite_schema t JOIN pragma_table_info(t.name) c
                      WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'seaql_migrations'";
        let mut made = Described::new();
        let rows = sql::tuples::<(String, String, String, bool)>(store.connection(), select, vec![]).await.unwrap();
        for (of, name, kind, filled) in rows {
            let kind = ["BOOLEAN", "INTEGER", "BLOB", "TEXT"].into_iter().find(|known| *known == kind).unwrap();
            // A state may lack what its row has.
            let optional = of == "registrations" && ["organisation_id", "service_id"].contains(&name.as_str());
            made.insert((of, name, kind, optional || !filled));
        }
        let described = described!(
            account credential recovery_code session link organisation membership join_request invitation api_token service registration revision approval
            registered_key key_product key_comparison key_proof leaked_key published_key attachment look_alike environment_rule entry entry_text entry_name
            entry_word words_head head usage publication outgoing mail_digest mail_pace sealed_form request mark list_word
        );
        assert_eq!(made.difference(&described).collect::<Vec<_>>(), Vec::<&_>::new(), "only in the schema");
        assert_eq!(described.difference(&made).collect::<Vec<_>>(), Vec::<&_>::new(), "only here");
    }
}
