// The pages of the relying party.

import { escapeHtml } from '../provider/pages.mjs';

const STYLE = `
*{box-sizing:border-box}body{margin:0;font:18px/1.5 Arial,sans-serif;color:#212b32;background:#fff}
header{background:#330072;color:#fff;padding:16px}header p{margin:0 auto;max-width:800px;font-weight:700;font-size:22px}
main{max-width:800px;margin:0 auto;padding:32px 16px 64px}h1{font-size:32px;line-height:1.25;margin:0 0 24px}
label{display:block;font-weight:700;margin-top:16px}input,select{display:block;width:100%;max-width:560px;min-height:44px;font:inherit;
padding:4px 8px;border:2px solid #4c6272;background:#fff}.hint{color:#4c6272;margin:0}
button{font:inherit;font-weight:700;color:#fff;background:#007f3b;border:0;border-radius:4px;box-shadow:0 4px 0 #00401e;padding:12px 16px;margin:24px 0;cursor:pointer}
:focus{outline:4px solid #ffeb3b}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:8px 12px 8px 0;border-bottom:1px solid #d8dde0;vertical-align:top;overflow-wrap:anywhere}
pre{background:#f0f4f5;padding:16px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:15px}code{overflow-wrap:anywhere}
.error{border-left:8px solid #d5281b;padding:8px 16px;background:#f0f4f5;margin-bottom:24px}`;

const page = (title, body) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} - demonstration service</title><style>${STYLE}</style></head>
<body><header><p>Demonstration service</p></header><main id="main">${body}</main></body></html>`;

const field = (name, label, hint, value = '') => `<label for="${name}">${label}</label>
<p class="hint" id="${name}-hint">${hint}</p><input id="${name}" name="${name}" value="${escapeHtml(value)}" aria-describedby="${name}-hint">`;

const short = (fingerprint) => `${fingerprint.slice(0, 8)}…`;

/** The first page: choose environment, client_id and key, sign in; and what to register first. */
export function startPage({ environments, redirectUri, clientId, folder, keys, chosen }) {
  const options = environments.map(({ issuer, title }) => `<option value="${escapeHtml(issuer)}">${escapeHtml(`${title}: ${issuer}`)}</option>`);
  const keyOptions = keys.map(({ name, fingerprint }) => {
    const selected = fingerprint === chosen.fingerprint ? ' selected' : '';
    const words = name === 'private.pem' ? 'The demonstration’s own, registered for its own client' : name;
    return `<option value="${fingerprint}"${selected}>${escapeHtml(`${words} (SHA-256 ${short(fingerprint)})`)}</option>`;
  });
  const own = chosen.name === 'private.pem';
  const warning = own ? '<p>This key belongs to the demonstration’s own client, so the portal will not register it for you. Make one of your own first.</p>' : '';
  return page(
    'Sign in',
    `<h1>Try your client_id</h1>
<form method="get" action="/sign-in"><label for="issuer">Environment</label><select id="issuer" name="issuer">${options.join('')}</select>
${field('client_id', 'Client ID', 'The portal shows it when the registration is published.', clientId)}
<label for="key">Key</label><p class="hint" id="key-hint">The one that you registered for this client.</p><select id="key" name="key" aria-describedby="key-hint">${keyOptions.join('')}</select>
${field('scope', 'Scopes', 'Separated by spaces, openid among them.', 'openid')}
${field('vtr', 'Vectors of trust', 'Separated by spaces. Leave empty for those that are registered.')}
<button type="submit">Sign in</button></form>
<h2>Register a client of your own first</h2>
<ol><li><form method="post" action="/keys">Make a key pair: <button type="submit">Make a key pair for me</button></form>
If you have one already, put its private key into <code>${escapeHtml(folder)}/</code> and reload this page.</li>
<li>Sign up in the portal. Add a service, and start its sandpit registration.</li>
<li>Register the redirect URI and the public key below, and submit.</li>
<li>Come back here with the client_id, and choose your key.</li></ol>
<h2>Redirect URI</h2><pre id="redirect-uri">${escapeHtml(redirectUri)}</pre>
<h2>Public key</h2>${warning}<pre id="public-key">${escapeHtml(chosen.publicPem.trim())}</pre>
<p>SHA-256: <code id="fingerprint">${chosen.fingerprint}</code></p>`,
  );
}

/** The claims that came back. */
export function signedInPage({ idToken, userinfo }) {
  const table = (id, caption, claims) => `<h2>${caption}</h2><table id="${id}"><thead><tr><th scope="col">Claim</th><th scope="col">Value</th></tr></thead><tbody>
${Object.entries(claims).map(([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(typeof value === 'object' ? JSON.stringify(value) : value)}</td></tr>`).join('')}</tbody></table>`;
  return page(
    'Signed in',
    `<h1>Signed in</h1>${table('id-token', 'ID token', idToken)}${table('userinfo', 'User information', userinfo)}<p><a href="/">Start again</a></p>`,
  );
}

/** What the provider refused, and why. */
export function refusedPage({ error, description }) {
  return page(
    'Not signed in',
    `<h1>The provider refused this sign-in</h1><div class="error"><p><strong><code id="error">${escapeHtml(error)}</code></strong></p>
<p id="error-description">${escapeHtml(description)}</p></div><p><a href="/">Start again</a></p>`,
  );
}
