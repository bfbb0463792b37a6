// The ways into a team that begin with whoever wants in, and an ownership that is handed over.

import { expect, test, unique } from '../fixtures/test.mjs';

const WHY = 'I look after the booking service and will rotate its keys.';

/** Finds the organisation by its name, and asks to join it. */
async function findAndAsk(colleague, organisation, look) {
  const { page } = colleague;
  await page.goto('/home');
  await colleague.link('Join an organisation that already exists').click();
  await look(page, 'join-find', { heading: 'Join an organisation' });
  await page.getByLabel('Name or ODS code of the organisation').fill(`nowhere${unique()}`);
  await colleague.button('Search').click();
  await expect(page.getByText('No organisation matches')).toBeVisible();
  await look(page, 'join-found-none', { heading: 'Join an organisation' });
  await page.getByLabel('Name or ODS code of the organisation').fill(organisation);
  await colleague.button('Search').click();
  await look(page, 'join-found');
  await page.getByRole('row', { name: new RegExp(organisation) }).getByRole('link', { name: /Ask to join/ }).click();
  await look(page, 'join-ask', { heading: `Ask to join ${organisation}` });
  await colleague.button('Ask to join').click();
  await look(page, 'join-ask-refused', { problem: /who you are and why you want to join/ });
  await page.getByLabel('Why do you want to join?').fill(WHY);
  await colleague.button('Ask to join').click();
  await look(page, 'join-asked', { banner: 'Request sent to the owners of the organisation.' });
}

/** Asks by the address of the form. */
async function ask(colleague, id) {
  await colleague.page.goto(`/organisations/${id}/join`);
  await colleague.page.getByLabel('Why do you want to join?').fill(WHY);
  await colleague.button('Ask to join').click();
  await colleague.expectDone('Request sent to the owners of the organisation.');
}

test('a colleague asks to join, changes their mind, asks again and is let in', async ({ partner, inbox, look }) => {
  const owner = await partner();
  const { page } = owner;
  const organisation = `Lakeside ${unique()}`;
  await owner.begin(organisation, `Booking ${unique()}`);
  const colleague = await partner('Hana Lee');
  await findAndAsk(colleague, organisation, look);
  await colleague.page.goto('/home');
  await look(colleague.page, 'home-asked');
  await colleague.link(/Withdraw/).click();
  await look(colleague.page, 'join-withdraw', { heading: `You have asked to join ${organisation}` });
  await colleague.button('Withdraw the request').click();
  await colleague.expectDone('Request withdrawn.');
  await ask(colleague, owner.organisationId);
  await inbox.waitFor(owner.email, /asked to join your team/i);

  await owner.openTeam();
  await look(page, 'team-asked');
  await page.getByRole('row', { name: /Hana Lee/ }).getByRole('link', { name: /Answer/ }).click();
  await look(page, 'team-request', { heading: 'Hana Lee has asked to join' });
  await expect(page.getByText(WHY)).toBeVisible();
  await page.getByLabel('Developer').check();
  await owner.prove();
  await owner.button('Let them join').click();
  await look(page, 'team-request-agreed', { banner: 'They have joined the team. We will email them.' });
  await inbox.waitFor(colleague.email, /joined a team/i);
  await colleague.page.goto(`/organisations/${owner.organisationId}/join`);
  await look(colleague.page, 'join-in-team', { heading: `Ask to join ${organisation}` });

  // An owner hands the organisation over, and is a developer then.
  await owner.openTeam();
  await page.getByRole('row', { name: /Hana Lee/ }).getByRole('link', { name: /Ask to take over/ }).click();
  await look(page, 'ownership-offer', { heading: 'Ask Hana Lee to take over from you as an owner' });
  await owner.prove();
  await owner.button('Ask them to take over').click();
  await look(page, 'ownership-offered', { banner: 'We have asked this person to take over from you.' });
  await owner.link('Withdraw').click();
  await look(page, 'ownership-own', { heading: `Owners of ${organisation}` });
  await inbox.waitFor(colleague.email, /asked to become an owner/i);
  await colleague.page.goto('/home');
  await look(colleague.page, 'home-offered');
  await colleague.link(`Become an owner of ${organisation}`).click();
  await colleague.link(/Answer/).click();
  await look(colleague.page, 'ownership-answer', { heading: `Become an owner of ${organisation}` });
  await colleague.prove();
  await colleague.button('Become an owner').click();
  await look(colleague.page, 'ownership-accepted', { banner: 'You are now an owner.' });
  await page.goto(`/organisations/${owner.organisationId}/team/ownership`);
  await look(page, 'ownership-none', { heading: 'Nobody asks you to take over' });

  // Whom to ask about the organisation; and for which of two one acts.
  const other = await partner('Tom Beck');
  await other.begin(`Hillside ${unique()}`, `Letters ${unique()}`);
  await other.invite(colleague.email, 'Viewer');
  await colleague.page.goto('/home');
  await colleague.link(/^Join the team of Hillside/).click();
  await colleague.button('Join the team').click();
  await colleague.page.goto(`/organisations/${owner.organisationId}/contacts`);
  await look(colleague.page, 'organisation-contacts', { heading: 'Contacts of the organisation' });
  await expect(colleague.page.getByText(`You are acting for ${organisation}, as an owner.`)).toBeVisible();
  for (const contact of ['Technical', 'Product', 'Security']) {
    await colleague.page.getByLabel(`${contact} contact`).fill(`${contact.toLowerCase()}@partner.example`);
  }
  await colleague.button('Save').click();
  await look(colleague.page, 'organisation-contacts-saved', { banner: 'Contacts changed.' });
});

test('an admin answers where no owner can sign in', async ({ partner, staff, inbox, look }) => {
  const admin = await staff('admin');
  const owner = await partner('Lou Locke');
  const organisation = `Orphan ${unique()}`;
  await owner.begin(organisation, `Letters ${unique()}`);
  const colleague = await partner('Hana Lee');
  await ask(colleague, owner.organisationId);
  await admin.page.goto(`/admin/organisations/${owner.organisationId}`);
  await look(admin.page, 'admin-organisation-asked', { heading: organisation });
  await expect(admin.page.getByText('Its owners answer first')).toBeVisible();
  await admin.link('Lou Locke').click();
  await expect(admin.heading('Lou Locke')).toBeVisible();
  await admin.openAction(new URL(admin.page.url()).pathname.split('/').pop(), 'disable', 'Lock the account');
  await admin.prove();
  await admin.button('Lock the account').click();
  await admin.expectDone('Account locked and signed out everywhere.');

  // Whoever locked the owner does not answer in their place.
  const other = await staff('admin', 'second');
  await other.page.goto('/admin/organisations?state=joining');
  await look(other.page, 'admin-organisations-joining');
  await other.link(organisation).click();
  await other.page.getByRole('row', { name: /Hana Lee/ }).getByRole('link', { name: /Answer/ }).click();
  await look(other.page, 'admin-join-request', { heading: `Hana Lee has asked to join ${organisation}` });
  await other.page.getByLabel('Reason').fill('The switchboard of the trust knows her; the only owner is locked.');
  await other.prove();
  await other.button('Answer the request').click();
  await look(other.page, 'admin-join-request-refused', { problem: 'Choose whether to let them join, and as what.' });
  await other.page.getByLabel('Let them join as an owner').check();
  await other.prove();
  await other.button('Answer the request').click();
  await other.expectDone('Request answered. We will email the person who asked and the owners.');
  await inbox.waitFor(owner.email, /answered a request to join your team/i);
  await colleague.page.goto(`/organisations/${owner.organisationId}/team`);
  await expect(colleague.button('Invite someone')).toBeVisible();
});
