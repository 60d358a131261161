// Which uploaded files wait to be sent, for each thread.
import { Kept } from "./kept.js";

const PREFIX = "memchat:attached:";
const NEW = "new";

export class AttachedDrafts {
  #kept;

  constructor(user) {
    this.#kept = new Kept(`${PREFIX}${user}:`);
  }

  read(thread) {
    try {
      return JSON.parse(this.#kept.read(thread || NEW)) ?? [];
    } catch {
      return [];
    }
  }

  write(thread, files) {
    if (files.length) this.#kept.write(thread || NEW, JSON.stringify(files));
    else this.#kept.remove(thread || NEW);
  }

  /** Leave nothing of this person's. */
  clear() {
    this.#kept.clear();
  }

  stayInTab() {
    this.#kept.stayInTab();
  }

  static removeAll() {
    Kept.removeAll(PREFIX);
  }
}
