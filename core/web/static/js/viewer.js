// Papers page by page. On a wide screen they open beside the case (data-pane), else as a page of their own.
// Keys, while nobody types: left and right for pages, with Shift for papers, + - 0 for size, r turns, v opens and Esc closes.
const wide = matchMedia("(min-width: 1200px)");
const pane = document.querySelector("[data-pane]");
const typing = (el) => el.matches("input, textarea, select, [contenteditable]");
const viewer = () => document.querySelector("[data-viewer]");
const remembered = "hongcai.pane";

function start(view) {
  const pages = view.querySelector("[data-pages]");
  const at = view.querySelector("[data-at]");
  view.querySelector("[data-viewer-tools]").hidden = false;
  const seen = new Map();
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) seen.set(entry.target, entry.intersectionRatio);
    const most = [...seen].reduce((a, b) => (b[1] > a[1] ? b : a), [null, 0])[0];
    if (most) view.dataset.page = most.dataset.page;
    if (most && at) at.textContent = most.dataset.page;
  }, { root: pane ? pages : null, threshold: [0, 0.25, 0.5, 0.75, 1] });
  for (const sheet of view.querySelectorAll("[data-page]")) {
    watch.observe(sheet);
    const image = sheet.querySelector("img");
    const failed = () => { image.hidden = true; sheet.querySelector("[data-page-failed]").hidden = false; };
    if (image.complete && image.naturalWidth === 0 && image.currentSrc) failed();
    image.addEventListener("error", failed);
  }
}

function step(view, by) {
  const sheets = view.querySelectorAll("[data-page]");
  const next = Math.min(Math.max(Number(view.dataset.page || 1) + by, 1), sheets.length);
  view.dataset.page = next;
  sheets[next - 1]?.scrollIntoView({ block: "start" });
}

function zoom(view, by) {
  const pages = view.querySelector("[data-pages]");
  const now = by === 0 ? 1 : Math.min(Math.max(Number(view.dataset.zoom || 1) + by, 1), 4);
  view.dataset.zoom = now;
  for (const size of [2, 3, 4]) pages.classList.toggle(`zoom-${size}`, size === now);
  const part = [0, 42, 63, 84, 126][now];
  for (const image of view.querySelectorAll("img")) image.sizes = `(min-width: 1200px) ${part}vw, ${now * 100}vw`;
}

function turn(view) {
  const now = (Number(view.dataset.turn || 0) + 90) % 360;
  view.dataset.turn = now;
  const turned = (address) => address.replace(/&turn=\d+/, "").replace(/(width=\d+)/, `$1&turn=${now}`);
  for (const image of view.querySelectorAll("img")) {
    [image.width, image.height] = [image.getAttribute("height"), image.getAttribute("width")];
    image.srcset = image.srcset.split(", ").map(turned).join(", ");
    image.src = turned(image.getAttribute("src"));
  }
}

async function open(href) {
  const answer = await fetch(href, { headers: { Accept: "text/html" } }).catch(() => null);
  const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  const view = page?.querySelector("[data-viewer]");
  if (!view) return location.assign(href); // signed out meanwhile, or gone: the page itself says so
  pane.replaceChildren(document.adoptNode(view));
  pane.dataset.shown = href;
  view.querySelector("[data-pane-close]").hidden = false;
  document.documentElement.classList.add("with-pane");
  localStorage.setItem(remembered, "open");
  start(view);
}

function close() {
  document.documentElement.classList.remove("with-pane");
  localStorage.setItem(remembered, "closed");
}

const beside = () => pane && wide.matches;
const shown = () => (pane ? document.documentElement.classList.contains("with-pane") && wide.matches : viewer());

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-paper]");
  if (link && beside() && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    open(link.href);
  }
  const button = event.target.closest("button");
  const view = button?.closest("[data-viewer]");
  if (!view) return;
  if (button.dataset.step) step(view, Number(button.dataset.step));
  else if (button.dataset.zoom) zoom(view, Number(button.dataset.zoom));
  else if ("turn" in button.dataset) turn(view);
  else if ("paneClose" in button.dataset) close();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const view = viewer();
  if (event.key === "v" && beside()) {
    if (shown()) close();
    else open(pane.dataset.shown || pane.dataset.pane);
  } else if (!view || !shown()) return;
  else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    const forward = event.key === "ArrowRight";
    if (event.shiftKey) view.querySelector(`[data-paper=${forward ? "after" : "before"}]`)?.click();
    else step(view, forward ? 1 : -1);
  } else if (event.key === "+" || event.key === "=") zoom(view, 1);
  else if (event.key === "-") zoom(view, -1);
  else if (event.key === "0") zoom(view, 0);
  else if (event.key === "r") turn(view);
  else if (event.key === "Escape" && pane) close();
  else return;
  event.preventDefault();
});

if (viewer()) start(viewer());
if (beside() && "open" in pane.dataset && localStorage.getItem(remembered) !== "closed") open(pane.dataset.pane);
