// What anybody, or a fresh account, can send, at its costliest: a row of the table each.

import { generateKeyPairSync } from 'node:crypto';
import { NUMBER, beside, p99 } from './flood.mjs';
import { firstLink, signIn } from './visitor.mjs';

/** How often each flood is measured, and seconds of each time: what counts is the middle one, as machines are shared. */
const ROUNDS = 3;
const SECONDS = 3;

/** How much slower a page may be beside a flood: 99 of 100, as a multiple of the same without one. */
const RATIO = 2;

/** Not a flood of anything costly: what the same number of connections costs a page where sender and portal share the cores. */
const COMPARISON = 'as many readers of a public page, for comparison';

/** Signs that stand for letters: what a guesser of passwords has most to try for. */
const LEET = '4@8({[<369!1|7$5+0%2'.repeat(5);
const LONG = 'a.b-c_d+'.repeat(7000);

/** Reads one page beside each flood in turn; the page without one is measured anew before each. */
export async function floods(portal) {
  const partner = await signIn(portal.base, 'developer@demo.example');
  const registration = await firstLink(partner, '/home', /href="(\/registrations\/[0-9a-f-]{36})"/g);
  const page = { path: registration, headers: { cookie: partner.cookies() } };
  await beside(portal.base, page, null, 2);
  const rows = [];
  const [account, owner] = [await signIn(portal.base, 'viewer@demo.example'), await signIn(portal.base, 'owner@demo.example')];
  for (const [name, message] of Object.entries(messages(account, owner, registration))) {
    const { before, during, sent, statuses } = await measured(portal, page, message);
    const answers = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`).join(', ');
    rows.push({ what: `page beside ${name}: 99 in 100 within`, value: during, unit: 'ms', note: `${sent} sent: ${answers}` });
    const budget = name === COMPARISON ? undefined : RATIO;
    rows.push({ what: `page beside ${name}, times as long as without`, value: during / Math.max(before, 1), unit: '×', budget });
  }
  return rows;
}

/** The page's p99 without a flood and beside it, the middle of all rounds, and what was sent in all of them. */
async function measured(portal, page, message) {
  const [before, during, statuses] = [[], [], {}];
  let sent = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    before.push(p99((await beside(portal.base, page, null, SECONDS)).reads));
    const flood = await beside(portal.base, page, message, SECONDS);
    during.push(p99(flood.reads));
    sent += flood.sent;
    for (const [status, count] of Object.entries(flood.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
  }
  return { before: middle(before), during: middle(during), sent, statuses };
}

function middle(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function messages(account, owner, registration) {
  const form = (path, fields, headers = {}) => {
    const body = new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, value.replaceAll('#', NUMBER)]));
    return { path, body: body.toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: 'cookies=kept', ...headers } };
  };
  const upload = (path, text, headers = {}) => ({
    path,
    body: `--x\r\nContent-Disposition: form-data; name="public_key"\r\n\r\n${text}\r\n--x--\r\n`,
    headers: { 'content-type': 'multipart/form-data; boundary=x', cookie: 'cookies=kept', ...headers },
  });
  const read = (path) => ({ path: path.replaceAll('#', NUMBER), headers: { cookie: account.cookies() } });
  const [signedIn, owned] = [account, owner].map((visitor) => ({ cookie: visitor.cookies() }));
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
  return {
    [COMPARISON]: { path: `/guidance?${NUMBER}`, headers: {} },
    'sign-ups with signs for letters': form('/api/sign-up', { name: '', email: 'flood#@demo.example', password: LEET }),
    'sign-ups with a long address': form('/api/sign-up', { name: 'Flood', email: LONG, password: LEET }),
    'sign-ups that are taken': form('/api/sign-up', { name: 'Flood', email: 'flood#@demo.example', password: 'lantern teapot orchard' }),
    'sign-ins': form('/api/sign-in', { email: 'nobody#@demo.example', password: 'lantern teapot orchard' }),
    'forgotten passwords': form('/api/forgotten-password', { email: 'nobody#@demo.example' }),
    'keys to check': upload('/api/tools/key', key),
    'long texts to check as keys': upload('/api/tools/key', 'QUJD'.repeat(15_000)),
    'redirect URIs to check': form('/api/tools/redirect-uri', Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`redirect_uris[${at}]`, `https://${'bücher.'.repeat(40)}example/#`]))),
    'proofs of possession': form('/api/prove-possession', { registration: registration.split('/').at(-1), assertion: `${'QUJD'.repeat(1000)}.${'QUJD'.repeat(1000)}.QUJD` }, signedIn),
    'sections to save': form('/api/save-redirect-uris', { registration: registration.split('/').at(-1), base: '', ...Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`redirect_uris[${at}]`, `https://www.example.org/${'QUJD'.repeat(900)}#`])) }, owned),
    'searches of the history': read('/history?search=demo#'),
    'the history as a file': read('/history.csv?search=demo'),
  };
}
