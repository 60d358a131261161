// Leaves nothing in the browser of what somebody was writing when they sign out, or are no more.
import { AttachedDrafts } from "./attached_drafts.js";
import { Drafts } from "./drafts.js";
import { Outbox } from "./outbox.js";
import { Storage } from "./storage.js";

const LEFT = "memchat:left";
/** The page's own form, or that of Django's admin. */
const SIGN_OUT = "[data-sign-out], #logout-form";
const storage = new Storage("localStorage");

function leaveNothing() {
  AttachedDrafts.removeAll();
  Drafts.removeAll();
  Outbox.removeAll();
  // The other tabs hear of it by this, and keep nothing there any more.
  storage.write(LEFT, "yes");
  storage.remove(LEFT);
}

/** Be told when somebody signs out in another tab. */
export function onLeaving(act) {
  addEventListener("storage", ({ key, newValue }) => key === LEFT && newValue && act());
}

// The page of an account that is no more.
if (document.querySelector("[data-left]")) leaveNothing();

document.addEventListener("submit", ({ target: form }) => {
  const signOut = document.querySelector(SIGN_OUT);
  if (signOut && form.method === "post" && form.action === signOut.action) leaveNothing();
});
