// Staff: the first sign-in, the second factor, and what each role may see.

import { totp } from '../fixtures/keys.mjs';
import { expect, newStaff, PASSWORD, test } from '../fixtures/test.mjs';

test('an admin sets a second factor, and signs in with a recovery code and with the app', async ({ visit, world, inbox, look }) => {
  const admin = await newStaff(await visit(), world, inbox, 'admin', look);
  const { page } = admin;
  expect(admin.recoveryCodes.length).toBe(10);
  await page.goto('/account');
  await look(page, 'account');
  await admin.signOut();
  await admin.signIn({ email: admin.email, password: PASSWORD });
  await expect(admin.heading('Enter the code from your app')).toBeVisible();
  await look(page, 'sign-in-code');
  await admin.enterCode('000000');
  await expect(page.locator('.nhsuk-error-summary')).toBeVisible();
  await look(page, 'sign-in-code-refused');
  await admin.enterCode(admin.recoveryCodes[0]);
  await page.goto('/admin/queue');
  await expect(admin.heading('Review queue')).toBeVisible();

  await admin.signOut();
  await admin.signIn({ email: admin.email, password: PASSWORD });
  await admin.enterCode(admin.recoveryCodes[0]);
  await expect(page.locator('.nhsuk-error-summary')).toBeVisible();
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
  await look(page, 'forbidden');
  expect((await page.goto('/no-such-page')).status()).toBe(404);
  await look(page, 'not-found');
});
