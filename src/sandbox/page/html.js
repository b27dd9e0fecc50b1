// Small helpers for building the page, and Telegram's HTML made safe.

const TAGS = new Map(Object.entries({
  B: "b", STRONG: "b", I: "i", EM: "i", U: "u", INS: "u", S: "s", STRIKE: "s", DEL: "s",
  CODE: "code", PRE: "pre", BLOCKQUOTE: "blockquote", A: "a", "TG-EMOJI": "span",
  "TG-SPOILER": "span", SPAN: "span",
}));

// An element with properties, data attributes and children in one go.
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "test") element.dataset.testid = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

// The message's words with only those tags that Telegram knows.
export function formatted(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const words = make("div", { className: "words" });
  words.append(...copy(parsed.body));
  return words;
}

function copy(from) {
  return [...from.childNodes].flatMap((node) => {
    if (node.nodeType === Node.TEXT_NODE) return [document.createTextNode(node.data)];
    if (node.nodeType !== Node.ELEMENT_NODE) return [];
    const tag = TAGS.get(node.tagName);
    if (!tag) return copy(node);
    const element = make(tag);
    element.append(...copy(node));
    if (tag === "a") link(element, node.getAttribute("href"));
    if (tag === "code") element.onclick = () => navigator.clipboard?.writeText(element.textContent);
    if (node.tagName === "TG-SPOILER" || node.className === "tg-spoiler") spoiler(element);
    return [element];
  });
}

function link(element, href) {
  if (/^(https?|tg):/i.test(href ?? "")) {
    element.href = href;
    element.target = "_blank";
    element.rel = "noopener noreferrer";
  }
}

function spoiler(element) {
  element.className = "spoiler";
  element.onclick = () => element.classList.add("shown");
}

export function rupiah(amount) {
  return `Rp${String(amount).replace(/\B(?=(\d{3})+$)/g, ".")}`;
}

export function clock(date) {
  return new Date(date).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
