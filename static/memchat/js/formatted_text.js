// The text of a reply, formatted by the server while it is written; docs/protocol.md, "Markup". What stands on the page
// stays: nodes are added, and only those that differ are changed, so that a selection and the reading eye keep their place.
import { sanitisedFragment } from "./trusted_html.js";

export class FormattedText {
  /** Whether it is all here, as a reload would show it. */
  done = false;
  #element;
  #settled;
  #key = null;
  #at = 0;
  #parts = [];
  #tail = "";
  #blocks = 0;

  /** `settled(blocks)` is told which blocks will not change any more. */
  constructor(element, settled) {
    this.#element = element;
    this.#settled = settled;
  }

  /** Take a frame. False means that one before it is missing. */
  take(frame) {
    if ("part" in frame) return this.#takeWhole(frame);
    if (frame.key !== this.#key || frame.at > this.#at + 1) return false;
    if (frame.at <= this.#at) return true;
    this.#at = frame.at;
    this.#tail = this.#tail.slice(0, this.#tail.length - frame.drop) + frame.html;
    this.#show(this.#tail, this.#blocks);
    if (frame.blocks) {
      this.#settle(frame.blocks);
      this.#tail = this.#tail.slice(this.#tail.length - frame.left);
    }
    for (const [index, html] of Object.entries(frame.changed ?? {})) {
      const block = this.#element.children[index];
      reconcile(this.#element, [block], [...sanitisedFragment(html).children]);
      this.#settled([this.#element.children[index]]);
    }
    this.done = Boolean(frame.done);
    return true;
  }

  /** Show a whole text that is finished. */
  show(html) {
    this.#show(html, 0);
    this.#blocks = 0;
    this.#settle(this.#element.children.length);
    this.done = true;
  }

  #takeWhole(frame) {
    if (frame.part === 0) this.#parts = [];
    if (frame.part !== this.#parts.length) return false;
    this.#parts.push(frame.html);
    if (!frame.blocks) return true;
    const html = this.#parts.join("");
    // What is stored is older than what its writer tells, and may come after it.
    if (frame.key === this.#key ? frame.at <= this.#at : !frame.key && this.#key) return true;
    this.#key = frame.key;
    this.#at = frame.at;
    this.#show(html, 0);
    this.#blocks = 0;
    this.#settle(frame.blocks.length);
    this.#tail = html.slice(frame.blocks.reduce((sum, length) => sum + length, 0));
    this.done = Boolean(frame.done);
    return true;
  }

  #settle(count) {
    this.#settled([...this.#element.children].slice(this.#blocks, this.#blocks + count));
    this.#blocks += count;
  }

  /** Let what stands from the given block on be this. */
  #show(html, from) {
    reconcile(this.#element, [...this.#element.children].slice(from), [...sanitisedFragment(html).children]);
  }
}

/** Make `old`, nodes of `parent`, equal to `fresh`, and keep every node that can stay. */
function reconcile(parent, old, fresh) {
  fresh.forEach((node, index) => {
    if (index >= old.length) parent.append(node);
    else adapt(old[index], node);
  });
  for (const node of old.slice(fresh.length)) node.remove();
}

function adapt(node, fresh) {
  // A code block has been given its button.
  const own = node.matches?.(".code-block") ? node.firstElementChild : node;
  if (own.isEqualNode(fresh)) return;
  if (own.nodeName !== fresh.nodeName) node.replaceWith(fresh);
  else if (own.nodeType === Node.TEXT_NODE) adaptText(own, fresh.data);
  else {
    for (const { name } of [...own.attributes]) if (!fresh.hasAttribute(name)) own.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (own.getAttribute(name) !== value) own.setAttribute(name, value);
    reconcile(own, [...own.childNodes], [...fresh.childNodes]);
  }
}

/** Only from where they differ: a selection in what stays is not lost. */
function adaptText(node, text) {
  let same = 0;
  while (same < node.length && node.data[same] === text[same]) same += 1;
  node.replaceData(same, node.length - same, text.slice(same));
}
