/* Opens a team in place. Without this script the same links lead to a page of that team. */
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-children], a[data-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) {
    return;
  }
  event.preventDefault();
  const row = link.closest("li");
  const open = row.querySelector(":scope > .c-children");
  if (open) {
    open.hidden = !open.hidden;
    link.setAttribute("aria-expanded", String(!open.hidden));
    return;
  }
  const box = document.createElement("div");
  box.className = "c-children";
  box.setAttribute("aria-busy", "true");
  row.append(box);
  try {
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) {
      throw new Error(answer.status);
    }
    box.innerHTML = await answer.text();
  } catch {
    location.assign(link.href);
    return;
  }
  box.removeAttribute("aria-busy");
  if (link.hasAttribute("data-more")) {
    row.replaceWith(...box.querySelectorAll(":scope > ul > li"));
  } else {
    link.setAttribute("aria-expanded", "true");
  }
});
