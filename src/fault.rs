//! Faults: what nobody planned. Which kind to use where:
//!
//! - an expected ending (sold out, too little balance) is a variant of the answer, never a fault;
//! - a fault of ours or of the outside is a [`Fault`]: a [`Code`] with the detail an operator needs;
//! - a customer never sees either: they get a sentence from `text`.
//!
//! Each code has its cause and remedy in `docs/FAULTS.md` under its name.

use std::fmt;

/// Something went wrong that an operator should be able to act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub code: Code,
    /// What exactly, with names and numbers, never with secrets or goods.
    pub detail: String,
}

impl Fault {
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} What to do: {}", self.code.name(), self.detail, self.code.remedy())
    }
}

impl std::error::Error for Fault {}

/// Whether repeating the same thing may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    Later,
    Never,
}

/// Defines the codes once: name, remedy, and whether a repeat may help.
macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident, $name:literal, $retry:ident, $remedy:literal;)+) => {
        /// Every kind of fault there is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $code,)+ }

        impl Code {
            pub const ALL: &[Self] = &[$(Self::$code,)+];

            /// The name in logs, metrics and `docs/FAULTS.md`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)+ }
            }

            /// What the operator should do.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$code => $remedy,)+ }
            }

            pub fn retry(self) -> Retry {
                match self { $(Self::$code => Retry::$retry,)+ }
            }
        }
    };
}

codes! {
    /// A key of the configuration is missing, unknown or wrong.
    ConfigInvalid, "config-invalid", Never, "correct the key named above; `quickcart config check` shows all problems.";
    /// The database cannot be reached.
    DatabaseDown, "database-down", Later, "check that the database runs and that database.url and its password are right.";
    /// All connections to the database are in use.
    DatabaseBusy, "database-busy", Later, "find what slows the database; on PostgreSQL database.pool_size may be raised.";
    /// SQLite's file is held by a process that does not come to the end of its write.
    DatabaseLocked, "database-locked", Later, "find out which process has the database file open and does not move (`fuser` names them), and end it.";
    /// A statement failed in a way the code did not expect.
    DatabaseRefused, "database-refused", Never, "this is a defect of QuickCart or of the data: keep the log and report it.";
    /// Two writers met on the same rows; nothing was written.
    DatabaseConflict, "database-conflict", Later, "none: it is asked again. If it is frequent, look for a second process on this shop.";
    /// The database was written by a newer QuickCart.
    DatabaseTooNew, "database-too-new", Never, "run the QuickCart version that migrated it, or a newer one.";
    /// The database was written by an older QuickCart.
    DatabaseTooOld, "database-too-old", Never, "run `quickcart migrate`, or start the shop, which does it too; make a backup first.";
    /// A database that should be there is not.
    DatabaseMissing, "database-missing", Never, "correct the address, make the database, or restore both from the same backup.";
    /// Nothing was ever started where the databases are looked for.
    NoShopYet, "no-shop-yet", Never, "check database.url and database.audit_url; if they are right, `quickcart run` makes all of it.";
    /// The database has shops, but not this one.
    ShopUnknown, "shop-unknown", Never, "set shop.id, or database.url, to the shop that you mean; a new shop is made by `quickcart run`.";
    /// Another process runs this shop.
    LeaseHeld, "lease-held", Later, "stop the other process first, or give this one another shop.id.";
    /// This process lost its lease to another one and must not write.
    LeaseLost, "lease-lost", Never, "find out why two processes ran the same shop; this one has stopped itself.";
    /// `quickcart verify` found rows that break a rule.
    BooksBroken, "books-broken", Never, "keep a copy of both databases and report the rows named above; the shop may go on.";
    /// The encryption key does not fit the stored goods.
    KeyMismatch, "key-mismatch", Never, "set ENCRYPTION_KEY (or the key file) to the key that the goods were stored with.";
    /// Stored goods could not be decrypted.
    GoodsUnreadable, "goods-unreadable", Never, "restore the encryption key or the row from a backup; the bytes do not open.";
    /// Telegram refuses the token.
    TelegramToken, "telegram-token", Never, "take the token from @BotFather again and set TELEGRAM_BOT_TOKEN.";
    /// Telegram cannot be reached or answers with faults.
    TelegramDown, "telegram-down", Later, "check the network and telegram.api_url; sending goes on by itself afterwards.";
    /// Telegram refused a message as malformed.
    TelegramRefused, "telegram-refused", Never, "this is a defect of QuickCart or of an edited text: keep the log and report it.";
    /// Telegram cannot deliver to the webhook.
    WebhookUnreachable, "webhook-unreachable", Later, "check that the address leads here from outside, with TLS, through the proxy to http.bind.";
    /// Another program polls with the same token.
    TelegramConflict, "telegram-conflict", Later, "stop the other program that uses this bot token, or remove its webhook.";
    /// The gateway cannot be reached or answers with faults.
    GatewayDown, "gateway-down", Later, "check the network, pakasir.base_url and the gateway's status page.";
    /// The gateway refuses our project or key.
    GatewayRefused, "gateway-refused", Never, "check PAKASIR_PROJECT_SLUG and PAKASIR_API_KEY in the Pakasir dashboard.";
    /// The gateway contradicts what was stored.
    GatewayMismatch, "gateway-mismatch", Never, "compare the invoice with the gateway's dashboard; nothing was delivered on it.";
    /// A payment arrived for an order that was paid already.
    PaidTwice, "paid-twice", Never, "the second amount went to the customer's balance; check the gateway's dashboard.";
    /// An actor is full.
    Busy, "busy", Later, "raise the actor's mailbox or find what slows it: see quickcart_mailbox_depth.";
    /// An actor died while working on a request; it has been rebuilt.
    ActorDied, "actor-died", Later, "look for the panic just above in the log and report it.";
    /// An update killed its session several times, or was refused by the database, and was set aside.
    UpdateSetAside, "update-set-aside", Never, "look for the panic or refusal just above in the log and report it.";
    /// The web server could not take its address.
    HttpBind, "http-bind", Never, "choose a free address for http.bind, or stop what uses it.";
    /// The running shop was asked for a sign of life and gave none.
    ShopSilent, "shop-silent", Later, "start the shop, or look at its log; http.bind and http.base_path must be those it runs with.";
    /// The log folder cannot be written.
    LogUnwritable, "log-unwritable", Never, "make log.dir writable for this user, or choose another folder.";
    /// A file that the shop needs cannot be read or written.
    FileUnusable, "file-unusable", Never, "check the path, its owner and its permissions.";
}
