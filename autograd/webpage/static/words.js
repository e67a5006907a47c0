// One or two sentences about the present step, with its numbers.

import { derivativeText } from "./dom.js";
import { number } from "./numbers.js";

/** The sentence for the present position: read aloud, and shown over the arithmetic. */
export function sentence(graph, model) {
  const { position } = model;
  const { nodes, order } = graph;
  const output = nodes[0].short;
  if (model.troubles.size > 0) {
    const [{ words }] = [...model.troubles.values()].filter((trouble) => trouble.words);
    return `${words}. There is no backward pass until every value exists.`;
  }
  const begun = `∂${output}/∂${output} = 1`;
  if (order.length === 0) {
    return `${output} is a leaf: there is nothing to go back through.`;
  }
  if (position === 0) {
    return `Every value is computed. The backward pass starts at ${output}, with ${begun}.${stopped(model)}`;
  }
  const step = model.steps[position - 1];
  const node = nodes[step.node].short;
  const whole = `${derivativeText(graph, step.node)} = ${number(step.upstream)}`;
  const parents = new Set(step.terms.map((term) => term.parent));
  const to = parents.size === 1 ? nodes[step.terms[0].parent].short : `each of its ${parents.size} operands`;
  const edges = step.terms.length > parents.size ? ", one contribution an edge" : "";
  const passes =
    step.node === 0
      ? `${node} is the output: ${whole}. It passes upstream × local derivative to ${to}${edges}.`
      : `The gradient of ${node} is complete: ${whole}. ${node} passes upstream × local derivative to ${to}${edges}.`;
  const end = position === order.length ? " This is the last step: every gradient is complete." : "";
  return passes + end + stopped(model);
}

/** The reason why the next step cannot be taken, if it cannot. */
function stopped(model) {
  const { trouble, position } = model;
  return trouble && trouble.step === position + 1 ? ` It cannot go on: ${trouble.words}.` : "";
}

/** The number of paths as text. */
export function manyPaths(count) {
  return count === 1n ? "one path leads" : `${count.toLocaleString("en")} paths lead`;
}
