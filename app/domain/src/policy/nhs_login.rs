//! NHS login's three environments (compare-environments.md, integrating-to-sandpit.md; domain.md).

use super::{AnswerKind, AnswerOption, EnvironmentPolicy, EvidenceField, EvidenceItem};
use crate::{protected::Protected, scope::ScopeCatalogue};

pub(super) fn environments() -> Vec<EnvironmentPolicy> {
    vec![sandpit(), integration(), live()]
}

fn base(name: &str, title: &str, issuer: &str) -> EnvironmentPolicy {
    EnvironmentPolicy {
        name: name.into(),
        title: title.into(),
        issuer: issuer.into(),
        key_sizes: vec![2048],
        max_keys: 2,
        compromised_keys: Default::default(),
        openssl_blacklist: Default::default(),
        allow_loopback: false,
        allow_custom_schemes: false,
        production: false,
        protected: Protected::default(),
        signing_algorithm: "RS512".into(),
        scopes: ScopeCatalogue::nhs_login(),
        after: None,
        open_to_unconfirmed: false,
        automatic: false,
        approvals: 1,
        endorsed_approvals: Some(0),
        key_age_days: Some(365),
        second_factor_to_submit: false,
        possession_required: false,
        evidence: Vec::new(),
        takes: String::new(),
        takes_a_person: String::new(),
    }
}

fn sandpit() -> EnvironmentPolicy {
    EnvironmentPolicy {
        open_to_unconfirmed: true,
        automatic: true,
        takes: "Minutes when every check passes and no restricted scope is asked for. Otherwise, we aim to review it within \
                one working day."
            .into(),
        takes_a_person: "We aim to review it within one working day.".into(),
        ..base("sandpit", "Sandpit", "https://auth.sandpit.signin.nhs.uk")
    }
}

fn integration() -> EnvironmentPolicy {
    EnvironmentPolicy {
        after: Some("sandpit".into()),
        evidence: vec![ods_code(), dspt(), product_demonstration()],
        takes: "We aim to review it within a few working days. One NHS login admin reads the evidence.".into(),
        ..base("integration", "Integration", "https://auth.aos.signin.nhs.uk")
    }
}

fn live() -> EnvironmentPolicy {
    EnvironmentPolicy {
        after: Some("integration".into()),
        approvals: 2,
        endorsed_approvals: Some(1),
        second_factor_to_submit: true,
        possession_required: true,
        production: true,
        evidence: vec![
            conformance_report(),
            scal(),
            connection_agreement(),
            partner_integration_board(),
            use_case(),
            clinical_safety(),
            ai_use(),
        ],
        takes: "We aim to review it within two weeks. Two NHS login admins read the evidence.".into(),
        ..base("live", "Live", "https://auth.login.nhs.uk")
    }
}

fn item(id: &str, title: &str, hint: &str, fields: Vec<EvidenceField>) -> EvidenceItem {
    EvidenceItem { id: id.into(), title: title.into(), hint: hint.into(), fields }
}

/// A question; `named` is what it asks for in the middle of a sentence.
fn field(id: &str, label: &str, named: &str, hint: &str, kind: AnswerKind) -> EvidenceField {
    EvidenceField { id: id.into(), label: label.into(), hint: hint.into(), named: named.into(), kind }
}

fn past_date(label: &str, named: &str) -> EvidenceField {
    field("date", label, named, "For example, 27 3 2026.", AnswerKind::PastDate)
}

fn option(value: &str, label: &str) -> AnswerOption {
    AnswerOption { value: value.into(), label: label.into(), not_enough: None }
}

fn not_enough(value: &str, label: &str, why: &str) -> AnswerOption {
    AnswerOption { not_enough: Some(why.into()), ..option(value, label) }
}

fn ods_code() -> EvidenceItem {
    item(
        "ods_code",
        "ODS code",
        "The Organisation Data Service code of the organisation that is responsible for the service.",
        vec![field("code", "ODS code", "", "3 to 10 letters and digits, for example X26.", AnswerKind::OdsCode)],
    )
}

fn dspt() -> EvidenceItem {
    item(
        "dspt",
        "Data Security and Protection Toolkit",
        "Your organisation assesses itself every year.",
        vec![
            field(
                "status",
                "Status of your latest assessment",
                "the status of your Data Security and Protection Toolkit assessment",
                "",
                AnswerKind::Choice(vec![
                    option("standards_met", "Standards met"),
                    option("standards_exceeded", "Standards exceeded"),
                    option("approaching_standards", "Approaching standards, with an agreed improvement plan"),
                    not_enough(
                        "not_met",
                        "Standards not met, or not assessed yet",
                        "Complete the Data Security and Protection Toolkit before you ask to use integration.",
                    ),
                ]),
            ),
            field(
                "expiry",
                "When does it expire?",
                "the expiry date of your Data Security and Protection Toolkit assessment",
                "For example, 30 6 2027.",
                AnswerKind::ExpiryDate,
            ),
        ],
    )
}

fn product_demonstration() -> EvidenceItem {
    item(
        "product_demonstration",
        "Product demonstration",
        "You show the NHS login team how people sign in to your service in the sandpit.",
        vec![
            past_date("When did you show it?", "the date of the product demonstration"),
            field(
                "who",
                "Who from NHS login was there?",
                "who from NHS login was at the product demonstration",
                "Names, or the name of the team.",
                AnswerKind::Line,
            ),
        ],
    )
}

fn conformance_report() -> EvidenceItem {
    item(
        "conformance_report",
        "Technical conformance report",
        "The report of the technical conformance tests that you ran in integration.",
        vec![
            past_date("Date of the report", "the date of the conformance report"),
            field(
                "reference",
                "Reference of the report",
                "the reference of the conformance report",
                "Where the NHS login team can find it.",
                AnswerKind::Line,
            ),
            field(
                "outcome",
                "Outcome of the tests",
                "the outcome of the conformance tests",
                "",
                AnswerKind::Choice(vec![
                    option("passed", "All tests passed"),
                    option("passed_with_exceptions", "Passed with exceptions that NHS login agreed to"),
                    not_enough("failed", "Some tests failed", "Fix what failed and run the conformance tests again."),
                ]),
            ),
        ],
    )
}

fn scal() -> EvidenceItem {
    item(
        "scal",
        "Supplier conformance assessment list (SCAL)",
        "The list that you filled in and that NHS login accepted.",
        vec![
            field("reference", "Reference and version", "the reference and version of the SCAL", "", AnswerKind::Line),
            past_date("When was it accepted?", "the date on which the SCAL was accepted"),
        ],
    )
}

fn connection_agreement() -> EvidenceItem {
    item(
        "connection_agreement",
        "Connection agreement",
        "Signed by someone who can enter into agreements for your organisation.",
        vec![
            field(
                "signatory",
                "Who signed it for your organisation?",
                "the job title of the person who signed the connection agreement",
                "Job title, not a name.",
                AnswerKind::Line,
            ),
            past_date("When was it signed?", "the date on which the connection agreement was signed"),
        ],
    )
}

fn partner_integration_board() -> EvidenceItem {
    item(
        "partner_integration_board",
        "Partner Integration Board",
        "The board decides whether your service may use NHS login.",
        vec![
            past_date("When did the board meet?", "the date on which the Partner Integration Board met"),
            field(
                "outcome",
                "Decision of the board",
                "what the Partner Integration Board decided",
                "",
                AnswerKind::Choice(vec![
                    option("approved", "Approved"),
                    option("approved_with_conditions", "Approved with conditions"),
                    not_enough(
                        "not_approved",
                        "Not approved, or not decided yet",
                        "Wait for the board to approve your use case before you ask to use live.",
                    ),
                ]),
            ),
        ],
    )
}

fn use_case() -> EvidenceItem {
    item(
        "use_case",
        "Legal basis and use case",
        "NHS login can only be used where there is a legal basis to do so.",
        vec![
            field(
                "legal_basis",
                "What is your legal basis?",
                "what your legal basis is",
                "For example, direct care under contract with an NHS organisation.",
                AnswerKind::Paragraphs,
            ),
            field(
                "use_case",
                "What do people use your service for?",
                "what people use your service for",
                "",
                AnswerKind::Paragraphs,
            ),
        ],
    )
}

fn clinical_safety() -> EvidenceItem {
    item(
        "clinical_safety",
        "Clinical safety",
        "DCB0129 for the manufacturer of the service, DCB0160 for the organisation that uses it.",
        vec![
            field(
                "officer",
                "Role of your clinical safety officer",
                "the job title of your clinical safety officer",
                "Job title, not a name.",
                AnswerKind::Line,
            ),
            field(
                "case",
                "Reference of the clinical safety case report",
                "the reference of the clinical safety case report",
                "",
                AnswerKind::Line,
            ),
            past_date("When was it approved?", "the date on which the clinical safety case report was approved"),
        ],
    )
}

fn ai_use() -> EvidenceItem {
    item(
        "ai_use",
        "Use of artificial intelligence",
        "Whether your service uses AI to process data from NHS login.",
        vec![
            field(
                "uses_ai",
                "Does the service use AI?",
                "whether the service uses AI",
                "",
                AnswerKind::Choice(vec![option("no", "No"), option("yes", "Yes")]),
            ),
            field(
                "statement",
                "How does the service use AI, or how do you know that it does not?",
                "how the service uses AI, or how you know that it does not",
                "What it is used for, on which data, and how people are told.",
                AnswerKind::Paragraphs,
            ),
        ],
    )
}
