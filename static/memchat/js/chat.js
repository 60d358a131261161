// The chat page: makes its parts and connects them.
import { Announcer } from "./announcer.js";
import { Banner } from "./banner.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { copy } from "./copying.js";
import { Drafts } from "./drafts.js";
import { Outbox } from "./outbox.js";
import { ScrollManager } from "./scroll_manager.js";
import { string } from "./strings.js";
import { ThreadList } from "./thread_list.js";
import { ThreadView } from "./thread_view.js";
import { listenForUndo } from "./undo.js";
import { fillIn, urlOf } from "./urls.js";

const SOCKET_TRIES = 3;

const part = (id) => document.getElementById(id);
const page = part("chat").dataset;
const form = part("composer");
const title = part("thread-title");
const siteName = document.title.split(" · ").at(-1);
const user = document.body.dataset.user;
const drafts = new Drafts(user);
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
let lost = false;

const connection = new Connection(new URL(page.socket, location.href.replace(/^http/, "ws")).href, {
  onFrame: (frame) => (frame.type === "hello" ? thread.connected() : thread.receive(frame)),
  onState: showConnection,
});

const list = new ThreadList(part("threads"), {
  token: form.elements.csrfmiddlewaretoken.value,
  tell: { titled: showTitle, problem: showProblem },
});

const thread = new ThreadView({
  thread: page.thread,
  live,
  list: part("messages"),
  send: (command) => connection.send(command),
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
    },
    acknowledged: (entry) => drafts.acknowledge(entry.thread, entry.text),
    edit: (text) => composer.fill(text),
    gone: closeThread,
    problem: showProblem,
    reload: reloadPage,
  },
});

const composer = new Composer(form, {
  thread: page.thread,
  draft: outbox.of(page.thread).some((entry) => entry.text === drafts.read(page.thread)) ? "" : drafts.read(page.thread),
  maxChars: Number(page.maxChars),
  drafts,
  actions: {
    send(text, choice) {
      // Where sockets never work, and beside older messages, a message goes through as a form.
      if (!live) return false;
      if (!connection.open && connection.failures >= SOCKET_TRIES && navigator.onLine) return false;
      if (connection.open) banner.hide();
      thread.say(text, choice);
      return true;
    },
    stop: () => thread.stop(),
  },
});

for (const button of document.querySelectorAll("[data-fill]")) {
  button.addEventListener("click", () => composer.fill(button.dataset.fill));
}
listenForUndo(part("messages"), { done: (text) => announcer.say(text), problem: showProblem });
showReplying();
connection.start();
if (!matchMedia("(pointer: coarse)").matches) composer.focus();

function showReplying() {
  composer.replying = thread.replying !== null;
  const firstUse = part("first-use");
  if (firstUse && !thread.empty) firstUse.remove();
}

function startThread(id, name) {
  history.replaceState(null, "", urlOf("thread", id));
  page.thread = id;
  composer.thread = id;
  for (const element of document.querySelectorAll("#thread-panel [data-pattern]")) {
    const url = fillIn(element.dataset.pattern, id);
    if (element.tagName === "FORM") element.action = url;
    else element.href = url;
  }
  part("thread-options").hidden = false;
  list.show({ thread: id, title: name, active_at: new Date().toISOString() });
  list.mark(id);
  showTitle({ thread: id, title: name });
}

function showTitle(frame) {
  if (!frame.thread || frame.thread !== page.thread) return;
  title.textContent = frame.title || string("new_thread");
  document.title = `${title.textContent} · ${siteName}`;
  part("thread-name").value = frame.title;
}

function closeThread(id) {
  list.remove(id);
  if (id !== page.thread) return;
  banner.show(string("gone"), { link: string("new_thread"), href: page.home });
  announcer.say(string("gone"));
}

/** Not twice in a row, should the page be behind again as soon as it is loaded. */
function reloadPage() {
  if (performance.now() > 5_000) location.reload();
  else banner.show(string("reload"), { button: string("reload_now"), act: () => location.reload() });
}

function showProblem(text) {
  banner.show(text);
  announcer.say(text);
}

function showConnection(state) {
  if (state === "open") {
    banner.hide();
    if (lost) announcer.say(string("connected"));
    lost = false;
    return;
  }
  const here = encodeURIComponent(location.pathname);
  if (state === "signed-out") {
    banner.show(string("signed_out"), { link: string("sign_in"), href: `${page.signIn}?next=${here}` });
  } else {
    banner.show(string(state), { button: string("try_now"), act: () => connection.connectNow() });
  }
  if (!lost) announcer.say(string(state === "signed-out" ? "signed_out" : state));
  lost = true;
}
