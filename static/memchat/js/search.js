// The search in a dialog: asks while one types, and opens what is chosen. Its form leads to the page of the search.
const WAIT = 150;

export class SearchDialog {
  #dialog;
  #field;
  #list;
  #status;
  #hint;
  #timer = 0;
  #asking = null;
  #active = -1;

  constructor(dialog) {
    const part = (name) => dialog.querySelector(`#search-${name}`);
    this.#dialog = dialog;
    this.#field = part("text");
    this.#list = part("results");
    this.#status = part("status");
    this.#hint = part("hint");
    document.addEventListener("click", (event) => {
      if (!event.target.closest("[data-open-search]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.toggle();
    });
    this.#field.addEventListener("input", () => this.#wait());
    this.#field.addEventListener("keydown", (event) => this.#press(event));
    dialog.querySelector("[data-close-search]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[role=option]")) dialog.close();
    });
    // Coming back to the page one finds it as it was before the search.
    addEventListener("pagehide", () => dialog.close());
  }

  toggle() {
    if (this.#dialog.open) {
      this.#dialog.close();
      return;
    }
    document.querySelector(":popover-open")?.hidePopover();
    this.#dialog.showModal();
    this.#field.select();
  }

  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(this.#field.value), WAIT);
  }

  async #ask(text) {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const answer = await fetch(`${this.#dialog.dataset.url}?${new URLSearchParams({ q: text })}`, {
        headers: { "X-Requested-With": "fetch" },
        signal: asking.signal,
      });
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
      const found = await answer.json();
      if (asking === this.#asking) this.#show(found);
    } catch (error) {
      if (error.name !== "AbortError") this.#show({ status: this.#dialog.dataset.failed, results: [] });
    }
  }

  #show({ status, results }) {
    // Whoever has chosen one already keeps it, if what comes now has it too.
    const chosen = this.#list.children[this.#active]?.getAttribute("href");
    this.#list.replaceChildren(...results.map((one, at) => this.#option(one, at)));
    this.#list.hidden = !results.length;
    this.#list.scrollTop = 0;
    this.#field.setAttribute("aria-expanded", String(results.length > 0));
    this.#status.textContent = status;
    this.#hint.hidden = !results.length;
    this.#activate(results.findIndex(({ url }) => url === chosen));
  }

  #option({ url, title, snippet, about }, at) {
    const option = this.#dialog.querySelector("#search-option").content.firstElementChild.cloneNode(true);
    option.id = `search-option-${at}`;
    option.href = url;
    option.querySelector("[data-title]").append(...parts(title));
    option.querySelector("[data-snippet]").append(...parts(snippet));
    option.querySelector("[data-about]").textContent = about;
    return option;
  }

  #press(event) {
    if (event.isComposing || event.keyCode === 229) return;
    const options = this.#list.children;
    if (event.key === "Escape") {
      // A search field would take the key to empty itself.
      event.preventDefault();
      this.#dialog.close();
    }
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length) {
      event.preventDefault();
      // From the field itself, which comes between the last and the first.
      const count = options.length + 1;
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#activate(((this.#active + 1 + step + count) % count) - 1);
    } else if (event.key === "Enter" && options[this.#active]) {
      event.preventDefault();
      options[this.#active].click();
    } else if (event.key === "Enter" && !this.#field.value.trim()) {
      event.preventDefault();
    }
  }

  #activate(at) {
    this.#list.children[this.#active]?.setAttribute("aria-selected", "false");
    this.#active = at;
    const option = this.#list.children[at];
    if (!option) {
      this.#field.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    this.#field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }
}

/** Pieces of text, of which some are what was looked for. */
function parts(pieces) {
  return pieces.map(([text, marked]) => {
    if (!marked) return text;
    const mark = document.createElement("mark");
    mark.textContent = text;
    return mark;
  });
}
