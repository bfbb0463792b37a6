// A change of a client that is published: what it will need, two people in one section, taken back, thrown away.

import { expect, test, unique } from '../fixtures/test.mjs';

test('a change says what it needs, is put together by two people, taken back and thrown away', async ({ partner, relyingParty, look }) => {
  const service = `Amended ${unique()}`;
  const { publicPem, redirectUri } = relyingParty;
  const owner = await partner();
  const { page } = owner;
  await owner.begin(`Riverside ${unique()}`, service);
  await owner.fill({ name: service, publicPem, redirectUris: [redirectUri], reasons: { email: 'To write to patients.' } });
  await owner.submit();
  await owner.publishedClientId();

  // Somebody else has the same section open.
  await owner.open('scopes');
  const elsewhere = await page.context().newPage();
  await elsewhere.goto(page.url());
  const saveElsewhere = async () => {
    await elsewhere.getByRole('button', { name: 'Save and continue' }).click();
    await expect(elsewhere.locator('.nhsuk-notification-banner')).toBeVisible();
  };
  const reason = (of, scope) => of.getByLabel(`Why do you need ${scope}?`, { exact: true });
  await elsewhere.getByRole('checkbox', { name: /^phone\b/ }).check();
  await reason(elsewhere, 'phone').fill('To call them.');
  await reason(elsewhere, 'email').fill('To send letters.');
  await saveElsewhere();
  await reason(page, 'email').fill('To send reminders.');
  await owner.save();
  await expect(page.getByRole('checkbox', { name: /^phone\b/ }), 'what only the other changed').toBeChecked();
  await look(page, 'scopes-both-changed', { problem: 'You saved this in another tab' });
  await page.getByRole('group', { name: /Which do you want to keep/ }).getByLabel('What is saved now').check();
  await owner.save();
  await owner.open('scopes');
  await expect(reason(page, 'email')).toHaveValue('To send letters.');
  await expect(reason(page, 'phone')).toHaveValue('To call them.');

  await owner.fillScopes({ profile: 'The practices find the patient by NHS number.' });
  await owner.open('check');
  await expect(page.getByText('We read why you need profile')).toBeVisible();
  await look(page, 'check-what-a-change-needs');
  await owner.submit();
  await owner.open('withdraw');
  await owner.button(/^Withdraw revision 2/).click();
  await owner.expectDone(/withdrawn/i);

  await owner.fillName(`${service} 2`);
  await owner.open();
  await page.getByRole('link', { name: 'Throw away the changes in the draft' }).click();
  await look(page, 'discard', { heading: 'Throw away the changes in the draft?' });
  await expect(page.getByText('To call them.')).toBeVisible();
  await owner.button('Throw away the changes').click();
  await look(page, 'discarded', { banner: 'Changes thrown away.' });
  await owner.open('client-name');
  await expect(page.getByLabel('Client name')).toHaveValue(service);
  await owner.publishedClientId();
});
