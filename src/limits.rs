//! Fixed bounds of the shop, which no setting changes. Smaller ones stand beside the code that keeps them.

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

const _: () = assert!((ORDER_UNITS_MAX as usize) * UNIT_BYTES_MAX < 50 * 1024 * 1024);
const _: () = assert!((UNITS_ADDED_MAX as u64) < DOCUMENT_BYTES_MAX);

/// Updates being handled at once, over all sessions; more are answered "later" and come again. Telegram has at most
/// 100 under way; with many more the last would wait longer for a connection to the database than
/// [`DATABASE_WAIT`], and be told to try again.
pub const UPDATES_IN_FLIGHT_MAX: usize = 128;

/// How long anybody waits for a connection to the database, all of them being in use, before they are told that the
/// shop is busy.
pub const DATABASE_WAIT: std::time::Duration = std::time::Duration::from_secs(10);

/// How long PostgreSQL may take for an operation. It ends a statement itself after 15 s: if nothing has come by this
/// time, nobody is there, or something in between swallows the answer.
pub const DATABASE_ANSWER: std::time::Duration = std::time::Duration::from_secs(20);

/// Handled updates that are remembered, about 30 MB of them. Keys make the repeat of an older one harmless.
pub const UPDATES_REMEMBERED_MAX: usize = 500_000;

/// Connections that each HTTP thread holds, at about 10 KB and a body each; further ones wait to be accepted.
pub const CONNECTIONS_MAX: usize = 2_048;

/// Messages that one person may get at once, from rest. Telegram tolerates short bursts above one a second.
pub const CHAT_BURST: u32 = 3;

/// Calls to Telegram under way at once.
pub const SENDS_IN_FLIGHT_MAX: usize = 32;

/// Answers to pressed buttons under way at once. They are not paced, but each has a connection.
pub const ANSWERS_IN_FLIGHT_MAX: usize = 64;

/// The longest that a fact waits or is leased. A due time further ahead was written before the clock was set back.
pub const FACT_WAIT_MAX: std::time::Duration = std::time::Duration::from_secs(900);

/// The longest that an invoice waits for the next question to the gateway. Again, a time further ahead was written
/// before the clock was set back.
pub const ASK_WAIT_MAX: std::time::Duration = std::time::Duration::from_secs(2 * 3600);

/// How long a fact that is being sent is ours; after a crash it is sent again when this has passed.
pub const FACT_LEASE: std::time::Duration = std::time::Duration::from_secs(60);

/// A connection to Telegram or the gateway that lay idle for so long is not used again. Servers close theirs, mostly
/// after 60 or 75 s, and a call that is sent just then gets no answer: nobody knows what it did.
pub const CONNECTION_IDLE_MAX: std::time::Duration = std::time::Duration::from_secs(20);

/// Rows of a table that are forgotten in one transaction, which takes some milliseconds. One transaction a second
/// forgets 7 million rows an hour.
pub const FORGOTTEN_AT_ONCE_MAX: i64 = 2_000;
