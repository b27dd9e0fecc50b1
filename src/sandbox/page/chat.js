// One phone: header, messages, keyboards, input.

import { act, fileUrl, get } from "/api.js";
import { clock, formatted, make } from "/html.js";

const SPIN_MS = 30_000;
const TOAST_MS = 3_500;
const HUES = [212, 152, 268, 24, 340, 190];

export class Phone {
  constructor(chat, tab) {
    this.chat = chat;
    this.tab = tab;
    this.drawn = new Map(); // message id → { source, node }
    this.presses = new Map(); // callback id → { key, since }
    this.replyTo = null;
    this.build();
  }

  build() {
    const { id, title, group } = this.chat;
    const hue = HUES[Math.abs(Number(id)) % HUES.length];
    this.status = make("small");
    this.blockButton = make("button", { className: "quiet", test: `block-${id}`, hidden: Boolean(group) });
    this.blockButton.onclick = () => this.run(this.blocked ? "unblock" : "block", { user: Number(id) });
    this.speaker = make("select", { className: "speaker", test: `speaker-${id}`, hidden: !group, title: "Who writes" });
    const header = make("header", {},
      make("span", { className: "face" }, title.slice(0, 1)),
      make("div", { className: "who" }, make("strong", {}, title), this.status), this.speaker, this.blockButton);
    this.list = make("div", { className: "messages", test: `messages-${id}` });
    this.toasts = make("div", { className: "toasts", test: `toasts-${id}` });
    this.keys = make("div", { className: "keys", test: `keyboard-${id}`, hidden: true });
    this.element = make("article", { className: "phone", test: `chat-${id}` },
      header, this.list, this.toasts, this.buildInput(), this.keys);
    this.element.style.setProperty("--hue", hue);
    this.tab.style.setProperty("--hue", hue);
  }

  buildInput() {
    const { id } = this.chat;
    this.quote = make("div", { className: "quote", hidden: true, test: `reply-${id}` });
    this.quote.onclick = () => this.setReply(null);
    this.input = make("textarea", { rows: 1, placeholder: "Message", test: `input-${id}` });
    this.input.setAttribute("aria-label", `Message from ${this.chat.title}`);
    this.input.onkeydown = (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.say(this.input.value);
      }
    };
    const photo = make("button", { type: "button", test: `photo-${id}`, title: "Send a sample photo" }, "Photo");
    photo.onclick = () => this.sendPhoto();
    const paper = make("button", { type: "button", test: `document-${id}` }, "Document");
    paper.onclick = () => this.sendDocument();
    this.attachments = make("div", { className: "attachments", hidden: true }, photo, paper);
    const attach = make("button", { className: "round", type: "button", test: `attach-${id}`, title: "Attach" }, "+");
    attach.onclick = () => { this.attachments.hidden = !this.attachments.hidden; };
    const send = make("button", { className: "round send", test: `send-${id}`, title: "Send" }, "➤");
    this.form = make("form", {}, attach, this.input, send);
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.say(this.input.value);
    };
    this.start = make("button", { className: "start", type: "button", test: `start-${id}` }, "Start");
    this.start.onclick = () => this.say("/start");
    return make("footer", {}, this.quote, this.attachments, this.form, this.start);
  }

  get user() {
    return this.chat.group ? Number(this.speaker.value) : Number(this.chat.id);
  }

  draw(chat, state, people) {
    this.blocked = state.blocked;
    this.status.textContent = state.blocked ? "has blocked the bot" : chat.label;
    this.blockButton.textContent = state.blocked ? "Unblock" : "Block";
    this.element.classList.toggle("blocked", state.blocked);
    if (this.speaker.children.length !== chat.members.length) {
      this.speaker.replaceChildren(...chat.members.map((one) => make("option", { value: one.id }, one.first_name)));
    }
    const empty = !chat.group && state.messages.length === 0;
    this.start.hidden = !empty;
    this.list.dataset.hint = empty ? "No messages here yet" : "";
    this.form.hidden = empty || state.blocked;
    this.drawKeys(state.reply_keyboard);
    this.drawMessages(state.messages, new Map(people.map((person) => [person.id, person.first_name])));
  }

  drawMessages(messages, names) {
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
    const known = new Map(messages.map((message) => [message.message_id, message]));
    for (const [id, { node }] of this.drawn) {
      if (!known.has(id)) {
        node.remove();
        this.drawn.delete(id);
      }
    }
    let fresh = 0;
    for (const message of messages) {
      const source = JSON.stringify(message);
      const before = this.drawn.get(message.message_id);
      if (before?.source === source) continue;
      const node = this.messageNode(message, known, names);
      if (before) before.node.replaceWith(node);
      else {
        this.list.append(node);
        fresh += message.from_bot ? 1 : 0;
      }
      this.drawn.set(message.message_id, { source, node });
    }
    if (atEnd || fresh > 0) this.list.scrollTop = this.list.scrollHeight;
    if (fresh > 0 && this.tab.getAttribute("aria-selected") !== "true") this.unread(fresh);
  }

  unread(count) {
    this.tab.classList.toggle("unread", count > 0);
  }

  // A hidden phone has no height to scroll by: done when it comes on stage.
  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
    this.unread(0);
  }

  messageNode(message, known, names) {
    const replied = known.get(message.reply_to);
    const name = this.chat.group && message.from_user ? make("b", { className: "name" }, names.get(message.from_user) ?? "") : null;
    const quote = replied ? make("div", { className: "cited" }, replied.text || replied.kind) : null;
    const words = message.html ? formatted(message.html) : null;
    const stamp = make("time", {}, `${message.edited ? "edited " : ""}${clock(message.date)}`);
    const bubble = make("div", { className: `bubble ${message.kind}` }, name, quote, media(message), words, stamp);
    bubble.onclick = (event) => {
      if (!event.target.closest("a, button, img, .spoiler, code")) this.setReply(message);
    };
    const rows = message.inline_keyboard.map((row) => make("div", { className: "row" },
      ...row.map((button) => this.inlineButton(message, button))));
    return make("div", {
      className: `message ${message.from_bot ? "bot" : "own"}`,
      test: `message-${message.chat}-${message.message_id}`,
    }, bubble, rows.length > 0 ? make("div", { className: "inline" }, ...rows) : null);
  }

  inlineButton(message, button) {
    if (button.url) {
      const link = make("a", { href: button.url, target: "_blank", rel: "noopener", test: "url-button" }, button.text);
      return make("span", { className: "button url" }, link);
    }
    const key = `${message.message_id} ${button.callback_data}`;
    const node = make("button", { className: "button", test: `button-${button.callback_data}`, data: { key } }, button.text);
    node.classList.toggle("spinning", [...this.presses.values()].some((press) => press.key === key));
    node.onclick = () => this.press(message, button, key);
    return node;
  }

  async press(message, button, key) {
    const fields = { user: this.user, chat: message.chat, message_id: message.message_id, data: button.callback_data };
    const id = await this.run("press", fields);
    if (id) this.presses.set(id, { key, since: Date.now() });
    this.spin();
    await this.settlePresses();
  }

  // Stops what was answered, shows what the answer said.
  async settlePresses() {
    for (const [id, press] of [...this.presses]) {
      const answer = await get(`callbacks/${id}`);
      if (!answer && Date.now() - press.since < SPIN_MS) continue;
      this.presses.delete(id);
      if (answer?.text) this.tell(answer.text, answer.alert);
    }
    this.spin();
  }

  spin() {
    const keys = new Set([...this.presses.values()].map((press) => press.key));
    for (const node of this.list.querySelectorAll("button[data-key]")) {
      node.classList.toggle("spinning", keys.has(node.dataset.key));
    }
  }

  tell(text, alert = false) {
    const toast = make("div", { className: alert ? "alert" : "toast", test: alert ? "alert" : "toast" }, make("p", {}, text));
    if (alert) {
      const ok = make("button", { className: "strong", test: "alert-ok" }, "OK");
      ok.onclick = () => toast.remove();
      toast.append(ok);
    } else setTimeout(() => toast.remove(), TOAST_MS);
    this.toasts.append(toast);
  }

  drawKeys(rows) {
    const source = JSON.stringify(rows);
    if (source === this.keysSource) return;
    this.keysSource = source;
    this.keys.hidden = !rows?.length;
    this.keys.replaceChildren(...(rows ?? []).map((row) => make("div", { className: "row" }, ...row.map((label) => {
      const key = make("button", { test: `key-${label}` }, label);
      key.onclick = () => this.say(label);
      return key;
    }))));
    this.list.scrollTop = this.list.scrollHeight;
  }

  setReply(message) {
    this.replyTo = message?.message_id ?? null;
    this.quote.hidden = !message;
    this.quote.textContent = message ? `↩ ${message.text || message.kind}` : "";
    if (message) this.input.focus();
  }

  async say(text) {
    if (!text.trim()) return;
    const done = await this.run("say", { user: this.user, chat: Number(this.chat.id), text, reply_to: this.replyTo });
    if (done) this.clear();
  }

  async sendPhoto() {
    const fields = { user: this.user, chat: Number(this.chat.id), caption: this.input.value, reply_to: this.replyTo };
    if (await this.run("photo", fields)) this.clear();
  }

  sendDocument() {
    const sheet = document.querySelector("#document");
    sheet.querySelector("[name=caption]").value = this.input.value;
    sheet.returnValue = "";
    sheet.onclose = async () => {
      if (sheet.returnValue !== "send") return;
      const fields = Object.fromEntries(new FormData(sheet.querySelector("form")));
      const place = { user: this.user, chat: Number(this.chat.id), reply_to: this.replyTo };
      if (await this.run("document", { ...place, ...fields })) this.clear();
    };
    sheet.showModal();
  }

  clear() {
    this.input.value = "";
    this.attachments.hidden = true;
    this.setReply(null);
  }

  // Does an act; what the sandbox refuses is shown in this phone.
  async run(name, fields) {
    try {
      return await act(name, fields);
    } catch (error) {
      this.tell(error.message);
      return null;
    }
  }
}

function media(message) {
  const file = message.file;
  if (!file) return null;
  if (message.kind === "document") {
    return make("a", { className: "file", href: fileUrl(file, true), download: file.name, test: `file-${message.message_id}` },
      make("span", { className: "sheet-icon" }, "📄"), make("span", {}, file.name));
  }
  const picture = make("img", { src: fileUrl(file), alt: message.text || message.kind, loading: "lazy" });
  const [width, height] = file.size;
  if (message.kind === "photo" && width > 0) picture.style.aspectRatio = `${width} / ${height}`;
  // A sticker of Telegram's own sets has no picture here.
  picture.onerror = () => picture.replaceWith(make("span", { className: "emoji" }, "👋"));
  return picture;
}
