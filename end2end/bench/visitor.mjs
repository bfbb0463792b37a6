// A person without a browser: keeps cookies, reads forms, posts them as they are.

import * as OTPAuth from 'otpauth';
import { filled } from '../support/forms.mjs';

/** The password of the demo people, as `portal seed` prints it. */
export const PASSWORD = 'teapot lantern orchard';

/** The second factor of the demo staff, as `portal seed` makes it. */
const SECOND_FACTOR = Buffer.from('demo second factor!!');

class Visitor {
  #jar = new Map();
  #base;
  #from;

  constructor(base, from) {
    this.#base = base;
    this.#from = from ? { 'x-forwarded-for': from } : {};
  }

  /** The cookies in the form of a header. */
  cookies() {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async #send(path, options = {}) {
    const headers = { cookie: this.cookies(), origin: this.#base, referer: `${this.#base}/`, ...this.#from, ...options.headers };
    const response = await fetch(`${this.#base}${path}`, { redirect: 'manual', ...options, headers });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      if (value === '') this.#jar.delete(name);
      else this.#jar.set(name, value);
    }
    return response;
  }

  /** A page. */
  async get(path) {
    const response = await this.#send(path);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${path} answered ${response.status} to ${response.headers.get('location')}.\n${text}`);
    return text;
  }

  /** The form on `path` that goes to `action`, filled in: `{ action, body }`. */
  async filled(path, action, fields) {
    return filled(await this.get(path), action, fields);
  }

  /** Posts fields to `action`; returns where it leads. */
  async post(action, body) {
    const response = await this.#send(action, { method: 'POST', body });
    const location = response.headers.get('location') ?? '';
    if (response.status >= 400 || location.includes('refused')) {
      const said = await (location ? await this.#send(location) : response).text();
      throw new Error(`${action} answered ${response.status}, to ${location}.\n${said}`);
    }
    return location;
  }

  /** Posts the form on `path` that goes to `action`, as it is filled in; returns where it leads. */
  async submit(path, action, fields) {
    const form = await this.filled(path, action, fields);
    return this.post(form.action, form.body);
  }
}

/** Somebody who has been nowhere yet, at the portal at `base`; from an address of their own, if it is given. */
export const visitor = (base, from) => new Visitor(base, from);

/** A demo person, signed in at the portal at `base`; staff with their code. */
export async function signIn(base, email) {
  const visitor = new Visitor(base);
  const next = await visitor.submit('/sign-in', '/api/sign-in', { email, password: PASSWORD });
  if (next.startsWith('/sign-in/code')) {
    const secret = new OTPAuth.Secret({ buffer: new Uint8Array(SECOND_FACTOR).buffer });
    await visitor.submit('/sign-in/code', '/api/sign-in-code', { code: new OTPAuth.TOTP({ secret }).generate() });
  }
  return visitor;
}

/** The addresses on a page that the pattern finds, each once. */
export async function links(visitor, path, pattern) {
  const found = (await visitor.get(path)).matchAll(pattern);
  return [...new Set([...found].map(([, address]) => address))];
}

/** The first of them. */
export async function firstLink(visitor, path, pattern) {
  const [first] = await links(visitor, path, pattern);
  if (!first) throw new Error(`${path} has no link like ${pattern}.`);
  return first;
}
