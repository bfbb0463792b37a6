// One issuer: npm oidc-provider, set up as NHS login is, over one client store.

import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import Provider, { errors } from 'oidc-provider';
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js';
import { openClientStore, RefusedClient } from './client-store.mjs';
import { handleInteraction } from './interactions.mjs';
import { errorPage } from './pages.mjs';
import { CLAIMS, claimsOf, person } from './people.mjs';
import { canonical, parseVectors, registeredVectors } from './vectors.mjs';

const ALGORITHM = 'RS512';
const MINUTE = 60;
const HOUR = 60 * MINUTE;

/**
 * Starts the issuer of one environment.
 * `environment` is `{ name, title, issuer, store, host?, port? }`; host and port are the issuer's own unless told otherwise.
 * Returns `{ issuer, close }` once it listens.
 */
export async function startIssuer(environment, log = console.log) {
  const say = (sentence) => log(`${environment.name}: ${sentence}`);
  const store = openClientStore(environment.store, say);
  const provider = new Provider(environment.issuer, configuration(environment, store, say));
  provider.on('server_error', (_context, error) => say(`Error: ${error.stack}`));
  const handle = provider.callback();
  const server = createServer((request, response) => {
    const answer = async () => (await handleInteraction(provider, environment, request, response)) || handle(request, response);
    // One request that cannot be answered must not end the provider.
    answer().catch((error) => {
      say(`Error: ${error.stack}`);
      response.destroy();
    });
  });
  const url = new URL(environment.issuer);
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(environment.port ?? (url.port || 80)), environment.host ?? url.hostname, resolve);
  });
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await store.close();
  };
  return { issuer: environment.issuer, close };
}

function configuration(environment, store, say) {
  const refuse = (ctx, out) => {
    ctx.type = 'html';
    ctx.body = errorPage({ environment: environment.title, error: out.error, description: out.error_description ?? '' });
  };
  return {
    adapter: adapters(store, say),
    jwks: { keys: [signingKey()] },
    routes: { authorization: '/authorize', token: '/token', userinfo: '/userinfo', jwks: '/.well-known/jwks.json' },
    // People's browsers send the cookies of one host to all its ports, so each environment needs names of its own.
    cookies: {
      keys: [randomBytes(32).toString('base64url')],
      names: cookieNames(environment.name),
    },
    scopes: ['openid'],
    claims: CLAIMS,
    responseTypes: ['code'],
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: [ALGORITHM], idTokenSigningAlgValues: [ALGORITHM] },
    clientDefaults: {
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'private_key_jwt',
      id_token_signed_response_alg: ALGORITHM,
    },
    extraClientMetadata: { properties: ['nhs_vtr', 'nhs_sso_from'] },
    extraParams: { vtr: checkRequest },
    allowOmittingSingleRegisteredRedirectUri: false,
    pkce: { required: () => false },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    clientBasedCORS: () => false,
    ttl: {
      AccessToken: 5 * MINUTE,
      AuthorizationCode: MINUTE,
      Grant: HOUR,
      IdToken: HOUR,
      Interaction: HOUR,
      RefreshToken: HOUR,
      Session: HOUR,
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: true },
    },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, accountId) => account(accountId, environment.issuer),
    renderError: refuse,
  };
}

const cookieNames = (name) => ({
  session: `${name}_session`,
  interaction: `${name}_interaction`,
  resume: `${name}_resume`,
});

/** Clients come from the portal's client store; everything else lives in this process. */
function adapters(store, say) {
  const inMemory = createMemoryAdapter();
  const clients = {
    async find(clientId) {
      try {
        return await store.find(clientId);
      } catch (error) {
        if (!(error instanceof RefusedClient)) throw error;
        say(error.message);
        return undefined;
      }
    },
  };
  return (model) => (model === 'Client' ? clients : inMemory(model));
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = privateKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify({ e: jwk.e, kty: jwk.kty, n: jwk.n })).digest('base64url');
  return { ...jwk, kid, use: 'sig', alg: ALGORITHM };
}

// oidc-provider refuses a supported scope that was not registered, but drops unknown ones, as OAuth allows: hence the query.
function checkRequest(ctx, vtr, client) {
  const unknown = ctx.query.scope?.split(' ').filter((scope) => !(scope in CLAIMS)) ?? [];
  if (unknown.length) throw new errors.InvalidScope('requested scope is not allowed', unknown.join(' '));
  if (vtr === undefined) return;
  const asked = parseVectors(vtr);
  if (!asked) throw new errors.InvalidRequest('vtr must be a JSON array of vectors of trust');
  const registered = registeredVectors(client).map(canonical);
  const outside = asked.filter((vector) => !registered.includes(vector));
  if (outside.length) throw new errors.InvalidRequest(`vtr is not within the registered vectors of trust: ${outside.join(', ')}`);
}

/** The account id carries the vector that was reached, as oidc-provider keeps nothing else of ours through the flow. */
function account(accountId, issuer) {
  const [id, vector] = accountId.split('|');
  const someone = person(id);
  if (!someone) return undefined;
  const sub = createHash('sha256').update(`${issuer} ${id}`).digest('hex').slice(0, 32);
  return {
    accountId,
    claims: (_use, scopes) => ({ sub, vot: vector, vtm: `${issuer}/trustmark`, ...claimsOf(someone, scopes) }),
  };
}
