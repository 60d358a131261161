// What every page needs: the shortcuts, and leaving nothing behind at sign-out.
import { Drafts } from "./drafts.js";
import { Outbox } from "./outbox.js";
import { Shortcuts } from "./shortcuts.js";

document.addEventListener("submit", (event) => {
  const form = event.target;
  const signOut = document.querySelector("[data-sign-out]");
  if (signOut && form.method === "post" && form.action === signOut.action) {
    Drafts.removeAll();
    Outbox.removeAll();
  }
});

const list = document.getElementById("shortcuts");
if (list) new Shortcuts(list).listen();
