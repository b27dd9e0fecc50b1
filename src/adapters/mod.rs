//! The outside, adapted to our ports: front ends and gateways. Wire types stay inside their adapter.

pub mod pakasir;
pub mod telegram;

#[cfg(test)]
mod stub;

/// Bytes from outside that are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong, without the bytes themselves.
    pub why: String,
}

/// Why an answer's body could not be read.
enum Unread {
    /// It is longer than we are ready to hold.
    TooLong,
    Broken(String),
}

/// The whole body, but never more than `max_bytes`, whatever its header claims.
async fn body(mut response: reqwest::Response, max_bytes: usize) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Unread::Broken(reason(error)))? {
        if bytes.len() + chunk.len() > max_bytes {
            return Err(Unread::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Why a call failed, with its causes but without its address: token and key travel in there.
fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}
