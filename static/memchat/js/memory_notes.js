// What a reply has to do with memory: what happened to it, what the model looked up, which memories were used. The
// server draws the same lines; here they are made from its frames.
import { string } from "./strings.js";
import { fillIn } from "./urls.js";

const ANY = "/0/";
const ABOUT_LENGTH = 60;

export class MemoryNotes {
  #root;
  #id;

  /** `id()` gives the id of the reply. */
  constructor(root, id) {
    this.#root = root;
    this.#id = id;
  }

  /** How many changes are shown. */
  get count() {
    return this.#part("changes").childElementCount;
  }

  /** Show what is given; what is not given stays as it is. */
  show({ changes, memories, tools, omitted, notice }) {
    const place = this.#focused();
    if (changes) this.#fill(this.#part("changes"), changes.map(changeItem));
    if (tools) this.#fill(this.#part("tools"), tools.map(toolItem));
    if (memories) this.#showMemories(memories);
    if (notice !== undefined) this.#part("notice").hidden = !notice;
    if (omitted !== undefined) this.#showOmitted(omitted);
    if (place) this.#focus(place);
  }

  #fill(list, items) {
    list.replaceChildren(...items);
    list.hidden = !items.length;
  }

  #showMemories(memories) {
    const used = this.#part("memories");
    used.querySelector("ol").replaceChildren(...memories.map((memory) => memoryItem(memory, this.#id())));
    used.querySelector("[data-count]").textContent = memories.length;
    used.hidden = !memories.length;
  }

  #showOmitted(omitted) {
    const part = this.#part("omitted");
    part.hidden = !omitted;
    part.querySelector("[data-count]").textContent = omitted;
  }

  /** Where the focus is, in words that outlive the lines being made anew. */
  #focused() {
    const { activeElement } = document;
    const line = this.#root.contains(activeElement) && activeElement.closest("[data-key]");
    if (!line) return null;
    const action = activeElement.closest("form")?.dataset.memoryAction;
    const part = action ? `[data-memory-action="${action}"]:not([hidden]) button` : "[data-memory-link]:not([hidden])";
    return { key: line.dataset.key, part: activeElement.matches("[data-became]") ? "[data-became]:not([hidden])" : part };
  }

  #focus({ key, part }) {
    const line = this.#root.querySelector(`[data-key="${key}"]`);
    const same = line?.querySelector(part);
    (same ?? line?.querySelector("[data-became]:not([hidden])"))?.focus({ preventScroll: true });
  }

  #part(name) {
    return this.#root.querySelector(`[data-${name}]`);
  }
}

function changeItem(change, position) {
  const item = cloneOf("memory-change");
  item.dataset.key = `change:${position}`;
  item.dataset.kind = change.kind;
  item.dataset.status = change.status;
  write(item, "label", change.label);
  write(item, "previous-text", change.previous);
  item.querySelector("[data-previous]").hidden = !change.previous;
  write(item, "memory-text", change.text);
  item.querySelector("[data-now]").hidden = !change.text;
  item.querySelector("[data-now-label]").hidden = !change.previous;
  write(item, "reason", change.reason);
  write(item, "by", change.source_label);
  write(item, "became", change.status_label);
  offer(item, change.text, change.url, { approve: change.approve, reject: change.reject, undo: change.undo });
  return item;
}

function memoryItem(memory, reply) {
  const page = document.getElementById("chat").dataset;
  const of = (pattern) => fillIn(pattern, reply).replace(ANY, `/${memory.id}/`);
  const counts = !memory.status;
  const item = cloneOf("memory-used");
  item.dataset.key = `memory:${memory.id}`;
  item.dataset.status = memory.status + (memory.not_relevant ? " not-relevant" : "");
  write(item, "memory-text", memory.text);
  write(item, "became", memory.status_label);
  for (const reason of memory.reasons) {
    const badge = document.createElement("span");
    badge.className = "badge";
    badge.textContent = string(`reason_${reason}`) || reason;
    item.querySelector("[data-reasons]").append(badge, " ");
  }
  offer(item, memory.text, memory.url, {
    forget: counts ? of(page.forgetPattern) : "",
    undo: memory.status === "forgotten" ? of(page.unforgetPattern) : "",
    "not-relevant": counts && !memory.not_relevant ? of(page.relevancePattern) : "",
    relevant: counts && memory.not_relevant ? of(page.relevancePattern) : "",
  });
  return item;
}

function toolItem({ label, query, found }) {
  const item = document.createElement("li");
  item.textContent = string("tool_use", { label, query, n: found });
  return item;
}

function cloneOf(template) {
  return document.getElementById(template).content.firstElementChild.cloneNode(true);
}

function write(item, name, text) {
  const part = item.querySelector(`[data-${name}]`);
  part.textContent = text ?? "";
  part.hidden = !text;
}

/** Show the link and those buttons that have an address. */
function offer(item, text, url, actions) {
  const link = item.querySelector("[data-memory-link]");
  link.href = url;
  link.hidden = !url;
  for (const [name, action] of Object.entries(actions)) {
    const form = item.querySelector(`[data-memory-action="${name}"]`);
    form.action = action ?? "";
    form.hidden = !action;
  }
  const about = text ? `: ${Array.from(text).slice(0, ABOUT_LENGTH).join("")}` : "";
  for (const part of item.querySelectorAll("[data-about]")) part.textContent = about;
}
