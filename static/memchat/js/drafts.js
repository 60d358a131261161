// What a person has written but not sent, for each thread.
import { Kept } from "./kept.js";
import { Storage } from "./storage.js";

const PREFIX = "memchat:draft:";
const POSTED = "memchat:posted:";
const NEW = "new";
const posted = new Storage("sessionStorage");

export class Drafts {
  #kept;
  #posted;

  constructor(user) {
    this.#kept = new Kept(`${PREFIX}${user}:`);
    this.#posted = POSTED + user;
  }

  read(thread) {
    return this.#kept.read(thread || NEW) ?? "";
  }

  write(thread, text) {
    if (text.trim()) this.#kept.write(thread || NEW, text);
    else this.#kept.remove(thread || NEW);
  }

  /** The server has it. What was written since then stays. */
  acknowledge(thread, text) {
    if (this.read(thread) === text) this.#kept.remove(thread || NEW);
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
    this.#kept.clear();
    posted.remove(this.#posted);
  }

  stayInTab() {
    this.#kept.stayInTab();
  }

  static removeAll() {
    Kept.removeAll(PREFIX);
    posted.removeAll(POSTED);
  }
}

/** A text as the server keeps it, near enough: where the two differ its draft merely stays. */
function asStored(text) {
  return text.replace(/\r\n?/g, "\n").replace(/^\n+/, "").trimEnd();
}
