//! What can go wrong with the database, in operators' terms.

use crate::fault::{Code, Fault};
use crate::limits::DATABASE_WAIT;
use deadpool::managed::TimeoutType;
use diesel::result::{DatabaseErrorKind, Error as Diesel};
use diesel_async::pooled_connection::deadpool::PoolError;
use std::time::Duration;

/// A failed operation. Expected endings never come this way.
#[derive(Debug)]
pub enum StoreError {
    Query(Diesel),
    /// The connection could not be had.
    Down(String),
    /// All connections were in use for too long.
    Full,
    /// No answer came within this time. What was asked may have been done all the same.
    Silent(Duration),
    /// Another process took this shop over: nothing was written.
    LeaseLost,
    /// Somebody else changed the same rows first: nothing was written, and asking again decides anew.
    Conflict(&'static str),
    /// A row holds what the code never writes.
    Corrupt(String),
}

impl From<Diesel> for StoreError {
    fn from(error: Diesel) -> Self {
        Self::Query(error)
    }
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Timeout(TimeoutType::Wait) => Self::Full,
            error => Self::Down(error.to_string()),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Query(error) => of_query(&error),
            StoreError::Down(detail) => Fault::new(Code::DatabaseDown, format!("no connection ({detail}).")),
            StoreError::Full => {
                let seconds = DATABASE_WAIT.as_secs();
                let detail = format!("all connections to the database were in use for {seconds} s.");
                Fault::new(Code::DatabaseBusy, detail)
            }
            StoreError::Silent(patience) => {
                let seconds = patience.as_secs();
                Fault::new(Code::DatabaseDown, format!("no answer within {seconds} s, or it was lost."))
            }
            StoreError::LeaseLost => Fault::new(Code::LeaseLost, "another process has taken this shop over."),
            StoreError::Conflict(what) => {
                Fault::new(Code::DatabaseConflict, format!("{what} was moved by somebody else."))
            }
            StoreError::Corrupt(detail) => Fault::new(Code::DatabaseRefused, detail),
        }
    }
}

/// What a server or a file says when it cannot serve anybody now: over its limits, out of time or room, going down, or
/// a standby. diesel passes on no SQLSTATE, only these words.
const AWAY: [&str; 16] = [
    "canceling statement due to",
    "terminating connection",
    "starting up",
    "shutting down",
    "recovery mode",
    "too many clients",
    "too many connections",
    "remaining connection slots",
    "out of memory",
    "out of shared memory",
    "No space",
    "disk is full",
    "disk I/O error",
    "could not write",
    "unable to open database file",
    "readonly database",
];

/// Values are left out: a failing statement may carry goods or names.
fn of_query(error: &Diesel) -> Fault {
    match error {
        Diesel::DatabaseError(kind, info) => {
            let (code, message) = (code_of(kind, info.message()), info.message());
            match kind {
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
                    Fault::new(code, format!("the connection broke ({message})."))
                }
                _ => Fault::new(code, format!("{message}.")),
            }
        }
        Diesel::BrokenTransactionManager => Fault::new(Code::DatabaseDown, "a transaction broke off."),
        other => Fault::new(Code::DatabaseRefused, format!("{other}.")),
    }
}

fn code_of(kind: &DatabaseErrorKind, message: &str) -> Code {
    match kind {
        DatabaseErrorKind::ClosedConnection
        | DatabaseErrorKind::UnableToSendCommand
        | DatabaseErrorKind::ReadOnlyTransaction => Code::DatabaseDown,
        DatabaseErrorKind::SerializationFailure | DatabaseErrorKind::UniqueViolation => {
            Code::DatabaseConflict
        }
        _ if message.contains("deadlock") => Code::DatabaseConflict,
        _ if message.contains("is locked") => Code::DatabaseLocked,
        _ if AWAY.iter().any(|words| message.contains(words)) => Code::DatabaseDown,
        _ => Code::DatabaseRefused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DatabaseErrorKind as Kind;

    #[test]
    fn what_the_database_says_has_the_code_that_its_operator_can_act_on() {
        #[rustfmt::skip]
        let table = [
            // PostgreSQL
            (Kind::Unknown, "canceling statement due to statement timeout", Code::DatabaseDown),
            (Kind::Unknown, "canceling statement due to lock timeout", Code::DatabaseDown),
            (Kind::Unknown, "canceling statement due to user request", Code::DatabaseDown),
            (Kind::Unknown, "terminating connection due to idle-in-transaction timeout", Code::DatabaseDown),
            (Kind::Unknown, "terminating connection due to administrator command", Code::DatabaseDown),
            (Kind::Unknown, "sorry, too many clients already", Code::DatabaseDown),
            (Kind::Unknown, "too many connections for role \"quickcart\"", Code::DatabaseDown),
            (Kind::Unknown, "remaining connection slots are reserved for roles with the SUPERUSER attribute", Code::DatabaseDown),
            (Kind::Unknown, "the database system is in recovery mode", Code::DatabaseDown),
            (Kind::Unknown, "the database system is shutting down", Code::DatabaseDown),
            (Kind::Unknown, "could not extend file \"base/5/16\": No space left on device", Code::DatabaseDown),
            (Kind::Unknown, "out of shared memory", Code::DatabaseDown),
            (Kind::ReadOnlyTransaction, "cannot execute UPDATE in a read-only transaction", Code::DatabaseDown),
            (Kind::UnableToSendCommand, "connection closed", Code::DatabaseDown),
            (Kind::SerializationFailure, "could not serialize access due to concurrent update", Code::DatabaseConflict),
            (Kind::Unknown, "deadlock detected", Code::DatabaseConflict),
            (Kind::UniqueViolation, "duplicate key value violates unique constraint", Code::DatabaseConflict),
            (Kind::CheckViolation, "new row violates check constraint", Code::DatabaseRefused),
            (Kind::Unknown, "order 7 cannot go from expired to pending", Code::DatabaseRefused),
            // SQLite
            (Kind::Unknown, "database is locked", Code::DatabaseLocked),
            (Kind::Unknown, "database table is locked", Code::DatabaseLocked),
            (Kind::Unknown, "disk I/O error", Code::DatabaseDown),
            (Kind::Unknown, "database or disk is full", Code::DatabaseDown),
            (Kind::Unknown, "unable to open database file", Code::DatabaseDown),
            (Kind::Unknown, "attempt to write a readonly database", Code::DatabaseDown),
            (Kind::Unknown, "database disk image is malformed", Code::DatabaseRefused),
        ];
        for (kind, message, code) in table {
            let fault =
                Fault::from(StoreError::Query(Diesel::DatabaseError(kind, Box::new(message.to_owned()))));
            assert_eq!(fault.code, code, "{message}");
            assert!(fault.detail.contains(message), "{}", fault.detail);
        }
    }
}
