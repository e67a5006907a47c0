// Python in its worker: `ask` calls a function of session.py, `restart` ends whatever it is doing.
// When Python breaks, it starts again by itself.

export class Python {
  constructor(base) {
    this.base = base;
    this.restart();
  }

  /** Start anew; what was asked and not answered stays unanswered. */
  restart() {
    this.worker?.terminate();
    this.asked = new Map();
    this.last = 0;
    // From a blob, a worker has the content policy of this page: it cannot ask another server either.
    const script = new Blob([`import "${this.base}worker.js";`], { type: "text/javascript" });
    const address = URL.createObjectURL(script);
    this.worker = new Worker(address, { type: "module" });
    this.worker.addEventListener("message", ({ data: { id, answer, error, fatal } }) => {
      const { resolve, reject } = this.asked.get(id);
      this.asked.delete(id);
      if (fatal) {
        this.restart();
      }
      if (error === undefined) {
        resolve(JSON.parse(answer));
      } else {
        reject(new Error(error));
      }
    });
    this.ready = this.ask("start", this.base);
  }

  ask(name, ...given) {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.asked.set(id, { resolve, reject });
      this.worker.postMessage({ id, name, given });
    });
  }
}
