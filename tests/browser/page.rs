//! The page in a visitor's words. Everything waits for what it names, and fails with that name after a while.

use std::time::Duration;
use thirtyfour::error::WebDriverResult;
use thirtyfour::{By, WebDriver, WebElement};
use tokio::time::Instant;

const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

/// Asks again until there is an answer. The page redraws itself at any moment, so an element that is gone by the
/// time it is used is no fault.
async fn until<T>(what: &str, ask: impl AsyncFn() -> WebDriverResult<Option<T>>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match ask().await {
            Ok(Some(answer)) => return answer,
            // The page says nothing by itself: it is asked again until the deadline.
            // The browser tells nobody when it has redrawn; it can only be asked again.
            _ if Instant::now() < deadline => tokio::time::sleep(PAUSE).await,
            Ok(None) => panic!("not within {PATIENCE:?}: {what}"),
            Err(error) => panic!("not within {PATIENCE:?}: {what} ({error})"),
        }
    }
}

async fn until_true(what: &str, ask: impl AsyncFn() -> WebDriverResult<bool>) {
    until(what, async || Ok(ask().await?.then_some(()))).await;
}

/// The short code of an order, which people see, out of its id at the gateway.
pub fn code(order: &str) -> &str {
    order.rsplit('-').next().unwrap()
}

pub struct Page {
    driver: WebDriver,
}

impl Page {
    pub fn new(driver: WebDriver) -> Self {
        Self { driver }
    }

    pub fn chat(&self, id: i64) -> Chat<'_> {
        Chat { page: self, id }
    }

    /// Presses what has this test id, whole.
    pub async fn press(&self, id: &str) {
        self.click(&format!("[data-testid='{id}']")).await;
    }

    /// The gateway's id of the order or deposit that `customer` can pay now.
    pub async fn open_invoice(&self, customer: i64) -> String {
        let row = format!("li.pending[data-testid*='{customer}-']");
        let id = until("an open invoice", async || self.one(&row).await?.attr("data-testid").await).await;
        id.trim_start_matches("invoice-").to_owned()
    }

    pub async fn pay(&self, order: &str) {
        self.press(&format!("pay-{order}")).await;
    }

    /// What the desk says about an order.
    pub async fn invoice(&self, order: &str) -> String {
        until("the invoice's row", async || Ok(Some(self.invoice_row(order).await?))).await
    }

    pub async fn invoice_shows(&self, order: &str, words: &str) {
        let what = format!("{words:?} on the desk at {order}");
        until_true(&what, async || Ok(self.invoice_row(order).await?.contains(words))).await;
    }

    async fn invoice_row(&self, order: &str) -> WebDriverResult<String> {
        text(&self.one(&format!("[data-testid='invoice-{order}']")).await?).await
    }

    pub async fn fits_its_window(&self) {
        let spill = "return document.documentElement.scrollWidth - window.innerWidth";
        let spill: i64 = self.driver.execute(spill, Vec::new()).await.unwrap().convert().unwrap();
        assert!(spill <= 0, "{spill} pixels too wide");
    }

    /// The bot broke no rule of Telegram's or Pakasir's, no button was left spinning, and the page had no error.
    pub async fn is_in_order(&self) {
        let mut violations = Vec::new();
        for violation in self.all("#violations li:not(.empty)").await.unwrap() {
            violations.push(text(&violation).await.unwrap());
        }
        assert!(violations.is_empty(), "{violations:#?}");
        until_true("no button spins", async || Ok(self.all(".spinning").await?.is_empty())).await;
        let errors = self.driver.browser_log().await.unwrap();
        assert!(errors.is_empty(), "{errors:?}");
    }

    async fn click(&self, css: &str) {
        until(&format!("a press on {css}"), async || {
            let Some(newest) = self.all(css).await?.pop() else { return Ok(None) };
            newest.click().await.map(Some)
        })
        .await;
    }

    async fn one(&self, css: &str) -> WebDriverResult<WebElement> {
        self.driver.find(By::Css(css)).await
    }

    async fn all(&self, css: &str) -> WebDriverResult<Vec<WebElement>> {
        self.driver.find_all(By::Css(css)).await
    }
}

/// One phone on the page.
pub struct Chat<'a> {
    page: &'a Page,
    id: i64,
}

impl Chat<'_> {
    /// Opens the chat with the bot and skips what it asks a newcomer.
    pub async fn start(&self) {
        self.speak(&format!("[data-testid='start-{}']", self.id)).await;
        for question in ["name", "whatsapp", "email"] {
            self.press(&format!("skip:{question}")).await;
        }
    }

    /// Comes as a newcomer and orders one of product `number`, up to the QR picture; the order's id at the gateway.
    pub async fn orders_by_qris(&self, number: u32) -> String {
        self.start().await;
        self.press_key(&number.to_string()).await;
        self.press(&format!("buy:{number}:1")).await;
        self.press("qris:").await;
        self.sees_qr().await;
        self.page.open_invoice(self.id).await
    }

    pub async fn says(&self, text: &str) {
        let input = format!("[data-testid='input-{}']", self.id);
        until("the input", async || self.page.one(&input).await?.send_keys(text).await.map(Some)).await;
        self.speak(&format!("[data-testid='send-{}']", self.id)).await;
    }

    /// Presses a key of the reply keyboard.
    pub async fn press_key(&self, label: &str) {
        self.speak(&format!("[data-testid='keyboard-{}'] [data-testid='key-{label}']", self.id)).await;
    }

    /// Presses what writes a message, and waits until the bot wrote something after it.
    async fn speak(&self, css: &str) {
        let own = self.among_messages(".own");
        let before = until("the messages", async || self.page.all(&own).await.map(Some)).await.len();
        self.page.click(css).await;
        let answered = self.among_messages(".bot:last-child");
        until_true(&format!("an answer to {css}"), async || {
            Ok(self.page.all(&own).await?.len() > before && !self.page.all(&answered).await?.is_empty())
        })
        .await;
    }

    /// Presses the newest button whose data begins so, and waits until something in the chat has answered: a
    /// message, a change of one, a toast.
    pub async fn press(&self, data: &str) {
        let button = self.among_messages(&format!("[data-testid^='button-{data}']"));
        let before = until("the chat", async || self.words().await.map(Some)).await;
        self.page.click(&button).await;
        until_true(&format!("an answer to {button}"), async || Ok(self.words().await? != before)).await;
    }

    /// Waits for words anywhere in the chat.
    pub async fn reads(&self, words: &str) {
        let what = format!("{words:?} in chat {}", self.id);
        until_true(&what, async || Ok(self.words().await?.contains(words))).await;
    }

    /// Waits until there are `times` messages with these words.
    pub async fn reads_times(&self, words: &str, times: usize) {
        let what = format!("{words:?} {times} times in chat {}", self.id);
        until_true(&what, async || Ok(self.count(words).await == times)).await;
    }

    /// How many messages have these words.
    pub async fn count(&self, words: &str) -> usize {
        self.messages().await.iter().filter(|message| message.contains(words)).count()
    }

    pub async fn last_message(&self) -> String {
        self.messages().await.pop().unwrap_or_default()
    }

    async fn messages(&self) -> Vec<String> {
        let bubbles = self.among_messages(".words");
        until("the messages", async || {
            let mut messages = Vec::new();
            for bubble in self.page.all(&bubbles).await? {
                messages.push(text(&bubble).await?);
            }
            Ok(Some(messages))
        })
        .await
    }

    async fn words(&self) -> WebDriverResult<String> {
        text(&self.page.one(&format!("[data-testid='chat-{}']", self.id)).await?).await
    }

    /// Waits for a picture that has really been loaded.
    pub async fn sees_qr(&self) {
        let picture = self.among_messages(".photo img");
        until_true("the QR picture", async || {
            let width = self.page.one(&picture).await?.prop("naturalWidth").await?;
            Ok(width.is_some_and(|width| width != "0"))
        })
        .await;
    }

    pub async fn sees_no_qr(&self) {
        let picture = self.among_messages(".photo img");
        until_true("the QR picture to go", async || Ok(self.page.all(&picture).await?.is_empty())).await;
    }

    pub async fn is_alone_on_stage(&self) {
        until_true("one phone on stage", async || {
            let mut shown = Vec::new();
            for phone in self.page.all(".phone, .desk").await? {
                if phone.is_displayed().await? {
                    shown.push(phone.attr("data-testid").await?.unwrap_or_default());
                }
            }
            Ok(shown == [format!("chat-{}", self.id)])
        })
        .await;
    }

    fn among_messages(&self, css: &str) -> String {
        format!("[data-testid='messages-{}'] {css}", self.id)
    }
}

/// All words of an element, those out of sight too.
async fn text(element: &WebElement) -> WebDriverResult<String> {
    Ok(element.prop("textContent").await?.unwrap_or_default())
}
