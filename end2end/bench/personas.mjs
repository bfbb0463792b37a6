// What each person does, and how many milliseconds it takes: pages, lists, searches, files and commands.

import { generateKeyPairSync } from 'node:crypto';
import { PASSWORD, firstLink, links, signIn, visitor } from './visitor.mjs';

/** How often each is done; the middle counts. */
const TIMES = 15;

/** How often the round of an amendment is done. */
const ROUNDS = 7;

/** Words that many have, and that nobody has. */
const [HIT, RARE, MISS] = ['surgery', 'ashby', 'zzzqqq'];

/** At each of these portals the milliseconds by what was done, at the middle of [`TIMES`]; each is done at all of them in turns. */
export async function personas(portals) {
  const sides = [];
  for (const portal of portals) sides.push({ portal, taken: new Map(), ...(await visitors(portal)) });
  for (const [who, names] of Object.entries(inCommon(sides))) {
    for (const name of names) {
      await inTurns(sides, TIMES, `${who}: ${name}`, ({ people, pages }) => people[who].get(pages[who][name]));
    }
  }
  await commands(sides);
  return sides.map(({ taken }) => taken);
}

async function visitors(portal) {
  const signedIn = (name) => signIn(portal.base, `${name}@demo.example`);
  const people = { admin: await signedIn('admin1'), auditor: await signedIn('auditor'), partner: await signedIn('developer') };
  return { people, pages: await addresses(people.admin, people.partner) };
}

/** The pages that every portal has, by who reads them: beside few there is no next page. */
function inCommon(sides) {
  const [{ pages }] = sides;
  const named = (who) => Object.keys(pages[who]).filter((name) => sides.every((side) => name in side.pages[who]));
  return Object.fromEntries(Object.keys(pages).map((who) => [who, named(who)]));
}

async function inTurns(sides, times, what, work) {
  const taken = sides.map(() => []);
  for (const side of sides) await work(side);
  for (let time = 0; time < times; time += 1) {
    for (const [at, side] of sides.entries()) taken[at].push(await timed(() => work(side)));
  }
  for (const [at, side] of sides.entries()) side.taken.set(what, middle(taken[at]));
}

async function addresses(admin, partner) {
  const review = await firstLink(admin, '/admin/queue', /href="(\/admin\/reviews\/[0-9a-f-]{36})"/g);
  const client = await firstLink(admin, '/admin/clients', /href="(\/admin\/reviews\/[0-9a-f-]{36})"/g);
  const organisation = await firstLink(admin, '/admin/organisations', /href="(\/admin\/organisations\/[0-9a-f-]{36})"/g);
  const person = await firstLink(admin, '/admin/people', /href="(\/admin\/people\/[0-9a-f-]{36})"/g);
  const own = await firstLink(partner, '/home', /href="(\/registrations\/[0-9a-f-]{36})"/g);
  const ownOrganisation = await firstLink(partner, '/home', /href="(\/organisations\/[0-9a-f-]{36})"/g);
  const lists = {
    queue: ['environment=live', 'restricted=only', 'order=newest'],
    clients: ['environment=live', 'state=published', 'state=pending', 'state=failed'],
    publications: ['environment=live', 'state=failing', 'state=pending', 'state=confirmed'],
    organisations: ['state=unconfirmed', 'state=without-owner', 'state=owners-away', 'state=joining'],
    people: [],
  };
  const admins = { home: '/home' };
  for (const [list, filters] of Object.entries(lists)) {
    admins[list] = `/admin/${list}`;
    const next = await link(admin, `/admin/${list}`, /href="([^"]*[?&](?:amp;)?after=[^"]*)"/);
    if (next) admins[`${list}, the next page`] = next;
    for (const filter of filters) admins[`${list}, ${filter}`] = `/admin/${list}?${filter}`;
    for (const word of [HIT, RARE, MISS]) admins[`${list}, search ${word}`] = `/admin/${list}?search=${word}`;
    if (list !== 'organisations') admins[`${list} as a file`] = `/admin/${list}.csv?search=${MISS}`;
  }
  const history = {};
  for (const filter of ['', `search=${HIT}`, `search=${RARE}`, `search=${MISS}`, 'search=surgery ashby', 'action=approved', 'kind=registration']) {
    history[`history, ${filter || 'all'}`] = `/history${filter ? '?' : ''}${filter.replace(' ', '+')}`;
  }
  const entry = await firstLink(admin, '/history', /href="(\/history\/\d+)"/g);
  return {
    admin: { ...admins, review, 'review of a client': client, organisation, person, ...history, 'an entry': entry, 'an early entry': '/history/7' },
    auditor: { home: '/home', ...history, 'history as a file, nothing found': `/history.csv?search=${MISS}` },
    partner: {
      home: '/home',
      registration: own,
      'registration, client name': `${own}/client-name`,
      'registration, key': `${own}/public-key`,
      'registration, check': `${own}/check`,
      'registration, history': `${own}/history`,
      organisation: ownOrganisation,
      team: `${ownOrganisation}/team`,
      'organisations to join, hit': `/organisations/join?search=${HIT}`,
      'organisations to join, miss': `/organisations/join?search=${MISS}`,
      account: '/account',
      history: '/history',
      'history, search': `/history?search=${RARE}`,
    },
  };
}

async function link(visitor, path, pattern) {
  return pattern.exec(await visitor.get(path))?.[1].replaceAll('&amp;', '&');
}

/** Sign-in, and the round of an amendment: a name and a new key saved, submitted, approved. */
async function commands(sides) {
  const rounds = [];
  for (const side of sides) rounds.push(await amendments(side));
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const amend of rounds) await amend();
  }
  for (const [at, side] of sides.entries()) {
    for (const [name, times] of Object.entries(rounds[at].taken)) side.taken.set(name, middle(times));
  }
}

/** A function that goes through one round, and what each step took so far. */
async function amendments({ portal, people: { admin, partner } }) {
  const taken = { 'sign-in': [], save: [], 'save a key': [], submit: [], approve: [] };
  const address = /href="(\/admin\/reviews\/[0-9a-f-]{36})"/g;
  const [waiting] = await links(admin, '/admin/queue?search=test+results&environment=sandpit', address);
  if (waiting) await admin.submit(`${waiting}/approve`, '/api/approve', { proof: PASSWORD });
  const review = await firstLink(admin, '/admin/clients?search=test+results&environment=sandpit', address);
  const registration = review.replace('/admin/reviews/', '/registrations/');
  const step = async (name, person, page, action, fields, form = (body) => body) => {
    const shown = await person.filled(page, action, fields);
    const body = form(shown.body);
    taken[name].push(await timed(() => person.post(shown.action, body)));
  };
  const round = async () => {
    await step('sign-in', visitor(portal.base), '/sign-in', '/api/sign-in', { email: 'developer@demo.example', password: PASSWORD });
    // The portal has to have noted what the provider confirmed, or the amendment may meet it.
    await new Promise((done) => setTimeout(done, 1000));
    const name = `Amended at ${Date.now()}`;
    await step('save', partner, `${registration}/client-name`, '/api/save-client-name', { client_name: name });
    await step('save a key', partner, `${registration}/public-key`, '/api/save-public-key', { public_key: newKey() }, inParts);
    // A partner reads what they are about to submit; meanwhile the key is compared with all others.
    await new Promise((done) => setTimeout(done, 3000));
    await step('submit', partner, `${registration}/check`, '/api/submit', {});
    await step('approve', admin, `${review}/approve`, '/api/approve', { proof: PASSWORD });
  };
  return Object.assign(round, { taken });
}

function newKey() {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
}

/** As a form with a file is sent. */
function inParts(fields) {
  const body = new FormData();
  for (const [name, value] of fields) body.set(name, value);
  return body;
}

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function middle(times) {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];
}
