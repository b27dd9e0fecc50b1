//! Requests that are turned away before anything in them is read.

use super::WebDeps;
use super::hooks::from_telegram;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, web};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Counts the requests of each address over a minute. Which counter an address gets is chosen by a hash with random
/// keys, so that nobody outside can foresee it.
#[derive(Clone)]
pub(super) struct Addresses {
    limiter: Arc<DefaultKeyedRateLimiter<u64>>,
    places: RandomState,
    base_path: String,
}

/// Places to count in: more addresses than that share them, rather than take more than about 10 MB.
const PLACES: u64 = 1 << 18;

impl Addresses {
    pub fn new(per_minute: u32, base_path: &str) -> Self {
        let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        let limiter = Arc::new(RateLimiter::keyed(Quota::per_minute(per_minute)));
        Self { limiter, places: RandomState::new(), base_path: base_path.to_owned() }
    }

    /// Whether a request is not limited. Whoever watches the process must reach it in a flood, too; and Telegram sends
    /// everybody's updates from a few addresses, where a limit would only delay customers.
    fn is_free(&self, request: &ServiceRequest) -> bool {
        let path = request.path().strip_prefix(self.base_path.as_str());
        match path {
            Some("/healthz" | "/readyz" | "/metrics") => true,
            Some("/webhooks/telegram") => request
                .app_data::<web::Data<WebDeps>>()
                .is_some_and(|deps| from_telegram(request.headers(), deps)),
            _ => false,
        }
    }

    fn admits(&self, address: IpAddr) -> bool {
        self.limiter.check_key(&(self.places.hash_one(address) % PLACES)).is_ok()
    }
}

/// Answers 429 to an address that asks too much.
pub(super) async fn limit_addresses(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let addresses = request.app_data::<web::Data<Addresses>>().cloned();
    let peer = request.peer_addr().map(|peer| peer.ip());
    match (addresses, peer) {
        (Some(addresses), Some(peer)) if !addresses.is_free(&request) && !addresses.admits(peer) => {
            let answer = HttpResponse::TooManyRequests().insert_header(("Retry-After", "10")).finish();
            Ok(request.into_response(answer).map_into_right_body())
        }
        _ => Ok(next.call(request).await?.map_into_left_body()),
    }
}

/// Compares in a time that does not reveal how much was right.
pub(super) fn same_secret(given: &[u8], right: &[u8]) -> bool {
    let differs = given.iter().zip(right).fold(0u8, |sum, (a, b)| sum | (a ^ b));
    std::hint::black_box(differs) == 0 && given.len() == right.len()
}
