// Small modules, no framework: everything here makes better what already works without it.
import { startAutosave } from "./autosave.js";
import { startCounters } from "./counter.js";
import { startDialogs } from "./dialog.js";
import { startDrops } from "./dropzone.js";
import { startKeys } from "./keys.js";
import { startLists } from "./lists.js";
import { startMenus } from "./menu.js";
import { startTables } from "./tables.js";
import { startReveal } from "./reveal.js";
import { startToasts } from "./toast.js";

startToasts();
startMenus();
startDialogs();
startKeys();
startLists();
startDrops();
startReveal();
startCounters();
startTables(document);
startAutosave(document);
document.addEventListener("htmx:load", (event) => startAutosave(event.target));

// A form with one file field sends itself when files are chosen, unless one of them was refused (dropzone.js).
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submit-on-change]");
  if (form && !form.querySelector(".is-bad")) form.requestSubmit();
});

// After a refused form the summary of errors is read first.
document.querySelector("[data-focus]")?.focus();

// On a phone the part of a file one is in may lie beyond the edge of the tabs.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Where the page is only a step on the way (a notice that is opened from a mail), its form sends itself.
document.querySelector("form[data-submit-now]")?.requestSubmit();
