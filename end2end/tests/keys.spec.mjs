// A public key that is chosen as a file, and redirect URIs without scripts.

import { opensslKeyPair } from '../fixtures/keys.mjs';
import { untilAwake } from '../fixtures/look.mjs';
import { expect, test, unique } from '../fixtures/test.mjs';
import { fingerprint } from '../relying-party/keys.mjs';

const file = (name, content) => ({ name, mimeType: 'application/x-pem-file', buffer: Buffer.from(content) });

test('a key is chosen as a file', async ({ partner, scripts, look }) => {
  const { publicPem } = opensslKeyPair();
  const owner = await partner();
  const { page } = owner;
  await owner.begin(`Riverside ${unique()}`, `File ${unique()}`);
  const choose = async (...chosen) => {
    await owner.open('public-key');
    if (scripts) await untilAwake(page);
    await page.getByLabel('Or choose the file').setInputFiles(file(...chosen));
  };
  const verdict = page.locator('#public_key-verdict');

  await choose('large.pem', 'x'.repeat(70_000));
  if (scripts) {
    await expect(verdict).toContainText('The file is larger than 64 KB');
    await look(page, 'key-file-too-large');
  } else {
    await owner.save();
    await look(page, 'key-file-too-large', { problem: 'far more than a public key' });
  }

  await choose('public_key.pem', publicPem);
  // A file is read into the field, where it can be seen.
  if (scripts) await expect(verdict).toContainText('This passes the checks in your browser.');
  if (scripts) await expect(page.getByLabel('Public key', { exact: true })).toHaveValue(publicPem);
  await owner.save();
  await owner.expectDone('Saved.');
  await owner.open('public-key');
  await expect(page.locator('.nhsuk-summary-list')).toContainText(fingerprint(publicPem));
  await look(page, 'key-file-saved');
});

test('without scripts another redirect URI is asked for by saving', async ({ partner, scripts }) => {
  test.skip(scripts, 'With them there is a button for it: see scripts.spec.mjs.');
  const owner = await partner();
  await owner.begin(`Riverside ${unique()}`, `Many ${unique()}`);
  await owner.open('redirect-uris');
  for (const at of [1, 2, 3]) await owner.page.getByLabel(`Redirect URI ${at}`).fill(`https://app.example.org/${at}`);
  await owner.button('Save and add another').click();
  await expect(owner.page.getByLabel('Redirect URI 4')).toBeVisible();
  await expect(owner.page.getByLabel('Redirect URI 3')).toHaveValue('https://app.example.org/3');
});
