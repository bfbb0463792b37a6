// Keys that change without a failed sign-in: added, endorsed by the published one, switched, removed; and one that leaked.

import { assertion, opensslKeyPair } from '../fixtures/keys.mjs';
import { expect, test, unique } from '../fixtures/test.mjs';
import { signIn } from '../relying-party/headless.mjs';
import { fingerprint } from '../relying-party/keys.mjs';

test('a key changes without a failed sign-in, and one that leaked is out at once', async ({ partner, world, relyingParty, inbox, look }) => {
  const service = `Rotation ${unique()}`;
  const { publicPem, privatePem, redirectUri } = relyingParty;
  const { issuer } = world.environments[0];
  const owner = await partner();
  const { page } = owner;
  await owner.begin(`Riverside ${unique()}`, service);
  await owner.fill({ name: service, publicPem, redirectUris: [redirectUri] });
  await owner.submit();
  const clientId = await owner.publishedClientId();
  const signsIn = (pem) => signIn({ issuer, clientId, privatePem: pem, redirectUri });
  await owner.atStep('Add the new key beside the old one');
  await look(page, 'rotation-1-add');

  const next = opensslKeyPair();
  await owner.addKey(next.publicPem, 'Signing key 2027');
  await look(page, 'rotation-2-submit', { banner: 'Key added to the draft.' });
  await expect(page.getByRole('heading', { name: 'Signing key 2027' })).toBeVisible();
  await owner.open('endorsement');
  await look(page, 'endorsement');
  const by = (pair) => (claims) => assertion(pair.privatePem, claims);
  await owner.endorse(by(next), by(next));
  await look(page, 'endorsement-refused', { problem: 'This was not signed with a published key.' });
  await owner.endorse(by(next), by({ privatePem }));
  await look(page, 'endorsed', { banner: 'Key endorsed.' });
  await owner.open('check');
  await expect(page.getByText('Nobody has to review that')).toBeVisible();
  await look(page, 'check-keys-alone');
  await owner.submit();
  await owner.atStep('Switch your service to the new key');
  await look(page, 'rotation-3-switch');
  await signsIn(privatePem);
  await signsIn(next.privatePem);

  // To remove a key needs no review, from whoever has a second factor.
  await owner.setSecondFactor(owner.password);
  await owner.open('public-key');
  const old = page.locator('.app-key', { hasText: fingerprint(publicPem) });
  await old.getByRole('button', { name: /^Remove this key/ }).click();
  await owner.expectDone('Key removed from the draft.');
  await look(page, 'rotation-4-take-away');
  await owner.submit();
  await owner.atStep('Add the new key beside the old one');
  await signsIn(next.privatePem);
  await expect(signsIn(privatePem)).rejects.toThrow('invalid_client');

  // Another one beside it, and then the first leaks.
  const third = opensslKeyPair();
  await owner.addKey(third.publicPem, 'Signing key 2028');
  await owner.endorse(by(third), by(next));
  await owner.expectDone('Key endorsed.');
  await owner.submit();
  await owner.atStep('Switch your service to the new key');
  const leaked = page.locator('.app-key', { has: page.getByRole('heading', { name: 'Signing key 2027' }) });
  await leaked.getByRole('link', { name: /^This key leaked/ }).click();
  await look(page, 'leak', { heading: 'Report that this key leaked' });
  await owner.prove();
  await owner.button('Remove this key now').click();
  await owner.expectDone('Reported. We are removing the key from the provider now.');
  await look(page, 'leak-reported');
  await expect(async () => expect(signsIn(next.privatePem)).rejects.toThrow('invalid_client')).toPass({ timeout: 10_000 });
  await signsIn(third.privatePem);
  await inbox.waitFor(owner.email, /A key of your client leaked/i, service);
  await owner.open('public-key');
  await owner.openKeyForm();
  await page.getByLabel('Public key', { exact: true }).fill(next.publicPem);
  await page.getByLabel('Keep it beside the new key').check();
  await owner.button('Add this key').click();
  await expect(page.getByText('was reported as leaked').first(), 'for ever').toBeVisible();
  await look(page, 'leaked-key-refused');
});
