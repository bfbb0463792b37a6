// The way to live: sandpit, integration with one admin, live with two and proof of possession; an auditor reads it all.

import { assertion, opensslKeyPair } from '../fixtures/keys.mjs';
import { expect, test, unique } from '../fixtures/test.mjs';
import { document } from '../pages/partner.mjs';
import { signIn } from '../pages/relying-party.mjs';

/** Expects the auditor's history to have each sentence, and who is behind it where a name is given: newest first, as shown. */
async function expectHistory(auditor, registration, entries) {
  await auditor.page.goto(`/history?registration=${registration}`);
  const shown = (await auditor.page.locator('main tbody tr').allInnerTexts()).reverse();
  let from = 0;
  for (const [sentence, who] of entries) {
    const at = shown.findIndex((row, index) => index >= from && row.includes(sentence) && row.includes(who));
    expect(at, `“${sentence}” by ${who}, after entry ${from} of:\n${shown.join('\n')}`).not.toBe(-1);
    from = at + 1;
  }
}

test('a service goes from the sandpit to live', async ({ partner, staff, visit, world, relyingParty, look }) => {
  const service = `Journey ${unique()}`;
  const { publicPem, privatePem, redirectUri } = relyingParty;
  const owner = await partner();
  await owner.begin(`Riverside ${unique()}`, service);
  await owner.fill({ name: service, publicPem, redirectUris: [redirectUri] });
  await owner.submit();
  await owner.publishedClientId();
  const inSandpit = owner.registration;

  const first = await staff('admin', 1);
  await first.page.goto(`/admin/organisations/${owner.organisationId}`);
  await look(first.page, 'admin-organisation');
  await first.confirmOrganisation(owner.organisationId, look);

  const integration = await owner.startEnvironment('integration');
  await owner.open('client-name');
  await expect(owner.page.getByLabel('Client name')).toHaveValue(service);
  await owner.open('check');
  await expect(owner.button('Submit')).toHaveCount(0);
  await look(owner.page, 'integration-check-incomplete');
  expect(await owner.fillEvidence(look)).toBeGreaterThan(1);
  await owner.open('evidence/dspt');
  await owner.answerDate(/expire/, { Day: '31', Month: '2', Year: '2027' });
  await owner.save();
  await owner.open('evidence/dspt');
  await look(owner.page, 'evidence-no-date', { problem: /day, month and year/ });
  await owner.answerDate(/expire/, -1);
  await owner.save();
  await owner.open('evidence/dspt');
  await look(owner.page, 'evidence-expired', { problem: 'has passed. Renew it, then enter the new date.' });
  await owner.answerDate(/expire/, 300);
  await owner.save();
  await owner.submit();
  await first.openReview(service);
  await look(first.page, 'integration-review');
  await expect(first.page.getByText('Data Security and Protection Toolkit').first()).toBeVisible();
  await expect(first.page.getByText('Reference 2026/17').first()).toBeVisible();
  await first.approve('The demonstration was good.');
  const inIntegration = await owner.publishedClientId();

  const live = await owner.startEnvironment('live');
  expect(await owner.fillEvidence(look)).toBeGreaterThan(5);
  await owner.open('evidence/data_flow');
  await look(owner.page, 'evidence-with-a-file');
  await owner.page.getByLabel('Add files').setInputFiles([{ ...document('Diagram.pdf'), buffer: Buffer.from('<script>alert(1)</script>') }]);
  await owner.save();
  await look(owner.page, 'evidence-file-refused', { problem: '“Diagram.pdf” is none of these: PDF, PNG, JPEG, DOCX, XLSX, ODT.' });
  const file = owner.page.getByRole('link', { name: 'Data flow.pdf' });
  const [download] = await Promise.all([owner.page.waitForEvent('download'), file.click()]);
  expect(download.suggestedFilename()).toBe('Data flow.pdf');
  await owner.open('check');
  await expect(owner.button('Submit')).toHaveCount(0);
  await expect(owner.page.getByText(/needs proof that you hold the private key/).first()).toBeVisible();
  await look(owner.page, 'live-check-without-proof');
  await owner.sendAssertion((claims) => assertion(opensslKeyPair().privatePem, claims));
  await look(owner.page, 'possession-refused', { problem: 'The signature does not match the public key of this registration.' });
  await owner.sendAssertion((claims) => assertion(privatePem, claims));
  await look(owner.page, 'possession-proved', { banner: 'You proved that you hold the private key.' });
  await owner.open('check');
  await expect(owner.button('Submit')).toHaveCount(0);
  await expect(owner.page.getByRole('heading', { name: 'Set up a second factor first' })).toBeVisible();
  await look(owner.page, 'live-check-without-second-factor');
  await owner.setSecondFactor(owner.password);
  await owner.submit();
  await first.openReview(service);
  for (const answer of ['Direct care under contract with the practices.', 'Proved for the key of this revision.']) {
    await expect(first.page.getByText(answer).first()).toBeVisible();
  }
  await first.approve('First approval.');
  await look(first.page, 'live-review-first-approval', { banner: 'Another admin must approve it too.' });
  await owner.open();
  await expect(owner.page.getByText(/1 of 2 approvals/).first()).toBeVisible();
  await expect(owner.page.getByRole('heading', { name: 'How to connect' })).toHaveCount(0);
  await first.page.goto(`${first.review}/approve`);
  const banner = first.page.locator('.nhsuk-notification-banner');
  await expect(banner, 'the same admin twice').toContainText('You have already approved this revision.');
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

  // One admin suspends at once; two reinstate.
  await first.page.goto(`${first.review}/suspend`);
  await first.page.getByLabel('Reason').fill('A key may have leaked.');
  await first.button('Suspend the client').click();
  await first.expectDone('You asked for the client to be suspended.');
  await first.page.goto(`${first.review}/reinstate`);
  await first.page.getByLabel('Reason').fill('The key had not leaked.');
  await first.prove();
  await first.button('Propose to reinstate the client').click();
  await first.expectDone('Reinstatement proposed.');
  await second.page.goto(`${second.review}/drop-reinstatement`);
  await look(second.page, 'drop-reinstatement', { heading: /^Drop the proposal to reinstate the client/ });
  await second.page.goto(`${second.review}/confirm-reinstatement`);
  await look(second.page, 'confirm-reinstatement', { heading: /^Reinstate the client/ });
  await second.prove();
  await second.button('Reinstate the client').click();
  await second.expectDone('You asked for the client to be reinstated.');
  await expect(async () => signIn(await visit(), relyingParty, world.environments[2], inLive)).toPass({ timeout: 30_000 });

  // One admin decides on a key that the published one endorsed, and reads nothing but the keys.
  const next = opensslKeyPair();
  await owner.addKey(next.publicPem, 'Live signing key 2027');
  await owner.endorse((claims) => assertion(next.privatePem, claims), (claims) => assertion(privatePem, claims));
  await owner.expectDone('Key endorsed.');
  await owner.open('check');
  await expect(owner.page.getByText('One NHS login admin decides, and reads nothing but the keys.')).toBeVisible();
  await owner.submit();
  await second.openReview(service);
  await expect(second.page.getByRole('heading', { name: 'Only keys changed', exact: true })).toBeVisible();
  await expect(second.page.getByText('Reference 2026/17').first(), 'but in the exact bytes').toBeHidden();
  await look(second.page, 'live-review-keys-alone');
  await second.approve('Endorsed by the key that is live.');
  await owner.atStep('Switch your service to the new key');
  await look(owner.page, 'live-rotation-switch');

  const auditor = await staff('auditor');
  await auditor.page.goto(`/history?search=${encodeURIComponent(service)}`);
  await look(auditor.page, 'history-search', { heading: 'History' });
  const id = (registration) => registration.split('/').pop();
  const submitted = ['Submitted revision 1 for review.', owner.name];
  const confirmed = ['The provider confirmed what was published.', ''];
  await expectHistory(auditor, id(inSandpit), [submitted, ['Revision 1 was approved automatically', owner.name], confirmed]);
  await expectHistory(auditor, id(integration), [
    ['as a copy of an earlier registration', owner.name],
    ['Saved the evidence “Data Security and Protection Toolkit” in the draft.', owner.name],
    submitted,
    ['Gave the final approval of revision 1', first.name],
    confirmed,
  ]);
  await expectHistory(auditor, id(live), [
    ['Saved the evidence “Clinical safety” in the draft.', owner.name],
    ['Proved possession of the private key', owner.name],
    submitted,
    ['Approved revision 1. Another admin must approve it.', first.name],
    ['Gave the final approval of revision 1', second.name],
    confirmed,
  ]);
  await look(auditor.page, 'history-registration', { heading: 'History' });
  await auditor.page.locator('table a[href*="/history/"]').first().click();
  await look(auditor.page, 'history-entry', { heading: /^Entry \d+ of the history$/ });
  await auditor.page.goto(first.review);
  await auditor.page.getByRole('link', { name: 'revision 1', exact: true }).first().click();
  await expect(auditor.page.getByText('Direct care under contract with the practices.').first()).toBeVisible();
  await look(auditor.page, 'live-review-auditor', { heading: /^Review of / });
  expect((await auditor.page.goto(`${first.review}/approve`)).status(), 'an auditor decides nothing').toBe(403);
});
