//! What is worth knowing of something acceptable: a closed set, each kind with what follows from it.

use crate::problem::Problem;
use serde::{Deserialize, Serialize};

/// A warning or a problem in words: what is recorded with a revision, as it was said at the time, and what JSON for others
/// has. Live problems are [`Problem`]s.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// The field, as in a [`Problem`].
    pub field: String,
    /// The entry, as in a [`Problem`].
    pub entry: String,
    /// The stable name of the rule, or of the kind of warning.
    pub rule: String,
    /// The sentence.
    pub message: String,
}

impl Said {
    /// The same, of one entry of its field.
    #[must_use]
    pub fn at(mut self, entry: impl Into<String>) -> Self {
        self.entry = entry.into();
        self
    }
}

impl From<Problem> for Said {
    fn from(problem: Problem) -> Self {
        let (rule, message) = (problem.rule.name().to_owned(), problem.message());
        Self { field: problem.field, entry: problem.entry, rule, message }
    }
}

/// A kind of warning. Its name in [`Said::rule`] is stable: revisions keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Warning {
    /// A client name that could pass for a protected one.
    NameProtected,
    /// The organisation’s own name could.
    OrganisationProtected,
    /// Another organisation has the organisation’s name.
    OrganisationNameTaken,
    /// Another organisation gives the same ODS code.
    OdsCodeTaken,
    /// The evidence names another ODS code than the organisation.
    OdsCodeDiffers,
    /// Something of an item of evidence is asked by now that was not when what is published was approved.
    EvidenceAskedSince,
    /// A client name like another organisation’s.
    LookAlikeName,
    /// A host like another organisation’s.
    LookAlikeHost,
    /// A host that passes for a protected one, or has a protected name in it.
    UriImitates,
    /// A host in punycode.
    UriInternational,
    /// A host below a suffix where names are given out and come free.
    UriSharedDomain,
    /// A tool that many people share.
    UriSharedTool,
    /// A link shortener.
    UriShortener,
    /// A host that looks like one for tests, where real people sign in.
    UriTestHost,
    /// An app’s scheme that others can claim.
    UriSchemeNoPeriod,
    /// Another organisation registered the key without proof.
    KeyUnprovedElsewhere,
    /// Another registration of the organisation has the key.
    KeyReused,
    /// A vector that the public guidance does not name.
    VectorNotInGuidance,
    /// A vector that the provider does not implement yet.
    VectorNotImplemented,
    /// A vector for people who set up FIDO sign-in, without one for the others.
    VectorFido,
    /// Vectors of more than one level of proofing.
    VectorStepUp,
    /// A scope that gives nothing beside another one.
    ScopeRedundant,
    /// A scope that some of the vectors do not reach.
    ScopePartlyReachable,
    /// A member of the metadata that is not read.
    MemberIgnored,
}

impl Warning {
    /// All of them.
    pub const ALL: [Self; 24] = [
        Self::NameProtected,
        Self::OrganisationProtected,
        Self::OrganisationNameTaken,
        Self::OdsCodeTaken,
        Self::OdsCodeDiffers,
        Self::EvidenceAskedSince,
        Self::LookAlikeName,
        Self::LookAlikeHost,
        Self::UriImitates,
        Self::UriInternational,
        Self::UriSharedDomain,
        Self::UriSharedTool,
        Self::UriShortener,
        Self::UriTestHost,
        Self::UriSchemeNoPeriod,
        Self::KeyUnprovedElsewhere,
        Self::KeyReused,
        Self::VectorNotInGuidance,
        Self::VectorNotImplemented,
        Self::VectorFido,
        Self::VectorStepUp,
        Self::ScopeRedundant,
        Self::ScopePartlyReachable,
        Self::MemberIgnored,
    ];

    /// The name in [`Said::rule`].
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::NameProtected => "name-nhs",
            Self::OrganisationProtected => "organisation-nhs",
            Self::OrganisationNameTaken => "organisation-name-taken",
            Self::OdsCodeTaken => "ods-code-taken",
            Self::OdsCodeDiffers => "ods-code-differs",
            Self::EvidenceAskedSince => "evidence-asked-since",
            Self::LookAlikeName => "look-alike-name",
            Self::LookAlikeHost => "look-alike-host",
            Self::UriImitates => "uri-imitates",
            Self::UriInternational => "uri-international",
            Self::UriSharedDomain => "uri-shared-domain",
            Self::UriSharedTool => "uri-shared-tool",
            Self::UriShortener => "uri-shortener",
            Self::UriTestHost => "uri-test-host",
            Self::UriSchemeNoPeriod => "uri-scheme-no-period",
            Self::KeyUnprovedElsewhere => "key-unproved-elsewhere",
            Self::KeyReused => "key-reused",
            Self::VectorNotInGuidance => "vector-not-in-guidance",
            Self::VectorNotImplemented => "vector-ck",
            Self::VectorFido => "vector-cm",
            Self::VectorStepUp => "vector-step-up",
            Self::ScopeRedundant => "scope-redundant",
            Self::ScopePartlyReachable => "scope-partly-reachable",
            Self::MemberIgnored => "member-ignored",
        }
    }

    /// Why a person has to look before anything is approved, after “because”; nothing where the rules may decide.
    #[must_use]
    pub fn asks_a_person(self) -> Option<&'static str> {
        match self {
            Self::NameProtected => Some("its name could pass for the NHS itself"),
            Self::OrganisationProtected => Some("the name of your organisation could pass for the NHS itself"),
            Self::OrganisationNameTaken => Some("another organisation has the same name as yours"),
            Self::LookAlikeName => Some("its name looks like that of another client"),
            Self::LookAlikeHost => Some("a redirect URI has a host that looks like one of another organisation"),
            Self::UriImitates => Some("a redirect URI has a host that could pass for the NHS itself"),
            Self::UriInternational => Some("a redirect URI has an international host"),
            Self::UriSharedDomain => Some("a redirect URI has a host whose name others can take when it comes free"),
            Self::UriSharedTool => Some("a redirect URI leads to a tool that many people share"),
            Self::UriShortener => Some("a redirect URI leads to a link shortener"),
            Self::UriTestHost => Some("a redirect URI has a host that looks like one for tests"),
            Self::KeyUnprovedElsewhere => Some("its key was registered before without proof of who holds it"),
            Self::OdsCodeTaken
            | Self::OdsCodeDiffers
            | Self::EvidenceAskedSince
            | Self::UriSchemeNoPeriod
            | Self::KeyReused
            | Self::VectorNotInGuidance
            | Self::VectorNotImplemented
            | Self::VectorFido
            | Self::VectorStepUp
            | Self::ScopeRedundant
            | Self::ScopePartlyReachable
            | Self::MemberIgnored => None,
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn of_rule(rule: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.rule() == rule)
    }

    /// A warning of this kind.
    #[must_use]
    pub fn said(self, field: &str, sentence: impl Into<String>) -> Said {
        let (field, rule) = (field.to_owned(), self.rule().to_owned());
        Said { field, entry: String::new(), rule, message: sentence.into() }
    }

    /// The warning as staff read it: what an admin will do about it is theirs to do.
    #[must_use]
    pub fn for_staff(warning: &Said) -> Said {
        let (told, _) = warning.message.split_once(" An NHS login admin will ").unwrap_or((&warning.message, ""));
        Said { message: told.to_owned(), ..warning.clone() }
    }

    /// The warning as a partner reads it: whom somebody looks like is for the admins alone (threat 10).
    #[must_use]
    pub fn for_partner(warning: &Said) -> Said {
        let message = match Self::of_rule(&warning.rule) {
            Some(Self::LookAlikeName) => {
                "Another organisation has a client with this name, or one that looks like it. An NHS login admin will \
                 decide whether both names can stand."
            }
            Some(Self::LookAlikeHost) => {
                "Another organisation has registered the host of a redirect URI, or one that looks like it. An NHS login \
                 admin will check that it is yours."
            }
            _ => return warning.clone(),
        };
        Said { message: message.into(), ..warning.clone() }
    }
}

/// Why a person has to look at something with this warning; nothing where the rules may decide. What is not of a known
/// kind is looked at: forgetting one opens no door.
#[must_use]
pub fn why_a_person(warning: &Said) -> Option<&'static str> {
    match Warning::of_rule(&warning.rule) {
        Some(kind) => kind.asks_a_person(),
        None => Some("a check found something that a person should weigh"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_kind_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = Warning::ALL.iter().map(|kind| kind.rule()).collect();
        assert_eq!(names.len(), Warning::ALL.len());
        assert!(Warning::ALL.iter().all(|kind| Warning::of_rule(kind.rule()) == Some(*kind)));
    }

    #[test]
    fn what_has_no_kind_asks_a_person() {
        assert!(
            why_a_person(&Said { rule: "of-tomorrow".into(), ..Warning::KeyReused.said("public_key", "?") }).is_some()
        );
        assert!(why_a_person(&Warning::KeyReused.said("public_key", "?")).is_none());
    }

    #[test]
    fn an_admin_is_not_told_that_an_admin_will_look() {
        let sentence = "Another organisation gives the ODS code X26 too. An NHS login admin will check whose it is.";
        let told = Warning::for_staff(&Warning::OdsCodeTaken.said("organisation", sentence));
        assert_eq!(told.message, "Another organisation gives the ODS code X26 too.");
        assert_eq!(Warning::for_staff(&told), told);
    }

    #[test]
    fn a_partner_is_not_told_of_others() {
        for kind in Warning::ALL {
            let warning = kind.said("redirect_uris", "The host “a.com” looks like “secret.example”.");
            let told = Warning::for_partner(&warning);
            let names_others = matches!(kind, Warning::LookAlikeName | Warning::LookAlikeHost);
            assert_eq!(told.message.contains("secret"), !names_others, "{kind:?}");
            assert_eq!((told.rule, told.field), (warning.rule, warning.field));
        }
    }
}
