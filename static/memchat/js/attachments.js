// The files that will go with the message that is being written: chosen, dropped or pasted, uploaded at once, and kept
// for their thread until the server has the message.
import { language, string } from "./strings.js";

const MEGABYTE = 1024 * 1024;

export class Attachments {
  #list;
  #token;
  #url;
  #limits;
  #drafts;
  #thread;
  #tell;
  #sent;
  #chips = [];

  /** `limits` are `count` and `maxMb`. `tell` is told: `changed()`, `say(text)` to be announced, `emptied()`; `sent` are files under way. */
  constructor({ list, token, url, limits, drafts, thread, sent, tell }) {
    this.#list = list;
    this.#token = token;
    this.#url = url;
    this.#limits = limits;
    this.#drafts = drafts;
    this.#thread = thread;
    this.#sent = sent;
    this.#tell = tell;
  }

  get any() {
    return this.#chips.some((chip) => chip.file);
  }

  get busy() {
    return this.#chips.some((chip) => chip.request);
  }

  /** How many there are or will be, but for those that failed. */
  get count() {
    return this.#chips.filter((chip) => !chip.failed).length;
  }

  get hasImages() {
    return this.#chips.some((chip) => (chip.file ? chip.file.kind === "image" : chip.looksLikeImage));
  }

  set thread(id) {
    this.acknowledge(this.#thread, this.#chips.filter((chip) => chip.file).map((chip) => chip.file));
    this.#thread = id;
    this.keep();
  }

  /** Show what there is, and let people drop files anywhere on the page, and paste them where they write. */
  start({ button, input, text, target }) {
    this.#showGiven();
    button.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      this.add(input.files);
      input.value = "";
      text.focus();
    });
    text.addEventListener("paste", (event) => {
      const { files, types } = event.clipboardData;
      // What comes as text too, such as cells of a table, is meant as text.
      if (!files.length || types.includes("text/plain")) return;
      event.preventDefault();
      this.add(files);
    });
    const brings = (event) => event.dataTransfer?.types.includes("Files");
    const mark = (on) => target.classList.toggle("receives", on);
    document.addEventListener("dragover", (event) => {
      if (!brings(event)) return;
      event.preventDefault();
      mark(true);
    });
    document.addEventListener("dragleave", (event) => !event.relatedTarget && mark(false));
    document.addEventListener("drop", (event) => {
      if (!brings(event)) return;
      event.preventDefault();
      mark(false);
      this.add(event.dataTransfer.files);
      text.focus();
    });
  }

  add(files) {
    for (const file of files) {
      const room = this.count < this.#limits.count;
      const fits = file.size <= this.#limits.maxMb * MEGABYTE;
      const problem = !room ? string("too_many_files", { n: this.#limits.count })
        : !fits ? string("file_too_large", { n: this.#limits.maxMb }) : "";
      const chip = this.#show({ name: file.name, size: file.size, looksLikeImage: file.type.startsWith("image/") });
      if (problem) this.#fail(chip, problem);
      else this.#upload(chip, file);
    }
    this.#changed();
  }

  /** The files to send now. They are kept until the server has them: see `acknowledge`. */
  take() {
    const files = this.#chips.filter((chip) => chip.file).map((chip) => chip.file);
    this.#clear();
    return files;
  }

  acknowledge(thread, files) {
    const ids = new Set(files.map((file) => file.id));
    this.#drafts.write(thread, this.#drafts.read(thread).filter((file) => !ids.has(file.id)));
  }

  /** Files of a message that was not sent, to be sent with another. */
  putBack(files) {
    for (const file of files) this.#show({ file });
    this.#changed();
    this.keep();
  }

  /** What the server has put into the page, and what this browser has kept. */
  #showGiven() {
    const given = Array.from(this.#list.children, (element) => ({ ...element.dataset }));
    this.#list.replaceChildren();
    for (const file of given) this.#show({ file });
    const ids = new Set([...this.#sent, ...given].map((file) => file.id));
    const kept = this.#drafts.read(this.#thread).filter((file) => !ids.has(file.id));
    if (kept.length) this.#bringBack(kept);
    else this.#changed();
  }

  /** Show what was kept, unless it has been sent or removed elsewhere. */
  async #bringBack(kept) {
    let unsent = new Set(kept.map((file) => file.id));
    try {
      const answer = await fetch(this.#url, { headers: { Accept: "application/json" } });
      if (answer.ok) unsent = new Set((await answer.json()).attachments.map((file) => file.id));
    } catch {
      // Sending will tell.
    }
    this.putBack(kept.filter((file) => unsent.has(file.id)));
  }

  #upload(chip, file) {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file);
    chip.request = request;
    const progress = chip.element.querySelector("progress");
    progress.hidden = false;
    request.upload.addEventListener("progress", ({ loaded, total }) => (progress.value = total ? loaded / total : 0));
    // All of it is there, and now it is read.
    request.upload.addEventListener("load", () => progress.removeAttribute("value"));
    request.addEventListener("loadend", () => this.#uploaded(chip, request));
    request.open("POST", this.#url);
    request.setRequestHeader("X-CSRFToken", this.#token);
    request.setRequestHeader("X-Requested-With", "fetch");
    request.responseType = "json";
    request.send(form);
  }

  #uploaded(chip, request) {
    chip.request = null;
    chip.element.querySelector("progress").hidden = true;
    if (!this.#chips.includes(chip)) return;
    if (request.status === 201 && request.response?.id) {
      chip.file = request.response;
      this.#fill(chip);
      this.keep();
      this.#tell.say(string("file_attached", { name: chip.file.name }));
    } else if (request.status === 413) {
      this.#fail(chip, string("file_too_large", { n: this.#limits.maxMb }));
    } else {
      this.#fail(chip, request.response?.error?.text ?? string("file_failed"));
    }
    this.#changed();
  }

  #show(chip) {
    chip.element = document.getElementById("attachment-chip").content.firstElementChild.cloneNode(true);
    chip.element.querySelector("button").addEventListener("click", () => this.#remove(chip));
    this.#chips.push(chip);
    this.#list.append(chip.element);
    this.#fill(chip);
    return chip;
  }

  #fill(chip) {
    const { element, file } = chip;
    const name = file?.name ?? chip.name;
    element.querySelector("[data-name]").textContent = name;
    element.querySelector("[data-about]").textContent = file?.about ?? inWords(chip.size);
    element.querySelector("[data-remove]").textContent = string("remove_file", { name });
    const field = element.querySelector("input");
    field.disabled = !file;
    field.value = file?.id ?? "";
    const image = element.querySelector("img");
    image.hidden = file?.kind !== "image";
    if (!image.hidden) image.src = file.preview;
    element.querySelector(".icon").toggleAttribute("hidden", !image.hidden);
  }

  #fail(chip, problem) {
    chip.failed = true;
    chip.element.classList.add("failed");
    chip.element.querySelector("[data-about]").textContent = problem;
    this.#tell.say(`${chip.name}: ${problem}`);
  }

  #remove(chip) {
    const at = this.#chips.indexOf(chip);
    this.#chips.splice(at, 1);
    chip.element.remove();
    chip.request?.abort();
    if (chip.file) {
      const headers = { "X-CSRFToken": this.#token, "X-Requested-With": "fetch" };
      // What cannot be removed now is removed by itself after a while.
      fetch(`${this.#url}${chip.file.id}/remove/`, { method: "POST", headers }).catch(() => {});
    }
    this.keep();
    this.#changed();
    this.#tell.say(string("file_removed", { name: chip.file?.name ?? chip.name }));
    const next = this.#chips[at] ?? this.#chips[at - 1];
    if (next) next.element.querySelector("button").focus();
    else this.#tell.emptied();
  }

  #clear() {
    this.#chips = [];
    this.#list.replaceChildren();
    this.#changed();
  }

  /** Remember what is attached, wherever that is kept now. */
  keep() {
    this.#drafts.write(this.#thread, this.#chips.filter((chip) => chip.file).map((chip) => chip.file));
  }

  #changed() {
    this.#list.hidden = !this.#chips.length;
    this.#tell.changed();
  }
}

function inWords(bytes) {
  const [size, unit] = bytes < MEGABYTE ? [bytes / 1024, "kilobyte"] : [bytes / MEGABYTE, "megabyte"];
  const format = { style: "unit", unit, maximumFractionDigits: 1 };
  return new Intl.NumberFormat(language, format).format(size);
}
