//! Calls to the Bot API over HTTP: the payloads are teloxide's, the transport is ours, because
//! teloxide's sleeps 10 s inside a call on every 5xx and takes a sent message for a failure when it
//! does not know all of Telegram's answer.

use super::faults::{Refusal, Trouble};
use crate::adapters::{Unread, body, reason};
use crate::fault::{Code, Fault};
use crate::limits::CONNECTION_IDLE_MAX;
use reqwest::{Client, RequestBuilder, StatusCode, Url, multipart, redirect};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::Duration;
use teloxide_core::requests::Payload;

/// How long each kind of call may take, all in all.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    pub call: Duration,
    /// Calls that bring a file.
    pub file: Duration,
    /// Fetching a file, for which a session waits.
    pub download: Duration,
}

impl Patience {
    /// Telegram usually answers within 0.1 s. A call given up too early may be sent twice.
    pub const USUAL: Self = Self {
        call: Duration::from_secs(10),
        file: Duration::from_secs(60),
        download: Duration::from_secs(15),
    };
}

/// How long connecting may take: our host and Telegram's are never further apart than this.
const CONNECT: Duration = Duration::from_secs(5);
/// The largest answer: a hundred updates, each an answer to another message, with long texts in escapes of six bytes.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The way to the Bot API. It holds the token and is therefore not printable.
pub(super) struct Wire {
    client: Client,
    api: Url,
    token: String,
    patience: Patience,
}

/// What every answer is wrapped in.
#[derive(Deserialize)]
struct Answer<T> {
    ok: bool,
    result: Option<T>,
    error_code: Option<u16>,
    description: Option<String>,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

impl Wire {
    pub fn new(token: &str, api_url: &str, patience: Patience) -> Result<Self, Fault> {
        if !looks_like_a_token(token) {
            let detail = "the bot token does not look like one (it should be like 123456789:AAE…).";
            return Err(Fault::new(Code::TelegramToken, detail));
        }
        let api = Url::parse(api_url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let api = api.ok_or_else(|| {
            let detail = "telegram.api_url is not an address such as https://api.telegram.org.";
            Fault::new(Code::ConfigInvalid, detail)
        })?;
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .pool_idle_timeout(CONNECTION_IDLE_MAX)
            // A redirect would carry the token to whoever it names.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| Fault::new(Code::TelegramDown, format!("{}.", reason(error))))?;
        Ok(Self { client, api, token: token.to_owned(), patience })
    }

    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// Makes a call that moves no file.
    pub async fn call<P, T>(&self, payload: &P) -> Result<T, Trouble>
    where
        P: Payload + Serialize,
        T: DeserializeOwned,
    {
        self.ask(P::NAME, payload, self.patience.call).await
    }

    /// Makes a call by name, with parameters of our own.
    pub async fn ask<T>(
        &self,
        method: &str,
        parameters: &impl Serialize,
        timeout: Duration,
    ) -> Result<T, Trouble>
    where
        T: DeserializeOwned,
    {
        answer(self.client.post(self.method(method)).json(parameters).timeout(timeout)).await
    }

    /// Makes a call whose parameter `field` is a file of ours; whatever the payload says there is ignored.
    pub async fn upload<P, T>(
        &self,
        payload: &P,
        field: &'static str,
        name: &str,
        content: &[u8],
    ) -> Result<T, Trouble>
    where
        P: Payload + Serialize,
        T: DeserializeOwned,
    {
        let parameters = serde_json::to_value(payload).map_err(|error| Trouble::Down(error.to_string()))?;
        let mut form = multipart::Form::new();
        for (key, value) in parameters.as_object().into_iter().flatten().filter(|(key, _)| *key != field) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            form = form.text(key.clone(), text);
        }
        form = form.part(field, multipart::Part::bytes(content.to_vec()).file_name(name.to_owned()));
        answer(self.client.post(self.method(P::NAME)).multipart(form).timeout(self.patience.file)).await
    }

    /// Fetches a stored file by the path that `getFile` gave.
    pub async fn download(&self, path: &str, max_bytes: usize) -> Result<Vec<u8>, Trouble> {
        let bot = format!("bot{}", self.token);
        let url = self.address(["file", &bot].into_iter().chain(path.split('/')));
        let sent = self.client.get(url).timeout(self.patience.download).send().await;
        let response = sent.map_err(|error| Trouble::Down(reason(error)))?;
        match response.status() {
            StatusCode::OK => match body(response, max_bytes).await {
                Ok(bytes) => Ok(bytes),
                Err(Unread::TooLong) => {
                    Err(refused(413, format!("the file is larger than {max_bytes} bytes")))
                }
                Err(Unread::Broken(why)) => Err(Trouble::Down(why)),
            },
            StatusCode::NOT_FOUND => Err(refused(400, "the file is not there any more".into())),
            status => Err(Trouble::Down(format!("HTTP {status} instead of a file"))),
        }
    }

    fn method(&self, name: &str) -> Url {
        self.address([format!("bot{}", self.token).as_str(), name])
    }

    fn address<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.api.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

/// Sends a call and takes its answer apart.
async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Trouble> {
    let response = request.send().await.map_err(|error| Trouble::Down(reason(error)))?;
    let status = response.status();
    let bytes = body(response, ANSWER_BYTES_MAX).await.map_err(|unread| match unread {
        Unread::TooLong => Trouble::Down(format!("HTTP {status} with an endless answer")),
        Unread::Broken(why) => Trouble::Down(why),
    })?;
    let answer: Answer<T> = match serde_json::from_slice(&bytes) {
        Ok(answer) => answer,
        // A proxy's page, not Telegram: the file stays too large however often it is sent.
        Err(_) if status == StatusCode::PAYLOAD_TOO_LARGE => {
            return Err(refused(413, "the file is too large".into()));
        }
        Err(_) => return Err(Trouble::Down(format!("HTTP {status} with an answer that is not Telegram's"))),
    };
    match answer.result {
        Some(result) if answer.ok => Ok(result),
        _ if answer.ok => Err(Trouble::Down("Telegram answered without a result".into())),
        _ => Err(Trouble::Refused(Refusal {
            code: answer.error_code.unwrap_or(status.as_u16()),
            description: answer.description.unwrap_or_default(),
            retry_after_seconds: answer.parameters.as_ref().and_then(|with| with.retry_after),
            migrate_to: answer.parameters.as_ref().and_then(|with| with.migrate_to_chat_id),
        })),
    }
}

fn refused(code: u16, description: String) -> Trouble {
    Trouble::Refused(Refusal { code, description, retry_after_seconds: None, migrate_to: None })
}

/// Digits, a colon, and letters that need no escaping in a path.
fn looks_like_a_token(token: &str) -> bool {
    let Some((id, secret)) = token.split_once(':') else { return false };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    !id.is_empty()
        && id.bytes().all(|byte| byte.is_ascii_digit())
        && !secret.is_empty()
        && secret.bytes().all(plain)
}
