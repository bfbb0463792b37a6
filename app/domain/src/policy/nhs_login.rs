//! NHS login's three environments (compare-environments.md, integrating-to-sandpit.md; domain.md).

use super::{AnswerKind, AnswerOption, Answered, EnvironmentPolicy, EvidenceField, EvidenceItem};
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
            eligibility(),
            use_case(),
            conformance_report(),
            scal(),
            connection_agreement(),
            partner_integration_board(),
            clinical_safety(),
            medical_device(),
            data_flow(),
            service_desk(),
            session_rules(),
            ai_use(),
            im1(),
        ],
        takes: "We aim to review it within two weeks. Two NHS login admins read the evidence.".into(),
        ..base("live", "Live", "https://auth.login.nhs.uk")
    }
}

fn item(id: &str, title: &str, hint: &str, looks_for: &str, fields: Vec<EvidenceField>) -> EvidenceItem {
    EvidenceItem {
        id: id.into(),
        title: title.into(),
        hint: hint.into(),
        looks_for: looks_for.into(),
        of_scope: None,
        scenarios: false,
        fields,
    }
}

/// A question; `named` is what it asks for in the middle of a sentence.
fn field(id: &str, label: &str, named: &str, hint: &str, kind: AnswerKind) -> EvidenceField {
    EvidenceField { id: id.into(), label: label.into(), hint: hint.into(), named: named.into(), kind, when: None }
}

/// The same question, asked only where another one of its item has this answer.
fn where_answered(field: EvidenceField, other: &str, is: &str) -> EvidenceField {
    EvidenceField { when: Some(Answered { field: other.into(), is: vec![is.into()] }), ..field }
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
        "The code is of the organisation that is responsible for the service, and is the same as the organisation’s own.",
        vec![field("code", "ODS code", "", "3 to 10 letters and digits, for example X26.", AnswerKind::OdsCode)],
    )
}

fn dspt() -> EvidenceItem {
    item(
        "dspt",
        "Data Security and Protection Toolkit",
        "Your organisation assesses itself every year.",
        "The published assessment has this status, is of this organisation, and has not expired.",
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
        "Someone from the NHS login team saw the demonstration, and remembers it so.",
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

fn eligibility() -> EvidenceItem {
    item(
        "eligibility",
        "Eligibility",
        "NHS login is for health and care services in England that people use for themselves, free of charge.",
        "The service is open to patients or the public, costs them nothing, and the body that is named does commission or \
         sponsor it.",
        vec![
            field(
                "people",
                "Who signs in to the service?",
                "who signs in to the service",
                "",
                AnswerKind::Choice(vec![
                    option("patients", "Patients, the public, or people who care for them"),
                    not_enough(
                        "staff",
                        "Only people who work for an organisation",
                        "NHS login is for patients and the public. It cannot be used for a service that only staff sign in to.",
                    ),
                ]),
            ),
            field(
                "free",
                "Is it free at the point of use?",
                "whether the service is free at the point of use",
                "",
                AnswerKind::Choice(vec![
                    option("yes", "Yes, people pay nothing to use it"),
                    not_enough(
                        "no",
                        "No, people pay for it",
                        "NHS login can only be used for services that are free at the point of use.",
                    ),
                ]),
            ),
            field(
                "england",
                "Does it serve people in England?",
                "whether the service serves people in England",
                "",
                AnswerKind::Choice(vec![
                    option("yes", "Yes"),
                    not_enough("no", "No, only people elsewhere", "NHS login is for services in England."),
                ]),
            ),
            field(
                "commissioner",
                "Which NHS body or council commissions or sponsors it?",
                "the NHS body or council that commissions or sponsors the service",
                "Its full name, for example Riverside Integrated Care Board.",
                AnswerKind::Line,
            ),
        ],
    )
}

fn medical_device() -> EvidenceItem {
    item(
        "medical_device",
        "Medical device status",
        "Software that diagnoses, treats or advises on treatment may be a medical device.",
        "The reason fits what the service does. If it is a device, its registration is in the MHRA’s public register.",
        vec![
            field(
                "status",
                "Is the service a medical device?",
                "whether the service is a medical device",
                "",
                AnswerKind::Choice(vec![
                    option("not_a_device", "No"),
                    option("registered", "Yes, and it is registered with the MHRA"),
                    not_enough(
                        "unregistered",
                        "Yes, and it is not registered yet",
                        "Register the device with the MHRA before you ask to use live.",
                    ),
                ]),
            ),
            where_answered(
                field(
                    "reason",
                    "Why is it not one?",
                    "why the service is not a medical device",
                    "Who decided that, and on what grounds.",
                    AnswerKind::Paragraphs,
                ),
                "status",
                "not_a_device",
            ),
            where_answered(
                field(
                    "registration",
                    "MHRA registration number",
                    "the MHRA registration number of the device",
                    "",
                    AnswerKind::Line,
                ),
                "status",
                "registered",
            ),
        ],
    )
}

fn data_flow() -> EvidenceItem {
    item(
        "data_flow",
        "Where data goes",
        "The way that data from NHS login takes through your service, and every place where it is kept.",
        "The diagram shows every system and supplier that the data reaches, and all of them are in the UK.",
        vec![
            field(
                "diagram",
                "Your data-flow diagram",
                "your data-flow diagram",
                "The one that your data protection impact assessment has.",
                AnswerKind::Files,
            ),
            field(
                "in_uk",
                "Does all data from NHS login stay in the UK?",
                "whether all data from NHS login stays in the UK",
                "Backups, logs and support access too.",
                AnswerKind::Choice(vec![
                    option("yes", "Yes"),
                    not_enough(
                        "no",
                        "No, some of it leaves the UK",
                        "Data from NHS login must stay in the UK. Change where it is kept before you ask to use live.",
                    ),
                ]),
            ),
        ],
    )
}

fn service_desk() -> EvidenceItem {
    item(
        "service_desk",
        "National Service Desk",
        "Where you report incidents to, and where we find you when there is one.",
        "The National Service Desk has this service in its list, with a way to reach the team at any hour.",
        vec![
            field(
                "reference",
                "Reference of your registration with the National Service Desk",
                "the reference of your registration with the National Service Desk",
                "",
                AnswerKind::Line,
            ),
            past_date("When were you registered?", "the date on which the National Service Desk registered you"),
        ],
    )
}

fn session_rules() -> EvidenceItem {
    item(
        "session_rules",
        "How long people stay signed in",
        "NHS login does not end the session in your service: your service does.",
        "The answer fits what people use, a website or an app, and the demonstration showed it.",
        vec![field(
            "rules",
            "When does your service ask people to sign in again?",
            "when your service asks people to sign in again",
            "If the check in your app is optional, the first answer is for whoever has not set it up.",
            AnswerKind::Choice(vec![
                option("website", "After 30 minutes without use, and after 12 hours in any case"),
                option(
                    "app",
                    "In an app, at least every 30 days, with a biometric or PIN check after 5 minutes without use, after \
                     1 minute in the background, and when it was closed",
                ),
                not_enough(
                    "neither",
                    "Neither of these",
                    "Change the sessions of your service so that they follow the session rules of NHS login.",
                ),
            ]),
        )],
    )
}

fn im1() -> EvidenceItem {
    let item = item(
        "im1",
        "IM1 request for change",
        "People’s GP credentials are for suppliers whose products are paired through IM1.",
        "The request for change is of this product, and NHS England accepted it.",
        vec![
            field(
                "reference",
                "Reference of the request for change",
                "the reference of the IM1 request for change",
                "",
                AnswerKind::Line,
            ),
            past_date("When was it accepted?", "the date on which the IM1 request for change was accepted"),
        ],
    );
    EvidenceItem { of_scope: Some("gp_integration_credentials".into()), ..item }
}

fn conformance_report() -> EvidenceItem {
    let item = item(
        "conformance_report",
        "Technical conformance report",
        "The report of the technical conformance tests that you ran in integration.",
        "The report covers every scenario of the vectors that this registration asks for, and was run against this service.",
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
    );
    EvidenceItem { scenarios: true, ..item }
}

fn scal() -> EvidenceItem {
    let list = || {
        let label = "Reference and version of the SCAL";
        where_answered(
            field("reference", label, "the reference and version of the SCAL", "", AnswerKind::Line),
            "kind",
            "scal",
        )
    };
    let agreement = || {
        let hint = "CNTR and 7 digits. It is on the agreement.";
        let kind = AnswerKind::Code { letters: "CNTR".into(), digits: 7 };
        let named = "the number of your onboarding agreement";
        where_answered(field("agreement", "Number of the agreement", named, hint, kind), "kind", "agreement")
    };
    item(
        "scal",
        "Conformance list or onboarding agreement",
        "The supplier conformance assessment list (SCAL) that NHS login accepted, or the agreement that you signed with the \
         Digital Onboarding Service in its place.",
        "The list or the agreement is of this service, is accepted, and leaves nothing open.",
        vec![
            field(
                "kind",
                "Which of the two do you have?",
                "whether you have a SCAL or an onboarding agreement",
                "",
                AnswerKind::Choice(vec![
                    option("scal", "A supplier conformance assessment list (SCAL)"),
                    option("agreement", "An agreement with the Digital Onboarding Service"),
                ]),
            ),
            list(),
            agreement(),
            past_date("When was it accepted or signed?", "the date on which the SCAL or the agreement was accepted"),
        ],
    )
}

fn connection_agreement() -> EvidenceItem {
    item(
        "connection_agreement",
        "Connection agreement",
        "Signed by someone who can enter into agreements for your organisation.",
        "The agreement is signed by this organisation, and by someone who may sign for it.",
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
        "The board’s minutes have this decision. Conditions that it made are met, or have a date.",
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
        "The legal basis covers every claim that the scopes give, and the use case needs them.",
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
        "The case report is of this service and of its present version, and the officer who approved it is a registered clinician.",
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
        "What is said of AI fits what the service does, and no data from NHS login is learned from without our agreement.",
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
