// The graph computed: forward, the steps of the backward pass, and the paths.
//
// What an operation computes and its partial derivatives come from `table`, which is printed from
// autograd/table/ops.py. A node is known by its number; 0 is the output, and each comes after all that
// use it. Where a number is not defined there is a *trouble* in its place: the reason as text.

import { number } from "./numbers.js";
import { DomainError, TOO_LARGE } from "./operations.js";
import { table } from "./table.js";

const MOST_NAMED = 4; // operands in a message

/** An operand as text: its label and its value. */
function described(graph, operand, values) {
  if (typeof operand !== "number") {
    return number(operand.number);
  }
  const node = graph.nodes[operand];
  const value = number(values[operand]);
  return node.labeled ? `${node.name} = ${value}` : value;
}

function called(graph, node, values) {
  const shown = node.operands.slice(0, MOST_NAMED).map((each) => described(graph, each, values));
  const more = node.operands.length > MOST_NAMED ? ["…"] : [];
  return `${node.op} of ${[...shown, ...more].join(" and ")}`;
}

function numbersOf(node, values) {
  return node.operands.map((operand) => (typeof operand === "number" ? values[operand] : operand.number));
}

/** The result of a function, or a trouble with the reason where it is not defined. */
function attempt(compute, refuse) {
  try {
    return compute();
  } catch (error) {
    if (error instanceof DomainError) {
      return refuse(error.message);
    }
    throw error;
  }
}

/** The value of every node, computed from values of the leaves. */
export function forward(graph, given) {
  const values = new Array(graph.nodes.length);
  const troubles = new Map();
  for (let at = graph.nodes.length - 1; at >= 0; at -= 1) {
    const node = graph.nodes[at];
    if (node.op === null) {
      values[at] = given[at];
      continue;
    }
    const missing = node.operands.find((each) => typeof each === "number" && values[each] === undefined);
    if (missing !== undefined) {
      troubles.set(at, { because: troubles.get(missing).because ?? missing });
      continue;
    }
    values[at] = attempt(
      () => table[node.row].forward(...numbersOf(node, values)),
      (reason) => {
        troubles.set(at, { words: `${called(graph, node, values)} ${reason}` });
        return undefined;
      },
    );
  }
  return { values, troubles };
}

/** The local derivative along each edge of a node: a number, or a trouble. */
export function localDerivatives(graph, at, values) {
  const node = graph.nodes[at];
  const row = table[node.row];
  const args = [values[at], ...numbersOf(node, values)];
  const places = node.operands.flatMap((operand, place) => (typeof operand === "number" ? [place] : []));
  const refused = (place, reason) => {
    const what = reason === TOO_LARGE ? reason : "is not defined";
    const formula = row.formulas ? `: ${row.formulas[place]} ${what} there` : `: it ${what} there`;
    const operand = described(graph, node.operands[place], values);
    return { words: `${called(graph, node, values)} has no derivative with respect to ${operand}${formula}` };
  };
  const checked = (local, place) =>
    typeof local === "number" && !Number.isFinite(local) && args.every(Number.isFinite)
      ? refused(place, TOO_LARGE)
      : local;
  if (row.every) {
    const found = attempt(
      () => row.every(...args),
      (reason) => node.operands.map((_, place) => refused(place, reason)),
    );
    return places.map((place) => checked(found[place], place));
  }
  return places.map((place) =>
    attempt(
      () => checked(row.partials[place](...args), place),
      (reason) => refused(place, reason),
    ),
  );
}

/** The backward pass, one step for each node that is no leaf; it ends at a derivative that is not defined. */
export function backward(graph, values) {
  const totals = new Map([[0, 1]]);
  const steps = [];
  for (const at of graph.order) {
    const upstream = totals.get(at);
    const locals = localDerivatives(graph, at, values);
    const undefined_ = locals.find((local) => typeof local !== "number");
    if (undefined_) {
      return { steps, gradients: totals, trouble: { step: steps.length + 1, node: at, words: undefined_.words } };
    }
    const terms = graph.parents[at].map((parent, index) => {
      const before = totals.get(parent) ?? 0;
      const contribution = upstream * locals[index];
      totals.set(parent, before + contribution);
      return { parent, index, local: locals[index], before, contribution, total: before + contribution };
    });
    steps.push({ node: at, upstream, terms });
  }
  return { steps, gradients: totals, trouble: null };
}

/** For each node the numbers of the steps that contribute to it; they do not depend on any value. */
export function receiving(graph) {
  const received = graph.nodes.map(() => []);
  graph.order.forEach((at, place) => {
    for (const parent of new Set(graph.parents[at])) {
      received[parent].push(place + 1);
    }
  });
  return received;
}

/** The state of a gradient after so many steps: untouched, partial or complete. */
export function stateAt(received, position) {
  if (received.length === 0 || received.at(-1) <= position) {
    return "complete";
  }
  return received[0] <= position ? "partial" : "untouched";
}

/** The gradients after so many steps; an untouched node has none. */
export function gradientsAt(steps, position) {
  const found = new Map([[0, 1]]);
  for (const step of steps.slice(0, position)) {
    for (const term of step.terms) {
      found.set(term.parent, term.total);
    }
  }
  return found;
}

/** The leaves after a step of gradient descent: each that moves, by −rate × its gradient. */
export function descended(given, gradients, moving, rate) {
  return given.map((x, at) => (moving.has(at) ? x - rate * (gradients.get(at) ?? 0) : x));
}

// -- Paths ---------------------------------------------------------------------------------------
//
// A magnitude is [block, m] for m·2^(512·block), so that a long product keeps its place in the order
// where the number itself would underflow.

const LOW = 2 ** -257;
const HIGH = 2 ** 255;
const BLOCK = 2 ** 512;

function larger([block, m], local) {
  let power = block;
  let product = m;
  for (const factor of halved(Math.abs(local))) {
    product *= factor;
    if (!(product > 0 && product < Infinity)) {
      return product === 0 ? [-Infinity, 0] : [Infinity, product]; // zero is smallest, what is not finite largest
    }
    if (product < LOW) {
      product *= BLOCK;
      power -= 1;
    } else if (product >= HIGH) {
      product /= BLOCK;
      power += 1;
    }
  }
  return [power, product];
}

/** A magnitude as factors between LOW and HIGH. */
function halved(size) {
  if (size >= HIGH && size < Infinity) {
    return [size / BLOCK, 2 ** 256, 2 ** 256];
  }
  return size < LOW && size > 0 ? [size * BLOCK * 2 ** 256, 2 ** -256, 2 ** -256, 2 ** -256] : [size];
}

/** The `most` paths from a node to the output with the largest products, and how many there are. */
export function largestPaths(steps, start, most) {
  const best = new Map([[start, [{ magnitude: [0, 1], link: null }]]]);
  const counts = new Map([[start, 1n]]);
  for (const step of [...steps].reverse()) {
    if (step.node === start) {
      continue;
    }
    const found = [];
    let count = 0n;
    for (const { parent, index, local } of step.terms) {
      for (const part of best.get(parent) ?? []) {
        const magnitude = larger(part.magnitude, local);
        found.push({ magnitude, link: { node: step.node, parent, index, local, next: part.link } });
      }
      count += counts.get(parent) ?? 0n;
    }
    if (count) {
      found.sort((a, b) => b.magnitude[0] - a.magnitude[0] || b.magnitude[1] - a.magnitude[1] || 0);
      best.set(step.node, found.slice(0, most));
      counts.set(step.node, count);
    }
  }
  const paths = (best.get(0) ?? []).map(({ link }) => {
    const edges = [];
    for (let at = link; at; at = at.next) {
      edges.push(at); // from the output back to the node
    }
    return { edges, product: edges.reduce((product, edge) => product * edge.local, 1) };
  });
  return { paths, count: counts.get(0) ?? 0n };
}
