// What a person has written but not sent, for each thread.
import { Storage } from "./storage.js";

const PREFIX = "memchat:draft:";
const POSTED = "memchat:posted:";
const storage = new Storage("localStorage");
const posted = new Storage("sessionStorage");

export class Drafts {
  #prefix;
  #posted;

  constructor(user) {
    this.#prefix = `${PREFIX}${user}:`;
    this.#posted = POSTED + user;
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

  /** A message goes as a form. Its draft stays until a page shows that the server has it. */
  post(thread, text) {
    posted.write(this.#posted, JSON.stringify({ thread, text }));
  }

  /** A page shows its person's newest message: that may be what was posted. */
  shown(newest) {
    const kept = posted.read(this.#posted);
    posted.remove(this.#posted);
    const { thread, text } = kept ? JSON.parse(kept) : {};
    if (text && asStored(text) === newest) this.acknowledge(thread, text);
  }

  /** Leave nothing of this person's. */
  clear() {
    storage.removeAll(this.#prefix);
    posted.remove(this.#posted);
  }

  #key(thread) {
    return this.#prefix + (thread || "new");
  }

  static removeAll() {
    storage.removeAll(PREFIX);
    posted.removeAll(POSTED);
  }
}

/** A text as the server keeps it, near enough: where the two differ its draft merely stays. */
function asStored(text) {
  return text.replace(/\r\n?/g, "\n").replace(/^\n+/, "").trimEnd();
}
