// What everybody does with an account: a forgotten password, a new one, a second factor, signing out.

import { leaveIdle } from '../fixtures/database.mjs';
import { expect, PASSWORD, test, unique } from '../fixtures/test.mjs';

const ANOTHER = 'seven quiet harbours at dusk';
const THIRD = 'eleven slow rivers in spring';

test('a forgotten password is replaced by a mailed link, once', async ({ partner, inbox, look }) => {
  const owner = await partner();
  const { page, email } = owner;
  await owner.signOut();
  await page.goto('/forgotten-password');
  await look(page, 'forgotten-password', { heading: 'Forgotten your password?' });
  await owner.button('Send the link').click();
  await look(page, 'forgotten-password-refused', { problem: 'Enter an email address.' });
  await page.getByLabel('Email address').fill(email);
  await owner.button('Send the link').click();
  await look(page, 'forgotten-password-sent', { heading: 'Check your email' });

  const link = await inbox.link(email, /choose a new password/i);
  await page.goto(link);
  await page.getByLabel('New password').fill('short');
  await owner.button('Save the new password').click();
  await look(page, 'reset-password-refused', { problem: /12 characters/ });
  await page.getByLabel('New password').fill(ANOTHER);
  await owner.button('Save the new password').click();
  await owner.expectDone('Password changed. Sign in with the new one.');
  await page.goto(link);
  await look(page, 'reset-password-spent', { heading: 'This link no longer works' });
  await expect(page.getByLabel('New password')).toHaveCount(0);

  await owner.signIn({ email, password: PASSWORD });
  await owner.expectProblem('The email address or the password is wrong');
  await owner.signIn({ email, password: ANOTHER });
  await expect(owner.heading('Your services')).toBeVisible();
});

test('a person changes name and password, turns a second factor on and signs out everywhere', async ({ partner, inbox, look }) => {
  const owner = await partner();
  const { page, email } = owner;
  await page.goto('/account');
  await look(page, 'account', { heading: 'Your account' });
  await page.goto('/account/name');
  await look(page, 'account-name', { heading: 'Change your name' });
  await page.getByLabel('Your name').fill('');
  await owner.button('Save').click();
  await look(page, 'account-name-refused', { problem: /name/ });
  await page.getByLabel('Your name').fill('Priya Shah-Jones');
  await owner.button('Save').click();
  await owner.expectDone('Name changed.');
  await page.goto('/account/password');
  await page.getByLabel('Current password').fill('not this one, sorry');
  await page.getByLabel('New password').fill(ANOTHER);
  await owner.button('Change password').click();
  await look(page, 'change-password-refused', { problem: 'This password is wrong.' });
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByLabel('New password').fill(ANOTHER);
  await owner.button('Change password').click();
  await inbox.waitFor(email, /password was changed/i);

  await owner.beginSecondFactor(ANOTHER);
  await page.getByLabel('Code', { exact: true }).fill('000000');
  await owner.button(/^Turn on/).click();
  await look(page, 'second-factor-refused', { problem: 'This code is wrong or has already been used.' });
  const { recoveryCodes } = await owner.setSecondFactor(ANOTHER, look);
  await inbox.waitFor(email, /second factor/i);
  await page.goto('/account');
  await look(page, 'account-second-factor', { heading: 'Your account' });
  await owner.button('Sign out everywhere').click();
  await page.goto('/home');
  await expect(page).toHaveURL(/\/sign-in/);
  await owner.signIn({ email, password: ANOTHER });
  await owner.enterCode(recoveryCodes[0]);
  await expect(owner.heading('Your services')).toBeVisible();
  await page.goto('/account/second-factor/remove');
  await look(page, 'second-factor-remove', { heading: 'Remove your second factor' });
  await owner.button('Remove the second factor').click();
  await look(page, 'second-factor-remove-refused', { problem: 'This password is wrong.' });
  await page.getByLabel('Your password').fill(ANOTHER);
  await page.getByLabel('Code', { exact: true }).fill(recoveryCodes[1]);
  await owner.button('Remove the second factor').click();
  await owner.expectDone('Second factor removed.');
  await owner.signOut();
  await owner.signIn({ email, password: ANOTHER });
  await expect(owner.heading('Your services')).toBeVisible();

  await owner.signUp({ name: 'Somebody else', email, password: THIRD });
  await inbox.waitFor(email, /already have an account/i);
});

test('who guesses passwords is told to wait', async ({ visit, world, look }) => {
  const page = await visit();
  const email = `guessed.${unique()}@partner.example`;
  const form = { email, password: 'not this one, sorry' };
  await page.goto('/sign-in');
  for (let tries = 0; tries < 10; tries += 1) {
    await page.request.post('/api/sign-in', { form, headers: { Origin: world.portal }, maxRedirects: 0 });
  }
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(form.password);
  await page.getByRole('button', { name: 'Sign in' }).last().click();
  await look(page, 'sign-in-too-many', { problem: 'There were too many tries.' });
});

test('what was typed outlives a session that ran out', async ({ partner, world, look }) => {
  const owner = await partner();
  const { page, email } = owner;
  await owner.begin(`Riverside ${unique()}`, `Signed out ${unique()}`);
  await owner.open('client-name');
  await page.getByLabel('Client name').fill('Typed before the end');
  await leaveIdle(world.database, email);
  await owner.save();
  await look(page, 'sign-in-to-go-on', { heading: 'Sign in' });
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await owner.button('Sign in').last().click();
  await look(page, 'form-after-signing-in-again', { problem: 'What you typed is still here' });
  await expect(page.getByLabel('Client name')).toHaveValue('Typed before the end');
  await owner.save();
  await owner.open('client-name');
  await expect(page.getByLabel('Client name')).toHaveValue('Typed before the end');
});
