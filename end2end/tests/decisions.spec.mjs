// What waits for an admin: approved, sent back, rejected.

import { opensslKeyPair } from '../fixtures/keys.mjs';
import { fingerprint } from '../relying-party/keys.mjs';
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
  // Nobody else's: who gave the password a moment ago is not asked for it again.
  const admin = await staff('admin', 'careless');
  const owner = await partner();
  await submitted(owner, relyingParty, service);
  await owner.open();
  await expect(owner.page.getByText(/is being reviewed/)).toBeVisible();
  await look(owner.page, 'registration-waiting');

  await inbox.waitFor(admin.email, /ready for review/i);
  await admin.page.goto('/admin/queue');
  await look(admin.page, 'queue');
  await admin.openReview(service);
  await expect(admin.page.getByText(WHY).first()).toBeVisible();
  await look(admin.page, 'review');
  await admin.page.goto(`${admin.review}/approve`);
  await look(admin.page, 'approve', { heading: /^Approve revision 1 / });
  await admin.page.getByLabel('Comment (optional)').fill('Typed before the mistake.');
  await admin.page.getByLabel('Your password, or a code').fill('not this one, sorry');
  await admin.button(/^Approve revision/).click();
  await look(admin.page, 'approve-refused', { problem: 'This password is wrong.' });
  await expect(admin.page.getByLabel('Comment (optional)')).toHaveValue('Typed before the mistake.');
  await admin.approve('The reason is sound.');
  await look(admin.page, 'review-approved', { banner: 'Approved. This page shows when the provider has confirmed it' });

  const clientId = await owner.publishedClientId();
  const visitor = await visit();
  await signIn(visitor, relyingParty, world.environments[0], clientId, 'openid profile');
  await expect(visitor.locator('#userinfo')).toContainText('9990000018');
  await beginSignIn(visitor, relyingParty, world.environments[0], clientId, 'openid phone');
  await expect(visitor.locator('#error')).toHaveText('invalid_scope');
});

test('an admin asks for changes; the partner makes them and submits again', async ({ partner, staff, relyingParty, inbox, look }) => {
  const service = `Changes ${unique()}`;
  const owner = await partner();
  await submitted(owner, relyingParty, service);
  const admin = await staff('admin');
  await admin.openReview(service);
  await admin.page.goto(`${admin.review}/request-changes`);
  await look(admin.page, 'request-changes');
  await admin.button('Request changes').click();
  await look(admin.page, 'request-changes-refused', { problem: 'Say what must change, in the whole revision or in a section.' });
  await admin.requestChanges('Say which practices these are.', 'Scopes and why');

  await inbox.waitFor(owner.email, /changes requested/i);
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

test('an admin rejects with a reason, and nothing is published', async ({ partner, staff, relyingParty, inbox, look }) => {
  const service = `Rejected ${unique()}`;
  const owner = await partner();
  await submitted(owner, relyingParty, service);
  const admin = await staff('admin');
  await admin.openReview(service);
  await admin.page.goto(`${admin.review}/reject`);
  await look(admin.page, 'reject', { heading: 'Reject revision 1' });
  await admin.button(/^Reject revision/).click();
  await look(admin.page, 'reject-refused', { problem: 'Say why you are rejecting this revision.' });
  await admin.reject('This is not health or social care.');
  await inbox.waitFor(owner.email, /rejected/i);
  await owner.open();
  await expect(owner.page.getByText('This is not health or social care.')).toBeVisible();
  await expect(owner.page.getByRole('heading', { name: 'How to connect' })).toHaveCount(0);
  await look(owner.page, 'registration-rejected');
});

test('a changed key and other redirect URIs are judged against what is published', async ({ partner, staff, visit, world, relyingParty, inbox, look }) => {
  const service = `Rotation ${unique()}`;
  const [sandpit] = world.environments;
  const before = opensslKeyPair();
  const moved = `${new URL(relyingParty.redirectUri).origin}/moved`;
  const owner = await partner();
  const admin = await staff('admin');
  await submitted(owner, relyingParty, service, { publicPem: before.publicPem, redirectUris: [moved] });
  await admin.openReview(service);
  await admin.approve();
  const clientId = await owner.publishedClientId();
  const visitor = await visit();
  await beginSignIn(visitor, relyingParty, sandpit, clientId);
  await expect(visitor.locator('#error')).toHaveText('invalid_redirect_uri');

  await owner.fillKey(relyingParty.publicPem);
  await owner.fillRedirectUris([relyingParty.redirectUri]);
  await owner.open('check');
  await look(owner.page, 'check-amendment', { heading: 'Check your answers' });
  await owner.submit();
  await inbox.waitFor(owner.email, /public keys of your registration are changing/i, service);

  await admin.openReview(service);
  const changed = (label) => admin.page.locator('.app-diff-list .nhsuk-summary-list__row', { has: admin.page.getByText(label, { exact: true }) });
  await expect(changed('Public key')).toContainText(`Removed: RSA, 2048 bits. SHA-256 ${fingerprint(before.publicPem)}`);
  await expect(changed('Public key')).toContainText(`Added: RSA, 2048 bits. SHA-256 ${fingerprint(relyingParty.publicPem)}`);
  await expect(changed('Redirect URIs')).toContainText(`Removed: ${moved}`);
  await expect(changed('Redirect URIs')).toContainText(`Added: ${relyingParty.redirectUri}`);
  await expect(admin.page.getByText(/^The same in both: Client name, Scopes/)).toBeVisible();
  await expect(admin.page.getByRole('row', { name: /^Public key Passed/ })).toBeVisible();
  await look(admin.page, 'review-amendment', { heading: /^Review of / });
  await owner.open('revisions/2');
  await look(owner.page, 'revision-amendment', { heading: 'Revision 2' });
  await admin.approve();
  await expect(async () => signIn(visitor, relyingParty, sandpit, clientId, 'openid profile')).toPass({ timeout: 30_000 });
});

test('of two edits of one section the later one is shown the other', async ({ partner, world, look }) => {
  const owner = await partner();
  const registration = (await owner.begin(`Riverside ${unique()}`, `Conflict ${unique()}`)).split('/').pop();
  await owner.open('client-name');
  const base = await owner.page.locator('[name=base]').inputValue();
  const form = { registration, base, client_name: 'Saved in another tab' };
  await owner.page.request.post('/api/save-client-name', { form, headers: { Origin: world.portal }, maxRedirects: 0 });
  await owner.page.getByLabel('Client name').fill('Typed here');
  await owner.save();
  await look(owner.page, 'conflict', { problem: 'You saved this in another tab on ' });
  await expect(owner.page.getByText('Added: Saved in another tab')).toBeVisible();
  await expect(owner.page.getByLabel('Client name')).toHaveValue('Typed here');
  await owner.save();
  await owner.open('client-name');
  await expect(owner.page.getByLabel('Client name')).toHaveValue('Typed here');
});

test('where nothing is left to decide, what is so is said', async ({ partner, staff, relyingParty, look }) => {
  const service = `Decided ${unique()}`;
  const owner = await partner();
  await submitted(owner, relyingParty, service);
  const admin = await staff('admin');
  await admin.openReview(service);
  await owner.open('withdraw');
  await owner.button('Withdraw').click();
  await owner.expectDone('Revision withdrawn.');
  const answer = await admin.page.goto(`${admin.review}/approve`);
  expect(answer.status()).toBe(409);
  await look(admin.page, 'decided-meanwhile', { heading: 'You cannot do this now' });
});
