//! Decisions: on exactly what somebody was shown, with a proof of who decides where the rules ask for one, and once.

use crate::{
    Caller, Fault, Portal,
    auth::{
        proof::reauthenticate,
        tries::{limit_asking, limit_invitation},
    },
};
use domain::{
    aggregate::is_beside,
    email::EmailAddress,
    id::OrganisationId,
    organisation::{Command, Organisation},
    problem::Problem,
    refusal::Refusal,
};
use std::time::Duration;
use store::{Done, Expected, Stored, Who};

/// How often a decision is carried out anew because something that leaves it as it was happened at that very moment.
const BESIDE_TRIES: usize = 3;
/// How often, and after which pause, it is looked for what the same request brings about that came at the same time.
const TWIN_LOOKS: usize = 10;
const TWIN_PAUSE: Duration = Duration::from_millis(150);

/// What a decision rests on.
#[derive(Clone, Copy)]
pub(crate) enum RestsOn {
    /// All of this version.
    Exactly(u64),
    /// This version, but for what happens beside decisions: see [`is_beside`].
    ButBeside(u64),
    /// What the command itself says, as those about accounts do.
    Whatever,
}

/// What is decided.
pub(crate) struct Decision<'a, A: Stored> {
    /// About which.
    pub(crate) id: A::Id,
    /// What it rests on.
    pub(crate) rests_on: RestsOn,
    /// The password or code that was shown with it, maybe empty; none where the rules ask for none.
    pub(crate) proof: Option<&'a str>,
    /// The decision.
    pub(crate) command: A::Command,
    /// Who is mailed by it who did not ask for it: counted once the proof was right.
    pub(crate) mails: Mails<'a>,
}

/// Strangers who are mailed by a decision.
#[derive(Clone, Copy)]
pub(crate) enum Mails<'a> {
    /// None: whoever is told belongs to what it is about, or asked for it.
    NoStranger,
    /// Whoever is invited.
    Invited(&'a EmailAddress),
    /// The owners of an organisation that the caller asks to join.
    Owners(OrganisationId),
}

/// Carries out a decision. The same twice is one. Of one on something else than what is there, the proof counts no more: the
/// next one is given for what is read then.
///
/// # Errors
/// `Problems` at `proof` when it is wrong; `Stale` where anybody decided anything since; what the rules refuse; `TooFast`.
pub(crate) async fn decide<A: Stored>(
    portal: &Portal,
    caller: &Caller,
    decision: Decision<'_, A>,
) -> Result<Done<A>, Fault> {
    if let Some(done) = portal.done_before::<A>(caller).await? {
        return Ok(done);
    }
    match decide_now(portal, caller, decision).await {
        Err(error) if is_of_proof(&error) => done_by_twin(portal, caller).await?.ok_or(error),
        Err(error) => {
            let elsewhere = matches!(
                error,
                Fault::Stale
                    | Fault::SentBefore
                    | Fault::NotFound
                    | Fault::Refused(Refusal::DigestMismatch | Refusal::ProposalChanged)
            );
            if elsewhere {
                portal.store.forget_proof(&caller.who).await?;
            }
            Err(error)
        }
        done => done,
    }
}

/// Carries out a command about an organisation that rests on nothing but what it says itself, and mails no stranger. The same
/// twice is one.
///
/// # Errors
/// As [`decide`], but never `Stale`.
pub(crate) async fn decide_as_said(
    portal: &Portal,
    caller: &Caller,
    id: OrganisationId,
    command: Command,
    proof: Option<&str>,
) -> Result<Done<Organisation>, Fault> {
    decide(portal, caller, Decision { id, rests_on: RestsOn::Whatever, proof, command, mails: Mails::NoStranger }).await
}

async fn decide_now<A: Stored>(portal: &Portal, caller: &Caller, decision: Decision<'_, A>) -> Result<Done<A>, Fault> {
    let Decision { id, rests_on, proof, command, mails } = decision;
    if let Some(proof) = proof {
        reauthenticate(portal, caller, "proof", proof).await?;
    }
    match mails {
        Mails::NoStranger => {}
        Mails::Invited(address) => limit_invitation(portal, caller, address)?,
        Mails::Owners(organisation) => limit_asking(portal, caller, organisation)?,
    }
    let shown = match rests_on {
        RestsOn::Exactly(version) => return execute(portal, caller, id, Expected::Version(version), command).await,
        RestsOn::Whatever => return execute(portal, caller, id, Expected::Any, command).await,
        RestsOn::ButBeside(version) => version,
    };
    let mut latest = unless_decided::<A>(portal, caller, id, shown).await?;
    for _ in 0..BESIDE_TRIES {
        match execute(portal, caller, id, Expected::Version(latest), command.clone()).await {
            Err(Fault::Stale) => {}
            done => return done,
        }
        // Something came between: it may be beside the decision too.
        let now = unless_decided::<A>(portal, caller, id, shown).await?;
        if now == shown || now == latest {
            return Err(Fault::Stale);
        }
        latest = now;
    }
    Err(Fault::Stale)
}

async fn execute<A: Stored>(
    portal: &Portal,
    caller: &Caller,
    id: A::Id,
    expected: Expected,
    command: A::Command,
) -> Result<Done<A>, Fault> {
    let counted = portal.count_command(caller)?;
    portal.execute(counted, id, expected, command).await
}

/// The version to decide on: what happened beside it since it was shown is no decision, and the command goes against the
/// version that this left.
async fn unless_decided<A: Stored>(portal: &Portal, caller: &Caller, id: A::Id, shown: u64) -> Result<u64, Fault> {
    let since = portal.store.history_since::<A>(caller.person()?, id, shown).await?;
    let beside = since.iter().all(|entry| is_beside(&entry.event_type));
    Ok(since.last().filter(|_| beside).map_or(shown, |latest| latest.version))
}

fn is_of_proof(error: &Fault) -> bool {
    let of_proof = |problem: &Problem| problem.field == "proof";
    matches!(error, Fault::Refused(Refusal::Problems(problems)) if problems.iter().all(of_proof))
}

/// Of two that come at once the second finds the code used by the first, whose decision is still on its way: it is waited
/// for, as long as the first takes at most. Only where the first has just given its proof in this very session.
async fn done_by_twin<A: Stored>(portal: &Portal, caller: &Caller) -> Result<Option<Done<A>>, Fault> {
    let Who::Session { token_hash } = &caller.who else { return Ok(None) };
    let now = portal.store.session(token_hash, portal.auth.ambient.now()).await?;
    let given = now.and_then(|session| session.person.reauthenticated_at);
    if given.is_none() || given == caller.person()?.reauthenticated_at {
        return Ok(None);
    }
    for _ in 0..TWIN_LOOKS {
        tokio::time::sleep(TWIN_PAUSE).await;
        if let Some(done) = portal.done_before(caller).await? {
            return Ok(Some(done));
        }
    }
    Ok(None)
}
