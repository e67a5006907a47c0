// The lines of the picture: which way their heads point, and how wide and in which color a gradient makes them.

import { points } from "./arrange.js";
import { s } from "./dom.js";

const THIN = 1.3;
const WIDE = 5.5;
const DECADES = 3; // of sizes that can be told apart; smaller ones are as thin as the smallest of them
const HEAD = 5; // pixels of the head of the thinnest line

/** The width of a line for a gradient of this size, beside the largest of the graph. */
export function widthOf(size, largest) {
  if (!(size > 0)) {
    return THIN;
  }
  const share = size < largest ? Math.max(0, 1 + Math.log10(size / largest) / DECADES) : 1;
  return THIN + (WIDE - THIN) * (Number.isNaN(share) ? 1 : share);
}

/** What the edges of a line have passed back so far: how much, with which sign; null before the first. */
export function passedBack(edges, contributions) {
  const known = edges.map(([at, index]) => contributions.get(`${at}-${index}`)).filter((each) => each !== undefined);
  if (known.length === 0) {
    return null;
  }
  const signs = new Set(known.map(Math.sign));
  const sign = signs.size > 1 ? "mixed" : { 1: "positive", "-1": "negative" }[[...signs][0]];
  return { size: known.reduce((sum, each) => sum + Math.abs(each), 0), sign: sign ?? "zero" };
}

/** What every edge has passed back after so many steps, and the largest that any edge ever passes. */
export function contributionsAt(steps, position) {
  const passed = new Map();
  let largest = 0;
  steps.forEach(({ node, terms }, place) => {
    for (const { index, contribution } of terms) {
      if (Math.abs(contribution) > largest) {
        largest = Math.abs(contribution);
      }
      if (place < position) {
        passed.set(`${node}-${index}`, contribution);
      }
    }
  });
  return { passed, largest };
}

/** The head of a line as a shape at the origin, that points to the right. */
export const head = () => s("path", { class: "head", d: `M0 0L${-1.5 * HEAD} ${-0.62 * HEAD}V${0.62 * HEAD}Z` });

/** Put the head of a line where it ends, or where it begins if it points back. */
export function pointHead(shape, d, back, width) {
  const all = points(d);
  const [tip, before] = back ? all : all.reverse();
  const angle = (Math.atan2(tip[1] - before[1], tip[0] - before[0]) * 180) / Math.PI;
  const scale = 1 + (width - THIN) / WIDE;
  const turned = `translate(${tip[0]} ${tip[1]}) rotate(${angle.toFixed(1)}) scale(${scale.toFixed(2)})`;
  shape.setAttribute("transform", turned);
}
