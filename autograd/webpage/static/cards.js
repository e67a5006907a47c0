// The cards of the picture: of a node, of a folded group, and the outline of an open one.

import { MARKS, s } from "./dom.js";
import { inFull, number } from "./numbers.js";

const TEXT = 10; // pixels from a card's edge to its text
const LINE = 16;
const WORD = 40; // pixels of `value` and `grad`, with the room between them and their numbers
const SIGN = 20; // pixels of the sign by which a group opens and closes
const STATES = ["untouched", "partial", "complete"];

const line = (at, kind, attributes = {}) => s("text", { class: kind, x: TEXT, y: 18 + at * LINE, ...attributes });

/** The sign that opens or closes a group, as a button of its own. */
function opener(x, y, label, isOpen, onclick) {
  const act = (event) => {
    event.preventDefault();
    event.stopPropagation();
    onclick();
  };
  return s(
    "g",
    {
      class: "opener",
      transform: `translate(${x} ${y})`,
      tabindex: 0,
      role: "button",
      "aria-label": label,
      onclick: act,
      onkeydown: (event) => (event.key === "Enter" || event.key === " ") && act(event),
    },
    s("title", { text: label }),
    s("rect", { width: SIGN, height: SIGN, rx: 5 }),
    s("path", { d: isOpen ? "M6 10h8" : "M6 10h8M10 6v8" }),
  );
}

/** The outline of a box, with its name; that of an open group can be folded again. */
export function frame([x, y, width, height, title, unit], close) {
  return s(
    "g",
    { class: unit === undefined ? "frame" : "frame opened", transform: `translate(${x} ${y})` },
    s("rect", { class: "outline", width, height, rx: 10 }),
    s("text", { x: 8, y: unit === undefined ? 11 : 15, text: title }),
    unit === undefined ? null : opener(width - SIGN - 4, 3, `Fold ${title}`, true, () => close(unit)),
  );
}

/** A card: its elements, and `show`, which writes the present numbers on it. */
export class Card {
  constructor(unit, at, actions) {
    Object.assign(this, { unit, at });
    const [width, height] = unit.size;
    const room = width - 2 * TEXT;
    this.leaf = unit.op === null;
    const sort = unit.head === at ? `card ${this.leaf ? "leaf" : "made"}` : "folded made";
    const outer = {
      class: `tile ${sort}${unit.labeled ? "" : " unnamed"}`,
      id: unit.inside ? `group-${at}` : `node-${at}`,
    };
    this.body = s(
      "g",
      {
        ...(unit.inside ? { class: "body" } : outer),
        tabindex: 0,
        role: this.leaf ? "spinbutton" : "button",
        onclick: () => this.leaf || actions.choose(at),
        onkeydown: (event) => actions.key(event, at),
      },
      s("rect", { class: "halo", x: -4, y: -4, width: width + 8, height: height + 8, rx: 11 }),
      s("rect", { class: "ground", width, height, rx: 8 }),
      fit(line(0, "name", { text: unit.short }), unit.short, room - (this.leaf || unit.inside ? SIGN : 0), "name"),
      this.leaf ? s("path", { class: "grip", d: `M${width - TEXT - 10} 13h10m-7 -3l-3 3l3 3m4 -6l3 3l-3 3` }) : null,
      unit.made.map((text, place) => [" ", fit(line(1 + place, "how", { text }), text, room, "how")]), // its words are words to who listens, too
      " ",
    );
    const many = `Open ${unit.short}: ${unit.members.length} nodes`;
    this.element = unit.inside
      ? s(
          "g",
          outer,
          this.body,
          opener(width - SIGN - 4, 3, many, false, () => actions.open(at)),
        )
      : this.body;
    this.rows = unit.head === null ? this.table(width) : [this.numbers(width)];
  }

  /** `value` and `grad` with their numbers. */
  numbers(width) {
    const after = 1 + this.unit.made.length;
    const right = { x: width - TEXT };
    const [value, grad] = [line(after, "num value", right), line(after + 1, "num grad", right)];
    const words = ["value", "grad"].map((text, place) => line(after + place, "word", { text }));
    this.body.append(words[0], " ", value, " ", words[1], " ", grad);
    return { at: this.unit.head, value, grad, room: width - 2 * TEXT - WORD };
  }

  /** The entries of an array: index, value and gradient. */
  table(width) {
    const { entries, made, more } = this.unit;
    const [middle, right] = [width / 2 + 10, width - TEXT];
    const top = 1 + made.length;
    const heads = [middle, right].map((x, place) => line(top, "word end", { x, text: ["value", "grad"][place] }));
    this.body.append(heads[0], " ", heads[1]);
    const rows = entries.map(([at, name], place) => {
      const index = line(top + 1 + place, "index", { text: name });
      const value = line(top + 1 + place, "num value", { x: middle });
      const grad = line(top + 1 + place, "num grad", { x: right });
      this.body.append(" ", index, " ", value, " ", grad);
      return { at, value, grad, room: right - middle - TEXT };
    });
    if (more) {
      this.body.append(" ", line(top + 1 + entries.length, "word", { text: `… and ${more} more` }));
    }
    return rows;
  }

  place(x, y) {
    this.element.setAttribute("transform", `translate(${x} ${y})`);
  }

  show(model, step, receiving) {
    const { element, unit, rows } = this;
    for (const row of rows) {
      const gradient = model.shown.get(row.at);
      const state = model.stateOf(row.at);
      const trouble = model.troubles.get(row.at);
      const value = trouble ? (trouble.words ? "undefined" : "—") : number(model.values[row.at]);
      const grad = gradient === undefined ? "" : `${state === "partial" ? `${MARKS.partial} ` : ""}${number(gradient)}`;
      write(row.value, value, row.room);
      write(row.grad, grad, row.room);
      row.grad.classList.toggle("partial", state === "partial");
      row.grad.classList.toggle("complete", state === "complete");
    }
    const states = new Set(rows.map(({ at }) => model.stateOf(at)));
    const state = states.size > 1 ? "partial" : [...states][0];
    const { classList } = element;
    classList.toggle("present", unit.members.includes(step?.node));
    classList.toggle(
      "receiving",
      unit.members.some((at) => receiving.has(at)),
    );
    classList.toggle("chosen", unit.members.includes(model.selected));
    classList.toggle(
      "pointed",
      unit.members.some((at) => model.pointed.includes(at)),
    );
    classList.toggle(
      "trouble",
      unit.members.some((at) => Boolean(model.troubles.get(at)?.words) || model.trouble?.node === at),
    );
    for (const each of STATES) {
      classList.toggle(each, each === state);
    }
    this.describe(model, state);
  }

  /** What is read aloud begins with what is seen. */
  describe(model, state) {
    const { unit, body, element } = this;
    const { head } = unit;
    const seen = body.textContent.replace(MARKS.partial, "").trim().replace(/\s+/g, " ");
    const sort = this.leaf ? "; a leaf" : unit.inside ? `; ${unit.members.length} nodes folded` : "";
    const inWords = unit.short === unit.name ? "" : `; ${unit.name}`;
    body.setAttribute("aria-label", `${seen}, ${state}${sort}${inWords}`);
    if (head === null) {
      return;
    }
    const gradient = model.shown.get(head);
    element.dataset.value = model.troubles.has(head) ? "" : inFull(model.values[head]);
    element.dataset.grad = gradient === undefined ? "" : inFull(gradient);
    if (this.leaf) {
      const given = model.values[head];
      body.setAttribute("aria-valuenow", Number.isFinite(given) ? given : 0);
      body.setAttribute("aria-valuetext", number(given));
    } else {
      body.setAttribute("aria-pressed", model.selected === head);
    }
  }
}

// Texts are measured beside the picture, which is not laid out, in the fonts that the style sets them in.
const ruler = document.createElement("canvas").getContext("2d");
const FONTS = { name: "650 13px", how: "11px", num: "650 12px" };
let family = "sans-serif";

export function measureIn(fonts) {
  family = fonts;
}

/** The width of a text, in the font of its sort. */
export function widthOfText(text, sort = "num") {
  ruler.font = `${FONTS[sort]} ${family}`;
  return ruler.measureText(text).width;
}

/** Set a text narrower that would be wider than its room. */
function fit(element, text, room, sort) {
  if (text.length > 7 && widthOfText(text, sort) > room) {
    element.setAttribute("textLength", room);
    element.setAttribute("lengthAdjust", "spacingAndGlyphs");
  } else {
    element.removeAttribute("textLength");
  }
  return element;
}

/** Write a number into a card. */
function write(element, text, room) {
  if (element.textContent !== text) {
    element.textContent = text;
    fit(element, text, room, "num");
  }
}
