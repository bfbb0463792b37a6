// Tokens of an organisation: made, used by a program, taken over and ended.

import { expect, test, unique } from '../fixtures/test.mjs';

/** Opens the tokens by the page of the organisation. */
async function openTokens(person, organisation) {
  await person.page.goto(`/organisations/${organisation}`);
  await person.link('Tokens for programs').click();
}

test('a developer makes a token, leaves, and the owner takes it over', async ({ partner, inbox, look }) => {
  const owner = await partner();
  const { page } = owner;
  const organisation = `Lakeside ${unique()}`;
  await owner.begin(organisation, `Booking ${unique()}`);
  await openTokens(owner, owner.organisationId);
  await look(page, 'tokens-none', { heading: `Tokens of ${organisation}` });

  const developer = await partner('Dev Lee');
  await owner.invite(developer.email, 'Developer');
  await developer.page.goto('/home');
  await developer.link(/^Join the team of Lakeside/).click();
  await developer.button('Join the team').click();
  await openTokens(developer, owner.organisationId);
  await developer.button('Make a token').click();
  await look(developer.page, 'token-new', { heading: 'Make a token' });
  await developer.prove();
  await developer.button('Make token').click();
  await look(developer.page, 'token-new-refused', { problem: 'Choose what the token can do.' });
  await developer.page.getByLabel('Name', { exact: true }).fill('Deployment pipeline');
  await developer.page.getByLabel('Read and edit', { exact: true }).check();
  await developer.page.getByLabel('Sandpit').check();
  await developer.page.getByLabel('90 days').check();
  await developer.button('Make token').click();
  await look(developer.page, 'token-secret', { heading: 'Secret of the token “Deployment pipeline”' });
  const shown = await developer.page.getByText(/^Authorization: Bearer prp_/).textContent();
  await inbox.waitFor(owner.email, /has a new token/i);

  // The program acts as the developer, and no cookie counts.
  const authorization = shown.replace('Authorization: ', '').trim();
  const answer = await page.request.get('/api/v1/organisation', { headers: { authorization } });
  expect(answer.status()).toBe(200);
  expect(await answer.json()).toMatchObject({ name: organisation, token: { name: 'Deployment pipeline', scope: 'draft' } });
  expect((await page.request.get('/api/v1/organisation')).status()).toBe(401);

  await page.goto('/guidance/api');
  await look(page, 'guidance-api', { heading: 'Use the API' });
  await expect(page.getByText('Save the client name')).toBeVisible();

  await developer.button('I have saved it').click();
  await look(developer.page, 'tokens', { banner: 'Token made.' });
  await developer.link('Deployment pipeline').click();
  await look(developer.page, 'token', { heading: 'Token “Deployment pipeline”' });
  await expect(developer.page.getByText('prp_')).toHaveCount(0);

  await developer.page.goto(`/organisations/${owner.organisationId}/team/leave`);
  await developer.prove();
  await developer.button('Leave the team').click();
  await developer.expectDone('You have left the team.');
  expect((await page.request.get('/api/v1/organisation', { headers: { authorization } })).status()).toBe(401);

  await openTokens(owner, owner.organisationId);
  await owner.link('Deployment pipeline').click();
  await look(page, 'token-stopped', { heading: 'Token “Deployment pipeline”' });
  await owner.prove();
  await owner.button('Take over').click();
  await look(page, 'token-taken-over', { heading: 'Secret of the token “Deployment pipeline”', banner: 'Token taken over.' });
  expect((await page.request.get('/api/v1/organisation', { headers: { authorization } })).status(), 'the secret before').toBe(401);
  const anew = (await page.getByText(/^Authorization: Bearer prp_/).textContent()).replace('Authorization: ', '').trim();
  expect((await page.request.get('/api/v1/organisation', { headers: { authorization: anew } })).status()).toBe(200);
  await owner.button('I have saved it').click();
  const address = await owner.link('Deployment pipeline').getAttribute('href');
  await owner.link('Deployment pipeline').click();
  await owner.button('End token').click();
  await look(page, 'token-ended', { banner: 'Token ended. It no longer works.' });
  expect((await page.request.get('/api/v1/organisation', { headers: { authorization: anew } })).status()).toBe(401);
  await page.goto(address);
  await look(page, 'token-gone', { heading: 'This token no longer exists' });
});
