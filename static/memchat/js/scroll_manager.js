// Keeps the newest text in view for as long as the person is at the end, and leaves them alone otherwise.
const NEAR = 4;

export class ScrollManager {
  #region;
  #list;
  #jump;
  #following = true;
  #last = 0;

  constructor({ region, content, list, jump }) {
    this.#region = region;
    this.#list = list;
    this.#jump = jump;
    region.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    document.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    jump.addEventListener("click", () => {
      this.follow();
      region.focus({ preventScroll: true });
    });
    // The page may have been opened at a message, such as the one a memory came from.
    const named = document.getElementById(location.hash.slice(1));
    if (named && named !== list.lastElementChild && list.contains(named)) this.#setFollowing(false);
    const resized = new ResizeObserver(() => (this.#following ? this.#toEnd() : this.#scrolled()));
    resized.observe(region);
    resized.observe(content);
  }

  follow() {
    this.#setFollowing(true);
    this.#toEnd();
  }

  /** Let `change` put something above the first message without moving what the person reads. */
  keepStill(change) {
    const first = this.#list.firstElementChild;
    const before = first.getBoundingClientRect().top;
    change();
    this.#scroller.scrollTop += first.getBoundingClientRect().top - before;
    this.#last = this.#scroller.scrollTop;
  }

  /** Put an element, after others were taken away or put in, where something stood that it took the place of. */
  stay(element, top) {
    this.#setFollowing(false);
    this.#scroller.scrollTop += element.getBoundingClientRect().top - top;
    this.#last = this.#scroller.scrollTop;
    this.#scrolled();
  }

  /** Let `change` alter the height of `element` without moving what the person reads. */
  keepPlace(element, change) {
    const top = this.#scroller === this.#region ? this.#region.getBoundingClientRect().top : 0;
    const before = element.getBoundingClientRect();
    const read = (top - before.top) / (before.height || 1);
    change();
    if (this.#following) {
      this.#toEnd();
    } else if (read > 0) {
      const after = element.getBoundingClientRect();
      const wanted = read < 1 ? after.top + read * after.height : after.bottom + (top - before.bottom);
      this.#scroller.scrollTop += wanted - top;
    }
    this.#last = this.#scroller.scrollTop;
  }

  /** The messages scroll by themselves, except on a very low screen, where the whole page does. */
  get #scroller() {
    return getComputedStyle(this.#region).overflowY === "visible" ? document.scrollingElement : this.#region;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    if (scrollHeight - scrollTop - clientHeight <= NEAR) this.#setFollowing(true);
    else if (scrollTop < this.#last) this.#setFollowing(false);
    this.#last = scrollTop;
  }

  #setFollowing(following) {
    this.#following = following;
    this.#jump.hidden = following || !this.#list.childElementCount;
  }

  #toEnd() {
    // The words that greet a new thread are read from their beginning.
    if (!this.#list.childElementCount) return;
    const scroller = this.#scroller;
    scroller.scrollTop = scroller.scrollHeight;
    this.#last = scroller.scrollTop;
  }
}
