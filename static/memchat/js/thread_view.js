// The thread that is shown: sends what the person does and applies what the server tells. It follows
// docs/protocol.md, "What a tab does".
import { MessageView } from "./message_view.js";
import { string } from "./strings.js";

const ANSWER_WITHIN = 20_000;
const ASK_AGAIN_AFTER = 5_000;

export class ThreadView {
  #list;
  #views = [];
  #send;
  #outbox;
  #scroll;
  #announcer;
  #tell;
  #actions;
  #deadlines = new Map();
  #live;

  /**
   * `send(command)` returns whether the connection took it. `tell` is told: `changed()` when the replies under way may
   * have changed, `threadStarted(id, title)`, `titled(frame)`, `acknowledged(entry)`, `edit(text)`, `gone(thread)`,
   * `problem(text)`, `reload()`. With `live` false the page shows older messages
   * only, and nothing is sent from here.
   */
  constructor({ thread, live, list, send, outbox, scroll, announcer, copy, tell }) {
    this.thread = thread;
    this.#live = live;
    this.#list = list;
    this.#send = send;
    this.#outbox = outbox;
    this.#scroll = scroll;
    this.#announcer = announcer;
    this.#tell = tell;
    this.#actions = {
      copy,
      retry: (view) => this.#retry(view),
      sendAgain: (view) => this.#sendAgain(view),
      edit: (view) => this.#edit(view),
      keepPlace: (element, change) => scroll.keepPlace(element, change),
    };
    this.#views = Array.from(list.children, (element) => new MessageView(element, this.#actions));
    for (const entry of outbox.of(thread)) this.#showEntry(entry);
  }

  get replying() {
    return this.#views.find((view) => view.open) ?? null;
  }

  get empty() {
    return this.#views.length === 0;
  }

  /** A socket is there, perhaps again: ask for what is new, then send what was not acknowledged. */
  connected() {
    if (!this.#live) return;
    // What belongs to other threads goes first: the socket follows the thread it was told of last.
    const [here, elsewhere] = [[], []];
    for (const entry of this.#outbox.waiting) (entry.thread === this.thread ? here : elsewhere).push(entry);
    for (const entry of elsewhere) this.#sendEntry(entry);
    this.#open();
    for (const entry of here) this.#sendEntry(entry);
  }

  say(text, choice) {
    const entry = this.#outbox.add({ thread: this.thread, text, ...choice });
    this.#showEntry(entry);
    this.#scroll.follow();
    this.#sendEntry(entry);
    this.#tell.changed();
  }

  stop() {
    const reply = this.replying;
    return Boolean(reply?.id) && this.#send({ do: "stop", message: reply.id, ref: `stop:${reply.id}` });
  }

  receive(frame) {
    if (frame.type === "said") return this.#said(frame);
    if (frame.type === "error") return this.#error(frame);
    if (frame.type === "thread") return this.#tell.titled(frame);
    if (frame.type === "gone") return this.#tell.gone(frame.thread);
    if (!this.thread || frame.thread !== this.thread) return undefined;
    if (frame.type === "opened") return this.#opened(frame);
    if (frame.type === "message") return this.#place(frame.message);
    if (frame.type === "ended") return this.#ended(frame.message);
    if (frame.type === "started") return this.#started(frame);
    if (frame.type === "piece") return this.#piece(frame);
    if (frame.type === "lagged") return this.#views.filter((view) => view.open).forEach((view) => this.#resume(view));
    return undefined;
  }

  #open() {
    if (!this.thread) return;
    const settled = this.#views.findLast((view) => view.settled);
    const partial = this.replying;
    this.#send({
      do: "open",
      ref: "open",
      thread: this.thread,
      ...(settled && { after: settled.id }),
      ...(partial?.id && { have: { message: partial.id, offset: partial.end } }),
    });
  }

  #opened({ messages, title, reload }) {
    if (reload) return this.#tell.reload();
    for (const message of messages) this.#place(message);
    this.#tell.titled({ thread: this.thread, title });
    if (this.replying) this.#announcer.begin();
    this.#tell.changed();
    return undefined;
  }

  #said({ ref, id, thread, title, message, reply }) {
    const entry = this.#outbox.find(id);
    this.#outbox.remove(id);
    clearTimeout(this.#deadlines.get(id));
    const begins = entry && !this.thread && this.#client(id);
    if (begins) {
      this.thread = thread;
      this.#tell.threadStarted(thread, title);
    }
    if (entry) this.#tell.acknowledged(entry);
    if (entry && !entry.thread) this.#continueIn(thread);
    if (thread !== this.thread) {
      this.#open();
      return;
    }
    const sending = this.#client(id);
    if (sending && !this.#find(message.id)) {
      delete sending.element.dataset.client;
      this.#trim(message, sending);
      sending.show(message);
    } else if (sending) {
      this.#remove(sending);
    }
    this.#place(message);
    this.#place(reply);
    if (ref?.startsWith("retry:")) this.#scroll.follow();
  }

  /** What was written before the new thread had an id belongs to it, too. */
  #continueIn(thread) {
    for (const entry of this.#outbox.move("", thread)) this.#sendEntry(entry);
  }

  #started(frame) {
    const view = this.#find(frame.message);
    view?.begin(frame);
    if (view?.open) this.#announcer.begin();
    this.#tell.changed();
  }

  #piece(frame) {
    const view = this.#find(frame.message);
    if (!view || (view.awaiting && frame.offset > view.end)) return;
    const first = view.state !== "streaming";
    if (!view.append(frame)) this.#resume(view);
    if (first) {
      this.#announcer.begin();
      this.#tell.changed();
    }
  }

  #ended(message) {
    const wasOpen = this.#find(message.id)?.open;
    this.#place(message);
    if (wasOpen) this.#announcer.end(message.state, this.#find(message.id).text);
    this.#tell.changed();
  }

  /** Ask for what is missing of a reply; until it comes, later pieces are dropped. */
  #resume(view) {
    view.awaiting = true;
    const { id, end } = view;
    this.#send({ do: "resume", message: id, offset: end });
    setTimeout(() => view.awaiting && view.open && view.end === end && this.#resume(view), ASK_AGAIN_AFTER);
  }

  /** Show a message in its place: where it stands already, or at the end of the branch it continues. */
  #place(message) {
    let view = this.#find(message.id);
    if (view) {
      if (view.open || view.state !== message.state) view.show(message);
    } else {
      view = MessageView.create(message.role, this.#actions);
      this.#trim(message, view);
      view.show(message);
      this.#insert(view);
    }
    this.#tell.changed();
  }

  /** A message that continues an earlier one starts another branch: what followed there leaves the page. */
  #trim(message, own) {
    const parent = this.#views.findIndex((view) => view.id && view.id === message.parent);
    if (parent < 0) return;
    for (const view of this.#views.slice(parent + 1)) if (view !== own && view.id) this.#remove(view);
  }

  /** Behind what is stored, before what is still being sent. */
  #insert(view) {
    const waiting = this.#views.findIndex((other) => !other.id);
    const at = waiting < 0 || !view.id ? this.#views.length : waiting;
    this.#list.insertBefore(view.element, this.#views[at]?.element ?? null);
    this.#views.splice(at, 0, view);
  }

  #remove(view) {
    this.#views = this.#views.filter((other) => other !== view);
    view.element.remove();
  }

  #find(id) {
    return this.#views.find((view) => view.id === id);
  }

  #client(id) {
    return this.#views.find((view) => view.element.dataset.client === id);
  }

  // What this tab sends

  #showEntry(entry) {
    const view = MessageView.create("user", this.#actions);
    view.element.dataset.client = entry.id;
    view.showSending(entry.text);
    if (entry.refused) view.showNotSent(entry.refused);
    this.#insert(view);
  }

  #sendEntry(entry) {
    const { id, thread, text, provider, model_name } = entry;
    // Two messages without a thread would start two; the second waits for the first.
    if (!thread && this.#outbox.waiting.find((other) => !other.thread) !== entry) return;
    if (!this.#send({ do: "say", ref: id, id, thread: thread || null, text, ...(provider && { provider, model_name }) })) return;
    clearTimeout(this.#deadlines.get(id));
    this.#deadlines.set(id, setTimeout(() => this.#refuse(entry, string("no_answer")), ANSWER_WITHIN));
  }

  #refuse(entry, reason) {
    clearTimeout(this.#deadlines.get(entry.id));
    if (!this.#outbox.find(entry.id)) return;
    this.#outbox.refuse(entry, reason);
    this.#client(entry.id)?.showNotSent(reason);
  }

  #sendAgain(view) {
    const entry = this.#outbox.find(view.element.dataset.client);
    if (!entry) return;
    this.#outbox.refuse(entry, "");
    view.showSending(entry.text);
    this.#sendEntry(entry);
  }

  #edit(view) {
    const { text } = view;
    this.#outbox.remove(view.element.dataset.client);
    this.#remove(view);
    this.#tell.edit(text);
  }

  /** Without a connection the button's own form does it. */
  #retry(view) {
    return this.#live && this.#send({ do: "retry", message: view.id, ref: `retry:${view.id}` });
  }

  #error({ ref, kind, text, retry_after: after }) {
    const entry = this.#outbox.find(ref);
    const reason = after ? `${text} ${string("try_again_in", { n: Math.ceil(after) })}` : text;
    if (entry && kind === "unavailable") {
      clearTimeout(this.#deadlines.get(entry.id));
      setTimeout(() => this.#outbox.find(entry.id) && this.#sendEntry(entry), (after ?? 5) * 1000);
    } else if (entry) {
      this.#refuse(entry, reason);
    } else if (ref === "open" && kind === "not_found") {
      this.#tell.gone(this.thread);
    } else if (!ref?.startsWith("stop:") || kind !== "not_found") {
      this.#tell.problem(reason);
    }
  }
}
