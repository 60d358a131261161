// One message on the page: a person's, or a reply while it is written and afterwards.
import { showCards } from "./attachment_cards.js";
import { fetchText } from "./fetching.js";
import { FormattedText } from "./formatted_text.js";
import { MemoryNotes } from "./memory_notes.js";
import { icon, language, string } from "./strings.js";
import { fillIn, urlOf } from "./urls.js";
import { showStanding } from "./versions.js";

const OPEN = new Set(["pending", "streaming"]);

export class MessageView {
  /** Set while a gap in the reply is being filled: what comes behind the gap is dropped meanwhile. */
  awaiting = false;
  epoch = 0;
  parent = "";
  #actions;
  #notes;
  #formatted;
  /** What a `memory` frame has told of this reply: newer than what its `ended` carries. */
  #told = {};

  /** `actions` are `retry(view)`, `sendAgain(view)`, `edit(view)`, `copy(read, button)` and `keepPlace(element, change)`. */
  constructor(element, actions) {
    this.element = element;
    this.#actions = actions;
    if (this.role === "assistant") this.#notes = new MemoryNotes(this.#part("memory-notes"), () => this.id);
    this.#on("[data-copy]", "click", (button) => actions.copy(() => this.source(), button));
    this.#on("[data-retry]", "submit", (_, event) => actions.retry(this) && event.preventDefault());
    this.#on("[data-send-again]", "click", () => actions.sendAgain(this));
    this.#on("[data-edit]", "click", () => actions.edit(this));
    this.#showTime();
    if (this.role !== "assistant") return;
    const text = this.#part("text");
    this.#formatted = new FormattedText(text, (blocks) => this.#furnish(blocks));
    if (!this.open) this.#furnish([...text.children]);
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
    if (this.role === "assistant") this.#part("text").ariaBusy = this.open ? "true" : null;
  }

  get open() {
    return this.role === "assistant" && OPEN.has(this.state);
  }

  get settled() {
    return !this.open && this.id !== "";
  }

  get text() {
    const text = this.#part("text");
    return this.role === "user" ? text.textContent : Array.from(text.children, (block) => block.textContent).join("\n");
  }

  /** What the message says, as it was written: of a reply that is its Markdown. */
  async source() {
    if (this.role === "user") return this.text;
    const answer = await fetch(urlOf("source", this.id));
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    return answer.text();
  }

  /** Show a message of this tab before the server has it. */
  showSending(text, attachments = []) {
    this.#part("text").textContent = text;
    showCards(this.#part("attached"), attachments);
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
    for (const one of element.querySelectorAll("[data-pattern]")) {
      one[one.tagName === "A" ? "href" : "action"] = fillIn(one.dataset.pattern, message.id);
    }
    showStanding(element, message);
    if (message.role === "user") {
      this.#part("text").textContent = message.text;
      showCards(this.#part("attached"), message.attachments);
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

  /** Take a frame of markup. False means that something before it is missing. */
  format(frame) {
    // Epoch 0 is text from the database, which is never out of date.
    if (!this.open || (frame.epoch && frame.epoch < this.epoch)) return true;
    this.epoch = Math.max(this.epoch, frame.epoch ?? 0);
    if (!this.#formatted.take(frame)) return false;
    this.awaiting = false;
    this.state = "streaming";
    return true;
  }

  #showOpen(message) {
    this.state = message.state;
    this.#part("model").textContent = message.model_name;
    this.awaiting = false;
    this.#showNotes(message);
  }

  #settle(message) {
    this.#part("model").textContent = message.model_name;
    this.#showNotes(message);
    this.#showError(message.error);
    this.#part("stop")?.remove();
    this.state = message.state;
    if (this.#formatted.done) return;
    if (message.html === null) this.#fetchHtml(message.id);
    else this.#showHtml(message.html);
  }

  /** A very long rendering does not fit into a frame, and one that was told already is not told again. */
  async #fetchHtml(id) {
    const html = await fetchText(urlOf("html", id), () => this.id === id);
    if (html !== null && this.id === id) this.#showHtml(html);
  }

  #showHtml(html) {
    this.#actions.keepPlace(this.element, () => this.#formatted.show(html));
  }

  #showError(error) {
    this.element.toggleAttribute("data-no-retry", Boolean(error && !error.retry));
    this.#part("error-text").textContent = error?.text ?? "";
    this.#part("error").hidden = !error;
  }

  /** What the reply has to do with memory has changed. Answers whether something has come to it. */
  tell({ changes, memories, tools }) {
    const before = this.#notes.count;
    this.#told = { ...this.#told, ...(changes && { changes }), ...(memories && { memories }), ...(tools && { tools }) };
    this.#actions.keepPlace(this.element, () => this.#notes.show(this.#told));
    return this.#notes.count > before;
  }

  #showNotes({ changes, memories, tools, omitted, notice }) {
    const told = this.#told;
    this.#notes.show({
      changes: fuller(told.changes, changes),
      memories: fuller(told.memories, memories),
      tools: fuller(told.tools, tools),
      omitted,
      notice,
    });
  }

  /** Give finished code its copy button. */
  #furnish(blocks) {
    for (const block of blocks) {
      if (block.tagName === "PRE") this.#furnishCode(block);
      else block.querySelectorAll("pre:not(.code-block > pre)").forEach((pre) => this.#furnishCode(pre));
    }
  }

  #furnishCode(pre) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "icon-button";
    button.dataset.copy = "";
    button.setAttribute("aria-label", string("copy_code"));
    button.append(icon("copy"), icon("check"));
    button.addEventListener("click", () => this.#actions.copy(async () => pre.textContent, button));
    const block = document.createElement("div");
    block.className = "code-block";
    pre.before(block);
    block.append(pre, button);
  }

  #showTime() {
    const time = this.#part("time");
    if (!time.dateTime) return;
    const date = new Date(time.dateTime);
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

/** What was told apart is newer, unless something has come since: these lists only grow. */
function fuller(told, given) {
  return told && told.length >= (given?.length ?? 0) ? told : given;
}
