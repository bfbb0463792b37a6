// The relying party and the provider, as an end-user sees them.

import { expect } from '@playwright/test';
import { PASSWORD, PEOPLE } from '../provider/people.mjs';

/** Starts a sign-in at the relying party: `environment` is one of those that it knows. */
export async function beginSignIn(page, relyingParty, environment, clientId, scope = 'openid') {
  await page.goto(relyingParty.url);
  await page.getByLabel('Environment').selectOption(environment.issuer);
  await page.getByLabel('Client ID').fill(clientId);
  await page.getByLabel('Scopes').fill(scope);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Signs the first test person in, and expects the relying party to show the claims. */
export async function signIn(page, relyingParty, environment, clientId, scope) {
  await beginSignIn(page, relyingParty, environment, clientId, scope);
  await page.getByLabel(PEOPLE[0].label).check();
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Continue' }).click();
  const agree = page.getByRole('button', { name: 'Agree and continue' });
  const signedIn = page.getByRole('heading', { level: 1, name: 'Signed in' });
  // Who agreed before is not asked again.
  await expect(agree.or(signedIn)).toBeVisible();
  if (await agree.isVisible()) await agree.click();
  await expect(signedIn).toBeVisible();
  await expect(page.locator('#id-token')).toContainText(clientId);
}

/** Asks the provider for a sign-in with another redirect URI, and expects its refusal. */
export async function expectRedirectUriRefused(page, environment, clientId, redirectUri) {
  const query = new URLSearchParams({ client_id: clientId, redirect_uri: redirectUri, response_type: 'code', scope: 'openid', nonce: 'n', state: 's' });
  const response = await page.goto(`${environment.issuer}/authorize?${query}`);
  expect(response.status()).toBe(400);
  await expect(page.locator('#error')).toHaveText('invalid_redirect_uri');
}
