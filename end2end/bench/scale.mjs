// `make bench-scale`: what everything costs beside little and beside much, on both databases. Prints a table and writes
// target/bench-scale.json. Measures only; it never fails for a number.
//
// The data is made by the domain's own events, beside the demo data (`store`'s made_up), and kept below target/bench-scale
// for the next run; where the making was interrupted, it goes on.
// Usage: MADE_UP=COMMAND node scale.mjs BINARY SITE [JSON], COMMAND being what runs a test of `store` by its name.
// SCALE="1000 100000" gives other numbers of registrations, DATABASES="sqlite" fewer databases.

import { execFile } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { DatabaseSync } from '@photostructure/sqlite';
import pg from 'pg';
import { startPostgres } from '../support/postgres.mjs';
import { startPortal } from './portal.mjs';
import { personas } from './personas.mjs';
import { columns } from './table.mjs';

const run = promisify(execFile);
const binary = resolve(process.argv[2] ?? 'target/release/portal');
const site = resolve(process.argv[3] ?? 'target/site');
const madeUp = process.env.MADE_UP.split(' ');
const json = resolve(process.argv[4] ?? 'target/bench-scale.json');
const [small, big] = (process.env.SCALE ?? '1000 100000').split(' ').map(Number);
const databases = (process.env.DATABASES ?? 'sqlite postgres').split(' ');

/** How much slower something may be beside much; and milliseconds that nothing takes beside much. */
const RATIO = 1.5;
const MOST = 50;

const LIMITS = 'searches_a_minute = 1000000\ndownloads_an_hour = 1000000';

const ENTRIES = 'SELECT next_index AS entries FROM history_head';

const rows = [];
const states = [];
const [load] = loadavg();
for (const database of databases) rows.push(...(await compared(database)));
console.log(compare(rows));
await mkdir(dirname(json), { recursive: true });
await writeFile(json, `${JSON.stringify({ cores: cpus().length, load, registrations: { small, big }, states, rows }, null, 2)}\n`);
console.log(`\nMeasured on ${cpus().length} cores; when it began, the load average of the last minute was ${load.toFixed(2)}.`);

/** Every row beside little and beside much. */
async function compared(database) {
  const [little, much] = [await measured(database, small), await measured(database, big)];
  return [...much.keys()].map((what) => {
    const [small_ms, big_ms] = [little.get(what), much.get(what)];
    const ratio = big_ms / small_ms;
    return { what, database, small_ms, big_ms, ratio, kept: ratio <= RATIO && big_ms <= MOST };
  });
}

/** Milliseconds by what is measured, beside so many registrations. */
async function measured(database, registrations) {
  const directory = resolve('target/bench-scale', `${database}-${registrations}`);
  await mkdir(directory, { recursive: true });
  const server = database === 'postgres' ? await startPostgres({ lasting: join(directory, 'cluster') }) : undefined;
  const said = (text) => console.error(`${database}, ${registrations} registrations: ${text}`);
  try {
    const options = { database: await server?.createDatabase('portal'), limits: LIMITS };
    const portal = await startPortal(binary, site, directory, { ...options, filled: (url) => fill(directory, url, registrations, said) });
    try {
      const times = await personas(portal);
      times.set('claim of a publication', await claims(directory, portal.database));
      const state = { listening_ms: portal.listeningAfter, resident_mb: await portal.residentMegabytes(), ...(await size(portal.database)) };
      said(Object.entries(state).map(([name, value]) => `${name} ${value.toFixed(0)}`).join(', '));
      states.push({ database, registrations, ...state });
      return times;
    } finally {
      await portal.stop();
    }
  } finally {
    await server?.stop();
  }
}

/** How large the database is, and how many bytes of that there are for an entry of the history. */
async function size(url) {
  const [bytes, entries] = url.startsWith('postgres') ? await sizeOfPostgres(url) : await sizeOfFile(/^sqlite:\/\/(.*?)(\?|$)/.exec(url)[1]);
  return { size_mb: bytes / 1e6, bytes_an_entry: bytes / entries };
}

async function sizeOfFile(path) {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return [(await stat(path)).size, database.prepare(ENTRIES).get().entries];
  } finally {
    database.close();
  }
}

async function sizeOfPostgres(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const [{ bytes }] = (await client.query('SELECT pg_database_size(current_database()) AS bytes')).rows;
    const [{ entries }] = (await client.query(ENTRIES)).rows;
    return [Number(bytes), Number(entries)];
  } finally {
    await client.end();
  }
}

/** Milliseconds of a claim of a publication, at the middle. */
async function claims(directory, url) {
  const CLAIMED = join(directory, 'claimed');
  const [command, ...args] = madeUp;
  await run(command, [...args, 'made_up::claims'], { env: { ...process.env, MADE_UP_URL: url, CLAIMS: '21', CLAIMED } });
  const times = (await readFile(CLAIMED, 'utf8')).trim().split('\n').map(Number).sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)];
}

/** Puts the registrations into the database, where they are not in it already. */
async function fill(directory, url, registrations, said) {
  const mark = join(directory, 'filled');
  if (await stat(mark).catch(() => undefined)) return;
  const began = performance.now();
  const [command, ...args] = madeUp;
  const environment = { ...process.env, MADE_UP_URL: url, MADE_UP: String(registrations) };
  await run(command, [...args, 'made_up::fill'], { env: environment, maxBuffer: 1 << 26 });
  await writeFile(mark, '');
  said(`filled in ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

function compare(rows) {
  const ms = (value) => value.toFixed(1);
  const cells = rows.map((row) => [row.database, row.what, ms(row.small_ms), ms(row.big_ms), row.ratio.toFixed(2), row.kept ? 'kept' : 'NOT KEPT']);
  return columns([['database', 'what', `ms beside ${small}`, `ms beside ${big}`, 'ratio', ''], ...cells]);
}
