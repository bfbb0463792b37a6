//! The scopes of NHS login (scopes-and-claims.md).

use super::{Level, ScopeCatalogue, ScopeRule};

const ANY: &[Level] = &[Level::P0, Level::P5, Level::P9];
const FOUND: &[Level] = &[Level::P5, Level::P9];
const PROVED: &[Level] = &[Level::P9];

impl ScopeCatalogue {
    /// The built-in catalogue. Which scopes are restricted is this portal's judgement.
    #[must_use]
    pub fn nhs_login() -> Self {
        Self {
            scopes: vec![
                openid(),
                profile(),
                basic_demographics(),
                profile_extended(),
                email(),
                phone(),
                landline(),
                gp_registration_details(),
                gp_integration_credentials(),
                client_metadata(),
            ],
        }
    }
}

fn rule(name: &str, claims: &[&str], levels: &[Level], description: &str) -> ScopeRule {
    ScopeRule {
        name: name.into(),
        claims: owned(claims),
        description: description.into(),
        levels: levels.to_vec(),
        restricted: false,
        mandatory: false,
        excludes: Vec::new(),
        redundant_beside: Vec::new(),
        reason_prompt: String::new(),
        note: String::new(),
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn openid() -> ScopeRule {
    let description = "An identifier for the person that stays the same each time they sign in to your service.";
    ScopeRule { mandatory: true, ..rule("openid", &["iss", "aud", "sub"], ANY, description) }
}

fn profile() -> ScopeRule {
    let claims = ["nhs_number", "family_name", "birthdate", "identity_proofing_level"];
    let description = "NHS number, family name, date of birth and how the person’s identity was proved.";
    ScopeRule {
        restricted: true,
        excludes: owned(&["basic_demographics"]),
        reason_prompt: "Explain why your service needs profile, and what it does with the NHS number.".into(),
        note: "The reason must say how your service uses the NHS number. Without a use for it, ask for \
               basic_demographics instead."
            .into(),
        ..rule("profile", &claims, FOUND, description)
    }
}

fn basic_demographics() -> ScopeRule {
    let claims = ["family_name", "birthdate", "identity_proofing_level"];
    let description = "Family name, date of birth and how the person’s identity was proved, without the NHS number.";
    ScopeRule { excludes: owned(&["profile"]), ..rule("basic_demographics", &claims, FOUND, description) }
}

fn profile_extended() -> ScopeRule {
    ScopeRule {
        restricted: true,
        note: "Comes from the Personal Demographics Service (PDS), so it is empty in the sandpit.".into(),
        ..rule("profile_extended", &["given_name"], FOUND, "The person’s given name.")
    }
}

fn email() -> ScopeRule {
    let description = "The email address that the person signs in with, and whether it was verified.";
    rule("email", &["email", "email_verified"], ANY, description)
}

fn phone() -> ScopeRule {
    let claims = ["phone_number", "phone_number_verified", "phone_number_pds_matched"];
    let description =
        "The person’s mobile phone number, whether it was verified and whether NHS records have the same.";
    rule("phone", &claims, ANY, description)
}

fn landline() -> ScopeRule {
    let claims = ["landline_number", "landline_number_verified"];
    rule("landline", &claims, ANY, "The person’s landline number and whether it was verified.")
}

fn gp_registration_details() -> ScopeRule {
    let description = "The ODS code of the GP surgery where the person is registered.";
    ScopeRule {
        redundant_beside: owned(&["gp_integration_credentials"]),
        ..rule("gp_registration_details", &["gp_ods_code"], FOUND, description)
    }
}

fn gp_integration_credentials() -> ScopeRule {
    let claims = ["gp_linkage_key", "gp_ods_code", "gp_user_id"];
    let description = "The details that link the person to the online services of their GP surgery.";
    ScopeRule {
        restricted: true,
        note: "For partners that are enabled for IM1 only.".into(),
        ..rule("gp_integration_credentials", &claims, PROVED, description)
    }
}

fn client_metadata() -> ScopeRule {
    let description = "Data about the person that your own service stored with the provider.";
    ScopeRule {
        restricted: true,
        note: "Only after agreement with NHS login. The data is encrypted with the registered key, so it becomes \
               unreadable when the key is replaced."
            .into(),
        ..rule("client_metadata", &["client_user_metadata"], ANY, description)
    }
}
