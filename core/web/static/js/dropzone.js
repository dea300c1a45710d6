// Drop areas: a file input that also takes a drop. Too big, alone or together, or of a wrong kind: said before anything
// is sent.
// With hx-post on the area, htmx sends the files at once and the bar shows how far they are.
const size = (n) => (n < 1048576 ? `${Math.max(1, Math.round(n / 1024))} KB` : `${(n / 1048576).toFixed(1)} MB`);

function problem(file, drop, input) {
  if (file.size > Number(drop.dataset.maxMb) * 1048576) return drop.dataset.tooBig.replace("%(name)s", file.name);
  const kinds = input.accept.split(",").map((k) => k.trim().toLowerCase()).filter(Boolean);
  const fits = kinds.length === 0 || kinds.some((k) => file.name.toLowerCase().endsWith(k));
  return fits ? "" : drop.dataset.wrongType.replace("%(name)s", file.name);
}

function show(drop, input) {
  const list = drop.querySelector("[data-drop-names]");
  const good = new DataTransfer();
  list.replaceChildren(
    ...[...input.files].map((file) => {
      const line = document.createElement("li");
      const wrong = problem(file, drop, input);
      line.textContent = wrong || `${file.name} · ${size(file.size)}`;
      line.classList.toggle("is-bad", Boolean(wrong));
      if (!wrong) good.items.add(file);
      return line;
    }),
  );
  if (good.files.length !== input.files.length) input.files = good.files;
  return fit(drop, input, list) && good.files.length > 0;
}

// One request takes so much; the files stay chosen, and the form is not sent with them.
function fit(drop, input, list) {
  const sum = [...input.files].reduce((all, file) => all + file.size, 0);
  const wrong = sum > Number(drop.dataset.maxMb) * 1048576 ? drop.dataset.tooMuch.replace("%(size)s", size(sum)) : "";
  input.setCustomValidity(wrong);
  if (!wrong) return true;
  const line = document.createElement("li");
  line.className = "is-bad";
  line.textContent = wrong;
  list.append(line);
  return false;
}

export function startDrops() {
  const area = (event) => event.target.closest?.("[data-drop]");
  for (const kind of ["dragover", "dragenter"])
    document.addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault(); // dropping beside the area must not open the file in place of the page
      const drop = area(event);
      if (drop) drop.classList.add("is-over");
      else event.dataTransfer.dropEffect = "none";
    });
  document.addEventListener("dragleave", (event) => {
    const drop = area(event);
    if (drop && !drop.contains(event.relatedTarget)) drop.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const drop = area(event);
    if (!drop) return;
    drop.classList.remove("is-over");
    const input = drop.querySelector("input[type=file]");
    const files = new DataTransfer();
    for (const file of [...event.dataTransfer.files].slice(0, input.multiple ? undefined : 1)) files.items.add(file);
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  // before htmx hears of the change, so that a refused file is never sent
  document.addEventListener("change", (event) => {
    const drop = area(event);
    if (drop && event.target.type === "file" && !show(drop, event.target)) event.stopPropagation();
  }, true);
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = area(event)?.querySelector("[data-drop-progress]");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = (100 * event.detail.loaded) / event.detail.total;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const bar = area(event)?.querySelector("[data-drop-progress]");
    if (bar) bar.hidden = true;
    // what was refused may be chosen again
    if (!event.detail.successful) event.target.closest?.("form[data-submit-on-change]")?.reset();
  });
}
