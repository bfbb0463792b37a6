// A portal with demo data of its own beside a real OpenID provider: configuration, key pair, processes.

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { keyPair } from '../relying-party/keys.mjs';
import { freePorts } from '../support/ports.mjs';
import { start, untilAnswers } from '../support/process.mjs';

const ENVIRONMENTS = ['sandpit', 'integration', 'live'];
const PROVIDER = fileURLToPath(new URL('../provider/main.mjs', import.meta.url));

/**
 * Fills in the demo data below `directory` and what `filled(url)` puts beside it, starts the provider, then the portal.
 * `database` is where the portal's data is, a file below `directory` unless it says otherwise. Returns `{ base, database, file, mails, stores, issuers,
 * listeningAfter, residentMegabytes(), stop() }`: where the portal is reached, its database, that file, the directory with its mails, the
 * files of the client stores by environment, and the milliseconds until the portal accepted connections.
 */
export async function startPortal(binary, site, directory, { database, limits, filled } = {}) {
  const file = join(directory, 'portal.db');
  const url = database ?? `sqlite://${file}?mode=rwc`;
  const [port, ...issuers] = await freePorts(1 + ENVIRONMENTS.length);
  const stores = Object.fromEntries(ENVIRONMENTS.map((name) => [name, join(directory, `provider-${name}.sqlite`)]));
  const environments = ENVIRONMENTS.map((name, at) => ({
    name,
    title: name,
    issuer: `http://127.0.0.1:${issuers[at]}`,
    store: `sqlite://${stores[name]}?mode=rwc`,
  }));
  const config = join(directory, 'portal.toml');
  await writeFile(config, toml({ port, site, directory, environments, url, limits }));
  const relyingParty = join(directory, 'relying-party');
  keyPair(relyingParty);
  await promisify(execFile)(binary, ['--config', config, 'seed', '--relying-party', relyingParty]);
  await filled?.(url);

  const provider = await startProvider(directory, environments);
  try {
    const portal = await startServing(binary, config, port);
    const stop = () => Promise.all([portal.stop(), provider.stop()]);
    const addresses = Object.fromEntries(environments.map(({ name, issuer }) => [name, issuer]));
    const base = `http://127.0.0.1:${port}`;
    return { base, database: url, file, mails: join(directory, 'mail'), stores, issuers: addresses, ...portal, stop };
  } catch (error) {
    await provider.stop();
    throw error;
  }
}

function toml({ port, site, directory, environments, url, limits = '' }) {
  const environment = ({ name, issuer, store }) => `
[environment.${name}]
allow_loopback = true
issuer = "${issuer}"
client_store = { kind = "sql", url = "${store}" }
`;
  return `
[http]
listen = "127.0.0.1:${port}"
base_url = "http://127.0.0.1:${port}"
site_dir = "${site}"
trusted_proxies = 1
[limits]
pages_a_minute = 100000000
${limits}
[database]
url = "${url}"
[mail]
transport = "directory"
directory = "${join(directory, 'mail')}"
[files]
directory = "${join(directory, 'files')}"
[security]
secret_key_file = "${join(directory, 'portal.key')}"
[log]
filter = "warn"
${environments.map(environment).join('')}`;
}

async function startProvider(directory, environments) {
  const config = join(directory, 'provider.json');
  await writeFile(config, JSON.stringify({ environments }));
  const provider = start(process.execPath, [PROVIDER, '--config', config]);
  try {
    await untilAnswers(`${environments[0].issuer}/.well-known/openid-configuration`, provider);
    return provider;
  } catch (error) {
    await provider.stop();
    throw error;
  }
}

async function startServing(binary, config, port) {
  const began = performance.now();
  const running = start(binary, ['--config', config, 'serve']);
  let ended = false;
  running.ended.then(() => (ended = true));
  const mustRun = () => {
    if (ended) throw new Error(`The portal ended. It said:\n${running.output()}`);
  };
  while (!(await accepts(port))) mustRun();
  const listeningAfter = performance.now() - began;
  return {
    listeningAfter,
    stop: running.stop,
    /** The portal's own process: throws where that ended and somebody else answers on its port. */
    async residentMegabytes() {
      mustRun();
      const status = await readFile(`/proc/${running.child.pid}/status`, 'utf8');
      return (Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024) / 1_000_000;
    },
  };
}

/** Whether somebody listens on the port; a refusal comes back at once, so this asks about a thousand times a second. */
function accepts(port) {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), done(true)));
    socket.once('error', () => setTimeout(done, 1, false));
  });
}
