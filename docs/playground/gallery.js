// The sheets that are ready, each with the question that it answers.

/** Fill the dialog with the groups of gallery.json, and open a sheet with `take`. */
export async function showsGallery({ button, dialog, place, take }) {
  const groups = await (await fetch("gallery.json")).json();
  const sheets = groups.flatMap((group) => group.sheets);
  for (const { title, sheets: ready } of groups) {
    const heading = document.createElement("h3");
    heading.textContent = title;
    const list = document.createElement("ul");
    list.append(...ready.map(item));
    place.append(heading, list);
  }
  function item(sheet) {
    const open = document.createElement("button");
    open.type = "button";
    const name = document.createElement("strong");
    name.textContent = sheet.title;
    const question = document.createElement("span");
    question.textContent = sheet.question;
    open.append(name, question);
    open.addEventListener("click", () => {
      dialog.close();
      take(sheet);
    });
    const entry = document.createElement("li");
    entry.append(open);
    return entry;
  }
  button.addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  return (id) => sheets.find((sheet) => sheet.id === id);
}
