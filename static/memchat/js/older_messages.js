// Brings older messages to the page when somebody scrolls up to where it begins, or asks for them. Without this the link
// leads to a page of them.
import { string } from "./strings.js";
import { showSanitisedHtml } from "./trusted_html.js";

/** How far above what is seen the next ones are asked for. */
const AHEAD = 600;

export class OlderMessages {
  #region;
  #tell;
  #watch = null;
  #loading = false;

  /** `tell.found(elements, change)` puts messages before the others, with a `change` to what is above them; then
   * `tell.done(text)` and `tell.problem(text)`. */
  constructor(region, tell) {
    this.#region = region;
    this.#tell = tell;
    region.addEventListener("click", (event) => {
      if (!event.target.closest("#older a") || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#load();
    });
    this.#look();
  }

  get #link() {
    return this.#region.querySelector("#older a");
  }

  #look() {
    this.#watch?.disconnect();
    if (!this.#link) return;
    // On a very low screen the whole page scrolls.
    const root = getComputedStyle(this.#region).overflowY === "visible" ? null : this.#region;
    const near = ([seen]) => seen.isIntersecting && this.#load();
    this.#watch = new IntersectionObserver(near, { root, rootMargin: `${AHEAD}px 0px 0px 0px` });
    this.#watch.observe(this.#link);
  }

  async #load() {
    const link = this.#link;
    if (!link || this.#loading) return;
    this.#loading = true;
    try {
      const answer = await fetch(link.href, { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
      const holder = document.createElement("template");
      showSanitisedHtml(holder, await answer.text());
      this.#show(holder.content, link);
      this.#look();
    } catch {
      // From now on only the link asks again.
      this.#watch.disconnect();
      this.#tell.problem(string("older_failed"));
    } finally {
      this.#loading = false;
    }
  }

  #show(content, link) {
    const more = content.querySelector("#older a");
    const elements = Array.from(content.querySelectorAll("ol > .message"));
    const asked = document.activeElement === link;
    this.#tell.found(elements, () => {
      if (more) link.href = more.href;
      else link.closest("#older").remove();
    });
    if (!asked) return;
    // The link is far above now.
    this.#region.focus({ preventScroll: true });
    this.#tell.done(string("older_shown", { n: elements.length }));
  }
}
