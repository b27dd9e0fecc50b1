//! Every bound of the shop in one place.

/// Units in one order: what one reservation may hold, and one delivery carry.
pub const ORDER_UNITS_MAX: u32 = 500;

/// Lines in a cart.
pub const CART_LINES_MAX: usize = 20;

/// Units that one `/addstock` takes.
pub const UNITS_ADDED_MAX: usize = 20_000;

/// A stock document's size.
pub const DOCUMENT_BYTES_MAX: u64 = 5 * 1024 * 1024;

/// A unit's content. A delivery of [`ORDER_UNITS_MAX`] such units stays far below Telegram's 50 MB for documents.
pub const UNIT_BYTES_MAX: usize = 16 * 1024;

/// A customer's message to the admins.
pub const MESSAGE_CHARS_MAX: usize = 2_000;

const _: () = assert!((ORDER_UNITS_MAX as usize) * UNIT_BYTES_MAX < 50 * 1024 * 1024);
const _: () = assert!((UNITS_ADDED_MAX as u64) < DOCUMENT_BYTES_MAX);

/// Updates being handled at once, over all sessions; more are answered "later" and come again.
pub const UPDATES_IN_FLIGHT_MAX: usize = 4_096;

/// Messages that one person may get at once, from rest. Telegram tolerates short bursts above one a second.
pub const CHAT_BURST: u32 = 3;

/// Calls to Telegram under way at once.
pub const SENDS_IN_FLIGHT_MAX: usize = 32;

/// How long a fact that is being sent is ours; after a crash it is sent again when this has passed.
pub const FACT_LEASE: std::time::Duration = std::time::Duration::from_secs(60);
