// Replies that ended while their person was elsewhere: a mark in the list of threads, and their number in the title.
/** So long another tab, which shows the thread, has to say that its person has seen it. */
const GRACE = 1_000;

export class Unread {
  #rows;
  #here;
  #send;
  #threads = new Set();
  #waiting = new Map();
  #title;

  /** `here()` is the thread whose newest messages this tab shows; `send(command)` answers whether it was sent. */
  constructor(rows, { here, send }) {
    this.#rows = rows;
    this.#here = here;
    this.#send = send;
    this.#title = document.title;
    document.addEventListener("visibilitychange", () => this.#look());
    this.read();
  }

  /** What the page is called, without the number. */
  set title(title) {
    this.#title = title;
    this.#show();
  }

  /** Take over what the list says, which the server has drawn. */
  read() {
    this.#threads = new Set(Array.from(this.#rows.querySelectorAll("[data-unread]"), (row) => row.dataset.thread));
    this.#look();
    this.#show();
  }

  /** A socket is there: what ended meanwhile has been seen if this tab can be. */
  connected() {
    if (this.#sees(this.#here())) this.#send({ do: "seen", thread: this.#here() });
  }

  /** A reply has ended. */
  settled({ thread, unread }) {
    if (!unread) return;
    if (this.#sees(thread)) {
      this.#send({ do: "seen", thread });
      return;
    }
    clearTimeout(this.#waiting.get(thread));
    this.#waiting.set(thread, setTimeout(() => this.#mark(thread), GRACE));
  }

  /** The person has seen it, in whichever tab; or it is gone. */
  seen(thread) {
    clearTimeout(this.#waiting.get(thread));
    this.#waiting.delete(thread);
    if (this.#threads.delete(thread)) this.#show();
  }

  #sees(thread) {
    return Boolean(thread) && thread === this.#here() && document.visibilityState === "visible";
  }

  #look() {
    const here = this.#here();
    const isNew = this.#threads.has(here) || this.#waiting.has(here);
    if (isNew && this.#sees(here) && this.#send({ do: "seen", thread: here })) this.seen(here);
  }

  #mark(thread) {
    this.#waiting.delete(thread);
    this.#threads.add(thread);
    this.#show();
  }

  #show() {
    const { size } = this.#threads;
    document.title = size ? `(${size}) ${this.#title}` : this.#title;
    for (const row of this.#rows.querySelectorAll(".thread-row")) {
      row.toggleAttribute("data-unread", this.#threads.has(row.dataset.thread));
    }
  }
}
