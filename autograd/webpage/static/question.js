// Ask for each contribution of a step before it is shown.

import { byId, derivative, h, name, num, say } from "./dom.js";
import { headed } from "./panels.js";
import { HOW, judge } from "./prediction.js";

/** Ask for each contribution of a step; when all are answered, call `done` with the number of right answers. */
export class Question {
  constructor(graph, model, step, done) {
    Object.assign(this, { graph, model, step, done, place: 0, right: 0 });
    this.answered = h("ol", { class: "answers", "aria-live": "assertive" });
    this.input = h("input", {
      id: "answer",
      type: "text",
      autocomplete: "off",
      spellcheck: "false",
      "aria-describedby": "how reply",
      onkeydown: (event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          this.answer(this.input.value);
        }
      },
    });
    this.reply = h("p", { id: "reply", "aria-live": "assertive" });
    this.label = h("label", { for: "answer" });
    const node = graph.nodes[step.node];
    byId("arithmetic").replaceChildren(
      headed(graph, { ...model, shown: new Map([[step.node, step.upstream]]) }, step.node),
      h("p", { class: "with" }, "with ", this.operands()),
      this.answered,
      h(
        "div",
        { class: "asked" },
        this.label,
        this.input,
        h("button", { type: "button", id: "submit", text: "Answer", onclick: () => this.answer(this.input.value) }),
      ),
      this.reply,
      h("p", { id: "how", class: "how", text: HOW }),
    );
    say(byId("sentence"), `What does ${node.short} pass to its operands? Answer before it is shown.`);
    this.ask();
    this.input.focus({ preventScroll: true });
  }

  operands() {
    const parents = [...new Set(this.step.terms.map((each) => each.parent))];
    return parents.flatMap((at, place) => [
      place ? ", " : "",
      name(this.graph.nodes[at]),
      " = ",
      num(this.model.values[at]),
    ]);
  }

  ask() {
    const { graph, step, place } = this;
    const { parent } = step.terms[place];
    const same = step.terms.filter((other) => other.parent === parent);
    const turn = same.indexOf(step.terms[place]) + 1;
    this.label.replaceChildren(
      name(graph.nodes[parent]),
      ".grad",
      same.length > 1 ? ` (edge ${turn} of ${same.length})` : "",
      " += ",
      derivative(graph, step.node),
      " · ",
      derivative(graph, parent, step.node),
      " = ",
    );
    this.input.value = "";
  }

  answer(text) {
    if (text.trim() === "??") {
      this.done(this.right, this.step.terms.length);
      return;
    }
    const { right, words } = judge(text, { ...this.step.terms[this.place], upstream: this.step.upstream });
    say(this.reply, right === null ? words : "");
    if (right === null) {
      this.input.select();
      return;
    }
    this.right += right ? 1 : 0;
    const { parent } = this.step.terms[this.place];
    this.answered.append(
      h("li", { class: right ? "right" : "wrong" }, name(this.graph.nodes[parent]), `.grad: ${words}`),
    );
    this.place += 1;
    if (this.place < this.step.terms.length) {
      this.ask();
    } else {
      this.done(this.right, this.step.terms.length, this.answered);
    }
  }
}
