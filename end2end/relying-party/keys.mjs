// Keys and certificates of the relying party.

import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, importPKCS8 } from 'jose';

/** What NHS login requires of client assertions. */
export const ALGORITHM = 'RS512';

/** How many key pairs are made for newcomers at most: the page that makes them is open to whoever can reach it. */
const MOST_KEYS = 20;

/** The key pair in `directory` (`private.pem`, `public.pem`), made when it is missing: RSA, 2048 bits. */
export function keyPair(directory) {
  const [privateFile, publicFile] = ['private.pem', 'public.pem'].map((name) => join(directory, name));
  if (!existsSync(privateFile)) makeKey(privateFile);
  const privatePem = readFileSync(privateFile, 'utf8');
  const publicPem = publicOf(privatePem);
  writeFileSync(publicFile, publicPem);
  return { privatePem, publicPem };
}

function makeKey(file) {
  mkdirSync(dirname(file), { recursive: true });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 65537 });
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
}

/** Where newcomers put their private keys, and where those made for them are. */
export const newcomersKeys = (directory) => join(directory, 'keys');

/**
 * The private keys that a sign-in can be signed with: those of `files`, then those of newcomers, then the own one, each
 * `{ name, privatePem, publicPem, fingerprint }`. Read anew each time, so that a file that was just put there counts.
 */
export function usableKeys(directory, files = []) {
  const folder = newcomersKeys(directory);
  const theirs = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.pem')).sort().reverse() : [];
  const all = [...files, ...theirs.map((name) => join(folder, name)), join(directory, 'private.pem')];
  return all.flatMap((file) => readKey(file) ?? []);
}

function readKey(file) {
  try {
    const privatePem = createPrivateKey(readFileSync(file)).export({ type: 'pkcs8', format: 'pem' });
    const publicPem = publicOf(privatePem);
    return { name: basename(file), privatePem, publicPem, fingerprint: fingerprint(publicPem) };
  } catch {
    // A public key, or no key at all.
    return undefined;
  }
}

/** Makes a key pair for a newcomer; returns its fingerprint, or undefined when there are many already. */
export function makeNewcomersKey(directory) {
  const folder = newcomersKeys(directory);
  const number = existsSync(folder) ? readdirSync(folder).length + 1 : 1;
  if (number > MOST_KEYS) return undefined;
  const file = join(folder, `my-key-${String(number).padStart(2, '0')}.pem`);
  makeKey(file);
  return readKey(file).fingerprint;
}

/** The public key that belongs to a private key, as SPKI PEM. */
export const publicOf = (privatePem) => createPublicKey(privatePem).export({ type: 'spki', format: 'pem' });

/** Lowercase hex SHA-256 of a public key's SubjectPublicKeyInfo: the fingerprint that the portal shows. */
export function fingerprint(publicPem) {
  const spki = createPublicKey(publicPem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('hex');
}

/** The RFC 7638 thumbprint of a public key, which the portal uses as `kid`. */
export const thumbprint = async (publicPem) => calculateJwkThumbprint(await exportJWK(createPublicKey(publicPem)));

/** The private key as openid-client wants it. */
export async function signingKey(privatePem) {
  const pkcs8 = createPrivateKey(privatePem).export({ type: 'pkcs8', format: 'pem' });
  return { key: await importPKCS8(pkcs8, ALGORITHM), kid: await thumbprint(publicOf(privatePem)) };
}

/**
 * A self-signed certificate for localhost, made by openssl in `directory`: `{ key, cert }` in PEM, and their files. It is
 * no authority's, so that who trusts it by its file takes it for the server's own.
 */
export function localhostCertificate(directory) {
  mkdirSync(directory, { recursive: true });
  const [keyFile, certFile] = ['tls-key.pem', 'tls-cert.pem'].map((name) => join(directory, name));
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE'];
  execFileSync('openssl', [...request, ...names, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
  return { key: readFileSync(keyFile), cert: readFileSync(certFile), keyFile, certFile };
}
