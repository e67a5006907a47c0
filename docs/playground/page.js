// The playground: what is in the editor is marked by Python as it is typed, and shown beside the page of its graph.

import { keep, kept } from "./drafts.js";
import { explained, ProgramEditor, SheetEditor } from "./editor.js";
import { opensFiles, save } from "./files.js";
import { framed, GraphFrame } from "./frames.js";
import { showsGallery } from "./gallery.js";
import { Python } from "./python.js";
import { packed, unpacked } from "./share.js";
import { switchesTheme } from "./theme.js";

const PAUSE = 250; // milliseconds after the last key until the graph is drawn anew
const STARTING = "Starting Python …";
const PROGRAM = `from autograd import Stepper, Value, draw

w, x, t = Value(0.5), Value(2.0), Value(1.5)
o = (w * x).tanh()
E = (o - t) ** 2

s = Stepper(E)
s.until("tanh")         # to the step of the tanh; s.back() goes back
display(s)

E.backward()
draw(E, wrt=w)
`;

const byId = (id) => document.getElementById(id);
const base = new URL(".", location.href.split("#")[0]).href;
const python = new Python(base);
const first = await (await fetch("first.json")).json();
const state = { name: "sheet", title: "", tab: "sheet", ready: false, running: false };

const gallery = showsGallery({
  button: byId("gallery-button"),
  dialog: byId("gallery"),
  place: byId("gallery-groups"),
  take: ({ id, text, title }) => take(id, text, title),
});

/** What the address holds: a sheet, a program, or the name of a sheet of the gallery; null where it holds nothing. */
async function linked() {
  const [, kind, code] = /^#(sheet|python|gallery)=(.*)$/.exec(location.hash) ?? [];
  if (!kind) {
    return null;
  }
  if (kind === "gallery") {
    const found = (await gallery)(decodeURIComponent(code));
    return found ?? { trouble: "The gallery has no such sheet" };
  }
  const text = await unpacked(code);
  if (text === null) {
    return { trouble: "This link holds nothing: it may have been cut off" };
  }
  return { id: kind === "python" ? "program.py" : "sheet", text, title: "" };
}

// -- Marking ---------------------------------------------------------------------------------------

const graph = new GraphFrame(byId("graph"));
let typed = 0; // when the last key was pressed
let marking = false;
let pause = 0;

const sheet = new SheetEditor({
  parent: byId("sheet"),
  text: kept("sheet") ?? first.text,
  functions: first.functions,
  changed() {
    typed = performance.now();
    remember("sheet", sheet.text);
    mark();
  },
  moved: remark,
});

/** Mark the sheet, and once more if it was changed meanwhile; then draw its graph. */
async function mark() {
  if (marking || !state.ready) {
    return;
  }
  marking = true;
  clearTimeout(pause);
  let text = null;
  try {
    while (text !== sheet.text) {
      text = sheet.text;
      const since = typed;
      const answer = await python.ask("marked", text);
      if (text === sheet.text) {
        show(answer);
        document.documentElement.dataset.took = String(Math.round(performance.now() - since)); // since the last key
      }
    }
    pause = setTimeout(drawGraph, PAUSE);
  } catch (error) {
    show({ verdicts: [], names: [], summary: "", error: error.message });
    noGraph(error.message);
  }
  marking = false;
}

function show(answer) {
  sheet.show(answer);
  byId("summary").textContent = answer.error || answer.summary;
  byId("summary").className = answer.error ? "red" : "";
  byId("next-mistake").hidden = !answer.verdicts.some((verdict) => verdict.mistake);
  remark();
}

/** Say what is known of the line of the cursor, or else of the first mistake. */
function remark() {
  const here = sheet.here.filter((verdict) => verdict.notes.length);
  const mistake = sheet.verdicts.find((verdict) => verdict.mistake);
  const shown = here.length ? here : mistake ? [mistake] : [];
  byId("remarks").replaceChildren(
    ...shown.map((verdict) => {
      const said = explained(verdict);
      const line = document.createElement("small");
      line.textContent = `line ${verdict.line}`;
      said.firstChild.prepend(line, " ");
      return said;
    }),
  );
  byId("remarks").hidden = shown.length === 0;
}

async function drawGraph() {
  const text = sheet.text;
  if (!text.trim()) {
    noGraph("Write a derivation, or open one from the gallery: its graph is drawn here.");
    return;
  }
  const { html, error } = await python
    .ask("page_of", text, state.title)
    .catch(({ message }) => ({ html: "", error: message }));
  if (text === sheet.text) {
    if (error) {
      noGraph(error);
    } else {
      byId("no-graph").hidden = true;
      graph.show(html);
    }
  }
}

function noGraph(why) {
  graph.show("");
  byId("no-graph").textContent = why;
  byId("no-graph").hidden = false;
}

/** Keep what was changed; an address that holds another text is one no more. */
function remember(name, text) {
  keep(name, text);
  if (location.hash && text !== state.linked) {
    history.replaceState(null, "", location.pathname + location.search);
  }
}

function say(text) {
  byId("state").textContent = text;
}

// -- Opening, sharing, saving ----------------------------------------------------------------------

function take(name, text, title = "") {
  state.name =
    name
      .split("/")
      .pop()
      .replace(/\.[^.]*$/, "") || "sheet";
  state.title = title;
  graph.forget();
  if (/\.py$/.test(name)) {
    program.text = text;
    choose("python");
    return;
  }
  sheet.text = text;
  choose("sheet");
  sheet.view.focus();
}

byId("new").addEventListener("click", () => take("sheet", ""));
opensFiles({ button: byId("open"), field: byId("file"), veil: byId("drop"), take, refuse: say });

byId("share").addEventListener("click", async () => {
  const isProgram = state.tab === "python";
  state.linked = isProgram ? program.text : sheet.text;
  const code = await packed(state.linked);
  history.replaceState(null, "", `#${isProgram ? "python" : "sheet"}=${code}`);
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link is copied");
  } catch {
    say("The link is in the address bar");
  }
});

async function follow() {
  const held = await linked();
  if (held?.trouble) {
    say(held.trouble);
  } else if (held) {
    state.linked = held.text;
    take(held.id, held.text, held.title);
  }
}

addEventListener("hashchange", follow);

const ENDINGS = { page: ".html", picture: ".svg", marking: ".json" };
for (const button of document.querySelectorAll("[data-save]")) {
  button.addEventListener("click", async () => {
    byId("save-menu").hidePopover();
    const kind = button.dataset.save;
    if (kind === "sheet") {
      save(`${state.name}.sheet`, sheet.text);
      return;
    }
    const { text, error } = await python
      .ask("saved", kind, sheet.text, state.title)
      .catch(({ message }) => ({ text: "", error: message }));
    if (error) {
      say(error);
    } else {
      save(`${state.name}${ENDINGS[kind] ?? `-${kind}`}`, text);
    }
  });
}

// -- Tabs ------------------------------------------------------------------------------------------

const TABS = ["sheet", "graph", "python"];

/** Show a tab. Beside the sheet is its graph, in a narrow window behind a tab of its own; beside the program its output. */
function choose(name, { focus = false } = {}) {
  state.tab = name;
  document.body.dataset.tab = name;
  for (const tab of TABS) {
    byId(`${tab}-tab`).setAttribute("aria-selected", String(tab === name));
    byId(`${tab}-tab`).tabIndex = tab === name ? 0 : -1;
  }
  byId("python-panel").hidden = name !== "python";
  byId("output").hidden = name !== "python";
  byId("sheet-panel").hidden = name === "python";
  byId("graph").hidden = name === "python";
  if (focus) {
    byId(`${name}-tab`).focus();
  }
}

for (const tab of TABS) {
  byId(`${tab}-tab`).addEventListener("click", () => choose(tab));
}
document.querySelector(".tabs").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const shown = TABS.filter((tab) => byId(`${tab}-tab`).offsetParent);
  if (step) {
    event.preventDefault();
    choose(shown[(shown.indexOf(state.tab) + step + shown.length) % shown.length], { focus: true });
  }
});

matchMedia("(min-width: 901px)").addEventListener("change", () => state.tab === "graph" && choose("sheet"));

byId("next-mistake").addEventListener("click", () => sheet.toNextMistake());

// -- Programs --------------------------------------------------------------------------------------

const program = new ProgramEditor({
  parent: byId("program"),
  text: kept("program") ?? PROGRAM,
  changed: () => remember("program", program.text),
  run,
});

async function run() {
  if (!state.ready || state.running) {
    return;
  }
  state.running = true;
  byId("stop").hidden = false;
  byId("run").disabled = true;
  const shown = await python
    .ask("run", program.text, sheet.text)
    .catch((error) => [{ kind: "error", text: error.message }]);
  ran(shown);
}

function ran(shown) {
  state.running = false;
  byId("stop").hidden = true;
  byId("run").disabled = false;
  byId("output").replaceChildren(...shown.map(output));
}

function output({ kind, text }) {
  if (kind === "page") {
    return framed("A page", text);
  }
  if (kind === "picture") {
    const picture = document.createElement("img");
    picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    picture.alt = "The graph that the program draws";
    return picture;
  }
  const written = document.createElement("pre");
  written.className = kind;
  written.tabIndex = 0;
  written.textContent = text;
  return written;
}

byId("run").addEventListener("click", run);
byId("stop").addEventListener("click", () => {
  python.restart();
  marking = false;
  byId("run").focus();
  ran([{ kind: "error", text: "Stopped. Python starts again." }]);
  start();
});

// -- Beginning -------------------------------------------------------------------------------------

switchesTheme(byId("theme"), () => graph.renew());
choose("sheet");
start();
await follow();
if (sheet.text === first.text && !state.ready) {
  show(first.marked);
  graph.show(first.page);
}

async function start() {
  state.ready = false;
  say(STARTING);
  try {
    const { chalkgrad, python: version } = await python.ready;
    state.ready = true;
    if (byId("state").textContent === STARTING) {
      say("");
    }
    byId("state").title = `chalkgrad ${chalkgrad} on Python ${version}`;
    await mark();
    document.documentElement.dataset.ready = String(Math.round(performance.now()));
    navigator.serviceWorker?.register("offline.js");
  } catch (error) {
    say(`Python could not start here: ${error.message}`);
  }
}
