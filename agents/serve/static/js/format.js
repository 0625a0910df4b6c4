// Numbers and times as people read them.

const UNITS = [["d", 86400, "h", 3600], ["h", 3600, "m", 60], ["m", 60, "s", 1]];

/** A duration, two units at most: "1h 12m", "3m 20s", "45s". */
export function span(ms) {
  if (ms === null || ms === undefined) return "–";
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const sign = ms < 0 ? "−" : "";
  for (const [unit, size, lesser, part] of UNITS) {
    if (seconds >= size) {
      const rest = Math.floor((seconds % size) / part);
      return `${sign}${Math.floor(seconds / size)}${unit}${rest ? ` ${rest}${lesser}` : ""}`;
    }
  }
  return `${sign}${seconds}s`;
}

/** A duration for a table: whole minutes from two minutes on. */
export function glance(ms) {
  if (ms === null || ms === undefined || Math.abs(ms) < 120000) return span(ms);
  return span(Math.round(ms / 60000) * 60000);
}

/** A difference with its sign. */
export function change(ms) {
  if (ms === null || ms === undefined) return "–";
  if (Math.abs(ms) < 1000) return "±0s";
  return `${ms > 0 ? "+" : ""}${glance(ms)}`;
}

export const percent = (ppm) => (ppm === null || ppm === undefined ? "–" : `${Math.floor(ppm / 10000)} %`);

let hours;
let seconds;
let days;

/** Show times as the centre's clocks do; a zone that the browser does not know leaves its own. */
export function useZone(timeZone) {
  try {
    hours = new Intl.DateTimeFormat(undefined, { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    seconds = new Intl.DateTimeFormat(undefined, { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
    days = new Intl.DateTimeFormat(undefined, { timeZone, weekday: "short", day: "numeric", month: "short" });
  } catch {
    if (timeZone) useZone(undefined);
  }
}
useZone(undefined);

export const clock = (ms) => hours.format(ms);
export const clockSeconds = (ms) => seconds.format(ms);
export const day = (ms) => days.format(ms);

/** A time, with its day where that is not today's. */
export function moment(ms, now) {
  return day(ms) === day(now) ? clock(ms) : `${day(ms)}, ${clock(ms)}`;
}

/** Words for a segment: "billing", "billing, chat"; "everything" without dimensions. */
export function title(segment) {
  const values = Object.values(segment);
  return values.length ? values.map((value) => value || "(none)").join(", ") : "Everything";
}

const WORDS = {
  first_reply: "first reply", next_reply: "next reply", first_resolution: "first resolution", full_resolution: "full resolution",
  requester_wait: "customer's wait", responder_work: "responder's work", first_reply_responder: "first reply after hand-off",
};
export const words = (name) => WORDS[name] ?? name.replaceAll("_", " ");
