// A portal with demo data of its own: its configuration, its key pair, its process.

import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { start } from '../support/process.mjs';

const PORT = 4100;

/** Where the portal is reached. */
export const BASE = `http://127.0.0.1:${PORT}`;

/** Writes configuration and keys into `directory`, fills in the demo data; returns the configuration's path. */
export async function prepare(binary, site, directory) {
  const relyingParty = join(directory, 'relying-party');
  await mkdir(relyingParty, { recursive: true });
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await writeFile(join(relyingParty, 'public.pem'), publicKey);
  await writeFile(join(relyingParty, 'private.pem'), privateKey, { mode: 0o600 });
  const config = join(directory, 'portal.toml');
  await writeFile(config, toml(site, directory));
  await promisify(execFile)(binary, ['--config', config, 'seed', '--relying-party', relyingParty]);
  return config;
}

function toml(site, directory) {
  const environment = (name) => `
[environment.${name}]
allow_loopback = true
issuer = "http://127.0.0.1:${PORT + 1}/${name}"
client_store = { kind = "sql", url = "sqlite://${providerFile(directory, name)}?mode=rwc" }
`;
  return `
[http]
listen = "127.0.0.1:${PORT}"
base_url = "${BASE}"
site_dir = "${site}"
[database]
url = "sqlite://${join(directory, 'portal.db')}?mode=rwc"
[mail]
transport = "directory"
directory = "${join(directory, 'mail')}"
[security]
secret_key_file = "${join(directory, 'portal.key')}"
[log]
filter = "warn"
${['sandpit', 'integration', 'live'].map(environment).join('')}`;
}

/** The client store of an environment's provider. */
export function providerFile(directory, environment) {
  return join(directory, `provider-${environment}.sqlite`);
}

/** Starts the portal; resolves once it accepts connections. */
export async function serve(binary, config) {
  const began = performance.now();
  const running = start(binary, ['--config', config, 'serve']);
  let ended = false;
  running.ended.then(() => (ended = true));
  while (!(await accepts())) {
    if (ended) throw new Error(`The portal ended. It said:\n${running.output()}`);
  }
  return {
    listeningAfter: performance.now() - began,
    stop: () => running.stop(),
    residentMegabytes: () => residentMegabytes(running.child.pid),
  };
}

/** Whether somebody listens on the port; a refusal comes back at once, so this asks about a thousand times a second. */
function accepts() {
  return new Promise((done) => {
    const socket = connect(PORT, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), done(true)));
    socket.once('error', () => setTimeout(done, 1, false));
  });
}

async function residentMegabytes(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) / 1024;
}
