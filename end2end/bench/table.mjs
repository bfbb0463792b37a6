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
  const all = [['what', 'measured', 'budget', ''], ...cells];
  const widths = [0, 1, 2, 3].map((at) => Math.max(...all.map((row) => row[at].length)));
  return all.map((row) => row.map((cell, at) => cell.padEnd(widths[at])).join('  ').trimEnd()).join('\n');
}

function shown(value) {
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}
