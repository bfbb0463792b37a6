//! Every warning about a draft: what the partner reads before submitting is what is recorded, and what the reviewer reads.

use super::{fitness, *};
use crate::{
    draft::Review,
    evidence::{self, Approved},
    ods::OdsCode,
    policy::AnswerKind,
    problem::Problem,
    protected::Protected,
    rule::AssertionFault,
    warning::{Said, Warning},
};

impl Registration {
    /// What every check says of the draft now, with what the store knows of others: the one source of what is shown before
    /// submitting, recorded at the submission, and read by the reviewer.
    pub fn review_with(&self, policy: &EnvironmentPolicy, facts: &Facts, now: OffsetDateTime) -> Review {
        let mut review = self.review_content(policy, facts);
        review.problems.extend(self.draft.check_dates(policy, now.date()));
        let lacks_proof = |key: &PublicKey| fitness::lacks_proof(self, policy, &key.thumbprint());
        if policy.possession_required && self.draft.sound_keys(policy).iter().any(lacks_proof) {
            review.problems.push(Problem::new("possession", AssertionFault::NotProved(policy.title.clone())));
        }
        review.problems.extend(fitness::key_problems(self, facts));
        let more = [
            organisation(&policy.protected, facts),
            ods_codes(self, policy, facts),
            keys(self, facts),
            facts.look_alikes.clone(),
        ];
        for warning in more.concat() {
            if !review.warnings.contains(&warning) {
                review.warnings.push(warning);
            }
        }
        review
    }

    /// What is wrong with the content alone, beside what was approved where the provider has it. What nobody changed since is
    /// as it was approved.
    fn review_content(&self, policy: &EnvironmentPolicy, facts: &Facts) -> Review {
        if self.held().is_none() {
            return self.draft.review(policy);
        }
        let held = facts.held.as_ref();
        let held = held.map(|held| Approved { answers: &held.evidence, scopes: &held.metadata.scopes });
        let as_it_is = held.is_none() && !self.is_draft_ahead();
        let as_it_is = as_it_is.then(|| evidence::check(&policy.evidence, &self.draft.evidence, None).answers);
        let as_it_is = as_it_is.as_ref().map(|answers| Approved { answers, scopes: &self.draft.scopes });
        self.draft.review_after(policy, held.or(as_it_is))
    }
}

/// Whom the organisation's name could be taken for. What an admin confirmed is who it says.
fn organisation(protected: &Protected, facts: &Facts) -> Vec<Said> {
    let name = &facts.organisation_name;
    if name.is_empty() || facts.organisation_confirmed {
        return Vec::new();
    }
    let taken = facts.organisation_name_taken.then(|| {
        let sentence = format!(
            "Another organisation is called “{name}” too, or has a name that looks the same. An NHS login admin will check who \
             each of them is."
        );
        Warning::OrganisationNameTaken.said("organisation", sentence)
    });
    protected.organisation_warning(name).into_iter().chain(taken).collect()
}

fn ods_code_taken(facts: &Facts) -> Option<Said> {
    let code = facts.organisation_ods_code.as_ref().filter(|_| facts.ods_code_taken)?;
    let sentence =
        format!("Another organisation also gives the ODS code {code}. An NHS login admin will check whose it is.");
    Some(Warning::OdsCodeTaken.said("organisation", sentence))
}

fn ods_codes(registration: &Registration, policy: &EnvironmentPolicy, facts: &Facts) -> Vec<Said> {
    let Some(code) = &facts.organisation_ods_code else { return Vec::new() };
    let asked = policy.evidence.iter().flat_map(|item| item.fields.iter().map(move |field| (item, field)));
    let differs = asked.filter(|(_, field)| field.kind == AnswerKind::OdsCode).filter_map(|(item, field)| {
        let given = OdsCode::parse(registration.draft.evidence.get(&item.id)?.get(&field.id)?).ok()?;
        let sentence = format!(
            "The evidence gives the ODS code {}, and the organisation has {code}. If one of the two is wrong, correct it.",
            given.as_str()
        );
        let entry = format!("{}.{}", item.id, field.id);
        (given.as_str() != code).then(|| Warning::OdsCodeDiffers.said("evidence", sentence).at(entry))
    });
    ods_code_taken(facts).into_iter().chain(differs).collect()
}

/// The same key elsewhere: in another registration of the partner's, or unproved at another organisation.
fn keys(registration: &Registration, facts: &Facts) -> Vec<Said> {
    let warn = |key: &RelatedKey| {
        match fitness::is_of_others(registration, key) {
        true => Warning::KeyUnprovedElsewhere.said(
            "public_key",
            "Another organisation has registered this key without proving that it holds the private key. An NHS login admin \
             will check this before approving it.",
        ),
        false => {
            let title = facts.titles.get(&key.environment).unwrap_or(&key.environment);
            let place = match facts.services.get(&key.registration) {
                Some(service) => format!("{service} in {title}"),
                None => format!("another registration of the same organisation in {title}"),
            };
            let sentence = format!("This key is also used for {place}. Each registration should have its own key pair.");
            Warning::KeyReused.said("public_key", sentence)
        }
    }
    };
    let others = |key: &&RelatedKey| key.registration != registration.id;
    facts.related_keys.iter().filter(others).map(warn).collect()
}
