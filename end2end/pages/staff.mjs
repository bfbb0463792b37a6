// The pages of NHS login admins and auditors.

import { expect } from '@playwright/test';
import { AccountPages } from './account.mjs';

export class StaffPages extends AccountPages {
  /** Chooses the first password by the mailed link, signs in and sets the second factor. */
  async setUp({ email, password, look = async () => {} }) {
    await this.page.goto(await this.inbox.link(email, /staff role/i));
    await look(this.page, 'staff-choose-password');
    await this.page.getByLabel('Your name').fill('Sam Staff');
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.button('Save the password').click();
    await this.signIn({ email, password });
    await expect(this.page).not.toHaveURL(/\/sign-in/);
    const factor = await this.setSecondFactor(password, look);
    Object.assign(this, { email, password, ...factor });
  }

  /** Opens the review of what waits for `service`, from the queue. */
  async openReview(service) {
    await this.page.goto(`/admin/queue?search=${encodeURIComponent(service)}`);
    await this.link(service).click();
    await expect(this.heading(/^Review of /)).toBeVisible();
    this.review = new URL(this.page.url()).pathname;
  }

  /** Gives password or code again where the form asks for it. */
  async prove() {
    const proof = this.page.getByLabel('Your password, or a code from your authenticator app');
    if (await proof.isVisible()) await proof.fill(this.password);
  }

  async approve(comment = '') {
    await this.page.goto(`${this.review}/approve`);
    await this.page.getByLabel('Comment (optional)').fill(comment);
    await this.prove();
    await this.button(/^Approve revision/).click();
    await expect(this.page.locator('.nhsuk-notification-banner')).toContainText('Approved.');
  }

  /** `about`: the title of a section, or nothing for the whole revision. */
  async requestChanges(comment, about = 'About the whole revision') {
    await this.page.goto(`${this.review}/request-changes`);
    await this.page.getByLabel(about, { exact: true }).fill(comment);
    await this.button('Request changes').click();
    await expect(this.page.locator('.nhsuk-notification-banner')).toContainText('Changes requested.');
  }

  async reject(reason) {
    await this.page.goto(`${this.review}/reject`);
    await this.page.getByLabel('Reason').fill(reason);
    await this.prove();
    await this.button(/^Reject revision/).click();
    await expect(this.page.locator('.nhsuk-notification-banner')).toContainText('Rejected.');
  }

  /** Lets people sign in with the suspended client of the open review again. */
  async reinstate() {
    await this.page.goto(this.review);
    await this.button('Reinstate').click();
    // A page asks once more.
    if (await this.button('Reinstate the client').isVisible()) await this.button('Reinstate the client').click();
    await expect(this.page.locator('.nhsuk-notification-banner')).toContainText(/reinstated/i);
  }

  async confirmOrganisation(id) {
    await this.page.goto(`/admin/organisations/${id}`);
    await this.button('Confirm this organisation').click();
    await expect(this.page).toHaveURL(/\/confirm$/);
    await this.button(/confirm/i).last().click();
    await expect(this.page.locator('.nhsuk-notification-banner')).toContainText('Organisation confirmed.');
  }
}
