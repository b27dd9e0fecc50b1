// The page: tabs, phones and desk, redrawn from one state whenever the sandbox changes.

import { follow, get } from "/api.js";
import { Phone } from "/chat.js";
import { drawDesk } from "/desk.js";
import { make } from "/html.js";

const phones = new Map();
const tabs = document.querySelector("#tabs");
const stage = document.querySelector("#phones");
const deskTab = tab("desk", "Desk", "⚙");
let drawing = false;
let stale = false;

function tab(id, name, face) {
  const button = make("button", { className: "tab", test: `tab-${id}`, data: { tab: id } },
    make("span", { className: "face" }, face), make("span", {}, name));
  button.onclick = () => show(id);
  return button;
}

// In a narrow window one tab is on stage; in a wide one it is brought into view.
function show(id) {
  document.body.dataset.shown = id === "desk" ? "desk" : "chat";
  for (const button of tabs.children) button.setAttribute("aria-selected", button.dataset.tab === id);
  for (const [chat, phone] of phones) phone.element.classList.toggle("on", chat === id);
  phones.get(id)?.element.scrollIntoView({ behavior: "smooth", inline: "nearest", block: "nearest" });
  phones.get(id)?.toEnd();
}

function chatsOf(state) {
  const people = state.people.map((person) => ({
    id: String(person.id), title: person.first_name, label: person.role_label, members: [person],
  }));
  const groups = state.groups.map((group) => ({
    id: String(group.id), title: group.title, label: "Group", group: true,
    members: state.people.filter((person) => group.members.includes(person.id)),
  }));
  return [...people, ...groups];
}

function draw(state) {
  for (const chat of chatsOf(state)) {
    if (!phones.has(chat.id)) {
      const button = tab(chat.id, chat.title, chat.title.slice(0, 1));
      const phone = new Phone(chat, button);
      phones.set(chat.id, phone);
      tabs.append(button);
      stage.append(phone.element);
    }
    phones.get(chat.id).draw(chat, state.chats[chat.id], state.people);
  }
  tabs.append(deskTab);
  deskTab.classList.toggle("alarm", state.violations.length > 0);
  drawDesk(state);
  if (!document.body.dataset.shown) show(phones.keys().next().value ?? "desk");
}

// One redraw at a time; a change meanwhile asks for one more.
async function redraw() {
  if (drawing) {
    stale = true;
    return;
  }
  drawing = true;
  do {
    stale = false;
    try {
      draw(await get("state"));
      await Promise.all([...phones.values()].map((phone) => phone.settlePresses()));
    } catch (error) {
      console.error(error);
    }
  } while (stale);
  drawing = false;
}

function link(up) {
  const light = document.querySelector("#link");
  light.textContent = up ? "live" : "reconnecting";
  light.classList.toggle("up", up);
}

follow(redraw, link);
redraw();
