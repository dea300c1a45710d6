// Where only so much is taken (<textarea data-most>), a line below counts what is left, or is too much. Nothing is cut off:
// what is pasted stays whole, and the form is not sent until it fits.
const SOON = 0.8;

function count(field) {
  const most = Number(field.dataset.most);
  const left = most - [...field.value.trim()].length;
  const line = field.parentElement.querySelector("[data-count]");
  const words = left < 0 ? line.dataset.over : line.dataset.left;
  line.hidden = left > most * (1 - SOON);
  line.textContent = words.replace("%(n)s", Math.abs(left));
  line.className = left < 0 ? "field-error" : "field-help";
  field.setCustomValidity(left < 0 ? line.textContent : "");
}

export function startCounters() {
  document.addEventListener("input", (event) => { if (event.target.dataset?.most) count(event.target); });
  for (const field of document.querySelectorAll("textarea[data-most]")) count(field);
}
