//! Identifiers: UUIDv7 for what the portal owns, an opaque string for what the provider knows.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{hex, problem::Problem, rule::Rule};

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A UUIDv7 (RFC 9562) from milliseconds since 1970 and ten random bytes, so that ids sort by age.
            #[must_use]
            pub fn from_parts(unix_millis: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_millis, &random).into_uuid())
            }

            /// The UUID inside.
            #[must_use]
            pub fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id!(
    /// A partner organisation.
    OrganisationId
);
uuid_id!(
    /// A service of a partner organisation.
    ServiceId
);
uuid_id!(
    /// A registration: one service in one environment.
    RegistrationId
);
uuid_id!(
    /// A person's account.
    AccountId
);

uuid_id!(
    /// An invitation to a team.
    InvitationId
);

uuid_id!(
    /// A token of an organisation.
    TokenId
);

/// The provider's name for a client: opaque, URL-safe, 1 to 255 unreserved characters (RFC 3986, 2.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(String);

impl ClientId {
    /// A new identifier: 128 random bits in lowercase hexadecimal.
    #[must_use]
    pub fn from_random(random: [u8; 16]) -> Self {
        Self(hex::lower(&random))
    }

    /// The identifier as the provider has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClientId {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if !(1..=255).contains(&text.len()) || !text.bytes().all(unreserved) {
            return Err(Problem::new("client_id", Rule::ClientId));
        }
        Ok(Self(text))
    }
}

impl From<ClientId> for String {
    fn from(id: ClientId) -> Self {
        id.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_and_sort_by_age() {
        let older = AccountId::from_parts(1_700_000_000_000, [0xff; 10]);
        let newer = AccountId::from_parts(1_700_000_000_001, [0; 10]);
        assert!(older < newer);
        assert_eq!(older.as_uuid().get_version_num(), 7);
        assert_eq!(older.to_string().parse::<AccountId>().unwrap(), older);
        assert_eq!(serde_json::to_value(older).unwrap(), serde_json::json!(older.to_string()));
    }

    #[test]
    fn client_ids_are_url_safe() {
        assert_eq!(ClientId::from_random([0xab; 16]).as_str(), "ab".repeat(16));
        assert!(ClientId::try_from("a-b.c_d~9".to_owned()).is_ok());
        for bad in ["", "a b", "a/b", "é", "a\n"] {
            assert_eq!(ClientId::try_from(bad.to_owned()).unwrap_err().rule.name(), "client-id", "{bad:?}");
        }
        assert!(ClientId::try_from("a".repeat(256)).is_err());
    }
}
