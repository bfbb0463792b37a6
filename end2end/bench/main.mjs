// `make bench`: measures the budgets, prints them as a table and writes them to target/bench.json. Measures only; it never
// fails for a number.
//
// Starts a portal of its own with demo data, and a provider, in a directory of its own, and ends them by their processes.
// Usage: node main.mjs [path of the portal's binary] [path of the built site] [path of the JSON]
// The load comes from wrk (Debian's package wrk), on this same machine.

import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { approvalsToPublished } from './approval.mjs';
import { floods } from './floods.mjs';
import { load } from './load.mjs';
import { startPortal } from './portal.mjs';
import { sizes } from './sizes.mjs';
import { saves } from './saves.mjs';
import { links, signIn } from './visitor.mjs';
import { isKept, table } from './table.mjs';

const binary = resolve(process.argv[2] ?? 'target/release/portal');
const site = resolve(process.argv[3] ?? 'target/site');
const json = resolve(process.argv[4] ?? 'target/bench.json');

/** A file with as many bytes as the page of a published registration has. */
const STATIC = 'pkg/as-large-as-a-page.0000000000000000.txt';

const directory = await mkdtemp(join(tmpdir(), 'portal-bench-'));
try {
  const [before] = loadavg();
  const rows = await measure();
  console.log(table(rows));
  const kept = rows.map((row) => ({ ...row, kept: isKept(row) }));
  await mkdir(dirname(json), { recursive: true });
  await writeFile(json, `${JSON.stringify({ cores: cpus().length, load: before, rows: kept }, null, 2)}\n`);
  // What else runs here takes from what is measured.
  console.log(`\nMeasured on ${cpus().length} cores; when it began, the load average of the last minute was ${before.toFixed(2)}.`);
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function measure() {
  const rows = await sizes(site);
  const portal = await startPortal(binary, await siteWithStatic(), directory);
  const memory = async (when) => {
    await idle();
    rows.push({ what: `resident memory, idle after ${when}`, value: await portal.residentMegabytes(), unit: 'MB', budget: 80 });
  };
  try {
    rows.push({ what: 'start to listening', value: portal.listeningAfter, unit: 'ms', budget: 300 });
    await memory('start');
    rows.push(...(await loadPages(portal)));
    rows.push(await besideStatic(portal));
    const approvals = (await approvalsToPublished(portal)).sort((a, b) => a - b);
    const middle = approvals[Math.floor(approvals.length / 2)];
    rows.push({ what: `approval to published, median of ${approvals.length}`, value: middle, unit: 'ms', budget: 2000 });
    rows.push({ what: 'approval to published, the slowest', value: approvals.at(-1), unit: 'ms', budget: 2000 });
    rows.push(...(await besideSaves(portal)));
    await memory('the load');
    rows.push(...(await floods(portal)));
  } finally {
    await portal.stop();
  }
  return rows;
}

/** Load on the page of a published registration, with all that it says of how to connect, and on that of a draft. */
async function loadPages(portal) {
  const partner = await signIn(portal.base, 'developer@demo.example');
  const rows = [];
  for (const [name, isIt, budget] of [['published', isPublished, 2000], ['draft', (page) => !page.includes('How to connect')]]) {
    const address = await firstPage(partner, isIt);
    await load(`${portal.base}${address}`, partner.cookies(), 2);
    const { perSecond, p50, p99, failed, lost } = await load(`${portal.base}${address}`, partner.cookies(), 10);
    const what = `registration page, ${name}`;
    rows.push({ what: `${what}, signed in`, value: perSecond, unit: 'requests/s', budget, more: true });
    rows.push({ what: `${what}, half of them within`, value: p50, unit: 'ms' });
    rows.push({ what: `${what}, 99 in 100 within`, value: p99, unit: 'ms' });
    rows.push({ what: `${what}, answers other than 200`, value: failed, unit: '' });
    rows.push({ what: `${what}, connections lost`, value: lost, unit: '' });
  }
  return rows;
}

/** A copy of the built site with that file in it. */
async function siteWithStatic() {
  const copy = join(directory, 'site');
  await cp(site, copy, { recursive: true });
  await writeFile(join(copy, STATIC), 'As large as a page. '.repeat(980));
  return copy;
}

/** The page of a published registration, signed in, beside as many bytes that are served as they are: in turns, as the machine's speed changes. */
async function besideStatic(portal) {
  const partner = await signIn(portal.base, 'developer@demo.example');
  const page = `${portal.base}${await firstPage(partner, isPublished)}`;
  const sums = { page: 0, file: 0 };
  for (let round = 0; round < 6; round += 1) {
    sums.page += (await load(page, partner.cookies(), 2)).perSecond;
    const file = await load(`${portal.base}/${STATIC}`, partner.cookies(), 2);
    if (file.failed > 0) throw new Error('The file is not served.');
    sums.file += file.perSecond;
  }
  const what = 'registration page, published, signed in, beside as many bytes static';
  return { what, value: sums.page / sums.file, unit: '', budget: 0.35, more: true };
}

/** Many partners save at once; meanwhile somebody reads the page of a published registration, and signs in. */
async function besideSaves(portal) {
  const partner = await signIn(portal.base, 'developer@demo.example');
  return saves(portal, partner, await firstPage(partner, isPublished));
}

/** The page says how to connect, with the endpoints that the provider's discovery told. */
function isPublished(page) {
  return page.includes('How to connect') && page.includes('/.well-known/jwks.json');
}

async function firstPage(partner, isIt) {
  for (const address of await links(partner, '/home', /href="(\/registrations\/[0-9a-f-]{36})"/g)) {
    if (isIt(await partner.get(address))) return address;
  }
  throw new Error('None of the registrations on /home is what should be measured.');
}

/** Lets what was begun come to rest. */
function idle() {
  return new Promise((done) => setTimeout(done, 3000));
}
