// The two editors: of a sheet, with its verdicts, and of a program.

import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap, nextDiagnostic, setDiagnostics } from "@codemirror/lint";
import { search, searchKeymap } from "@codemirror/search";
import { EditorState, RangeSet, StateEffect, StateField } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  GutterMarker,
  gutter,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  rectangularSelection,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

const SEVERITY = { red: "error", yellow: "warning", blue: "info", green: "hint" };

// -- How a sheet looks -------------------------------------------------------------------------------

const DERIVATIVE = /^[d∂][\d²³]?[\p{L}_][\p{L}\p{N}_'⁺]*\s*\/\s*[d∂][\p{L}_][\p{L}\p{N}_'⁺]*/u;
const NAME = /^[\p{L}_][\p{L}\p{N}_'⁺]*/u;
const NUMBER = /^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/;

const sheetLanguage = (functions) =>
  StreamLanguage.define({
    token(stream) {
      if (stream.eatSpace()) {
        return null;
      }
      if (stream.match(/^#.*/)) {
        return "comment";
      }
      if (stream.sol() && stream.match(/^\w+:(?!=)/)) {
        return "keyword";
      }
      if (stream.match(DERIVATIVE)) {
        return "propertyName";
      }
      if (stream.match(NUMBER)) {
        return "number";
      }
      const name = stream.match(NAME);
      if (name) {
        return functions.has(name[0]) && /^\s*'?\(/.test(stream.string.slice(stream.pos)) ? "labelName" : null;
      }
      stream.next();
      return "operator";
    },
    languageData: { commentTokens: { line: "#" } },
  });

const colors = HighlightStyle.define([
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--path-0)" },
  { tag: [tags.labelName, tags.function(tags.variableName)], color: "var(--chosen)" },
  { tag: tags.propertyName, color: "var(--path-7)" },
  { tag: tags.keyword, color: "var(--chosen)", fontWeight: "600" },
  { tag: tags.string, color: "var(--path-4)" },
  { tag: tags.operator, color: "var(--quiet)" },
]);

const common = [
  history(),
  drawSelection(),
  rectangularSelection(),
  bracketMatching(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  lineNumbers(),
  search({ top: true }),
  syntaxHighlighting(colors),
  keymap.of([...completionKeymap, ...searchKeymap, ...historyKeymap, ...lintKeymap, ...defaultKeymap]),
];

// -- Verdicts --------------------------------------------------------------------------------------

class Sign extends GutterMarker {
  constructor({ sign, color, word }) {
    super();
    Object.assign(this, { sign, color, word });
  }

  eq(other) {
    return this.sign === other.sign && this.color === other.color;
  }

  toDOM() {
    const sign = document.createElement("span");
    sign.className = `sign ${this.color}`;
    sign.textContent = this.sign;
    sign.title = this.word;
    return sign;
  }
}

const setVerdicts = StateEffect.define();

// Each verdict with the place of its claim, which moves with the text until the next marking comes.
const verdictsField = StateField.define({
  create: () => ({ verdicts: [], signs: RangeSet.empty }),
  update(held, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setVerdicts)) {
        return effect.value;
      }
    }
    if (!transaction.docChanged) {
      return held;
    }
    const { changes } = transaction;
    const verdicts = held.verdicts.map((verdict) => ({
      ...verdict,
      from: changes.mapPos(verdict.from, 1),
      to: changes.mapPos(verdict.to, -1),
    }));
    return { verdicts, signs: held.signs.map(changes) };
  },
});

const signGutter = gutter({
  class: "cm-verdicts",
  markers: (view) => view.state.field(verdictsField).signs,
  initialSpacer: () => new Sign({ sign: "✗", color: "red", word: "" }),
});

function placed(doc, verdict) {
  const line = doc.line(Math.min(Math.max(verdict.line, 1), doc.lines));
  const from = Math.min(line.from + verdict.start, line.to);
  return { ...verdict, from, to: Math.max(from, Math.min(line.from + verdict.end, doc.length)) };
}

/** What a diagnostic says: the verdict in a word, and its notes. */
export function explained(verdict) {
  const said = document.createElement("div");
  said.className = "said";
  const word = document.createElement("b");
  word.className = verdict.color;
  word.textContent = `${verdict.sign} ${verdict.word}`;
  const claim = document.createElement("code");
  claim.textContent = verdict.claim;
  const first = document.createElement("p");
  first.append(word, " ", claim);
  const notes = verdict.notes.map((note) => {
    const line = document.createElement("p");
    line.textContent = note;
    return line;
  });
  said.append(first, ...notes);
  return said;
}

/** The editor of a sheet; `changed` hears of its text, `moved` of the place of the cursor. */
export class SheetEditor {
  constructor({ parent, text, functions, changed, moved }) {
    this.names = [];
    this.functions = functions;
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        doc: text,
        extensions: [
          common,
          sheetLanguage(new Set(functions)),
          verdictsField,
          signGutter,
          autocompletion({ override: [(context) => this.completions(context)], icons: false }),
          EditorView.contentAttributes.of({ "aria-label": "Sheet", tabindex: "0" }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) {
              changed();
            }
            if (update.docChanged || update.selectionSet) {
              moved();
            }
          }),
        ],
      }),
    });
  }

  get text() {
    return this.view.state.doc.toString();
  }

  set text(text) {
    const { view } = this;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } });
    view.scrollDOM.scrollTop = 0;
  }

  /** Show the verdicts on the present text. */
  show({ verdicts, names }) {
    const { view } = this;
    this.names = names.length ? names : this.names;
    const { doc } = view.state;
    const found = verdicts.map((verdict) => placed(doc, verdict));
    const lines = new Map();
    for (const verdict of found) {
      const { from } = doc.lineAt(verdict.from);
      if (!lines.has(from) || lines.get(from).severity < verdict.severity) {
        lines.set(from, verdict);
      }
    }
    const signs = RangeSet.of(
      [...lines].map(([from, verdict]) => new Sign(verdict).range(from)),
      true,
    );
    const diagnostics = found
      .filter(({ word, notes }) => word !== "right" || notes.length)
      .map((verdict) => ({
        from: verdict.from,
        to: verdict.to,
        severity: SEVERITY[verdict.color],
        message: [`${verdict.word}: ${verdict.claim}`, ...verdict.notes].join("\n"),
        renderMessage: () => explained(verdict),
      }));
    view.dispatch(setDiagnostics(view.state, diagnostics), {
      effects: setVerdicts.of({ verdicts: found, signs }),
    });
  }

  /** The verdicts on the line of the cursor. */
  get here() {
    const { state } = this.view;
    const { from, to } = state.doc.lineAt(state.selection.main.head);
    return state.field(verdictsField).verdicts.filter((verdict) => verdict.from >= from && verdict.from <= to);
  }

  get verdicts() {
    return this.view.state.field(verdictsField).verdicts;
  }

  toNextMistake() {
    this.view.focus();
    nextDiagnostic(this.view);
  }

  completions(context) {
    const word = context.matchBefore(/[\p{L}∂][\p{L}\p{N}_'⁺/∂]*/u);
    if (!word && !context.explicit) {
      return null;
    }
    const names = this.names.map((label) => ({ label, type: label.includes("/") ? "derivative" : "name", boost: 1 }));
    const functions = this.functions.map((label) => ({ label, type: "function", detail: "function" }));
    return {
      from: word ? word.from : context.pos,
      options: [...names, ...functions],
      validFor: /^[\p{L}\p{N}_'⁺/∂]*$/u,
    };
  }
}

/** The editor of a program; `run` is called for Ctrl+Enter, or ⌘+Enter. */
export class ProgramEditor {
  constructor({ parent, text, changed, run }) {
    const runs = {
      key: "Mod-Enter",
      run: () => {
        run();
        return true;
      },
    };
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        doc: text,
        extensions: [
          keymap.of([runs]),
          common,
          python(),
          autocompletion({ icons: false }),
          EditorView.contentAttributes.of({ "aria-label": "Program", tabindex: "0" }),
          EditorView.updateListener.of((update) => update.docChanged && changed()),
        ],
      }),
    });
  }

  get text() {
    return this.view.state.doc.toString();
  }

  set text(text) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
  }
}
