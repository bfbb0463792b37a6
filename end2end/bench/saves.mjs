// Commands that last: how many saves a second the portal makes, beside the bare database that commits the same rows one by
// one, and how long a page and a sign-in take meanwhile.

import { DatabaseSync } from '@photostructure/sqlite';
import { partnerWithDraft } from './team.mjs';
import { PASSWORD, visitor } from './visitor.mjs';

/** Partners who save at the same time, each from an address of their own: the forms of one account take turns. */
const CLIENTS = 32;
const ROUNDS = 3;
const SECONDS = 3;

/** The rows for the table of the budgets; `page` is the path of a page and `reader` who reads it meanwhile. */
export async function saves(portal, reader, page) {
  const partners = [];
  for (let number = 1; number <= CLIENTS; number += 1) partners.push(await withTwoNames(portal, number));
  let [portalSaves, portalTime, bareSaves, bareTime] = [0, 0, 0, 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    const copy = `${portal.file}.copy-${round}`;
    copyOf(portal.file, copy);
    const before = entries(copy);
    const [count, seconds] = await saveFor(partners, SECONDS);
    portalSaves += count;
    portalTime += seconds;
    const [rows, taken] = replay(written(portal.file, before), copy);
    bareSaves += rows;
    bareTime += taken;
  }
  const [perSecond, bare] = [portalSaves / portalTime, bareSaves / bareTime];
  const alone = { page: await readFor(reader, page, SECONDS), signIn: await signInFor(portal, SECONDS) };
  const until = performance.now() + 2 * SECONDS * 1000;
  const saving = saveUntil(partners, until);
  const beside = { page: await readFor(reader, page, SECONDS), signIn: await signInFor(portal, SECONDS) };
  await saving;
  const what = `saves by ${CLIENTS} clients`;
  return [
    { what, value: perSecond, unit: 'commits/s' },
    { what: `${what}, beside the bare database with the same rows`, value: perSecond / bare, unit: '', budget: 0.5, more: true },
    { what: 'registration page, half of them within, by itself', value: alone.page, unit: 'ms' },
    { what: 'registration page, half of them within, while they save', value: beside.page, unit: 'ms' },
    { what: 'sign-in, half of them within, by itself', value: alone.signIn, unit: 'ms' },
    { what: 'sign-in, half of them within, while they save', value: beside.signIn, unit: 'ms' },
  ];
}

/** Where they are saved. */
const SAVE = '/api/save-client-name';

/** A partner with a draft, and the forms that give its client one of two names, each from the other. */
async function withTwoNames(portal, number) {
  const { visitor: partner, registration } = await partnerWithDraft(portal, number);
  const page = `${registration}/client-name`;
  const form = async (name) => (await partner.filled(page, SAVE, { client_name: name })).body;
  const [first, second] = [`Records of practice ${number}`, `Results of practice ${number}`];
  await partner.post(SAVE, await form(first));
  const toSecond = await form(second);
  await partner.post(SAVE, toSecond);
  const toFirst = await form(first);
  return { partner, number, forms: [toFirst, toSecond], saved: 0 };
}

async function saveUntil(partners, until) {
  const each = async (one) => {
    let count = 0;
    for (; performance.now() < until; count += 1, one.saved += 1) {
      // Each is a request of its own, as each form is that a page shows.
      await one.partner.post(`${SAVE}?request=${one.number}-${one.saved}`, one.forms[one.saved % 2]);
    }
    return count;
  };
  return (await Promise.all(partners.map(each))).reduce((sum, count) => sum + count, 0);
}

/** How many were saved, and in how many seconds. */
async function saveFor(partners, seconds) {
  const began = performance.now();
  const count = await saveUntil(partners, began + seconds * 1000);
  return [count, (performance.now() - began) / 1000];
}

/** A copy of a database as it stands. */
function copyOf(file, copy) {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    database.prepare('VACUUM INTO ?').run(copy);
  } finally {
    database.close();
  }
}

function entries(file) {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare('SELECT next_index FROM history_head').get().next_index;
  } finally {
    database.close();
  }
}

/** What the saves since an entry wrote: for each its entry, texts, words, and the rows that it replaced. */
function written(file, since) {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const of = (select) => database.prepare(select);
    const texts = of('SELECT * FROM history_texts WHERE entry_index = ?');
    const words = of('SELECT * FROM history_words WHERE entry_index = ?');
    const registration = of('SELECT * FROM registrations WHERE id = ?');
    const usage = of('SELECT * FROM history_usage WHERE account_id = ?');
    const saved = of(`SELECT * FROM history WHERE entry_index >= ? AND event_type = 'saved' ORDER BY entry_index`).all(since);
    return saved.map((entry) => ({
      entry,
      added: [
        ...texts.all(entry.entry_index).map((row) => ['history_texts', row]),
        ...words.all(entry.entry_index).map((row) => ['history_words', row]),
      ],
      replaced: [['registrations', 'id', registration.get(entry.subject_id)], ['history_usage', 'account_id', usage.get(entry.actor)]],
    }));
  } finally {
    database.close();
  }
}

/** Writes the same rows again, a transaction for each save; how many, and in how many seconds. */
function replay(saved, copy) {
  const database = new DatabaseSync(copy);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  const prepared = new Map();
  const run = (sql, values) => {
    if (!prepared.has(sql)) prepared.set(sql, database.prepare(sql));
    prepared.get(sql).run(...values);
  };
  const insert = (table, row) =>
    run(`INSERT INTO ${table} (${Object.keys(row)}) VALUES (${Object.keys(row).fill('?')})`, Object.values(row));
  const update = (table, key, row) =>
    run(`UPDATE ${table} SET ${Object.keys(row).map((name) => `${name} = ?`)} WHERE ${key} = ?`, [...Object.values(row), row[key]]);
  try {
    const began = performance.now();
    for (const { entry, added, replaced } of saved) {
      database.exec('BEGIN IMMEDIATE');
      for (const [table, key, row] of replaced) update(table, key, row);
      run('UPDATE history_head SET next_index = next_index + 1', []);
      run('UPDATE history_words_head SET next_index = next_index + 1', []);
      insert('history', entry);
      for (const [table, row] of added) insert(table, row);
      database.exec('COMMIT');
    }
    return [saved.length, (performance.now() - began) / 1000];
  } finally {
    database.close();
  }
}

async function readFor(reader, page, seconds) {
  return middleFor(seconds, () => reader.get(page));
}

/** Sign-ins of somebody else, each from another address. */
async function signInFor(portal, seconds) {
  let number = 0;
  return middleFor(seconds, async () => {
    number += 1;
    const person = visitor(portal.base, `198.51.100.${number}`);
    await person.submit('/sign-in', '/api/sign-in', { email: 'developer@demo.example', password: PASSWORD });
  });
}

async function middleFor(seconds, work) {
  const taken = [];
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    const began = performance.now();
    await work();
    taken.push(performance.now() - began);
  }
  return taken.sort((a, b) => a - b)[Math.floor(taken.length / 2)];
}
