// A real OpenID provider: one process, one issuer for each environment, each over the portal's client store.
//
//   node provider/main.mjs [--config provider.json]
//
// provider.json: { "environments": [{ "name", "title", "issuer", "store", "host"?, "port"? }] }, where `store` is a
// sqlite:// or postgres:// URL or the path of a SQLite file. Without --config: the demonstration's three, below the
// directory in which it is started.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runUntilStopped } from '../support/process.mjs';
import { startIssuer } from './issuer.mjs';

const DEMO = [
  { name: 'sandpit', title: 'Sandpit', issuer: 'http://127.0.0.1:3001', store: 'sqlite://.demo/provider/sandpit.sqlite' },
  { name: 'integration', title: 'Integration', issuer: 'http://127.0.0.1:3002', store: 'sqlite://.demo/provider/integration.sqlite' },
  { name: 'live', title: 'Live', issuer: 'http://127.0.0.1:3003', store: 'sqlite://.demo/provider/live.sqlite' },
];

const { values } = parseArgs({ options: { config: { type: 'string' } } });
const environments = values.config ? JSON.parse(readFileSync(values.config, 'utf8')).environments : DEMO;

await runUntilStopped(async () => {
  const issuers = await Promise.all(environments.map((environment) => startIssuer(environment)));
  for (const { issuer } of issuers) console.log(`OpenID provider listening at ${issuer}`);
  return () => Promise.all(issuers.map((issuer) => issuer.close()));
});
