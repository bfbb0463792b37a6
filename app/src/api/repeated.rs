//! A decision whose form is sent again. It ends where the first did, as a success that says that it was done already; and
//! what was overtaken by somebody else begins anew, its proof included.

use super::{
    context::{caller, portal},
    form::{Values, forget_kept},
};
use crate::reading::words::quoted;
use domain::{actor::By, problem::Problem, refusal::Refusal};
use store::{Stored, Who, read::EntryRow};
use usecases::Fault;

/// How often, and after which pause, it is looked for what a press at the same time brings about.
const TWIN_LOOKS: usize = 10;
const TWIN_PAUSE: std::time::Duration = std::time::Duration::from_millis(150);

/// The decision of a form.
pub(super) struct Sent<'a> {
    /// The version that the form was shown with.
    pub(super) shown: u64,
    /// The types of event that it may bring about.
    pub(super) event_types: &'a [&'a str],
    /// What was typed, by the names of the inputs.
    pub(super) typed: &'a Values,
    /// Where the caller reads that they did it before.
    pub(super) already: String,
}

/// Where a decision ends: of one that the caller has made already, in the same words and since the form was shown, where
/// the first ended.
///
/// # Errors
/// What came of it, where it is none of those. A proof that was given for what is no longer there is used up.
pub(super) async fn or_done<A: Stored<Id: ToString>>(
    id: A::Id,
    sent: Sent<'_>,
    outcome: Result<String, Fault>,
) -> Result<String, Fault> {
    match outcome {
        Ok(next) => {
            forget_kept()?;
            Ok(next)
        }
        Err(Fault::Refused(Refusal::NotSignedIn)) => Err(Fault::Refused(Refusal::NotSignedIn)),
        Err(error) => match is_done::<A>(id, &sent).await? || is_done_by_twin::<A>(id, &sent, &error).await? {
            true => Ok(sent.already),
            false => {
                if matches!(error, Fault::Stale | Fault::Refused(Refusal::DigestMismatch)) {
                    use_up_proof().await?;
                }
                Err(error)
            }
        },
    }
}

/// Of a decision on something else than what is there, the proof counts no more: the next one is given for what is read
/// then.
///
/// # Errors
/// What the store answers.
pub(super) async fn use_up_proof() -> Result<(), Fault> {
    Ok(portal()?.store.forget_proof(&caller()?.who).await?)
}

/// Of two presses at once the second finds the code used by the first, whose decision is still on its way: it is waited
/// for, as long as the first takes at most. Only where the first has just given its proof in this very session.
async fn is_done_by_twin<A: Stored<Id: ToString>>(id: A::Id, sent: &Sent<'_>, error: &Fault) -> Result<bool, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    let Who::Session { token_hash } = &caller.who else { return Ok(false) };
    let of_proof = |problem: &Problem| problem.field == "proof";
    if !matches!(error, Fault::Refused(Refusal::Problems(problems)) if problems.iter().all(of_proof)) {
        return Ok(false);
    }
    let now = portal.store.session(token_hash, portal.auth.ambient.now()).await?;
    let given = now.and_then(|session| session.person.reauthenticated_at);
    if given.is_none() || given == caller.person()?.reauthenticated_at {
        return Ok(false);
    }
    for _ in 0..TWIN_LOOKS {
        tokio::time::sleep(TWIN_PAUSE).await;
        if is_done::<A>(id, sent).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn is_done<A: Stored<Id: ToString>>(id: A::Id, sent: &Sent<'_>) -> Result<bool, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    let person = caller.person()?;
    let since = portal.store.history_since::<A>(person, id, sent.shown).await?;
    let mine = |entry: &&EntryRow| {
        entry.actor == By::Account(person.account)
            && !entry.by_rules
            && sent.event_types.contains(&entry.event_type.as_str())
    };
    Ok(since.iter().filter(mine).any(|entry| is_same(entry, sent.typed)))
}

/// Whether what was written with an event is what was typed.
fn is_same(entry: &EntryRow, typed: &Values) -> bool {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_text = |name: &str| matches!(name, "comment" | "reason") || name.starts_with("sections[");
    let mut typed: Vec<_> = typed
        .iter()
        .filter(|(name, _)| is_text(name))
        .map(|(_, text)| words(text))
        .filter(|text| !text.is_empty())
        .collect();
    // Whoever confirms what another one proposed types nothing: the reason is that of the proposal.
    let is_anothers = entry.happened.proposal().is_some();
    let mut written: Vec<_> =
        quoted(&entry.happened).iter().map(|(_, text)| words(text)).filter(|_| !is_anothers).collect();
    typed.sort_unstable();
    written.sort_unstable();
    typed == written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::form::values, samples};

    #[test]
    fn only_the_same_words_are_the_same_decision() {
        let entry = samples::entry();
        assert!(is_same(&entry, &values([("reason", " No legal\r\nbasis <yet>."), ("version", "4")])));
        assert!(!is_same(&entry, &values([("reason", "Another reason."), ("version", "4")])));
        assert!(!is_same(&entry, &values([("version", "4")])));
    }
}
