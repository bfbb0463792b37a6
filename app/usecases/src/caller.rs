//! Who is asking.

use crate::Fault;
use domain::{actor::Person, refusal::Refusal};
use std::{
    net::IpAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};
use store::{RequestKey, SignedIn, Who};

/// Who is asking.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The session as the write path takes it.
    pub who: Who,
    /// The signed-in person; none for visitors.
    pub signed_in: Option<SignedIn>,
    /// The client's network address, for limits.
    pub address: IpAddr,
    /// The reference under which this request is logged.
    pub request_id: String,
    /// Whether a proof was given on the way.
    pub proof: ProofGiven,
    /// By what this request is known again.
    pub request: NotedRequest,
}

/// By what a request is known again when it is sent twice. Noted by whoever takes it, before it is carried out; what nobody
/// noted is done each time.
#[derive(Clone, Debug, Default)]
pub struct NotedRequest(Arc<OnceLock<RequestKey>>);

impl NotedRequest {
    pub(crate) fn key(&self) -> Option<&RequestKey> {
        self.0.get()
    }
}

/// Whether a password or a code was shown in what is asked. Then whoever is asked by a session gives it another token when
/// everything is done: a copy of the one that it had opens nothing any more, least of all what the proof was given for.
#[derive(Clone, Debug, Default)]
pub struct ProofGiven(Arc<AtomicBool>);

impl ProofGiven {
    /// Notes that one was given.
    pub(crate) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether one was given.
    pub fn is_given(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Caller {
    /// Notes what the caller calls this request, and all that it says: what is sent twice so is done once. The first note
    /// counts.
    pub fn note_request(&self, name: &str, says: &serde_json::Value) {
        if let Ok(person) = self.person() {
            self.request.0.get_or_init(|| RequestKey::of(person.account, name, says));
        }
    }

    /// The signed-in person.
    ///
    /// # Errors
    /// `NotSignedIn` for visitors.
    pub fn signed_in(&self) -> Result<&SignedIn, Fault> {
        self.signed_in.as_ref().ok_or(Fault::Refused(Refusal::NotSignedIn))
    }

    /// The person as the rules know them.
    ///
    /// # Errors
    /// `NotSignedIn` for visitors.
    pub fn person(&self) -> Result<&Person, Fault> {
        self.signed_in().map(|signed_in| &signed_in.person)
    }
}
