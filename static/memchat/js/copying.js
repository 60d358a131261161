// Copying text, and saying that it was copied.
import { string } from "./strings.js";

const SHOWN_FOR = 2_000;

/** `read()` promises the text. The clipboard is asked first: later it might no longer be by the person's click. */
export async function copy(read, button, announcer) {
  let done = true;
  const text = read();
  try {
    const blob = text.then((found) => new Blob([found], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
  } catch {
    done = await text.then((found) => copyTheOldWay(found, button)).catch(() => false);
  }
  announcer.say(string(done ? "copied" : "copy_failed"));
  if (!done) return;
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), SHOWN_FOR);
}

/** The clipboard API exists on secure origins only. */
function copyTheOldWay(text, button) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  button.focus({ preventScroll: true });
  return done;
}
