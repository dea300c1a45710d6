// Lists: filters that are selects send themselves; rows are picked one by one, as a stretch with Shift, or all at once.
// Without scripts every box and button works as it is.
let last = null;

const boxes = (list) => [...list.querySelectorAll("[data-pick]")];

function show(list) {
  const all = boxes(list);
  const picked = all.filter((box) => box.checked).length;
  const count = list.querySelector("[data-bulk-count]");
  if (count) count.textContent = count.dataset.words.replace("{n}", picked);
  const head = list.querySelector("[data-pick-all]");
  if (!head) return;
  head.closest("label").hidden = false;
  head.checked = picked > 0 && picked === all.length;
  head.indeterminate = picked > 0 && picked < all.length;
}

function stretch(list, to) {
  const all = boxes(list);
  const [from, until] = [all.indexOf(last), all.indexOf(to)].sort((a, b) => a - b);
  if (from >= 0) for (const box of all.slice(from, until + 1)) box.checked = to.checked;
}

export function startLists() {
  for (const list of document.querySelectorAll("[data-list]")) show(list);
  document.addEventListener("htmx:load", (event) => {
    const list = event.target.closest?.("[data-list]");
    if (list) show(list);
  });
  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-pick]");
    if (!box) return;
    const list = box.closest("[data-list]");
    if (event.shiftKey && last) stretch(list, box);
    last = box;
    show(list);
  });
  document.addEventListener("change", (event) => {
    const list = event.target.closest("[data-list]");
    if (!list) return;
    if (event.target.matches("[data-filter]")) list.requestSubmit();
    if (event.target.matches("[data-pick-all]")) {
      for (const box of boxes(list)) box.checked = event.target.checked;
      show(list);
    }
  });
  // the form of the picked rows is emptied after this event
  document.addEventListener("reset", () => {
    requestAnimationFrame(() => document.querySelectorAll("[data-list]").forEach(show));
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Enter" && event.target.matches(".bulk-panel input")) {
      event.preventDefault();
      event.target.closest(".bulk-panel").querySelector("button[type=submit]").click();
    } else if (event.key === "x" && !event.target.matches("input, textarea, select, [contenteditable]")) {
      event.target.closest("tr[data-row], tr[role=row]")?.querySelector("[data-pick]")?.click();
    }
  });
}
