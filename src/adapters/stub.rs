//! A server for the adapters' tests: answers as scripted, in order, and remembers what it was asked.

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

pub struct Stub {
    pub url: String,
    script: Script,
}

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Method, path and query, such as `GET /a/b?c=d`.
    pub line: String,
    pub body: String,
}

impl Seen {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }
}

/// An answer to give.
pub struct Reply {
    status: u16,
    header: Option<(&'static str, &'static str)>,
    body: String,
    delay: Duration,
}

pub fn reply(status: u16, body: impl Into<String>) -> Reply {
    Reply { status, header: None, body: body.into(), delay: Duration::ZERO }
}

impl Reply {
    pub fn with(self, name: &'static str, value: &'static str) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

#[derive(Clone, Default)]
struct Script(Arc<Mutex<(VecDeque<Reply>, Vec<Seen>)>>);

impl Script {
    fn lock(&self) -> MutexGuard<'_, (VecDeque<Reply>, Vec<Seen>)> {
        self.0.lock().expect("no test panics while it holds the script")
    }
}

impl Stub {
    /// Starts on a free port of this machine, on the runtime of the test.
    pub fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        // Every client of the process needs a provider; a second test finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let script = Script::default();
        script.lock().0.extend(replies);
        let data = web::Data::new(script.clone());
        let server =
            HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(serve)))
                .workers(1)
                .disable_signals()
                .bind(("127.0.0.1", 0))
                .expect("a free port");
        let url = format!("http://{}", server.addrs()[0]);
        actix_web::rt::spawn(server.run());
        Self { url, script }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.script.lock().1.clone()
    }

    /// The lines of all requests, for asserts on their order.
    pub fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }
}

async fn serve(script: web::Data<Script>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let line = format!("{} {}", request.method(), request.uri());
    let body = String::from_utf8_lossy(&body).into_owned();
    let next = {
        let mut script = script.lock();
        script.1.push(Seen { line, body });
        script.0.pop_front()
    };
    let Some(reply) = next else {
        return HttpResponse::NotImplemented().body("nothing more is scripted");
    };
    actix_web::rt::time::sleep(reply.delay).await; // the slowness that a test asked for
    let mut response = HttpResponse::build(StatusCode::from_u16(reply.status).expect("a status"));
    if let Some(header) = reply.header {
        response.insert_header(header);
    }
    response.body(reply.body)
}
