//! What the demo partners type: services, and the sections of their registrations.

use std::collections::BTreeMap;

use domain::draft::DraftChange;
use domain::organisation::{Contacts, ServiceDraft};
use time::{Date, Duration, OffsetDateTime};

/// What one service registers.
#[derive(Clone)]
pub(super) struct Sketch {
    /// The client name.
    pub(super) name: &'static str,
    /// The public key, PEM.
    pub(super) key: String,
    /// Redirect URIs.
    pub(super) redirect_uris: Vec<&'static str>,
    /// Scopes beside `openid`, each with its reason.
    pub(super) scopes: Vec<(&'static str, &'static str)>,
    /// Vectors of trust.
    pub(super) vectors: Vec<&'static str>,
}

impl Sketch {
    /// The sections, in the order of the task list.
    pub(super) fn changes(&self) -> Vec<DraftChange> {
        let names = std::iter::once("openid").chain(self.scopes.iter().map(|(scope, _)| *scope));
        let reasons = self.scopes.iter().map(|(scope, reason)| ((*scope).to_owned(), (*reason).to_owned()));
        vec![
            DraftChange::ClientName(self.name.to_owned()),
            DraftChange::one_key(self.key.clone()),
            DraftChange::RedirectUris(owned(&self.redirect_uris)),
            DraftChange::Scopes { scopes: names.map(str::to_owned).collect(), reasons: reasons.collect() },
            DraftChange::Vectors(owned(&self.vectors)),
        ]
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A service as its owner describes it.
pub(super) fn service(name: &str, description: &str, use_case: &str, domain: &str) -> ServiceDraft {
    let contact = |who: &str| format!("{who}@{domain}");
    ServiceDraft {
        name: name.to_owned(),
        description: description.to_owned(),
        use_case: use_case.to_owned(),
        contacts: Contacts {
            technical: contact("developers"),
            product: contact("product"),
            security: contact("security"),
        },
    }
}

/// One item of evidence.
fn evidence(item: &str, answers: &[(&str, String)]) -> DraftChange {
    let answers: BTreeMap<String, String> =
        answers.iter().map(|(field, text)| ((*field).to_owned(), text.clone())).collect();
    DraftChange::Evidence { item: item.to_owned(), answers }
}

fn date(moment: OffsetDateTime) -> String {
    let date: Date = moment.date();
    date.to_string()
}

/// What integration asks for, as it stands at `now`.
pub(super) fn integration_evidence(now: OffsetDateTime) -> Vec<DraftChange> {
    vec![
        evidence("ods_code", &[("code", "RDH01".into())]),
        evidence("dspt", &[("status", "standards_met".into()), ("expiry", date(now + Duration::days(250)))]),
        evidence(
            "product_demonstration",
            &[("date", date(now - Duration::days(3))), ("who", "The NHS login partner onboarding team".into())],
        ),
    ]
}

/// What live asks for, as it stands at `now`, with the file of the data-flow diagram.
pub(super) fn live_evidence(now: OffsetDateTime, diagram: String) -> Vec<DraftChange> {
    let ago = |days| date(now - Duration::days(days));
    vec![
        evidence(
            "conformance_report",
            &[("date", ago(6)), ("reference", "RDH-CONF-2".into()), ("outcome", "passed".into())],
        ),
        evidence(
            "eligibility",
            &[
                ("people", "patients".into()),
                ("free", "yes".into()),
                ("england", "yes".into()),
                ("commissioner", "NHS Riverside Integrated Care Board".into()),
            ],
        ),
        evidence("scal", &[("kind", "scal".into()), ("reference", "RDH-SCAL version 1.4".into()), ("date", ago(5))]),
        evidence("connection_agreement", &[("signatory", "Chief information officer".into()), ("date", ago(5))]),
        evidence("partner_integration_board", &[("date", ago(2)), ("outcome", "approved".into())]),
        evidence(
            "use_case",
            &[
                ("legal_basis", "Direct care, under contract with NHS Riverside Integrated Care Board.".into()),
                ("use_case", "People order repeat prescriptions and see when they can collect them.".into()),
            ],
        ),
        evidence(
            "clinical_safety",
            &[("officer", "Head of clinical safety".into()), ("case", "RDH-CSC-7".into()), ("date", ago(20))],
        ),
        evidence(
            "medical_device",
            &[
                ("status", "not_a_device".into()),
                ("reason", "It orders what a clinician prescribed, and advises on nothing.".into()),
            ],
        ),
        evidence("data_flow", &[("diagram", diagram), ("in_uk", "yes".into())]),
        evidence("service_desk", &[("reference", "NSD-4711".into()), ("date", ago(9))]),
        evidence("session_rules", &[("rules", "website".into())]),
        evidence(
            "ai_use",
            &[
                ("uses_ai", "no".into()),
                (
                    "statement",
                    "The service holds no model and sends nothing to one. Releases are checked for it.".into(),
                ),
            ],
        ),
    ]
}
