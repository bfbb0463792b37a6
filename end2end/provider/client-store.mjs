// Reads the portal's `sql` client store: the table that the portal writes and the provider reads.
//
//   oidc_clients(client_id TEXT PRIMARY KEY, metadata TEXT, generation BIGINT, digest TEXT, enabled BOOLEAN, removed BOOLEAN)
//
// The portal creates it. Until then the store counts as empty. Nothing is cached, so a publication is visible at once.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import pg from 'pg';

const COLUMNS = 'client_id, metadata, digest, enabled, removed';
const UNDEFINED_TABLE = '42P01';

/** Why a row that is there is not handed out. */
export class RefusedClient extends Error {}

/** Where a SQLite URL (`sqlite://relative/path?mode=rwc`, `sqlite:///absolute`) or a bare path points to. */
export function sqlitePath(url) {
  return url.replace(/^sqlite:(\/\/)?/, '').replace(/\?.*$/, '');
}

/**
 * Opens the client store at `url`: `postgres://…`, `sqlite://…` or the path of a SQLite file.
 * `log` is called with a sentence, once for each reason why the store counts as empty.
 */
export function openClientStore(url, log = () => {}) {
  const read = /^postgres(ql)?:/.test(url) ? postgresReader(url) : sqliteReader(sqlitePath(url));
  const told = new Set();
  const tell = (reason) => {
    if (!told.has(reason)) log(reason);
    told.add(reason);
  };
  return {
    /** The metadata of an enabled client with its `client_id`, or undefined. Throws `RefusedClient` on a wrong digest. */
    async find(clientId) {
      const row = await read.row(clientId, tell);
      if (!row || row.removed || !row.enabled) return undefined;
      return parse(row);
    },
    close: () => read.close(),
  };
}

function parse(row) {
  const digest = createHash('sha256').update(row.metadata, 'utf8').digest('hex');
  if (digest !== row.digest) {
    throw new RefusedClient(`The metadata of client ${row.client_id} does not have the digest that was approved.`);
  }
  return { ...JSON.parse(row.metadata), client_id: row.client_id };
}

function sqliteReader(path) {
  return {
    async row(clientId, tell) {
      if (!existsSync(path)) {
        tell(`There is no client store at ${path} yet, so it counts as empty.`);
        return undefined;
      }
      // Opened for each read: the file may be replaced while the provider runs, and opening takes well under a millisecond.
      const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
      try {
        const there = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'oidc_clients'").get();
        if (!there) {
          tell(`The client store at ${path} has no table oidc_clients yet, so it counts as empty.`);
          return undefined;
        }
        return database.prepare(`SELECT ${COLUMNS} FROM oidc_clients WHERE client_id = ?`).get(clientId);
      } finally {
        database.close();
      }
    },
    async close() {},
  };
}

function postgresReader(url) {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // An idle connection that the server closes must not end the provider; the next read connects again.
  pool.on('error', () => {});
  return {
    async row(clientId, tell) {
      try {
        const { rows } = await pool.query(`SELECT ${COLUMNS} FROM oidc_clients WHERE client_id = $1`, [clientId]);
        return rows[0];
      } catch (error) {
        if (error.code !== UNDEFINED_TABLE) throw error;
        tell('The client store in PostgreSQL has no table oidc_clients yet, so it counts as empty.');
        return undefined;
      }
    },
    close: () => pool.end(),
  };
}
