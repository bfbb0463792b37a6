// What becomes of a published client: suspended and back, taken back before review, retired for good.

import { expect, test, unique } from '../fixtures/test.mjs';
import { beginSignIn, signIn } from '../pages/relying-party.mjs';

/** Expects that nobody can sign in with the client any more, as soon as the provider was told. */
async function expectRefused(visitor, relyingParty, environment, clientId) {
  await expect(async () => {
    await beginSignIn(visitor, relyingParty, environment, clientId);
    await expect(visitor.locator('#error')).toHaveText(/invalid_client|access_denied/, { timeout: 1000 });
  }).toPass({ timeout: 20_000 });
}

test('a client is suspended with a reason, reinstated and retired', async ({ partner, staff, visit, world, relyingParty, look }) => {
  const service = `Lifecycle ${unique()}`;
  const [sandpit] = world.environments;
  const owner = await partner();
  await owner.begin(`Riverside ${unique()}`, service);
  await owner.fill({ name: service, publicPem: relyingParty.publicPem, redirectUris: [relyingParty.redirectUri] });
  await owner.submit();
  const clientId = await owner.publishedClientId();
  await signIn(await visit(), relyingParty, sandpit, clientId);

  const admin = await staff('admin');
  await admin.page.goto(`/admin/clients?search=${encodeURIComponent(service)}`);
  await look(admin.page, 'clients-search');
  await admin.link(service).first().click();
  await look(admin.page, 'client-review', { heading: /^Review of / });
  admin.review = new URL(admin.page.url()).pathname;
  await admin.republish(look);
  await admin.page.goto(`${admin.review}/suspend`);
  await admin.button('Suspend the client').click();
  await look(admin.page, 'suspend-refused', { problem: 'Say why you are suspending this client.' });
  await admin.page.getByLabel('Reason').fill('The partner asked for it: their key may have leaked.');
  await admin.button('Suspend the client').click();
  await look(admin.page, 'client-suspended', { banner: 'You asked for the client to be suspended.' });
  await expectRefused(await visit(), relyingParty, sandpit, clientId);
  await owner.open();
  await expect(owner.page.getByText('Suspended').first()).toBeVisible();
  await expect(owner.page.getByText('their key may have leaked').first()).toBeVisible();
  await look(owner.page, 'registration-suspended');

  await admin.reinstate(look);
  await expect(async () => signIn(await visit(), relyingParty, sandpit, clientId)).toPass({ timeout: 30_000 });

  await owner.open('retire');
  await look(owner.page, 'retire');
  await owner.button('Retire').click();
  await look(owner.page, 'retire-refused', { problem: 'Tick the box to confirm' });
  await owner.page.getByRole('checkbox', { name: /for good/ }).check();
  await owner.prove();
  await owner.button('Retire').click();
  await owner.expectDone('You asked for the client to be retired.');
  await expectRefused(await visit(), relyingParty, sandpit, clientId);
  await owner.open();
  await expect(owner.page.getByText('Retired').first()).toBeVisible();
  await look(owner.page, 'registration-retired');
});

test('an admin retires a client with a reason that its partner reads', async ({ partner, staff, relyingParty, look }) => {
  const service = `Ended ${unique()}`;
  const owner = await partner();
  await owner.begin(`Riverside ${unique()}`, service);
  await owner.fill({ name: service, publicPem: relyingParty.publicPem, redirectUris: [relyingParty.redirectUri] });
  await owner.submit();
  await owner.publishedClientId();

  const admin = await staff('admin');
  await admin.page.goto(`/admin/clients?search=${encodeURIComponent(service)}`);
  await admin.link(service).first().click();
  await admin.button('Retire the client').click();
  await look(admin.page, 'admin-retire', { heading: 'Retire the client' });
  await admin.prove();
  await admin.button('Retire the client').click();
  await look(admin.page, 'admin-retire-refused', { problem: 'Say why you are retiring this client.' });
  await admin.page.getByLabel('Reason').fill('The practice closed.');
  await admin.prove();
  await admin.button('Retire the client').click();
  await look(admin.page, 'admin-client-retired', { banner: 'You asked for the client to be retired.' });
  await owner.open();
  await expect(owner.page.getByText('The practice closed.').first()).toBeVisible();
});

test('a submission is withdrawn, changed and submitted again', async ({ partner, relyingParty, look }) => {
  const service = `Withdrawn ${unique()}`;
  const owner = await partner();
  await owner.begin(`Riverside ${unique()}`, service);
  const reasons = { profile: 'The practices find the patient by NHS number.' };
  await owner.fill({ name: service, publicPem: relyingParty.publicPem, redirectUris: [relyingParty.redirectUri], reasons });
  await owner.submit();
  await owner.open('draft');
  await look(owner.page, 'draft', { heading: 'The draft' });
  await owner.open('withdraw');
  await look(owner.page, 'withdraw');
  await owner.button('Withdraw').click();
  await look(owner.page, 'registration-withdrawn', { banner: 'Revision withdrawn.' });
  await owner.dropScope('profile');
  await owner.submit();
  await owner.publishedClientId();
});

test('the longest names and addresses stay on the page', async ({ partner, staff, relyingParty, look }) => {
  const mark = unique();
  const long = (word, length) => `${mark}${word.repeat(length)}`.slice(0, length);
  const service = long('Arzneimittelverordnungsdienst', 60);
  const path = long('weiterleitungsadresse', 1900);
  const owner = await partner('Wolfeschlegelsteinhausenbergerdorff Featherstonehaugh');
  await owner.begin(long('Krankenhausträgergesellschaft', 100), service);
  const reasons = { profile: long('Begründung', 300) };
  const redirectUris = [relyingParty.redirectUri, `${new URL(relyingParty.redirectUri).origin}/${path}`];
  await owner.fill({ name: service, publicPem: relyingParty.publicPem, redirectUris, reasons });
  for (const section of ['', 'client-name', 'redirect-uris', 'scopes', 'check']) {
    await owner.open(section);
    await look(owner.page, `long-${section || 'registration'}`);
  }
  await owner.submit();
  for (const address of ['/home', '/account', owner.serviceAddress, `/organisations/${owner.organisationId}`, `${owner.registration}/history`]) {
    await owner.page.goto(address);
    await look(owner.page, `long-${address.split('/')[1]}${address.endsWith('history') ? '-history' : ''}`);
  }
  const admin = await staff('admin');
  await admin.openReview(service);
  await look(admin.page, 'long-review');
  await admin.approve(long('Kommentar', 200));
  await look(admin.page, 'long-review-approved');
  await owner.publishedClientId();
  await look(owner.page, 'long-published');
  for (const list of ['queue?state=', 'clients', 'publications', 'organisations']) {
    await admin.page.goto(`/admin/${list}`);
    await look(admin.page, `long-admin-${list.split('?')[0]}`);
  }
  await admin.page.goto(`/history?search=${mark}`);
  await look(admin.page, 'long-history');
  await admin.page.locator('table a[href*="/history/"]').first().click();
  await look(admin.page, 'long-history-entry');
});
