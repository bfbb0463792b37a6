// What must not happen: a private key that stays, another site's form, another organisation's data.

import { stored } from '../fixtures/database.mjs';
import { opensslKeyPair } from '../fixtures/keys.mjs';
import { expect, test, unique } from '../fixtures/test.mjs';

const bodyOf = (pem) => pem.split('\n').slice(1, -2);

/** Pastes as a person does: one event, where Playwright's `fill` sends one for each line. */
async function paste(page, field, text) {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate((pasted) => navigator.clipboard.writeText(pasted), text);
  // The island announces itself by its region; until it is awake nothing is judged.
  await field.fill('?');
  await expect(page.locator('#public_key-verdict')).not.toHaveText('');
  await field.fill('');
  await field.focus();
  await page.keyboard.press('Control+V');
}

test('a pasted private key is refused, and is nowhere', async ({ partner, world, inbox, scripts, look }) => {
  const { privatePem } = opensslKeyPair();
  const owner = await partner();
  const { page } = owner;
  await owner.begin(`Riverside ${unique()}`, `Leak ${unique()}`);
  const sent = [];
  page.on('request', (request) => sent.push(request.postData() ?? ''));
  await owner.open('public-key');
  if (scripts) {
    await paste(page, page.getByLabel('Public key', { exact: true }), privatePem);
    await expect(page.getByLabel('Public key', { exact: true })).toHaveValue('');
    await expect(page.locator('#public_key-verdict')).toContainText(/private key/i);
    expect(sent.join('')).not.toContain(bodyOf(privatePem)[1]);
  } else {
    await page.getByLabel('Public key', { exact: true }).fill(privatePem);
    await owner.save();
    await owner.expectProblem(/private key/i);
    await expect(page.getByLabel('Public key', { exact: true })).toHaveValue('');
  }
  await look(page, 'private-key-refused');

  await owner.open('client-name');
  if (scripts) await page.locator('html[data-islands="awake"]').waitFor();
  await page.getByLabel('Client name').fill(privatePem.replaceAll('\n', ' '));
  if (scripts) {
    await expect(page.getByLabel('Client name')).toHaveValue('');
    await expect(page.locator('#private-key-verdict')).toContainText(/private key/i);
    expect(sent.join('')).not.toContain(bodyOf(privatePem)[1]);
  } else {
    await owner.save();
    await owner.expectProblem(/private key/i);
  }
  expect(await page.content()).not.toContain(bodyOf(privatePem)[1]);
  const kept = await stored(world.database);
  expect(Object.values(kept).some((bytes) => bytes.includes(owner.email)), 'what is kept can be searched').toBe(true);
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
  await expect(page).toHaveURL(/done=saved/);
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

test('one organisation sees nothing of another', async ({ partner }) => {
  const canary = `Canary ${unique()}`;
  const theirs = await partner('Thea Brown');
  await theirs.begin(`Hillside ${canary}`, canary);
  await theirs.fillName(canary);
  const mine = await partner('Noah Green');
  await mine.begin(`Riverside ${unique()}`, `Mine ${unique()}`);
  const addresses = [
    theirs.registration,
    ...['client-name', 'public-key', 'redirect-uris', 'scopes', 'vectors', 'check', 'history', 'possession'].map((part) => `${theirs.registration}/${part}`),
    theirs.serviceAddress,
    `${theirs.serviceAddress}/edit`,
    `/organisations/${theirs.organisationId}`,
    `/organisations/${theirs.organisationId}/services/new`,
    `/history?search=${encodeURIComponent(canary)}`,
    `/history?registration=${theirs.registration.split('/').pop()}`,
    '/home',
    '/history',
  ];
  for (const address of addresses) {
    const response = await mine.page.goto(address);
    const shown = (await mine.page.content()).replaceAll(encodeURIComponent(canary), '').replace(/value="[^"]*"/g, '');
    expect(shown, address).not.toContain(canary);
    if (address.includes(theirs.registration.split('/').pop()) || address.includes(theirs.organisationId)) {
      if (!address.startsWith('/history')) expect([403, 404], address).toContain(response.status());
    }
  }
});
