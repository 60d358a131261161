// Keyboard shortcuts. Each has a modifier; the list of them is a dialog, in which they can be turned off.
import { Storage } from "./storage.js";

const KEY = "memchat:shortcuts";
const storage = new Storage("localStorage");

export class Shortcuts {
  #dialog;
  #search;

  /** `search` shows the search, or puts it away. */
  constructor(dialog, { search }) {
    this.#dialog = dialog;
    this.#search = search;
  }

  listen() {
    const choice = this.#dialog.querySelector("#shortcuts-on");
    choice.checked = storage.read(KEY) !== "off";
    choice.addEventListener("change", () => storage.write(KEY, choice.checked ? "on" : "off"));
    if (/Mac|iPhone|iPad/.test(navigator.platform)) {
      for (const key of document.querySelectorAll("[data-modifier]")) key.textContent = "⌘";
    }
    for (const button of document.querySelectorAll("[data-open-shortcuts]")) {
      button.addEventListener("click", () => this.#open());
    }
    document.addEventListener("keydown", (event) => this.#press(event));
  }

  #press(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || storage.read(KEY) === "off") return;
    if (event.shiftKey && event.code === "KeyO") {
      event.preventDefault();
      location.assign(this.#dialog.dataset.newThread);
    } else if (event.code === "KeyK" && !event.shiftKey) {
      event.preventDefault();
      this.#dialog.close();
      this.#search();
    } else if (event.key === "/") {
      event.preventDefault();
      if (this.#dialog.open) this.#dialog.close();
      else this.#open();
    }
  }

  #open() {
    document.querySelector("#account-menu:popover-open")?.hidePopover();
    this.#dialog.showModal();
  }
}
