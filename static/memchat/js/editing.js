// Writing an own message anew, in its place. Without this the button leads to a page that does the same.
import { string } from "./strings.js";

/** `save(text)` sends it; the editor is gone then. `keep(text)` is told what is written, and "" when that is given up.
 * With `text` it goes on with that; where the editor is open already, what is written there stays below it. */
export function edit(element, { maxChars, keep, save, text = "", focus = true }) {
  const open = element.querySelector("[data-editor]")?.elements.text;
  if (open) {
    goOn(open, text, focus);
    return;
  }
  const form = document.getElementById("message-editor").content.firstElementChild.cloneNode(true);
  const { text: field } = form.elements;
  const shown = element.querySelector("[data-text]");
  field.value = text || shown.textContent;
  shown.after(form);
  element.dataset.editing = "";
  grow(field);
  if (focus) {
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }

  const close = () => {
    form.remove();
    delete element.dataset.editing;
    element.querySelector("[data-revise]").focus();
  };
  const giveUp = () => {
    keep("");
    close();
  };
  form.querySelector("[data-cancel]").addEventListener("click", giveUp);
  field.addEventListener("input", () => {
    keep(field.value);
    grow(field);
    showCount(form, maxChars);
  });
  form.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      giveUp();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    const written = field.value;
    const hasFiles = element.querySelector("[data-attached]:not([hidden])");
    if ((!written.trim() && !hasFiles) || showCount(form, maxChars) > 0) {
      field.focus();
      return;
    }
    close();
    save(written);
  });
}

function goOn(field, text, focus) {
  if (text && text !== field.value) {
    field.value = `${text}\n\n${field.value}`;
    field.dispatchEvent(new Event("input"));
  }
  if (focus) field.focus();
}

/** Say how much is too much. Characters are counted as the server counts them. */
function showCount(form, maxChars) {
  const { text: field } = form.elements;
  const over = field.value.length > maxChars ? Math.max(0, Array.from(field.value).length - maxChars) : 0;
  form.querySelector("[data-count]").textContent = over ? string("too_long", { n: over }) : "";
  if (over) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  return over;
}

function grow(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.blockSize = "auto";
  field.style.blockSize = `${field.scrollHeight}px`;
}
