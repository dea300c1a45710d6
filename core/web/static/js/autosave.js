// Drafts save themselves: <form data-autosave="/address">. The form is posted as it stands, with X-Autosave: 1.
// Answers: 200/204 saved (JSON {"version": n} updates the form's hidden `version`); 409 changed elsewhere;
// 422 JSON {"errors": {field: "sentence"}}; 401 signed out. Words come from the status element (forms.html).
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
  let dirty = false;

  const show = (state) => {
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
    running = send().finally(() => { running = null; });
  }

  async function send() {
    dirty = false;
    show("saving");
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Autosave": "1", Accept: "application/json" },
        credentials: "same-origin",
        redirect: "manual",
      });
      await handle(answer);
    } catch {
      dirty = true;
      show("failed");
      later(RETRY);
    }
  }

  async function handle(answer) {
    if (answer.ok) {
      const body = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
      if (body.version !== undefined && form.elements.version) form.elements.version.value = body.version;
      mark({});
      document.body.dispatchEvent(new Event("autosaved")); // what depends on the draft may refresh itself
      return show("saved");
    }
    if (answer.type === "opaqueredirect" || answer.status === 401) return show("expired");
    if (answer.status === 409) return show("conflict");
    if (answer.status === 422) {
      const body = await answer.json().catch(() => ({}));
      mark(body.errors ?? {});
      return show("invalid");
    }
    throw new Error(`autosave: ${answer.status}`);
  }

  // sentences of the server next to their fields; fields no longer in error are cleared
  function mark(errors) {
    for (const old of form.querySelectorAll("[data-autosave-error]")) old.remove();
    for (const field of form.querySelectorAll("[data-autosave-bad]")) {
      delete field.dataset.autosaveBad;
      field.removeAttribute("aria-invalid");
      field.closest(".field")?.classList.remove("field-bad");
    }
    for (const [name, sentence] of Object.entries(errors)) {
      const field = form.elements[name]?.[0] ?? form.elements[name];
      if (!field) continue;
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
  }

  form.addEventListener("input", () => { dirty = true; later(WAIT); });
  form.addEventListener("change", (event) => {
    if (event.target.type !== "file") { dirty = true; later(100); }
  });
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    dirty = false;
    if (!running) return;
    // It will raise the version: what is submitted must carry the new one.
    event.preventDefault();
    await running;
    form.requestSubmit(event.submitter);
  });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  window.addEventListener("online", () => { if (dirty) later(100); });
}
