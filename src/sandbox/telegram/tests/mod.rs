//! The Bot API as a real client meets it.

mod faults;
mod refused;
mod right;
mod webhooks;

use teloxide_core::{ApiError, RequestError};

/// The words of a refusal.
fn words<T: std::fmt::Debug>(result: Result<T, RequestError>) -> String {
    match result.unwrap_err() {
        RequestError::Api(ApiError::Unknown(words)) => words,
        RequestError::Api(error) => error.to_string(),
        other => format!("{other:?}"),
    }
}
