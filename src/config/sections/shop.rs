//! The shop as its customers and staff meet it.

use crate::config::key::{Clash, Rule, section};
use crate::rules::{money::Rupiah, people::Language};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use std::time::Duration;
use url::Url;

section! {
    /// The shop itself.
    pub struct Shop at "shop" {
        /// Short name for machines: it marks this shop's rows in the database and its log folder.
        /// Never change it once there are orders.
        id: String = "main", must SLUG;
        /// Name that customers see.
        name: String = "QuickCart", must FILLED, also STORE_NAME;
        /// Time zone of all dates that people see and of the log, as in the IANA list.
        timezone: Tz = "Asia/Jakarta";
        /// Language of customers who chose none and whose Telegram names none: `id` or `en`.
        language: Language = "id";
        /// Page about the shop that the welcome links to.
        documentation_url: Option<Url> = unset, like "https://shop.example/how-to-buy";
        /// Telegram file id of a sticker sent before the welcome.
        welcome_sticker: Option<String> = unset, like "CAACAgUAAxkBAAEB";
    }
}

section! {
    /// Paying for an order or a deposit by QRIS.
    pub struct Payment at "payment", fits payment_fits {
        /// How long an invoice can be paid and its units stay reserved, or the gateway's own time where that is
        /// sooner.
        expiry: Duration = "10m", in "1s"..="24h", also PAYMENT_EXPIRY_MINUTES;
        /// How often the gateway is asked about an open invoice whose callback has not come; backs off from there. The
        /// shop looks once a second, and asks about one payment at most every 4 s. A smaller `expiry` makes the
        /// default smaller.
        poll_interval: Duration = "20s" within expiry, in "100ms"..="10m";
        /// How long an expired or cancelled invoice is still asked for, since a QR picture can be paid late.
        late_window: Duration = "24h", in "0s"..="30d";
        /// Whether late money that goes to the balance is credited without the gateway's fee (`true`) or in full.
        late_credit_keeps_fee: bool = true;
        /// Share of the gateway's fee, in percent, for the estimate before the invoice is made.
        fee_percent: Decimal = 0.7, in 0..=100;
        /// Flat part of the gateway's fee, in rupiah, for the same estimate.
        fee_flat: Rupiah = 310, in 0..=100000;
        /// Smallest total that QRIS takes, in rupiah. The gateway refuses less than 500.
        min_total: Rupiah = 500, in 500..=1000000;
        /// How many orders a customer may have open at once.
        open_orders_per_customer: u32 = 1, in 1..=20;
        /// How many orders of a customer may expire within an hour before the next reservation has to wait.
        expired_orders_before_cooldown: u32 = 3, in 1..=100;
        /// How long it then waits.
        cooldown: Duration = "15m", in "0s"..="24h";
        /// After how many failures of the gateway in a row the owner is alerted.
        gateway_failures_before_alert: u32 = 3, in 1..=100;
    }
}

section! {
    /// Filling up the balance. Amounts in rupiah.
    pub struct Deposit at "deposit", fits deposit_fits {
        /// Smallest deposit.
        min: Rupiah = 10000, in 500..=1000000000;
        /// Largest deposit.
        max: Rupiah = 10000000, in 500..=1000000000;
        /// Amounts offered as buttons.
        presets: Vec<Rupiah> = "10000, 25000, 50000, 100000, 250000, 500000";
    }
}

section! {
    /// Lists, cards and deliveries.
    pub struct Catalogue at "catalogue" {
        /// Products on one page of a list.
        page_size: u32 = 10, in 1..=50;
        /// Staff are told once when a product's free units fall to this number; restocking arms it again.
        low_stock_threshold: u32 = 10, in 0..=1000000;
        /// An order of more units than this arrives as a `.txt` document instead of messages, which hold no more than 40:
        /// Telegram formats 100 pieces of a message and leaves the rest plain.
        txt_document_above_units: u32 = 10, in 1..=40;
        /// Discount of resellers on products without a reseller price of their own, in percent.
        reseller_discount_percent: Decimal = 0, in 0..=100;
    }
}

section! {
    /// A customer's place in the menus. The cart is kept until it is ordered or emptied.
    pub struct Session at "session" {
        /// After how long it lapses once nothing changes it any more.
        ttl: Duration = "24h", in "5m"..="72h";
    }
}

section! {
    /// Messages to staff.
    pub struct Notices at "notices" {
        /// Under load, notices to staff are put together into one message for this long.
        staff_batch: Duration = "10s", in "0s"..="10m";
    }
}

section! {
    /// What one customer may ask for. The surplus is dropped with a short answer.
    pub struct Limits at "limits" {
        /// Commands and presses of one customer in a minute.
        commands_per_minute: u32 = 60, in 1..=10000;
        /// Presses of the Status button for one order in a minute: each one asks the gateway.
        status_checks_per_minute: u32 = 5, in 1..=100;
        /// QRs that one customer may ask for within an hour and leave unpaid. The gateway makes about two a second, for all
        /// customers together, and is asked for a day whether an old one was paid after all.
        unpaid_invoices_per_hour: u32 = 10, in 1..=10000;
    }
}

const SLUG: Rule = Rule {
    says: "is not 1 to 32 characters of a-z, 0-9 and -, beginning with a letter or digit",
    holds: |text| {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=32).contains(&text.len()) && text.chars().all(allowed) && !text.starts_with('-')
    },
};

const FILLED: Rule = Rule { says: "is blank", holds: |text| !text.trim().is_empty() };

fn payment_fits(payment: &Payment) -> Vec<Clash> {
    let clash = || Clash {
        path: "payment.poll_interval",
        fault: "is longer than payment.expiry, so nothing would be asked in time".into(),
        right: "20s".into(),
    };
    (payment.poll_interval > payment.expiry).then(clash).into_iter().collect()
}

fn deposit_fits(deposit: &Deposit) -> Vec<Clash> {
    let Deposit { min: Rupiah(min), max: Rupiah(max), presets } = deposit;
    if min > max {
        let fault = format!("is {min}, more than deposit.max of {max}");
        return vec![Clash { path: "deposit.min", fault, right: max.to_string() }];
    }
    let outside = presets.iter().find(|Rupiah(preset)| !(min..=max).contains(&preset));
    let clash = |Rupiah(preset): &Rupiah| Clash {
        path: "deposit.presets",
        fault: format!("has {preset}, outside deposit.min and deposit.max"),
        right: format!("{min}, {max}"),
    };
    outside.map(clash).into_iter().collect()
}
