// What a message shows beside its text: which version it is, what it took, and whether it can be gone on with.
import { string } from "./strings.js";
import { urlOf } from "./urls.js";

/** Show what a frame says of it; what it does not say has not changed. */
export function showStanding(element, message) {
  if ("broke_off" in message) element.toggleAttribute("data-broke-off", message.broke_off);
  if ("versions" in message) showVersions(element, message.versions);
  if ("usage" in message) showUsage(element, message.usage);
}

export function showVersions(element, versions) {
  const form = element.querySelector("[data-versions]") ?? (versions && addForm(element));
  if (!form) return;
  form.hidden = !versions;
  if (!versions) return;
  const { index: n, count } = versions;
  form.querySelector("[data-version]").textContent = `${n} / ${count}`;
  form.querySelector("[data-version-of]").textContent = string("version_of", { n, count });
  for (const button of form.querySelectorAll("[data-step]")) {
    const beside = versions[button.dataset.step];
    button.disabled = !beside;
    if (beside) button.setAttribute("formaction", urlOf("show", beside));
  }
}

/** The server draws it only where there is something to step to. */
function addForm(element) {
  const template = document.getElementById(`${element.dataset.role}-message`);
  const form = template.content.querySelector("[data-versions]").cloneNode(true);
  element.querySelector("[data-time]").before(form);
  return form;
}

function showUsage(element, usage) {
  const details = element.querySelector("[data-usage]");
  if (!details) return;
  details.hidden = !usage;
  details.querySelector("[data-usage-label]").textContent = usage?.label ?? "";
  details.querySelector("[data-usage-detail]").textContent = usage?.detail ?? "";
}

/** The control that was used in a message, so that its like in another version can be. */
export function focusedStep(element) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  return focused?.dataset.step ?? null;
}

export function focusStep(element, step) {
  const buttons = Array.from(element.querySelectorAll("[data-step]:enabled"));
  (buttons.find((button) => button.dataset.step === step) ?? buttons[0])?.focus({ preventScroll: true });
}
