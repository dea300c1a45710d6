// A floor's plan: a card about the unit under the pointer or the focus. Without scripts the browser shows the title.
const plan = document.querySelector("[data-plan]");
const scroll = plan?.parentElement;

if (plan) {
  const card = document.createElement("div");
  card.className = "plan-tip";
  card.hidden = true;
  card.setAttribute("aria-hidden", "true"); // the link's own name says the same
  document.body.append(card);

  const hide = () => { card.hidden = true; };
  const show = (unit) => {
    const facts = document.querySelector(`[data-tip="${unit.dataset.unit}"]`);
    if (!facts) return;
    card.replaceChildren(...[...facts.childNodes].map((node) => node.cloneNode(true)));
    card.hidden = false;
    const box = unit.getBoundingClientRect();
    const own = card.getBoundingClientRect();
    const above = box.top - own.height - 8;
    const left = Math.min(Math.max(8, box.left + (box.width - own.width) / 2), innerWidth - own.width - 8);
    card.style.left = `${left + scrollX}px`;
    card.style.top = `${(above > 0 ? above : box.bottom + 8) + scrollY}px`;
  };
  for (const unit of plan.querySelectorAll("[data-unit]")) {
    unit.querySelector("title")?.remove(); // one card is enough
    unit.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && show(unit));
    unit.addEventListener("pointerleave", hide);
    unit.addEventListener("focus", () => unit.matches(":focus-visible") && show(unit));
    unit.addEventListener("blur", hide);
  }
  scroll.addEventListener("scroll", hide, { passive: true });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
}
