// The board of stages: a card is dragged by pointer or finger, or lifted with the space bar and moved with the arrows.
// Dropping opens the page that asks for evidence and deciders; nothing moves before that. Without this file the card's
// menu does the same.
const board = document.querySelector("[data-board]");
const said = document.querySelector("[data-board-said]");
const lanes = board ? [...board.querySelectorAll("[data-lane]")] : [];
let lifted = null; // the card held by the keyboard, and the lane it is over
let dragged = null; // the card held by a pointer

function say(key, card, lane) {
  if (!said) return;
  said.textContent = board.dataset[key].replace("%(name)s", card.dataset.name).replace("%(lane)s", lane?.dataset.name ?? "");
}

const takes = (lane, card) => card.dataset.to.split(" ").includes(lane.dataset.lane);

function mark(card, over) {
  for (const lane of lanes) {
    lane.classList.toggle("is-open", Boolean(card) && takes(lane, card));
    lane.classList.toggle("is-over", lane === over && Boolean(card) && takes(lane, card));
    lane.classList.toggle("is-refused", lane === over && Boolean(card) && lane !== card.closest("[data-lane]") && !takes(lane, card));
  }
}

function drop(card, lane) {
  mark(null, null);
  card.classList.remove("is-lifted");
  if (!lane || lane === card.closest("[data-lane]")) return say("cancelled", card);
  if (!takes(lane, card)) return say("refused", card, lane);
  say("dropped", card, lane);
  const address = new URL(card.dataset.move, location.href);
  address.searchParams.set("to", lane.dataset.lane);
  location.assign(address);
}

// ── keyboard ────────────────────────────────────────────────────────────────────────────────────────────────────────
function lift(card, grip) {
  lifted = { card, grip, at: lanes.indexOf(card.closest("[data-lane]")) };
  card.classList.add("is-lifted");
  grip.setAttribute("aria-pressed", "true");
  mark(card, lanes[lifted.at]);
  say("lifted", card);
}

function letGo(lane) {
  const { card, grip } = lifted;
  lifted = null;
  grip.setAttribute("aria-pressed", "false");
  drop(card, lane);
}

function keydown(event) {
  const grip = event.target.closest("[data-grip]");
  if (!grip) return;
  if (!lifted) {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    lift(grip.closest("[data-card]"), grip);
    return;
  }
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step) {
    event.preventDefault();
    lifted.at = Math.min(lanes.length - 1, Math.max(0, lifted.at + step));
    const lane = lanes[lifted.at];
    mark(lifted.card, lane);
    lane.scrollIntoView({ block: "nearest", inline: "nearest" });
    say(takes(lane, lifted.card) || lane === lifted.card.closest("[data-lane]") ? "over" : "refused", lifted.card, lane);
  } else if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    letGo(lanes[lifted.at]);
  } else if (event.key === "Escape") {
    event.preventDefault();
    letGo(null);
  }
}

// ── pointer and finger ──────────────────────────────────────────────────────────────────────────────────────────────
// One way for both: pointer events on the grip for a finger (so that the rest of the card still scrolls), on the whole
// card for a mouse.
function under(event) {
  return document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-lane]") ?? null;
}

function pointerdown(event) {
  const card = event.target.closest("[data-card]");
  if (!card || event.button > 0 || event.target.closest("details, summary")) return;
  if (event.pointerType !== "mouse" && !event.target.closest("[data-grip]")) return;
  dragged = { card, x: event.clientX, y: event.clientY, moved: false, id: event.pointerId };
}

function pointermove(event) {
  if (!dragged || event.pointerId !== dragged.id) return;
  const [x, y] = [event.clientX - dragged.x, event.clientY - dragged.y];
  if (!dragged.moved) {
    if (Math.hypot(x, y) < 8) return; // a click that trembles
    dragged.moved = true;
    dragged.card.setPointerCapture(dragged.id);
    dragged.card.classList.add("is-dragged");
  }
  event.preventDefault();
  dragged.card.style.transform = `translate(${x}px, ${y}px)`;
  mark(dragged.card, under(event));
  const box = board.getBoundingClientRect();
  if (event.clientX > box.right - 40) board.scrollLeft += 12;
  if (event.clientX < box.left + 40) board.scrollLeft -= 12;
}

function pointerup(event) {
  if (!dragged || event.pointerId !== dragged.id) return;
  const { card, moved } = dragged;
  dragged = null;
  if (!moved) return;
  card.classList.remove("is-dragged");
  card.style.transform = "";
  // The click that ends a drag on the card's link must not follow it.
  const still = (click) => click.preventDefault();
  card.addEventListener("click", still, { once: true, capture: true });
  setTimeout(() => card.removeEventListener("click", still, { capture: true }), 0);
  drop(card, event.type === "pointerup" ? under(event) : null);
}

if (board) {
  for (const grip of board.querySelectorAll("[data-grip]")) {
    grip.hidden = false;
    grip.setAttribute("aria-pressed", "false");
  }
  board.addEventListener("keydown", keydown);
  board.addEventListener("focusout", (event) => {
    if (lifted && event.target === lifted.grip) letGo(null);
  });
  board.addEventListener("pointerdown", pointerdown);
  document.addEventListener("pointermove", pointermove, { passive: false });
  document.addEventListener("pointerup", pointerup);
  document.addEventListener("pointercancel", pointerup);
  board.addEventListener("dragstart", (event) => event.preventDefault());
}
