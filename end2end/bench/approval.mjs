// From the admin's approval to the client being at the provider.

import { DatabaseSync } from '@photostructure/sqlite';
import { PASSWORD, firstLink, signIn } from './visitor.mjs';

const SAMPLES = 7;
const LONGEST_WAIT = 30_000;

/**
 * Milliseconds, for each of several approvals, from opening the approval page of a waiting sandpit registration, and
 * sending it, until the provider's file has what was approved. The first is the client's first publication, the others
 * are amendments.
 */
export async function approvalsToPublished(portal) {
  const admin = await signIn(portal.base, 'admin1@demo.example');
  const partner = await signIn(portal.base, 'developer@demo.example');
  const review = await firstLink(admin, '/admin/queue?environment=sandpit', /href="(\/admin\/reviews\/[0-9a-f-]{36})"/g);
  const registration = review.replace('/admin/reviews/', '/registrations/');
  const provider = new DatabaseSync(portal.stores.sandpit, { readOnly: true });
  try {
    const taken = [];
    while (taken.length < SAMPLES) {
      if (taken.length) await amend(partner, registration, `Amended for the ${taken.length}. time`);
      taken.push(await approve(admin, review, provider));
    }
    return taken;
  } finally {
    provider.close();
  }
}

async function amend(partner, registration, name) {
  // The portal has to have noted what the provider confirmed, or the amendment may meet it.
  await new Promise((done) => setTimeout(done, 1000));
  await partner.submit(`${registration}/client-name`, '/api/save-client-name', { client_name: name });
  await partner.submit(`${registration}/check`, '/api/submit', {});
}

async function approve(admin, review, provider) {
  const published = provider.prepare('SELECT COUNT(*) || \' \' || COALESCE(SUM(generation), 0) AS state FROM oidc_clients');
  const before = published.get().state;
  const began = performance.now();
  await admin.submit(`${review}/approve`, '/api/approve', { proof: PASSWORD });
  while (published.get().state === before) {
    if (performance.now() - began > LONGEST_WAIT) throw new Error('The approved client did not get to the provider.');
    await new Promise((done) => setTimeout(done, 2));
  }
  return performance.now() - began;
}
