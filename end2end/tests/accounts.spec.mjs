// What everybody does with an account: a forgotten password, a new one, a second factor, signing out.

import { expect, PASSWORD, test } from '../fixtures/test.mjs';

const ANOTHER = 'seven quiet harbours at dusk';
const THIRD = 'eleven slow rivers in spring';

test('a forgotten password is replaced by a mailed link, once', async ({ partner, inbox, look }) => {
  const owner = await partner();
  const { page, email } = owner;
  await owner.signOut();
  await page.goto('/forgotten-password');
  await look(page, 'forgotten-password');
  await page.getByLabel('Email address').fill(email);
  await owner.button('Send the link').click();
  await expect(owner.heading('Check your email')).toBeVisible();
  await look(page, 'forgotten-password-sent');

  const link = await inbox.link(email, /choose a new password/i);
  await page.goto(link);
  await page.getByLabel('New password').fill('short');
  await owner.button('Save the new password').click();
  await owner.expectProblem(/12 characters/);
  await look(page, 'reset-password-refused');
  await page.getByLabel('New password').fill(ANOTHER);
  await owner.button('Save the new password').click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto(link);
  await look(page, 'reset-password-spent');
  await expect(page.getByLabel('New password')).toHaveCount(0);

  await owner.signIn({ email, password: PASSWORD });
  await expect(page.locator('.nhsuk-error-summary')).toBeVisible();
  await owner.signIn({ email, password: ANOTHER });
  await page.goto('/home');
  await expect(owner.heading('Your services')).toBeVisible();
});

test('a person changes the password, turns a second factor on and signs out everywhere', async ({ partner, inbox, look }) => {
  const owner = await partner();
  const { page, email } = owner;
  await page.goto('/account');
  await look(page, 'account');
  await page.goto('/account/password');
  await page.getByLabel('Current password').fill('not this one, sorry');
  await page.getByLabel('New password').fill(ANOTHER);
  await owner.button('Change password').click();
  await owner.expectProblem(/password/i);
  await look(page, 'change-password-refused');
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByLabel('New password').fill(ANOTHER);
  await owner.button('Change password').click();
  await inbox.waitFor(email, /password was changed/i);

  const { recoveryCodes } = await owner.setSecondFactor(ANOTHER);
  await inbox.waitFor(email, /second factor/i);
  await page.goto('/account');
  await look(page, 'account-second-factor');
  await owner.button('Sign out everywhere').click();
  await page.goto('/home');
  await expect(page).toHaveURL(/\/sign-in/);
  await owner.signIn({ email, password: ANOTHER });
  await owner.enterCode(recoveryCodes[0]);
  await page.goto('/account/second-factor/remove');
  await look(page, 'second-factor-remove');
  await page.getByLabel('Your password').fill(ANOTHER);
  await page.getByLabel('Code', { exact: true }).fill(recoveryCodes[1]);
  await owner.button('Remove the second factor').click();
  await owner.signOut();
  await owner.signIn({ email, password: ANOTHER });
  await page.goto('/home');
  await expect(owner.heading('Your services')).toBeVisible();

  await page.goto('/sign-up');
  await owner.signUp({ name: 'Somebody else', email, password: THIRD });
  await inbox.waitFor(email, /already have an account|account/i);
});
