// What must not happen: a private key that stays, another site's form, another organisation's data.

import { readFileSync } from 'node:fs';
import { stored } from '../fixtures/database.mjs';
import { opensslKeyPair } from '../fixtures/keys.mjs';
import { expectShown, untilAwake } from '../fixtures/look.mjs';
import { expect, test, unique } from '../fixtures/test.mjs';

const bodyOf = (pem) => pem.split('\n').slice(1, -2);

/** Pastes as a person does: one event, where Playwright's `fill` sends one for each line. */
async function paste(page, field, text) {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate((pasted) => navigator.clipboard.writeText(pasted), text);
  await field.focus();
  await page.keyboard.press('Control+V');
}

/** Keeps what the page sends from now on, as it is and decoded as a form. */
function watch(page) {
  const sent = [];
  page.on('request', (request) => {
    const body = request.postDataBuffer()?.toString('utf8') ?? '';
    const decoded = decodeURIComponent(body.replaceAll('+', ' ').replaceAll(/%(?![0-9a-f]{2})/gi, '%25'));
    if (request.method() !== 'GET') sent.push(`${request.url()} ${body} ${decoded}`);
  });
  return sent;
}

test('a private key is refused, and is nowhere', async ({ partner, world, inbox, scripts, look }) => {
  const { privatePem } = opensslKeyPair();
  const file = { name: 'private_key.pem', mimeType: 'application/x-pem-file', buffer: Buffer.from(privatePem) };
  const owner = await partner();
  const { page } = owner;
  await owner.begin(`Riverside ${unique()}`, `Leak ${unique()}`);
  const sent = watch(page);
  const field = page.getByLabel('Public key', { exact: true });
  const ways = {
    pasted: () => (scripts ? paste(page, field, privatePem) : field.fill(privatePem)),
    chosen: () => page.getByLabel('Or choose the file').setInputFiles(file),
  };
  for (const [way, give] of Object.entries(ways)) {
    await owner.open('public-key');
    if (scripts) await untilAwake(page);
    await give();
    if (scripts) await expect(page.locator('#public_key-verdict')).toContainText('contains a private key');
    await owner.save();
    if (scripts) {
      // The form stays: nothing is sent until it was noticed that the field is as it was saved: empty.
      await expect(page.locator('#public_key-verdict')).toContainText('contains a private key');
      expect(page.url()).toMatch(/public-key$/);
      expect(sent, way).toEqual([]);
    }
    await look(page, `private-key-${way}`, { problem: 'contains a private key' });
    await expect(field).toHaveValue('');
  }
  if (scripts) {
    // Not by the button, which ignores a second click within a second.
    await field.evaluate((area) => area.form.requestSubmit());
    await owner.expectProblem('Paste the public key in PEM format.');
    expect(sent.length, 'what is sent is seen').toBe(1);
    expect(sent.join('')).not.toContain(bodyOf(privatePem)[1]);
  }

  const others = {
    [`${owner.registration}/client-name`]: ['Client name', 'Save and continue'],
    [`${owner.serviceAddress}/edit`]: ['What is it?', 'Save'],
  };
  for (const [address, [label, button]] of Object.entries(others)) {
    await page.goto(address);
    if (scripts) await untilAwake(page);
    const saved = await page.getByLabel(label).inputValue();
    await page.getByLabel(label).fill(privatePem.replaceAll('\n', ' '));
    if (scripts) {
      // What is saved stands there again, so that saving does not replace it by nothing.
      await expect(page.getByLabel(label)).toHaveValue(saved);
      const words = saved ? 'We did not keep it. The box shows what was there before.' : 'contains a private key';
      await expect(page.locator('#private-key-verdict')).toContainText(words);
      await expectShown(page, { problem: words });
      expect(sent.join('')).not.toContain(bodyOf(privatePem)[1]);
    } else {
      await owner.button(button).click();
      await owner.expectProblem('contains a private key');
    }
    expect(await page.content()).not.toContain(bodyOf(privatePem)[1]);
  }
  const kept = { ...(await stored(world.database)), log: readFileSync(world.log) };
  expect(Object.values(kept).some((bytes) => bytes.includes(owner.email)), 'what is kept can be searched').toBe(true);
  expect(kept.log.length, 'the log can be searched').toBeGreaterThan(0);
  for (const [where, bytes] of Object.entries(kept)) {
    for (const line of bodyOf(privatePem)) expect(bytes.includes(line), where).toBe(false);
  }
  expect(JSON.stringify(inbox.all())).not.toContain(bodyOf(privatePem)[1]);
});

test('a chosen file is judged whenever it was chosen, and one that is no public key leaves the field alone', async ({ partner, scripts }) => {
  test.skip(!scripts, 'without scripts the server judges the file');
  const { privatePem, publicPem } = opensslKeyPair();
  const owner = await partner();
  const { page } = owner;
  await owner.begin(`Riverside ${unique()}`, `File ${unique()}`);
  const sent = [];
  page.on('request', (request) => sent.push(request.postData() ?? ''));
  const field = page.getByLabel('Public key', { exact: true });
  const choose = (name, text) => page.locator('#file').setInputFiles({ name, mimeType: 'application/x-pem-file', buffer: Buffer.from(text) });

  // Chosen while the script is still on its way.
  let arrive;
  const late = new Promise((resolve) => (arrive = resolve));
  await page.route(/frontend.*\.wasm/, async (route) => (await late, route.continue()));
  await page.goto(`${owner.registration}/public-key`, { waitUntil: 'commit' });
  await choose('public_key.pem', publicPem);
  arrive();
  await expect(page.locator('#public_key-verdict')).toContainText('2048');
  await expect(field).toHaveValue(publicPem);
  await choose('private_key.pem', privatePem);
  await expect(page.locator('#public_key-verdict')).toContainText(/private key/i);
  await expect(field).toHaveValue(publicPem);
  // Sent once, it is noticed; sent again, the key that stands in the field is saved.
  await owner.save();
  await expect(page).toHaveURL(/public-key$/);
  await owner.button('Save and continue').click({ delay: 1100 });
  await owner.expectDone('Saved.');
  expect(sent.join('')).not.toContain(bodyOf(privatePem)[1]);
});

test("another site's form changes nothing", async ({ partner, world }) => {
  const owner = await partner();
  const { page } = owner;
  await owner.begin(`Riverside ${unique()}`, `Forgery ${unique()}`);
  await owner.fillName('Before');
  const id = owner.registration.split('/').pop();
  const [cookie] = (await page.context().cookies(world.portal)).filter(({ name }) => name === 'session');
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  for (const headers of [{ Origin: 'https://evil.example' }, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
    const response = await fetch(`${world.portal}/api/save-client-name`, {
      method: 'POST',
      headers: { ...headers, cookie: `session=${cookie.value}`, 'X-Forwarded-For': '10.9.9.9' },
      body: new URLSearchParams({ registration: id, base: '', client_name: 'Forged' }),
      redirect: 'manual',
    });
    expect(response.status, JSON.stringify(headers)).toBe(403);
  }
  await owner.open('client-name');
  await expect(page.getByLabel('Client name')).toHaveValue('Before');
});

test('one organisation sees nothing of another', async ({ partner, relyingParty }) => {
  const canary = `Canary ${unique()}`;
  const theirs = await partner('Thea Brown');
  await theirs.begin(`Hillside ${canary}`, canary);
  await theirs.fill({ name: canary, publicPem: relyingParty.publicPem, redirectUris: [relyingParty.redirectUri] });
  await theirs.submit();
  await theirs.publishedClientId();
  await theirs.page.goto(`/history?registration=${theirs.registration.split('/').pop()}`);
  const entry = await theirs.page.locator('main table a[href^="/history/"]').first().getAttribute('href');
  await expect(theirs.page.getByText(canary).first(), 'its owner sees it').toBeVisible();
  const mine = await partner('Noah Green');
  await mine.begin(`Riverside ${unique()}`, `Mine ${unique()}`);
  const id = theirs.registration.split('/').pop();
  const parts = ['client-name', 'public-key', 'redirect-uris', 'scopes', 'vectors', 'evidence/dspt', 'possession', 'check', 'withdraw', 'retire', 'revisions/1', 'history'];
  const refused = [
    theirs.registration,
    ...parts.map((part) => `${theirs.registration}/${part}`),
    theirs.serviceAddress,
    `${theirs.serviceAddress}/edit`,
    `/organisations/${theirs.organisationId}`,
    `/organisations/${theirs.organisationId}/edit`,
    `/organisations/${theirs.organisationId}/services/new`,
    `/admin/reviews/${id}`,
    `/admin/organisations/${theirs.organisationId}`,
    entry,
  ];
  for (const address of refused) {
    expect([403, 404], address).toContain((await mine.page.goto(address)).status());
    expect(await mine.page.content(), address).not.toContain(canary);
  }
  for (const address of ['/home', '/history', `/history?registration=${id}`]) {
    expect((await mine.page.goto(address)).status(), address).toBe(200);
    expect(await mine.page.content(), address).not.toContain(canary);
  }
  // The search itself is shown again: in its box, and in the address of the list as a file.
  expect((await mine.page.goto(`/history?search=${encodeURIComponent(canary)}`)).status()).toBe(200);
  await expect(mine.page.getByText('No entries match')).toBeVisible();
  const found = (await mine.page.content()).replace(`value="${canary}"`, '').replace(`search=${encodeURIComponent(canary)}`, '');
  expect(found).not.toContain(canary);
});
