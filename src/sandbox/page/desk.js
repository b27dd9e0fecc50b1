// The desk beside the phones: invoices to pay, switches for faults, violations.

import { act, qrUrl, setFaults } from "/api.js";
import { clock, make, rupiah } from "/html.js";

const NORMAL = { copies: 1, delay_seconds: 0, lost: false, wrong_amount: false, other_project: false, malformed: false };

// Each is one way in which the callback of a payment goes wrong.
const CALLBACKS = [
  ["normal", "Arrives", {}],
  ["duplicated", "Three copies at once", { copies: 3 }],
  ["delayed", "10 s late", { delay_seconds: 10 }],
  ["lost", "Gets lost", { lost: true }],
  ["wrong-amount", "Wrong amount", { wrong_amount: true }],
  ["other-project", "Other project", { other_project: true }],
  ["malformed", "Malformed", { malformed: true }],
];

// What the next call to a service can meet.
const NEXT = [
  ["429", "429", { kind: "flood_wait", seconds: 5 }],
  ["500", "500", { kind: "server_error" }],
  ["502", "502 page", { kind: "bad_gateway" }],
  ["lost", "Lost answer", { kind: "lost_answer" }],
  ["stall", "5 s slow", { kind: "stall", seconds: 5 }],
];

const SWITCHES = [
  ["pakasir_down", "Pakasir is down"],
  ["out_of_order", "Updates out of order"],
  ["limits_off", "No rate limits"],
];

const LABELS = { pending: "Open", completed: "Paid", expired: "Expired", cancelled: "Cancelled" };
const PAY = { pending: "Pay", expired: "Pay late", cancelled: "Pay anyway" };

const drawn = {};

// Redraws a part only when what it shows has changed, so that nothing loses the focus.
function part(selector, source, build) {
  const text = JSON.stringify(source);
  if (drawn[selector] === text) return;
  drawn[selector] = text;
  document.querySelector(selector).replaceChildren(...build());
}

export function drawDesk(state) {
  const open = (invoice) => Number(invoice.status === "pending");
  const invoices = [...state.invoices].reverse().sort((a, b) => open(b) - open(a)).slice(0, 30);
  part("#invoices", [invoices, state.callbacks_sent.length], () => invoices.length > 0
    ? invoices.map((invoice) => invoiceRow(invoice, state.callbacks_sent))
    : [make("li", { className: "empty" }, "No invoice yet. Buy something in a chat.")]);
  part("#faults", state.faults, () => faultSwitches(state.faults));
  part("#violations", state.violations, () => state.violations.length > 0
    ? state.violations.map((text) => make("li", {}, text))
    : [make("li", { className: "empty" }, "None. The bot keeps to the rules.")]);
  document.querySelector("#forgive").hidden = state.violations.length === 0;
}

document.querySelector("#forgive").onclick = () => act("clear_violations");

function invoiceRow(invoice, sent) {
  const id = invoice.order_id;
  const answers = sent.filter((callback) => callback.order_id === id).map((callback) => callback.status ?? "unreachable");
  const state = `${LABELS[invoice.status]}${invoice.late ? " late" : ""}`;
  const button = (name, label, run, style = "quiet") => {
    const node = make("button", { className: style, test: `${name}-${id}` }, label);
    node.onclick = () => run().catch(alert);
    return node;
  };
  const open = invoice.status !== "completed";
  const buttons = [
    open && button("pay", PAY[invoice.status], () => act("pay", { order_id: id }), "strong"),
    invoice.status === "pending" && button("expire", "Expire", () => act("expire", { order_id: id })),
    button("forge", open ? "Forge callback" : "Callback again", () => act("send_callback", { order_id: id })),
  ].filter(Boolean);
  return make("li", { className: invoice.status, test: `invoice-${id}` },
    make("img", { src: qrUrl(id), alt: "QRIS" }),
    make("div", {},
      make("strong", {}, rupiah(invoice.total)),
      make("span", { className: "state" }, state),
      make("small", {}, id),
      make("small", {}, `${when(invoice)}, fee ${rupiah(invoice.fee)}`),
      answers.length > 0 ? make("small", {}, `callbacks answered: ${answers.join(", ")}`) : null),
    make("menu", {}, ...buttons));
}

function when(invoice) {
  if (invoice.status === "completed") return `paid ${clock(invoice.completed_at)}`;
  const ends = { pending: "until", cancelled: "was good until" }[invoice.status] ?? "ended";
  return `${ends} ${clock(invoice.expired_at)}`;
}

function faultSwitches(faults) {
  const change = (part) => setFaults({ ...faults, ...part }).catch(alert);
  return [
    group("Callback of coming payments", CALLBACKS.map(([name, label, bent]) => {
      const wanted = { ...NORMAL, ...bent };
      const on = Object.entries(wanted).every(([key, value]) => faults.callback[key] === value);
      return chip(`callback-${name}`, label, on, () => change({ callback: wanted }));
    })),
    nextCalls("telegram", "Next call to Telegram", faults, change),
    nextCalls("pakasir", "Next call to Pakasir", faults, change),
    group("Always", [
      ...SWITCHES.map(([name, label]) => chip(`fault-${name}`, label, faults[name], () => change({ [name]: !faults[name] }))),
      chip("redeliver", "Repeat the last update", false, () => act("redeliver").catch(alert)),
    ]),
  ];
}

function nextCalls(service, title, faults, change) {
  const waiting = faults[service].reduce((sum, fault) => sum + fault.times, 0);
  const chips = NEXT.map(([name, label, kind]) => chip(`${service}-${name}`, label, false,
    () => change({ [service]: [...faults[service], { method: null, times: 1, kind }] })));
  if (waiting > 0) chips.push(chip(`${service}-clear`, `Clear ${waiting} waiting`, true, () => change({ [service]: [] })));
  return group(title, chips);
}

function group(title, chips) {
  return make("fieldset", {}, make("legend", {}, title), ...chips);
}

function chip(test, label, on, run) {
  const node = make("button", { className: "chip", test }, label);
  node.setAttribute("aria-pressed", Boolean(on));
  node.onclick = run;
  return node;
}
