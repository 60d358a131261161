// How the thread stands with memory: its switch, and what a temporary thread says of itself.
import { language, string } from "./strings.js";

export class MemoryControl {
  #page;
  #parts;
  #tell;
  #mode;

  /** `parts` are the switch, its form, the choice of a temporary thread, the banner and its form. */
  constructor(page, parts, tell) {
    this.#page = page;
    this.#parts = parts;
    this.#tell = tell;
    for (const radio of this.#radios) radio.addEventListener("change", () => this.#switch(radio.value));
    parts.keep.addEventListener("submit", (event) => this.#keep(event));
    parts.control.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !parts.control.open) return;
      event.preventDefault();
      parts.control.open = false;
      parts.control.querySelector("summary").focus();
    });
    document.addEventListener("click", (event) => {
      if (!parts.control.contains(event.target)) parts.control.open = false;
    });
    // The browser may have filled the form in again: with what was chosen for a thread to come, which counts, or with
    // what an existing thread no longer is.
    if (page.thread) for (const radio of this.#radios) radio.checked = radio.defaultChecked;
    this.#showMode(this.#chosen);
    this.#showTime(parts.banner.querySelector("time").dateTime);
  }

  /** How a thread that begins now is to begin; nothing for one that exists. */
  get choice() {
    if (this.#page.thread) return {};
    return this.#parts.temporary?.querySelector("input").checked ? { temporary: true } : { memory_mode: this.#chosen };
  }

  /** The thread has an id now: its switch acts on it. */
  begin() {
    for (const radio of this.#radios) radio.setAttribute("form", this.#parts.form.id);
    this.#parts.temporary?.remove();
    this.#parts.keep.hidden = false;
  }

  /** Show what the server says of the thread. */
  follow({ memory_mode: mode, temporary, expires_at: expires }) {
    if (mode === undefined) return;
    this.#page.temporary = temporary ? "yes" : "no";
    this.#showMode(mode);
    this.#showTime(expires ?? "");
  }

  get #radios() {
    return document.querySelectorAll('input[name="memory_mode"]');
  }

  get #chosen() {
    return Array.from(this.#radios).find((radio) => radio.checked)?.value ?? "write";
  }

  #showMode(mode) {
    this.#mode = mode;
    for (const radio of this.#radios) radio.checked = radio.value === mode;
    if (this.#page.memory !== "none") this.#page.memory = mode;
  }

  #showTime(expires) {
    const { banner } = this.#parts;
    banner.querySelector("[data-expires]").hidden = !expires;
    banner.querySelector("[data-expires-later]").hidden = Boolean(expires);
    if (!expires) return;
    const time = banner.querySelector("time");
    time.dateTime = expires;
    time.textContent = new Date(expires).toLocaleString(language, {
      dateStyle: "medium",
      timeStyle: "short",
    });
  }

  async #switch(mode) {
    const before = this.#mode;
    this.#showMode(mode);
    if (!this.#page.thread) return;
    if (!(await this.#post(this.#parts.form))) {
      this.#showMode(before);
      this.#tell.problem(string("mode_failed"));
    } else {
      this.#tell.done(this.#parts.control.querySelector("summary").innerText.trim());
    }
  }

  async #keep(event) {
    event.preventDefault();
    if (!(await this.#post(this.#parts.keep))) return this.#tell.problem(string("keep_failed"));
    this.#tell.kept();
    this.#parts.control.querySelector("summary").focus();
    return this.#tell.done(string("kept"));
  }

  async #post(form) {
    try {
      const body = new FormData(form);
      const answer = await fetch(form.action, { method: "POST", headers: { "X-Requested-With": "fetch" }, body });
      return answer.ok && !answer.redirected;
    } catch {
      return false;
    }
  }
}
