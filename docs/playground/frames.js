// The page of the graph, as `autograd.page` writes it, in a frame without rights: it can neither read nor load anything.

import { isDark } from "./theme.js";

/** A frame with a page. */
export function framed(title, html) {
  const made = document.createElement("iframe");
  made.title = title;
  made.setAttribute("sandbox", "allow-scripts");
  // It has the theme of the playground, and no button of its own for it.
  made.srcdoc = html.replace("<html ", `<html data-framed data-theme="${isDark() ? "dark" : "light"}" `);
  return made;
}

/** The frame beside the editor. A new page takes the place of the old one when it is there, at the same step. */
export class GraphFrame {
  constructor(place) {
    this.place = place;
    this.html = "";
    this.shown = null;
    this.coming = null;
    this.state = "";
    addEventListener("message", ({ source, data }) => {
      if (source === this.shown?.contentWindow && typeof data?.page === "string") {
        this.state = data.page;
      }
    });
  }

  show(html) {
    if (html === this.html) {
      return;
    }
    this.html = html;
    this.renew();
  }

  /** Forget the step and the node that were looked at: they are of another sheet. */
  forget() {
    this.state = "";
  }

  renew() {
    this.coming?.remove();
    this.coming = null;
    if (!this.html) {
      this.shown?.remove();
      this.shown = null;
      return;
    }
    const next = framed("The graph of the sheet, its steps and paths", this.html);
    next.name = this.state;
    next.className = "coming";
    this.coming = next;
    next.addEventListener("load", () => {
      this.shown?.remove();
      this.shown = next;
      this.coming = null;
      next.className = "";
    });
    this.place.append(next);
  }
}
