// Staff: the first sign-in, the second factor, what each role may see, and how a staff role changes.

import { totp } from '../fixtures/keys.mjs';
import { expect, newStaff, PASSWORD, test } from '../fixtures/test.mjs';

test('an admin sets a second factor, and signs in with a recovery code and with the app', async ({ visit, world, inbox, look }) => {
  const { pages: admin, person } = newStaff(await visit(), world, inbox, 'admin');
  await admin.setUp({ ...person, look });
  const { page } = admin;
  expect(admin.recoveryCodes.length).toBe(10);
  await page.goto('/account');
  await look(page, 'account-staff', { heading: 'Your account' });
  await admin.signOut();
  await admin.signIn({ email: admin.email, password: PASSWORD });
  await look(page, 'sign-in-code', { heading: 'Enter the code from your app' });
  await admin.enterCode('000000');
  await look(page, 'sign-in-code-refused', { problem: 'This code is wrong or has already been used.' });
  await admin.enterCode(admin.recoveryCodes[0]);
  await expect(page).toHaveURL(/\/home/);
  await page.goto('/admin/queue');
  await expect(admin.heading('Review queue')).toBeVisible();

  await admin.signOut();
  await admin.signIn({ email: admin.email, password: PASSWORD });
  await admin.enterCode(admin.recoveryCodes[0]);
  await look(page, 'recovery-code-spent', { problem: 'This code is wrong or has already been used.' });
  // A code that was used is refused; the app shows the next one within 30 seconds.
  await expect(async () => {
    await admin.signIn({ email: admin.email, password: PASSWORD });
    await admin.enterCode(totp(admin.secret));
    await page.goto('/admin/queue');
    await expect(admin.heading('Review queue')).toBeVisible({ timeout: 1000 });
  }).toPass({ intervals: [8000], timeout: 70_000 });
});

test('an admin reads every staff page', async ({ staff, look }) => {
  const { page } = await staff('admin');
  for (const name of ['home', 'admin/queue', 'admin/clients', 'admin/publications', 'admin/organisations', 'admin/people', 'history']) {
    const response = await page.goto(`/${name}`);
    expect(response.status(), name).toBe(200);
    await look(page, `admin-${name.replace('/', '-')}`);
  }
});

test('a partner is refused the staff pages', async ({ partner, look }) => {
  const { page } = await partner();
  for (const name of ['admin/queue', 'admin/clients', 'admin/publications', 'admin/organisations', 'admin/people']) {
    const response = await page.goto(`/${name}`);
    expect([403, 404], name).toContain(response.status());
  }
  await look(page, 'forbidden', { heading: 'You cannot see this page' });
  expect((await page.goto('/no-such-page')).status()).toBe(404);
  await look(page, 'not-found', { heading: 'Page not found' });
});

test('a staff role is changed by two people', async ({ staff, partner, look }) => {
  const [first, second] = [await staff('admin', 'proposer'), await staff('admin', 2)];
  const somebody = await partner('Una Roe');
  await first.page.goto(`/admin/people?search=${encodeURIComponent(somebody.email)}`);
  await first.link('Una Roe').click();
  await look(first.page, 'person', { heading: 'Una Roe' });
  const account = new URL(first.page.url()).pathname.split('/').pop();

  await first.openAction(account, 'propose', 'Propose another staff role');
  await first.button('Propose the change').click();
  await look(first.page, 'propose-refused', { problem: 'Choose which staff role this person should have.' });
  await first.page.getByRole('radio', { name: /^Auditor/ }).check();
  await first.page.getByLabel('Your password, or a code').fill('not this one, sorry');
  await first.button('Propose the change').click();
  await look(first.page, 'propose-wrong-password', { problem: 'This password is wrong.' });
  await expect(first.page.getByRole('radio', { name: /^Auditor/ })).toBeChecked();
  await first.prove();
  await first.button('Propose the change').click();
  await look(first.page, 'person-proposed', { banner: 'Change of role proposed.' });
  expect((await first.page.goto(`/admin/people/${account}/confirm`)).status(), 'who proposed does not confirm').toBe(403);
  await somebody.page.goto('/home');
  await expect(somebody.heading('Your services')).toBeVisible();

  await second.openAction(account, 'confirm', 'Confirm the change of staff role');
  await look(second.page, 'person-confirm', { heading: 'Confirm the change of staff role' });
  await second.prove();
  await second.button('Confirm the change').click();
  await look(second.page, 'person-confirmed', { banner: 'Change of role confirmed.' });
  await somebody.page.goto('/home');
  await expect(somebody.page, 'the old session is over').toHaveURL(/\/sign-in/);
  await somebody.signIn({ email: somebody.email, password: PASSWORD });
  await expect(somebody.heading('Set up your second factor')).toBeVisible();
});

test('an account is locked and unlocked', async ({ staff, partner, look }) => {
  const admin = await staff('admin');
  const somebody = await partner('Lou Locke');
  await admin.page.goto(`/admin/people?search=${encodeURIComponent(somebody.email)}`);
  await admin.link('Lou Locke').click();
  await expect(admin.heading('Lou Locke')).toBeVisible();
  const account = new URL(admin.page.url()).pathname.split('/').pop();
  await admin.openAction(account, 'disable', 'Lock the account');
  await look(admin.page, 'person-lock', { heading: 'Lock the account' });
  await admin.prove();
  await admin.button('Lock the account').click();
  await admin.expectDone('Account locked and signed out everywhere.');
  await somebody.signIn({ email: somebody.email, password: PASSWORD });
  await somebody.expectProblem('The email address or the password is wrong');
  await admin.openAction(account, 'enable', 'Unlock the account');
  await admin.prove();
  await admin.button('Unlock the account').click();
  await admin.expectDone('Account unlocked.');
  await somebody.signIn({ email: somebody.email, password: PASSWORD });
  await expect(somebody.heading('Your services')).toBeVisible();
});
