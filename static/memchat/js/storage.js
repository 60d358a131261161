// localStorage and sessionStorage may be missing, full or forbidden; then things are kept for this page only.
export class Storage {
  #area;
  #fallback = new Map();

  constructor(kind) {
    try {
      this.#area = globalThis[kind];
    } catch {
      this.#area = null;
    }
  }

  read(key) {
    try {
      return this.#area.getItem(key) ?? this.#fallback.get(key) ?? null;
    } catch {
      return this.#fallback.get(key) ?? null;
    }
  }

  write(key, value) {
    try {
      this.#area.setItem(key, value);
      this.#fallback.delete(key);
    } catch {
      this.#fallback.set(key, value);
    }
  }

  remove(key) {
    this.#fallback.delete(key);
    try {
      this.#area.removeItem(key);
    } catch {
      // Nothing was kept there.
    }
  }

  keys(prefix) {
    try {
      return Object.keys(this.#area).filter((key) => key.startsWith(prefix));
    } catch {
      return [];
    }
  }

  removeAll(prefix) {
    for (const key of this.keys(prefix)) this.remove(key);
  }
}
