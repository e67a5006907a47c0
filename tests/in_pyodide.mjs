// Run a program in the Python of the browser, without one: in Pyodide under Node.
//
//     node in_pyodide.mjs FOLDER PROGRAM INPUT [ARCHIVE…]
//
// FOLDER has Pyodide, PROGRAM is a file of Python; the archives are put on its path, and the root of this machine is at
// /host. The program finds the text of the file INPUT as `given`; what it calls `answer` is written out.

import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, program, input, ...archives] = process.argv.slice(2).map((path) => resolve(path));
const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")).href);
const env = { PYTHONDONTWRITEBYTECODE: "1", PYTEST_DISABLE_PLUGIN_AUTOLOAD: "1" };
const python = await loadPyodide({ indexURL: folder, env });
python.mountNodeFS("/host", "/");
for (const archive of archives) {
  const place = `/lib/${basename(archive)}`;
  python.FS.writeFile(place, new Uint8Array(readFileSync(archive)));
  python.pyimport("sys").path.append(place);
}
python.globals.set("given", readFileSync(input, "utf8"));
try {
  python.runPython(readFileSync(program, "utf8"));
  process.stdout.write(`\n${python.globals.get("answer")}`);
} catch (error) {
  console.error(error.message); // without the line of Pyodide's script that Node would show, which has a million letters
  process.exitCode = 1;
}
