// The line above the composer: what is wrong with the connection or the thread, and what went wrong with no message to
// show it at. Of what holds at the same time the gravest is shown, and the next once that is over.

/** A problem is told over the state of the connection, but never over what makes all else vain. */
const BY_GRAVITY = ["signed-out", "gone", "problem", "connection", "reload"];
/** What went wrong once is not wrong for ever. */
const PROBLEM_STAYS = 20_000;

export class Banner {
  #element;
  #kinds = new Map();
  #timer;

  constructor(element) {
    this.#element = element;
    this.#part("button").addEventListener("click", () => this.#shown?.act?.());
  }

  show(kind, text, { button = "", act = null, link = "", href = "" } = {}) {
    this.#kinds.set(kind, { text, button, act, link, href });
    if (kind === "problem") {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.hide("problem"), PROBLEM_STAYS);
    }
    this.#draw();
  }

  hide(kind) {
    if (this.#kinds.delete(kind)) this.#draw();
  }

  get #shown() {
    return this.#kinds.get(BY_GRAVITY.find((kind) => this.#kinds.has(kind)));
  }

  #draw() {
    const shown = this.#shown;
    this.#element.hidden = !shown;
    if (!shown) return;
    const { text, button, link, href } = shown;
    this.#part("text").textContent = text;
    this.#part("button").textContent = button;
    this.#part("button").hidden = !button;
    this.#part("link").textContent = link;
    this.#part("link").href = href;
    this.#part("link").hidden = !link;
  }

  #part(name) {
    return this.#element.querySelector(`[data-banner-${name}]`);
  }
}
