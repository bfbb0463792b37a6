//! What a draft would become if it were submitted now.

use crate::{Caller, Fault, Portal};
use domain::{
    actor::{Actor, By, Stamp},
    aggregate::Aggregate,
    registration::{Command, Revision},
};
use store::read::RegistrationDetails;

/// The revision that the rules would make of the draft now, and whether they would approve it; none where they would not.
///
/// # Errors
/// `NotSignedIn`.
pub fn foreseen(portal: &Portal, caller: &Caller, of: &RegistrationDetails) -> Result<Option<Revision>, Fault> {
    let (person, now) = (caller.person()?.clone(), portal.auth.ambient.now());
    let stamp = Stamp { at: now, by: By::Account(person.account) };
    let command = Command::Submit { client_id: portal.fresh_client_id() };
    let mut after = of.registration.clone();
    let events = after.decide(&Actor::Person(person), &command, &of.facts, now).unwrap_or_default();
    events.iter().for_each(|event| after.apply(event, &stamp));
    Ok(after.revisions.pop().filter(|_| !events.is_empty()))
}
