// Threat 2: what the portal accepts as a redirect URI reads the same to the portal, to Node's URL and to the provider.
// The lists are kept, and held true, by the domain's tests over the WHATWG and the IDNA cases.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startIssuer } from '../provider/issuer.mjs';
import { freePorts } from '../support/ports.mjs';
import { metadataOf, sqliteStore } from './store.mjs';

const kept = (name) => readFileSync(new URL(`../../app/domain/tests/snapshots/${name}`, import.meta.url), 'utf8').trim().split('\n');
const accepted = [...kept('accepted_urls.txt'), ...kept('accepted_hosts.txt')];

describe('accepted redirect URIs', { timeout: 120_000 }, () => {
  let directory, store, provider;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'end2end-redirect-uris-'));
    const url = `sqlite://${join(directory, 'clients.sqlite')}?mode=rwc`;
    store = sqliteStore(url);
    await store.create();
    const [port] = await freePorts(1);
    provider = await startIssuer({ name: 'sandpit', title: 'Sandpit', issuer: `http://127.0.0.1:${port}`, store: url }, () => {});
  });

  after(async () => {
    await provider?.close();
    await store?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const authorize = async (clientId, redirectUri) => {
    const query = new URLSearchParams({ client_id: clientId, redirect_uri: redirectUri, response_type: 'code', scope: 'openid', state: 's', prompt: 'none' });
    const answer = await fetch(`${provider.issuer}/authorize?${query}`, { redirect: 'manual' });
    const error = /id="error">([^<]*)</.exec(await answer.text())?.[1];
    return { status: answer.status, location: answer.headers.get('location') ?? '', error };
  };

  test('Node changes nothing in them', () => {
    assert.ok(accepted.length > 140, `${accepted.length}`);
    assert.deepEqual(accepted.filter((uri) => new URL(uri).href !== uri), []);
  });

  test('the provider registers each of them and leads back to exactly it', async () => {
    const uris = accepted.filter((uri) => uri.startsWith('https://'));
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' } });
    await store.put('all', await metadataOf(publicKey, uris[0], { redirect_uris: uris }));
    const wrong = [];
    for (const uri of uris) {
      // Without a session and without asking anybody: an error, at the redirect URI.
      const { status, location } = await authorize('all', uri);
      if (status !== 303 || !location.startsWith(`${uri}?error=login_required`)) wrong.push({ uri, status, location });
    }
    assert.deepEqual(wrong, []);
  });

  test('the provider takes nothing that only looks like one of them', async () => {
    const registered = 'https://localhost:3000/jqueryui@1.2.3';
    assert.ok(accepted.includes(registered));
    for (const uri of [`${registered}/`, 'https://localhost:3000/JQUERYUI@1.2.3', 'https://localhost:3000/./jqueryui@1.2.3', `${registered}?`]) {
      assert.deepEqual(await authorize('all', uri), { status: 400, location: '', error: 'invalid_redirect_uri' }, uri);
    }
  });
});
