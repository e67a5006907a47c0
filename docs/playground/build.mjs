// Build what `docs/site.py` cannot: the scripts, bundled, and Python's modules, compiled by the Python of the browser.
//
//     node build.mjs FOLDER ARCHIVE…     the archives are wheels, or of sources

import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { loadPyodide } from "pyodide";

const here = dirname(fileURLToPath(import.meta.url));
const [folder, ...archives] = process.argv.slice(2);
const pyodide = join(here, "node_modules", "pyodide");
const python = join(folder, "python");
mkdirSync(python, { recursive: true });

await build({
  entryPoints: ["page.js", "worker.js"].map((name) => join(here, name)),
  outdir: folder,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  define: { PACKAGES: JSON.stringify(archives.map((archive) => basename(archive))) },
  legalComments: "none",
  logLevel: "warning",
});

for (const name of ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm"]) {
  copyFileSync(join(pyodide, name), join(python, name));
}
const { info } = JSON.parse(readFileSync(join(pyodide, "pyodide-lock.json"), "utf8"));
writeFileSync(join(python, "pyodide-lock.json"), JSON.stringify({ info, packages: {} }));

// Compiling takes long: what was compiled before is kept beside the packages of npm, by what it was made of.
const kept = join(here, "node_modules", ".compiled");
mkdirSync(kept, { recursive: true });
let compiler = null;

async function pack(source, name, place) {
  const hash = createHash("sha256");
  for (const file of [join(here, "pack.py"), join(pyodide, "package.json"), source]) {
    hash.update(readFileSync(file));
  }
  const known = join(kept, `${hash.digest("hex").slice(0, 20)}.zip`);
  if (!existsSync(known)) {
    compiler ??= await startCompiler();
    const archive = compiler.runtime.toPy(new Uint8Array(readFileSync(source)));
    writeFileSync(known, compiler.compiled(archive, place).toJs());
  }
  copyFileSync(known, join(python, name));
}

async function startCompiler() {
  // Without the columns of each instruction, which only tracebacks show, modules are a third smaller.
  const runtime = await loadPyodide({ indexURL: pyodide, env: { PYTHONNODEBUGRANGES: "1" } });
  runtime.FS.writeFile("/home/pyodide/pack.py", readFileSync(join(here, "pack.py")));
  return { runtime, compiled: runtime.pyimport("pack").compiled };
}

await pack(join(pyodide, "python_stdlib.zip"), "python_stdlib.zip", "/lib/python314.zip");
for (const archive of archives) {
  await pack(archive, basename(archive), `/lib/${basename(archive)}`); // where worker.js puts it
}
