// The last hours of a segment, drawn by uPlot, which is loaded when the first panel opens.

import { el, put } from "./dom.js";
import { clock, glance, moment, span } from "./format.js";

let loading = null;

function library() {
  loading ??= new Promise((resolve, reject) => {
    document.head.append(el("link", { rel: "stylesheet", href: "/static/vendor/uplot/uPlot.min.css" }));
    document.head.append(el("script", { src: "/static/vendor/uplot/uPlot.iife.min.js", onload: () => resolve(globalThis.uPlot), onerror: reject }));
  });
  return loading;
}

const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

export class Chart {
  #plot = null;
  #ended = false;
  #points = [];

  constructor(store) {
    this.store = store;
    this.words = el("p", { class: "legend" });
    this.box = el("div", { class: "plot-box" });
    this.node = el("section", {}, el("h3", {}, "First reply time, last hours"), this.box, this.words);
    this.node.hidden = true;
    this.sized = new ResizeObserver(() => this.#plot?.setSize(this.#size()));
    this.restyle = () => this.#draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", this.restyle);
    document.addEventListener("dressed", this.restyle);
  }

  async show(points) {
    this.node.hidden = points.length < 2;
    if (points.length < 2) return;
    const fresh = points.length !== this.#points.length || points.at(-1).at !== this.#points.at(-1)?.at || points.at(-1).first_reply_ms !== this.#points.at(-1)?.first_reply_ms;
    this.#points = points;
    if (!fresh && this.#plot) return;
    const last = points.at(-1);
    const known = points.map((point) => point.first_reply_ms).filter((value) => value !== null);
    put(
      this.words,
      `${known.length ? `From ${glance(Math.min(...known))} to ${glance(Math.max(...known))} since ${moment(points[0].at, last.at)}` : "No replies yet"}; ` +
        `now ${glance(last.first_reply_ms)}${last.usual_ms === null ? "" : `, usual ${glance(last.usual_ms)} (dashed)`}.`,
    );
    await library();
    if (!this.#ended) this.#draw();
  }

  end() {
    this.#ended = true;
    this.#plot?.destroy();
    this.sized.disconnect();
    matchMedia("(prefers-color-scheme: dark)").removeEventListener("change", this.restyle);
    document.removeEventListener("dressed", this.restyle);
  }

  #size() {
    return { width: Math.max(240, this.box.clientWidth), height: 170 };
  }

  #draw() {
    if (!globalThis.uPlot || !this.#points.length || this.#ended) return;
    const [ink, soft, line, wash] = ["--ink", "--soft", "--line", "--good-wash"].map(real);
    const axis = { stroke: soft, font: "12px Inter, system-ui, sans-serif", ticks: { show: false }, grid: { stroke: line, width: 1 } };
    const options = {
      ...this.#size(),
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 4, 0, 0],
      scales: { x: { time: false }, y: { range: (_, low, high) => [0, Math.max(60, high * 1.08)] } },
      axes: [
        { ...axis, size: 30, grid: { show: false }, values: (_, all) => all.map((at) => clock(at * 1000)), space: 70, incrs: [600, 900, 1800, 3600] },
        { ...axis, values: (_, all) => all.map((at) => (at ? span(at * 1000) : "0")), size: 58, incrs: [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400] },
      ],
      series: [{}, { stroke: ink, width: 2, fill: wash, points: { show: false } }, { stroke: soft, width: 1.2, dash: [5, 4], points: { show: false } }],
    };
    this.#plot?.destroy();
    this.#plot = new globalThis.uPlot(options, this.#data(), this.box);
    this.sized.observe(this.box);
  }

  #data() {
    const seconds = (value) => (value === null ? null : value / 1000);
    return [this.#points.map((point) => point.at / 1000), this.#points.map((point) => seconds(point.first_reply_ms)), this.#points.map((point) => seconds(point.usual_ms))];
  }
}

/** A colour as canvases understand it: light-dark() is resolved by asking a painted property. */
function real(name) {
  const probe = el("i", { class: "probe", "data-colour": name.slice(2) });
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found || colour(name);
}
