// Elements of the page, and the small parts that every panel is made of. All text is set as text.

import { inFull, number } from "./numbers.js";

const SVG = "http://www.w3.org/2000/svg";

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") {
      element.textContent = value;
    } else if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** An element of HTML. */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** An element of SVG. */
export function s(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

export const byId = (id) => document.getElementById(id);

/** Set a text only where it changes, so that a screen reader hears it once. */
export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** The name of a node, kept apart from what stands beside it. */
export function name(node) {
  return h("bdi", { class: "name", title: node.short === node.name ? null : node.name, text: node.short });
}

/** A number; all of its digits are its title, where more are known than shown. A dash where there is none. */
export function num(x, kind = "") {
  if (x === undefined) {
    return h("span", { class: "num", text: "—" });
  }
  const [shown, whole] = [number(x), inFull(x)];
  return h("span", { class: `num ${kind}`.trim(), title: shown === whole ? null : whole, text: shown });
}

/** A formula as Python has written it. */
export function formula(text) {
  return h("bdi", { class: "formula", dir: "ltr", text });
}

/** ∂E/∂w, with its names. */
export function derivative(graph, by, of = 0) {
  return h("span", { class: "derivative" }, "∂", name(graph.nodes[of]), "/∂", name(graph.nodes[by]));
}

/** The same as plain words. */
export function derivativeText(graph, by, of = 0) {
  return `∂${graph.nodes[of].short}/∂${graph.nodes[by].short}`;
}

export const MARKS = { complete: "●", partial: "◐", untouched: "○" };

/** The sign for the state of a gradient. */
export function mark(state) {
  return h("span", { class: `mark ${state}`, role: "img", "aria-label": state, title: state, text: MARKS[state] });
}
