//! Pakasir: QRIS payments. Its callback proves nothing; only its answer to our own question counts.

mod notice;
mod wire;

pub use notice::{Notice, parse};

use super::{Unread, body, reason};
use crate::fault::{Code, Fault};
use crate::limits::CONNECTION_IDLE_MAX;
use crate::ports::{Created, Gateway, GatewayFault};
use crate::rules::invoice::Verdict;
use crate::rules::money::Rupiah;
use futures_util::future::BoxFuture;
use reqwest::{Client, RequestBuilder, StatusCode, Url, header, redirect};
use serde_json::json;
use std::time::Duration;

/// The largest answer that makes sense is about 2 KiB.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Pakasir takes about two creations a second; a little more apart, so that jitter does not break it.
const CREATIONS_APART: Duration = Duration::from_millis(550);
/// When Pakasir says "slow down" but not for how long.
const PACE_DEFAULT: Duration = Duration::from_secs(5);
/// The longest that anybody is told to wait, whatever Pakasir says.
const PACE_MAX: Duration = Duration::from_secs(600);

/// One project at Pakasir. It holds the API key and is therefore not printable.
pub struct Pakasir {
    client: Client,
    base: Url,
    project: String,
    api_key: String,
}

/// An answer that is neither "slow down" nor broken.
struct Reply {
    status: StatusCode,
    bytes: Vec<u8>,
}

impl Pakasir {
    /// `timeout` is for each call as a whole. The process must have installed a TLS provider before.
    ///
    /// # Errors
    /// `config-invalid` if the address is none.
    pub fn new(base_url: &str, project: &str, api_key: &str, timeout: Duration) -> Result<Self, Fault> {
        let base = Url::parse(base_url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let base = base.ok_or_else(|| {
            let detail = "pakasir.base_url is not an address such as https://app.pakasir.com.";
            Fault::new(Code::ConfigInvalid, detail)
        })?;
        let client = Client::builder()
            .timeout(timeout)
            .pool_idle_timeout(CONNECTION_IDLE_MAX)
            // A redirect would carry the key to whoever it names.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| Fault::new(Code::GatewayDown, format!("{}.", reason(error))))?;
        Ok(Self { client, base, project: project.to_owned(), api_key: api_key.to_owned() })
    }

    async fn ask_to_create(&self, reference: &str, base: Rupiah) -> Result<Created, GatewayFault> {
        let reply = self.post("transactioncreate/qris", reference, base).await?;
        if !reply.status.is_success() {
            return Err(self.refusal(&reply));
        }
        let payment = wire::payment(&reply.bytes).map_err(GatewayFault::Down)?;
        if let Some(other) = payment.contradicts(reference, &self.project, base) {
            return Err(GatewayFault::Refused(format!("Pakasir made another payment than asked: {other}")));
        }
        let checkout_url = self.checkout_url(reference, base);
        payment.into_created(base, checkout_url).map_err(GatewayFault::Down)
    }

    async fn ask_for_detail(&self, reference: &str, base: Rupiah) -> Result<Verdict, GatewayFault> {
        let amount = base.0.to_string();
        let request = self.client.get(self.address(&["api", "transactiondetail"])).query(&[
            ("project", self.project.as_str()),
            ("amount", &amount),
            ("order_id", reference),
            ("api_key", &self.api_key),
        ]);
        let reply = exchange(request).await?;
        if reply.status == StatusCode::NOT_FOUND {
            return Ok(Verdict::Unknown);
        }
        if !reply.status.is_success() {
            return Err(self.refusal(&reply));
        }
        let transaction = wire::transaction(&reply.bytes).map_err(GatewayFault::Down)?;
        Ok(transaction.verdict(reference, &self.project, base))
    }

    async fn ask_to_cancel(&self, reference: &str, base: Rupiah) -> Result<(), GatewayFault> {
        let reply = self.post("transactioncancel", reference, base).await?;
        // A payment that does not exist takes no money.
        if reply.status.is_success() || reply.status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        Err(self.refusal(&reply))
    }

    async fn post(&self, what: &str, reference: &str, base: Rupiah) -> Result<Reply, GatewayFault> {
        let path: Vec<&str> = std::iter::once("api").chain(what.split('/')).collect();
        let parameters = json!({
            "project": self.project, "order_id": reference, "amount": base.0, "api_key": self.api_key,
        });
        exchange(self.client.post(self.address(&path)).json(&parameters)).await
    }

    /// Pakasir's own payment page, with nothing but the QR on it.
    fn checkout_url(&self, reference: &str, base: Rupiah) -> String {
        let mut url = self.address(&["pay", &self.project, &base.0.to_string()]);
        url.query_pairs_mut().append_pair("order_id", reference).append_pair("qris_only", "1");
        url.into()
    }

    fn address(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// What a 4xx means. A page of HTML comes from something in between, not from Pakasir.
    fn refusal(&self, reply: &Reply) -> GatewayFault {
        if wire::is_page(&reply.bytes) {
            return GatewayFault::Down(format!("HTTP {} with a web page", reply.status));
        }
        let words = wire::complaint(&reply.bytes).replace(&self.api_key, "***");
        GatewayFault::Refused(format!("HTTP {}: {words}", reply.status))
    }
}

impl Gateway for Pakasir {
    fn creations_apart(&self) -> Duration {
        CREATIONS_APART
    }

    fn create(&self, reference: String, base: Rupiah) -> BoxFuture<'_, Result<Created, GatewayFault>> {
        Box::pin(async move { self.ask_to_create(&reference, base).await })
    }

    fn detail(&self, reference: String, base: Rupiah) -> BoxFuture<'_, Result<Verdict, GatewayFault>> {
        Box::pin(async move { self.ask_for_detail(&reference, base).await })
    }

    fn cancel(&self, reference: String, base: Rupiah) -> BoxFuture<'_, Result<(), GatewayFault>> {
        Box::pin(async move { self.ask_to_cancel(&reference, base).await })
    }
}

/// Sends a request; what comes back with `Ok` is a plain yes or no.
async fn exchange(request: RequestBuilder) -> Result<Reply, GatewayFault> {
    let response = request.send().await.map_err(|error| GatewayFault::Down(reason(error)))?;
    let status = response.status();
    if status == StatusCode::TOO_MANY_REQUESTS {
        let seconds = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let asked = seconds.and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        return Err(GatewayFault::Pace(asked.unwrap_or(PACE_DEFAULT).min(PACE_MAX)));
    }
    if !(status.is_success() || status.is_client_error()) || status == StatusCode::REQUEST_TIMEOUT {
        return Err(GatewayFault::Down(format!("HTTP {status}")));
    }
    match body(response, ANSWER_BYTES_MAX).await {
        Ok(bytes) => Ok(Reply { status, bytes }),
        Err(Unread::TooLong) => Err(GatewayFault::Down(format!("HTTP {status} with an endless answer"))),
        Err(Unread::Broken(why)) => Err(GatewayFault::Down(why)),
    }
}

#[cfg(test)]
mod tests;
