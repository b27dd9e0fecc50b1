//! What is done once at the start, by staff, or now and then: identity, webhook, command list, files.

use super::Telegram;
use super::faults::Trouble;
use super::polling::ALLOWED;
use crate::fault::Fault;
use crate::ports::SendFault;
use crate::rules::ids::ChatId;
use crate::rules::people::Language;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::json;
use teloxide_core::payloads::setters::*;
use teloxide_core::payloads::{DeleteWebhook, GetFile, GetMe, GetWebhookInfo, SetMyCommands};
use teloxide_core::types::{BotCommand, BotCommandScope, FileId};

/// Who the bot is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Me {
    /// Without the `@`.
    pub username: String,
}

/// How the webhook fares.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WebhookInfo {
    /// Empty when none is set.
    pub url: String,
    /// Updates that wait for us.
    #[serde(rename = "pending_update_count", default)]
    pub pending: u64,
    #[serde(rename = "last_error_message")]
    pub last_error: Option<String>,
    /// Unix seconds.
    #[serde(rename = "last_error_date")]
    pub last_error_at: Option<i64>,
}

#[derive(Deserialize)]
struct StoredFile {
    file_path: Option<String>,
    file_size: Option<u64>,
}

impl Telegram {
    /// Asks who the bot is, and with that whether token and address are right.
    ///
    /// # Errors
    /// `telegram-token` if Telegram refuses the token, `telegram-down` if it does not answer.
    pub async fn me(&self) -> Result<Me, Fault> {
        Ok(self.wire.call(&GetMe::new()).await?)
    }

    /// Lets Telegram push updates to `url`, each with `secret` in its header. Polling ends with that.
    pub async fn set_webhook(&self, url: &str, secret: &str) -> Result<(), Fault> {
        let parameters = json!({ "url": url, "secret_token": secret, "allowed_updates": ALLOWED });
        let _: IgnoredAny = self.wire.ask("setWebhook", &parameters, self.wire.patience().call).await?;
        Ok(())
    }

    /// Polling is only possible without a webhook. Updates that wait are kept.
    pub async fn delete_webhook(&self) -> Result<(), Fault> {
        let _: IgnoredAny = self.wire.call(&DeleteWebhook::new()).await?;
        Ok(())
    }

    pub async fn webhook_info(&self) -> Result<WebhookInfo, Fault> {
        Ok(self.wire.call(&GetWebhookInfo::new()).await?)
    }

    /// Sets the list of commands (without slash, and description) that people see: for readers of one
    /// language or all, for one chat or everybody.
    pub async fn set_commands(
        &self,
        commands: &[(&str, &str)],
        language: Option<Language>,
        chat: Option<ChatId>,
    ) -> Result<(), Fault> {
        let scope = match chat {
            Some(chat) => BotCommandScope::Chat { chat_id: super::recipient(chat).into() },
            None => BotCommandScope::Default,
        };
        let commands = commands.iter().map(|(name, about)| BotCommand::new(*name, *about));
        let mut payload = SetMyCommands::new(commands).scope(scope);
        payload.language_code = language.map(|language| language.code().to_owned());
        let _: IgnoredAny = self.wire.call(&payload).await?;
        Ok(())
    }

    /// Fetches a file that somebody sent. Telegram itself gives bots no more than 20 MB.
    ///
    /// # Errors
    /// `Refused` if it is larger than `max_bytes` or not to be had.
    pub async fn file(&self, file_id: &str, max_bytes: usize) -> Result<Vec<u8>, SendFault> {
        let stored: StoredFile = self.wire.call(&GetFile::new(FileId(file_id.to_owned()))).await?;
        if stored.file_size.is_some_and(|size| size > max_bytes as u64) {
            return Err(SendFault::Refused(format!("the file is larger than {max_bytes} bytes")));
        }
        let path = stored.file_path.ok_or_else(|| Trouble::Down("Telegram gave no file path".into()))?;
        Ok(self.wire.download(&path, max_bytes).await?)
    }
}
