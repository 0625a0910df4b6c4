// Where half, nine of ten and nineteen of twenty first replies lie, on one scale. The numbers stand beside it.

import { svg } from "./dom.js";

export function rangePlot(stats, top) {
  const x = (ms) => (((ms ?? 0) / top) * 196 + 2).toFixed(1);
  return svg(
    "svg",
    { viewBox: "0 0 200 16", class: "range", "aria-hidden": "true", preserveAspectRatio: "none" },
    svg("line", { x1: x(0), x2: x(stats.p95_ms), y1: 8, y2: 8, class: "thin" }),
    svg("line", { x1: x(0), x2: x(stats.p90_ms), y1: 8, y2: 8, class: "thick" }),
    svg("line", { x1: x(stats.p50_ms), x2: x(stats.p50_ms), y1: 2, y2: 14, class: "half" }),
  );
}
