//! Column types that both databases keep: times, decimals, documents.

use chrono::{DateTime, TimeZone, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types as st;
use diesel::sqlite::{Sqlite, SqliteValue};
use rust_decimal::Decimal;
use std::io::Write;

/// A point in time: `timestamptz`, or microseconds since 1970 in SQLite.
#[derive(Debug, Clone, Copy, Default, st::SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Long"))]
pub struct TsSql;
impl st::SqlOrd for TsSql {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = TsSql)]
pub struct Ts(pub DateTime<Utc>);

impl ToSql<TsSql, Pg> for Ts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<st::Timestamptz, Pg>::to_sql(&self.0, &mut out.reborrow())
    }
}
impl FromSql<TsSql, Pg> for Ts {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<st::Timestamptz, Pg>::from_sql(value).map(Ts)
    }
}
impl ToSql<TsSql, Sqlite> for Ts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.timestamp_micros());
        Ok(IsNull::No)
    }
}
impl FromSql<TsSql, Sqlite> for Ts {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let micros = <i64 as FromSql<st::BigInt, Sqlite>>::from_sql(value)?;
        Utc.timestamp_micros(micros).single().map(Ts).ok_or_else(|| "not a moment".into())
    }
}

/// An exact decimal: `numeric`, or its text in SQLite, whose own numbers are floats.
#[derive(Debug, Clone, Copy, Default, st::SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 1700, array_oid = 1231), sqlite_type(name = "Text"))]
pub struct DecSql;

#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = DecSql)]
pub struct Dec(pub Decimal);

impl ToSql<DecSql, Pg> for Dec {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<st::Numeric, Pg>::to_sql(&self.0, &mut out.reborrow())
    }
}
impl FromSql<DecSql, Pg> for Dec {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<st::Numeric, Pg>::from_sql(value).map(Dec)
    }
}
impl ToSql<DecSql, Sqlite> for Dec {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}
impl FromSql<DecSql, Sqlite> for Dec {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Dec(<String as FromSql<st::Text, Sqlite>>::from_sql(value)?.parse()?))
    }
}

/// A JSON document, as text: no statement looks into one, and `jsonb` would take it apart and put it together each
/// time, and refuse the NUL that a person may have typed.
#[derive(Debug, Clone, Copy, Default, st::SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 25, array_oid = 1009), sqlite_type(name = "Text"))]
pub struct DocSql;

#[derive(Debug, Clone, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = DocSql)]
pub struct Doc(pub serde_json::Value);

impl Doc {
    /// Anything serialisable. Our own types always are.
    pub fn of(value: &impl serde::Serialize) -> Self {
        Self(serde_json::to_value(value).unwrap_or(serde_json::Value::Null))
    }
}

impl ToSql<DocSql, Pg> for Doc {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        write!(out, "{}", self.0)?;
        Ok(IsNull::No)
    }
}
impl FromSql<DocSql, Pg> for Doc {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Doc(serde_json::from_slice(value.as_bytes())?))
    }
}
impl ToSql<DocSql, Sqlite> for Doc {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}
impl FromSql<DocSql, Sqlite> for Doc {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Doc(serde_json::from_str(&<String as FromSql<st::Text, Sqlite>>::from_sql(value)?)?))
    }
}
