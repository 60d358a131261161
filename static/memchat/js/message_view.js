// One message on the page: a person's, or a reply while it is written and afterwards.
import { icon, string } from "./strings.js";
import { showSanitisedHtml } from "./trusted_html.js";
import { undoForm } from "./undo.js";
import { fillIn, urlOf } from "./urls.js";

const OPEN = new Set(["pending", "streaming"]);

export class MessageView {
  /** Set while a gap in the reply is being filled: pieces behind the gap are dropped meanwhile. */
  awaiting = false;
  epoch = 0;
  parent = "";
  #actions;

  /** `actions` are `retry(view)`, `sendAgain(view)`, `edit(view)`, `copy(read, button)` and `keepPlace(element, change)`. */
  constructor(element, actions) {
    this.element = element;
    this.end = Number(element.dataset.end);
    this.#actions = actions;
    this.#on("[data-copy]", "click", (button) => actions.copy(() => this.source(), button));
    this.#on("[data-retry]", "submit", (_, event) => actions.retry(this) && event.preventDefault());
    this.#on("[data-send-again]", "click", () => actions.sendAgain(this));
    this.#on("[data-edit]", "click", () => actions.edit(this));
    this.#showTime();
    if (!this.open) this.#furnish();
  }

  static create(role, actions) {
    const template = document.getElementById(`${role}-message`);
    return new MessageView(template.content.firstElementChild.cloneNode(true), actions);
  }

  get id() {
    return this.element.dataset.message;
  }

  get role() {
    return this.element.dataset.role;
  }

  get state() {
    return this.element.dataset.state;
  }

  set state(state) {
    this.element.dataset.state = state;
  }

  get open() {
    return this.role === "assistant" && OPEN.has(this.state);
  }

  get settled() {
    return !this.open && this.id !== "";
  }

  get text() {
    return this.#part("text").textContent;
  }

  /** What the message says, as it was written: of a reply that is its Markdown. */
  async source() {
    if (this.role === "user") return this.text;
    const answer = await fetch(urlOf("source", this.id));
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.text();
  }

  /** Show a message of this tab before the server has it. */
  showSending(text) {
    this.#part("text").textContent = text;
    this.state = "sending";
  }

  showNotSent(reason) {
    this.state = "failed-to-send";
    this.#part("error-text").textContent = reason;
  }

  /** Show a whole message as the server knows it, or what is new in it. */
  show(message) {
    const { element } = this;
    element.dataset.message = message.id;
    element.id = `message-${message.id}`;
    this.parent = message.parent ?? "";
    const who = element.querySelector(".message-who");
    who.id = `message-${message.id}-who`;
    element.firstElementChild.setAttribute("aria-labelledby", who.id);
    if (message.created_at) this.#part("time").dateTime = message.created_at;
    this.#showTime();
    for (const form of element.querySelectorAll("[data-pattern]")) {
      form.action = fillIn(form.dataset.pattern, message.id);
    }
    if (message.role === "user") {
      this.#part("text").textContent = message.text;
      this.state = message.state;
    } else if (OPEN.has(message.state)) {
      this.#showOpen(message);
    } else {
      this.#settle(message);
    }
  }

  /** The reply is being written; this is what memory gave it and did. */
  begin({ epoch, model_name, ...notes }) {
    this.epoch = Math.max(this.epoch, epoch);
    if (!this.open) return;
    this.state = "streaming";
    this.#part("model").textContent = model_name ?? "";
    this.#showNotes(notes);
  }

  /** Take a piece. False means that something before it is missing. */
  append({ epoch, offset, end, text }) {
    // Epoch 0 is text from the database, which is never out of date.
    if (!this.open || (epoch && epoch < this.epoch) || end <= this.end) return true;
    this.epoch = Math.max(this.epoch, epoch);
    if (offset > this.end) return false;
    // Offsets count code points, and so does an array of a string.
    const fresh = offset === this.end ? text : Array.from(text).slice(this.end - offset).join("");
    this.#part("text").append(fresh);
    this.end = end;
    this.awaiting = false;
    this.state = "streaming";
    return true;
  }

  #showOpen(message) {
    this.state = message.state;
    // Its text comes in pieces, from where this page has it.
    this.#part("model").textContent = message.model_name;
    this.awaiting = false;
    this.#showNotes(message);
  }

  #settle(message) {
    this.end = message.end;
    this.#part("model").textContent = message.model_name;
    this.#showNotes(message);
    this.#showError(message.error);
    this.state = message.state;
    if (message.html === null) this.#fetchHtml(message.id);
    else this.#showHtml(message.html);
  }

  /** A very long rendering does not fit into a frame. Without it the text stays as it was streamed. */
  async #fetchHtml(id) {
    const answer = await fetch(urlOf("html", id));
    if (answer.ok) this.#showHtml(await answer.text());
  }

  #showHtml(html) {
    this.#whenUnselected(() =>
      this.#actions.keepPlace(this.element, () => {
        const text = this.#part("text");
        text.className = "message-text prose";
        showSanitisedHtml(text, html);
        this.#furnish();
      }),
    );
  }

  /** Rendering takes a selection away, so it waits until nothing of the reply is selected. */
  #whenUnselected(act) {
    const attempt = () => {
      const selection = getSelection();
      if (!selection.isCollapsed && selection.containsNode(this.#part("text"), true)) return;
      document.removeEventListener("selectionchange", attempt);
      act();
    };
    document.addEventListener("selectionchange", attempt);
    attempt();
  }

  #showError(error) {
    this.element.toggleAttribute("data-no-retry", Boolean(error && !error.retry));
    this.#part("error-text").textContent = error?.text ?? "";
    this.#part("error").hidden = !error;
  }

  #showNotes({ changes = [], memories = [], omitted = 0, notice = "" }) {
    const list = this.#part("changes");
    list.replaceChildren(...(changes ?? []).map(changeItem));
    list.hidden = !changes?.length;
    const used = this.#part("memories");
    used.querySelector("ol").replaceChildren(...(memories ?? []).map(memoryItem));
    used.querySelector("[data-count]").textContent = memories?.length ?? 0;
    used.hidden = !memories?.length;
    this.#part("notice").hidden = !notice;
    this.#part("omitted").hidden = !omitted;
    this.#part("omitted").querySelector("[data-count]").textContent = omitted;
  }

  /** Give code its copy button, and let the keyboard scroll what is wider than the page. */
  #furnish() {
    for (const pre of this.#part("text").querySelectorAll("pre:not(.code-block > pre)")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "icon-button";
      button.dataset.copy = "";
      button.setAttribute("aria-label", string("copy_code"));
      button.append(icon("copy"), icon("check"));
      button.addEventListener("click", () => this.#actions.copy(async () => pre.textContent, button));
      const block = document.createElement("div");
      block.className = "code-block";
      pre.replaceWith(block);
      pre.tabIndex = 0;
      block.append(pre, button);
    }
    for (const table of this.#part("text").querySelectorAll(":scope > table")) table.tabIndex = 0;
  }

  #showTime() {
    const time = this.#part("time");
    if (!time.dateTime) return;
    const date = new Date(time.dateTime);
    const language = document.documentElement.lang;
    const today = date.toDateString() === new Date().toDateString();
    time.textContent = date.toLocaleString(language, { ...(!today && { dateStyle: "medium" }), timeStyle: "short" });
    time.title = date.toLocaleString(language, { dateStyle: "full", timeStyle: "short" });
  }

  #part(name) {
    return this.element.querySelector(`[data-${name}]`);
  }

  #on(selector, type, act) {
    const part = this.element.querySelector(selector);
    part?.addEventListener(type, (event) => act(part, event));
  }
}

function changeItem(change) {
  const { kind, label: happened, text, reason, url } = change;
  const item = document.createElement("li");
  item.className = "change";
  item.dataset.kind = kind;
  const label = document.createElement("strong");
  label.textContent = happened;
  const line = document.createElement("span");
  line.append(label, " ", linked(text, url));
  if (reason) {
    const why = document.createElement("span");
    why.className = "reason";
    why.textContent = reason;
    line.append(" ", why);
  }
  const undo = undoForm(change);
  item.append(icon("memory"), line, ...(undo ? [undo] : []));
  return item;
}

function memoryItem({ text, url, reasons }) {
  const item = document.createElement("li");
  item.append(linked(text, url));
  for (const reason of reasons ?? []) {
    const badge = document.createElement("span");
    badge.className = "badge";
    badge.textContent = string(`reason_${reason}`) || reason;
    item.append(" ", badge);
  }
  return item;
}

function linked(text, url) {
  const element = document.createElement(url ? "a" : "span");
  if (url) element.href = url;
  element.dir = "auto";
  element.textContent = text;
  return element;
}
