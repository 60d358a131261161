// Where a person writes. One button sends, and stops the reply while one is written.
import { string } from "./strings.js";

const SHOW_ROOM_FROM = 0.9;
const NOT_TWICE_WITHIN = 600;

export class Composer {
  #form;
  #text;
  #button;
  #count;
  #drafts;
  #attachments;
  #actions;
  #thread;
  #over = 0;
  #replying = false;
  #switched = 0;
  #max;
  /** The number of files that a message waits for which is to be sent with them; 0 when none does. */
  #awaited = 0;
  /** What was put here last, as long as nobody has touched it. */
  #filled = null;

  /** `actions` are `send(text, choice)`, which returns false where the form should be posted instead, `stop()`, `waits()`,
   * which is told that the message goes once its files are there, and `refused(why)`. */
  constructor(form, { thread, draft, maxChars, drafts, attachments, actions }) {
    this.#form = form;
    this.#text = form.elements.text;
    this.#button = form.querySelector(".send");
    this.#count = form.querySelector(".count");
    this.#max = maxChars;
    this.#thread = thread;
    this.#drafts = drafts;
    this.#attachments = attachments;
    this.#actions = actions;
    this.#listen();
    // The server, or the browser, may have put a text back already.
    this.#text.value ||= draft;
    this.#changed();
  }

  set thread(id) {
    // Only its own: another tab may be beginning a thread as well.
    this.#drafts.acknowledge(this.#thread, this.#text.value);
    this.#drafts.write(id, this.#text.value);
    this.#thread = id;
    this.#attachments.thread = id;
    this.#form.elements.thread.value = id;
  }

  set replying(replying) {
    if (replying === this.#replying) return;
    this.#replying = replying;
    this.#switched = performance.now();
    this.#showButton();
  }

  /** The one that is chosen. */
  get model() {
    const [provider, ...name] = (this.#form.elements.model?.value ?? "").split(":");
    return { provider, model_name: name.join(":") };
  }

  get blank() {
    return this.#text.value.trim() === "";
  }

  /**
   * Put a text where it can be written on. What the person has written meanwhile stays, below it; only a text that can
   * be had again gives way to the next one.
   */
  fill(text, { canBeHadAgain = false } = {}) {
    const written = this.#text.value === this.#filled ? "" : this.#text.value.trim();
    this.#filled = canBeHadAgain && !written ? text : null;
    this.#text.value = written ? `${text}\n\n${written}` : text;
    this.#changed();
    this.keep();
    this.focus();
    this.#text.setSelectionRange(text.length, text.length);
  }

  focus() {
    this.#text.focus();
  }

  /** Remember what is written, wherever that is kept now. */
  keep() {
    this.#drafts.write(this.#thread, this.#text.value);
  }

  /** The files that go with the message have changed. If it waited for just these, it goes now. */
  filesChanged() {
    this.#showButton();
    if (!this.#awaited || this.#attachments.busy) return;
    const complete = this.#attachments.count === this.#awaited;
    this.#await(0);
    if (complete && !this.#send()) this.#form.submit();
  }

  #listen() {
    this.#text.addEventListener("input", () => {
      this.#await(0);
      this.keep();
      this.#changed();
    });
    this.#text.addEventListener("keydown", (event) => this.#press(event));
    this.#form.addEventListener("submit", (event) => {
      if (this.#send()) event.preventDefault();
    });
    this.#button.addEventListener("click", (event) => {
      if (!this.#replying) return;
      event.preventDefault();
      // The second click of a double click on Send is not meant for Stop.
      if (performance.now() - this.#switched > NOT_TWICE_WITHIN) this.#stop();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || isComposing(event) || event.defaultPrevented || !this.#replying) return;
      if (!document.querySelector("dialog[open], :popover-open")) this.#stop();
    });
  }

  #press(event) {
    if (event.key === "Escape" && this.#awaited && !isComposing(event)) {
      event.preventDefault();
      this.#await(0);
    }
    if (event.key !== "Enter" || isComposing(event)) return;
    if (event.shiftKey || event.altKey || (isTouchFirst() && !event.ctrlKey && !event.metaKey)) return;
    event.preventDefault();
    if (!this.#send()) this.#form.submit();
  }

  /** False where the browser should post the form instead. */
  #send() {
    const text = this.#text.value;
    if (!this.#ready) {
      if (this.#attachments.busy && !this.#over) this.#await(this.#attachments.count);
      if (this.#over) this.#actions.refused(this.#count.textContent);
      this.focus();
      return true;
    }
    if (!this.#actions.send(text, this.model)) {
      this.#drafts.post(this.#thread, text);
      return false;
    }
    this.#text.value = "";
    this.#changed();
    this.focus();
    return true;
  }

  /** Send the message once so many files are there; writing on, Escape, or another number of them calls that off. */
  #await(count) {
    if (count && !this.#awaited) this.#actions.waits();
    this.#awaited = count;
    this.#form.toggleAttribute("data-awaits-files", count > 0);
    this.#showButton();
  }

  #stop() {
    this.#actions.stop();
    this.focus();
  }

  #changed() {
    const text = this.#text.value;
    // Characters are counted as the server counts them, and only where it may matter.
    const length = text.length > SHOW_ROOM_FROM * this.#max ? Array.from(text).length : text.length;
    this.#over = Math.max(0, length - this.#max);
    this.#count.hidden = length <= SHOW_ROOM_FROM * this.#max;
    this.#count.classList.toggle("over", this.#over > 0);
    this.#count.textContent = this.#over
      ? string("too_long", { n: this.#over })
      : string("room", { n: this.#max - length });
    this.#text.toggleAttribute("aria-invalid", false);
    if (this.#over) this.#text.setAttribute("aria-invalid", "true");
    this.#showButton();
    if (!CSS.supports("field-sizing", "content")) {
      this.#text.style.blockSize = "auto";
      this.#text.style.blockSize = `${this.#text.scrollHeight}px`;
    }
  }

  get #ready() {
    const { any, busy } = this.#attachments;
    return (this.#text.value.trim() !== "" || any) && !busy && this.#over === 0;
  }

  #showButton() {
    this.#button.dataset.mode = this.#replying ? "stop" : "send";
    this.#button.querySelector("[data-label]").textContent = string(this.#replying ? "stop" : "send");
    const idle = !this.#replying && !this.#ready && !this.#awaited;
    this.#button.setAttribute("aria-disabled", String(idle));
  }
}

/** Safari ends a composition before the Enter that ended it, whose key code then is 229. */
function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

function isTouchFirst() {
  return matchMedia("(hover: none) and (pointer: coarse)").matches;
}
