// Leaves nothing in the browser of what somebody was writing when they sign out, or are no more.
import { AttachedDrafts } from "./attached_drafts.js";
import { Drafts } from "./drafts.js";
import { Outbox } from "./outbox.js";

/** The page's own form, or that of Django's admin. */
const SIGN_OUT = "[data-sign-out], #logout-form";

function leaveNothing() {
  AttachedDrafts.removeAll();
  Drafts.removeAll();
  Outbox.removeAll();
}

// The page of an account that is no more.
if (document.querySelector("[data-left]")) leaveNothing();

document.addEventListener("submit", ({ target: form }) => {
  const signOut = document.querySelector(SIGN_OUT);
  if (signOut && form.method === "post" && form.action === signOut.action) leaveNothing();
});
