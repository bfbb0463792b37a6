// The provider and the relying party against client stores made by hand, on SQLite and on PostgreSQL.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get as getPlain } from 'node:http';
import { request as ask } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PEOPLE } from '../provider/people.mjs';
import { signIn, walk } from '../relying-party/headless.mjs';
import { fingerprint, publicOf } from '../relying-party/keys.mjs';
import { startRelyingParty } from '../relying-party/server.mjs';
import { freePorts } from '../support/ports.mjs';
import { startPostgres } from '../support/postgres.mjs';
import { start, untilAnswers } from '../support/process.mjs';
import { metadataOf, postgresStore, sqliteStore } from './store.mjs';

const PROVIDER = fileURLToPath(new URL('../provider/main.mjs', import.meta.url));
const newKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });

const databases = {
  SQLite: async (directory) => {
    const url = `sqlite://${join(directory, 'clients.sqlite')}?mode=rwc`;
    return { url, store: sqliteStore(url), stop: async () => {} };
  },
  PostgreSQL: async () => {
    const postgres = await startPostgres();
    const url = await postgres.createDatabase('clients');
    return { url, store: postgresStore(url), stop: postgres.stop };
  },
};

for (const [name, open] of Object.entries(databases)) {
  describe(`provider over ${name}`, { timeout: 120_000 }, () => {
    let directory, database, provider, relyingParty, request;

    before(async () => {
      directory = mkdtempSync(join(tmpdir(), 'end2end-provider-'));
      database = await open(directory);
      const [issuerPort] = await freePorts(1);
      const issuer = `http://127.0.0.1:${issuerPort}`;
      const config = join(directory, 'provider.json');
      writeFileSync(config, JSON.stringify({ environments: [{ name: 'sandpit', title: 'Sandpit', issuer, store: database.url }] }));
      provider = start(process.execPath, [PROVIDER, '--config', config]);
      relyingParty = await startRelyingParty({
        port: 0,
        directory: join(directory, 'relying-party'),
        environments: [{ title: 'Sandpit', issuer }],
      });
      await untilAnswers(`${issuer}/.well-known/openid-configuration`, provider);
      const { privatePem, redirectUri } = relyingParty;
      request = { issuer, clientId: 'demo', privatePem, redirectUri, scope: 'openid profile email' };
    });

    after(async () => {
      await relyingParty?.close();
      await provider?.stop();
      await database?.store.close();
      await database?.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    const refused = (changes, step, error, description = /./) =>
      assert.rejects(signIn({ ...request, ...changes }), (thrown) => {
        assert.deepEqual([thrown.step, thrown.error], [step, error], thrown.stack);
        assert.match(thrown.description, description);
        return true;
      });
    const put = async (clientId, changes, row) =>
      database.store.put(clientId, await metadataOf(publicOf(request.privatePem), request.redirectUri, changes), row);

    test('a store without its table is an empty one, and the log says so once', async () => {
      await refused({}, 'authorize request', 'invalid_client');
      await refused({}, 'authorize request', 'invalid_client');
      assert.equal(provider.output().match(/counts as empty/g).length, 1);
    });

    test('a published client signs a person in, at once', async () => {
      await database.store.create();
      await put('demo');
      const { idToken, userinfo, refreshable } = await signIn(request);
      assert.equal(idToken.aud, 'demo');
      assert.equal(idToken.vot, 'P5.Cp.Cd');
      assert.equal(userinfo.nhs_number, '9990000018');
      assert.equal(userinfo.email, 'alex.taylor@people.example');
      assert.equal(userinfo.given_name, undefined);
      assert.ok(refreshable);
    });

    test('a person below the level of a scope gives no claim of it', async () => {
      await put('anyone', { nhs_vtr: ['P0.Cp'] });
      const { userinfo } = await signIn({ ...request, clientId: 'anyone', person: 'robin-p0' });
      assert.equal(userinfo.nhs_number, undefined);
      assert.equal(userinfo.email, 'robin.hughes@people.example');
      await refused({ person: 'robin-p0' }, 'authorize request', 'access_denied', /vectors/);
    });

    test('a redirect URI that is not registered is refused, to the character', async () => {
      for (const redirectUri of [`${request.redirectUri}/`, `${request.redirectUri}?a=b`, request.redirectUri.replace('localhost', 'LOCALHOST')]) {
        await refused({ redirectUri }, 'authorize request', 'invalid_redirect_uri');
      }
    });

    test('another key is refused', () => refused({ privatePem: newKey() }, 'token request', 'invalid_client'));

    test('a disabled, a removed and an unknown client are refused', async () => {
      await put('disabled', {}, { enabled: false });
      await put('removed', {}, { removed: true });
      for (const clientId of ['disabled', 'removed', 'unknown']) {
        await refused({ clientId }, 'authorize request', 'invalid_client');
      }
    });

    test('suspension and reinstatement are visible at once', async () => {
      await put('paused', {}, { enabled: false });
      await refused({ clientId: 'paused' }, 'authorize request', 'invalid_client');
      await put('paused');
      await signIn({ ...request, clientId: 'paused' });
    });

    test('metadata whose digest is another one is refused', async () => {
      await put('tampered', {}, { digest: '0'.repeat(64) });
      await refused({ clientId: 'tampered' }, 'authorize request', 'invalid_client');
      assert.match(provider.output(), /tampered does not have the digest/);
    });

    test('a scope outside the registered ones is refused', async () => {
      await refused({ scope: 'openid phone' }, 'authorize request', 'invalid_scope');
      await refused({ scope: 'openid everything' }, 'authorize request', 'invalid_scope');
    });

    test('a vector outside the registered ones is refused', async () => {
      await signIn({ ...request, vtr: ['P9.Cp.Cd'] });
      await signIn({ ...request, vtr: ['P9.Cd.Cp'] });
      await refused({ vtr: ['P0.Cp'] }, 'authorize request', 'invalid_request', /P0.Cp/);
    });

    test('a person who does not agree is not signed in', () => refused({ agree: false }, 'authorize request', 'access_denied', /agree/));

    test('an address that cannot be read ends nothing', async () => {
      for (const path of ['//', '/interaction/', '/%']) {
        const { status } = await plain(request.issuer, path);
        assert.ok(status >= 400 && status < 500, `${path} answered ${status}`);
      }
      assert.equal(provider.child.exitCode, null);
    });

    test('the relying party signs in with the key of a newcomer', async () => {
      const made = await page(`${relyingParty.url}/keys`, 'POST');
      assert.equal(made.status, 303);
      const own = /key=([0-9a-f]{64})#/.exec(made.location)[1];
      const shown = await page(`${relyingParty.url}${made.location}`);
      const publicPem = /<pre id="public-key">([^<]+)</.exec(shown.body)[1];
      assert.equal(fingerprint(publicPem), own);
      assert.doesNotMatch(shown.body, /PRIVATE|will not register it for you/);
      assert.match((await page(`${relyingParty.url}/?key=none`)).body, new RegExp(`value="${own}" selected`), 'the newest is chosen');
      // A key that the newcomer brought along.
      const brought = newKey();
      writeFileSync(join(directory, 'relying-party/keys/private_key.pem'), brought);
      for (const pem of [publicPem, publicOf(brought)]) {
        await database.store.put('newcomer', await metadataOf(pem, relyingParty.redirectUri, {}));
        const query = new URLSearchParams({ issuer: request.issuer, client_id: 'newcomer', key: fingerprint(pem) });
        const begun = await page(`${relyingParty.url}/sign-in?${query}`);
        const cameBackTo = await walk(begun.location, relyingParty.redirectUri, { person: PEOPLE[0].id, agree: true });
        const ticket = /__Host-sign-in=[^;]+/.exec(begun.cookie)[0];
        const done = await page(cameBackTo, 'GET', ticket);
        assert.match(done.body, /<h1>Signed in<\/h1>/);
      }
    });

    test('the relying party shows its key and starts a sign-in', async () => {
      const first = await page(`${relyingParty.url}/`);
      assert.match(first.body, /BEGIN PUBLIC KEY/);
      assert.doesNotMatch(first.body, /PRIVATE/);
      const query = new URLSearchParams({ issuer: request.issuer, client_id: 'demo', scope: 'openid' });
      const begun = await page(`${relyingParty.url}/sign-in?${query}`);
      assert.equal(begun.status, 303);
      assert.equal(new URL(begun.location).origin, request.issuer);
      const refusedThere = await page(`${relyingParty.url}/callback?error=access_denied`);
      assert.match(refusedThere.body, /not started here/);
    });
  });
}

/** Asks for a path as it is: `fetch` would change it. */
const plain = (origin, path) =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    getPlain({ hostname, port, path }, (response) => resolve({ status: response.resume().statusCode })).on('error', reject);
  });

// The certificate is the relying party's own.
const page = (url, method = 'GET', cookie = '') =>
  new Promise((resolve, reject) => {
    const asked = ask(url, { rejectUnauthorized: false, method, headers: { cookie } }, (response) => {
      let body = '';
      const { location, 'set-cookie': cookies } = response.headers;
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode, location, cookie: cookies?.[0], body }));
    });
    asked.on('error', reject).end();
  });
