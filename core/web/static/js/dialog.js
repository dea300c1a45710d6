// Links to a <dialog> open it as a modal one; the browser then keeps the focus inside and gives it back at the end.
export function startDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (!dialog?.showModal) return; // an old browser follows the link; CSS shows the target
      event.preventDefault();
      dialog.showModal();
      return;
    }
    const closer = event.target.closest("[data-dialog-close]");
    const open = closer?.closest("dialog") ?? (event.target.matches("dialog[open]") ? event.target : null);
    if (!open?.close) return;
    if (!closer && !onBackdrop(open, event)) return;
    event.preventDefault();
    open.close();
  });
  // role=button on a link: the space bar must work too
  document.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.matches('a[role="button"]')) {
      event.preventDefault();
      event.target.click();
    }
  });
}

function onBackdrop(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
