// Short messages at the edge: from the server by the HX-Trigger header ({"toast": {"kind": "success", "text": "…"}}),
// and when a request fails. Also the close button of any notice.
const region = () => document.querySelector("[data-toasts]");

export function toast(text, kind = "info") {
  const box = document.createElement("div");
  box.className = `notice notice-${kind}`;
  const words = document.createElement("div");
  words.textContent = text;
  const close = document.createElement("button");
  close.className = "notice-close";
  close.type = "button";
  close.dataset.dismiss = "";
  close.textContent = "×";
  close.setAttribute("aria-label", region().dataset.close);
  box.append(words, close);
  region().append(box);
  // an error stays until it is closed: it may need to be read twice
  if (kind !== "error") setTimeout(() => box.remove(), 6000);
}

function reason(xhr) {
  // our error pages carry their sentences in marked elements
  const page = new DOMParser().parseFromString(xhr.responseText || "", "text/html");
  const parts = ["[data-error-what]", "[data-error-why]"].map((s) => page.querySelector(s)?.textContent.trim());
  return parts.filter(Boolean).join(" · ") || region().dataset.error;
}

export function startToasts() {
  document.addEventListener("click", (event) => {
    event.target.closest("[data-dismiss]")?.closest(".notice").remove();
  });
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.kind));
  document.addEventListener("htmx:responseError", (event) => toast(reason(event.detail.xhr), "error"));
  document.addEventListener("htmx:sendError", () => toast(region().dataset.error, "error"));
}
