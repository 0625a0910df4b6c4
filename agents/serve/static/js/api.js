// Requests: the token, ETags, and the stream of events that comes back by itself.

const KEY = "firstreply-token";
const SILENCE_MS = 7000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;

let token = "";
const answers = new Map();

/** Take the token from the address (#token=...), which no server sees, or from where it was kept. */
export function findToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    history.replaceState(null, "", location.pathname);
    keepToken(given, true);
  } else token = sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY) ?? "";
}

export function keepToken(value, forLong) {
  token = value;
  sessionStorage.setItem(KEY, value);
  if (forLong) localStorage.setItem(KEY, value);
}

const headers = (more = {}) => (token ? { Authorization: `Bearer ${token}`, ...more } : more);

/** Ask; an answer that has not changed comes from memory. Throws an Error with the server's words and its status. */
export async function ask(path) {
  const known = answers.get(path);
  const response = await fetch(path, { headers: headers(known ? { "If-None-Match": known.tag } : {}), cache: "no-store" });
  if (response.status === 304) return known.body;
  const body = await response.json();
  if (!response.ok) throw Object.assign(new Error([body.detail || body.title, body.what_to_do].filter(Boolean).join(" ")), { status: response.status });
  answers.set(path, { tag: response.headers.get("ETag"), body });
  if (answers.size > 64) answers.delete(answers.keys().next().value);
  return body;
}

/** Send JSON. Throws like `ask`. */
export async function send(path, body) {
  const response = await fetch(path, { method: "POST", headers: headers({ "Content-Type": "application/json" }), body: JSON.stringify(body) });
  const told = await response.json();
  if (!response.ok) throw Object.assign(new Error([told.detail || told.title, told.what_to_do].filter(Boolean).join(" ")), { status: response.status });
  return told;
}

/** Follow the stream for ever. `on` has: event(name, data), up(), down(), refused(status, text). */
export class Stream {
  #on;
  #path;
  #last = "";
  #pause = FIRST_PAUSE_MS;
  #wake = null;
  #stopped = false;

  constructor(path, on) {
    this.#path = path;
    this.#on = on;
    this.hurry = this.hurry.bind(this);
    addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.hurry);
    this.#run();
  }

  stop() {
    this.#stopped = true;
    this.controller?.abort();
    removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.hurry);
    this.hurry();
  }

  /** Try again now. */
  hurry() {
    this.#wake?.();
  }

  async #run() {
    while (!this.#stopped) {
      try {
        const wait = await this.#follow();
        if (wait) return;
      } catch {
        // a lost connection: said by `down`, and tried again
      }
      if (this.#stopped) return;
      this.#on.down();
      await this.#rest();
    }
  }

  async #rest() {
    const pause = this.#pause * (0.75 + Math.random() / 2);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    await new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, pause);
    });
    this.#wake = null;
  }

  /** One connection; returns true where a person has to do something first. */
  async #follow() {
    this.controller = new AbortController();
    let watch = setTimeout(() => this.controller.abort(), SILENCE_MS);
    try {
      const response = await fetch(this.#path, {
        headers: headers(this.#last ? { "Last-Event-ID": this.#last } : {}),
        signal: this.controller.signal,
        cache: "no-store",
      });
      if (!response.ok) {
        const body = await response.json();
        if ([401, 403, 421].includes(response.status)) {
          this.#on.refused(response.status, [body.detail, body.what_to_do].filter(Boolean).join(" "));
          return true;
        }
        throw new Error(body.title);
      }
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return false;
        clearTimeout(watch);
        watch = setTimeout(() => this.controller.abort(), SILENCE_MS);
        text += value;
        let end;
        while ((end = text.indexOf("\n\n")) >= 0) {
          this.#take(text.slice(0, end));
          text = text.slice(end + 2);
        }
      }
    } finally {
      clearTimeout(watch);
      this.controller.abort();
    }
  }

  #take(block) {
    let name = "message";
    let data = "";
    for (const line of block.split("\n")) {
      if (line.startsWith("id: ")) this.#last = line.slice(4);
      else if (line.startsWith("event: ")) name = line.slice(7);
      else if (line.startsWith("data: ")) data = line.slice(6);
    }
    if (!data) return;
    this.#pause = FIRST_PAUSE_MS;
    this.#on.up();
    this.#on.event(name, JSON.parse(data));
  }
}
