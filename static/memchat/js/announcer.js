// Tells screen readers how a reply is coming along, through one status element: the messages themselves are no
// live region, since every piece would be read out.
import { string } from "./strings.js";

const REMIND_EVERY = 7_000;
const LONGEST = 1_500;

export class Announcer {
  #element;
  #timer;

  constructor(element) {
    this.#element = element;
  }

  say(text) {
    this.#element.textContent = "";
    // An empty moment, so that the same words again are a change.
    setTimeout(() => (this.#element.textContent = text), 100);
  }

  begin() {
    if (this.#timer) return;
    this.say(string("replying"));
    this.#timer = setInterval(() => this.say(string("still_writing")), REMIND_EVERY);
  }

  /** Nothing is written any more, or not here. */
  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  end(state, text) {
    this.stop();
    if (state === "complete") this.say(`${string("reply")} ${text.slice(0, LONGEST)}`);
    else if (state !== "failed") this.say(string(state)); // A failure is an alert of its own.
  }
}
