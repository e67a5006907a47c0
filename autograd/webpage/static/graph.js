// The graph as a picture: cards, lines, highlights, and leaves that can be dragged.

import { byId, derivativeText, formula, h, MARKS, num, s } from "./dom.js";
import { contributionsAt, head, passedBack, pointHead, widthOf } from "./lines.js";
import { inFull, number } from "./numbers.js";

const PAD = 14;
const TEXT = 10; // pixels from a card's edge to its text
const LINE = 16;
const APART = 3.4; // between the lines of two paths along the same edge
const CLICK = 4; // pixels that a pointer may move and still have clicked
const LARGEST = 1.35;
const SMALLEST = 11; // pixels of the smallest text of the picture, as the style sets it
const LEGIBLE = 10 / SMALLEST; // smaller than that, the picture scrolls instead
const WORD = 40; // pixels of `value` and `grad`, with the room between them and their numbers

/** The change of a leaf for one pixel or one key: a unit in the third digit of its value. */
export function grain(x) {
  const size = Math.abs(x);
  const power = size > 0 && size < Infinity ? Math.floor(Math.log10(size)) : 0;
  return 10 ** Math.min(300, Math.max(-3, power) - 2);
}

/** A value moved by so many such units, without the rounding errors of binary fractions. */
export function moved(from, grains, size) {
  if (grains === 0) {
    return from;
  }
  const start = Number.isFinite(from) ? from : 0;
  const exact = start + grains * size;
  return Number(exact.toFixed(Math.min(100, Math.max(0, -Math.floor(Math.log10(size))) + 3)));
}

export class Picture {
  constructor(graph, actions) {
    this.graph = graph;
    this.actions = actions;
    this.view = byId("view");
    this.tip = byId("tip");
    this.scale = null; // fitted until the reader says otherwise
    this.width = graph.width + 2 * PAD;
    this.height = graph.height + 2 * PAD;
    this.lines = s("g", { class: "lines" });
    this.lit = s("g", { class: "lit", "aria-hidden": "true" });
    this.notes = s("g", { class: "notes", "aria-hidden": "true" });
    const cards = s("g", { class: "cards" });
    this.svg = s(
      "svg",
      { viewBox: `${-PAD} ${-PAD} ${this.width} ${this.height}`, role: "group", "aria-label": "The graph" },
      s("g", { class: "boxes", "aria-hidden": "true" }, graph.boxes.map(box)),
      this.lines,
      this.lit,
      cards,
      this.notes,
    );
    this.edges = graph.nodes.flatMap((node, at) => (node.edges ?? []).map((_, index) => this.edge(at, index)));
    this.cards = graph.nodes.map((_, at) => this.card(at));
    cards.append(...this.cards.map((card) => card.element));
    this.view.append(this.svg);
    byId("closer").addEventListener("click", () => this.zoom(1.25));
    byId("farther").addEventListener("click", () => this.zoom(0.8));
    byId("fit").addEventListener("click", () => {
      this.scale = null;
      this.resize();
    });
    window.addEventListener("resize", () => this.resize());
    this.resize();
    ruler.font = `650 12px ${window.getComputedStyle(this.view).fontFamily}`; // the widest that a number is set in
  }

  // -- Cards ---------------------------------------------------------------------------------------

  card(at) {
    const node = this.graph.nodes[at];
    const [x, y, width, height] = node.place;
    const right = width - TEXT;
    const text = (line, kind, attributes = {}) =>
      s("text", { class: kind, x: TEXT, y: 18 + line * LINE, ...attributes });
    const after = node.op === null ? 1 : 2;
    const parts = {
      value: text(after, "num value", { x: right }),
      grad: text(after + 1, "num grad", { x: right }),
    };
    const leaf = node.op === null;
    const element = s(
      "g",
      {
        class: `card ${leaf ? "leaf" : "made"}${node.labeled ? "" : " unnamed"}`,
        transform: `translate(${x} ${y})`,
        id: `node-${at}`,
        tabindex: 0,
        role: leaf ? "spinbutton" : "button",
        onclick: () => leaf || this.actions.select(at),
        onkeydown: (event) => this.key(event, at),
      },
      s("rect", { class: "halo", x: -4, y: -4, width: width + 8, height: height + 8, rx: 11 }),
      s("rect", { class: "ground", width, height, rx: 8 }),
      s("text", { class: "name", x: TEXT, y: 18, text: node.short }),
      leaf ? s("path", { class: "grip", d: `M${right - 10} 13h10m-7 -3l-3 3l3 3m4 -6l3 3l-3 3` }) : null,
      " ", // the words of a card are words to who has them read aloud, too
      leaf ? null : s("text", { class: "how", x: TEXT, y: 18 + LINE, text: node.made }),
      " ",
      text(after, "word", { text: "value" }),
      " ",
      parts.value,
      " ",
      text(after + 1, "word", { text: "grad" }),
      " ",
      parts.grad,
    );
    if (leaf) {
      this.makeDraggable(element, at);
    }
    return { element, width, ...parts };
  }

  key(event, at) {
    const { key } = event;
    if (key === "Enter" || key === " ") {
      event.preventDefault();
      event.stopPropagation();
      this.actions.select(at);
      return;
    }
    const grains = { ArrowRight: 10, ArrowUp: 10, ArrowLeft: -10, ArrowDown: -10, PageUp: 100, PageDown: -100 }[key];
    if (this.graph.nodes[at].op === null && grains) {
      event.preventDefault();
      event.stopPropagation();
      const now = this.actions.given(at);
      this.actions.give(at, moved(now, event.shiftKey ? grains / 10 : grains, grain(now)));
    }
  }

  makeDraggable(element, at) {
    let start = null;
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) {
        return;
      }
      const from = this.actions.given(at);
      start = { x: event.clientX, from, size: grain(from), far: false };
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener("pointermove", (event) => {
      if (!start) {
        return;
      }
      const by = Math.round(event.clientX - start.x);
      start.far ||= Math.abs(by) >= CLICK;
      if (start.far) {
        element.classList.add("dragged");
        this.hideTip();
        this.actions.give(at, moved(start.from, event.shiftKey ? by / 10 : by, start.size));
      }
    });
    const end = (event) => {
      if (start && !start.far && event.type === "pointerup") {
        this.actions.select(at);
      }
      start = null;
      element.classList.remove("dragged");
    };
    element.addEventListener("pointerup", end);
    element.addEventListener("pointercancel", end);
  }

  // -- Lines ---------------------------------------------------------------------------------------

  edge(at, index) {
    const { line } = this.graph.nodes[at].edges[index];
    const element = s(
      "g",
      {
        class: "edge",
        id: `edge-${at}-${index}`,
        role: "img",
        onpointerenter: (event) => this.showTip(at, index, event.currentTarget),
        onpointerleave: () => this.hideTip(),
        onfocus: (event) => this.showTip(at, index, event.currentTarget),
        onblur: () => this.hideTip(),
      },
      s("path", { class: "near", d: line }),
      s("path", { class: "flow", d: line }),
      s("path", { class: "line", d: line }),
      head(),
    );
    this.lines.append(element);
    const [, , path, shape] = element.childNodes;
    return { element, at, index, path, d: line, shape };
  }

  /** Write an edge's local derivative at the middle of the edge. */
  showTip(at, index, element) {
    const parent = this.graph.parents[at][index];
    const local = this.actions.local(at, index);
    const { formula: written } = this.graph.nodes[at].edges[index];
    const plain = /^−?[0-9.]+$/.test(written); // the formula is the number
    this.tip.replaceChildren(h("span", { class: "derivative", text: derivativeText(this.graph, parent, at) }));
    if (!plain) {
      this.tip.append(" = ", formula(written));
    }
    if (local !== null) {
      this.tip.append(...(local.words ? [` — ${local.words}`] : [" = ", num(local)]));
    }
    this.tip.hidden = false;
    const middle = this.onScreen(element.firstChild);
    const room = document.documentElement.clientWidth - this.tip.offsetWidth - 8;
    this.tip.style.left = `${Math.max(8, Math.min(room, middle.x - this.tip.offsetWidth / 2)) + window.scrollX}px`;
    this.tip.style.top = `${middle.y - this.tip.offsetHeight - 10 + window.scrollY}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }

  onScreen(path) {
    const middle = path.getPointAtLength(path.getTotalLength() / 2);
    return new DOMPoint(middle.x, middle.y).matrixTransform(path.getScreenCTM());
  }

  // -- Highlights ----------------------------------------------------------------------------------

  show(model) {
    const { graph } = this;
    const step = model.steps[model.position - 1] ?? null;
    const receiving = new Set(step?.terms.map((term) => term.parent));
    this.cards.forEach((card, at) => {
      const node = graph.nodes[at];
      const state = model.stateOf(at);
      const gradient = model.shown.get(at);
      const trouble = model.troubles.get(at);
      const value = trouble ? (trouble.words ? "undefined" : "—") : number(model.values[at]);
      const grad = gradient === undefined ? "" : `${state === "partial" ? `${MARKS.partial} ` : ""}${number(gradient)}`;
      write(card.value, value, card.width);
      write(card.grad, grad, card.width);
      card.element.dataset.value = trouble ? "" : inFull(model.values[at]);
      card.element.dataset.grad = gradient === undefined ? "" : inFull(gradient);
      const { classList } = card.element;
      classList.toggle("present", step?.node === at);
      classList.toggle("receiving", receiving.has(at));
      classList.toggle("chosen", model.selected === at);
      classList.toggle("pointed", model.pointed.includes(at));
      classList.toggle("trouble", Boolean(trouble?.words) || model.trouble?.node === at);
      for (const each of ["untouched", "partial", "complete"]) {
        classList.toggle(each, each === state);
      }
      const made = node.op === null ? "" : ` ${node.made}`; // what is read aloud begins with what is seen
      const known = gradient === undefined ? "grad" : `grad ${number(gradient)}`;
      const kind = node.op === null ? "; a leaf" : "";
      const inWords = node.short === node.name ? "" : `; ${node.name}`;
      const label = `${node.short}${made} value ${value} ${known}, ${state}${kind}${inWords}`;
      card.element.setAttribute("aria-label", label);
      if (node.op === null) {
        const given = model.values[at];
        card.element.setAttribute("aria-valuenow", Number.isFinite(given) ? given : 0);
        card.element.setAttribute("aria-valuetext", number(given));
      } else {
        card.element.setAttribute("aria-pressed", model.selected === at);
      }
    });
    this.notes.replaceChildren();
    const { passed, largest } = contributionsAt(model.steps, model.position);
    for (const edge of this.edges) {
      const { element, at, index, path } = edge;
      const flows = step?.node === at;
      this.showGradient(edge, passedBack([[at, index]], passed), largest);
      element.classList.toggle("flows", flows);
      const parent = graph.parents[at][index];
      const local = model.local(at, index);
      const shown = typeof local === "number" ? number(local) : "undefined";
      element.setAttribute("aria-label", `${derivativeText(graph, parent, at)} = ${shown}`);
      if (flows || model.selected === at) {
        element.setAttribute("tabindex", 0);
      } else {
        element.removeAttribute("tabindex");
      }
      if (flows) {
        edge.middle ??= path.getPointAtLength(path.getTotalLength() / 2); // lines stay where they are
        const { middle } = edge;
        this.notes.append(
          s("text", {
            class: "num",
            x: middle.x,
            y: middle.y - 5,
            text: `× ${typeof local === "number" ? number(local, 4) : shown}`,
          }),
        );
      }
    }
    this.light(model.paths);
  }

  /** A line that a gradient has passed points back, and is as wide as the gradient is large. */
  showGradient(edge, gradient, largest) {
    const width = widthOf(gradient?.size, largest);
    edge.path.setAttribute("stroke-width", width.toFixed(2));
    edge.element.setAttribute("class", `edge ${gradient ? `passed ${gradient.sign}` : ""}`);
    pointHead(edge.shape, edge.d, gradient !== null, width);
  }

  /** Draw each path in its color, side by side where they share an edge. */
  light(paths) {
    const along = new Map();
    paths.forEach((path, place) => {
      for (const { node, index } of path.edges) {
        const key = `edge-${node}-${index}`;
        along.set(key, [...(along.get(key) ?? []), place]);
      }
    });
    this.lit.replaceChildren();
    for (const { element, path } of this.edges) {
      const places = along.get(element.id) ?? [];
      element.classList.toggle("on-path", places.length > 0);
      places.forEach((place, turn) => {
        const shift = (turn - (places.length - 1) / 2) * APART;
        const d = path.getAttribute("d");
        this.lit.append(s("path", { class: `path-${place}`, d, transform: `translate(0 ${shift})` }));
      });
    }
    const nodes = new Set(paths.flatMap((path) => path.edges.flatMap((edge) => [edge.node, edge.parent])));
    this.svg.classList.toggle("tracing", paths.length > 0);
    for (const [at, card] of this.cards.entries()) {
      card.element.classList.toggle("on-path", nodes.has(at));
    }
  }

  // -- Size ----------------------------------------------------------------------------------------

  resize() {
    const room = this.view.clientWidth;
    const high = Number.parseFloat(window.getComputedStyle(this.view).maxHeight) || Infinity;
    const fitting = Math.min(LARGEST, room / this.width, high / this.height);
    const scale = this.scale ?? Math.max(LEGIBLE, fitting);
    this.svg.setAttribute("width", Math.floor(this.width * scale));
    this.svg.setAttribute("height", Math.floor(this.height * scale));
    this.shownScale = scale;
  }

  zoom(factor) {
    this.scale = Math.min(3, Math.max(0.2, this.shownScale * factor));
    this.resize();
  }

  /** Bring a card into view, inside the picture's own box; at once where nothing shall move. */
  reveal(at, atOnce = false) {
    const card = this.cards[at].element.getBoundingClientRect();
    const box = this.view.getBoundingClientRect();
    const calm = atOnce || window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const hidden = (from, to, low, high) => from < low + 24 || to > high - 24;
    if (hidden(card.left, card.right, box.left, box.right) || hidden(card.top, card.bottom, box.top, box.bottom)) {
      this.view.scrollBy({
        left: card.left + card.width / 2 - box.left - box.width / 2,
        top: card.top + card.height / 2 - box.top - box.height / 2,
        behavior: calm ? "auto" : "smooth",
      });
    }
  }
}

function box([x, y, width, height, title]) {
  return s("g", {}, s("rect", { x, y, width, height, rx: 10 }), s("text", { x: x + 8, y: y + 11, text: title }));
}

const ruler = document.createElement("canvas").getContext("2d");

/** Write a number into a card; a long one is set narrower. It is measured beside the picture, which is not laid out. */
function write(element, text, width) {
  if (element.textContent === text) {
    return;
  }
  element.textContent = text;
  const room = width - 2 * TEXT - WORD;
  if (text.length > 7 && ruler.measureText(text).width > room) {
    element.setAttribute("textLength", room);
    element.setAttribute("lengthAdjust", "spacingAndGlyphs");
  } else {
    element.removeAttribute("textLength");
  }
}
