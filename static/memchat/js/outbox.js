// Messages that were sent and not yet acknowledged. They survive a reload, and keep their id when sent again, so
// that the server stores each once.
import { Storage } from "./storage.js";

const PREFIX = "memchat:outbox:";
const storage = new Storage("sessionStorage");

export class Outbox {
  #key;
  #entries;

  constructor(user) {
    this.#key = PREFIX + user;
    try {
      this.#entries = JSON.parse(storage.read(this.#key)) ?? [];
    } catch {
      this.#entries = [];
    }
  }

  /** `edits` is the message that this is another version of. `memory_mode` and `temporary` say how a thread begins that
   * this message is the first of. */
  add({ thread, text, edits, attachments, provider, model_name, memory_mode, temporary }) {
    const entry = {
      id: newId(), thread, text, edits, attachments: attachments ?? [], provider, model_name, memory_mode, temporary,
      refused: "",
    };
    this.#entries.push(entry);
    this.#save();
    return entry;
  }

  find(id) {
    return this.#entries.find((entry) => entry.id === id);
  }

  of(thread) {
    return this.#entries.filter((entry) => entry.thread === thread);
  }

  /** What the server may not have: neither acknowledged nor refused. */
  get waiting() {
    return this.#entries.filter((entry) => !entry.refused);
  }

  refuse(entry, reason) {
    entry.refused = reason;
    this.#save();
  }

  /** Give what waits for one thread to another; answers with it. */
  move(from, to) {
    const moved = this.waiting.filter((entry) => entry.thread === from);
    for (const entry of moved) entry.thread = to;
    this.#save();
    return moved;
  }

  remove(id) {
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    this.#save();
  }

  /** Leave nothing of this person's. */
  clear() {
    this.#entries = [];
    this.#save();
  }

  #save() {
    if (this.#entries.length) storage.write(this.#key, JSON.stringify(this.#entries));
    else storage.remove(this.#key);
  }

  static removeAll() {
    storage.removeAll(PREFIX);
  }
}

/** A random UUID; crypto.randomUUID exists on secure origins only, and a home server may be plain http. */
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
