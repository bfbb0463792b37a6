// A whole sign-in without a browser: follows redirects, fills in the provider's forms, and finishes the code flow.

import { beginSignIn, providerError } from './flow.mjs';
import { PASSWORD, PEOPLE } from '../provider/people.mjs';

const MOST_STEPS = 20;

/** The provider or the flow refused: `error` is the OAuth error code, `description` its sentence, `step` where it was. */
export class SignInRefused extends Error {
  constructor(step, error, description) {
    super(`${error} at the ${step}: ${description}`);
    Object.assign(this, { step, error, description });
  }
}

/**
 * Signs a test person in. Takes what `beginSignIn` takes, and `person` (an id of provider/people.mjs) and `agree`.
 * Returns `{ idToken, userinfo, scope, refreshable }`, or throws `SignInRefused`.
 */
export async function signIn({ person = PEOPLE[0].id, agree = true, ...request }) {
  const begun = await beginSignIn(request);
  const cameBackTo = await walk(begun.url, request.redirectUri, { person, agree });
  const answered = new URL(cameBackTo).searchParams;
  if (answered.has('error')) {
    throw new SignInRefused('authorize request', answered.get('error'), answered.get('error_description'));
  }
  try {
    return await begun.finish(cameBackTo);
  } catch (thrown) {
    const { error, description } = providerError(thrown);
    throw new SignInRefused('token request', error, description);
  }
}

/** From the address that starts a sign-in to the one on which the person comes back: `answers` is `{ person, agree }`. */
export async function walk(start, redirectUri, answers) {
  const cookies = new Map();
  let request = { url: String(start) };
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const response = await send(request, cookies);
    const location = response.headers.get('location');
    if (location) {
      const next = new URL(location, request.url).href;
      if (next.split('?')[0] === redirectUri) return next;
      request = { url: next };
    } else {
      request = answer(await response.text(), request.url, answers);
    }
  }
  throw new SignInRefused('sign-in pages', 'error', 'The provider never sent the person back.');
}

async function send({ url, form }, cookies) {
  const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  const response = await fetch(url, { method: form ? 'POST' : 'GET', body: form, headers, redirect: 'manual' });
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    if (value) cookies.set(name, value);
    else cookies.delete(name);
  }
  return response;
}

function answer(html, url, { person, agree }) {
  const error = /id="error">([^<]*)</.exec(html)?.[1];
  if (error) {
    throw new SignInRefused('authorize request', error, /id="error-description">([^<]*)</.exec(html)?.[1]);
  }
  const action = /<form method="post" action="([^"]+)"/.exec(html)?.[1];
  if (!action) throw new SignInRefused('sign-in pages', 'error', `There is no form on ${url}.`);
  const consent = html.includes('name="agree"');
  const form = consent ? { agree: agree ? 'yes' : 'no' } : { person, password: PASSWORD };
  return { url: new URL(action.replaceAll('&amp;', '&'), url).href, form: new URLSearchParams(form) };
}
