// The list of threads: new ones, new titles, deletions, and renaming in place.
import { fetchText, pause } from "./fetching.js";
import { string } from "./strings.js";
import { showSanitisedHtml } from "./trusted_html.js";
import { fillIn } from "./urls.js";

const NEW_FOR = 60_000;
const A_MOMENT = 1_000;

export class ThreadList {
  #element;
  #groups;
  #token;
  #tell;
  #current = "";
  #asked = 0;
  /** Something has been told that the list which is being fetched may lack. */
  #toldMeanwhile = false;
  /** The links in whose places titles are being written, by their rows. */
  #replaced = new WeakMap();

  /**
   * `tell.titled({thread, title})` is called when the person has renamed one, `tell.problem(text)` when that failed, and
   * `tell.redrawn()` when the list has come anew from the server.
   */
  constructor(element, { token, current, tell }) {
    this.#element = element;
    this.#groups = element.querySelector("#thread-groups");
    this.#token = token;
    this.#tell = tell;
    this.#current = current;
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-rename]");
      if (button) this.#rename(button.closest(".thread-row"), button);
    });
  }

  /** A thread is new, renamed, active, pinned, archived or tagged. One that is temporary is in no list. */
  show(frame) {
    const { thread, title, active_at: active, temporary, archived } = frame;
    if (temporary) return;
    if (archived) {
      this.remove(thread);
      return;
    }
    this.#toldMeanwhile = true;
    let row = this.#row(thread);
    if (this.#isElsewhere(row, frame)) {
      this.refresh();
      return;
    }
    if (!row) {
      if (!active) return;
      row = this.#element.querySelector("#thread-row").content.firstElementChild.cloneNode(true);
      row.dataset.thread = thread;
      const link = row.querySelector(".thread-link");
      const rename = row.querySelector("[data-rename]");
      const remove = row.querySelector("[data-delete]");
      link.href = fillIn(link.getAttribute("href"), thread);
      remove.href = fillIn(remove.getAttribute("href"), thread);
      rename.dataset.rename = fillIn(rename.dataset.rename, thread);
    }
    this.#title(row, title);
    // A new title moves nothing: only what has been active since it was put where it is.
    const isNewer = active && !(Date.parse(active) <= Date.parse(row.dataset.active));
    if (isNewer && !row.contains(document.activeElement)) {
      const before = row.closest(".thread-group");
      row.dataset.active = active;
      this.#groupOf(row).prepend(row);
      removeIfEmpty(before);
    }
  }

  /** Fetch the list anew: where a row belongs among the others the server knows. */
  async refresh() {
    const number = (this.#asked += 1);
    const wanted = () => number === this.#asked;
    await this.#notRenaming();
    const asked = new URLSearchParams(location.search);
    for (const name of ["at", "before"]) asked.delete(name);
    asked.set("current", this.#current);
    let html;
    do {
      this.#toldMeanwhile = false;
      html = await fetchText(`${this.#element.dataset.fragment}?${asked}`, wanted);
      await this.#notRenaming();
      if (!wanted()) return;
    } while (this.#toldMeanwhile && html !== null);
    if (html === null) return;
    const { activeElement: focused } = document;
    const row = this.#groups.contains(focused) && focused.closest(".thread-row");
    const place = row && Array.from(row.querySelectorAll("a, button")).indexOf(focused);
    showSanitisedHtml(this.#groups, html);
    if (row) this.#row(row.dataset.thread)?.querySelectorAll("a, button")[place]?.focus();
    this.#tell.redrawn();
  }

  /** A title that is being written stays until it is done. */
  async #notRenaming() {
    while (this.#groups.querySelector("input")) await pause(A_MOMENT);
  }

  mark(thread) {
    this.#current = thread;
    for (const link of this.#element.querySelectorAll("[aria-current]")) link.removeAttribute("aria-current");
    const row = this.#row(thread);
    if (row) this.#link(row).setAttribute("aria-current", "page");
  }

  remove(thread) {
    this.#toldMeanwhile = true;
    const row = this.#row(thread);
    const group = row?.closest(".thread-group");
    row?.remove();
    removeIfEmpty(group);
  }

  /** Whether a thread stands where it does not belong any more. */
  #isElsewhere(row, { active_at: active, pinned, tags }) {
    if (pinned === undefined) return false;
    if (row) return row.dataset.pinned !== (pinned ? "yes" : "no") || row.dataset.tags !== tags.join(", ");
    const isNew = Date.now() - Date.parse(active) < NEW_FOR && !pinned && !tags.length;
    return !isNew || new URLSearchParams(location.search).has("tag");
  }

  #row(thread) {
    return this.#groups.querySelector(`[data-thread="${CSS.escape(thread)}"]`);
  }

  /** A row's link, also while its title is being written in its place. */
  #link(row) {
    return row.querySelector(".thread-link") ?? this.#replaced.get(row);
  }

  #title(row, title) {
    const shown = title || string("new_thread");
    this.#link(row).textContent = shown;
    row.querySelector("[data-rename]").setAttribute("aria-label", string("rename", { title: shown }));
    row.querySelector("[data-delete]").setAttribute("aria-label", string("delete", { title: shown }));
  }

  /** The list where a thread stands that is active now: today's, unless it is pinned. */
  #groupOf(row) {
    const groups = Array.from(this.#groups.querySelectorAll(".thread-group"));
    const pinned = groups.find((group) => "pinnedGroup" in group.dataset);
    if (row.dataset.pinned === "yes" && pinned) return pinned.querySelector("ul");
    const fresh = this.#element.querySelector("#thread-group").content.firstElementChild;
    const label = fresh.querySelector("h2").textContent;
    let group = groups.find((one) => one !== pinned);
    if (group?.querySelector("h2").textContent !== label) {
      const after = group ?? this.#groups.querySelector(".more-threads");
      group = fresh.cloneNode(true);
      this.#groups.insertBefore(group, after);
    }
    return group.querySelector("ul");
  }

  #rename(row, button) {
    const link = row.querySelector(".thread-link");
    const tools = row.querySelector(".thread-tools");
    const input = document.createElement("input");
    input.value = link.textContent;
    input.maxLength = 120;
    input.dir = "auto";
    input.setAttribute("aria-label", button.getAttribute("aria-label"));
    this.#replaced.set(row, link);
    link.replaceWith(input);
    tools.hidden = true;
    input.select();
    let done = false;
    const finish = (save) => {
      if (done) return;
      done = true;
      const title = input.value.trim();
      const focused = input.contains(document.activeElement);
      input.replaceWith(link);
      tools.hidden = false;
      if (focused) button.focus();
      if (save && title && title !== link.textContent) this.#save(row, title);
    };
    input.addEventListener("blur", () => finish(true));
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === "Enter" || event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        finish(event.key === "Enter");
      }
    });
  }

  async #save(row, title) {
    const before = this.#link(row).textContent;
    this.#title(row, title);
    this.#tell.titled({ thread: row.dataset.thread, title });
    try {
      const answer = await fetch(row.querySelector("[data-rename]").dataset.rename, {
        method: "POST",
        headers: { "X-CSRFToken": this.#token, "X-Requested-With": "fetch" },
        body: new URLSearchParams({ title }),
      });
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    } catch {
      this.#title(row, before);
      this.#tell.titled({ thread: row.dataset.thread, title: before });
      this.#tell.problem(string("rename_failed"));
    }
  }
}

function removeIfEmpty(group) {
  if (group && !group.querySelector(".thread-row")) group.remove();
}
