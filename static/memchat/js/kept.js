// What is kept for a person who is writing: in the browser while they are signed in, and after that in the tab alone, which
// has it on its screen anyway.
import { Storage } from "./storage.js";

const browser = new Storage("localStorage");
const tab = new Storage("sessionStorage");

export class Kept {
  #prefix;
  #area = browser;

  /** They are signed in: what was kept in this tab since they were not is kept in the browser again. */
  constructor(prefix) {
    this.#prefix = prefix;
    for (const key of tab.keys(prefix)) {
      browser.write(key, tab.read(key));
      tab.remove(key);
    }
  }

  read(name) {
    return this.#area.read(this.#prefix + name);
  }

  write(name, value) {
    this.remove(name);
    this.#area.write(this.#prefix + name, value);
  }

  remove(name) {
    for (const area of [browser, tab]) area.remove(this.#prefix + name);
  }

  /** They are signed out. */
  stayInTab() {
    this.#area = tab;
  }

  clear() {
    Kept.removeAll(this.#prefix);
  }

  static removeAll(prefix) {
    for (const area of [browser, tab]) area.removeAll(prefix);
  }
}
