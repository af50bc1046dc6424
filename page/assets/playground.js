// What a page with a server behind it does beside: it follows changes, and talks to an endpoint.
import { createParser } from "eventsource-parser";
import { Idiomorph } from "idiomorph";
import { applyFilter, tellAges } from "./page.js";

const $ = (selector, root = document) => root.querySelector(selector);
const PAUSE = 1500;

// --- following changes ---

let version = "";

async function follow() {
  const live = $("#live");
  try {
    if (!document.hidden) {
      const answer = await fetch("main", { headers: { "If-None-Match": version } });
      if (answer.status === 200) {
        version = answer.headers.get("ETag") ?? "";
        const text = await answer.text();
        Idiomorph.morph($("#main"), text, {
          morphStyle: "innerHTML",
          ignoreActiveValue: true,
          callbacks: {
            // What somebody has opened or filtered stays so.
            beforeAttributeUpdated: (name, node) => !(name === "open" && node.matches("details.endpoint")),
          },
        });
        applyFilter();
        tellAges();
      } else if (answer.status !== 304) {
        throw new Error(`${answer.status}`);
      }
      live.textContent = "live";
      live.classList.remove("off");
    }
  } catch {
    live.textContent = "not connected";
    live.classList.add("off");
  }
  setTimeout(follow, PAUSE);
}

setTimeout(follow, PAUSE);

// --- the playground ---

const dialog = $("#playground");
const form = $("#pg-form");
const chosen = $("#pg-endpoint");
const log = $("#pg-log");
const question = $("#pg-question");
const state = { known: null, turns: [], running: null, sent: null };

async function open(id) {
  const answer = await fetch("playground.json");
  if (!answer.ok) return say(await answer.text(), "problem");
  state.known = await answer.json();
  const before = id ?? chosen.value;
  chosen.replaceChildren(...state.known.endpoints.map((one) => new Option(`${one.key} · ${one.model} (${one.environment})`, one.id)));
  if (state.known.endpoints.some((one) => one.id === before)) chosen.value = before;
  $("#pg-note").textContent = state.known.note;
  form.hidden = !state.known.endpoints.length;
  $("#pg-none").hidden = !form.hidden;
  choose();
  if (!dialog.open) dialog.showModal();
  question.focus();
}

function endpoint() {
  return state.known.endpoints.find((one) => one.id === chosen.value);
}

function choose() {
  const one = endpoint();
  if (!one) return;
  const chats = one.api === "chat";
  $("#pg-system-field").hidden = !chats;
  $("label[for=pg-question]").textContent = chats ? "Message" : "Prompt";
  const kept = $("#pg-parameters").children.length ? values() : null;
  $("#pg-parameters").replaceChildren(
    ...one.parameters.map((row) => parameterField(row, kept ? kept[row.name] : row.suggested)),
  );
  startAnew();
}

function startAnew() {
  state.turns = [];
  state.sent = null;
  log.replaceChildren();
  for (const id of ["pg-request", "pg-response", "pg-code"]) $(`#${id}`).textContent = "";
  $("#pg-used").textContent = "";
  $("#pg-filter").replaceChildren();
  showRequest();
}

function parameterField(row, kept) {
  const field = document.createElement("div");
  field.className = "pg-parameter";
  const id = `pg-p-${row.name}`;
  const label = Object.assign(document.createElement("label"), { htmlFor: id, textContent: row.name });
  const input = document.createElement(row.type === "boolean" ? "select" : "input");
  if (row.type === "boolean") {
    input.append(new Option("default", ""), new Option("true", "true"), new Option("false", "false"));
  } else if (["integer", "number"].includes(row.type)) {
    Object.assign(input, { type: "number", min: row.minimum ?? "", max: row.maximum ?? "", step: row.type === "integer" ? 1 : "any", placeholder: row.default ?? "" });
  } else {
    Object.assign(input, { type: "text", placeholder: row.default ?? "" });
  }
  input.id = id;
  input.name = row.name;
  input.value = kept ?? "";
  input.dataset.type = row.type;
  const hint = Object.assign(document.createElement("small"), { id: `${id}-hint`, textContent: row.hint });
  input.setAttribute("aria-describedby", hint.id);
  field.append(label, input, hint);
  return field;
}

function values() {
  return Object.fromEntries([...$("#pg-parameters").querySelectorAll("[name]")].filter((one) => one.value !== "").map((one) => [one.name, one.value]));
}

function typed(text, type) {
  if (type === "boolean") return text === "true";
  if (type === "integer" || type === "number") return Number(text);
  const parts = text.split(",").map((one) => one.trim()).filter(Boolean);
  if (type === "integers") return parts.map(Number);
  if (type === "strings") return parts.length === 1 ? parts[0] : parts;
  return text;
}

function body() {
  const one = endpoint();
  const made = { model: one.deployment };
  const asked = question.value;
  if (one.api === "chat") {
    const system = $("#pg-system").value.trim();
    made.messages = [
      ...(system ? [{ role: "system", content: system }] : []),
      ...state.turns,
      ...(asked ? [{ role: "user", content: asked }] : []),
    ];
  } else {
    made.prompt = asked;
  }
  for (const field of $("#pg-parameters").querySelectorAll("[name]")) {
    if (field.value !== "") made[field.name] = typed(field.value, field.dataset.type);
  }
  if ($("#pg-stream").checked) {
    made.stream = true;
    if (one.tellsUsage) made.stream_options = { include_usage: true };
  }
  return made;
}

/** What was sent last, until somebody writes or changes something: then what would be sent now. */
function current() {
  return state.sent ?? body();
}

function showRequest(made = current()) {
  const one = endpoint();
  if (!one) return;
  const signed = one.auth === "token" ? "a token of yours, added on the way" : "a key or token, added on the way";
  $("#pg-request").textContent = `POST ${one.url}\nAuthorization: Bearer <${signed}>\nContent-Type: application/json\n\n${JSON.stringify(made, null, 2)}`;
}

async function showCode() {
  const one = endpoint();
  if (!one || !$("#pg-code-part").open) return;
  const answer = await post("code", { endpoint: one.id, client: $("#pg-client").value, body: current() });
  $("#pg-code").textContent = await answer.text();
}

function post(path, content) {
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content), signal: state.running?.signal });
}

function say(text, kind) {
  const turn = document.createElement("div");
  turn.className = `turn ${kind}`;
  const who = Object.assign(document.createElement("b"), { textContent: { user: "You", assistant: "Model", problem: "Refused" }[kind] });
  const said = Object.assign(document.createElement("p"), { textContent: text });
  turn.append(who, said);
  log.append(turn);
  turn.scrollIntoView({ block: "nearest" });
  return said;
}

async function send() {
  if (state.running) return;
  if (!form.reportValidity()) return;
  const one = endpoint();
  const made = (state.sent = body());
  const asked = question.value;
  const began = performance.now();
  showRequest(made);
  await showCode();
  state.running = new AbortController();
  $("#pg-send").hidden = true;
  $("#pg-stop").hidden = false;
  say(asked, "user");
  question.value = "";
  $("#pg-filter").replaceChildren();
  $("#pg-response").textContent = "";
  const seen = { text: "", usage: null, reason: "", filters: {} };
  let said = null;
  try {
    const answer = await post("send", { endpoint: one.id, body: made });
    const head = `HTTP ${answer.status}\n${[...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n`;
    $("#pg-response").textContent = head;
    if (!answer.ok) {
      const text = await answer.text();
      $("#pg-response").textContent = head + pretty(text);
      say(refusal(text), "problem");
      readFilters(seen, parsed(text)?.error?.innererror ?? parsed(text)?.error ?? {});
    } else {
      said = say("", "assistant");
      if (answer.headers.get("Content-Type")?.startsWith("text/event-stream")) await readStream(answer, head, seen, said);
      else {
        const text = await answer.text();
        $("#pg-response").textContent = head + pretty(text);
        readPart(seen, JSON.parse(text), one.api);
        said.textContent = seen.text;
      }
      if (one.api === "chat") state.turns.push({ role: "user", content: asked }, { role: "assistant", content: seen.text });
    }
  } catch (error) {
    if (error.name === "AbortError") say("Stopped.", "problem");
    else say(`No answer: ${error.message}`, "problem");
  }
  state.running = null;
  $("#pg-send").hidden = false;
  $("#pg-stop").hidden = true;
  showUsed(seen, performance.now() - began);
  question.focus();
}

async function readStream(answer, head, seen, said) {
  const shown = $("#pg-response");
  const api = endpoint().api;
  let raw = head;
  const parser = createParser({
    onEvent(event) {
      if (event.data === "[DONE]") return;
      const part = parsed(event.data);
      if (part?.error) throw new Error(part.error.message ?? event.data);
      if (part) readPart(seen, part, api);
      said.textContent = seen.text;
    },
  });
  const decoder = new TextDecoder();
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    const text = decoder.decode(value, { stream: true });
    raw += text;
    parser.feed(text);
    shown.textContent = raw;
    said.parentElement.scrollIntoView({ block: "nearest" });
  }
}

function readPart(seen, part, api) {
  for (const choice of part.choices ?? []) {
    if ((choice.index ?? 0) === 0) seen.text += api === "chat" ? ((choice.delta ?? choice.message)?.content ?? "") : (choice.text ?? "");
    else if (choice.message || choice.text) seen.text += `\n\n— choice ${choice.index + 1} —\n${choice.message?.content ?? choice.text}`;
    if (choice.finish_reason) seen.reason = choice.finish_reason;
    readFilters(seen, choice);
  }
  for (const prompt of part.prompt_filter_results ?? []) readFilters(seen, prompt, "prompt");
  if (part.usage) seen.usage = part.usage;
}

function readFilters(seen, holder, side = "answer") {
  const found = holder.content_filter_results ?? holder.content_filter_result;
  for (const [category, verdict] of Object.entries(found ?? {})) {
    if (verdict && typeof verdict === "object") seen.filters[`${side} ${category}`] = verdict;
  }
}

function showUsed(seen, milliseconds) {
  const parts = [];
  if (seen.usage) parts.push(`${seen.usage.prompt_tokens} tokens read, ${seen.usage.completion_tokens ?? 0} generated, ${seen.usage.total_tokens} in all`);
  else if (seen.text) parts.push("the answer tells no usage");
  if (seen.reason) parts.push(`finish reason ${seen.reason}`);
  parts.push(`${(milliseconds / 1000).toFixed(2)} s`);
  $("#pg-used").textContent = parts.join(" · ");
  const told = Object.entries(seen.filters).map(([name, verdict]) => {
    const one = document.createElement("li");
    const level = verdict.severity ?? (verdict.detected === undefined ? "" : verdict.detected ? "detected" : "not detected");
    one.textContent = `${name}: ${level}${verdict.filtered ? ", filtered" : ""}`;
    one.className = verdict.filtered ? "bad" : "";
    return one;
  });
  $("#pg-filter").replaceChildren(...told);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function pretty(text) {
  const found = parsed(text);
  return found === null ? text : JSON.stringify(found, null, 2);
}

function refusal(text) {
  const found = parsed(text);
  const told = found?.error?.message ?? found?.message ?? found?.detail ?? text;
  return typeof told === "string" ? told : JSON.stringify(told);
}

$("#open-playground").addEventListener("click", () => open());
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-try]");
  if (button) open(button.dataset.try);
});
$("#pg-close").addEventListener("click", () => dialog.close());
chosen.addEventListener("change", choose);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
form.addEventListener("input", (event) => {
  if (event.target.id === "pg-client") return;
  state.sent = null;
  showRequest();
});
form.addEventListener("change", showCode);
question.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
$("#pg-stop").addEventListener("click", () => state.running?.abort());
$("#pg-new").addEventListener("click", startAnew);
$("#pg-code-part").addEventListener("toggle", showCode);
