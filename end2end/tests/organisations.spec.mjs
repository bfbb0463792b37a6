// What an owner changes about an organisation and its services.

import { expect, test, unique } from '../fixtures/test.mjs';

test('an organisation and a service are changed', async ({ partner, look }) => {
  const owner = await partner();
  const { page } = owner;
  const service = `Changed ${unique()}`;
  await owner.begin(`Riverside ${unique()}`, service);

  await page.goto(`/organisations/${owner.organisationId}/edit`);
  await look(page, 'organisation-edit', { heading: 'Change the organisation' });
  await page.getByLabel('ODS code (optional)').fill('no code');
  await owner.button('Save').click();
  await look(page, 'organisation-edit-refused', { problem: 'Enter the ODS code' });
  await page.getByLabel('ODS code (optional)').fill('X26');
  await owner.button('Save').click();
  await look(page, 'organisation', { banner: 'Organisation changed.' });

  await page.goto(`${owner.serviceAddress}/edit`);
  await look(page, 'service-edit');
  await expect(page.getByLabel('Name of the service')).toHaveValue(service);
  await page.getByLabel('Security contact').fill('not an address');
  await owner.button('Save').click();
  await look(page, 'service-edit-refused', { problem: /security contact/ });
  await page.getByLabel('Security contact').fill('security@partner.example');
  await page.getByLabel('Name of the service').fill(`${service} anew`);
  await owner.button('Save').click();
  await owner.expectDone('Service changed.');
  await expect(owner.heading(`${service} anew`)).toBeVisible();
});
