// The keyboard on lists: / search, j and k move, Enter opens (the focus is on the row's link), ? shows the keys.
// Nothing happens while someone types, or with a modifier held.
const typing = (el) => el.matches("input, textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("tr[data-row] .row-link")];

function move(step) {
  const links = rows();
  if (!links.length) return;
  const at = links.indexOf(document.activeElement.closest("tr[data-row]")?.querySelector(".row-link"));
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
  links[next].focus();
}

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "/" && document.querySelector("[data-search]")) document.querySelector("[data-search]").focus();
    else if (event.key === "?") document.getElementById("keys")?.showModal();
    else return;
    event.preventDefault();
  });
  // a click anywhere on a row opens it, unless it was on a control or the reader was selecting text
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (!row || event.target.closest("a, button, input, label, select, summary") || String(getSelection())) return;
    const link = row.querySelector(".row-link");
    if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
    else link.click();
  });
}
