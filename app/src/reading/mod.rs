//! What is read, told in words and compared, apart from any page: what pages show and downloads hold.
//!
//! Pages and `api` both come here; nothing here asks the store, a request or a page.

use domain::{id::AccountId, person_name::PersonName};
use std::collections::BTreeMap;
use store::read::EntryRow;

pub mod asked;
pub mod difference;
pub mod held;
pub mod lists;
pub mod meanwhile;
pub mod permissions;
pub mod standing;
pub mod subject;
pub mod words;

/// Names of people by account.
pub type Names = BTreeMap<AccountId, PersonName>;

/// The account that an entry is about, beside whoever did it.
pub fn account_in(entry: &EntryRow) -> Option<AccountId> {
    match entry.kind.as_str() {
        "account" => entry.subject.parse().ok(),
        _ => entry.happened.member(),
    }
}
