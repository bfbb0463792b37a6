// The table that is printed.

/** Whether a row keeps its budget; undefined where it has none. With `more` the budget is the least. */
export function isKept({ value, budget, more }) {
  return budget === undefined ? undefined : more ? value >= budget : value <= budget;
}

/** Rows of `{ what, value, unit, budget, more, note }`, where `more` means that the budget is the least. */
export function table(rows) {
  const cells = rows.map((row) => [
    row.what,
    `${shown(row.value)} ${row.unit}`.trim(),
    row.budget === undefined ? (row.note ?? '') : `${row.more ? 'at least' : 'at most'} ${row.budget} ${row.unit}`,
    row.budget === undefined ? '' : isKept(row) ? 'kept' : 'NOT KEPT',
  ]);
  return columns([['what', 'measured', 'budget', ''], ...cells]);
}

/** Rows of texts, their columns under each other. */
export function columns(rows) {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  return rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at])).join('  ').trimEnd()).join('\n');
}

function shown(value) {
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(value < 1 ? 2 : 1);
}
