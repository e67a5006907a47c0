// The graph as a picture: cards, lines, highlights, and leaves that can be dragged.

import { arrange, asDrawn } from "./arrange.js";
import { Card, frame, measureIn, widthOfText } from "./cards.js";
import { byId, derivativeText, formula, h, num, s, say } from "./dom.js";
import { contributionsAt, head, passedBack, pointHead, widthOf } from "./lines.js";
import { number } from "./numbers.js";

const PAD = 14;
const APART = 3.4; // between the lines of two paths along the same edge
const PLACES = [0.5, 0.35, 0.65, 0.2, 0.8]; // along a line, for what is written on it
const NOTE = 13; // pixels of the height of that
const TITLE = 18; // and of the title of a box
const CLICK = 4; // pixels that a pointer may move and still have clicked
const LARGEST = 1.35;
const SMALLEST = 11; // pixels of the smallest text of the picture, as the style sets it
const LEGIBLE = 10.1 / SMALLEST; // smaller than that, the picture folds, and then scrolls

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
    Object.assign(this, { graph, actions });
    this.view = byId("view");
    this.tip = byId("tip");
    this.scale = null; // fitted until the reader says otherwise
    this.groups = graph.groups.map((_, at) => graph.nodes.length + at);
    this.open = new Set(); // the groups that are open while others are folded
    this.folded = graph.folded !== null && (graph.open === null || graph.units.some(isArray) || !this.fits(graph.open));
    this.frames = s("g", { class: "frames" });
    this.lines = s("g", { class: "lines" });
    this.lit = s("g", { class: "lit", "aria-hidden": "true" });
    this.notes = s("g", { class: "notes", "aria-hidden": "true" });
    const cards = s("g", { class: "cards" });
    this.svg = s(
      "svg",
      { role: "group", "aria-label": "The graph" },
      this.frames,
      this.lines,
      this.lit,
      cards,
      this.notes,
    );
    measureIn(window.getComputedStyle(this.view).fontFamily);
    const choose = (at) => (isArray(graph.units[at]) ? this.toggle(at) : actions.select(graph.units[at].head));
    const open = (at) => this.toggle(at);
    const does = { choose, open, key: (event, at) => this.key(event, at, () => choose(at)) };
    this.cards = graph.units.map((unit, at) => new Card(unit, at, does));
    const first = ({ unit }) => Math.min(...unit.members);
    const inOrder = [...this.cards].sort((a, b) => first(a) - first(b) || b.at - a.at); // of the steps, as Tab goes
    cards.append(...inOrder.map((card) => card.element));
    for (const at of graph.leaves) {
      this.makeDraggable(this.cards[at].element, at);
    }
    this.view.append(this.svg);
    byId("closer").addEventListener("click", () => this.zoom(1.25));
    byId("farther").addEventListener("click", () => this.zoom(0.8));
    byId("fit").addEventListener("click", () => {
      this.scale = null;
      this.resize();
    });
    byId("fold").hidden = graph.folded === null;
    byId("fold").addEventListener("click", () => {
      const all = this.folded && this.open.size === 0;
      this.folded = !all || graph.open === null;
      this.open = new Set(all && graph.open === null ? this.groups : []);
      this.lay();
      this.show(this.model);
    });
    window.addEventListener("resize", () => this.resize());
    this.lay();
  }

  /** Whether a view has room, or nearly, without its text becoming too small to be read. */
  fits({ size: [width, height] }) {
    const [wide, high] = [width, height].map((length) => (length + 2 * PAD) * LEGIBLE);
    return wide <= this.view.clientWidth && high <= 2 * this.highest();
  }

  /** How high the picture can be in its box. */
  highest() {
    return Number.parseFloat(window.getComputedStyle(this.view).maxHeight) || Infinity;
  }

  // -- What is folded --------------------------------------------------------------------------------

  /** Put every card and line where it is now. */
  lay() {
    const { graph, folded, open } = this;
    const view = folded ? arrange(graph, open) : asDrawn(graph.open);
    const shown = new Map(view.places.map(([unit, x, y]) => [unit, [x, y]]));
    this.home = new Map(); // of each node the card that it is on
    this.boxes = []; // that no other text may cover
    for (const card of this.cards) {
      const place = shown.get(card.at);
      card.element.classList.toggle("away", place === undefined);
      if (place) {
        card.place(...place);
        const [[x, y], [width, height]] = [place, card.unit.size];
        this.boxes.push([x, y, x + width, y + height]);
        for (const node of card.unit.members) {
          this.home.set(node, card);
        }
      }
    }
    this.frames.replaceChildren(...view.frames.map((each) => frame(each, (unit) => this.toggle(unit))));
    this.boxes.push(...view.frames.map(([x, y, width]) => [x, y, x + width, y + TITLE]));
    this.edges = view.lines.map((line) => this.line(line));
    this.lines.replaceChildren(...this.edges.map(({ element }) => element));
    const [width, height] = view.size.map((length) => length + 2 * PAD);
    Object.assign(this, { width, height });
    this.svg.setAttribute("viewBox", `${-PAD} ${-PAD} ${width} ${height}`);
    say(byId("fold"), folded && open.size === 0 ? "unfold" : "fold");
    this.resize();
  }

  /** Open a folded group, or fold an open one. */
  toggle(unit) {
    const opens = !this.open.has(unit);
    this.open[opens ? "add" : "delete"](unit);
    this.lay();
    this.show(this.model);
    const [member] = this.graph.units[unit].members;
    const sign = opens ? ".frame .opener" : `#group-${unit} .opener`;
    [...this.svg.querySelectorAll(sign)].at(-1)?.focus({ preventScroll: true });
    this.reveal(member);
  }

  // -- Cards ---------------------------------------------------------------------------------------

  key(event, at, choose) {
    const { key } = event;
    if (key === "Enter" || key === " ") {
      event.preventDefault();
      event.stopPropagation();
      choose();
      return;
    }
    const grains = { ArrowRight: 10, ArrowUp: 10, ArrowLeft: -10, ArrowDown: -10, PageUp: 100, PageDown: -100 }[key];
    if (this.graph.units[at].op === null && grains) {
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

  line({ d, edges, starts, ends, noted }) {
    const [at, index] = edges[0];
    const tell = (event) => this.showTip(edges, event.currentTarget);
    const element = s(
      "g",
      {
        class: "edge",
        id: noted && edges.length === 1 ? `edge-${at}-${index}` : null,
        role: "img",
        onpointerenter: tell,
        onpointerleave: () => this.hideTip(),
        onfocus: tell,
        onblur: () => this.hideTip(),
      },
      s("path", { class: "near", d }),
      s("path", { class: "flow", d }),
      s("path", { class: "line", d }),
      head(),
    );
    const [, , path, shape] = element.childNodes;
    return { element, edges, path, d, shape, starts, ends, noted };
  }

  /** Write an edge's local derivative at the middle of the edge. */
  showTip(edges, element) {
    const [[at, index]] = edges;
    if (edges.length > 1) {
      const from = this.home.get(this.graph.parents[at][index]).unit.short;
      this.tip.replaceChildren(
        `${edges.length} edges from ${from} to ${this.home.get(at).unit.short}: open them to see each`,
      );
    } else {
      this.tellDerivative(at, index);
    }
    this.tip.hidden = false;
    const middle = this.onScreen(element.firstChild);
    const room = document.documentElement.clientWidth - this.tip.offsetWidth - 8;
    this.tip.style.left = `${Math.max(8, Math.min(room, middle.x - this.tip.offsetWidth / 2)) + window.scrollX}px`;
    this.tip.style.top = `${middle.y - this.tip.offsetHeight - 10 + window.scrollY}px`;
  }

  tellDerivative(at, index) {
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
    this.model = model;
    const step = model.steps[model.position - 1] ?? null;
    const receiving = new Set(step?.terms.map((term) => term.parent));
    for (const card of this.cards) {
      card.show(model, step, receiving);
    }
    this.notes.replaceChildren();
    const taken = [...this.boxes];
    const { passed, largest } = contributionsAt(model.steps, model.position);
    for (const line of this.edges) {
      const { element, edges } = line;
      this.showGradient(line, passedBack(edges, passed), largest);
      const flowing = edges.filter(([at]) => step?.node === at);
      element.classList.toggle("flows", flowing.length > 0);
      element.setAttribute("aria-label", this.inWords(model, edges));
      element.setAttribute("tabindex", -1); // Tab goes from node to node, and the step's panel says what flows
      if (flowing.length > 0 && line.noted) {
        this.note(model, line, flowing, taken);
      }
    }
    this.light(model.paths);
  }

  inWords(model, edges) {
    if (edges.length > 1) {
      return `${edges.length} edges`;
    }
    const [[at, index]] = edges;
    const local = model.local(at, index);
    const shown = typeof local === "number" ? number(local) : "undefined";
    return `${derivativeText(this.graph, this.graph.parents[at][index], at)} = ${shown}`;
  }

  /** Write the local derivative of the present step on its line, where there is room; of several how many they are. */
  note(model, line, flowing, taken) {
    const local = model.local(...flowing[0]);
    const one = `× ${typeof local === "number" ? number(local, 4) : "undefined"}`;
    const text = flowing.length > 1 ? `${flowing.length} contributions` : one;
    const half = widthOfText(text) / 2 + 3;
    line.along ??= PLACES.map((share) => line.path.getPointAtLength(line.path.getTotalLength() * share)); // they stay
    const boxes = line.along.map(({ x, y }) => [x - half, y - NOTE, x + half, y + 3]);
    const free = boxes.findIndex((box) => taken.every((other) => apart(box, other)));
    if (free >= 0) {
      taken.push(boxes[free]);
      this.notes.append(s("text", { class: "num", x: line.along[free].x, y: line.along[free].y - 2, text }));
    }
  }

  /** A line that a gradient has passed points back, and is as wide as the gradient is large. */
  showGradient(edge, gradient, largest) {
    const width = widthOf(gradient?.size, largest);
    edge.path.setAttribute("stroke-width", width.toFixed(2));
    edge.element.setAttribute("class", `edge ${gradient ? `passed ${gradient.sign}` : ""}`);
    edge.shape.classList.toggle("away", !(gradient ? edge.starts : edge.ends));
    pointHead(edge.shape, edge.d, gradient !== null, width);
  }

  /** Draw each path in its color, side by side where they share an edge. */
  light(paths) {
    const along = new Map();
    paths.forEach((path, place) => {
      for (const { node, index } of path.edges) {
        const key = `${node}-${index}`;
        along.set(key, [...(along.get(key) ?? []), place]);
      }
    });
    this.lit.replaceChildren();
    for (const { element, path, edges } of this.edges) {
      const places = [...new Set(edges.flatMap(([at, index]) => along.get(`${at}-${index}`) ?? []))];
      element.classList.toggle("on-path", places.length > 0);
      places.forEach((place, turn) => {
        const shift = (turn - (places.length - 1) / 2) * APART;
        const d = path.getAttribute("d");
        this.lit.append(s("path", { class: `path-${place}`, d, transform: `translate(0 ${shift})` }));
      });
    }
    const nodes = new Set(paths.flatMap((path) => path.edges.flatMap((edge) => [edge.node, edge.parent])));
    this.svg.classList.toggle("tracing", paths.length > 0);
    for (const { element, unit } of this.cards) {
      element.classList.toggle(
        "on-path",
        unit.members.some((at) => nodes.has(at)),
      );
    }
  }

  // -- Size ----------------------------------------------------------------------------------------

  resize() {
    const room = this.view.clientWidth;
    const fitting = Math.min(LARGEST, room / this.width, this.highest() / this.height);
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
    const card = this.home.get(at).element.getBoundingClientRect();
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

const apart = ([left, top, right, bottom], other) =>
  other[0] >= right || other[2] <= left || other[1] >= bottom || other[3] <= top;

const isArray = (unit) => unit.head === null;
