// Talking to the sandbox's control API.

const ROOT = "/sandbox/api";

export async function get(path) {
  const response = await fetch(`${ROOT}/${path}`, { cache: "no-store" });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

// Does one act; a refusal comes back as an error with the reason.
export async function act(name, fields = {}) {
  const answer = await send("POST", "act", { act: name, ...fields });
  return answer.result;
}

export function setFaults(faults) {
  return send("PUT", "faults", faults);
}

export function fileUrl(file, download = false) {
  const id = encodeURIComponent(file.file_id);
  return `${ROOT}/files/${id}${download ? `?name=${encodeURIComponent(file.name)}` : ""}`;
}

export function qrUrl(orderId) {
  return `${ROOT}/qr/${encodeURIComponent(orderId)}`;
}

// Calls back at every change, and with false while the sandbox is out of reach.
export function follow(onChange, onLink) {
  const events = new EventSource(`${ROOT}/events`);
  events.onopen = () => onLink(true);
  events.onerror = () => onLink(false);
  events.onmessage = () => onChange();
}

async function send(method, path, body) {
  const response = await fetch(`${ROOT}/${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({ error: `${path}: ${response.status}` }));
  if (!response.ok) throw new Error(answer.error ?? `${path}: ${response.status}`);
  return answer;
}
