// Short fixed tables of three columns and more become cards on a phone, as lists do: each cell gets its header as a
// label, and the roles that CSS takes away when it changes the display are said outright.
function label(table) {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.textContent.trim());
  if (heads.length < 3) return;
  table.setAttribute("role", "table");
  for (const group of table.querySelectorAll("thead, tbody")) group.setAttribute("role", "rowgroup");
  for (const row of table.rows) {
    row.setAttribute("role", "row");
    const body = row.parentElement !== table.tHead;
    [...row.cells].forEach((cell, i) => {
      cell.setAttribute("role", cell.tagName === "TH" ? "columnheader" : "cell");
      if (body && heads[i]) cell.dataset.label = heads[i];
    });
    if (body && row.cells.length) row.cells[0].classList.add("primary");
  }
}

export function startTables(root) {
  if (!root.querySelectorAll) return;
  for (const table of root.querySelectorAll("table.table-plain:not([role])")) label(table);
}
