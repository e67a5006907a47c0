// Python, in a thread of its own: one question after the other, each answered with the text that session.py returns.

let session = null; // once Python has started

// A large file lies compressed on the server, and is unpacked here whatever the server does.
const plainFetch = globalThis.fetch;
globalThis.fetch = async (address, ...options) => {
  if (!String(address).endsWith(".wasm")) {
    return plainFetch(address, ...options);
  }
  const { body } = await plainFetch(`${address}.packed`);
  const headers = { "Content-Type": "application/wasm" };
  return new Response(body.pipeThrough(new DecompressionStream("gzip")), { headers });
};

async function start(base) {
  const { loadPyodide } = await import(`${base}python/pyodide.mjs`);
  const archive = async (name) => {
    const response = await fetch(`${base}python/${name}`);
    return [`/lib/${name}`, new Uint8Array(await response.arrayBuffer())];
  };
  const [python, ...archives] = await Promise.all([
    loadPyodide({ indexURL: `${base}python/` }),
    ...PACKAGES.map(archive), // named by build.mjs
  ]);
  for (const [path, bytes] of archives) {
    python.FS.writeFile(path, bytes);
  }
  python.pyimport("sys").path.extend(archives.map(([path]) => path));
  return python.pyimport("session");
}

addEventListener("message", async ({ data: { id, name, given } }) => {
  try {
    if (name === "start") {
      session = start(...given);
    }
    const functions = await session;
    postMessage({ id, answer: name === "start" ? functions.versions() : functions[name](...given) });
  } catch (error) {
    const fatal = error.pyodide_fatal_error === true; // the stack of the browser is smaller than Python thinks
    postMessage({ id, fatal, error: fatal ? "This is nested too deeply for a browser" : String(error) });
  }
});
