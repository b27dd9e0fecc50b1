//! Who somebody is to the shop.

use super::ids::{ChatId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The languages the shop speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    Id,
    En,
}

impl Language {
    /// From a language code such as `en-US`; Malay and Javanese readers are better off with Indonesian; for any other
    /// language the shop speaks English.
    pub fn from_code(code: &str) -> Self {
        match code.split(['-', '_']).next().unwrap_or_default() {
            "id" | "in" | "ms" | "jv" | "su" => Self::Id,
            _ => Self::En,
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::En => "en",
        }
    }
}

/// What a person may do in a shop. One person may hold several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Roles {
    pub reseller: bool,
    pub admin: bool,
    pub owner: bool,
}

impl Roles {
    /// Whether admin commands exist for this person.
    pub fn is_staff(self) -> bool {
        self.admin || self.owner
    }
}

/// One of the roles, to be given or taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    Reseller,
    Admin,
    Owner,
}

impl Role {
    /// The word kept in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reseller => "reseller",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

/// A person as the shop knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub user: UserId,
    /// Where they are reached: their private chat.
    pub chat: ChatId,
    pub username: Option<String>,
    /// The name they gave, else the front end's, else empty (shown as "Anonymous").
    pub name: String,
    pub whatsapp: Option<String>,
    pub email: Option<String>,
    /// Chosen by them; until then by the front end's language code.
    pub language: Language,
    /// Six digits, unique, given at first contact; for bank transfers and support.
    pub bank_id: String,
    pub roles: Roles,
    pub banned: bool,
    /// Whether the questions of the first visit were answered or skipped.
    pub onboarded: bool,
    pub joined_at: DateTime<Utc>,
}

/// One detail of a profile that its person may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProfileChange {
    Name(String),
    Whatsapp(Option<String>),
    Email(Option<String>),
    Language(Language),
    Onboarded,
}

/// How staff name a person: `123456789`, `@username` or a six-digit bank id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserRef {
    Chat(ChatId),
    Username(String),
    BankId(String),
}

impl UserRef {
    /// `None` if the text names nobody. Six digits are a bank id: no front end hands out ids that short today.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(name) = text.strip_prefix('@') {
            let fits = (4..=32).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            return fits.then(|| Self::Username(name.to_lowercase()));
        }
        if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Some(Self::BankId(text.to_owned()));
        }
        text.parse().ok().filter(|id| *id > 0).map(|id| Self::Chat(ChatId(id)))
    }
}
