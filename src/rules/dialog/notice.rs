//! What is said in passing, as data. `text` puts it into words.

use crate::rules::money::Rupiah;

/// A short line: a toast over the chat when a button was pressed, else a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Too much is going on; the same press works in a moment.
    Busy,
    /// Something broke; nothing was done or charged.
    TryAgain,
    /// The button is from an older view; here is a fresh one.
    OldButton,
    TooFew {
        name: String,
        left: u32,
    },
    OutsideLimits {
        name: String,
        min: u32,
        max: u32,
    },
    NoSuchProduct,
    CartEmpty,
    AddedToCart {
        name: String,
        quantity: u32,
    },
    RemovedFromCart {
        name: String,
    },
    CartEmptied,
    CoolDown {
        minutes: i64,
    },
    TooMuch,
    /// So many different products are in the cart that no other fits.
    CartFull {
        max: usize,
    },
    /// The total is too small for QRIS.
    BelowMinimum {
        minimum: Rupiah,
    },
    /// Several QRs were asked for within the hour and left unpaid.
    TooManyUnpaid,
    StillUnpaid,
    AlreadyPaid,
    /// Status was asked too often.
    Slowly {
        seconds: i64,
    },
    Cancelled {
        code: String,
    },
    GoodsSentAgain,
    WillNotify {
        name: String,
    },
    LanguageSet,
    Banned,
    /// A text that is nothing the shop can answer, such as a sticker.
    NotUnderstood,
    /// The open question is answered by a text.
    TextWanted,
    /// The message to the staff is a text or a photo.
    TextOrPhotoWanted,
    /// A button in a group, pressed by somebody else.
    StaffOnly,
    /// A button in a group that leads to somebody's own things.
    InPrivate,
    /// A second tap on the button that had a QR made.
    QrOnItsWay,
}
