// One socket per tab, which comes back by itself.
const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
const PING_EVERY = 25_000;
const PONG_WITHIN = 10_000;
const PONG_WITHIN_OFFLINE = 1_500;
/** A handshake may hang, for instance when the network goes while it is under way. */
const OPEN_WITHIN = 20_000;
const STEADY_AFTER = 5_000;
const REPORT_EVERY = 64 * 1024;
const SIGNED_OUT = 4401;
const TOO_MUCH = 4429;
const RESTARTING = 1012;
/** A server that restarts is back, or another one is there, within seconds. */
const LONGEST_RESTART_DELAY = 4_000;

export class Connection {
  #url;
  #onFrame;
  #onState;
  #socket = null;
  #attempt = 0;
  #timers = {};
  #received = 0;
  #reported = 0;
  #ended = false;

  open = false;
  /** How many connections failed on this page before one worked; none that fails later counts. May be set. */
  failures = 0;
  #worked = false;

  constructor(url, { onFrame, onState }) {
    this.#url = url;
    this.#onFrame = onFrame;
    this.#onState = onState;
  }

  start() {
    addEventListener("online", () => this.connectNow());
    addEventListener("offline", () => this.#goOffline());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      if (this.open) this.#check();
      else this.connectNow();
    });
    setInterval(() => this.open && this.#check(), PING_EVERY);
    this.#connect();
  }

  send(command) {
    if (!this.open) return false;
    this.#socket.send(JSON.stringify(command));
    return true;
  }

  /** For good. */
  end() {
    this.#ended = true;
    this.open = false;
    const socket = this.#socket;
    this.#socket = null;
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    socket?.close();
  }

  connectNow() {
    if (this.#ended || this.open || this.#socket?.readyState === WebSocket.CONNECTING) return;
    this.#attempt = 0;
    this.#connect();
  }

  #connect() {
    clearTimeout(this.#timers.retry);
    this.#received = this.#reported = 0;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#openWithin(navigator.onLine ? OPEN_WITHIN : PONG_WITHIN_OFFLINE);
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(data);
    socket.onclose = ({ code }) => socket === this.#socket && this.#lose(code);
  }

  #openWithin(time) {
    clearTimeout(this.#timers.opening);
    const socket = this.#socket;
    this.#timers.opening = setTimeout(() => this.#giveUp(socket), time);
  }

  /** The browser may be wrong about its network: what is connected is asked, and nothing else is given up at once. */
  #goOffline() {
    if (this.open) this.#check(PONG_WITHIN_OFFLINE);
    else if (this.#socket) this.#openWithin(PONG_WITHIN_OFFLINE);
    else if (!this.#ended) this.#onState("offline");
  }

  #receive(data) {
    clearTimeout(this.#timers.pong);
    this.#received += data.length;
    const frame = JSON.parse(data);
    if (frame.type === "hello") {
      this.open = true;
      clearTimeout(this.#timers.opening);
      // The network may have gone just before.
      if (!navigator.onLine) this.#check(PONG_WITHIN_OFFLINE);
      this.failures = 0;
      this.#worked = true;
      this.#timers.steady = setTimeout(() => (this.#attempt = 0), STEADY_AFTER);
      this.#onState("open");
    }
    this.#onFrame(frame);
    if (this.#received - this.#reported >= REPORT_EVERY) {
      this.#reported = this.#received;
      this.send({ do: "got", bytes: this.#received });
    }
  }

  /** Find out whether the other side is still there; a dead connection says nothing by itself. */
  #check(within = PONG_WITHIN) {
    this.send({ do: "ping" });
    clearTimeout(this.#timers.pong);
    const socket = this.#socket;
    this.#timers.pong = setTimeout(() => this.#giveUp(socket), within);
  }

  #giveUp(socket) {
    if (socket !== this.#socket) return;
    this.#lose(0);
    socket.close();
  }

  #lose(code) {
    if (!this.#worked) this.failures += 1;
    this.open = false;
    this.#socket = null;
    clearTimeout(this.#timers.pong);
    clearTimeout(this.#timers.steady);
    clearTimeout(this.#timers.opening);
    if (code === SIGNED_OUT) {
      this.#ended = true;
      this.#onState("signed-out");
      return;
    }
    const restarting = code === RESTARTING;
    const longest = Math.min(restarting ? LONGEST_RESTART_DELAY : LONGEST_DELAY, FIRST_DELAY * 2 ** this.#attempt);
    const delay = longest * (0.5 + Math.random() / 2) + (code === TOO_MUCH ? 5_000 : 0);
    this.#attempt += 1;
    this.#timers.retry = setTimeout(() => this.#connect(), delay);
    this.#onState(!navigator.onLine ? "offline" : restarting ? "restarting" : "lost");
  }
}
