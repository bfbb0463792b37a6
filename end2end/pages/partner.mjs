// The pages of a partner: organisation, service, registration.

import { expect } from '@playwright/test';
import { AccountPages } from './account.mjs';
import * as beforehand from './beforehand.mjs';

const pad = (date) => ({ Day: String(date.getDate()), Month: String(date.getMonth() + 1), Year: String(date.getFullYear()) });
const days = (count) => pad(new Date(Date.now() + count * 86_400_000));

/** A small document, as a browser sends it. */
export const document = (name) => ({
  name,
  mimeType: 'application/pdf',
  buffer: Buffer.from('%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n'),
});

export class PartnerPages extends AccountPages {
  /** Creates an organisation; the portal then asks for its first service. */
  async createOrganisation(name, odsCode = '') {
    await this.page.goto('/organisations/new');
    await this.page.getByLabel('Name of the organisation').fill(name);
    await this.page.getByLabel('ODS code (optional)').fill(odsCode);
    await this.button('Create organisation').click();
    await expect(this.heading('Add a service')).toBeVisible();
    this.organisationId = /organisations\/([^/]+)/.exec(this.page.url())[1];
  }

  /** Adds a service from its form, which is open. */
  async addService(name) {
    await this.page.getByLabel('Name of the service').fill(name);
    await this.page.getByLabel('What is it?').fill('A web application for patients of our practices.');
    await this.page.getByLabel('What do people use it for?').fill('They order repeat prescriptions and book appointments.');
    for (const contact of ['Technical', 'Product', 'Security']) {
      await this.page.getByLabel(`${contact} contact`).fill(`${contact.toLowerCase()}@partner.example`);
    }
    await this.button('Add service').click();
    await expect(this.heading(name)).toBeVisible();
    this.serviceAddress = new URL(this.page.url()).pathname;
  }

  /** Starts the registration of an environment and stays on its page. */
  async startEnvironment(title) {
    await this.page.goto(this.serviceAddress);
    await this.button(`Start ${title.toLowerCase()}`).click();
    await expect(this.page).toHaveURL(/\/registrations\//);
    this.registration = new URL(this.page.url()).pathname;
    return this.registration;
  }

  async openTeam() {
    await this.page.goto(`/organisations/${this.organisationId}/team`);
  }

  /** Invites somebody to the team; the portal mails them. */
  async invite(email, role) {
    await this.page.goto(`/organisations/${this.organisationId}/team/invite`);
    await this.page.getByLabel('Email address').fill(email);
    await this.page.getByLabel(role).check();
    await this.prove();
    await this.button('Send invitation').click();
    await this.expectDone('Invitation sent.');
  }

  /** Opens the registration, or one of its sections. */
  async open(section = '') {
    await this.page.goto(`${this.registration}${section && `/${section}`}`);
  }

  async save() {
    await this.button('Save and continue').click();
  }

  async fillName(name) {
    await this.open('client-name');
    await this.page.getByLabel('Client name').fill(name);
    await this.save();
  }

  /** Enters a key in place of the one that may be there. */
  async fillKey(pem) {
    await this.open('public-key');
    await this.openKeyForm();
    await this.page.getByLabel('Public key', { exact: true }).fill(pem);
    const instead = this.page.getByLabel(/^Replace /);
    if ((await instead.count()) > 0) await instead.first().check();
    await this.page.getByRole('button', { name: /^(Save and continue|Add this key)$/ }).click();
  }

  /** Adds a key beside the one that is there. */
  async addKey(pem, name) {
    await this.open('public-key');
    await this.openKeyForm();
    await this.page.getByLabel('Public key', { exact: true }).fill(pem);
    await this.page.getByLabel('Keep it beside the new key').check();
    await this.page.getByLabel('What you call this key (optional)').fill(name);
    await this.button('Add this key').click();
    await this.expectDone('Key added to the draft.');
  }

  /** Opens the form that adds a key, where it stands behind its summary. */
  async openKeyForm() {
    const summary = this.page.getByText('Add or replace a key');
    if ((await summary.isVisible()) && !(await this.page.getByLabel('Public key', { exact: true }).isVisible())) await summary.click();
  }

  /** Endorses the new key: `sign(claims)` of each key makes its assertion. */
  async endorse(signNew, signPublished) {
    await this.open('endorsement');
    const nonce = this.button('Get a nonce');
    if (await nonce.isVisible()) await nonce.click();
    const row = (key) => this.page.locator('.nhsuk-summary-list__row', { has: this.page.getByText(key, { exact: true }) }).locator('code').innerText();
    const id = await row('iss and sub');
    const claims = { iss: id, sub: id, aud: await row('aud'), jti: await row('jti') };
    const cnf = JSON.parse(await row('cnf, only in the second'));
    await this.page.getByLabel('Assertion signed with the new private key').fill(await signNew(claims));
    await this.page.getByLabel(/Assertion signed with the private key of/).fill(await signPublished({ ...claims, cnf }));
    await this.button('Endorse the new key').click();
  }

  /** Waits until the key page says that this step of the rotation is the one to do. */
  async atStep(title) {
    await expect(async () => {
      await this.open('public-key');
      await expect(this.page.locator('li[aria-current=step]')).toContainText(title, { timeout: 500 });
    }).toPass({ timeout: 20_000 });
  }

  async fillRedirectUris(uris) {
    await this.open('redirect-uris');
    for (const [at, uri] of uris.entries()) await this.page.locator(`[name="redirect_uris[${at}]"]`).fill(uri);
    await this.save();
  }

  /** `reasons`: scope to reason, for each scope beside openid. */
  async fillScopes(reasons) {
    await this.open('scopes');
    for (const [scope, reason] of Object.entries(reasons)) {
      await this.page.getByRole('checkbox', { name: new RegExp(`^${scope}\\b`) }).check();
      await this.page.getByLabel(`Why do you need ${scope}?`, { exact: true }).fill(reason);
    }
    await this.save();
  }

  /** Gives up a scope, and its reason: with scripts it is hidden then, and not sent. */
  async dropScope(scope) {
    await this.open('scopes');
    await this.page.getByRole('checkbox', { name: new RegExp(`^${scope}\\b`) }).uncheck();
    const reason = this.page.getByLabel(`Why do you need ${scope}?`, { exact: true });
    if (await reason.isVisible()) await reason.fill('');
    await this.save();
  }

  /** Chooses these vectors and no other. */
  async fillVectors(vectors) {
    await this.open('vectors');
    for (const box of await this.page.getByRole('checkbox', { checked: true }).all()) await box.uncheck();
    for (const vector of vectors) await this.page.getByRole('checkbox', { name: vector, exact: true }).check();
    await this.save();
  }

  /** Fills in all sections, beforehand. */
  fill(content) {
    return beforehand.fill(this, content);
  }

  /** Answers every item of evidence that the task list asks for, each question by its kind. */
  async fillEvidence(look = async () => {}) {
    await this.open();
    const links = this.page.locator('main a[href*="/evidence/"]');
    const addresses = await links.evaluateAll((all) => all.map((one) => one.getAttribute('href')));
    for (const address of addresses) {
      await this.page.goto(address);
      await look(this.page, `evidence-${address.split('/').pop()}`);
      await this.answerAll();
      await this.save();
    }
    return addresses.length;
  }

  /** Answers a question for a date: `{ Day, Month, Year }`, or so many days from now. */
  async answerDate(question, date) {
    const group = this.page.getByRole('group', { name: question });
    const parts = typeof date === 'number' ? days(date) : date;
    for (const [part, value] of Object.entries(parts)) await group.getByLabel(part).fill(value);
  }

  async answerAll() {
    const form = this.page.locator('form[action^="/api/save-evidence"]');
    for (const group of await form.locator('fieldset:has(input[type=radio])').all()) await group.getByRole('radio').first().check();
    const seen = async (fields) => (await Promise.all((await fields.all()).map(async (field) => ((await field.isVisible()) ? [field] : [])))).flat();
    for (const group of await form.locator('fieldset:has(.nhsuk-date-input)').all()) {
      const date = /expire/i.test(await group.locator('legend').innerText()) ? days(300) : days(-30);
      for (const [part, value] of Object.entries(date)) await group.getByLabel(part).fill(value);
    }
    for (const line of await seen(form.locator('input[type=text]:not(.nhsuk-date-input__input)'))) {
      const isCode = /code\]$/.test(await line.getAttribute('name'));
      await line.fill(isCode ? 'X26' : 'Reference 2026/17');
    }
    for (const area of await seen(form.locator('textarea'))) await area.fill('Direct care under contract with the practices.');
    for (const box of await form.getByRole('checkbox').all()) await box.check();
    for (const file of await form.locator('input[type=file]').all()) await file.setInputFiles([document('Data flow.pdf')]);
  }

  /** Sends a client assertion over a nonce: `sign(claims)` makes it. */
  async sendAssertion(sign) {
    await this.open('possession');
    const nonce = this.button('Get a nonce');
    if (await nonce.isVisible()) await nonce.click();
    const row = (key) => this.page.locator('.nhsuk-summary-list__row', { has: this.page.getByText(key, { exact: true }) }).locator('code').innerText();
    const id = await row('iss and sub');
    const claims = { iss: id, sub: id, aud: await row('aud'), jti: await row('jti') };
    await this.page.getByLabel('Client assertion').fill(await sign(claims));
    await this.button('Check the assertion').click();
  }

  async submit() {
    await this.open('check');
    await this.button('Submit').click();
    await this.expectDone('Revision submitted. This page shows its progress.');
  }

  /** Waits until the registration is published and returns its client_id. */
  async publishedClientId() {
    await expect(async () => {
      await this.open();
      await expect(this.heading(/ in /)).toBeVisible();
      await expect(this.page.getByRole('heading', { name: 'How to connect' })).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 20_000 });
    return this.page.locator('.nhsuk-summary-list__row', { hasText: 'client_id' }).first().locator('code').first().innerText();
  }

  /** An organisation with a service whose sandpit registration is started, beforehand. */
  begin(organisation, service) {
    return beforehand.begin(this, organisation, service);
  }
}
