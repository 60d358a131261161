// What every page needs: the shortcuts, and leaving nothing behind at sign-out.
import { AttachedDrafts } from "./attached_drafts.js";
import { Drafts } from "./drafts.js";
import { Outbox } from "./outbox.js";
import { SearchDialog } from "./search.js";
import { Shortcuts } from "./shortcuts.js";

function leaveNothing() {
  AttachedDrafts.removeAll();
  Drafts.removeAll();
  Outbox.removeAll();
}

// The page of an account that is no more.
if (document.querySelector("[data-left]")) leaveNothing();

document.addEventListener("submit", (event) => {
  const form = event.target;
  const signOut = document.querySelector("[data-sign-out]");
  if (signOut && form.method === "post" && form.action === signOut.action) {
    leaveNothing();
  }
});

const list = document.getElementById("shortcuts");
if (list) {
  const search = new SearchDialog(document.getElementById("search"));
  new Shortcuts(list, { search: () => search.toggle() }).listen();
}
