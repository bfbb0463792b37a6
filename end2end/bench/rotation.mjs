// Keys under load: a relying party that signs in all the time while its key is added, switched and retired; and how long it
// takes from the button “This key leaked” until the provider refuses what the key signs.
//
//   node bench/rotation.mjs PORTAL SITE [RESULT]     ROTATIONS=20 LEAKS=200 RATE=20

import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import * as OTPAuth from 'otpauth';
import { keyPair, publicOf, thumbprint } from '../relying-party/keys.mjs';
import { signIn as signInAt } from '../relying-party/headless.mjs';
import { startPortal } from './portal.mjs';
import { partnerWithDraft } from './team.mjs';
import { PASSWORD, firstLink, signIn } from './visitor.mjs';

const [, , binary, site, result] = process.argv;
const ROTATIONS = Number(process.env.ROTATIONS ?? 20);
const LEAKS = Number(process.env.LEAKS ?? 200);
const RATE = Number(process.env.RATE ?? 20);
/** An account may submit so often before it has to wait. */
const SUBMISSIONS = 28;
const LONGEST_WAIT = 60_000;
const REDIRECT_URI = 'https://localhost:3443/callback';

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

function pair() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  return { privatePem, publicPem: publicOf(privatePem) };
}

const sign = (privatePem, claims) =>
  new SignJWT({ iat: seconds(), exp: seconds() + 300, ...claims })
    .setProtectedHeader({ alg: 'RS512', typ: 'JWT' })
    .sign(createPrivateKey(privatePem));
const seconds = () => Math.floor(Date.now() / 1000);

/** The registration of a client, as its team changes its keys through the forms. */
class Team {
  constructor(visitor, registration, base) {
    Object.assign(this, { visitor, registration, base });
  }

  async add(key) {
    const fields = { public_key: key.publicPem, key_place: 'beside' };
    const { action, body } = await this.visitor.filled(`${this.registration}/public-key`, '/api/save-public-key', fields);
    const form = new FormData();
    for (const [name, value] of body) form.append(name, value);
    await this.visitor.post(action, form);
  }

  async endorse(key, by) {
    const page = `${this.registration}/endorsement`;
    await this.visitor.submit(page, '/api/ask-nonce', {});
    const nonce = /<dt[^>]*>jti<\/dt>.*?<code[^>]*>([^<]+)<\/code>/s.exec(await this.visitor.get(page))[1];
    const id = this.registration.split('/').pop();
    const claims = { iss: id, sub: id, aud: this.base, jti: nonce };
    const cnf = { jkt: await thumbprint(key.publicPem) };
    await this.visitor.submit(page, '/api/endorse-key', {
      assertion: await sign(key.privatePem, claims),
      endorsement: await sign(by.privatePem, { ...claims, cnf }),
    });
  }

  async remove(key) {
    const digest = await thumbprint(key.publicPem);
    const page = await this.visitor.get(`${this.registration}/public-key`);
    const form = page.split('<form').find((part) => part.includes('/api/remove-key') && part.includes(digest));
    const value = (name) => new RegExp(`name="${name}"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*name="${name}"`).exec(form);
    const action = /action="([^"]+)"/.exec(form)[1].replaceAll('&amp;', '&');
    const body = new URLSearchParams(['registration', 'base', 'key'].map((name) => [name, value(name)[1] ?? value(name)[2]]));
    await this.visitor.post(action, body);
  }

  async submit() {
    await this.visitor.submit(`${this.registration}/check`, '/api/submit', {});
  }

  /** Waits until the page of the key says that this is to be done next. */
  async until(title) {
    const began = performance.now();
    const current = /<li[^>]*aria-current="step"[^>]*>(.*?)<\/strong>/s;
    while (!current.exec(await this.visitor.get(`${this.registration}/public-key`))?.[1].includes(title)) {
      if (performance.now() - began > LONGEST_WAIT) throw new Error(`It never came to “${title}”.`);
      await pause(50);
    }
  }

  async clientId() {
    const page = await this.visitor.get(this.registration);
    return /client_id<\/dt>.*?<code[^>]*>([^<]+)<\/code>/s.exec(page)[1];
  }
}

/** Signs in so often a second, whatever comes of it, with the key that `current()` says. */
function signingIn(portal, clientId, current) {
  const tally = { begun: 0, done: 0, refused: [], open: new Set(), slowest: 0 };
  let stopped = false;
  const one = async (key) => {
    const began = performance.now();
    try {
      await signInAt({ issuer: portal.issuers.sandpit, clientId, privatePem: key.privatePem, redirectUri: REDIRECT_URI });
      tally.done += 1;
    } catch (refused) {
      tally.refused.push(String(refused));
    }
    tally.slowest = Math.max(tally.slowest, performance.now() - began);
  };
  const running = (async () => {
    const began = performance.now();
    while (!stopped) {
      const sent = one(current());
      tally.begun += 1;
      tally.open.add(sent);
      sent.finally(() => tally.open.delete(sent));
      await pause(Math.max(0, began + (tally.begun * 1000) / RATE - performance.now()));
    }
    tally.seconds = (performance.now() - began) / 1000;
    await Promise.all(tally.open);
  })();
  return {
    tally,
    /** Whatever was begun with another key than the current one is over. */
    drained: () => Promise.all(tally.open),
    stop: () => ((stopped = true), running),
  };
}

async function rotations(portal, directory) {
  const developer = await signIn(portal.base, 'developer@demo.example');
  const owner = await signIn(portal.base, 'owner@demo.example');
  const service = await firstLink(developer, '/home', /href="(\/services\/[0-9a-f-]{36})"[^>]*>\s*Appointments\s*</g);
  const registration = await firstLink(developer, service, /href="(\/registrations\/[0-9a-f-]{36})"/g);
  const [adding, removing] = [developer, owner].map((visitor) => new Team(visitor, registration, portal.base));
  let current = keyPair(join(directory, 'relying-party'));
  const next = Array.from({ length: ROTATIONS }, pair);
  const load = signingIn(portal, await adding.clientId(), () => current);
  for (const key of next) {
    const old = current;
    await adding.add(key);
    await adding.endorse(key, old);
    await adding.submit();
    await adding.until('Switch your service');
    current = key;
    await load.drained();
    await removing.remove(old);
    await removing.submit();
    await removing.until('Add the new key');
  }
  await load.stop();
  return load.tally;
}

/** A published client of a team of its own, whose owner has a second factor. */
async function client(portal, number) {
  const { visitor, registration } = await partnerWithDraft(portal, number);
  const toConfirm = await visitor.submit('/account/second-factor', '/api/begin-second-factor', { password: PASSWORD });
  const secret = OTPAuth.Secret.fromBase32(/secret=([A-Z2-7]+)/.exec(await visitor.get(toConfirm))[1]);
  const toCodes = await visitor.submit(toConfirm, '/api/confirm-second-factor', { code: new OTPAuth.TOTP({ secret }).generate() });
  await visitor.submit(toCodes, '/api/recovery-codes-saved', {});
  const team = new Team(visitor, registration, portal.base);
  const keys = [pair(), pair()];
  await visitor.submit(`${registration}/client-name`, '/api/save-client-name', { client_name: `Bench ${number}` });
  const first = await visitor.filled(`${registration}/public-key`, '/api/save-public-key', { public_key: keys[0].publicPem });
  const form = new FormData();
  for (const [name, value] of first.body) form.append(name, value);
  await visitor.post(first.action, form);
  await team.add(keys[1]);
  const uri = `https://bench${number}.example.com/callback`;
  await visitor.submit(`${registration}/redirect-uris`, '/api/save-redirect-uris', { 'redirect_uris[0]': uri });
  await visitor.submit(`${registration}/vectors`, '/api/save-vectors', { 'nhs_vtr[]': 'P9.Cp.Cd' });
  await team.submit();
  await team.until('Switch your service');
  return { team, keys, clientId: await team.clientId() };
}

/** Whether the provider takes what the key signs for the client's own: a code that never was is another matter. */
async function isTaken(portal, clientId, key) {
  const token = portal.tokenEndpoints.sandpit;
  const claims = { iss: clientId, sub: clientId, aud: token, jti: randomUUID() };
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: 'none',
    redirect_uri: 'https://none.example/',
    client_id: clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await sign(key.privatePem, claims),
  });
  const { error } = await (await fetch(token, { method: 'POST', body })).json();
  if (!['invalid_grant', 'invalid_client'].includes(error)) throw new Error(`The provider answered ${error}.`);
  return error === 'invalid_grant';
}

async function leaks(portal) {
  const taken = [];
  for (let number = 1; taken.length < LEAKS; number += 1) {
    const { team, keys, clientId } = await client(portal, number);
    for (let count = 0; count < SUBMISSIONS && taken.length < LEAKS; count += 1) {
      const [leaked, other] = keys;
      if (!(await isTaken(portal, clientId, leaked))) throw new Error('The key was refused before it leaked.');
      const page = `${team.registration}/keys/${await thumbprint(leaked.publicPem)}/leaked`;
      const { action, body } = await team.visitor.filled(page, '/api/report-leak', { proof: PASSWORD });
      const began = performance.now();
      const sent = team.visitor.post(action, body);
      while (await isTaken(portal, clientId, leaked)) {
        if (performance.now() - began > LONGEST_WAIT) throw new Error('The leaked key was never refused.');
      }
      taken.push(performance.now() - began);
      await sent;
      if (!(await isTaken(portal, clientId, other))) throw new Error('The other key is refused too.');
      await team.until('Add the new key');
      const next = pair();
      await team.add(next);
      await team.submit();
      await team.until('Switch your service');
      keys.splice(0, 2, other, next);
    }
  }
  return taken.sort((one, another) => one - another);
}

const at = (sorted, share) => Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]);

const directory = await mkdtemp(join(tmpdir(), 'bench-rotation-'));
const portal = await startPortal(binary, site, directory);
try {
  const discovery = async (issuer) => (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()).token_endpoint;
  portal.tokenEndpoints = { sandpit: await discovery(portal.issuers.sandpit) };
  const { begun, done, refused, seconds: took, slowest } = await rotations(portal, directory);
  const said = [...new Set(refused)].slice(0, 5);
  console.log(`${ROTATIONS} rotations in ${took.toFixed(0)} s: ${begun} sign-ins begun (${(begun / took).toFixed(1)} a second), ${done} done, ${refused.length} refused; the slowest took ${slowest.toFixed(0)} ms`);
  said.forEach((one) => console.log(`  ${one}`));
  const taken = await leaks(portal);
  console.log(`${taken.length} leaks, from the button to the first refused assertion: p50 ${at(taken, 0.5)} ms, p99 ${at(taken, 0.99)} ms, longest ${at(taken, 1)} ms`);
  const rows = {
    rotations: { rotations: ROTATIONS, seconds: took, begun, done, refused: refused.length, slowest_ms: slowest },
    leaks: { leaks: taken.length, p50_ms: at(taken, 0.5), p99_ms: at(taken, 0.99), longest_ms: at(taken, 1) },
  };
  if (result) await writeFile(result, `${JSON.stringify(rows, null, 2)}\n`);
  process.exitCode = refused.length === 0 && at(taken, 0.99) < 2000 ? 0 : 1;
} finally {
  await portal.stop();
  await rm(directory, { recursive: true, force: true });
}
