// What a person does about an alert: who, and a word to whoever looks next.

import { send } from "./api.js";
import { byId, put } from "./dom.js";
import { clock } from "./format.js";

const HOUR_MS = 3600000;
const NAME = "firstreply-name";
const TITLES = { acknowledge: "I am on it", snooze: "Snooze for an hour", annotate: "Leave a note" };

let asked = null;

/** Open the dialog for one act on one alert. */
export function askAct(alert, type, now) {
  asked = { alert, type, until: type === "snooze" ? now + HOUR_MS : null };
  put(byId("act-title"), TITLES[type]);
  put(byId("act-what"), type === "snooze" ? `${alert.summary} Nobody is told again before ${clock(asked.until)}.` : alert.summary);
  byId("act-name").value = localStorage.getItem(NAME) ?? "";
  byId("act-note").value = "";
  byId("act-note").required = type === "annotate";
  byId("act-wrong").hidden = true;
  byId("act").showModal();
}

byId("act-cancel").addEventListener("click", () => byId("act").close());
byId("act-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { type: asked.type, by: byId("act-name").value.trim(), note: byId("act-note").value.trim() };
  if (asked.until) body.until = Math.round(asked.until);
  localStorage.setItem(NAME, body.by);
  try {
    await send(`/api/v1/alerts/${encodeURIComponent(asked.alert.id)}/actions`, body);
    byId("act").close();
  } catch (error) {
    byId("act-wrong").hidden = false;
    put(byId("act-wrong"), error.status ? error.message : "The server does not answer.");
  }
});
