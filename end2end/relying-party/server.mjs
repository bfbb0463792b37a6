// The relying party as a small https service.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import { beginSignIn, providerError } from './flow.mjs';
import { keyPair, localhostCertificate, makeNewcomersKey, newcomersKeys, usableKeys } from './keys.mjs';
import { refusedPage, signedInPage, startPage } from './pages.mjs';

const MOST_UNFINISHED = 1000;

/** The demonstration's environments. */
export const DEMO_ENVIRONMENTS = [
  { title: 'Sandpit', issuer: 'http://127.0.0.1:3001' },
  { title: 'Integration', issuer: 'http://127.0.0.1:3002' },
  { title: 'Live', issuer: 'http://127.0.0.1:3003' },
];

/**
 * Starts it: `{ port, directory, environments, clientId, keyFiles }`; port 0 is any free one, keys and certificate are kept
 * in `directory`. `clientId` stands in the form, and the private keys in `keyFiles` can be signed with too.
 * Returns `{ url, redirectUri, publicPem, privatePem, close }` once it listens.
 */
export async function startRelyingParty({
  port = 3443,
  directory = '.demo/relying-party',
  environments = DEMO_ENVIRONMENTS,
  clientId = '',
  keyFiles = [],
}) {
  const keys = keyPair(directory);
  const server = createServer(localhostCertificate(directory));
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, 'localhost', resolve);
  });
  const url = `https://localhost:${server.address().port}`;
  const redirectUri = `${url}/callback`;
  const site = { environments, redirectUri, clientId, directory, keyFiles, unfinished: new Map() };
  server.on('request', async (request, response) => {
    try {
      await route(site, request, response, new URL(request.url, url));
    } catch (thrown) {
      send(response, 502, refusedPage(explained(providerError(thrown))));
    }
  });
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url, redirectUri, ...keys, close };
}

/** The provider does not say which of the two it was. */
function explained({ error, description }) {
  const hint = 'Choose the key that you registered for this client, and check its client_id and environment.';
  return { error, description: error === 'invalid_client' ? `${description}. ${hint}` : description };
}

async function route(site, request, response, url) {
  const keys = usableKeys(site.directory, site.keyFiles);
  const chosen = keys.find(({ fingerprint }) => fingerprint === url.searchParams.get('key')) ?? keys[0];
  if (url.pathname === '/') return send(response, 200, startPage({ ...site, folder: newcomersKeys(site.directory), keys, chosen }));
  if (url.pathname === '/keys' && request.method === 'POST') return makeKey(site, response);
  if (url.pathname === '/sign-in') return begin(site, response, url.searchParams, chosen);
  if (url.pathname === '/callback') return comeBack(site, request, response, url);
  return send(response, 404, refusedPage({ error: 'not_found', description: 'There is no such page here.' }));
}

function makeKey(site, response) {
  const made = makeNewcomersKey(site.directory);
  response.writeHead(303, { location: made ? `/?key=${made}#public-key` : '/#public-key' });
  return response.end();
}

async function begin(site, response, asked, key) {
  const known = site.environments.find(({ issuer }) => issuer === asked.get('issuer'));
  const clientId = asked.get('client_id')?.trim();
  if (!known || !clientId) {
    const description = 'Choose an environment and enter the client_id that the portal shows.';
    return send(response, 422, refusedPage({ error: 'incomplete', description }));
  }
  const begun = await beginSignIn({
    issuer: known.issuer,
    clientId,
    privatePem: key.privatePem,
    redirectUri: site.redirectUri,
    scope: asked.get('scope')?.trim() || 'openid',
    vtr: asked.get('vtr')?.split(/[\s,]+/).filter(Boolean),
  });
  const ticket = randomBytes(16).toString('base64url');
  if (site.unfinished.size >= MOST_UNFINISHED) site.unfinished.delete(site.unfinished.keys().next().value);
  site.unfinished.set(ticket, begun);
  response.writeHead(303, {
    location: begun.url.href,
    'set-cookie': `__Host-sign-in=${ticket}; Path=/; Secure; HttpOnly; SameSite=Lax`,
  });
  return response.end();
}

async function comeBack(site, request, response, url) {
  const ticket = /__Host-sign-in=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
  const begun = site.unfinished.get(ticket);
  site.unfinished.delete(ticket);
  if (!begun) {
    const description = 'This sign-in was not started here, or is already finished.';
    return send(response, 400, refusedPage({ error: 'unknown_sign_in', description }));
  }
  return send(response, 200, signedInPage(await begun.finish(url)));
}

function send(response, status, html) {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  });
  response.end(html);
}
