// The chat page: makes its parts and connects them.
import { Announcer } from "./announcer.js";
import { AttachedDrafts } from "./attached_drafts.js";
import { Attachments } from "./attachments.js";
import { Banner } from "./banner.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { copy } from "./copying.js";
import { Drafts } from "./drafts.js";
import { onLeaving } from "./leaving.js";
import { listenForActions } from "./memory_actions.js";
import { MemoryControl } from "./memory_control.js";
import { OlderMessages } from "./older_messages.js";
import { Outbox } from "./outbox.js";
import { ScrollManager } from "./scroll_manager.js";
import { listenForSteering } from "./steering.js";
import { Storage } from "./storage.js";
import { string } from "./strings.js";
import { ThreadOptions } from "./thread_options.js";
import { ThreadList } from "./thread_list.js";
import { ThreadView } from "./thread_view.js";
import { Unread } from "./unread.js";
import { fillIn, urlOf } from "./urls.js";

const SOCKET_TRIES = 3;
const WITHOUT_SOCKET = "memchat:without-socket";
const LOOK_AGAIN_AFTER = 4_000;
/** A page that is connected later than this may lack what happened meanwhile. */
const SOON = 5_000;

const part = (id) => document.getElementById(id);
const page = part("chat").dataset;
const form = part("composer");
const title = part("thread-title");
const siteName = document.title.split(" · ").at(-1);
const user = document.body.dataset.user;
const drafts = new Drafts(user);
const attachedDrafts = new AttachedDrafts(user);
const outbox = new Outbox(user);
const announcer = new Announcer(part("announcer"));
const banner = new Banner(part("banner"));
const scroll = new ScrollManager({
  region: part("thread-scroll"),
  content: part("thread-content"),
  list: part("messages"),
  jump: part("jump"),
});

const live = page.live === "yes";
const tab = new Storage("sessionStorage");
let lost = false;
let gone = false;
/** Whether the page may lack what happened since the server wrote it. */
let behind = false;

const connection = new Connection(new URL(page.socket, location.href.replace(/^http/, "ws")).href, {
  onFrame: receive,
  onState: showConnection,
});

const list = new ThreadList(part("threads"), {
  token: form.elements.csrfmiddlewaretoken.value,
  current: page.thread,
  tell: { titled: showTitle, problem: showProblem, redrawn: () => unread.read() },
});

const unread = new Unread(part("threads"), {
  here: () => (live ? page.thread : ""),
  send: (command) => connection.send(command),
});

const options = new ThreadOptions(part("thread-panel"), part("archived-mark"), {
  problem: showProblem,
  done: showDone,
});

const memory = new MemoryControl(
  page,
  {
    control: part("memory-control"),
    form: part("memory-form"),
    temporary: part("temporary-choice"),
    banner: part("temporary-banner"),
    keep: part("keep-form"),
  },
  {
    problem: showProblem,
    done: showDone,
    kept() {
      memory.follow({ memory_mode: "off", temporary: false });
      showInList(title.textContent);
    },
  },
);

const thread = new ThreadView({
  thread: page.thread,
  live,
  list: part("messages"),
  send: (command) => connection.send(command),
  steer,
  outbox,
  scroll,
  announcer,
  copy: (read, button) => copy(read, button, announcer),
  tell: {
    changed: showReplying,
    threadStarted: startThread,
    titled(frame) {
      list.show(frame);
      showTitle(frame);
      if (frame.thread !== page.thread) return;
      memory.follow(frame);
      options.follow(frame);
    },
    acknowledged(entry) {
      drafts.acknowledge(entry.edits ? editOf(entry.edits) : entry.thread, entry.text);
      attachments.acknowledge(entry.thread, entry.attachments ?? []);
    },
    worked: () => banner.hide("problem"),
    edit(text, files, edits) {
      const message = edits && document.getElementById(`message-${edits}`);
      if (message) {
        revise(message, { text });
        return;
      }
      composer.fill(text);
      attachments.putBack(files);
    },
    refusedElsewhere: tellOfRefused,
    placed: (element) => openKeptEdits([element]),
    gone: closeThread,
    behind: () => list.refresh(),
    isWithoutSocket,
    problem: showProblem,
    reload: reloadPage,
  },
});

if (part("older")) {
  new OlderMessages(part("thread-scroll"), {
    found(elements, change) {
      thread.prepend(elements, change);
      openKeptEdits(elements);
    },
    done: showDone,
    problem: showProblem,
  });
}

const attach = part("attach");
const attachments = new Attachments({
  list: part("attached"),
  token: form.elements.csrfmiddlewaretoken.value,
  url: attach?.dataset.url,
  limits: { count: Number(attach?.dataset.count), maxMb: Number(attach?.dataset.maxMb) },
  drafts: attachedDrafts,
  thread: page.thread,
  sent: outbox.of(page.thread).flatMap((entry) => entry.attachments ?? []),
  tell: {
    changed() {
      composer.filesChanged();
      showImageNote();
    },
    say: (text) => announcer.say(text),
    emptied: () => composer.focus(),
  },
});

drafts.shown(document.querySelector('#messages > :nth-last-child(1 of [data-role="user"]) [data-text]')?.textContent ?? "");
const composer = new Composer(form, {
  thread: page.thread,
  draft: outbox.of(page.thread).some((entry) => entry.text === drafts.read(page.thread)) ? "" : drafts.read(page.thread),
  maxChars: Number(page.maxChars),
  drafts,
  attachments,
  actions: {
    waits: () => announcer.say(string("files_coming")),
    refused: (why) => announcer.say(why),
    send(text, choice) {
      // Where sockets never work, and beside older messages, a message goes through as a form.
      // Whoever wrote for the thread that is no more sees first where it will go.
      if (gone) {
        location.assign(page.home);
        return true;
      }
      if (!live || isWithoutSocket()) return false;
      banner.hide("problem");
      thread.say(text, { ...choice, ...memory.choice, attachments: attachments.take() });
      return true;
    },
    stop: () => thread.stop(),
  },
});

for (const button of document.querySelectorAll("[data-fill]")) {
  button.addEventListener("click", () => composer.fill(button.dataset.fill, { canBeHadAgain: true }));
}
listenForActions(part("messages"), {
  notes: (reply, notes) => thread.notes(reply, notes),
  done: showDone,
  problem: showProblem,
});
const revise = listenForSteering(part("messages"), {
  maxChars: Number(page.maxChars),
  send: steer,
  keep: (message, text) => drafts.write(editOf(message), text),
  kept: (message) => drafts.read(editOf(message)),
  edit(message, text) {
    if (live && !isWithoutSocket()) thread.edit(message, text, composer.model);
    else postEdit(message, text);
  },
});
openKeptEdits(part("messages").children);
onLeaving(keepInTab);
form.elements.model.addEventListener("change", showModelNote);
form.elements.model.addEventListener("change", showImageNote);
showModelNote();
if (attach) {
  const input = part("composer-files");
  attachments.start({ button: attach, input, text: form.elements.text, target: document.querySelector(".conversation") });
}
showReplying();
// What was found out on the page before need not be found out again.
connection.failures = tab.read(WITHOUT_SOCKET) ? SOCKET_TRIES : 0;
connection.start();
if (!goToMessage() && !matchMedia("(pointer: coarse)").matches) composer.focus();

/** The page may have been opened at a message: then reading goes on there. */
function goToMessage() {
  const named = new URLSearchParams(location.search).has("at") && document.getElementById(location.hash.slice(1));
  if (!named) return false;
  named.tabIndex = -1;
  named.scrollIntoView({ block: "center" });
  named.focus({ preventScroll: true });
  return true;
}

/** What a version of a message that is being written is kept as. */
function editOf(message) {
  return `edit:${message}`;
}

/** A version that was written but never sent, such as when the tab was closed without a connection, is gone on with. */
function openKeptEdits(elements) {
  for (const element of elements) {
    const { message, role } = element.dataset;
    const text = message && role === "user" && drafts.read(editOf(message));
    if (text && !outbox.of(page.thread).some((entry) => entry.edits === message)) revise(element, { text, focus: false });
  }
}

/** Where sockets never work, and beside older messages, another version goes as a form, as its page would send it. */
function postEdit(message, text) {
  drafts.post(editOf(message), text);
  const posted = document.createElement("form");
  posted.method = "post";
  posted.action = document.querySelector(`#message-${message} [data-revise]`).href;
  const { csrfmiddlewaretoken, model } = form.elements;
  const fields = { csrfmiddlewaretoken: csrfmiddlewaretoken.value, model: model?.value ?? "", text };
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("textarea");
    field.name = name;
    field.value = value;
    posted.append(field);
  }
  posted.hidden = true;
  document.body.append(posted);
  posted.submit();
}

function receive(frame) {
  if (frame.type === "hello" && String(frame.user) !== user) leaveToAnother();
  else if (frame.type === "hello") connected();
  else if (frame.type === "settled") unread.settled(frame);
  else if (frame.type === "seen") unread.seen(frame.thread);
  else thread.receive(frame);
}

/** Somebody else has signed in in this browser. Nothing that this page shows or keeps is theirs. */
function leaveToAnother() {
  connection.end();
  for (const kept of [drafts, attachedDrafts, outbox]) kept.clear();
  form.reset();
  location.replace(page.home);
}

/** They have signed out: what stands here is kept for them in this tab, and nowhere else. */
function keepInTab() {
  for (const kept of [drafts, attachedDrafts]) kept.stayInTab();
  composer.keep();
  attachments.keep();
  for (const editor of part("messages").querySelectorAll("[data-editor]")) {
    drafts.write(editOf(editor.closest(".message").dataset.message), editor.elements.text.value);
  }
}

function connected() {
  thread.connected();
  unread.connected();
  // What was renamed, deleted, begun or ended meanwhile.
  if (behind || performance.now() > SOON) list.refresh();
  behind = false;
}

function showReplying() {
  part("messages").toggleAttribute("data-busy", thread.replying !== null);
  composer.replying = thread.replying !== null;
  const firstUse = part("first-use");
  if (firstUse && !thread.empty) firstUse.remove();
}

/** Whether the chosen model is never given memories. */
function showModelNote() {
  const option = form.elements.model.selectedOptions?.[0];
  if (option) part("model-note").hidden = !option.hasAttribute("data-keeps-out");
}

/** Whether there is an image that the chosen model will not see. */
function showImageNote() {
  const model = form.elements.model;
  const sees = (model.selectedOptions?.[0] ?? model).hasAttribute("data-sees-images");
  part("image-note").hidden = sees || !attachments.hasImages;
}

function startThread(frame) {
  const { thread: id } = frame;
  history.replaceState(null, "", urlOf("thread", id));
  page.thread = id;
  composer.thread = id;
  for (const element of document.querySelectorAll(".thread-top [data-pattern]")) {
    const url = fillIn(element.dataset.pattern, id);
    if (element.tagName === "FORM") element.action = url;
    else element.href = url;
  }
  part("thread-options").hidden = false;
  memory.begin();
  memory.follow(frame);
  options.follow(frame);
  if (!frame.temporary) showInList(frame.title);
  showTitle(frame);
}

function showInList(name) {
  // When it was begun the server will say: the clock here may be another.
  list.show({ thread: page.thread, title: name, active_at: new Date(0).toISOString() });
  list.mark(page.thread);
}

function showTitle(frame) {
  if (!frame.thread || frame.thread !== page.thread) return;
  title.textContent = frame.title || string("new_thread");
  unread.title = `${title.textContent} · ${siteName}`;
  const field = part("thread-name");
  // Another title that is being written there stays.
  if (field.value === field.defaultValue) field.value = frame.title;
  field.defaultValue = frame.title;
}

function closeThread(id) {
  list.remove(id);
  unread.seen(id);
  if (id !== page.thread || gone) return;
  gone = true;
  thread.end();
  // What was being written for it is for a new one, with what was being written for that.
  const other = drafts.read("");
  composer.thread = "";
  if (other) composer.fill(other);
  banner.show("gone", string("gone"), { link: string("new_thread"), href: page.home });
  announcer.say(string("gone"));
}

/** A message for another thread was not sent. */
function tellOfRefused(entry, reason, isLost) {
  const text = string("refused_elsewhere", { reason });
  if (isLost) {
    composer.fill(entry.text);
    attachments.putBack(entry.attachments ?? []);
    showProblem(text);
  } else {
    showProblem(text, { link: string("show_it"), href: entry.thread ? urlOf("thread", entry.thread) : page.home });
  }
}

/** Not twice in a row, should the page be behind again as soon as it is loaded. */
function reloadPage() {
  if (performance.now() > 5_000) location.reload();
  else banner.show("reload", string("reload"), { button: string("reload_now"), act: () => location.reload() });
}

function showProblem(text, more = {}) {
  banner.show("problem", text, { button: string("close"), act: () => banner.hide("problem"), ...more });
  announcer.say(text);
}

function showDone(text) {
  banner.hide("problem");
  announcer.say(text);
}

/** Answers whether the socket does it or will not; where it never works, and beside older messages, a form does. */
function steer(command) {
  if (!live) return false;
  if (connection.send(command)) return true;
  if (!lost || isWithoutSocket()) return false;
  showProblem(string("needs_connection"));
  return true;
}

function showConnection(state) {
  if (state === "open") {
    tab.remove(WITHOUT_SOCKET);
    document.documentElement.classList.remove("without-socket");
    for (const kind of ["connection", "problem"]) banner.hide(kind);
    if (lost) announcer.say(string("connected"));
    lost = false;
    return;
  }
  behind = true;
  thread.disconnected();
  const here = encodeURIComponent(location.pathname);
  if (state === "signed-out") {
    keepInTab();
    banner.show("signed-out", string("signed_out"), { link: string("sign_in"), href: `${page.signIn}?next=${here}` });
  } else {
    banner.show("connection", string(state), { button: string("try_now"), act: () => connection.connectNow() });
  }
  if (state === "signed-out") announcer.say(string("signed_out"));
  else if (!lost) announcer.say(string(state));
  lost = true;
  if (isWithoutSocket()) goWithoutSocket();
}

/** Whether this network seems to let no socket through. */
function isWithoutSocket() {
  return !connection.open && connection.failures >= SOCKET_TRIES && navigator.onLine;
}

/** Whether nothing is being written, attached or looked up that a reload would break off. */
function isIdle() {
  if (!composer.blank || attachments.busy) return false;
  return !document.querySelector("#thread-groups input, [data-editor], dialog[open], :popover-open");
}

/** Messages go as forms, and what comes of them is seen when the page is loaded again; if the server is there at all. */
async function goWithoutSocket() {
  const answer = await fetch(part("threads").dataset.fragment).catch(() => null);
  if (!answer?.ok || answer.redirected || !isWithoutSocket()) return;
  tab.write(WITHOUT_SOCKET, "yes");
  document.documentElement.classList.add("without-socket");
  thread.giveBack();
  banner.show("connection", string("without_socket"), { button: string("reload_now"), act: () => location.reload() });
  setTimeout(() => isWithoutSocket() && thread.replying && isIdle() && location.reload(), LOOK_AGAIN_AFTER);
}
