// Files: one is opened by dropping it or by choosing it, and saved under the name of the sheet.

const MAX_BYTES = 1_000_000; // of a file that is opened

/** Hand the text of a file that somebody drops on the page or chooses to `take(name, text)`. */
export function opensFiles({ button, field, veil, take, refuse }) {
  const read = async (file) => {
    if (!file) {
      return;
    }
    if (file.size > MAX_BYTES) {
      refuse(`${file.name} is too large for a sheet`);
      return;
    }
    const bytes = await file.arrayBuffer();
    try {
      take(file.name, new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch {
      refuse(`${file.name} is not text in UTF-8`);
    }
  };
  button.addEventListener("click", () => field.click());
  field.addEventListener("change", async () => {
    await read(field.files[0]);
    field.value = "";
  });
  let depth = 0; // of the elements that the file is over
  const over = (change) => {
    depth = Math.max(0, depth + change);
    veil.hidden = depth === 0;
  };
  const holdsFile = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => holdsFile(event) && over(1));
  addEventListener("dragleave", (event) => holdsFile(event) && over(-1));
  addEventListener("dragover", (event) => holdsFile(event) && event.preventDefault());
  // Before the editor, which would insert the text where it was dropped.
  const drop = (event) => {
    if (holdsFile(event)) {
      event.preventDefault();
      event.stopPropagation();
      over(-depth);
      read(event.dataTransfer.files[0]);
    }
  };
  addEventListener("drop", drop, { capture: true });
}

/** Save a text as a file. */
export function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
