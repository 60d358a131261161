// The thread that is shown: sends what the person does and applies what the server tells. It follows
// docs/protocol.md, "What a tab does".
import { MessageView } from "./message_view.js";
import { string } from "./strings.js";
import { focusStep, focusedStep, showVersions } from "./versions.js";

const ANSWER_WITHIN = 20_000;
const ASK_AGAIN_AFTER = 5_000;

export class ThreadView {
  #list;
  #views = [];
  #send;
  #steer;
  #outbox;
  #scroll;
  #announcer;
  #tell;
  #actions;
  #deadlines = new Map();
  #live;
  /** The reply that is to be stopped, until it has ended: what a connection took before it broke may not have arrived. */
  #toStop = "";

  /**
   * `send(command)` returns whether the connection took it, `steer(command)` whether no form is needed for what the
   * person asks. `tell` is told: `changed()` when the replies under way may have changed, `threadStarted(frame)`,
   * `titled(frame)`, `acknowledged(entry)`, `worked()` when what was asked is done, `edit(text, attachments, edits)`,
   * `refusedElsewhere(entry, reason, isLost)` of a message that is not shown here, `placed(element)` of one that now is,
   * `gone(thread)`, `behind()` when frames were missed, `problem(text)`, `reload()`; `isWithoutSocket()` is asked whether
   * forms are all there is. With `live` false the page shows older messages only: nothing new is sent from here.
   */
  constructor({ thread, live, list, send, steer, outbox, scroll, announcer, copy, tell }) {
    this.thread = thread;
    this.#live = live;
    this.#list = list;
    this.#send = send;
    this.#steer = steer;
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
    if (!this.#live) {
      // What was on its way when this page took the place of the one that sent it.
      for (const entry of this.#outbox.waiting) this.#sendEntry(entry);
      return;
    }
    this.#send({ do: "markup" });
    // What belongs to other threads goes first: the socket follows the thread it was told of last.
    const [here, elsewhere] = [[], []];
    for (const entry of this.#outbox.waiting) (entry.thread === this.thread ? here : elsewhere).push(entry);
    for (const entry of elsewhere) this.#sendEntry(entry);
    this.#open();
    for (const entry of here) this.#sendEntry(entry);
    if (this.#toStop && this.#find(this.#toStop)?.open) this.#sendStop(this.#toStop);
  }

  /** The connection is gone. What was not acknowledged is sent again once there is another: nobody is late until then. */
  disconnected() {
    for (const deadline of this.#deadlines.values()) clearTimeout(deadline);
    this.#deadlines.clear();
    // Nobody knows whether it is still being written.
    this.#announcer.stop();
  }

  /** There will be no connection: what waits for one is given back. */
  giveBack() {
    for (const entry of this.#outbox.of(this.thread)) if (!entry.refused) this.#refuse(entry, string("no_answer"));
  }

  say(text, choice) {
    const entry = this.#outbox.add({ thread: this.thread, text, ...choice });
    this.#showEntry(entry);
    this.#scroll.follow();
    this.#sendEntry(entry);
    this.#tell.changed();
  }

  /** Send another version of a message. */
  edit(message, text, model) {
    const entry = this.#outbox.add({ thread: this.thread, text, edits: message, ...model });
    this.#showEntry(entry);
    this.#scroll.follow();
    this.#sendEntry(entry);
    this.#tell.changed();
  }

  /** Put older messages before the others, and make `change` above them, without moving what is read. */
  prepend(elements, change) {
    this.#views.unshift(...elements.map((element) => new MessageView(element, this.#actions)));
    this.#scroll.keepStill(() => {
      this.#list.prepend(...elements);
      change();
    });
  }

  /** The thread is no more: nothing comes to what is shown of it. */
  end() {
    const reply = this.replying;
    if (reply) reply.state = "interrupted";
    this.#announcer.stop();
    this.#tell.changed();
  }

  /** Without a connection it is stopped as soon as there is one; where there never is, as a form. */
  stop() {
    const reply = this.replying;
    if (!reply?.id) return;
    this.#toStop = reply.id;
    if (this.#sendStop(reply.id)) return;
    const form = reply.element.querySelector("[data-stop]");
    if (form && this.#tell.isWithoutSocket()) {
      form.requestSubmit();
    } else {
      this.#tell.problem(string("stop_waits"));
    }
  }

  #sendStop(id) {
    return this.#send({ do: "stop", message: id, ref: `stop:${id}` });
  }

  receive(frame) {
    if (frame.type === "said") return this.#said(frame);
    if (frame.type === "error") return this.#error(frame);
    if (frame.type === "thread") return this.#tell.titled(frame);
    if (frame.type === "gone") return this.#tell.gone(frame.thread);
    if (frame.type === "markup") return this.#markup(frame);
    if (!this.thread || frame.thread !== this.thread) return undefined;
    if (frame.type === "opened") return this.#opened(frame);
    if (frame.type === "message" || frame.type === "ended") return this.#place(frame.message);
    if (frame.type === "memory") return this.#noted(frame);
    if (frame.type === "started") return this.#started(frame);
    if (frame.type === "branch") return this.#branch(frame);
    if (frame.type === "lagged") return this.#catchUp();
    return undefined;
  }

  #open() {
    if (!this.thread) return;
    const settled = this.#views.findLast((view) => view.settled);
    this.#send({ do: "open", ref: "open", thread: this.thread, ...(settled && { after: settled.id }) });
  }

  /** The server has sent nothing for a while, as this tab did not read. What it was told of then is asked for. */
  #catchUp() {
    this.#open();
    this.#tell.behind();
  }

  #opened({ messages, notes, versions, reload, ...thread }) {
    if (reload) return this.#tell.reload();
    for (const [id, found] of Object.entries(versions)) if (this.#find(id)) showVersions(this.#find(id).element, found);
    for (const message of messages) {
      this.#place(message);
      if (this.#find(message.id).settled) this.notes(message.id, message);
      else this.#await(this.#find(message.id));
    }
    // What was learned, or taken back, while this tab was not connected.
    for (const one of notes) this.notes(one.message, one);
    this.#tell.titled(thread);
    if (this.replying) this.#announcer.begin();
    this.#tell.changed();
    return undefined;
  }

  /** Show what is stored of a reply and memory, as a `memory` frame has it. Answers whether something has come to it. */
  notes(reply, notes) {
    const view = this.#find(reply);
    return view?.role === "assistant" && view.tell(notes);
  }

  #noted(frame) {
    if (this.notes(frame.message, frame)) this.#announcer.say(string("memory_updated"));
  }

  #said({ ref, id, message, reply, ...state }) {
    const { thread } = state;
    const entry = this.#outbox.find(id);
    this.#outbox.remove(id);
    this.#answered(id);
    const begins = entry && !this.thread && this.#client(id);
    if (begins) {
      this.thread = thread;
      this.#tell.threadStarted(state);
    }
    if (entry) this.#tell.acknowledged(entry);
    this.#tell.worked();
    if (entry && !entry.thread) this.#continueIn(thread);
    const sending = this.#client(id);
    if (!this.#live) {
      // It is not among the older messages that are shown here.
      if (sending) this.#remove(sending);
      return;
    }
    if (thread !== this.thread) {
      this.#open();
      return;
    }
    if (sending && !this.#find(message.id)) {
      delete sending.element.dataset.client;
      this.#trim(message, sending);
      sending.show(message);
      this.#moveUp(sending);
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

  /** What is added to a reply does not name it: of this thread one is written at a time. */
  #markup(frame) {
    const view = frame.message ? this.#find(frame.message) : this.replying;
    if (!view?.open) return;
    const first = view.state !== "streaming";
    if (!view.format(frame) && !view.awaiting) this.#resume(view);
    if (first && view.state === "streaming") {
      this.#announcer.begin();
      this.#tell.changed();
    }
  }

  /** Ask for all of a reply; until it comes, what is added to it is dropped. */
  #resume(view) {
    this.#send({ do: "resume", message: view.id, offset: 0 });
    this.#await(view);
  }

  #await(view) {
    view.awaiting = true;
    setTimeout(() => view.awaiting && view.open && this.#resume(view), ASK_AGAIN_AFTER);
  }

  /** Show a message in its place: where it stands already, or at the end of the branch it continues. */
  #place(message) {
    let view = this.#find(message.id);
    if (view) {
      const wasOpen = view.open;
      if (wasOpen || view.state !== message.state) view.show(message);
      if (wasOpen && !view.open) this.#announcer.end(message.state, view.text);
    } else {
      view = MessageView.create(message.role, this.#actions);
      this.#trim(message, view);
      view.show(message);
      this.#insert(view);
      this.#tell.placed(view.element);
    }
    if (message.id === this.#toStop && !view.open) this.#toStop = "";
    this.#tell.changed();
  }

  /** A message that continues an earlier one starts another branch: what followed there leaves the page. */
  #trim(message, own) {
    const at = this.#after(message.parent);
    if (at === null) this.#tell.reload();
    else for (const view of this.#views.slice(at)) if (view !== own && view.id) this.#remove(view);
  }

  /** Where a branch goes on from a message, or begins; null where this page does not show that. */
  #after(parent) {
    const stored = this.#views.filter((view) => view.id);
    if (!stored.length) return 0;
    if (!parent) return document.getElementById("older") ? null : 0;
    const at = this.#views.findIndex((view) => view.id === parent);
    return at < 0 ? null : at + 1;
  }

  /** From now on another branch is shown after `from`. */
  #branch({ from, messages, reload }) {
    const at = reload ? null : this.#after(from);
    if (at === null) return this.#tell.reload();
    const before = this.#views.slice(at).filter((view) => view.id);
    if (before.length === messages.length && messages.every(({ id }, place) => id === before[place].id)) {
      return messages.forEach((message, place) => showVersions(before[place].element, message.versions));
    }
    const [first] = before;
    const top = first?.element.getBoundingClientRect().top;
    const step = first && focusedStep(first.element);
    before.forEach((view) => this.#remove(view));
    for (const message of messages) this.#place(message);
    const shown = this.#find(messages[0].id);
    if (first) this.#scroll.stay(shown.element, top);
    if (step) focusStep(shown.element, step);
    const { index: n, count } = messages[0].versions ?? {};
    if (step && n) this.#announcer.say(string("version_of", { n, count }));
    this.#tell.changed();
    return undefined;
  }

  /** Behind what is stored, before what is still being sent. */
  #insert(view) {
    const waiting = this.#views.findIndex((other) => !other.id);
    const at = waiting < 0 || !view.id ? this.#views.length : waiting;
    this.#list.insertBefore(view.element, this.#views[at]?.element ?? null);
    this.#views.splice(at, 0, view);
  }

  /** What has been stored now stands behind what is stored, and before what was refused or still waits. */
  #moveUp(view) {
    const at = this.#views.indexOf(view);
    if (this.#views.slice(0, at).every((other) => other.id)) return;
    const { activeElement: focused } = document;
    this.#views.splice(at, 1);
    this.#insert(view);
    if (view.element.contains(focused)) focused.focus({ preventScroll: true });
  }

  #remove(view) {
    this.#views = this.#views.filter((other) => other !== view);
    if (view.open) this.#announcer.stop();
    this.#leave(view.element);
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
    view.showSending(entry.text, entry.attachments);
    if (entry.refused) view.showNotSent(entry.refused);
    else this.#replace(entry, true);
    this.#insert(view);
  }

  /** What a version takes the place of is out of sight while it is sent, and back when it was refused. */
  #replace({ edits }, replaced) {
    const at = edits ? this.#views.findIndex((view) => view.id === edits) : -1;
    if (at < 0) return;
    for (const view of this.#views.slice(at)) {
      if (!view.id) continue;
      if (replaced) this.#leave(view.element);
      view.element.hidden = replaced;
    }
  }

  /** What is about to go from the page must not take the focus with it. */
  #leave(element) {
    if (element.contains(document.activeElement)) this.#list.closest("[tabindex]").focus({ preventScroll: true });
  }

  #sendEntry(entry) {
    const { id, thread, text, edits, attachments, provider, model_name, memory_mode, temporary } = entry;
    // Two messages without a thread would start two; the second waits for the first.
    if (!thread && this.#outbox.waiting.find((other) => !other.thread) !== entry) return;
    const model = provider ? { provider, model_name } : {};
    const beginning = thread ? {} : temporary ? { temporary } : memory_mode ? { memory_mode } : {};
    const files = attachments?.length ? { attachments: attachments.map((file) => file.id) } : {};
    const say = { do: "say", thread: thread || null, ...files, ...beginning };
    const command = edits ? { do: "edit", message: edits } : say;
    if (!this.#send({ ...command, ref: id, id, text, ...model })) return;
    clearTimeout(this.#deadlines.get(id));
    this.#deadlines.set(id, setTimeout(() => this.#refuse(entry, string("no_answer")), ANSWER_WITHIN));
  }

  #answered(id) {
    clearTimeout(this.#deadlines.get(id));
    this.#deadlines.delete(id);
  }

  #refuse(entry, reason, kind = "") {
    this.#answered(entry.id);
    if (!this.#outbox.find(entry.id)) return;
    this.#outbox.refuse(entry, reason);
    this.#replace(entry, false);
    const view = this.#client(entry.id);
    if (view) view.showNotSent(reason);
    else this.#refuseElsewhere(entry, reason, kind);
    this.#sendNext();
  }

  /** A message that is not shown here: its thread shows it, and without that it is given back. */
  #refuseElsewhere(entry, reason, kind) {
    const isLost = kind === "not_found";
    if (isLost) this.#outbox.remove(entry.id);
    this.#tell.refusedElsewhere(entry, reason, isLost);
  }

  /** The next of those that begin a thread, of which one at a time is sent. */
  #sendNext() {
    const next = this.#outbox.waiting.find((entry) => !entry.thread);
    if (next && !this.#deadlines.has(next.id)) this.#sendEntry(next);
  }

  #sendAgain(view) {
    const entry = this.#outbox.find(view.element.dataset.client);
    if (!entry) return;
    if (this.#tell.isWithoutSocket()) {
      this.#edit(view);
      return;
    }
    this.#outbox.refuse(entry, "");
    this.#replace(entry, true);
    this.#leave(view.element);
    view.showSending(entry.text, entry.attachments);
    this.#sendEntry(entry);
  }

  #edit(view) {
    const { text } = view;
    const { attachments = [], edits } = this.#outbox.find(view.element.dataset.client) ?? {};
    this.#outbox.remove(view.element.dataset.client);
    this.#remove(view);
    this.#sendNext();
    this.#tell.edit(text, attachments, edits);
  }

  #retry(view) {
    return this.#steer({ do: "retry", message: view.id, ref: `retry:${view.id}` });
  }

  #error({ ref, kind, text, retry_after: after }) {
    const entry = this.#outbox.find(ref);
    // A limit says itself when, in words that also fit a day.
    const reason = after && kind !== "limited" ? `${text} ${string("try_again_in", { n: Math.ceil(after) })}` : text;
    if (entry && (kind === "unavailable" || kind === "read_only")) {
      if (kind === "read_only") this.#tell.problem(`${text} ${string("sent_again")}`);
      this.#answered(entry.id);
      setTimeout(() => this.#outbox.find(entry.id) && this.#sendEntry(entry), (after ?? 5) * 1000);
    } else if (entry) {
      this.#refuse(entry, reason, kind);
    } else if (ref === "open" && kind === "not_found") {
      this.#tell.gone(this.thread);
    } else if (ref === "open" && after) {
      setTimeout(() => this.#open(), after * 1000);
    } else if (!ref?.startsWith("stop:") || kind !== "not_found") {
      this.#tell.problem(reason);
    }
  }
}
