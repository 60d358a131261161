// Taking back, in place, what a message did to memory. Without this the form leads to the page of memories.
import { string } from "./strings.js";

const ANY = "/0/";

/** The form that takes a change back, if it can be taken back. */
export function undoForm({ kind, memory, url }) {
  const page = document.getElementById("chat").dataset;
  const remembered = kind === "remembered" && url;
  const forgot = kind === "forgot" && memory && !url;
  if (!remembered && !forgot) return null;
  const form = document.getElementById("undo").content.querySelector("form").cloneNode(true);
  form.action = (remembered ? page.forgetPattern : page.unforgetPattern).replace(ANY, `/${memory}/`);
  return form;
}

/** `tell.done(text)` and `tell.problem(text)` say what came of it. */
export function listenForUndo(list, tell) {
  list.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-undo]")) return;
    event.preventDefault();
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      if (!answer.ok) throw new Error(answer.statusText);
      const note = document.createElement("em");
      note.tabIndex = -1;
      note.textContent = string("undone");
      form.replaceWith(note);
      note.focus();
      tell.done(string("undone"));
    } catch {
      tell.problem(string("undo_failed"));
    }
  });
}
