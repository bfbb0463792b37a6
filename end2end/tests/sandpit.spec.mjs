// The main job: from a partner's form to a real sign-in.

import { opensslKeyPair } from '../fixtures/keys.mjs';
import { expect, PASSWORD, test, unique } from '../fixtures/test.mjs';
import { PartnerPages } from '../pages/partner.mjs';
import { expectRedirectUriRefused, signIn } from '../pages/relying-party.mjs';

test('a partner registers a service in the sandpit, and a person signs in to it', async ({ visit, world, relyingParty, inbox, look }) => {
  const partner = new PartnerPages(await visit(), world, inbox);
  const { page } = partner;
  const email = `owner.${unique()}@partner.example`;
  const service = `Prescriptions ${unique()}`;

  await page.goto('/');
  await look(page, 'start');
  await page.goto('/sign-up');
  await look(page, 'sign-up');
  await partner.button('Create account').click();
  await partner.expectProblem(/name/i);
  await look(page, 'sign-up-refused');
  await partner.signUp({ name: 'Priya Shah', email, password: PASSWORD });
  await look(page, 'sign-up-sent');
  await page.goto(await inbox.link(email, /verify/i));
  await look(page, 'verify');
  await partner.verify({ email, password: PASSWORD });
  await look(page, 'sign-in');
  await partner.signIn({ email, password: 'not this one, sorry' });
  await expect(page.locator('.nhsuk-error-summary')).toBeVisible();
  await look(page, 'sign-in-refused');
  await partner.signIn({ email, password: PASSWORD });
  await page.goto('/home');
  await look(page, 'home-empty');

  await page.goto('/organisations/new');
  await look(page, 'organisation-new');
  await partner.button('Create organisation').click();
  await look(page, 'organisation-refused');
  await partner.createOrganisation(`Riverside ${unique()}`);
  await look(page, 'service-new');
  await partner.button('Add service').click();
  await look(page, 'service-refused');
  await partner.addService(service);
  await look(page, 'service');
  await partner.startEnvironment('sandpit');
  await look(page, 'registration-empty');

  for (const section of ['client-name', 'public-key', 'redirect-uris', 'scopes', 'vectors', 'possession', 'check']) {
    await partner.open(section);
    await look(page, `section-${section}`);
  }

  await partner.fillName('NHS');
  await partner.fillName(service);
  await partner.fillKey('this is not a key');
  await partner.expectProblem(/key/i);
  await look(page, 'public-key-refused');
  await partner.fillKey(opensslKeyPair(1024).publicPem);
  await partner.expectProblem(/1024|2048/);
  await partner.fillKey(relyingParty.publicPem);
  await partner.fillRedirectUris(['http://example.org/callback', 'https://*.example.org/']);
  await partner.expectProblem(/https/i);
  await look(page, 'redirect-uris-refused');
  await partner.fillRedirectUris([relyingParty.redirectUri, '']);
  await partner.fillScopes({ email: '' });
  await partner.expectProblem(/email/i);
  await look(page, 'scopes-refused');
  await partner.fillScopes({ email: 'We confirm each order by email.' });
  await partner.fillVectors(['P9.Cp.Cd']);

  await partner.open();
  await look(page, 'registration-complete');
  await partner.open('check');
  await look(page, 'check');
  await partner.submit();
  const clientId = await partner.publishedClientId();
  await expect(page.getByText(world.environments[0].issuer).first()).toBeVisible();
  await look(page, 'published');
  await page.goto('/home');
  await look(page, 'home');
  await partner.open('history');
  await look(page, 'registration-history');
  await inbox.waitFor(email, /published/i);

  const visitor = await visit();
  await signIn(visitor, relyingParty, world.environments[0], clientId, 'openid email');
  await expect(visitor.locator('#userinfo')).toContainText('alex.taylor@people.example');
  await expectRedirectUriRefused(visitor, world.environments[0], clientId, `${relyingParty.redirectUri}/other`);
});
