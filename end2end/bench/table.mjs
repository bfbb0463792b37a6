// The table that is printed.

/** Rows of `{ what, value, unit, budget, more }`, where `more` means that the budget is the least. */
export function table(rows) {
  const cells = rows.map(({ what, value, unit, budget, more }) => [
    what,
    `${shown(value)} ${unit}`.trim(),
    budget === undefined ? '' : `${more ? 'at least' : 'under'} ${budget} ${unit}`,
    budget === undefined ? '' : (more ? value >= budget : value < budget) ? 'kept' : 'NOT KEPT',
  ]);
  const all = [['what', 'measured', 'budget', ''], ...cells];
  const widths = [0, 1, 2, 3].map((at) => Math.max(...all.map((row) => row[at].length)));
  return all.map((row) => row.map((cell, at) => cell.padEnd(widths[at])).join('  ').trimEnd()).join('\n');
}

function shown(value) {
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}
