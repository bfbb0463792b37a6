// The pages of NHS login admins and auditors.

import { expect } from '@playwright/test';
import { AccountPages } from './account.mjs';

export class StaffPages extends AccountPages {
  /** Chooses the first password by the mailed link, signs in and sets the second factor. */
  async setUp({ email, name, password, look = async () => {} }) {
    await this.page.goto(await this.inbox.link(email, /staff role/i));
    await look(this.page, 'staff-choose-password', { heading: 'Choose a password' });
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.button('Save the password').click();
    await this.signIn({ email, password });
    await expect(this.page).not.toHaveURL(/\/sign-in/);
    const factor = await this.setSecondFactor(password, look);
    Object.assign(this, { email, name, password, ...factor });
  }

  /** Opens the review of what waits for `service`, from the queue. */
  async openReview(service) {
    await this.page.goto(`/admin/queue?search=${encodeURIComponent(service)}`);
    await this.link(service).click();
    await expect(this.heading(/^Review of /)).toBeVisible();
    this.review = new URL(this.page.url()).pathname;
  }

  async approve(comment = '') {
    await this.page.goto(`${this.review}/approve`);
    await this.page.getByLabel('Comment (optional)').fill(comment);
    await this.prove();
    await this.button(/^Approve revision/).click();
    await this.expectDone('Approved.');
  }

  /** `about`: the title of a section, or nothing for the whole revision. */
  async requestChanges(comment, about = 'About the whole revision') {
    await this.page.goto(`${this.review}/request-changes`);
    await this.page.getByLabel(about, { exact: true }).fill(comment);
    await this.button('Request changes').click();
    await this.expectDone('Changes requested.');
  }

  async reject(reason) {
    await this.page.goto(`${this.review}/reject`);
    await this.page.getByLabel('Reason').fill(reason);
    await this.prove();
    await this.button(/^Reject revision/).click();
    await this.expectDone('Rejected.');
  }

  /** Lets people sign in with the suspended client of the open review again; a page asks once more. */
  async reinstate(look = async () => {}) {
    await this.page.goto(this.review);
    await this.button('Reinstate the client').click();
    await expect(this.heading('Reinstate the client')).toBeVisible();
    await look(this.page, 'reinstate');
    await this.page.getByLabel('Reason').fill('The key was replaced.');
    await this.prove();
    await this.button('Reinstate the client').click();
    await this.expectDone('You asked for the client to be reinstated.');
  }

  /** Has the client of the open review published once more; a page asks once more. */
  async republish(look = async () => {}) {
    await this.page.goto(this.review);
    await this.button('Publish again').click();
    await expect(this.heading(/^Publish the client .* again$/)).toBeVisible();
    await look(this.page, 'republish');
    await this.prove();
    await this.button(/^Publish the client .* again$/).click();
    await this.expectDone('You asked for it to be published again.');
  }

  async confirmOrganisation(id, look = async () => {}) {
    await this.page.goto(`/admin/organisations/${id}`);
    await this.button('Confirm this organisation').click();
    await expect(this.heading('Confirm the organisation')).toBeVisible();
    await look(this.page, 'admin-organisation-confirm');
    await this.prove();
    await this.button('Confirm the organisation').click();
    await this.expectDone('Organisation confirmed.');
  }

  /** Opens one of the actions on a person's account, such as `propose`. */
  async openAction(account, action, heading) {
    await this.page.goto(`/admin/people/${account}/${action}`);
    await expect(this.heading(heading)).toBeVisible();
  }
}
