// Placing units on a plan by mouse, finger and keyboard. The form's number fields hold the truth: everything here only
// fills them in, and what is typed there is drawn. The server decides; what overlaps is only shown early.
const svg = document.querySelector("[data-plan-edit]");
const PARTS = ["x", "y", "w", "h"];

class Unit {
  constructor(node, editor) {
    this.node = node;
    this.editor = editor;
    this.id = node.dataset.unit;
    this.code = node.dataset.code;
    this.row = document.querySelector(`[data-unit-row="${this.id}"]`);
    this.inputs = PARTS.map((part) => this.row.querySelector(`[data-part="${part}"]`));
    this.read();
  }
  /** From the fields; null where the unit is not on the plan or its figures are none. */
  read() {
    const values = this.inputs.map((input) => (input.value.trim() === "" ? NaN : Number(input.value.replace("%", ""))));
    this.box = values.every(Number.isFinite) ? values.map((value) => Math.round(value * 100)) : null;
  }
  set(box) {
    const { whole, snap, smallest } = this.editor;
    if (box) {
      const near = (value) => Math.round(value / snap) * snap;
      let [x, y, w, h] = box.map(near);
      w = Math.min(Math.max(w, smallest), whole);
      h = Math.min(Math.max(h, smallest), whole);
      x = Math.min(Math.max(x, 0), whole - w);
      y = Math.min(Math.max(y, 0), whole - h);
      box = [x, y, w, h];
    }
    this.box = box;
    this.inputs.forEach((input, index) => { input.value = box ? String(box[index] / 100) : ""; });
    this.draw();
  }
  draw() {
    const { node, box } = this;
    node.toggleAttribute("data-off", !box);
    node.setAttribute("visibility", box ? "visible" : "hidden");
    if (!box) return node.removeAttribute("tabindex");
    node.setAttribute("tabindex", "0");
    const [across, down] = this.editor.scale;
    const [x, y, w, h] = [box[0] * across, box[1] * down, box[2] * across, box[3] * down];
    const rect = node.querySelector("rect");
    for (const [name, value] of Object.entries({ x, y, width: Math.max(0, w), height: Math.max(0, h) })) rect.setAttribute(name, value);
    const text = node.querySelector("text");
    text.setAttribute("x", x + 10);
    text.setAttribute("y", y + 34);
    node.querySelector("[data-grip]").setAttribute("transform", `translate(${x + w} ${y + h})`);
    node.setAttribute("aria-label", `${this.code}：${this.editor.words(box)}`);
  }
  overlaps(other) {
    const [a, b] = [this.box, other.box];
    return a && b && a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3];
  }
}

class Editor {
  constructor(node) {
    this.svg = node;
    this.whole = Number(node.dataset.whole);
    this.snap = Number(node.dataset.snap);
    this.smallest = Number(node.dataset.smallest);
    const [, , width, height] = node.getAttribute("viewBox").split(" ").map(Number);
    this.scale = [width / this.whole, height / this.whole];
    this.ratio = width / height;
    this.said = document.querySelector("[data-plan-said]");
    this.units = [...node.querySelectorAll("[data-unit]")].map((unit) => new Unit(unit, this));
    this.tray = document.querySelector("[data-plan-tray]");
    document.querySelector("[data-plan-help]").hidden = false;
    this.tray.hidden = false;
    this.units.forEach((unit) => this.listen(unit));
    this.check();
  }
  words([x, y, w, h]) {
    const values = { x: x / 100, y: y / 100, w: w / 100, h: h / 100 };
    return this.svg.dataset.at.replace(/%\((\w)\)s/g, (_all, name) => values[name]);
  }
  say(unit) {
    const other = this.units.find((one) => one !== unit && unit.overlaps(one));
    const where = unit.box ? this.words(unit.box) : this.svg.dataset.off;
    const beside = other ? `，${this.svg.dataset.overlap.replace("%(other)s", other.code)}` : "";
    this.said.textContent = `${unit.code}：${where}${beside}`;
  }
  listen(unit) {
    const { node } = unit;
    node.addEventListener("pointerdown", (event) => this.grab(event, unit));
    node.addEventListener("keydown", (event) => this.press(event, unit));
    unit.inputs.forEach((input) => input.addEventListener("input", () => {
      unit.read();
      unit.draw();
      this.check();
    }));
  }
  /** Drag from where the pointer is; the lower right corner changes the size. */
  grab(event, unit) {
    if (event.button !== 0 || !unit.box) return;
    event.preventDefault();
    unit.node.focus({ preventScroll: true });
    unit.node.setPointerCapture(event.pointerId);
    const sizing = Boolean(event.target.closest("[data-grip]"));
    const start = this.point(event);
    const from = [...unit.box];
    const move = (moved) => {
      const now = this.point(moved);
      const [dx, dy] = [now[0] - start[0], now[1] - start[1]];
      const [x, y, w, h] = from;
      unit.set(sizing ? [x, y, Math.min(w + dx, this.whole - x), Math.min(h + dy, this.whole - y)] : [x + dx, y + dy, w, h]);
      this.check();
    };
    const end = () => {
      unit.node.removeEventListener("pointermove", move);
      this.say(unit);
    };
    unit.node.addEventListener("pointermove", move);
    unit.node.addEventListener("pointerup", end, { once: true });
    unit.node.addEventListener("pointercancel", end, { once: true });
  }
  point(event) {
    const matrix = this.svg.getScreenCTM().inverse();
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    return [at.x / this.scale[0], at.y / this.scale[1]];
  }
  press(event, unit) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    if (step && unit.box && !event.altKey && !event.ctrlKey && !event.metaKey) {
      const [dx, dy] = step.map((value) => value * this.snap);
      const [x, y, w, h] = unit.box;
      unit.set(event.shiftKey ? [x, y, Math.min(w + dx, this.whole - x), Math.min(h + dy, this.whole - y)] : [x + dx, y + dy, w, h]);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      unit.set(null);
    } else return;
    event.preventDefault();
    this.check();
    this.say(unit);
    if (!unit.box) this.tray.querySelector(`[data-put="${unit.id}"]`)?.focus();
  }
  /** What overlaps is marked, what is not on the plan is offered below it. */
  check() {
    for (const unit of this.units) {
      const other = this.units.find((one) => one !== unit && unit.overlaps(one));
      unit.node.classList.toggle("is-bad", Boolean(other));
      const why = unit.row.querySelector("[data-why]");
      why.textContent = other ? this.svg.dataset.overlap.replace("%(other)s", other.code) : "";
      why.classList.toggle("tone-danger", Boolean(other));
      unit.row.classList.toggle("is-bad", Boolean(other));
    }
    const off = this.units.filter((unit) => !unit.box);
    const items = this.tray.querySelector("[data-plan-tray-items]");
    if (items.dataset.shown !== off.map((unit) => unit.id).join()) {
      items.dataset.shown = off.map((unit) => unit.id).join();
      items.replaceChildren(...off.map((unit) => this.offer(unit, items.dataset.place)));
    }
    this.tray.querySelector("[data-plan-tray-empty]").hidden = off.length > 0;
  }
  offer(unit, label) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "act act-plain act-small";
    button.dataset.put = unit.id;
    button.textContent = unit.code;
    button.setAttribute("aria-label", label.replace("%(unit)s", unit.code));
    button.addEventListener("click", () => {
      unit.set(this.room(unit));
      this.check();
      this.say(unit);
      unit.node.focus();
    });
    return button;
  }
  /** The first place where the unit overlaps nothing, row by row; as large as its area is beside those placed. */
  room(unit) {
    const others = this.units.filter((one) => one.box && one !== unit);
    const ground = others.reduce((sum, one) => sum + one.box[2] * one.box[3], 0);
    const metres = others.reduce((sum, one) => sum + Number(one.node.dataset.area), 0);
    const area = Number(unit.node.dataset.area);
    const size = others.length ? (ground / metres) * area : 1_500_000;
    const fit = (value) => Math.min(Math.max(Math.round(value / this.snap) * this.snap, 400), 4000);
    const h = fit(Math.sqrt(size * this.ratio) / 1.1);
    const w = fit(size / h);
    for (let y = 200; y + h <= this.whole; y += 200)
      for (let x = 200; x + w <= this.whole; x += 100) {
        unit.box = [x, y, w, h];
        if (!others.some((other) => unit.overlaps(other))) return unit.box;
      }
    return [0, 0, w, h];
  }
}

if (svg) new Editor(svg);
