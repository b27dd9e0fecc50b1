//! The parameters of a call, however they came: query string, JSON, form or multipart.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, error, web};
use futures_util::TryStreamExt;
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// The largest upload a bot may send.
const MAX_BODY: usize = 52 * 1024 * 1024;

struct Part {
    file_name: Option<String>,
    bytes: Vec<u8>,
}

/// Named parameters; values may be JSON or strings that hold JSON.
#[derive(Default)]
pub(super) struct Params {
    fields: Map<String, Value>,
    parts: HashMap<String, Part>,
}

/// What a file parameter holds.
pub(super) enum FileParam {
    Upload { name: String, bytes: Vec<u8> },
    Id(String),
}

impl Params {
    pub async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Self, Refusal> {
        Self::collect(request, payload).await.map_err(|error| match error.as_response_error().status_code() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Refusal { ours: true, ..Refusal::plain(413, "Request Entity Too Large") }
            }
            _ => Refusal::bug("can't parse the request's body"),
        })
    }

    async fn collect(request: &HttpRequest, payload: web::Payload) -> actix_web::Result<Self> {
        let mut params = Params::default();
        params.form(request.query_string());
        let header = request.headers().get("content-type").and_then(|value| value.to_str().ok());
        let content_type = header.unwrap_or_default().to_ascii_lowercase();
        if content_type.starts_with("multipart/form-data") {
            params.multipart(request, payload).await?;
            return Ok(params);
        }
        let body = payload.to_bytes_limited(MAX_BODY).await.map_err(error::ErrorPayloadTooLarge)??;
        if content_type.starts_with("application/json") && !body.is_empty() {
            let object: Map<String, Value> = serde_json::from_slice(&body)?;
            params.fields.extend(object);
        } else if content_type.starts_with("application/x-www-form-urlencoded") {
            params.form(&String::from_utf8_lossy(&body));
        }
        Ok(params)
    }

    fn form(&mut self, encoded: &str) {
        let pairs = web::Query::<HashMap<String, String>>::from_query(encoded);
        let pairs = pairs.map(web::Query::into_inner).unwrap_or_default();
        self.fields.extend(pairs.into_iter().map(|(name, value)| (name, Value::String(value))));
    }

    async fn multipart(&mut self, request: &HttpRequest, payload: web::Payload) -> actix_web::Result<()> {
        let mut form = actix_multipart::Multipart::new(request.headers(), payload);
        while let Some(mut field) = form.try_next().await? {
            let name = field.name().unwrap_or_default().to_owned();
            let file_name =
                field.content_disposition().and_then(|head| head.get_filename()).map(str::to_owned);
            let mut bytes = Vec::new();
            while let Some(chunk) = field.try_next().await? {
                if bytes.len() + chunk.len() > MAX_BODY {
                    return Err(error::ErrorPayloadTooLarge("Request Entity Too Large"));
                }
                bytes.extend_from_slice(&chunk);
            }
            if file_name.is_some() {
                self.parts.insert(name, Part { file_name, bytes });
            } else {
                let text = String::from_utf8(bytes).map_err(error::ErrorBadRequest)?;
                self.fields.insert(name, Value::String(text));
            }
        }
        Ok(())
    }

    pub fn text(&self, name: &str) -> Option<String> {
        match self.fields.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.trim().parse().ok()
    }

    pub fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "yes"))
    }

    /// A structured value; `what` names it in the refusal.
    pub fn json(&self, name: &str, what: &str) -> Result<Option<Value>, Refusal> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text)
                .map(Some)
                .map_err(|_| Refusal::bug(format!("can't parse {what} JSON object"))),
            Some(value) => Ok(Some(value.clone())),
        }
    }

    pub fn required(&self, name: &str, words: &str) -> Result<i64, Refusal> {
        self.number(name).ok_or_else(|| Refusal::bug(words))
    }

    /// The file in `name`: uploaded in its own part, attached elsewhere, or known by id.
    pub fn file(&self, name: &str) -> Option<FileParam> {
        match self.parts.get(name) {
            Some(part) => Some(part.upload()),
            None => self.attached(&self.text(name)?),
        }
    }

    /// What `attach://…` or a file id stands for.
    pub fn attached(&self, value: &str) -> Option<FileParam> {
        match value.strip_prefix("attach://") {
            Some(part) => self.parts.get(part).map(Part::upload),
            None => Some(FileParam::Id(value.to_owned())).filter(|_| !value.is_empty()),
        }
    }
}

impl Part {
    fn upload(&self) -> FileParam {
        let name = self.file_name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| "file".into());
        FileParam::Upload { name, bytes: self.bytes.clone() }
    }
}
