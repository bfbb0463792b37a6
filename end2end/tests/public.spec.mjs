// What anybody reads and uses without an account: guidance, tools, the legal pages.

import { opensslKeyPair } from '../fixtures/keys.mjs';
import { expect, test } from '../fixtures/test.mjs';

test('guidance, status and legal pages are read from link to link', async ({ visit, look }) => {
  const page = await visit();
  const seen = new Set();
  const waiting = ['/guidance', '/tools', '/accessibility', '/privacy', '/cookies', '/status'];
  while (waiting.length) {
    const address = waiting.shift();
    if (seen.has(address)) continue;
    seen.add(address);
    const response = await page.goto(address);
    expect(response.status(), address).toBe(200);
    await look(page, `public${address.replaceAll('/', '-')}`);
    const links = await page.locator('main a[href^="/guidance"], main a[href^="/tools"]').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
    waiting.push(...links.map((link) => link.split(/[?#]/)[0]));
  }
  expect(seen.size).toBeGreaterThan(10);
});

test('a key and redirect URIs are judged without an account', async ({ visit, scripts, look }) => {
  const page = await visit();
  await page.goto('/tools/key');
  await page.getByLabel('Public key', { exact: true }).fill(opensslKeyPair(2048).publicPem);
  if (scripts) await expect(page.locator('#public_key-verdict')).toContainText('2048');
  await page.getByRole('button', { name: 'Check the key' }).click();
  await expect(page.locator('.nhsuk-notification-banner')).toContainText('This public key can be registered.');
  await look(page, 'tool-key-sound');
  await page.getByLabel('Public key', { exact: true }).fill('ssh-rsa AAAAB3NzaC1yc2E');
  await page.getByRole('button', { name: 'Check the key' }).click();
  await expect(page.locator('.nhsuk-error-summary')).toContainText(/OpenSSH/);
  await look(page, 'tool-key-refused');

  await page.goto('/tools/redirect-uri');
  await page.locator('[name="redirect_uris[0]"]').fill('http://www.example.org/callback?x=1');
  await page.getByRole('button', { name: 'Check the redirect URIs' }).click();
  await expect(page.locator('.nhsuk-error-summary')).toBeVisible();
  await expect(page.locator('[name="redirect_uris[0]"]')).toHaveValue('http://www.example.org/callback?x=1');
  await look(page, 'tool-redirect-uri-refused');
  await page.locator('[name="redirect_uris[0]"]').fill('https://www.example.org/callback');
  await page.getByRole('button', { name: 'Check the redirect URIs' }).click();
  await expect(page.locator('.nhsuk-error-summary')).toHaveCount(0);
  await look(page, 'tool-redirect-uri-sound');
});
