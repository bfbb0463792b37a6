// Client stores made by hand, as the portal would make them.

import { createHash, createPublicKey } from 'node:crypto';
import { DatabaseSync } from '@photostructure/sqlite';
import pg from 'pg';
import { sqlitePath } from '../provider/client-store.mjs';
import { thumbprint } from '../relying-party/keys.mjs';

const CREATE = `CREATE TABLE IF NOT EXISTS oidc_clients (client_id TEXT NOT NULL PRIMARY KEY, metadata TEXT NOT NULL,
  generation BIGINT NOT NULL, digest TEXT NOT NULL, enabled BOOLEAN NOT NULL, removed BOOLEAN NOT NULL)`;
const COLUMNS = ['client_id', 'metadata', 'generation', 'digest', 'enabled', 'removed'];
const UPSERT = (marks) =>
  `INSERT INTO oidc_clients (${COLUMNS}) VALUES (${marks}) ON CONFLICT (client_id) DO UPDATE SET
   ${COLUMNS.slice(1).map((column) => `${column} = excluded.${column}`)}`;

/** The metadata of a client as the portal publishes it. */
export async function metadataOf(publicPem, redirectUri, changes = {}) {
  const jwk = { ...createPublicKey(publicPem).export({ format: 'jwk' }), kid: await thumbprint(publicPem), use: 'sig', alg: 'RS512' };
  return {
    client_name: 'Repeat prescriptions',
    redirect_uris: [redirectUri],
    jwks: { keys: [jwk] },
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'RS512',
    id_token_signed_response_alg: 'RS512',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    scope: 'openid profile email',
    nhs_vtr: ['P5.Cp.Cd', 'P9.Cp.Cd'],
    ...changes,
  };
}

function rowOf(clientId, metadata, { enabled = true, removed = false, digest } = {}) {
  const text = JSON.stringify(metadata);
  return [clientId, text, 1, digest ?? createHash('sha256').update(text).digest('hex'), enabled, removed];
}

/** A store in a SQLite file in WAL mode, its writer kept open as the portal's is: `{ create, put, close }`. */
export function sqliteStore(url) {
  let database;
  return {
    create() {
      database = new DatabaseSync(sqlitePath(url));
      database.exec('PRAGMA journal_mode = WAL');
      database.exec(CREATE);
    },
    put(...client) {
      const row = rowOf(...client).map((value) => (typeof value === 'boolean' ? Number(value) : value));
      database.prepare(UPSERT('?, ?, ?, ?, ?, ?')).run(...row);
    },
    close: () => database.close(),
  };
}

/** The same in PostgreSQL. */
export function postgresStore(url) {
  const client = new pg.Client({ connectionString: url });
  return {
    async create() {
      await client.connect();
      await client.query(CREATE);
    },
    put: (...one) => client.query(UPSERT('$1, $2, $3, $4, $5, $6'), rowOf(...one)),
    close: () => client.end(),
  };
}
