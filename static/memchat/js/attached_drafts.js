// Which uploaded files wait to be sent, for each thread.
import { Storage } from "./storage.js";

const PREFIX = "memchat:attached:";
const storage = new Storage("localStorage");

export class AttachedDrafts {
  #prefix;

  constructor(user) {
    this.#prefix = `${PREFIX}${user}:`;
  }

  read(thread) {
    try {
      return JSON.parse(storage.read(this.#key(thread))) ?? [];
    } catch {
      return [];
    }
  }

  write(thread, files) {
    if (files.length) storage.write(this.#key(thread), JSON.stringify(files));
    else storage.remove(this.#key(thread));
  }

  /** Leave nothing of this person's. */
  clear() {
    storage.removeAll(this.#prefix);
  }

  #key(thread) {
    return this.#prefix + (thread || "new");
  }

  static removeAll() {
    storage.removeAll(PREFIX);
  }
}
