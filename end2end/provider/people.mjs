// The end-users of the demonstration. Their NHS numbers are from the range that is kept for tests (they begin with 999).

/** What every test person types. */
export const PASSWORD = 'demonstration';

/** The claims of each scope, as in NHS login's table of scopes and claims. */
export const CLAIMS = {
  openid: ['sub', 'vot', 'vtm'],
  profile: ['nhs_number', 'family_name', 'birthdate', 'identity_proofing_level'],
  basic_demographics: ['family_name', 'birthdate', 'identity_proofing_level'],
  profile_extended: ['given_name'],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified', 'phone_number_pds_matched'],
  landline: ['landline_number', 'landline_number_verified'],
  gp_registration_details: ['gp_ods_code'],
  gp_integration_credentials: ['gp_linkage_key', 'gp_ods_code', 'gp_user_id'],
  client_metadata: ['client_user_metadata'],
};

/** The identity proofing level below which a scope gives nothing. */
const LEVEL_OF_SCOPE = {
  profile: 'P5',
  basic_demographics: 'P5',
  profile_extended: 'P5',
  gp_registration_details: 'P5',
  gp_integration_credentials: 'P9',
};

const LEVELS = ['P0', 'P5', 'P9'];

/** Whether level `a` is at least level `b`. */
export const reaches = (a, b) => LEVELS.indexOf(a) >= LEVELS.indexOf(b);

/** The test people, from the most to the least proven. */
export const PEOPLE = [
  {
    id: 'alex-p9',
    label: 'Alex Taylor, identity fully proven (P9)',
    level: 'P9',
    claims: {
      nhs_number: '9990000018',
      family_name: 'Taylor',
      given_name: 'Alex',
      birthdate: '1984-03-02',
      email: 'alex.taylor@people.example',
      email_verified: true,
      phone_number: '+447700900001',
      phone_number_verified: true,
      phone_number_pds_matched: 'true',
      landline_number: '+441632960001',
      landline_number_verified: true,
      gp_ods_code: 'A81001',
      gp_linkage_key: 'TestLinkageKey1',
      gp_user_id: '1234567890',
      client_user_metadata: '',
    },
  },
  {
    id: 'sam-p5',
    label: 'Sam Okafor, identity matched (P5)',
    level: 'P5',
    claims: {
      nhs_number: '9990000026',
      family_name: 'Okafor',
      given_name: 'Sam',
      birthdate: '1971-11-19',
      email: 'sam.okafor@people.example',
      email_verified: true,
      phone_number: '+447700900002',
      phone_number_verified: true,
      phone_number_pds_matched: 'false',
      gp_ods_code: 'B82002',
      client_user_metadata: '',
    },
  },
  {
    id: 'robin-p0',
    label: 'Robin Hughes, identity not proven (P0)',
    level: 'P0',
    claims: {
      email: 'robin.hughes@people.example',
      email_verified: true,
      phone_number: '+447700900003',
      phone_number_verified: true,
      phone_number_pds_matched: 'false',
      client_user_metadata: '',
    },
  },
];

/** The person with this id, or undefined. */
export const person = (id) => PEOPLE.find((one) => one.id === id);

/** The claims that `someone` gives for a space-separated list of scopes: a scope above their level gives none. */
export function claimsOf(someone, scopes) {
  const asked = scopes.split(' ').filter((scope) => reaches(someone.level, LEVEL_OF_SCOPE[scope] ?? 'P0'));
  const all = { ...someone.claims, identity_proofing_level: someone.level };
  return Object.fromEntries(Object.entries(all).filter(([name]) => asked.some((scope) => CLAIMS[scope]?.includes(name))));
}
