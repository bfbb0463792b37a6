// A small relying party at https://localhost:3443, with a self-signed certificate and its own key pair.
//
//   node relying-party/main.mjs [--port 3443] [--directory .demo/relying-party] [--environments FILE]
//                               [--client-id ID] [--key private_key.pem]
//
// Of a newcomer: --client-id stands in its form, --key is what the client was registered with.
// FILE: [{ "title", "issuer" }]; without it the demonstration's three issuers.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runUntilStopped } from '../support/process.mjs';
import { startRelyingParty } from './server.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    directory: { type: 'string' },
    environments: { type: 'string' },
    'client-id': { type: 'string' },
    key: { type: 'string', multiple: true },
  },
});

await runUntilStopped(async () => {
  const relyingParty = await startRelyingParty({
    port: values.port && Number(values.port),
    directory: values.directory,
    environments: values.environments && JSON.parse(readFileSync(values.environments, 'utf8')),
    clientId: values['client-id'],
    keyFiles: values.key,
  });
  console.log(`Relying party listening at ${relyingParty.url}`);
  return relyingParty.close;
});
