// What a person has written but not sent, for each thread.
import { Storage } from "./storage.js";

const PREFIX = "memchat:draft:";
const storage = new Storage("localStorage");

export class Drafts {
  #prefix;

  constructor(user) {
    this.#prefix = `${PREFIX}${user}:`;
  }

  read(thread) {
    return storage.read(this.#key(thread)) ?? "";
  }

  write(thread, text) {
    if (text.trim()) storage.write(this.#key(thread), text);
    else storage.remove(this.#key(thread));
  }

  /** The server has it. What was written since then stays. */
  acknowledge(thread, text) {
    if (this.read(thread) === text) storage.remove(this.#key(thread));
  }

  #key(thread) {
    return this.#prefix + (thread || "new");
  }

  static removeAll() {
    storage.removeAll(PREFIX);
  }
}
