// The panels beside the graph: the present step, the paths of a node, the leaves, the marking.

import { byId, derivative, derivativeText, formula, h, mark, name, num, say } from "./dom.js";
import { inFull, refusal, signed, typed } from "./numbers.js";
import { manyPaths, sentence } from "./words.js";

const equals = () => h("span", { class: "sign", text: "=" });

// -- The present step ----------------------------------------------------------------------------

/** `o1 = σ(net_o1) = 0.6` and `∂E/∂o1 = 0.7`: a node with its numbers. */
export function headed(graph, model, at) {
  const node = graph.nodes[at];
  const gradient = model.shown.get(at);
  return h(
    "div",
    { class: "headed" },
    h("p", {}, name(node), " = ", node.op === null ? "" : [formula(node.formula), " = "], num(model.values[at])),
    gradient === undefined ? "" : h("p", {}, derivative(graph, at), " = ", num(gradient, "gradient")),
  );
}

/** One term of a step: `before += upstream × local = after`, in symbols and in numbers. */
function term(graph, model, step, { parent, index, local, before, total, contribution }, again) {
  const state = again ? "partial" : model.stateOf(parent);
  const { factor } = graph.nodes[step.node].edges[index];
  const first = model.received[parent][0] === model.position && before === 0;
  return h(
    "li",
    { class: `term ${state}` },
    h("p", { class: "to" }, mark(state), " ", name(graph.nodes[parent]), ".grad"),
    h(
      "p",
      { class: "symbols" },
      num(before),
      h("span", { class: "sign", text: "+=" }),
      derivative(graph, step.node),
      h("span", { class: "sign", text: "·" }),
      formula(factor),
    ),
    h(
      "p",
      { class: "numbers" },
      num(before, "before"),
      h("span", { class: "sign", text: "+=" }),
      num(step.upstream, "upstream"),
      h("span", { class: "sign", text: "×" }),
      num(local, "local"),
      equals(),
      num(total, "total"),
      first ? "" : h("span", { class: "change", text: `(by ${signed(contribution)})` }),
    ),
  );
}

export function showStep(graph, model) {
  const { position } = model;
  const step = model.steps[position - 1] ?? null;
  const last = graph.order.length;
  say(byId("where"), `step ${position} of ${last}`);
  say(byId("sentence"), sentence(graph, model));
  byId("sentence").classList.toggle("alarm", model.troubles.size > 0 || model.trouble?.step === position + 1);
  byId("slider").value = position;
  byId("slider").setAttribute("aria-valuetext", `step ${position} of ${last}`);
  for (const id of ["first", "back"]) {
    byId(id).setAttribute("aria-disabled", position === 0);
  }
  for (const id of ["next", "last"]) {
    byId(id).setAttribute("aria-disabled", position >= model.last);
  }
  const body = byId("arithmetic");
  body.replaceChildren(headed(graph, model, step ? step.node : 0));
  if (step) {
    const later = (place) => step.terms.slice(place + 1).some((other) => other.parent === step.terms[place].parent);
    body.append(
      h(
        "ol",
        { class: "terms" },
        step.terms.map((each, place) => term(graph, model, step, each, later(place))),
      ),
    );
  }
  body.append(waiting(graph, model));
}

/** The gradients by their state: complete, partial and untouched. */
function waiting(graph, model) {
  const found = { complete: [], partial: [], untouched: [] };
  for (const at of graph.nodes.keys()) {
    found[model.stateOf(at)].push(at);
  }
  return h(
    "ul",
    { class: "states" },
    Object.entries(found).map(([state, nodes]) => h("li", { class: state }, mark(state), ` ${nodes.length} ${state}`)),
  );
}

// -- Paths ---------------------------------------------------------------------------------------

export function showPaths(graph, model) {
  const panel = byId("paths");
  const body = byId("ledger");
  const at = model.selected;
  byId("unselect").hidden = at === null;
  panel.classList.toggle("empty", at === null);
  if (at === null) {
    body.replaceChildren(
      h("p", {
        class: "hint",
        text: "Choose a node: its paths to the output light up, each with what it contributes.",
      }),
    );
    return;
  }
  const { count } = model;
  const [output, node] = [graph.nodes[0], graph.nodes[at]];
  const known = model.gradients.get(at);
  const whole = model.complete ? [derivative(graph, at), " = ", num(known ?? 0, "gradient")] : [derivative(graph, at)];
  const some = BigInt(model.paths.length) < count ? `, here the ${model.paths.length} largest` : "";
  const leads =
    count === 0n
      ? [": no path leads from ", name(node), " to ", name(output)]
      : [`: ${manyPaths(count)} from `, name(node), " to ", name(output), some];
  body.replaceChildren(headed(graph, model, at), h("p", { class: "leads" }, whole, leads));
  if (!model.complete) {
    body.append(h("p", { class: "hint", text: model.hidden ?? "There are no contributions: not every value exists." }));
    return;
  }
  const rows = model.paths.map((path, place) =>
    h(
      "li",
      { class: `path path-${place}` },
      h("p", { class: "chain" }, chain(graph, path, at)),
      h("p", { class: "factors" }, factors(graph, path)),
      h("p", { class: "product" }, num(path.product)),
    ),
  );
  body.append(h("ol", { class: "paths" }, rows));
  if (count > 0n) {
    body.append(total(graph, model, at, known ?? 0, count));
  }
}

function chain(graph, path, start) {
  const nodes = [start, ...path.edges.map((edge) => edge.node).reverse()];
  return nodes.flatMap((at, place) => [place ? " → " : "", name(graph.nodes[at])]);
}

/** The local derivatives, from the output back, in the order of multiplication. */
function factors(graph, path) {
  return path.edges.flatMap(({ node, index, local }, place) => [
    place ? " × " : "",
    h(
      "span",
      {
        title: `${derivativeText(graph, graph.parents[node][index], node)} = ${graph.nodes[node].edges[index].formula}`,
      },
      num(local),
    ),
  ]);
}

function total(graph, model, at, gradient, count) {
  const others = count - BigInt(model.paths.length);
  const rest = model.paths.reduce((left, path) => left - path.product, gradient);
  return h(
    "dl",
    { class: "sum" },
    others > 0n
      ? [
          h("dt", { text: others === 1n ? "the other one" : `${others.toLocaleString("en")} others` }),
          h("dd", {}, num(rest)),
        ]
      : "",
    h("dt", {}, "sum: ", derivative(graph, at)),
    h("dd", { id: "sum" }, num(gradient)),
  );
}

// -- Leaves --------------------------------------------------------------------------------------

const inOrder = new Intl.Collator("en", { numeric: true }); // w2 before w10

/** The leaves as fields: each can be typed into. */
export class Leaves {
  constructor(graph, actions) {
    const sorted = [...graph.leaves].sort((a, b) => inOrder.compare(graph.nodes[a].name, graph.nodes[b].name) || a - b);
    this.rows = sorted.map((at) => {
      const node = graph.nodes[at];
      const moves = h("input", {
        type: "checkbox",
        checked: node.moves,
        "aria-label": `${node.name} moves`,
        onchange: (event) => actions.move(at, event.target.checked),
      });
      const input = h("input", {
        type: "text",
        inputmode: "decimal",
        autocomplete: "off",
        spellcheck: "false",
        id: `leaf-${at}`,
        "aria-describedby": `leaf-${at}-why`,
        onchange: () => this.read(at, input, why, actions),
        onkeydown: (event) => event.key === "Enter" && this.read(at, input, why, actions),
      });
      const why = h("td", { class: "refused", id: `leaf-${at}-why`, role: "alert", colspan: 5 });
      const gradient = h("td", { class: "gradient" });
      const button = h("button", {
        type: "button",
        class: "quiet",
        onclick: () => actions.select(at),
        "aria-label": `Paths from ${node.name}`,
        text: "paths",
      });
      const row = h(
        "tr",
        {},
        h("th", { scope: "row" }, h("label", { for: `leaf-${at}` }, name(node))),
        h("td", {}, input),
        gradient,
        h("td", { class: "moves" }, moves),
        h("td", { class: "to-paths" }, button),
      );
      return { at, row, input, why, gradient, refused: h("tr", {}, why) };
    });
    byId("leaf-rows").append(...this.rows.flatMap(({ row, refused }) => [row, refused]));
  }

  read(at, input, why, actions) {
    say(why, refusal(input.value));
    input.setAttribute("aria-invalid", why.textContent !== "");
    if (!why.textContent) {
      actions.give(at, typed(input.value));
    }
  }

  show(model) {
    for (const { at, row, input, why, gradient } of this.rows) {
      if (document.activeElement !== input || typed(input.value) !== model.values[at]) {
        const text = inFull(model.values[at]);
        if (input.value !== text) {
          input.value = text;
          input.setAttribute("aria-invalid", false);
          say(why, "");
        }
      }
      const known = model.shown.get(at);
      gradient.replaceChildren(mark(model.stateOf(at)), " ", known === undefined ? "" : num(known));
      row.classList.toggle("changed", !Object.is(model.values[at], model.original[at]));
    }
  }
}

// -- All steps, and the marking ------------------------------------------------------------------

export function showAll(graph, model) {
  byId("all-rows").replaceChildren(
    ...model.steps.slice(0, model.hidden ? model.position : undefined).map((step, place) =>
      h(
        "tr",
        { class: place + 1 === model.position ? "present" : null },
        h("td", { class: "num", text: String(place + 1) }),
        h(
          "td",
          {},
          name(graph.nodes[step.node]),
          " = ",
          formula(graph.nodes[step.node].formula),
          " = ",
          num(model.values[step.node]),
        ),
        h("td", {}, num(step.upstream)),
        h(
          "td",
          {},
          step.terms.map(({ parent, index, local, contribution, total: sum }) =>
            h(
              "div",
              { class: "line" },
              name(graph.nodes[parent]),
              ".grad += ",
              derivative(graph, step.node),
              " · ",
              formula(graph.nodes[step.node].edges[index].factor),
              " = ",
              num(step.upstream),
              " × ",
              num(local),
              " = ",
              num(contribution),
              sum === contribution ? "" : [", sum ", num(sum)],
            ),
          ),
        ),
      ),
    ),
  );
}

export class Marking {
  constructor(marking, actions) {
    this.marking = marking;
    byId("marking").hidden = marking === null;
    if (marking === null) {
      return;
    }
    byId("summary-of-marking").textContent = marking.summary;
    this.rows = marking.verdicts.map((verdict, place) => {
      const button = h(
        "button",
        {
          type: "button",
          class: `verdict ${verdict.color}${verdict.mistake ? " mistake" : ""}`,
          "aria-pressed": "false",
          onclick: () => actions.point(place),
          onpointerenter: () => actions.glance(verdict.nodes),
          onpointerleave: () => actions.glance([]),
        },
        h("span", { class: "line num", text: String(verdict.line) }),
        h("bdi", { class: "claim", text: verdict.claim }),
        h("span", { class: "word", text: `${verdict.sign} ${verdict.word}` }),
        verdict.notes.length && verdict.mistake ? h("span", { class: "notes" }, verdict.notes.join("; ")) : "",
      );
      return h("li", {}, button);
    });
    const box = byId("only-mistakes");
    box.checked = marking.verdicts.some((verdict) => verdict.mistake);
    box.addEventListener("change", () => this.list());
    this.list();
  }

  list() {
    const only = byId("only-mistakes").checked;
    const shown = this.rows.filter((_, place) => !only || this.marking.verdicts[place].mistake);
    byId("verdicts").replaceChildren(...shown);
  }

  show(model) {
    if (this.marking === null) {
      return;
    }
    this.rows.forEach((row, place) => {
      const verdict = this.marking.verdicts[place];
      row.firstChild.setAttribute("aria-pressed", model.verdict === place);
      row.classList.toggle("about", model.selected !== null && verdict.nodes[0] === model.selected);
    });
    byId("marked-at").hidden = !model.changed;
  }
}
