// The pages of the provider and the relying party in a browser: a whole sign-in, accessible on every page.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { judge } from '../fixtures/look.mjs';
import { withoutScripts } from '../fixtures/scripts.mjs';
import { beginSignIn, expectRedirectUriRefused, signIn } from '../pages/relying-party.mjs';
import config from '../playwright.config.mjs';
import { startIssuer } from '../provider/issuer.mjs';
import { startRelyingParty } from '../relying-party/server.mjs';
import { freePorts } from '../support/ports.mjs';
import { metadataOf, sqliteStore } from './store.mjs';

let directory, environment, issuer, relyingParty, store, browser, page;

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'end2end-pages-'));
  const [issuerPort] = await freePorts(1);
  environment = { name: 'sandpit', title: 'Sandpit', issuer: `http://127.0.0.1:${issuerPort}`, store: `sqlite://${directory}/clients.sqlite` };
  issuer = await startIssuer(environment, () => {});
  relyingParty = await startRelyingParty({ port: 0, directory, environments: [environment] });
  store = sqliteStore(environment.store);
  store.create();
  store.put('demo', await metadataOf(relyingParty.publicPem, relyingParty.redirectUri));
  browser = await chromium.launch(config.use.launchOptions);
  page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
});

after(async () => {
  await browser?.close();
  store?.close();
  await relyingParty?.close();
  await issuer?.close();
  rmSync(directory, { recursive: true, force: true });
});

const shot = (name) => fileURLToPath(new URL(`../artefacts/shots/selftest/${name}`, import.meta.url));
const look = (name) => judge(page, shot(name));

test('every page of a sign-in is accessible and fits a phone', { timeout: 120_000 }, async () => {
  await page.goto(relyingParty.url);
  await look('relying-party');
  await beginSignIn(page, relyingParty, environment, 'demo', 'openid profile email');
  await look('provider-sign-in');
  await page.getByRole('button', { name: 'Continue' }).click();
  assert.match(await page.locator('[role=alert]').innerText(), /not right/);
  await look('provider-wrong-password');
  await page.getByLabel('Password').fill('demonstration');
  await page.getByRole('button', { name: 'Continue' }).click();
  await look('provider-consent');
  await page.getByRole('button', { name: 'I do not agree' }).click();
  await look('relying-party-refused');
  await signIn(page, relyingParty, environment, 'demo', 'openid profile email');
  await look('relying-party-signed-in');
  await expectRedirectUriRefused(page, environment, 'demo', 'https://localhost/other');
  await look('provider-refused');
});

test('what is not accessible is found, with scripts and without them', { timeout: 60_000 }, async () => {
  const html = `<!doctype html><html lang="en"><head><title>Wrong</title></head>
    <body><main><h1>Wrong</h1><p style="color:#999;background:#fff">Too pale</p><input name="nameless"></main></body></html>`;
  for (const scripts of [true, false]) {
    const wrong = await pageOf(html, scripts);
    await assert.rejects(judge(wrong), (error) => /color-contrast/.test(error.message) && /"label"/.test(error.message));
    await wrong.context().close();
  }
});

test('a page without scripts is judged as it is, and runs none of its own, neither meanwhile nor later', { timeout: 60_000 }, async () => {
  const html = `<!doctype html><html lang="en"><head><title>Still</title><script defer src="/late.js"></script></head>
    <body><main><h1>Still</h1><button onclick="document.title = 'Clicked'">Click</button>
    <script>document.title = 'Ran'; setTimeout(() => { document.title = 'Ran later'; });</script></main></body></html>`;
  const alive = await pageOf(html, true);
  assert.match(await alive.title(), /^(Late|Ran later)$/);
  await alive.getByRole('button').click();
  assert.equal(await alive.title(), 'Clicked');
  await alive.context().close();
  const still = await pageOf(html, false);
  await judge(still);
  await still.getByRole('button').click();
  assert.equal(await still.title(), 'Still');
  await still.goto('http://elsewhere.example/');
  assert.equal(await still.title(), 'Still');
  await still.context().close();
});

async function pageOf(html, scripts) {
  const page = await (await browser.newContext()).newPage();
  if (!scripts) await withoutScripts(page);
  const answer = (url) => (url.endsWith('.js') ? { body: "document.title = 'Late'", contentType: 'text/javascript' } : { body: html, contentType: 'text/html' });
  await page.route('**', (route) => route.fulfill(answer(route.request().url())));
  await page.goto('http://wrong.example/page#part');
  return page;
}
