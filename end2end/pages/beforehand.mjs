// What comes before what a journey is about: done through the portal's own forms, without showing their pages, in the
// browser's own session. The journeys of sandpit.spec.mjs and staff.spec.mjs do each step of it in the browser.

import { expect } from '@playwright/test';
import { totp } from '../fixtures/keys.mjs';
import { filled } from '../support/forms.mjs';

/** Sends the form on `path` that goes to `action`, as it is filled in; returns the path that the answer leads to. */
async function send({ page, world }, path, action, fields) {
  const shown = await page.request.get(path);
  expect(shown.ok(), `${path} answered ${shown.status()}`).toBe(true);
  const { action: to, body } = filled(await shown.text(), action, fields);
  expect([...body.keys()], `${path} asks for it`).toEqual(expect.arrayContaining(Object.keys(fields)));
  // The one form that takes a file.
  const sent = action === '/api/save-public-key' ? { multipart: Object.fromEntries(body) } : { form: formData(body) };
  const answer = await page.request.post(to, { ...sent, headers: { Origin: world.portal }, maxRedirects: 0 });
  const location = answer.headers().location ?? '';
  expect(answer.status(), `${action} leads to ${location}`).toBe(303);
  expect(location, action).not.toMatch(/refused|saved-with-problems/);
  return location.split(/[?#]/)[0];
}

function formData(body) {
  const data = new FormData();
  for (const [name, value] of body) data.append(name, value);
  return data;
}

/** Signs up, verifies and signs in. */
export async function join(partner, person) {
  const { name, email, password } = person;
  await send(partner, '/sign-up', '/api/sign-up', { name, email, password });
  await send(partner, await partner.inbox.link(email, /verify/i), '/api/verify', { password });
  await send(partner, '/sign-in', '/api/sign-in', { email, password });
  Object.assign(partner, person);
}

/** An organisation with a service whose sandpit registration is started, and whose page is shown. */
export async function begin(partner, organisation, service) {
  const toService = await send(partner, '/organisations/new', '/api/create-organisation', { name: organisation });
  partner.organisationId = /organisations\/([^/]+)/.exec(toService)[1];
  const contacts = Object.fromEntries(['technical', 'product', 'security'].map((kind) => [kind, `${kind}@partner.example`]));
  partner.serviceAddress = await send(partner, toService, '/api/add-service', {
    name: service,
    description: 'A web application for patients of our practices.',
    use_case: 'They order repeat prescriptions and book appointments.',
    ...contacts,
  });
  partner.registration = await send(partner, partner.serviceAddress, '/api/start-registration', { environment: 'sandpit' });
  await partner.open();
  return partner.registration;
}

/** Fills in all sections. `reasons`: scope to reason, for each scope beside openid. */
export async function fill(partner, { name, publicPem, redirectUris, reasons = {}, vectors = ['P9.Cp.Cd'] }) {
  const save = (section, fields) => send(partner, `${partner.registration}/${section}`, `/api/save-${section}`, fields);
  const numbered = redirectUris.map((uri, at) => [`redirect_uris[${at}]`, uri]);
  const why = Object.entries(reasons).map(([scope, reason]) => [`reasons[${scope}]`, reason]);
  await save('client-name', { client_name: name });
  await save('public-key', { public_key: publicPem });
  await save('redirect-uris', Object.fromEntries(numbered));
  await save('scopes', { 'scope[]': ['openid', ...Object.keys(reasons)], ...Object.fromEntries(why) });
  await save('vectors', { 'nhs_vtr[]': vectors });
}

/** Chooses the first password by the mailed link, signs in and sets the second factor. */
export async function setUp(staff, person) {
  const { name, email, password } = person;
  await send(staff, await staff.inbox.link(email, /staff role/i), '/api/reset-password', { name, password });
  await send(staff, '/sign-in', '/api/sign-in', { email, password });
  const toConfirm = await send(staff, '/account/second-factor', '/api/begin-second-factor', { password });
  const secret = /secret=([A-Z2-7]+)/.exec(await (await staff.page.request.get(toConfirm)).text())[1];
  const toCodes = await send(staff, toConfirm, '/api/confirm-second-factor', { code: totp(secret) });
  await send(staff, toCodes, '/api/recovery-codes-saved', {});
  Object.assign(staff, person, { secret });
}
