// The reading sheet: Enter goes to the next meter (leaving one saves it), a refused figure comes back with its sentence,
// and what could not be sent is kept, shown, and sent again when the network is back.
const ROW = "form.dial";
const unsaved = () => [...document.querySelectorAll(`${ROW}.is-unsaved`)];

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches(`${ROW} input[name="value"]`)) return;
  event.preventDefault();
  const fields = [...document.querySelectorAll(`${ROW} input[name="value"]:not([readonly])`)];
  const next = fields[fields.indexOf(event.target) + 1];
  if (next) next.focus();
  else event.target.blur();
});

document.addEventListener("focusin", (event) => {
  if (event.target.matches(`${ROW} input[name="value"]`)) event.target.select();
});

document.addEventListener("input", (event) => event.target.closest(ROW)?.classList.add("is-unsaved"));

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status !== 422 || !event.detail.target.matches(ROW)) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});

for (const failed of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(failed, (event) => {
    const row = event.target.closest?.(ROW);
    if (!row) return;
    row.classList.add("is-unsaved");
    row.querySelector(".dial-unsaved").hidden = false;
  });
}

window.addEventListener("online", () => unsaved().forEach((row) => window.htmx.trigger(row, "change")));
window.addEventListener("beforeunload", (event) => {
  if (unsaved().length) event.preventDefault();
});
