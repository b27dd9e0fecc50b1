//! What can go wrong with the database, in operators' terms.

use crate::fault::{Code, Fault};
use diesel::result::{DatabaseErrorKind, Error as Diesel};

/// A failed operation. Expected endings never come this way.
#[derive(Debug)]
pub enum StoreError {
    Query(Diesel),
    /// The connection could not be had.
    Down(String),
    /// Another process took this shop over: nothing was written.
    LeaseLost,
    /// Somebody else moved the same rows first: nothing was written, asking again decides anew.
    Conflict(&'static str),
    /// A row holds what the code never writes.
    Corrupt(String),
}

impl From<Diesel> for StoreError {
    fn from(error: Diesel) -> Self {
        Self::Query(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Query(error) => of_query(&error),
            StoreError::Down(detail) => Fault::new(Code::DatabaseDown, format!("no connection ({detail}).")),
            StoreError::LeaseLost => Fault::new(Code::LeaseLost, "another process has taken this shop over."),
            StoreError::Conflict(what) => {
                Fault::new(Code::DatabaseConflict, format!("{what} was moved by somebody else."))
            }
            StoreError::Corrupt(detail) => Fault::new(Code::DatabaseRefused, detail),
        }
    }
}

/// Values are left out: a failing statement may carry goods or names.
fn of_query(error: &Diesel) -> Fault {
    match error {
        Diesel::DatabaseError(
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
            info,
        ) => Fault::new(Code::DatabaseDown, format!("the connection broke ({}).", info.message())),
        Diesel::DatabaseError(
            DatabaseErrorKind::SerializationFailure | DatabaseErrorKind::UniqueViolation,
            info,
        ) => Fault::new(Code::DatabaseConflict, format!("{}.", info.message())),
        Diesel::DatabaseError(_, info) if info.message().contains("deadlock") => {
            Fault::new(Code::DatabaseConflict, format!("{}.", info.message()))
        }
        Diesel::DatabaseError(_, info) => {
            let message = info.message();
            let busy = [
                "locked",
                "terminating connection",
                "starting up",
                "shutting down",
                "disk is full",
                "No space",
            ];
            let code = if busy.iter().any(|word| message.contains(word)) {
                Code::DatabaseDown
            } else {
                Code::DatabaseRefused
            };
            Fault::new(code, format!("{message}."))
        }
        Diesel::BrokenTransactionManager => Fault::new(Code::DatabaseDown, "a transaction broke off."),
        other => Fault::new(Code::DatabaseRefused, format!("{other}.")),
    }
}
