//! What a review page is about, gathered: the revision, what surrounds it, and what its reader may do.

use super::{Names, difference::between, permissions::Permissions};
use crate::ui::DiffField;
use domain::{
    authority::{Lapse, Voters},
    draft::Review,
    id::{AccountId, OrganisationId, RegistrationId},
    policy::EnvironmentPolicy,
    problem::Problem,
    registration::{Registration, Revision, RevisionState},
    revision::FrozenRevision,
    standing::{Standing, Tried},
    warning::{Said, Warning},
};
use store::Attached;
use time::OffsetDateTime;

/// A revision under the eyes of an admin or auditor.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The registration.
    pub registration: Registration,
    /// Its version, for the buttons.
    pub version: u64,
    /// The environment's policy.
    pub policy: EnvironmentPolicy,
    /// The revision that is shown.
    pub revision: Revision,
    /// Its exact bytes.
    pub bytes: String,
    /// These, read.
    pub content: FrozenRevision,
    /// The revision that the provider was last read back to hold, or held before this one was decided.
    pub before: Option<Earlier>,
    /// Where there is none to compare with at the provider: the revision before this one, whatever became of it.
    pub previous: Option<Earlier>,
    /// What submission required and does not hold any more, in sentences; of a revision that is open.
    pub misfits: Vec<String>,
    /// The number of another revision that was approved, and that the provider has not confirmed.
    pub on_its_way: Option<u32>,
    /// How often the provider was told what is wanted, without a confirmation.
    pub tried: Tried,
    /// The revision that was sent back before this one was submitted.
    pub sent_back: Option<Earlier>,
    /// Whose it is.
    pub organisation: Owner,
    /// The service's name.
    pub service: String,
    /// The client's name: of the revision that was approved last, whatever a later one asks for; else of the one that is
    /// shown.
    pub client_name: String,
    /// The organisation's other registrations.
    pub others: Vec<Other>,
    /// Names of everybody who appears.
    pub names: Names,
    /// What is known of the files in the evidence.
    pub files: Vec<Attached>,
    /// What happened, newest first.
    pub history: Vec<Happening>,
    /// What the reader may do.
    pub permissions: Permissions,
    /// What everybody is allowed by now on whose vote something rests that is not in effect yet.
    pub voters: Voters,
    /// The reader.
    pub reader: AccountId,
    /// The time of reading: evidence may have run out since it was given.
    pub now: OffsetDateTime,
}

/// A revision before the one that is shown.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// The revision.
    pub revision: Revision,
    /// Its bytes, read.
    pub content: FrozenRevision,
}

/// The organisation in a line.
#[derive(Clone, Debug)]
pub struct Owner {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// Its ODS code.
    pub ods_code: Option<String>,
    /// Whether an admin has confirmed it.
    pub confirmed: bool,
}

/// Another registration of the same organisation, in a line.
#[derive(Clone, Debug)]
pub struct Other {
    /// Its id.
    pub id: RegistrationId,
    /// Its service's name.
    pub service: String,
    /// Its environment's name.
    pub environment: String,
    /// Its statuses.
    pub statuses: Vec<crate::ui::Status>,
    /// Whether it has a revision to look at.
    pub reviewed: bool,
}

/// One entry of the history, in words.
#[derive(Clone, Debug)]
pub struct Happening {
    /// Its index in the history.
    pub index: u64,
    /// When.
    pub at: OffsetDateTime,
    /// Who, in words.
    pub by: String,
    /// What happened.
    pub sentence: String,
    /// What was written with it, by heading.
    pub quoted: Vec<(String, String)>,
}

/// A check in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub title: String,
    /// How it stands.
    pub verdict: Verdict,
    /// The sentences behind the verdict.
    pub sentences: Vec<String>,
}

/// How a check stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing to say.
    Passed,
    /// Acceptable, but a person has to look.
    LookAtThis,
    /// Not acceptable.
    Problem,
}

/// The revision that the one with this number is compared with. An open one with what the provider was last read back to
/// hold, whatever else was approved; a decided one with what the provider held when it was decided. Numbers are in the order
/// of decisions: only one revision is under review at a time.
pub fn published_before(registration: &Registration, number: u32) -> Option<&Revision> {
    let revision = registration.revision(number)?;
    let Some(decided) = revision.decided else {
        return registration.held().filter(|held| held.number < number);
    };
    let mut before = registration.revisions.iter().rev().filter(|before| before.number < number);
    before.find(|before| before.published.is_some_and(|at| at <= decided.at))
}

/// The revision before the one with this number, whatever became of it.
pub fn previous_to(registration: &Registration, number: u32) -> Option<&Revision> {
    registration.revisions.iter().rev().find(|revision| revision.number < number)
}

/// The latest revision before the one with this number that was approved and that the provider has not confirmed, while
/// the one with this number is open.
pub fn on_its_way_before(registration: &Registration, number: u32) -> Option<u32> {
    let wanted = registration.wanted.as_ref().filter(|_| registration.is_publication_due())?;
    let held = registration.held().map(|held| held.number);
    let is_open = registration.submitted().is_some_and(|submitted| submitted.number == number);
    (is_open && wanted.revision < number && held != Some(wanted.revision)).then_some(wanted.revision)
}

impl Subject {
    /// Where the client stands at the provider.
    pub fn standing(&self) -> Standing {
        self.registration.standing(self.tried)
    }

    /// Whether a decision on the revision that is shown is still to come.
    pub fn is_open(&self) -> bool {
        self.revision.state == RevisionState::Submitted || self.is_withheld()
    }

    /// Whether the revision that is shown was approved, and is withheld because too few approvals count.
    pub fn is_withheld(&self) -> bool {
        let withheld = self.registration.short_of_approvals(&self.policy, &self.voters);
        withheld.is_some_and(|revision| revision.number == self.revision.number)
    }

    /// How many approvals it takes.
    pub fn approvals_needed(&self) -> usize {
        self.revision.approvals_needed(&self.policy)
    }

    /// Those who approved the revision that is shown and whose approvals count now.
    pub fn counting_approvers(&self) -> Vec<AccountId> {
        self.revision.approvers().filter(|admin| self.voters.counts(*admin)).collect()
    }

    /// Why an approval of the revision that is shown no longer counts, while it matters.
    pub fn lapse(&self, admin: AccountId) -> Option<Lapse> {
        self.voters.lapse(admin).filter(|_| self.is_open())
    }

    /// Whether the partner proved that it holds the private key of this revision.
    pub fn is_possession_proved(&self) -> bool {
        self.revision.thumbprints.iter().all(|key| self.registration.proofs.contains_key(key))
    }

    /// Every automatic check of the revision, judged again now.
    pub fn checks(&self) -> Vec<Check> {
        let judged = self.judge();
        let mut checks: Vec<Check> =
            domain::draft::Section::ALL.into_iter().map(|section| section_check(section, &judged)).collect();
        checks.push(self.possession_check());
        checks.push(self.digest_check());
        checks.push(self.organisation_check());
        checks.extend(self.fitness_check());
        checks
    }

    /// Every field of this revision against an earlier one.
    pub fn against(&self, earlier: &Earlier) -> Vec<DiffField> {
        between(&earlier.content, &self.content, &self.policy)
    }

    /// Warnings of the checks now and of the submission, each once.
    pub fn warnings(&self) -> Vec<Said> {
        self.judge().warnings
    }

    fn judge(&self) -> Review {
        let (draft, problems) = self.content.draft();
        // Evidence that ran out keeps no key from changing.
        let mut judged = match self.revision.rotation {
            Some(_) => draft.review(&self.policy),
            None => draft.review_on(&self.policy, self.now.date()),
        };
        judged.problems.retain(|problem| !self.is_asked_since(problem));
        judged.problems.extend(problems);
        // What was recorded comes first, as the partner read it; then what only the rules of today find.
        let mut warnings: Vec<Said> = Vec::new();
        for warning in self.revision.warnings.iter().chain(&judged.warnings).map(Warning::for_staff) {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        judged.warnings = warnings;
        judged
    }

    /// Whether a problem is of evidence that was asked only after what was published at the submission had been approved.
    fn is_asked_since(&self, problem: &Problem) -> bool {
        let rule = Warning::EvidenceAskedSince.rule();
        let is_of = |entry: &str| problem.entry.split_once('.').is_some_and(|(item, _)| item == entry);
        let said = self.revision.warnings.iter().filter(|warning| warning.rule == rule);
        problem.field == "evidence" && said.into_iter().any(|warning| is_of(&warning.entry))
    }

    fn possession_check(&self) -> Check {
        let (verdict, sentence) = match (self.is_possession_proved(), self.policy.possession_required) {
            (true, _) => (Verdict::Passed, "The partner signed our nonce with the private key of this revision."),
            (false, true) => (Verdict::Problem, "This environment needs proof of possession, and there is none."),
            (false, false) => (
                Verdict::LookAtThis,
                "Not proved. This environment does not require it, but check \
                                                     that the key is the partner’s.",
            ),
        };
        check("Proof of possession", verdict, sentence)
    }

    fn digest_check(&self) -> Check {
        if self.revision.erased.is_some() {
            let sentence = "Text was erased from this revision, so its bytes no longer have the digest that was \
                            recorded. It cannot be approved.";
            return check("Digests", Verdict::Problem, sentence);
        }
        let published = self.content.metadata.published();
        let sound = domain::draft::hex_digest(self.bytes.as_bytes()) == self.revision.digest
            && domain::draft::hex_digest(published.as_bytes()) == self.revision.metadata_digest;
        match sound {
            true => check("Digests", Verdict::Passed, "The bytes shown here are the bytes that were submitted."),
            false => check("Digests", Verdict::Problem, "The bytes do not have the digest that was recorded."),
        }
    }

    /// What no other check looks at: the rules themselves, which refuse an approval for it.
    fn fitness_check(&self) -> Option<Check> {
        let (verdict, sentences) = match self.misfits.is_empty() {
            true => (Verdict::Passed, vec!["What was needed to submit it still holds.".to_owned()]),
            false => (Verdict::Problem, self.misfits.clone()),
        };
        self.is_open().then(|| Check { title: "Ready to be approved".into(), verdict, sentences })
    }

    fn organisation_check(&self) -> Check {
        let (verdict, sentence) =
            match (self.organisation.confirmed, self.policy.is_open_to(self.organisation.confirmed)) {
                (true, _) => (Verdict::Passed, "An admin has confirmed the organisation."),
                (false, true) => (
                    Verdict::LookAtThis,
                    "No admin has confirmed the organisation. It can use the sandpit \
                                                    only.",
                ),
                (false, false) => (Verdict::Problem, "No admin has confirmed the organisation."),
            };
        check("Organisation", verdict, sentence)
    }
}

fn check(title: &str, verdict: Verdict, sentence: &str) -> Check {
    Check { title: title.into(), verdict, sentences: vec![sentence.into()] }
}

fn section_check(section: domain::draft::Section, judged: &Review) -> Check {
    let is_here = |field: &str| domain::draft::Section::of_field(field) == Some(section);
    let problems = judged.problems.iter().filter(|problem| is_here(&problem.field));
    let problems: Vec<String> = problems.map(Problem::message).collect();
    let warnings = judged.warnings.iter().filter(|warning| is_here(&warning.field));
    let warnings: Vec<String> = warnings.map(|warning| warning.message.clone()).collect();
    let verdict = match (problems.is_empty(), warnings.is_empty()) {
        (false, _) => Verdict::Problem,
        (true, false) => Verdict::LookAtThis,
        (true, true) => Verdict::Passed,
    };
    Check { title: section.title().into(), verdict, sentences: [problems, warnings].concat() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use domain::{
        actor::{By, Stamp},
        registration::{Published, Wanted},
        standing::Does,
    };
    use time::macros::datetime;

    fn verdicts(subject: &Subject) -> Vec<(String, Verdict)> {
        let checks = subject.checks();
        checks.into_iter().map(|check| (check.title, check.verdict)).collect()
    }

    #[test]
    fn a_sound_revision_passes() {
        let subject = samples::subject();
        for (title, verdict) in verdicts(&subject) {
            let expected = if title == "Proof of possession" { Verdict::LookAtThis } else { Verdict::Passed };
            assert_eq!(verdict, expected, "{title}");
        }
    }

    #[test]
    fn other_bytes_than_those_submitted_are_a_problem() {
        let mut subject = samples::subject();
        subject.bytes = subject.bytes.replace("Riverside", "Otherside");
        assert!(verdicts(&subject).contains(&("Digests".into(), Verdict::Problem)));
    }

    #[test]
    fn a_revision_from_which_a_text_was_erased_says_so() {
        let mut subject = samples::subject();
        subject.revision.erased = Some(subject.revision.submitted);
        let checks = subject.checks();
        let digests = checks.iter().find(|check| check.title == "Digests").unwrap();
        assert_eq!(digests.verdict, Verdict::Problem);
        assert!(digests.sentences[0].contains("Text was erased"), "{digests:?}");
    }

    #[test]
    fn warnings_of_the_submission_are_kept() {
        let mut subject = samples::subject();
        let warning = Warning::LookAlikeHost.said("redirect_uris", "It looks like another one.").at("0");
        subject.revision.warnings = vec![warning.clone(), warning.clone()];
        assert_eq!(subject.warnings(), [warning]);
        assert!(verdicts(&subject).contains(&("Redirect URIs".into(), Verdict::LookAtThis)));
    }

    #[test]
    fn a_revision_is_compared_with_what_was_there_before_it() {
        let mut registration = samples::subject().registration;
        let revision = registration.revisions[0].clone();
        let states = [
            RevisionState::Approved,
            RevisionState::Rejected,
            RevisionState::Approved,
            RevisionState::ChangesRequested,
            RevisionState::Withdrawn,
            RevisionState::Submitted,
        ];
        let at = |number: u32| datetime!(2026-03-03 12:00 UTC) + time::Duration::hours(i64::from(number));
        let decided = |number, state| {
            let stamp = Stamp { at: at(number), by: By::System };
            (state != RevisionState::Submitted).then_some(stamp)
        };
        registration.revisions = (1..)
            .zip(states)
            .map(|(number, state)| Revision { number, state, decided: decided(number, state), ..revision.clone() })
            .collect();
        let numbers =
            |registration: &Registration, of: fn(&Registration, u32) -> Option<&Revision>| -> Vec<Option<u32>> {
                (1..=6).map(|number| of(registration, number).map(|revision| revision.number)).collect()
            };
        // Approved twice, and nothing is at the provider yet.
        registration.wanted = Some(Wanted {
            generation: 2,
            revision: 3,
            enabled: true,
            removed: false,
            withdrawn: false,
            since: None,
            raised: 0,
        });
        assert_eq!(numbers(&registration, published_before), [None; 6]);
        assert_eq!(on_its_way_before(&registration, 6), Some(3));
        // The provider holds the first one; the other is still on its way.
        let read_back = |generation, revision| Published { generation, revision, at: at(1), does: Some(Does::On) };
        registration.published = Some(read_back(1, 1));
        registration.revisions[0].published = Some(at(1));
        assert_eq!(numbers(&registration, published_before), [None, Some(1), Some(1), Some(1), Some(1), Some(1)]);
        assert_eq!((on_its_way_before(&registration, 6), on_its_way_before(&registration, 5)), (Some(3), None));
        registration.published = Some(read_back(2, 3));
        registration.revisions[2].published = Some(at(3));
        assert_eq!(numbers(&registration, published_before), [None, Some(1), Some(1), Some(3), Some(3), Some(3)]);
        assert_eq!(on_its_way_before(&registration, 6), None);
        // Removed: nothing is there.
        registration.published = Some(Published { does: Some(Does::Removed), ..read_back(2, 3) });
        assert_eq!(published_before(&registration, 6), None);
        assert_eq!(
            numbers(&registration, Registration::sent_back_before),
            [None, None, Some(2), None, Some(4), Some(4)]
        );
    }

    #[test]
    fn an_unconfirmed_organisation_is_a_problem_beyond_the_sandpit() {
        let mut subject = samples::subject();
        subject.organisation.confirmed = false;
        assert!(verdicts(&subject).contains(&("Organisation".into(), Verdict::LookAtThis)));
        subject.policy = samples::policy("live");
        assert!(verdicts(&subject).contains(&("Organisation".into(), Verdict::Problem)));
        assert!(verdicts(&subject).contains(&("Proof of possession".into(), Verdict::Problem)));
    }
}
