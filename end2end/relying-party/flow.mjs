// The authorization code flow as a partner's service runs it, by openid-client: private_key_jwt with RS512, state,
// nonce and PKCE.

import * as client from 'openid-client';
import { ALGORITHM, signingKey } from './keys.mjs';

/** Every scope without an approval condition; what is registered decides what may be asked. */
export const DEFAULT_SCOPE = 'openid';

/**
 * Prepares a sign-in: `{ issuer, clientId, privatePem, redirectUri, scope?, vtr? }`, `vtr` being a list of vectors.
 * Returns `{ url, finish }`: send the person to `url`, then call `finish` with the URL on which they came back.
 */
export async function beginSignIn({ issuer, clientId, privatePem, redirectUri, scope = DEFAULT_SCOPE, vtr }) {
  const configuration = await client.discovery(
    new URL(issuer),
    clientId,
    { id_token_signed_response_alg: ALGORITHM, token_endpoint_auth_method: 'private_key_jwt' },
    // NHS login wants its token endpoint as audience.
    client.PrivateKeyJwt(await signingKey(privatePem), {
      [client.modifyAssertion]: (_header, payload) => {
        payload.aud = configuration.serverMetadata().token_endpoint;
      },
    }),
    { execute: issuer.startsWith('http:') ? [client.allowInsecureRequests] : [] },
  );
  const verifier = client.randomPKCECodeVerifier();
  const checks = { expectedState: client.randomState(), expectedNonce: client.randomNonce(), pkceCodeVerifier: verifier };
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope,
    // So that each try can be another test person.
    prompt: 'login',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(vtr?.length ? { vtr: JSON.stringify(vtr) } : {}),
  });
  return { url, finish: (cameBackTo) => finish(configuration, checks, cameBackTo) };
}

async function finish(configuration, checks, cameBackTo) {
  const tokens = await client.authorizationCodeGrant(configuration, new URL(cameBackTo), { ...checks, idTokenExpected: true });
  const idToken = tokens.claims();
  const userinfo = await client.fetchUserInfo(configuration, tokens.access_token, idToken.sub);
  return { idToken, userinfo, scope: tokens.scope, refreshable: Boolean(tokens.refresh_token) };
}

/** What the provider said, from whatever openid-client threw: `{ error, description }`. */
export function providerError(thrown) {
  const description = thrown.error_description ?? thrown.cause?.error_description ?? thrown.cause?.message ?? thrown.message;
  return { error: thrown.error ?? thrown.cause?.error ?? thrown.code ?? 'error', description };
}
