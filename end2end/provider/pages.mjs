// The pages that an end-user sees at the provider. Plain HTML forms: they work without JavaScript.

import { PASSWORD, PEOPLE } from './people.mjs';

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text made safe between tags and in quoted attributes. */
export const escapeHtml = (text) => String(text ?? '').replace(/[&<>"']/g, (character) => ESCAPES[character]);

const STYLE = `
*{box-sizing:border-box}body{margin:0;font:19px/1.5 Arial,sans-serif;color:#212b32;background:#f0f4f5}
header{background:#005eb8;color:#fff;padding:16px}header p{margin:0 auto;max-width:640px;font-weight:700;font-size:22px}
main{max-width:640px;margin:0 auto;padding:32px 16px 64px}h1{font-size:32px;line-height:1.25;margin:0 0 24px}
.banner{background:#ffeb3b;padding:8px 16px;font-size:16px}.banner p{margin:0 auto;max-width:640px}
fieldset{border:0;padding:0;margin:0 0 24px}legend,label.field{font-weight:700;padding:0;margin-bottom:8px;display:block}
.choice{display:flex;gap:12px;align-items:center;min-height:48px}.choice input{width:28px;height:28px;margin:0;flex:none}
input[type=password]{display:block;width:100%;max-width:320px;height:44px;font:inherit;padding:4px 8px;border:2px solid #4c6272}
.hint{color:#4c6272;margin:0 0 8px}button{font:inherit;font-weight:700;color:#fff;background:#007f3b;border:0;border-radius:4px;
box-shadow:0 4px 0 #00401e;padding:12px 16px;margin:0 16px 16px 0;cursor:pointer}button.other{background:#4c6272;box-shadow:0 4px 0 #263138}
:focus{outline:4px solid #ffeb3b;outline-offset:0;box-shadow:inset 0 0 0 2px #212b32}
.error{border-left:8px solid #d5281b;padding:8px 16px;background:#fff;margin-bottom:24px}code{overflow-wrap:anywhere}`;

function page({ title, environment, body }) {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} - test provider</title><style>${STYLE}</style></head>
<body><div role="region" aria-label="Environment" class="banner"><p>Test provider: ${escapeHtml(environment)}. Nobody here is real.</p></div>
<header><p>Test OpenID provider</p></header><main id="main">${body}</main></body></html>`;
}

/** The page on which a test person signs in. */
export function signInPage({ environment, action, client, wrongPassword = false, chosen = PEOPLE[0].id }) {
  const people = PEOPLE.map(
    (one) => `<div class="choice"><input type="radio" name="person" id="${one.id}" value="${one.id}"${one.id === chosen ? ' checked' : ''}>
<label for="${one.id}">${escapeHtml(one.label)}</label></div>`,
  ).join('');
  const error = wrongPassword
    ? `<div class="error" role="alert"><p id="wrong">That password is not right. It is <code>${PASSWORD}</code>.</p></div>`
    : '';
  return page({
    title: 'Sign in',
    environment,
    body: `<h1>Sign in to ${escapeHtml(client)}</h1>${error}
<form method="post" action="${escapeHtml(action)}"><fieldset><legend>Choose a test person</legend>${people}</fieldset>
<label class="field" for="password">Password</label><p class="hint" id="password-hint">It is <code>${PASSWORD}</code> for everybody.</p>
<input type="password" id="password" name="password" autocomplete="off" aria-describedby="password-hint"><p></p>
<button type="submit">Continue</button><button class="other" type="submit" name="cancel" value="yes">Cancel</button></form>`,
  });
}

/** The page on which the person agrees to share what the client asks for. */
export function consentPage({ environment, action, client, scopes, claims }) {
  const shared = claims.length
    ? `<ul>${claims.map((name) => `<li>${escapeHtml(name.replaceAll('_', ' '))}</li>`).join('')}</ul>`
    : '<p>Nothing but a reference for this sign-in.</p>';
  return page({
    title: 'Agree to share',
    environment,
    body: `<h1>Agree to share your information with ${escapeHtml(client)}</h1>
<p>It asks for <code>${escapeHtml(scopes)}</code> and will get:</p>${shared}
<form method="post" action="${escapeHtml(action)}"><button type="submit" name="agree" value="yes">Agree and continue</button>
<button class="other" type="submit" name="agree" value="no">I do not agree</button></form>`,
  });
}

/** The page for an error that cannot be sent back to the client, as its redirect URI is not to be trusted. */
export function errorPage({ environment, error, description }) {
  return page({
    title: 'This request was refused',
    environment,
    body: `<h1>This request was refused</h1><div class="error"><p><strong><code id="error">${escapeHtml(error)}</code></strong></p>
<p id="error-description">${escapeHtml(description)}</p></div><p>Nobody was signed in. Go back to the service that sent you here.</p>`,
  });
}
