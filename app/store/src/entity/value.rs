//! What columns hold beside text, numbers and times.

use super::At;
use crate::{error::StoreError, sql::word_of};
use sea_orm::{
    ColIdx, ColumnType, DbErr, DeriveValueType, QueryResult, TryFromU64, TryGetError, TryGetable, Value,
    sea_query::{ArrayType, Nullable, ValueType, ValueTypeErr},
};
use serde::{Serialize, de::DeserializeOwned};
use time::OffsetDateTime;

/// The JSON of a state or a notice, kept as it was written.
#[derive(Clone, Debug, PartialEq, DeriveValueType)]
pub(crate) struct Document(String);

impl Document {
    pub(crate) fn of(value: &impl Serialize) -> Result<Self, StoreError> {
        Ok(Self(serde_json::to_string(value)?))
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        Ok(serde_json::from_str(&self.0)?)
    }
}

/// A state or a notice, read.
#[derive(Clone, Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> TryGetable for Json<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let value = serde_json::from_str(&String::try_get_by(row, index)?);
        value.map(Self).map_err(|cause| TryGetError::DbErr(DbErr::Json(cause.to_string())))
    }
}

/// A count or number that the schema keeps small and non-negative, read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count<T>(pub(crate) T);

impl<T: TryFrom<i64>> TryGetable for Count<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let number = i64::try_get_by(row, index)?;
        let out_of_range = |_| TryGetError::DbErr(DbErr::Type(format!("the stored number {number} is out of range")));
        T::try_from(number).map(Self).map_err(out_of_range)
    }
}

/// A column that may be null, and has to be there: a column that a statement in SQL forgets is null to sea-orm's `Option`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrNull<T>(pub(crate) Option<T>);

impl<T: TryGetable> TryGetable for OrNull<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        match T::try_get_by(row, index) {
            Err(TryGetError::Null(_)) => Ok(Self(None)),
            read => read.map(|value| Self(Some(value))),
        }
    }
}

/// A time that may be null.
pub(crate) fn time(at: Option<At>) -> Option<OffsetDateTime> {
    at.map(|At(at)| at)
}

/// What serde writes as one string: an id, or the snake-case word of an enum. By hand what `DeriveValueType` does, which
/// takes no type with a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Word<T>(pub(crate) T);

impl<T: Serialize> From<Word<T>> for Value {
    fn from(word: Word<T>) -> Self {
        word_of(&word.0).into()
    }
}

impl<T: DeserializeOwned> TryGetable for Word<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let word = serde_json::from_value(String::try_get_by(row, index)?.into());
        word.map(Self).map_err(|cause| TryGetError::DbErr(DbErr::Json(cause.to_string())))
    }
}

impl<T: DeserializeOwned> ValueType for Word<T> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        let word = <String as ValueType>::try_from(value)?;
        serde_json::from_value(word.into()).map(Self).map_err(|_| ValueTypeErr)
    }

    fn type_name() -> String {
        "Word".into()
    }

    fn array_type() -> ArrayType {
        ArrayType::String
    }

    fn column_type() -> ColumnType {
        ColumnType::Text
    }
}

impl<T> Nullable for Word<T> {
    fn null() -> Value {
        Value::String(None)
    }
}

/// sea-orm asks this of whatever is a key: no id is a number that the database gives.
impl<T> TryFromU64 for Word<T> {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("Word"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sql, store::Store};
    use sea_orm::FromQueryResult;
    use std::sync::Arc;

    #[derive(FromQueryResult)]
    struct Columns {
        ended_at: OrNull<At>,
    }

    #[tokio::test]
    async fn a_column_that_a_statement_forgets_is_no_null() {
        let store = Store::connect("sqlite::memory:", 1, Arc::default()).await.unwrap();
        let read = async |select: &str| sql::rows::<Columns>(store.connection(), select, vec![]).await;
        assert!(read("SELECT NULL AS ended_at").await.unwrap()[0].ended_at.0.is_none());
        assert_eq!(
            read("SELECT 1000 AS ended_at").await.unwrap()[0].ended_at.0,
            Some(At(OffsetDateTime::UNIX_EPOCH + time::Duration::SECOND))
        );
        assert!(read("SELECT 1000 AS began_at").await.is_err());
    }
}
