// A partner who signs up through the forms, up to a draft of their own.

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PASSWORD, visitor } from './visitor.mjs';

const LONGEST_WAIT = 30_000;

/** Signs up a partner, from an address of their own; returns `{ visitor, registration }`, the latter the path of a draft for the sandpit. */
export async function partnerWithDraft(portal, number) {
  const word = `bench${number}`;
  const email = `owner@${word}.example.com`;
  const partner = visitor(portal.base, `192.0.2.${number}`);
  await partner.submit('/sign-up', '/api/sign-up', { name: `Olive ${word}`, email, password: PASSWORD });
  await partner.submit(await mailedLink(portal, email), '/api/verify', { password: PASSWORD });
  await partner.submit('/sign-in', '/api/sign-in', { email, password: PASSWORD });
  const toService = await partner.submit('/organisations/new', '/api/create-organisation', { name: `${word} health` });
  const service = await partner.submit(toService, '/api/add-service', {
    name: `${word} records`,
    description: `What ${word} offers to its patients.`,
    use_case: `Patients of ${word} read their records.`,
    technical: `technical@${word}.example.com`,
    product: `product@${word}.example.com`,
    security: `security@${word}.example.com`,
  });
  const started = await partner.submit(service.split('?')[0], '/api/start-registration', { environment: 'sandpit' });
  return { visitor: partner, registration: started.split(/[?#]/)[0] };
}

/** The path of the link in the mail to an address, once it is there. */
async function mailedLink(portal, email) {
  const began = performance.now();
  while (performance.now() - began < LONGEST_WAIT) {
    for (const name of await readdir(portal.mails).catch(() => [])) {
      const mail = await readFile(join(portal.mails, name), 'utf8');
      if (mail.includes(`To: ${email}`)) return plain(mail).split(portal.base)[1].split(/\s/)[0];
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`No mail came to ${email}.`);
}

/** The mail without its encoding (quoted-printable, RFC 2045, section 6.7). */
function plain(mail) {
  return mail.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
}
