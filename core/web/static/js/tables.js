// Short fixed tables of three columns and more become cards on a phone, as lists do: each cell gets its header as a
// label, and the roles that CSS takes away when it changes the display are said outright.
function label(table) {
  const heads = [...table.querySelectorAll("thead th")].map((th) => th.textContent.trim());
  if (heads.length < 3) return;
  table.setAttribute("role", "table");
  for (const group of table.querySelectorAll("thead, tbody")) group.setAttribute("role", "rowgroup");
  for (const row of table.rows) {
    row.setAttribute("role", "row");
    [...row.cells].forEach((cell, i) => {
      cell.setAttribute("role", cell.tagName === "TH" ? "columnheader" : "cell");
      if (cell.tagName === "TD") cell.dataset.label = heads[i] ?? "";
    });
    if (row.cells[0]?.tagName === "TD") row.cells[0].classList.add("primary");
  }
}

export function startTables(root) {
  if (!root.querySelectorAll) return;
  for (const table of root.querySelectorAll("table.table-plain:not([role])")) label(table);
}
