// The line above the composer: the connection's state, and what went wrong with no message to show it at.
export class Banner {
  #element;
  #act = null;

  constructor(element) {
    this.#element = element;
    this.#part("button").addEventListener("click", () => this.#act?.());
  }

  show(text, { button = "", act = null, link = "", href = "" } = {}) {
    this.#part("text").textContent = text;
    this.#part("button").textContent = button;
    this.#part("button").hidden = !button;
    this.#act = act;
    this.#part("link").textContent = link;
    this.#part("link").href = href;
    this.#part("link").hidden = !link;
    this.#element.hidden = false;
  }

  hide() {
    this.#element.hidden = true;
  }

  #part(name) {
    return this.#element.querySelector(`[data-banner-${name}]`);
  }
}
