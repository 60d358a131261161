// What a person does, in place, about a memory under a reply. Without this the forms lead back to the thread.
import { string } from "./strings.js";
import { urlOf } from "./urls.js";

/** `tell.notes(reply, notes)` shows what is stored then; `tell.done(text)` and `tell.problem(text)` say what came of it. */
export function listenForActions(list, tell) {
  list.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-memory-action]")) return;
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "yes";
    const { key } = form.closest("[data-key]").dataset;
    const notes = form.closest("[data-memory-notes]");
    const reply = form.closest("[data-message]").dataset.message;
    const before = notes.querySelector(`[data-key="${key}"]`).dataset.status;
    try {
      const body = new FormData(form);
      body.delete("next");
      await ask(form.action, { method: "POST", headers: { "X-Requested-With": "fetch" }, body });
      const answer = await ask(urlOf("notes", reply), {});
      tell.notes(reply, await answer.json());
      const line = notes.querySelector(`[data-key="${key}"]`);
      if (line.dataset.status === before) throw new Error("nothing has changed");
      focusOn(line);
      tell.done(line.querySelector("[data-became]").textContent || line.querySelector("[data-memory-text]").textContent);
    } catch (error) {
      tell.problem(error instanceof Refused ? error.message : string("action_failed"));
    } finally {
      delete form.dataset.busy;
    }
  });
}

class Refused extends Error {}

async function ask(url, options) {
  const answer = await fetch(url, options);
  if (answer.status === 409) throw new Refused((await answer.json()).error);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer;
}

/** What became of it, or the first thing one can do about it now. */
function focusOn(line) {
  const became = line.querySelector("[data-became]:not([hidden])");
  (became ?? line.querySelector("[data-actions] > :not([hidden])")?.querySelector("button, a"))?.focus();
}
