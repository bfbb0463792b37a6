// A person without a browser: keeps cookies, reads forms, posts them as they are.

import * as OTPAuth from 'otpauth';
import { BASE } from './portal.mjs';

/** The password of the demo people, as `portal seed` prints it. */
export const PASSWORD = 'teapot lantern orchard';

/** The second factor of the demo staff, as `portal seed` makes it. */
const SECOND_FACTOR = Buffer.from('demo second factor!!');

class Visitor {
  #jar = new Map();

  /** The cookies in the form of a header. */
  cookies() {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async #send(path, options = {}) {
    const headers = { cookie: this.cookies(), origin: BASE, referer: `${BASE}/`, ...options.headers };
    const response = await fetch(`${BASE}${path}`, { redirect: 'manual', ...options, headers });
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

  /** Posts the form on `path` that goes to `action`, with its hidden fields and the ones given; returns where it leads. */
  async submit(path, action, fields) {
    const page = await this.get(path);
    const form = page.split('<form').find((part) => part.includes(`action="${action}"`));
    if (!form) throw new Error(`${path} has no form that goes to ${action}.\n${page}`);
    const body = new URLSearchParams();
    for (const [input] of form.split('</form>')[0].matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
      body.set(attribute(input, 'name'), attribute(input, 'value'));
    }
    Object.entries(fields).forEach(([name, value]) => body.set(name, value));
    const response = await this.#send(action, { method: 'POST', body });
    const location = response.headers.get('location') ?? '';
    if (response.status >= 400 || location.includes('refused')) {
      throw new Error(`${action} answered ${response.status}, to ${location}.`);
    }
    return location;
  }
}

function attribute(tag, name) {
  const [, value = ''] = new RegExp(`${name}="([^"]*)"`).exec(tag) ?? [];
  return value.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** A demo person, signed in; staff with their code. */
export async function signIn(email) {
  const visitor = new Visitor();
  const next = await visitor.submit('/sign-in', '/api/sign-in', { email, password: PASSWORD });
  if (next.startsWith('/sign-in/code')) {
    const secret = new OTPAuth.Secret({ buffer: new Uint8Array(SECOND_FACTOR).buffer });
    await visitor.submit('/sign-in/code', '/api/sign-in-code', { code: new OTPAuth.TOTP({ secret }).generate() });
  }
  return visitor;
}

/** The first address on a page that the pattern finds. */
export async function firstLink(visitor, path, pattern) {
  const found = pattern.exec(await visitor.get(path));
  if (!found) throw new Error(`${path} has no link like ${pattern}.`);
  return found[1];
}
