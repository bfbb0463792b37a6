// Who belongs to an organisation: invited, joined, with another role, gone.

import { expect, PASSWORD, test, unique } from '../fixtures/test.mjs';

test('a colleague without an account is invited, joins in one go, and leaves again', async ({ partner, visit, inbox, look }) => {
  const owner = await partner();
  const { page } = owner;
  const organisation = `Riverside ${unique()}`;
  await owner.begin(organisation, `Appointments ${unique()}`);
  const email = `grace.${unique()}@partner.example`;

  await owner.openTeam();
  await look(page, 'team-alone', { heading: `Team of ${organisation}` });
  await owner.button('Invite someone').click();
  await look(page, 'team-invite', { heading: `Invite someone to the team of ${organisation}` });
  await page.getByLabel('Email address').fill('grace');
  await owner.prove();
  await owner.button('Send invitation').click();
  await look(page, 'team-invite-refused', { problem: 'Choose a role.' });
  await expect(page.getByLabel('Email address')).toHaveValue('grace');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Developer').check();
  await owner.prove();
  await owner.button('Send invitation').click();
  await look(page, 'team-invited', { banner: 'Invitation sent.' });
  await expect(page.getByRole('table', { name: 'Invitations' })).toContainText(email);

  // The first mail went astray: it is sent again, and the newer link is the one that works.
  const first = await inbox.link(email, /invited to a team/i);
  await owner.link(/Send again or withdraw/).click();
  await look(page, 'team-invitation', { heading: `Invitation to ${email}` });
  await owner.prove();
  await owner.button('Send again').click();
  await look(page, 'team-invited-again', { banner: 'Invitation sent again.' });
  await expect.poll(() => inbox.link(email, /invited to a team/i)).not.toBe(first);
  const second = await inbox.link(email, /invited to a team/i);

  const newcomer = await visit();
  await newcomer.goto(first);
  await look(newcomer, 'invitation-older', { heading: 'This link no longer works' });
  await newcomer.goto(second);
  await look(newcomer, 'invitation-join', { heading: `Join the team of ${organisation}` });
  await newcomer.getByLabel('Your name').fill('Grace Hopper');
  await newcomer.getByLabel('Password', { exact: true }).fill('short');
  await newcomer.getByRole('button', { name: 'Create account and join' }).click();
  await look(newcomer, 'invitation-join-refused', { problem: /too short/ });
  await expect(newcomer.getByLabel('Your name')).toHaveValue('Grace Hopper');
  await newcomer.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await newcomer.getByRole('button', { name: 'Create account and join' }).click();
  await look(newcomer, 'invitation-joined', { banner: 'You have joined the team.' });
  await newcomer.goto(second);
  await look(newcomer, 'invitation-spent', { heading: 'This link no longer works' });
  await inbox.waitFor(owner.email, /joined your team/i);

  await owner.openTeam();
  await page.getByRole('row', { name: /Grace Hopper/ }).getByRole('link', { name: /Change role/ }).click();
  await look(page, 'team-role', { heading: 'Change the role of Grace Hopper' });
  await page.getByLabel('Viewer').check();
  await owner.prove();
  await owner.button('Change role').click();
  await look(page, 'team-role-changed', { banner: 'Role changed.' });

  await newcomer.goto(`/organisations/${owner.organisationId}/team`);
  await newcomer.getByRole('link', { name: 'Leave this team' }).click();
  await look(newcomer, 'team-leave', { heading: `Leave the team of ${organisation}?` });
  await newcomer.getByLabel('Your password, or a code').fill(PASSWORD);
  await newcomer.getByRole('button', { name: 'Leave the team' }).click();
  await look(newcomer, 'home-without-team', { banner: 'You have left the team.' });
});

test('a colleague with an account is asked at home, joins, and is removed', async ({ partner, inbox, look }) => {
  const owner = await partner();
  const { page } = owner;
  const organisation = `Hillside ${unique()}`;
  await owner.begin(organisation, `Letters ${unique()}`);
  const colleague = await partner('Olu Ade');
  await owner.invite(colleague.email, 'Viewer');
  const invitation = await inbox.link(colleague.email, /invited to a team/i);
  expect(invitation).toMatch(/\/invitations\/[^/]+$/);

  await colleague.page.goto('/home');
  await look(colleague.page, 'home-invited');
  await colleague.link(`Join the team of ${organisation}`).click();
  await look(colleague.page, 'invitation', { heading: `Join the team of ${organisation}` });
  await colleague.button('Decline').click();
  await colleague.expectDone('Invitation declined.');
  await owner.invite(colleague.email, 'Developer');
  await colleague.page.goto('/home');
  await colleague.link(`Join the team of ${organisation}`).click();
  await colleague.button('Join the team').click();
  await look(colleague.page, 'invitation-accepted', { banner: 'You have joined the team.' });

  await owner.openTeam();
  await page.getByRole('row', { name: /Olu Ade/ }).getByRole('link', { name: /Remove/ }).click();
  await look(page, 'team-remove', { heading: 'Remove Olu Ade from the team?' });
  await owner.prove();
  await owner.button('Remove Olu Ade').click();
  await look(page, 'team-removed', { banner: 'Team member removed.' });
  await colleague.page.goto(`/organisations/${owner.organisationId}`);
  await expect(colleague.heading('Page not found')).toBeVisible();
  await colleague.page.goto(invitation);
  await look(colleague.page, 'invitation-none', { heading: 'There is no invitation for you here' });
});
