// The page: its state, what is computed from it, and the action of each key and button.

import { Descent } from "./descent.js";
import { byId, say } from "./dom.js";
import {
  backward,
  descended,
  forward,
  gradientsAt,
  largestPaths,
  localDerivatives,
  receiving,
  stateAt,
} from "./engine.js";
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
  const parents = data.nodes.map((node) => (node.operands ?? []).filter((operand) => typeof operand === "number"));
  const cards = data.nodes.map((node, at) => ({ ...node, head: at, members: [at], parents: parents[at] }));
  return {
    ...data,
    order: numbers.filter((at) => data.nodes[at].op !== null),
    leaves: numbers.filter((at) => data.nodes[at].op === null),
    parents,
    units: [...cards, ...data.groups.map((group) => ({ ...group, short: group.name, labeled: true }))],
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
  moving: new Set(graph.leaves.filter((at) => graph.nodes[at].moves)),
  descent: { history: [], promised: 0 },
};
const EACH_STEP = 1200; // milliseconds of a step that plays
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

/** Whether every value and every gradient exists. */
const isWhole = ({ steps, troubles }) => troubles.size === 0 && steps.length === graph.order.length;

/** Everything that is shown: the computed numbers, the present position, the selected node. */
function look() {
  const position = Math.min(state.position, computed.steps.length);
  const whole = isWhole(computed);
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
  descent.show(state.descent);
  marking.show(model);
  showAll(graph, model);
  byId("reset").hidden = !model.changed;
  byId("play").hidden = state.asking;
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

/** Leave what plays, and do something else. */
const byHand = (action) => () => {
  player.stop();
  action();
};

/** The steps one after the other, until the reader stops them or does something else. */
const player = {
  timer: null,
  start() {
    if (model.position >= model.last) {
      goTo(0);
    }
    this.timer = window.setInterval(() => this.turn(), EACH_STEP);
    say(byId("play"), "Pause");
  },
  turn() {
    goTo(model.position + 1);
    if (model.position >= model.last) {
      this.stop();
    }
  },
  stop() {
    window.clearInterval(this.timer);
    this.timer = null;
    say(byId("play"), "Play");
  },
};

const actions = {
  given: (at) => state.given[at],
  local: (at, index) => computed.local(at, index),
  give(at, x) {
    state.given[at] = x;
    state.descent = { history: [], promised: 0 };
    recompute();
    say(byId("spoken"), `${graph.nodes[at].short} = ${number(x)}, ${graph.nodes[0].short} = ${shownValue(0)}`);
  },
  move(at, moves) {
    state.moving[moves ? "add" : "delete"](at);
  },
  /** Take steps of gradient descent; the reason as a sentence where one cannot be taken. */
  descend(rate, count) {
    let why = "";
    for (let taken = 0; taken < count && !why; taken += 1) {
      why = descendOnce(rate);
    }
    recompute();
    return why;
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

/** Take one step, where the output exists after it. */
function descendOnce(rate) {
  if (state.moving.size === 0) {
    return "No leaf moves: tick those that shall.";
  }
  const now = compute();
  if (!isWhole(now)) {
    return "There is no step from here: not every value and gradient exists.";
  }
  const { gradients, values } = now;
  const given = descended(state.given, gradients, state.moving, rate);
  const { values: after, troubles } = forward(graph, given);
  if (troubles.size || !Number.isFinite(after[0])) {
    return `${graph.nodes[0].short} would have no value after that step: nothing has moved. Take a smaller η.`;
  }
  state.given = given;
  const squares = [...state.moving].reduce((sum, at) => sum + (gradients.get(at) ?? 0) ** 2, 0);
  const { history } = state.descent;
  state.descent = { history: [...(history.length ? history : [values[0]]), after[0]], promised: rate * squares };
  return "";
}

function recompute() {
  player.stop();
  state.question = null;
  computed = compute();
  show();
}

function shownValue(at) {
  return computed.troubles.has(at) ? "undefined" : number(computed.values[at]);
}

const picture = new Picture(graph, actions);
const leaves = new Leaves(graph, actions);
const marking = new Marking(graph.marking, actions);
const descent = new Descent(graph, actions);
computed = compute();
byId("slider").max = graph.order.length;
const many = (count, one, more) => `${count} ${count === 1 ? one : more}`;
byId("summary").textContent = [
  many(graph.nodes.length, "node", "nodes"),
  many(graph.leaves.length, "leaf", "leaves"),
  `${many(graph.order.length, "step", "steps")} back`,
].join(", ");
show();
picture.reveal(0, true); // the output, where the steps begin

// -- Keys and buttons ------------------------------------------------------------------------------

const first = () => goTo(0);
const last = () => goTo(graph.order.length);
byId("first").addEventListener("click", byHand(first));
byId("back").addEventListener("click", byHand(back));
byId("next").addEventListener("click", byHand(next));
byId("last").addEventListener("click", byHand(last));
byId("play").addEventListener("click", () => (player.timer === null ? player.start() : player.stop()));
byId("slider").addEventListener(
  "input",
  byHand(() => goTo(Number(byId("slider").value))),
);
byId("unselect").addEventListener("click", () => actions.select(state.selected));
byId("ask").addEventListener("change", () => {
  player.stop();
  state.asking = byId("ask").checked;
  state.score = { right: 0, asked: 0 };
  goTo(model.position);
});
byId("reset").addEventListener("click", () => {
  state.given = [...original];
  state.descent = { history: [], promised: 0 };
  recompute();
  say(byId("rate-why"), "");
});
byId("theme").addEventListener("click", () => {
  const { dataset } = document.documentElement;
  const dark = dataset.theme ? dataset.theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = dark ? "light" : "dark";
});

const KEYS = { ArrowRight: next, ArrowLeft: back, Home: first, End: last };

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLInputElement && event.target.type === "text";
  if (event.altKey || event.ctrlKey || event.metaKey || typing) {
    return;
  }
  if (event.key === "Escape" && state.selected !== null) {
    actions.select(state.selected);
  } else if (KEYS[event.key]) {
    event.preventDefault();
    byHand(KEYS[event.key])();
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
