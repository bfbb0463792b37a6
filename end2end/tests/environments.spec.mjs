// The way to live: sandpit, integration with one admin, live with two and proof of possession; an auditor reads it all.

import { assertion } from '../fixtures/keys.mjs';
import { expect, test, unique } from '../fixtures/test.mjs';
import { signIn } from '../pages/relying-party.mjs';

test('a service goes from the sandpit to live', async ({ partner, staff, visit, world, relyingParty, look }) => {
  const service = `Journey ${unique()}`;
  const { publicPem, privatePem, redirectUri } = relyingParty;
  const owner = await partner();
  await owner.begin(`Riverside ${unique()}`, service);
  await owner.fill({ name: service, publicPem, redirectUris: [redirectUri] });
  await owner.submit();
  await owner.publishedClientId();

  const first = await staff('admin', 1);
  await first.page.goto(`/admin/organisations/${owner.organisationId}`);
  await look(first.page, 'admin-organisation');
  await first.confirmOrganisation(owner.organisationId);

  await owner.startEnvironment('integration');
  await owner.open('client-name');
  await expect(owner.page.getByLabel('Client name')).toHaveValue(service);
  await owner.open('check');
  await expect(owner.button('Submit')).toHaveCount(0);
  await look(owner.page, 'integration-check-incomplete');
  expect(await owner.fillEvidence(look)).toBeGreaterThan(1);
  await owner.submit();
  await first.openReview(service);
  await look(first.page, 'integration-review');
  await first.approve('The demonstration was good.');
  const inIntegration = await owner.publishedClientId();

  await owner.startEnvironment('live');
  expect(await owner.fillEvidence(look)).toBeGreaterThan(5);
  await owner.open('check');
  await expect(owner.button('Submit')).toHaveCount(0);
  await expect(owner.page.getByText(/needs proof that you hold the private key/).first()).toBeVisible();
  await look(owner.page, 'live-check-without-proof');
  await owner.provePossession((claims) => assertion(privatePem, claims));
  await look(owner.page, 'possession-proved');
  await owner.submit();
  await first.openReview(service);
  await first.approve('First approval.');
  await look(first.page, 'live-review-first-approval');
  await owner.open();
  await expect(owner.page.getByText(/1 of 2 approvals/).first()).toBeVisible();
  await expect(owner.page.getByRole('heading', { name: 'How to connect' })).toHaveCount(0);
  const again = await first.page.goto(`${first.review}/approve`);
  expect(again.status(), 'the same admin twice').toBe(403);
  const second = await staff('admin', 2);
  await second.openReview(service);
  await expect(second.page.getByText('First approval.').first()).toBeVisible();
  await second.approve('Second approval.');
  const inLive = await owner.publishedClientId();
  expect(inLive).not.toBe(inIntegration);
  await look(owner.page, 'live-published');
  await owner.page.goto(owner.serviceAddress);
  await look(owner.page, 'service-live');

  const visitor = await visit();
  await signIn(visitor, relyingParty, world.environments[1], inIntegration);
  await signIn(visitor, relyingParty, world.environments[2], inLive);

  const auditor = await staff('auditor');
  await auditor.page.goto(`/history?search=${encodeURIComponent(service)}`);
  await look(auditor.page, 'history-search');
  await auditor.page.goto(`/history?registration=${owner.registration.split('/').pop()}`);
  await expect(auditor.page.locator('main table').getByText(/approved/i).first()).toBeVisible();
  await expect(auditor.page.locator('main table').getByText(/published/i).first()).toBeVisible();
  await look(auditor.page, 'history-registration');
  await auditor.page.locator('table a[href*="/history/"]').first().click();
  await look(auditor.page, 'history-entry');
  expect((await auditor.page.goto(`${first.review}/approve`)).status(), 'an auditor decides nothing').toBe(403);
});
