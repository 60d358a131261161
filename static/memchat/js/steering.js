// Steers a thread from its messages: other versions, another model for one reply, going on, another wording. Each is a
// form or a link, which does it where the socket is not there.
import { edit } from "./editing.js";

const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** What asks for a reply: the second click of a double click does not ask for another. */
const ASKS = "[data-retry], [data-go-on], [data-retry-model]";
const NOT_TWICE_WITHIN = 600;

/** `send(command)` answers whether no form is needed; `edit(id, text)` sends another version of a message, `keep(id, text)`
 * remembers what that will be, and `kept(id)` is what was remembered. Gives a function that opens the editor of a message. */
export function listenForSteering(list, { maxChars, send, keep, kept, edit: save }) {
  const revise = (element, { text, focus } = {}) => {
    const id = element.dataset.message;
    edit(element, { maxChars, text, focus, keep: (written) => keep(id, written), save: (written) => save(id, written) });
  };

  let asked = -Infinity;
  const notTwice = (event) => {
    if (!event.target.matches(ASKS)) return;
    const again = event.timeStamp - asked < NOT_TWICE_WITHIN;
    asked = event.timeStamp;
    if (!again) return;
    event.preventDefault();
    event.stopPropagation();
  };
  // Before the messages hear of it.
  list.addEventListener("submit", notTwice, { capture: true });

  list.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    const message = idOf(form);
    if (form.matches("[data-versions]")) {
      const wanted = submitter?.getAttribute("formaction")?.match(ID)?.[0];
      if (!wanted || send({ do: "show", message: wanted, ref: `show:${wanted}` })) event.preventDefault();
    } else if (form.matches("[data-go-on]")) {
      if (send({ do: "continue", message, ref: `retry:${message}` })) event.preventDefault();
    } else if (form.matches("[data-retry-model]")) {
      event.preventDefault();
      const [provider, ...name] = form.elements.model.value.split(":");
      const model = { provider, model_name: name.join(":") };
      if (send({ do: "retry", message, ref: `retry:${message}`, ...model })) closeChoice(form);
      else location.assign(linkOf(form).href);
    }
  });

  list.addEventListener("click", (event) => {
    const link = event.target.closest("[data-revise], [data-other-model]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const element = link.closest(".message");
    if (link.matches("[data-revise]")) revise(element, { text: kept(element.dataset.message) });
    else toggleChoice(element, link);
  });

  list.addEventListener("keydown", (event) => {
    const choice = event.target.closest("[data-retry-model]");
    if (!choice || event.key !== "Escape") return;
    event.preventDefault();
    closeChoice(choice);
  });
  return revise;
}

function idOf(form) {
  return form.closest(".message").dataset.message;
}

function linkOf(choice) {
  return choice.closest(".message").querySelector("[data-other-model]");
}

/** One choice at a time: its field has a name that is there once. */
function toggleChoice(element, link) {
  const open = document.querySelector(".message [data-retry-model]");
  if (open) closeChoice(open);
  if (open && element.contains(link) && linkOf.last === link) return;
  linkOf.last = link;
  const choice = document.getElementById("retry-model").content.firstElementChild.cloneNode(true);
  choice.querySelector("[data-cancel]").addEventListener("click", () => closeChoice(choice));
  element.querySelector(".message-actions").after(choice);
  link.setAttribute("aria-expanded", "true");
  choice.elements.model.focus();
}

function closeChoice(choice) {
  const link = linkOf(choice);
  link.removeAttribute("aria-expanded");
  choice.remove();
  link.focus();
}
