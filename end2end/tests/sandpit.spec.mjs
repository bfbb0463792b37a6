// The main job: from a partner's form to a real sign-in.

import { opensslKeyPair } from '../fixtures/keys.mjs';
import { runSnippet } from '../fixtures/snippet.mjs';
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
  await look(page, 'sign-up-refused', { problem: /your name/i });
  await partner.signUp({ name: 'Priya Shah', email, password: PASSWORD });
  await look(page, 'sign-up-sent', { heading: 'Check your email' });
  const link = await inbox.link(email, /verify/i);
  await page.goto(link);
  await look(page, 'verify', { heading: 'Verify your email address' });
  await page.getByLabel('Password', { exact: true }).fill('not this one, sorry');
  await partner.button('Verify my email address').click();
  await look(page, 'verify-refused', { problem: 'This is not the password that you chose when you last signed up' });
  await partner.verify({ email, password: PASSWORD });
  await look(page, 'sign-in', { banner: 'Email address verified.' });
  await page.goto(link);
  await look(page, 'verify-spent', { heading: 'This link no longer works' });
  await partner.signIn({ email, password: 'not this one, sorry' });
  await look(page, 'sign-in-refused', { problem: 'The email address or the password is wrong' });
  await partner.signIn({ email, password: PASSWORD });
  await look(page, 'home-empty', { heading: 'Your services' });

  await page.goto('/organisations/new');
  await look(page, 'organisation-new');
  await partner.button('Create organisation').click();
  await look(page, 'organisation-refused', { problem: /organisation/ });
  await partner.createOrganisation(`Riverside ${unique()}`);
  await look(page, 'service-new');
  await partner.button('Add service').click();
  await look(page, 'service-refused', { problem: /name of the service/ });
  await partner.addService(service);
  await look(page, 'service', { banner: 'Service added.' });
  await partner.startEnvironment('sandpit');
  await look(page, 'registration-empty', { banner: 'Registration started.' });

  for (const section of ['client-name', 'public-key', 'redirect-uris', 'scopes', 'vectors', 'possession', 'check']) {
    await partner.open(section);
    await look(page, `section-${section}`);
  }

  await partner.fillName('');
  await look(page, 'client-name-refused', { problem: 'Enter the name that people will see when they sign in.' });
  await partner.fillName(service);
  await partner.fillKey('this is not a key');
  await look(page, 'public-key-refused', { problem: 'This is not a public key in PEM format.' });
  await partner.fillKey(opensslKeyPair(1024).publicPem);
  await look(page, 'public-key-too-short', { problem: 'This key has 1024 bits, and it must have 2048.' });
  await partner.fillKey(relyingParty.publicPem);
  await partner.fillRedirectUris(['http://example.org/callback', 'https://*.example.org/']);
  await look(page, 'redirect-uris-refused', { problem: /https/ });
  await partner.fillRedirectUris([relyingParty.redirectUri, '']);
  await partner.fillScopes({ email: '' });
  await look(page, 'scopes-refused', { problem: /email/ });
  await partner.fillScopes({ email: 'We confirm each order by email.', gp_integration_credentials: 'We order prescriptions.' });
  await partner.fillVectors(['P5.Cp.Cd']);
  await partner.open('check');
  await look(page, 'check-incomplete', { heading: 'Check your answers' });
  await partner.open('scopes');
  await look(page, 'scopes-beyond-the-vectors', { problem: 'gp_integration_credentials is given at level P9 only' });
  await partner.dropScope('gp_integration_credentials');
  await partner.fillVectors(['P9.Cp.Cd']);

  await partner.open();
  await look(page, 'registration-complete');
  await partner.open('check');
  await look(page, 'check');
  await partner.submit();
  const clientId = await partner.publishedClientId();
  await expect(page.getByText(world.environments[0].issuer).first()).toBeVisible();
  await look(page, 'published');
  const submitted = await inbox.waitFor(email, /published/i, service);
  expect(submitted.secure, 'the mail came over TLS').toBe(true);
  await page.goto('/home');
  await look(page, 'home', { heading: 'Your services' });
  await partner.open('revisions/1');
  await look(page, 'revision', { heading: 'Revision 1' });
  await partner.open('history');
  await look(page, 'registration-history');

  const visitor = await visit();
  await signIn(visitor, relyingParty, world.environments[0], clientId, 'openid email');
  await expect(visitor.locator('#userinfo')).toContainText('alex.taylor@people.example');
  // What the page gives runs as it is, with the newcomer's own key.
  await page.goto(partner.registration);
  const code = await page.locator('details', { hasText: 'A whole sign-in with openid-client' }).locator('code.nhsuk-code__content').textContent();
  const printed = await runSnippet(code, relyingParty.privatePem, relyingParty.redirectUri);
  expect(printed).toContain(`aud: '${clientId}'`);
  expect(printed).toContain('alex.taylor@people.example');
  await expectRedirectUriRefused(visitor, world.environments[0], clientId, `${relyingParty.redirectUri}/other`);
});
