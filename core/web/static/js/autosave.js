// Drafts save themselves: <form data-autosave="/address">. The form is posted as it stands, with X-Autosave: 1.
// Answers: 200/204 saved (JSON {"version": n} updates the form's hidden `version`; "errors": {field: "sentence"} what is
// wrong, "unsaved": [field] what of it was not kept); 409 changed elsewhere, or with `errors` like 422: nothing was kept;
// 400/401 signed out. Whatever was not kept is warned of before the page is left. Words come from the status element
// (forms.html).
const WAIT = 900;
const RETRY = 8000;

export function startAutosave(root) {
  if (!root.querySelectorAll) return;
  for (const form of root.querySelectorAll("form[data-autosave]:not([data-autosaving])")) watch(form);
}

function watch(form) {
  form.dataset.autosaving = "";
  const status =
    form.querySelector("[data-autosave-status]") ?? document.querySelector("[data-autosave-status]");
  let timer = null;
  let running = null; // the save under way
  let kept = form.querySelector("[data-focus]") ? null : typed(); // what a refused form shows again is not
  let state = "idle";
  let leaving = false; // with the form itself
  let passing = false; // a form that waited for a save is let go
  const uploads = new Set(); // requests that papers are on their way with

  function typed() {
    return JSON.stringify([...new FormData(form)].filter(([name]) => name !== "version" && name !== "csrf_token"));
  }

  const unsaved = () => typed() !== kept;

  const show = (next) => {
    state = next;
    if (!status) return;
    status.dataset.state = state;
    const clock = new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
    status.querySelector("span").textContent = status.dataset[state] + (state === "saved" ? ` ${clock}` : "");
  };

  const later = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(save, ms);
  };

  function save() {
    if (running) return later(WAIT);
    if (!unsaved()) return;
    running = send().finally(() => { running = null; });
  }

  // everything typed so far is sent, and answered
  async function flush() {
    clearTimeout(timer);
    await running;
    if (!running) save();
    await running;
  }

  async function send() {
    const sent = typed();
    show("saving");
    try {
      let answer = await post();
      if (signedOut(answer) && (await renew())) answer = await post();
      await handle(answer, sent);
    } catch {
      show("failed");
      later(RETRY);
    }
  }

  const post = () =>
    fetch(form.dataset.autosave, {
      method: "POST",
      body: new FormData(form),
      headers: { "X-Autosave": "1", Accept: "application/json" },
      credentials: "same-origin",
      redirect: "manual",
    });

  const signedOut = (answer) => answer.type === "opaqueredirect" || answer.status === 400 || answer.status === 401;

  // Who signed in again in another tab has a new session, and this page the token of the old one.
  async function renew() {
    const page = await fetch(form.dataset.autosavePage ?? location.href, { credentials: "same-origin" });
    if (!page.ok || page.redirected) return false;
    const found = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[name=csrf_token]");
    if (found) for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = found.value;
    return Boolean(found);
  }

  async function handle(answer, sent) {
    if (signedOut(answer)) return show("expired");
    if (!answer.ok && answer.status !== 409 && answer.status !== 422) throw new Error(`autosave: ${answer.status}`);
    const body = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (body.version !== undefined && form.elements.version) form.elements.version.value = body.version;
    const { version: elsewhere, ...errors } = body.errors ?? {};
    const unplaced = mark(errors);
    if (!answer.ok) {
      show(answer.status === 409 && (elsewhere || !body.errors) ? "conflict" : "invalid");
      if (unplaced.length && status) status.querySelector("span").textContent = unplaced.join(" ");
      return;
    }
    document.body.dispatchEvent(new Event("autosaved")); // what depends on the draft may refresh itself
    if (body.unsaved?.length) return show("partial");
    kept = sent;
    show("saved");
  }

  // sentences of the server next to their fields, those of none handed back; fields no longer in error are cleared
  function mark(errors) {
    for (const old of form.querySelectorAll("[data-autosave-error]")) old.remove();
    for (const field of form.querySelectorAll("[data-autosave-bad]")) {
      delete field.dataset.autosaveBad;
      field.removeAttribute("aria-invalid");
      field.closest(".field")?.classList.remove("field-bad");
    }
    const unplaced = [];
    for (const [name, sentence] of Object.entries(errors)) {
      const field = form.elements[name]?.[0] ?? form.elements[name];
      if (!field) { unplaced.push(sentence); continue; }
      field.dataset.autosaveBad = "";
      field.setAttribute("aria-invalid", "true");
      const box = field.closest(".field");
      box?.classList.add("field-bad");
      const line = document.createElement("p");
      line.className = "field-error";
      line.dataset.autosaveError = "";
      line.textContent = sentence;
      box?.append(line);
    }
    return unplaced;
  }

  function uploaded() {
    if (!uploads.size) return undefined;
    return new Promise((done) => { document.addEventListener("uploaded", done, { once: true }); });
  }

  function pass(other, submitter) {
    passing = true;
    other.requestSubmit(submitter);
    passing = false;
  }

  document.addEventListener("htmx:beforeRequest", ({ detail: { elt, xhr } }) => {
    if (elt.matches("form[data-submit-on-change]")) uploads.add(xhr);
  });
  document.addEventListener("htmx:afterRequest", ({ detail: { xhr } }) => { // of a form that may be gone by now
    if (uploads.delete(xhr) && !uploads.size) document.dispatchEvent(new Event("uploaded"));
  });
  form.addEventListener("input", () => { leaving = false; later(WAIT); });
  form.addEventListener("change", (event) => { if (event.target.type !== "file") later(100); });
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (passing || (!running && !unsaved() && !uploads.size)) { leaving = true; return; }
    // A save raises the version: what is submitted must carry the new one. And what could not even be saved stays here.
    // A paper that is on its way belongs to it too.
    event.preventDefault();
    await flush();
    await uploaded();
    if (state !== "failed" && state !== "expired") pass(form, event.submitter);
  });
  // Another form leads away from the page: what was typed is saved first, or the browser asks.
  document.addEventListener("submit", async (event) => {
    const other = event.target;
    if (other === form || passing || other.hasAttribute("hx-post") || !unsaved()) return;
    event.preventDefault();
    event.stopPropagation();
    await flush();
    pass(other, event.submitter);
  }, true);
  window.addEventListener("beforeunload", (event) => { if (unsaved() && !leaving) event.preventDefault(); });
  window.addEventListener("online", () => { if (unsaved()) later(100); });
  window.addEventListener("focus", () => { if (state === "expired") later(100); });
}
