// From the admin's approval to the client being at the provider.

import { DatabaseSync } from '@photostructure/sqlite';
import { providerFile } from './portal.mjs';
import { PASSWORD, firstLink, signIn } from './visitor.mjs';

/** Milliseconds from opening the approval page of a waiting sandpit registration, and sending it, until the provider has it. */
export async function approvalToPublished(directory) {
  const admin = await signIn('admin1@demo.example');
  const review = await firstLink(admin, '/admin/queue?environment=sandpit', /href="(\/admin\/reviews\/[0-9a-f-]{36})"/);
  const provider = new DatabaseSync(providerFile(directory, 'sandpit'), { readOnly: true });
  try {
    const count = provider.prepare('SELECT COUNT(*) AS clients FROM oidc_clients');
    const before = count.get().clients;
    const began = performance.now();
    await admin.submit(`${review}/approve`, '/api/approve', { proof: PASSWORD });
    while (count.get().clients === before) {
      if (performance.now() - began > 30_000) throw new Error('The approved client did not get to the provider.');
      await new Promise((done) => setTimeout(done, 2));
    }
    return performance.now() - began;
  } finally {
    provider.close();
  }
}
