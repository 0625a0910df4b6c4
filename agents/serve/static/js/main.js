// The board: follow the stream, show what changed, open what is asked for.

import { Alerts, nameOf } from "./alerts.js";
import { findToken, keepToken, Stream } from "./api.js";
import { Detail } from "./detail.js";
import { attribute, byId, el, put } from "./dom.js";
import { title } from "./format.js";
import { listen } from "./keys.js";
import { Status } from "./status.js";
import { Store } from "./store.js";
import { QueueTable } from "./table.js";
import { Whole } from "./whole.js";

const store = new Store();
const status = new Status(store);
const whole = new Whole(store);
const alerts = new Alerts(store);
const table = new QueueTable(store, show);
const detail = new Detail(store, table);
let shape = "queue";
let tenant = "";
let stream = null;

const dimensionOf = (row) => Object.keys(row.segment)[0] ?? "";

function show() {
  const rows = [...store.rows.values()].filter((row) => !tenant || row.tenant === tenant);
  offerTenants();
  offerShapes(rows);
  const firing = store.firing().filter((alert) => !tenant || alert.tenant === tenant);
  const alarmed = new Set(firing.map((alert) => `${alert.tenant}|${nameOf(alert.segment)}`));
  const find = byId("find").value.trim().toLowerCase();
  const mine = rows.filter((row) => dimensionOf(row) === shape);
  const found = find ? mine.filter((row) => title(row.segment).toLowerCase().includes(find)) : mine;
  whole.show(rows.find((row) => row.name === "everything"));
  alerts.show(firing, store.over().filter((alert) => !tenant || alert.tenant === tenant));
  table.show(found, alarmed);
  put(byId("count"), find ? `${found.length} of ${mine.length}` : `${mine.length}`);
  byId("none").hidden = found.length > 0 || !store.rows.size;
  put(byId("none"), find ? "Nothing of that name." : "");
  detail.refresh();
  if (location.hash && store.rows.size) detail.follow();
  document.title = firing.length ? `▲ ${firing.length} · firstreply` : "firstreply";
}

function offerShapes(rows) {
  const shapes = [...new Set(rows.map(dimensionOf))].filter(Boolean).sort((a, b) => (a === "queue" ? -1 : b === "queue" ? 1 : a.localeCompare(b)));
  if (shapes.length && !shapes.includes(shape)) shape = shapes[0];
  const box = byId("shapes");
  box.hidden = shapes.length < 2;
  const wanted = shapes.join();
  if (box.dataset.shapes === wanted) return;
  box.dataset.shapes = wanted;
  const choose = (event) => {
    shape = event.target.value;
    show();
  };
  box.replaceChildren(
    box.firstElementChild,
    ...shapes.map((one) => el("label", {}, el("input", { type: "radio", name: "shape", value: one, checked: one === shape, onchange: choose }), `by ${one}`)),
  );
}

function offerTenants() {
  const tenants = [...new Set([...store.rows.values()].map((row) => row.tenant))].sort();
  byId("tenant-box").hidden = tenants.length < 2;
  const select = byId("tenant");
  if (tenant && !tenants.includes(tenant)) tenant = "";
  if (tenants.length > 1 && !tenant) tenant = tenants[0];
  if (select.dataset.tenants === tenants.join()) return;
  select.dataset.tenants = tenants.join();
  select.replaceChildren(...tenants.map((one) => el("option", { value: one, selected: one === tenant }, one)));
}

function follow() {
  stream?.stop();
  stream = new Stream("/api/v1/stream", {
    event: (name, data) => store[name]?.(data),
    up: () => status.up(),
    down: () => status.down(),
    refused: (code, words) => {
      status.refused(words);
      if (code === 401) login(words);
    },
  });
}

function login() {
  const dialog = byId("login");
  const tried = Boolean(dialog.dataset.tried);
  byId("login-wrong").hidden = !tried;
  put(byId("login-wrong"), tried ? "This token is not known here." : "");
  if (!dialog.open) dialog.showModal();
}

byId("login-form").addEventListener("submit", () => {
  byId("login").dataset.tried = "yes";
  keepToken(byId("token").value.trim(), byId("keep").checked);
  byId("token").value = "";
  follow();
});

function dress(theme) {
  attribute(document.documentElement, "data-theme", theme);
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  put(byId("theme"), dark ? "Light" : "Dark");
  document.dispatchEvent(new Event("dressed"));
  byId("theme").onclick = () => {
    localStorage.setItem("firstreply-theme", dark ? "light" : "dark");
    dress(dark ? "light" : "dark");
  };
}

findToken();
dress(localStorage.getItem("firstreply-theme"));
store.addEventListener("change", show);
store.addEventListener("beat", () => status.tick());
byId("find").addEventListener("input", show);
byId("tenant").addEventListener("change", (event) => {
  tenant = event.target.value;
  show();
});
listen({ show, detail });
setInterval(() => {
  status.tick();
  whole.tick();
  table.tick();
  detail.tick();
}, 1000);
follow();
