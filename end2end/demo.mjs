// `make run`: the portal with demo data, beside a real OpenID provider and a relying party. Ctrl-C ends each by its own
// child process.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { get } from 'node:https';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { start, untilAnswers } from './support/process.mjs';
import { PASSWORD, PEOPLE } from './provider/people.mjs';
import { keyPair } from './relying-party/keys.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const portal = 'target/quick/portal';
const config = ['--config', 'server/portal.demo.toml'];
const running = [];

async function main() {
  for (const port of [3000, 3001, 3002, 3003]) await mustBeFree(port, '127.0.0.1');
  await mustBeFree(3443, 'localhost');
  mkdirSync('.demo/provider', { recursive: true });
  keyPair('.demo/relying-party');
  const seeded = existsSync('.demo/portal.db');
  if (!seeded) console.log('Making the demo data …');
  const people = execFileSync(portal, [...config, 'seed'], { encoding: 'utf8' });
  await launch('provider', process.execPath, ['end2end/provider/main.mjs'], 'http://127.0.0.1:3001/.well-known/openid-configuration');
  await Promise.all([
    launch('portal', portal, [...config, 'serve'], 'http://127.0.0.1:3000/readyz'),
    launch('relying-party', process.execPath, ['end2end/relying-party/main.mjs'], 'https://localhost:3443/', withAnyCertificate),
  ]);
  console.log(`
  The portal          http://127.0.0.1:3000
  The relying party   https://localhost:3443 (its certificate is its own)
  The provider        http://127.0.0.1:3001 sandpit, :3002 integration, :3003 live
  Mail                .demo/mail, logs in .demo/*.log${seeded ? '' : '   (the demo data is new)'}

${people.trimEnd()}
To register a client of your own, sign up in the portal (its mail is in .demo/mail). The relying party makes a key pair for
you, shows the redirect URI to register, and signs in with the client_id that you get.
At the provider sign in as any of its test people, password “${PASSWORD}”: ${PEOPLE.map((person) => person.id).join(', ')}.

  Ctrl-C stops it all. make clean-demo forgets the demo data.
`);
}

async function launch(name, command, args, url, request) {
  const child = start(command, args, { log: `.demo/${name}.log` });
  running.push(child);
  child.ended.then((status) => stopping || fail(`The ${name} ended (${status}). It said:\n${child.output()}`));
  await untilAnswers(url, child, request);
}

/** The relying party's certificate is its own. */
function withAnyCertificate(url) {
  return new Promise((resolve, reject) => {
    get(url, { rejectUnauthorized: false }, (response) => resolve({ status: response.resume().statusCode })).on('error', reject);
  });
}

function mustBeFree(port, host) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => fail(`Port ${port} is in use. End what uses it, then run make run again.`));
    probe.listen(port, host, () => probe.close(resolve));
  });
}

let stopping = false;
async function stop(status) {
  if (stopping) return;
  stopping = true;
  await Promise.all(running.map((child) => child.stop()));
  process.exit(status);
}

function fail(sentence) {
  console.error(sentence);
  stop(1);
}

process.once('SIGINT', () => stop(0));
process.once('SIGTERM', () => stop(0));
main().catch((error) => fail(error.message));
