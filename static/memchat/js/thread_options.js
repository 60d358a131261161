// What is done with the thread that is shown: pinning it, putting it away, and its tags. Each is a form; this posts it.
import { string } from "./strings.js";

const DONE = { pinned: ["pinned", "unpinned"], archived: ["archived", "brought_back"] };

export class ThreadOptions {
  #panel;
  #mark;
  #tell;
  #tags = [];

  constructor(panel, mark, tell) {
    this.#panel = panel;
    this.#mark = mark;
    this.#tell = tell;
    this.#tags = Array.from(this.#list.children, (item) => item.querySelector("[data-tag]").textContent);
    panel.addEventListener("submit", (event) => this.#submit(event));
  }

  /** Show what the server says of the thread. */
  follow({ pinned, archived, tags }) {
    if (pinned === undefined) return;
    for (const [name, value] of Object.entries({ pinned, archived })) this.#show(name, value);
    this.#showTags(tags);
  }

  get #form() {
    return this.#panel.querySelector("#thread-tags");
  }

  get #list() {
    return this.#form.querySelector("[data-tags]");
  }

  async #submit(event) {
    const { target: form, submitter } = event;
    const isTag = form === this.#form;
    if (!isTag && !form.dataset.switch) return;
    event.preventDefault();
    const body = new FormData(form);
    if (isTag && submitter?.name === "remove") body.delete("add");
    if (submitter?.name) body.append(submitter.name, submitter.value);
    const problem = await post(form.action, body);
    if (problem !== null) this.#tell.problem(problem || string("action_failed"));
    else if (isTag) this.#changeTags(body);
    else this.#switched(form.dataset.switch, submitter.value === "yes");
  }

  #switched(name, value) {
    this.#show("pinned", name === "pinned" ? value : !value && this.#is("pinned"));
    this.#show("archived", name === "archived" ? value : !value && this.#is("archived"));
    this.#tell.done(string(DONE[name][value ? 0 : 1]));
  }

  #is(name) {
    return this.#button(name, "yes").hidden;
  }

  #button(name, value) {
    return this.#panel.querySelector(`button[name="${name}"][value="${value}"]`);
  }

  /** Of the two buttons the one that would change something. */
  #show(name, value) {
    const [offered, other] = [this.#button(name, value ? "no" : "yes"), this.#button(name, value ? "yes" : "no")];
    const focused = other === document.activeElement;
    offered.hidden = false;
    other.hidden = true;
    if (focused) offered.focus();
    if (name === "archived") this.#mark.hidden = !value;
  }

  #changeTags(body) {
    const [added, removed] = [body.get("add")?.trim(), body.get("remove")];
    const { elements } = this.#form;
    const same = (name) => name.toLowerCase() === added?.toLowerCase();
    if (removed) this.#showTags(this.#tags.filter((name) => name !== removed));
    else if (!this.#tags.some(same)) this.#showTags([...this.#tags, added]);
    if (!removed) elements.add.value = "";
    elements.add.focus();
    this.#tell.done(this.#tags.length ? string("tagged", { names: this.#tags.join(", ") }) : string("untagged"));
  }

  #showTags(tags) {
    if (tags.join("\n") === this.#tags.join("\n")) return;
    this.#tags = tags;
    const template = this.#form.querySelector("template").content.firstElementChild;
    this.#list.hidden = !tags.length;
    this.#list.replaceChildren(
      ...tags.map((name) => {
        const item = template.cloneNode(true);
        item.querySelector("button").value = name;
        for (const part of item.querySelectorAll("[data-tag], [data-tag-name]")) part.textContent = name;
        return item;
      }),
    );
  }
}

/** Null when it is done, else what the server says against it. */
async function post(url, body) {
  try {
    const answer = await fetch(url, { method: "POST", headers: { "X-Requested-With": "fetch" }, body });
    if (answer.ok && !answer.redirected) return null;
    return answer.status === 400 ? await answer.text() : "";
  } catch {
    return "";
  }
}
