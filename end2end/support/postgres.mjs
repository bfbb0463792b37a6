// A private PostgreSQL cluster: made and started here, and thrown away unless it has a place of its own.

import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePorts, withFreePorts } from './ports.mjs';
import { start } from './process.mjs';

const INSTALLED = '/usr/lib/postgresql';

/**
 * Starts a cluster; returns `{ url(database), createDatabase(name), stop }`. PostgreSQL refuses root, so root lends it another user.
 * With `lasting`, a directory, its data is there, and stays when it stops.
 */
export const startPostgres = ({ lasting } = {}) => withFreePorts(() => startOnce(lasting));

async function startOnce(lasting) {
  const binaries = newestBinaries();
  const [port] = await freePorts(1);
  const directory = mkdtempSync(join(tmpdir(), 'end2end-postgres-'));
  const identity = identityFor(directory);
  const data = lasting ?? join(directory, 'data');
  if (!existsSync(join(data, 'PG_VERSION'))) {
    const options = { ...identity, cwd: directory, stdio: 'ignore' };
    if (lasting) {
      mkdirSync(lasting, { recursive: true });
      identityFor(lasting);
    }
    execFileSync(join(binaries, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], options);
  }
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${directory}`, 'fsync=off', 'max_connections=60'];
  const server = start(
    join(binaries, 'postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...identity, cwd: directory },
  );
  const url = (database) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const stop = async () => {
    // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
    server.child.kill('SIGINT');
    await server.ended;
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await untilReady(url('postgres'), server);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    async createDatabase(name) {
      const there = await query(url('postgres'), `SELECT 1 FROM pg_database WHERE datname = '${name}'`);
      if (!there.rowCount) await query(url('postgres'), `CREATE DATABASE "${name}"`);
      return url(name);
    },
    stop,
  };
}

function newestBinaries() {
  const versions = readdirSync(INSTALLED).map(Number).filter(Boolean).sort((a, b) => b - a);
  if (!versions.length) throw new Error(`There is no PostgreSQL below ${INSTALLED}. Install Debian's package postgresql.`);
  return join(INSTALLED, String(versions[0]), 'bin');
}

function identityFor(directory) {
  if (process.getuid() !== 0) return {};
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })));
  chownSync(directory, uid, gid);
  return { uid, gid };
}

async function untilReady(url, server) {
  const deadline = Date.now() + 30_000;
  let ended = false;
  server.ended.then(() => (ended = true));
  while (Date.now() < deadline && !ended) {
    try {
      return await query(url, 'SELECT 1');
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`PostgreSQL did not start. It said:\n${server.output()}`);
}

async function query(url, text) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}
