// The page: its state, what is computed from it, and the action of each key and button.

import { byId, say } from "./dom.js";
import { backward, forward, gradientsAt, largestPaths, localDerivatives, receiving, stateAt } from "./engine.js";
import { Picture } from "./graph.js";
import { decoded, number } from "./numbers.js";
import { Leaves, Marking, showAll, showPaths, showStep } from "./panels.js";
import { Question } from "./question.js";

/** The graph out of the page's data: its numbers decoded, its order and its leaves found. */
function prepared(data) {
  for (const node of data.nodes) {
    if (node.op === null) {
      node.value = decoded(node.value);
    }
    for (const operand of node.operands ?? []) {
      if (typeof operand === "object") {
        operand.number = decoded(operand.number);
      }
    }
  }
  const numbers = data.nodes.map((_, at) => at);
  return {
    ...data,
    order: numbers.filter((at) => data.nodes[at].op !== null),
    leaves: numbers.filter((at) => data.nodes[at].op === null),
    parents: data.nodes.map((node) => (node.operands ?? []).filter((operand) => typeof operand === "number")),
  };
}

const graph = prepared(JSON.parse(byId("data").textContent));
const received = receiving(graph);
const original = graph.nodes.map((node) => (node.op === null ? node.value : undefined));

const state = {
  given: [...original],
  position: 0,
  selected: null,
  verdict: null,
  glanced: [],
  asking: false,
  question: null,
  score: { right: 0, asked: 0 },
};
let computed = null;
let model = null;

/** Compute everything that follows from the leaves. */
function compute() {
  const { values, troubles } = forward(graph, state.given);
  const passed = troubles.size ? { steps: [], gradients: new Map(), trouble: null } : backward(graph, values);
  const locals = new Map();
  const local = (at, index) => {
    if (troubles.has(at)) {
      return null;
    }
    if (!locals.has(at)) {
      locals.set(at, localDerivatives(graph, at, values));
    }
    return locals.get(at)[index];
  };
  return { values, troubles, ...passed, local };
}

/** Show everything: the computed numbers, the present position, the selected node. */
function look() {
  const position = Math.min(state.position, computed.steps.length);
  const whole = computed.steps.length === graph.order.length && computed.troubles.size === 0;
  const stateOf = (at) => stateAt(received[at], position);
  const { selected } = state;
  const found =
    selected !== null && whole ? largestPaths(computed.steps, selected, graph.colors) : { paths: [], count: 0n };
  const hides = state.asking && selected !== null && stateOf(selected) !== "complete";
  return {
    ...computed,
    ...found,
    original,
    received,
    position,
    last: computed.steps.length,
    selected,
    stateOf,
    shown: computed.troubles.size ? new Map() : gradientsAt(computed.steps, position),
    complete: whole && !hides,
    hidden: state.asking ? "The contributions are shown when the gradient is complete." : null,
    pointed: [...state.glanced, ...(state.verdict === null ? [] : graph.marking.verdicts[state.verdict].nodes)],
    verdict: state.verdict,
    changed: graph.leaves.some((at) => !Object.is(state.given[at], original[at])),
  };
}

function show() {
  model = look();
  picture.show(model);
  showStep(graph, model);
  showPaths(graph, model);
  leaves.show(model);
  marking.show(model);
  showAll(graph, model);
  byId("reset").hidden = !model.changed;
  byId("all").hidden = model.last === 0 || (state.asking && model.position < model.last);
  const { right, asked } = state.score;
  say(byId("score"), asked ? `${right} of ${asked} right` : "");
  document.documentElement.dataset.position = String(model.position);
}

// -- Moving ----------------------------------------------------------------------------------------

function goTo(position) {
  state.question = null;
  state.position = Math.max(0, Math.min(position, computed.steps.length));
  show();
  picture.reveal(state.position ? graph.order[state.position - 1] : 0);
}

function next() {
  const position = model.position + 1;
  if (!state.asking || position > model.last) {
    goTo(position);
    return;
  }
  if (state.question) {
    byId("answer").focus();
    return;
  }
  const step = model.steps[position - 1];
  picture.reveal(step.node);
  state.question = new Question(graph, model, step, (right, asked, answers) => {
    state.score = { right: state.score.right + right, asked: state.score.asked + asked };
    goTo(position);
    if (answers) {
      byId("arithmetic").prepend(answers);
    }
    byId("next").focus({ preventScroll: true });
  });
}

const back = () => goTo(model.position - (state.question ? 0 : 1));

const actions = {
  given: (at) => state.given[at],
  local: (at, index) => computed.local(at, index),
  give(at, x) {
    state.given[at] = x;
    state.question = null;
    computed = compute();
    show();
    say(byId("spoken"), `${graph.nodes[at].short} = ${number(x)}, ${graph.nodes[0].short} = ${shownValue(0)}`);
  },
  select(at) {
    state.selected = state.selected === at ? null : at;
    state.verdict = null;
    show();
  },
  point(place) {
    const [first] = graph.marking.verdicts[place].nodes;
    state.verdict = state.verdict === place ? null : place;
    state.selected = state.verdict === null || first === undefined ? null : first;
    show();
    if (state.selected !== null) {
      picture.reveal(first);
    }
  },
  glance(nodes) {
    state.glanced = nodes;
    picture.show(look());
  },
};

function shownValue(at) {
  return computed.troubles.has(at) ? "undefined" : number(computed.values[at]);
}

const picture = new Picture(graph, actions);
const leaves = new Leaves(graph, actions);
const marking = new Marking(graph.marking, actions);
computed = compute();
byId("slider").max = graph.order.length;
const many = (count, one, more) => `${count} ${count === 1 ? one : more}`;
byId("summary").textContent = [
  many(graph.nodes.length, "node", "nodes"),
  many(graph.leaves.length, "leaf", "leaves"),
  `${many(graph.order.length, "step", "steps")} back`,
].join(", ");
show();

// -- Keys and buttons ------------------------------------------------------------------------------

byId("first").addEventListener("click", () => goTo(0));
byId("back").addEventListener("click", back);
byId("next").addEventListener("click", next);
byId("last").addEventListener("click", () => goTo(graph.order.length));
byId("slider").addEventListener("input", () => goTo(Number(byId("slider").value)));
byId("unselect").addEventListener("click", () => actions.select(state.selected));
byId("ask").addEventListener("change", () => {
  state.asking = byId("ask").checked;
  state.score = { right: 0, asked: 0 };
  goTo(model.position);
});
byId("reset").addEventListener("click", () => {
  state.given = [...original];
  computed = compute();
  goTo(state.position);
});
byId("theme").addEventListener("click", () => {
  const { dataset } = document.documentElement;
  const dark = dataset.theme ? dataset.theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = dark ? "light" : "dark";
});

const KEYS = { ArrowRight: next, ArrowLeft: back, Home: () => goTo(0), End: () => goTo(graph.order.length) };

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLInputElement && event.target.type === "text";
  if (event.altKey || event.ctrlKey || event.metaKey || typing) {
    return;
  }
  if (event.key === "Escape" && state.selected !== null) {
    actions.select(state.selected);
  } else if (KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

// -- In a frame of the playground ------------------------------------------------------------------

// When the sheet changes, the page of the new one takes the place of this one, and begins at the step that this was at.
if (window.parent !== window) {
  const [, position] = /^step (\d+)$/.exec(window.name) ?? [];
  if (position) {
    goTo(Number(position));
  }
  const tell = () => window.parent.postMessage({ page: `step ${document.documentElement.dataset.position}` }, "*");
  new MutationObserver(tell).observe(document.documentElement, { attributeFilter: ["data-position"] });
}
