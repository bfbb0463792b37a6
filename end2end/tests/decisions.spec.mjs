// What waits for an admin: approved, sent back, rejected.

import { opensslKeyPair } from '../fixtures/keys.mjs';
import { expect, test, unique } from '../fixtures/test.mjs';
import { beginSignIn, signIn } from '../pages/relying-party.mjs';

const WHY = 'The practices find the patient by NHS number.';

async function submitted(partner, relyingParty, service, changes = {}) {
  await partner.begin(`Riverside ${unique()}`, service);
  await partner.fill({ name: service, publicPem: relyingParty.publicPem, redirectUris: [relyingParty.redirectUri], reasons: { profile: WHY }, ...changes });
  await partner.submit();
}

test('a registration with profile waits for an admin, who approves it', async ({ partner, staff, visit, world, relyingParty, inbox, look }) => {
  const service = `Profile ${unique()}`;
  const admin = await staff('admin');
  const owner = await partner();
  await submitted(owner, relyingParty, service);
  await owner.open();
  await expect(owner.page.getByText(/waits for NHS login/)).toBeVisible();
  await look(owner.page, 'registration-waiting');

  await inbox.waitFor(admin.email, /waiting for a decision/i);
  await admin.page.goto('/admin/queue');
  await look(admin.page, 'queue');
  await admin.openReview(service);
  await expect(admin.page.getByText(WHY).first()).toBeVisible();
  await look(admin.page, 'review');
  await admin.page.goto(`${admin.review}/approve`);
  await look(admin.page, 'approve');
  await admin.approve('The reason is sound.');
  await look(admin.page, 'review-approved');

  const clientId = await owner.publishedClientId();
  const visitor = await visit();
  await signIn(visitor, relyingParty, world.environments[0], clientId, 'openid profile');
  await expect(visitor.locator('#userinfo')).toContainText('9990000018');
  await beginSignIn(visitor, relyingParty, world.environments[0], clientId, 'openid phone');
  await expect(visitor.locator('#error')).toHaveText('invalid_scope');
});

test('an admin asks for changes; the partner makes them and submits again', async ({ partner, staff, world, relyingParty, inbox, look }) => {
  const service = `Changes ${unique()}`;
  const owner = await partner();
  await submitted(owner, relyingParty, service);
  const admin = await staff('admin');
  await admin.openReview(service);
  await admin.page.goto(`${admin.review}/request-changes`);
  await look(admin.page, 'request-changes');
  await admin.button('Request changes').click();
  await expect(admin.page.locator('.nhsuk-error-summary')).toBeVisible();
  await look(admin.page, 'request-changes-refused');
  await admin.requestChanges('Say which practices these are.', 'Scopes and why');

  await inbox.waitFor(owner.email, /changes are needed/i);
  await owner.open();
  await expect(owner.page.getByText('Say which practices these are.')).toBeVisible();
  await look(owner.page, 'registration-changes-requested');
  await owner.open('scopes');
  await expect(owner.page.getByText('Say which practices these are.')).toBeVisible();
  await owner.fillScopes({ profile: 'The 12 practices of Riverside find the patient by NHS number.' });
  await owner.submit();

  await admin.openReview(service);
  await expect(admin.page.getByText(/Revision 2/).first()).toBeVisible();
  await admin.approve();
  await owner.publishedClientId();
});

test('an admin rejects with a reason, and nothing is published', async ({ partner, staff, world, relyingParty, inbox, look }) => {
  const service = `Rejected ${unique()}`;
  const owner = await partner();
  await submitted(owner, relyingParty, service);
  const admin = await staff('admin');
  await admin.openReview(service);
  await admin.page.goto(`${admin.review}/reject`);
  await look(admin.page, 'reject');
  await admin.reject('This is not health or social care.');
  await inbox.waitFor(owner.email, /rejected/i);
  await owner.open();
  await expect(owner.page.getByText('This is not health or social care.')).toBeVisible();
  await expect(owner.page.getByRole('heading', { name: 'How to connect' })).toHaveCount(0);
  await look(owner.page, 'registration-rejected');
});

test('a changed key is a revision of its own, and signs in once published', async ({ partner, visit, world, relyingParty }) => {
  const service = `Rotation ${unique()}`;
  const owner = await partner();
  await owner.begin(`Riverside ${unique()}`, service);
  await owner.fill({ name: service, publicPem: opensslKeyPair().publicPem, redirectUris: [relyingParty.redirectUri] });
  await owner.submit();
  const clientId = await owner.publishedClientId();
  await owner.fillKey(relyingParty.publicPem);
  await owner.submit();
  const visitor = await visit();
  await expect(async () => signIn(visitor, relyingParty, world.environments[0], clientId)).toPass({ timeout: 30_000 });
});
