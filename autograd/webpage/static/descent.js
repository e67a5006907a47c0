// Gradient descent: the reader takes steps with a learning rate, and sees the output fall.

import { byId, h, name, s, say } from "./dom.js";
import { number, refusal, typed } from "./numbers.js";

const SHOWN = 8; // numbers of the history; a long one is shown by its last
const [WIDE, HIGH] = [300, 48];

/** As many digits as tell each number from the next; six, if that is enough. */
function digitsApart(numbers) {
  const alike = (digits) =>
    numbers.some((x, at) => at > 0 && x !== numbers[at - 1] && number(x, digits) === number(numbers[at - 1], digits));
  let digits = 6;
  while (digits < 15 && alike(digits)) {
    digits += 1;
  }
  return digits;
}

export class Descent {
  constructor(graph, actions) {
    Object.assign(this, { graph, actions });
    this.rate = byId("rate");
    byId("descend").addEventListener("click", () => this.take(1));
    byId("descend-more").addEventListener("click", () => this.take(10));
    this.rate.addEventListener("keydown", (event) => event.key === "Enter" && this.take(1));
    const symbols = [h("var", { text: "w" }), " − η · ∂", name(graph.nodes[0]), "/∂", h("var", { text: "w" })];
    byId("rule").append("Each ticked leaf ", h("var", { text: "w" }), " becomes ", ...symbols, ".");
  }

  take(count) {
    const why = refusal(this.rate.value) || (Number.isFinite(typed(this.rate.value)) ? "" : "η is a finite number.");
    this.rate.setAttribute("aria-invalid", why !== "");
    say(byId("rate-why"), why);
    if (!why) {
      say(byId("rate-why"), this.actions.descend(typed(this.rate.value), count));
    }
  }

  /** The history of the output: what the last step did, its numbers, and their line. */
  show({ history, promised }) {
    const steps = history.length - 1;
    for (const id of ["descended", "fall", "history"]) {
      byId(id).hidden = steps < 1;
    }
    if (steps < 1) {
      return;
    }
    const output = this.graph.nodes[0].short;
    const [before, now] = history.slice(-2);
    const change = now < before ? "fell" : now > before ? "rose" : "stayed";
    const first = Math.max(0, history.length - SHOWN);
    const shown = history.slice(first);
    const digits = digitsApart(shown);
    const by = now === before ? "" : ` by ${number(Math.abs(now - before))}, to ${number(now, digits)}`;
    const hint = now > before ? " η is too large for a fall here." : "";
    say(
      byId("descended"),
      `Step ${steps}: ${output} ${change}${by}. The gradients promised a fall of ${number(promised)}.${hint}`,
    );
    byId("history").replaceChildren(
      name(this.graph.nodes[0]),
      first ? `, last ${SHOWN}: ` : ": ",
      ...shown.flatMap((each, place) => [place ? " → " : "", h("span", { class: "num", text: number(each, digits) })]),
    );
    this.draw(history, output);
  }

  draw(history, output) {
    const low = Math.min(...history);
    const high = Math.max(...history);
    const x = (at) => ((WIDE * at) / (history.length - 1)).toFixed(1);
    const y = (each) => (high > low ? HIGH - (HIGH * (each - low)) / (high - low) : HIGH / 2).toFixed(1);
    const points = history.map((each, at) => `${x(at)},${y(each)}`).join(" ");
    const label = `${output} over ${history.length - 1} steps, from ${number(history[0])} to ${number(history.at(-1))}`;
    byId("fall").replaceChildren(
      s(
        "svg",
        { viewBox: `0 -3 ${WIDE} ${HIGH + 6}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
        s("polyline", { points }),
      ),
    );
  }
}
