// What JavaScript makes quicker: verdicts as one types, more fields, copy buttons, the warning before a session ends.

import { expect, test, unique } from '../fixtures/test.mjs';

test.skip(({ scripts }) => !scripts, 'Without scripts there is none of it.');

test('redirect URIs are judged as they are typed, adopted and added', async ({ partner, look }) => {
  const owner = await partner();
  const { page } = owner;
  await owner.begin(`Riverside ${unique()}`, `Typed ${unique()}`);
  await owner.open('redirect-uris');
  await page.getByLabel('Redirect URI 1').fill('HTTPS://App.Example.org/callback');
  await expect(page.locator('#redirect_uris-0-verdict')).toContainText('Use https://app.example.org/callback instead');
  await look(page, 'redirect-uri-suggestion');
  await page.getByRole('button', { name: 'Use https://app.example.org/callback' }).click();
  await expect(page.getByLabel('Redirect URI 1')).toHaveValue('https://app.example.org/callback');
  await expect(page.locator('#redirect_uris-0-verdict')).toContainText('This passes the checks in your browser.');
  await page.getByRole('button', { name: 'Add another redirect URI' }).click();
  await expect(page.getByLabel('Redirect URI 4')).toBeFocused();
  await page.keyboard.type('https://app.example.org/other');
  await expect(page.locator('#redirect_uris-3-verdict')).toContainText('This passes the checks in your browser.');
  await look(page, 'redirect-uri-added');
  await owner.save();
  await owner.expectDone('Saved.');
  await owner.open('redirect-uris');
  await expect(page.getByLabel('Redirect URI 2')).toHaveValue('https://app.example.org/other');
});

test('an identifier is copied, and a form is sent once', async ({ partner, relyingParty }) => {
  const owner = await partner();
  const { page } = owner;
  await owner.begin(`Riverside ${unique()}`, `Copied ${unique()}`);
  await owner.fill({ name: 'Copied', publicPem: relyingParty.publicPem, redirectUris: [relyingParty.redirectUri] });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await owner.open('check');
  const posts = [];
  page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
  await page.getByRole('button', { name: 'Submit', exact: true }).dblclick();
  await owner.expectDone('Revision submitted.');
  expect(posts.length).toBe(1);
  await page.reload();
  await expect(owner.heading(/ in /)).toBeVisible();
  await expect(page.locator('.nhsuk-notification-banner'), 'told once').toHaveCount(0);

  const clientId = await owner.publishedClientId();
  await page.getByRole('button', { name: 'Copy client_id' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'client_id copied.' })).toHaveCount(1);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(clientId);
});

test('before the session ends a warning offers to stay', async ({ partner, look }) => {
  const owner = await partner();
  const { page } = owner;
  await page.clock.install();
  await page.goto('/home');
  const warning = page.locator('.app-timeout');
  await expect(warning).toBeHidden();
  await page.clock.fastForward('28:01');
  await expect(warning).toContainText('You will be signed out in 2 minutes.');
  await look(page, 'session-ends-soon');
  const stayed = page.waitForResponse((response) => response.url().endsWith('/home'));
  await page.getByRole('button', { name: 'Stay signed in' }).click();
  expect((await stayed).status()).toBe(200);
  await expect(warning).toBeHidden();
  await page.clock.fastForward('30:01');
  await expect(warning).toContainText('You have been signed out.');
});
