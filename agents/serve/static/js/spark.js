// A small line of the last hour, with a hairline at what is usual. For eyes only: the row's numbers say it in words.

import { attribute, svg } from "./dom.js";

const WIDTH = 120;
const HEIGHT = 24;

export class Spark {
  constructor() {
    this.usual = svg("line", { x1: 0, x2: WIDTH });
    this.path = svg("path");
    this.node = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" }, this.usual, this.path);
  }

  draw(values, usual) {
    const top = Math.max(1, usual ? usual * 1.5 : 0, ...values.map((value) => value ?? 0));
    const y = (value) => (HEIGHT - 1.5 - (value / top) * (HEIGHT - 3)).toFixed(1);
    let path = "";
    let pen = "M";
    values.forEach((value, place) => {
      if (value === null) pen = "M";
      else {
        path += `${pen}${((place / (values.length - 1)) * WIDTH).toFixed(1)} ${y(value)}`;
        pen = "L";
      }
    });
    attribute(this.path, "d", path || "M0 0");
    attribute(this.usual, "visibility", usual ? "visible" : "hidden");
    attribute(this.usual, "y1", y(usual ?? 0));
    attribute(this.usual, "y2", y(usual ?? 0));
  }
}
