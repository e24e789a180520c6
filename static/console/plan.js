// Adds and removes rows in place. Without this script the same buttons ask the server.
document.addEventListener("click", (event) => {
  const remove = event.target.closest("[data-remove-row]");
  if (remove) {
    event.preventDefault();
    const rows = remove.closest("[data-rows]");
    remove.closest("[data-row]").remove();
    rows.querySelector("[data-add-row]").focus();
    return;
  }
  const add = event.target.closest("[data-add-row]");
  if (!add) {
    return;
  }
  event.preventDefault();
  const rows = add.closest("[data-rows]");
  const row = rows.querySelector("template").content.querySelector("[data-row]").cloneNode(true);
  const number = String(Date.now());
  for (const part of row.querySelectorAll("[id], [for]")) {
    for (const name of ["id", "for"]) {
      if (part.hasAttribute(name)) {
        part.setAttribute(name, `${part.getAttribute(name)}-${number}`);
      }
    }
  }
  rows.querySelector("tbody").append(row);
  row.querySelector("select, input").focus();
});

// Suggests what fits the chosen kind of goods.
document.addEventListener("change", (event) => {
  if (event.target.name.endsWith("-scope")) {
    const value = event.target.closest("[data-row]").querySelector("[name$=-value]");
    value.setAttribute("list", `plan-${event.target.value || "sku"}`);
  }
});
