//! NHS login's environments and scopes as domain.md and the public documentation have them.

use super::*;
use crate::{
    vector::Level::{self, P0, P5, P9},
    warning::why_a_person,
};

type Row<'a> = (&'a str, &'a str, Option<&'a str>, u8, bool, &'a [&'a str]);

#[test]
fn the_environments_are_those_of_the_documentation() {
    let table: [Row<'_>; 3] = [
        ("sandpit", "https://auth.sandpit.signin.nhs.uk", None, 1, false, &[]),
        (
            "integration",
            "https://auth.aos.signin.nhs.uk",
            Some("sandpit"),
            1,
            false,
            &["ods_code", "dspt", "product_demonstration"],
        ),
        (
            "live",
            "https://auth.login.nhs.uk",
            Some("integration"),
            2,
            true,
            &[
                "eligibility",
                "use_case",
                "conformance_report",
                "scal",
                "connection_agreement",
                "partner_integration_board",
                "clinical_safety",
                "medical_device",
                "data_flow",
                "service_desk",
                "session_rules",
                "ai_use",
                "im1",
            ],
        ),
    ];
    let policies = EnvironmentPolicy::nhs_login();
    assert_eq!(policies.len(), table.len());
    for (policy, (name, issuer, after, approvals, possession, evidence)) in policies.iter().zip(table) {
        assert_eq!((policy.name.as_str(), policy.issuer.as_str(), policy.after.as_deref()), (name, issuer, after));
        assert_eq!((policy.approvals, policy.possession_required), (approvals, possession), "{name}");
        assert_eq!(policy.evidence.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), evidence, "{name}");
        // Alike everywhere.
        assert_eq!((policy.key_sizes.as_slice(), policy.signing_algorithm.as_str()), (&[2048][..], "RS512"), "{name}");
        assert_eq!((policy.allow_loopback, policy.allow_custom_schemes), (false, false), "{name}");
        assert_eq!(policy.scopes, ScopeCatalogue::nhs_login(), "{name}");
        // The sandpit alone is decided by the rules, and open to whom no admin has confirmed.
        assert_eq!((policy.automatic, policy.open_to_unconfirmed), (name == "sandpit", name == "sandpit"), "{name}");
    }
}

/// Where real people sign in, an address on their own machine is looked at by a person, whatever the policy allows.
#[test]
fn a_loopback_address_is_never_fine_where_real_people_sign_in() {
    for production in [false, true] {
        let live = EnvironmentPolicy::nhs_login().remove(2);
        let policy = EnvironmentPolicy { allow_loopback: true, production, ..live };
        for typed in ["https://localhost/callback", "https://127.0.0.1/callback", "https://localhost:3443/callback"] {
            let (uris, problems) = policy.check_uris(&[typed.to_owned()]);
            assert!(problems.is_empty(), "{problems:?}");
            let asks = policy.uri_warnings(&uris[0]).iter().any(|warning| why_a_person(warning).is_some());
            assert_eq!(asks, production, "{typed}");
        }
    }
}

#[test]
fn the_scopes_are_those_of_the_documentation() {
    let (any, found, proved): (&[Level], &[Level], &[Level]) = (&[P0, P5, P9], &[P5, P9], &[P9]);
    let table: [(&str, &str, &[Level], bool); 10] = [
        ("openid", "iss aud sub", any, false),
        ("profile", "nhs_number family_name birthdate identity_proofing_level", found, true),
        ("basic_demographics", "family_name birthdate identity_proofing_level", found, false),
        ("profile_extended", "given_name", found, true),
        ("email", "email email_verified", any, false),
        ("phone", "phone_number phone_number_verified phone_number_pds_matched", any, false),
        ("landline", "landline_number landline_number_verified", any, false),
        ("gp_registration_details", "gp_ods_code", found, false),
        ("gp_integration_credentials", "gp_linkage_key gp_ods_code gp_user_id", proved, true),
        ("client_metadata", "client_user_metadata", any, true),
    ];
    let catalogue = ScopeCatalogue::nhs_login().scopes;
    assert_eq!(catalogue.len(), table.len());
    for (rule, (name, claims, levels, restricted)) in catalogue.iter().zip(table) {
        assert_eq!((rule.name.as_str(), rule.claims.join(" ").as_str()), (name, claims));
        assert_eq!((rule.levels.as_slice(), rule.restricted), (levels, restricted), "{name}");
        assert_eq!(rule.mandatory, name == "openid");
    }
}

/// Each sentence about an answer has to say which: in a summary the questions are not beside it.
#[test]
fn every_question_has_a_name_of_its_own() {
    for policy in EnvironmentPolicy::nhs_login() {
        let named = |field: &EvidenceField| {
            let name = if field.kind == AnswerKind::OdsCode { "the ODS code" } else { field.named.as_str() };
            name.to_owned()
        };
        let names: Vec<String> = policy.evidence.iter().flat_map(|item| &item.fields).map(named).collect();
        assert!(names.iter().all(|name| !name.is_empty()), "{names:?}");
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    }
}
