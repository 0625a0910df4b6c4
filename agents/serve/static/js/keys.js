// The board without a mouse.

import { byId } from "./dom.js";

export function listen({ show, detail }) {
  const help = byId("help");
  byId("help-open").addEventListener("click", () => help.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const typing = event.target.matches("input[type=search], input[type=password], select, textarea");
    if (event.key === "Escape") {
      const find = byId("find");
      if (typing && find.value) {
        find.value = "";
        show();
      } else if (typing) find.blur();
      else detail.close();
      return;
    }
    if (typing) return;
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (step && (event.key.length === 1 || document.activeElement.closest("#rows"))) {
      event.preventDefault();
      move(step);
    } else if (event.key === "/") {
      event.preventDefault();
      byId("find").focus();
      byId("find").select();
    } else if (event.key === "?") help.showModal();
  });
}

function move(step) {
  const links = [...document.querySelectorAll("#rows th a")];
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
