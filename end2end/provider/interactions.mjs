// Sign-in and consent: what happens between the authorize request and the code.

import { claimsOf, PASSWORD, person, reaches } from './people.mjs';
import { consentPage, errorPage, signInPage } from './pages.mjs';
import { levelOf, parseVectors, registeredVectors } from './vectors.mjs';

const LARGEST_FORM = 10_000;

/** Answers `/interaction/:uid`; returns false for any other path. */
export async function handleInteraction(provider, environment, request, response) {
  if (!/^\/interaction\/[^/?]+(\?|$)/.test(request.url)) return false;
  try {
    const details = await provider.interactionDetails(request, response);
    const client = await provider.Client.find(details.params.client_id);
    if (!client) throw new Error('The client is not registered any more.');
    const step = details.prompt.name === 'login' ? signIn : consent;
    await step({ provider, environment, request, response, details, client });
  } catch (cause) {
    const description = cause.error_description ?? cause.message;
    send(response, 400, errorPage({ environment: environment.title, error: cause.error ?? 'invalid_request', description }));
  }
  return true;
}

async function signIn({ provider, environment, request, response, details, client }) {
  const view = { environment: environment.title, action: request.url, client: client.clientName ?? client.clientId };
  if (request.method !== 'POST') return send(response, 200, signInPage(view));
  const form = await readForm(request);
  if (form.get('cancel')) return finish(provider, request, response, denied('The person cancelled.'));
  const someone = person(form.get('person'));
  if (!someone || form.get('password') !== PASSWORD) {
    return send(response, 422, signInPage({ ...view, wrongPassword: true, chosen: someone?.id }));
  }
  const vectors = details.params.vtr ? parseVectors(details.params.vtr) : registeredVectors(client);
  const reached = vectors.find((vector) => reaches(someone.level, levelOf(vector)));
  if (!reached) return finish(provider, request, response, denied('The person does not reach any of the vectors of trust.'));
  return finish(provider, request, response, { login: { accountId: `${someone.id}|${reached}`, remember: false } });
}

async function consent({ provider, environment, request, response, details, client }) {
  const { accountId } = details.session;
  const scopes = details.params.scope;
  if (request.method !== 'POST') {
    const claims = Object.keys(claimsOf(person(accountId.split('|')[0]), scopes));
    const view = { environment: environment.title, action: request.url, client: client.clientName ?? client.clientId };
    return send(response, 200, consentPage({ ...view, scopes, claims }));
  }
  const form = await readForm(request);
  if (form.get('agree') !== 'yes') return finish(provider, request, response, denied('The person did not agree to share.'));
  const grant = details.grantId
    ? await provider.Grant.find(details.grantId)
    : new provider.Grant({ accountId, clientId: client.clientId });
  grant.addOIDCScope(scopes);
  return finish(provider, request, response, { consent: { grantId: await grant.save() } }, true);
}

const denied = (description) => ({ error: 'access_denied', error_description: description });

function finish(provider, request, response, result, merge = false) {
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: merge });
}

function send(response, status, html) {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  });
  response.end(html);
}

async function readForm(request) {
  let body = '';
  for await (const chunk of request) {
    body += chunk;
    if (body.length > LARGEST_FORM) throw new Error('The form is too large.');
  }
  return new URLSearchParams(body);
}
