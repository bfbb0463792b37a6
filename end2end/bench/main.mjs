// `make bench`: measures the budgets and prints them as a table. Measures only; it never fails for a number.
//
// Starts a portal of its own with demo data in a directory of its own, and ends it by its process.
// Usage: node main.mjs [path of the portal's binary] [path of the built site]
// The load comes from wrk (Debian's package wrk), on this same machine.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { approvalToPublished } from './approval.mjs';
import { load } from './load.mjs';
import { BASE, prepare, serve } from './portal.mjs';
import { sizes } from './sizes.mjs';
import { firstLink, signIn } from './visitor.mjs';
import { table } from './table.mjs';

const binary = resolve(process.argv[2] ?? 'target/release/portal');
const site = resolve(process.argv[3] ?? 'target/site');

const directory = await mkdtemp(join(tmpdir(), 'portal-bench-'));
try {
  const rows = await measure();
  console.log(table(rows));
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function measure() {
  const rows = await sizes(site);
  const config = await prepare(binary, site, directory);
  const portal = await serve(binary, config);
  try {
    rows.push({ what: 'start to listening', value: portal.listeningAfter, unit: 'ms', budget: 300 });
    await idle();
    rows.push({ what: 'resident memory, idle after start', value: await portal.residentMegabytes(), unit: 'MB', budget: 80 });
    const partner = await signIn('developer@demo.example');
    const page = await firstLink(partner, '/home', /href="(\/registrations\/[0-9a-f-]{36})"/);
    await load(`${BASE}${page}`, partner.cookies(), 2);
    const loaded = await load(`${BASE}${page}`, partner.cookies(), 10);
    // Throws unless it is the page itself: a redirect to the sign-in page would be fast too.
    await partner.get(page);
    rows.push({ what: 'registration page, signed in', value: loaded.perSecond, unit: 'requests/s', budget: 2000, more: true });
    rows.push({ what: 'registration page, half of them within', value: loaded.p50, unit: 'ms' });
    rows.push({ what: 'registration page, 99 in 100 within', value: loaded.p99, unit: 'ms' });
    rows.push({ what: 'registration page, answers other than 2xx or 3xx', value: loaded.failed, unit: '' });
    rows.push({ what: 'approval to published at the provider', value: await approvalToPublished(directory), unit: 'ms', budget: 2000 });
    await idle();
    rows.push({ what: 'resident memory, idle after the load', value: await portal.residentMegabytes(), unit: 'MB', budget: 80 });
  } finally {
    await portal.stop();
  }
  return rows;
}

/** Lets what was begun come to rest. */
function idle() {
  return new Promise((done) => setTimeout(done, 3000));
}
