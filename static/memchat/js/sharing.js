// The page of shared links: copying one.
import { copy } from "./copying.js";

const status = document.getElementById("copy-status");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy-link]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copyLink);
  copy(() => Promise.resolve(field.value), button, { say: (text) => (status.textContent = text) });
});
