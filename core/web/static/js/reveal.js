// A button beside a password that shows it while it is pressed in; hidden where scripts don't run.
export function startReveal() {
  for (const button of document.querySelectorAll("[data-reveal]")) button.hidden = false;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reveal]");
    if (!button) return;
    const shown = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(shown));
    document.getElementById(button.dataset.reveal).type = shown ? "text" : "password";
  });
}
