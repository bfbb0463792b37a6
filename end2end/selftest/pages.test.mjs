// The pages of the provider and the relying party in a browser: a whole sign-in, accessible on every page.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from '@playwright/test';
import { expectAccessible, shots } from '../fixtures/look.mjs';
import { beginSignIn, expectRedirectUriRefused, signIn } from '../pages/relying-party.mjs';
import config from '../playwright.config.mjs';
import { startIssuer } from '../provider/issuer.mjs';
import { startRelyingParty } from '../relying-party/server.mjs';
import { freePorts } from '../support/ports.mjs';
import { metadataOf, sqliteStore } from './store.mjs';

let directory, environment, issuer, relyingParty, store, browser, page;

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'end2end-pages-'));
  const [issuerPort, port] = await freePorts(2);
  environment = { name: 'sandpit', title: 'Sandpit', issuer: `http://127.0.0.1:${issuerPort}`, store: `sqlite://${directory}/clients.sqlite` };
  issuer = await startIssuer(environment, () => {});
  relyingParty = await startRelyingParty({ port, directory, environments: [environment] });
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

const look = async (name) => {
  await shots(page, new URL(`../artefacts/shots/selftest/${name}`, import.meta.url).pathname);
  await expectAccessible(page, true);
};

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
