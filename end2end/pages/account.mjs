// The pages of accounts, as everybody uses them.

import { expect } from '@playwright/test';
import { totp } from '../fixtures/keys.mjs';
import { expectShown } from '../fixtures/look.mjs';

/** Somebody at the portal: a browser page, and where mails go. */
export class AccountPages {
  constructor(page, world, inbox) {
    Object.assign(this, { page, world, inbox });
  }

  heading(name) {
    return this.page.getByRole('heading', { level: 1, name });
  }

  /** The sentences of the error summary, which the title has to announce. */
  expectProblem(sentence) {
    return expectShown(this.page, { problem: sentence });
  }

  /** What was done, as the banner says it. */
  expectDone(sentence) {
    return expectShown(this.page, { banner: sentence });
  }

  button(name) {
    return this.page.getByRole('button', { name });
  }

  link(name) {
    return this.page.getByRole('link', { name });
  }

  /** Creates an account; the portal answers with the page that says to look for a mail. */
  async signUp({ name, email, password }) {
    await this.page.goto('/sign-up');
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByLabel('Email address').fill(email);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.button('Create account').click();
    await expect(this.heading('Check your email')).toBeVisible();
  }

  /** Opens the link that was mailed and confirms the address with the password chosen at sign-up. */
  async verify({ email, password }) {
    await this.page.goto(await this.inbox.link(email, /verify/i));
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.button('Verify my email address').click();
    await expect(this.page).toHaveURL(/\/sign-in/);
  }

  /** Enters address and password; a second factor is asked for after it. */
  async signIn({ email, password }) {
    await this.page.goto('/sign-in');
    await this.page.getByLabel('Email address').fill(email);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.button('Sign in').last().click();
  }

  /** Enters the code that the authenticator app shows, or a recovery code. */
  async enterCode(code) {
    await this.page.getByLabel('Code', { exact: true }).fill(code);
    await this.button('Continue').click();
  }

  /** Comes to the page with the QR code. */
  async beginSecondFactor(password, look = async () => {}) {
    await this.page.goto('/account/second-factor');
    await look(this.page, 'second-factor');
    await this.page.getByLabel('Your password').fill(password);
    await this.button('Continue').click();
    await expect(this.page).toHaveURL(/second-factor\/confirm/);
  }

  /** Sets a second factor; returns its secret and the recovery codes. */
  async setSecondFactor(password, look = async () => {}) {
    await this.beginSecondFactor(password, look);
    await look(this.page, 'second-factor-confirm');
    const secret = /secret=([A-Z2-7]+)/.exec(await this.page.content())[1];
    await this.page.getByLabel('Code', { exact: true }).fill(totp(secret));
    await this.button(/^Turn on/).click();
    await expect(this.page).toHaveURL(/recovery-codes/);
    await expect(this.button('I have saved them')).toBeVisible();
    const recoveryCodes = [...new Set((await this.page.locator('main').innerText()).match(/\b\w{4}(-\w{4}){5}\b/g))];
    await look(this.page, 'recovery-codes');
    await this.button('I have saved them').click();
    return { secret, recoveryCodes };
  }

  /** Gives password or code again where the form asks for it. */
  async prove() {
    const proof = this.page.getByLabel('Your password, or a code');
    if (await proof.isVisible()) await proof.fill(this.password);
  }

  async signOut() {
    await this.page.goto('/account');
    await this.button('Sign out').last().click();
  }
}
