//! The small methods: who am I, commands, chats, files, actions, pressed buttons.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::Telegram;
use super::chats::is_supergroup;
use super::params::Params;
use super::refusal::{Answer, Refusal};
use crate::sandbox::CallbackAnswer;
use crate::sandbox::world::World;

const MAX_TOAST: usize = 200;
const MAX_COMMANDS: usize = 100;

impl Telegram {
    pub(super) fn me(&self) -> Value {
        let mut me = self.bot_json();
        me["can_join_groups"] = json!(true);
        for name in [
            "can_read_all_group_messages",
            "supports_inline_queries",
            "can_connect_to_business",
            "has_main_web_app",
            "has_topics_enabled",
        ] {
            me[name] = json!(false);
        }
        me
    }

    pub(super) fn set_commands(&mut self, params: &Params) -> Answer {
        let list = params.json("commands", "commands")?.unwrap_or_default();
        let commands = list.as_array().ok_or_else(|| Refusal::bug("can't parse commands JSON object"))?;
        let good = |command: &Value| {
            let name = command["command"].as_str().unwrap_or_default();
            let described = command["description"].as_str().unwrap_or_default().chars().count();
            let letters =
                |symbol: char| symbol.is_ascii_lowercase() || symbol.is_ascii_digit() || symbol == '_';
            (1..=32).contains(&name.len()) && name.chars().all(letters) && (1..=256).contains(&described)
        };
        if let Some(bad) = commands.iter().find(|command| !good(command)) {
            return Err(Refusal::bug(format!("BOT_COMMAND_INVALID: {bad}")));
        }
        if commands.len() > MAX_COMMANDS {
            return Err(Refusal::bug("BOT_COMMANDS_TOO_MUCH"));
        }
        let scope = self.scope(params)?;
        self.commands.insert(scope, list);
        Ok(json!(true))
    }

    pub(super) fn commands(&mut self, params: &Params) -> Answer {
        let scope = self.scope(params)?;
        Ok(self.commands.get(&scope).cloned().unwrap_or_else(|| json!([])))
    }

    pub(super) fn delete_commands(&mut self, params: &Params) -> Answer {
        let scope = self.scope(params)?;
        self.commands.remove(&scope);
        Ok(json!(true))
    }

    /// Scope and language as one key. A chat's own scope needs that chat.
    fn scope(&mut self, params: &Params) -> Result<String, Refusal> {
        let scope = params.json("scope", "scope")?.unwrap_or(json!({"type": "default"}));
        if let Some(chat) = scope["chat_id"].as_i64() {
            self.open_chat(chat)?;
        }
        Ok(format!("{scope} {}", params.text("language_code").unwrap_or_default()))
    }

    pub(super) fn chat_info(&mut self, params: &Params) -> Answer {
        let chat = params.required("chat_id", "chat_id is empty")?;
        if !self.chats.get(&chat).is_some_and(|found| found.started) {
            return Err(Refusal::life("chat not found"));
        }
        let mut info = self.chat_json(chat);
        info["accent_color_id"] = json!(0);
        info["max_reaction_count"] = json!(11);
        info["accepted_gift_types"] = json!({
            "unlimited_gifts": true, "limited_gifts": true, "unique_gifts": true,
            "premium_subscription": true, "gifts_from_channels": true,
        });
        if is_supergroup(chat) {
            info["permissions"] = json!({"can_send_messages": true});
        }
        Ok(info)
    }

    pub(super) fn file_info(&self, params: &Params) -> Answer {
        let id = params.text("file_id").unwrap_or_default();
        let file = self.files.get(&id).ok_or_else(|| Refusal::bug("invalid file_id"))?;
        Ok(json!({
            "file_id": file.file_id, "file_unique_id": format!("u{}", file.file_id),
            "file_size": file.bytes.len(), "file_path": format!("files/{}", file.file_id),
        }))
    }

    pub(super) fn chat_action(&mut self, params: &Params) -> Answer {
        const ACTIONS: [&str; 11] = [
            "typing",
            "upload_photo",
            "record_video",
            "upload_video",
            "record_voice",
            "upload_voice",
            "upload_document",
            "choose_sticker",
            "find_location",
            "record_video_note",
            "upload_video_note",
        ];
        let chat = params.required("chat_id", "chat_id is empty")?;
        self.open_chat(chat)?;
        match ACTIONS.contains(&params.text("action").unwrap_or_default().as_str()) {
            true => Ok(json!(true)),
            false => Err(Refusal::bug("wrong parameter action in request")),
        }
    }

    /// The first answer counts; a second is taken without a word.
    pub(super) fn answer_callback(&mut self, params: &Params) -> Answer {
        let id = params.text("callback_query_id").unwrap_or_default();
        let text = params.text("text").filter(|text| !text.is_empty());
        if text.as_ref().is_some_and(|text| text.chars().count() > MAX_TOAST) {
            return Err(Refusal::bug("MESSAGE_TOO_LONG"));
        }
        let answer = self.callbacks.get_mut(&id).ok_or_else(|| {
            Refusal::bug("query is too old and response timeout expired or query id is invalid")
        })?;
        answer.get_or_insert(CallbackAnswer { text, alert: params.flag("show_alert") });
        Ok(json!(true))
    }
}

pub(super) async fn download(world: web::Data<World>, path: web::Path<(String, String)>) -> HttpResponse {
    let (token, path) = path.into_inner();
    if token != world.options.token {
        return super::answer(Err(Refusal::plain(401, "Unauthorized")));
    }
    let id = path.strip_prefix("files/").unwrap_or_default();
    match world.read(|state| state.telegram.files.get(id).cloned()) {
        Some(file) => HttpResponse::Ok().content_type(file.mime).body(file.bytes),
        None => super::answer(Err(Refusal::plain(404, "Not Found"))),
    }
}
