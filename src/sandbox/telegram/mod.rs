//! A strict Bot API server: one bot, its people and groups.

mod chats;
mod edit;
mod flood;
pub(super) mod html;
mod info;
mod keyboard;
mod params;
mod refusal;
mod send;
mod updates;
pub(super) mod webhook;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use serde_json::json;

use super::faults::{CallFault, FaultKind};
use super::world::{State, World};
use super::{Attachment, Call, CallbackAnswer, Group, Options, Person};
pub(super) use send::{mime_of, picture};

use params::Params;
use refusal::{Answer, Refusal};

/// The bot's name at this Telegram.
pub(super) const BOT_USERNAME: &str = "sandbox_shop_bot";

/// All that this Telegram knows.
pub(super) struct Telegram {
    pub bot_id: i64,
    pub people: BTreeMap<i64, Person>,
    pub groups: BTreeMap<i64, Group>,
    pub chats: BTreeMap<i64, chats::Chat>,
    pub files: HashMap<String, Attachment>,
    /// Pressed buttons and what the bot answered.
    pub callbacks: BTreeMap<String, Option<CallbackAnswer>>,
    pub updates: updates::Updates,
    pub webhook: webhook::Webhook,
    pub calls: Vec<Call>,
    commands: BTreeMap<String, serde_json::Value>,
    flood: flood::Flood,
    last_message_id: i64,
}

impl Telegram {
    pub fn new(options: &Options) -> Self {
        let bot_id = options.token.split(':').next().and_then(|id| id.parse().ok()).unwrap_or(1);
        let mut telegram = Telegram {
            bot_id,
            people: BTreeMap::new(),
            groups: BTreeMap::new(),
            chats: BTreeMap::new(),
            files: HashMap::new(),
            callbacks: BTreeMap::new(),
            updates: updates::Updates::new(),
            webhook: webhook::Webhook::default(),
            calls: Vec::new(),
            commands: BTreeMap::new(),
            flood: flood::Flood::default(),
            last_message_id: 0,
        };
        options.people.iter().cloned().for_each(|person| telegram.add_person(person));
        options.groups.iter().cloned().for_each(|group| telegram.add_group(group));
        telegram
    }

    pub fn add_person(&mut self, person: Person) {
        self.chats.entry(person.id).or_default();
        self.people.insert(person.id, person);
    }

    pub fn add_group(&mut self, group: Group) {
        self.chats.entry(group.id).or_default().started = true;
        self.groups.insert(group.id, group);
    }
}

/// Bot API and file downloads.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/bot{token}/{method}", web::to(serve))
        .route("/file/bot{token}/{path:.*}", web::get().to(info::download));
}

async fn serve(
    world: web::Data<World>,
    path: web::Path<(String, String)>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let (token, method) = path.into_inner();
    if token != world.options.token {
        return answer(Err(Refusal::plain(401, "Unauthorized")));
    }
    let method = method.to_ascii_lowercase();
    let read = Params::read(&request, payload).await;
    let chat = read.as_ref().ok().and_then(|params| params.number("chat_id"));
    let fault = world.change_quietly(|state| CallFault::take(&mut state.faults.telegram, &method));
    let result = match (refused_on_purpose(&fault), read) {
        (Some(refusal), _) | (None, Err(refusal)) => Err(refusal),
        (None, Ok(params)) if method == "getupdates" => updates::get(&world, &params).await,
        (None, Ok(params)) => world.change(|state| call(state, &method, &params)),
    };
    let lost = matches!(fault, Some(FaultKind::LostAnswer));
    let status = match &result {
        _ if lost => 0,
        Ok(_) => 200,
        Err(refusal) => refusal.status,
    };
    world.change(|state| {
        if let Err(refusal) = &result
            && refusal.ours
            && fault.is_none()
        {
            let place = chat.map(|chat| format!(" in chat {chat}")).unwrap_or_default();
            state.violations.push(format!("telegram {method}{place}: {}", refusal.description));
        }
        if method != "getupdates" {
            state.telegram.calls.push(Call { method, chat, at: Utc::now(), status });
        }
    });
    faulty(fault, result).await
}

/// Every method but `getUpdates`.
fn call(state: &mut State, method: &str, params: &Params) -> Answer {
    let limits = !state.faults.limits_off;
    let telegram = &mut state.telegram;
    match method {
        "getme" => Ok(telegram.me()),
        "setwebhook" => telegram.set_webhook(params),
        "deletewebhook" => telegram.delete_webhook(params),
        "getwebhookinfo" => Ok(telegram.webhook_info()),
        "setmycommands" => telegram.set_commands(params),
        "getmycommands" => telegram.commands(params),
        "deletemycommands" => telegram.delete_commands(params),
        "getchat" => telegram.chat_info(params),
        "getfile" => telegram.file_info(params),
        "sendchataction" => telegram.chat_action(params),
        "answercallbackquery" => telegram.answer_callback(params),
        "sendmessage" | "sendphoto" | "senddocument" | "sendsticker" | "copymessage" | "forwardmessage" => {
            telegram.send(method, params, limits)
        }
        "editmessagetext" | "editmessagecaption" | "editmessagemedia" | "editmessagereplymarkup" => {
            telegram.edit(method, params)
        }
        "deletemessage" => telegram.delete_message(params),
        "deletemessages" => telegram.delete_messages(params),
        _ => Err(Refusal { ours: true, ..Refusal::plain(404, "Not Found: method not found") }),
    }
}

fn refused_on_purpose(fault: &Option<FaultKind>) -> Option<Refusal> {
    match fault {
        Some(FaultKind::FloodWait { seconds }) => Some(Refusal::flood(*seconds, false)),
        Some(FaultKind::ServerError) => Some(Refusal::plain(500, "Internal Server Error")),
        Some(FaultKind::BadGateway) => Some(Refusal::plain(502, "Bad Gateway")),
        Some(FaultKind::Refuse { status, description }) => Some(Refusal::plain(*status, description)),
        _ => None,
    }
}

async fn faulty(fault: Option<FaultKind>, result: Answer) -> HttpResponse {
    match fault {
        Some(FaultKind::BadGateway | FaultKind::LostAnswerBadGateway) => bad_gateway(),
        Some(FaultKind::LostAnswer) => cut_off(),
        Some(FaultKind::Stall { seconds }) => {
            actix_web::rt::time::sleep(Duration::from_secs(seconds)).await;
            answer(result)
        }
        _ => answer(result),
    }
}

fn answer(result: Answer) -> HttpResponse {
    match result {
        Ok(value) => HttpResponse::Ok().json(json!({"ok": true, "result": value})),
        Err(refusal) => {
            let status = actix_web::http::StatusCode::from_u16(refusal.status);
            HttpResponse::build(status.unwrap_or_default()).json(refusal.body())
        }
    }
}

/// The page that a proxy shows when nobody is behind it.
pub(super) fn bad_gateway() -> HttpResponse {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1>\
                </center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
    HttpResponse::BadGateway().content_type("text/html").body(page)
}

/// An answer that breaks off before its end.
pub(super) fn cut_off() -> HttpResponse {
    let broken = actix_web::error::ErrorInternalServerError("connection lost on purpose");
    HttpResponse::Ok().streaming(futures_util::stream::iter([Err::<web::Bytes, _>(broken)]))
}

#[cfg(test)]
mod tests;
