//! What a client does at the provider, and what is on its way there. What is wanted is never told as what is: every page,
//! list, file and mail that says whether people can sign in with a client has its words from here.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What a provider does with a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// People can sign in with it.
    On,
    /// It has the client and lets nobody sign in with it.
    Off,
    /// It has the client no more.
    Removed,
    /// It does not have the client: what was approved first was withdrawn before it had that.
    Absent,
}

impl Does {
    /// Whether the provider has the client, on or off.
    #[must_use]
    pub fn has_client(self) -> bool {
        matches!(self, Self::On | Self::Off)
    }
}

/// What the provider was last read back to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// What it does.
    pub does: Does,
    /// When it was read back.
    pub at: OffsetDateTime,
}

/// What the provider should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What it should do.
    pub does: Does,
    /// When somebody asked for that; none where it was not recorded.
    pub since: Option<OffsetDateTime>,
}

/// How often the provider was told what is wanted now, without a confirmation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Tries that failed.
    pub failures: u32,
    /// When it is tried next; none when nothing is due.
    pub next: Option<OffsetDateTime>,
    /// Whether the admins were told that it fails.
    pub reported: bool,
}

/// What is on its way to the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// The client, for the first time.
    Publish,
    /// Something else about the client, which leaves it on or off as it is.
    Change,
    /// That nobody can sign in with it.
    Suspend,
    /// That people can sign in with it again.
    Reinstate,
    /// That it is gone for good.
    Retire,
    /// That it is not to have what was withdrawn before it confirmed it.
    TakeBack,
}

/// Where a client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Nothing was ever to be at the provider.
    Nothing,
    /// The provider does what is wanted.
    Settled(Confirmed),
    /// The provider has not confirmed what is wanted.
    OnItsWay {
        /// What it was last read back to do; none when it never was.
        last: Option<Confirmed>,
        /// What it still has to be told.
        step: Step,
        /// When that was asked for; none where it was not recorded.
        since: Option<OffsetDateTime>,
        /// How often it was tried.
        tried: Tried,
    },
}

/// Who reads a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// NHS login staff.
    Staff,
    /// The team whose client it is.
    Partner,
}

impl Standing {
    /// Where a client stands, from what is wanted, what was confirmed and what was tried. `due` says whether what is
    /// wanted is newer than what was confirmed.
    #[must_use]
    pub fn of(wanted: Option<Asked>, confirmed: Option<Confirmed>, due: bool, tried: Tried) -> Self {
        match (wanted, confirmed) {
            (None, _) => Self::Nothing,
            (Some(_), Some(confirmed)) if !due => Self::Settled(confirmed),
            (Some(asked), last) => {
                let step = Step::between(last.map(|last| last.does), asked.does);
                Self::OnItsWay { last, step, since: asked.since, tried }
            }
        }
    }

    /// What the provider was last read back to do; none when it never was.
    #[must_use]
    pub fn confirmed(&self) -> Option<Confirmed> {
        match self {
            Self::Nothing => None,
            Self::Settled(confirmed) => Some(*confirmed),
            Self::OnItsWay { last, .. } => *last,
        }
    }

    /// What the provider still has to be told, if anything.
    #[must_use]
    pub fn step(&self) -> Option<Step> {
        match self {
            Self::OnItsWay { step, .. } => Some(*step),
            _ => None,
        }
    }

    /// Whether what is on its way was tried and failed.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        matches!(self, Self::OnItsWay { tried, .. } if tried.has_failed())
    }

    /// Where the client stands in sentences: what it does, since when, what is on its way and when that is tried again.
    /// `moment` writes a date with its time. None before anything is wanted.
    #[must_use]
    pub fn sentence(&self, reader: Reader, moment: &dyn Fn(OffsetDateTime) -> String) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Settled(Confirmed { does, at }) => Some(settled(*does, &moment(*at), reader)),
            Self::OnItsWay { last, step, since, tried } => {
                let last = last.map(|last| (last.does, moment(last.at)));
                let is = present(last, *step, reader);
                let since = since.map(moment);
                let coming = match tried.has_failed() {
                    true => step.failing(since, &tried.sentence(moment)),
                    false => step.under_way(since),
                };
                Some(format!("{is} {coming}"))
            }
        }
    }
}

impl Step {
    fn between(last: Option<Does>, wanted: Does) -> Self {
        match (last, wanted) {
            (None | Some(Does::Absent), Does::On) => Self::Publish,
            (Some(last), wanted) if last == wanted => Self::Change,
            (Some(_), Does::On) => Self::Reinstate,
            (_, Does::Off) => Self::Suspend,
            (_, Does::Removed) => Self::Retire,
            (_, Does::Absent) => Self::TakeBack,
        }
    }

    /// What is under way, in two words: `Being suspended`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Publish | Self::Change => "Being published",
            Self::Suspend => "Being suspended",
            Self::Reinstate => "Being reinstated",
            Self::Retire => "Being retired",
            Self::TakeBack => "Being withdrawn",
        }
    }

    fn under_way(self, since: Option<String>) -> String {
        let doing = match self {
            Self::Publish => "publishing it",
            Self::Change => "publishing a change to it",
            Self::Suspend => "suspending it",
            Self::Reinstate => "reinstating it",
            Self::Retire => "retiring it",
            Self::TakeBack => "withdrawing it",
        };
        let on = since.map(|since| format!(" on {since}")).unwrap_or_default();
        format!("We started {doing}{on}, and the provider has not confirmed that yet.")
    }

    /// What was tried in vain: that it is under way would be a wish.
    fn failing(self, since: Option<String>, tried: &str) -> String {
        let what = match self {
            Self::Publish => "publish it",
            Self::Change => "publish the change to it",
            Self::Suspend => "suspend it",
            Self::Reinstate => "reinstate it",
            Self::Retire => "retire it",
            Self::TakeBack => "withdraw it",
        };
        let since = since.map(|since| format!(" since {since}")).unwrap_or_default();
        match tried {
            "" => format!("We have not been able to {what}{since}."),
            tried => format!("We have not been able to {what}{since}: {tried}"),
        }
    }
}

impl Tried {
    /// Whether it failed at least once.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.reported || self.failures > 0
    }

    fn sentence(&self, moment: &dyn Fn(OffsetDateTime) -> String) -> String {
        let failed = match self.failures {
            0 => return String::new(),
            1 => "1 try has failed.".to_owned(),
            many => format!("{many} tries have failed."),
        };
        match self.next {
            Some(next) => format!("{failed} We will try again on {}.", moment(next)),
            None => failed,
        }
    }
}

fn client(reader: Reader) -> &'static str {
    match reader {
        Reader::Staff => "this client",
        Reader::Partner => "your client",
    }
}

fn settled(does: Does, at: &str, reader: Reader) -> String {
    let client = client(reader);
    match does {
        Does::On => format!("People can sign in with {client}. The provider confirmed this on {at}."),
        Does::Off => format!("Nobody can sign in with {client}. The provider confirmed this on {at}."),
        Does::Removed => {
            format!("Nobody can sign in with {client}. The provider confirmed on {at} that it is removed.")
        }
        Does::Absent => {
            format!("Nobody can sign in with {client}. The provider confirmed on {at} that it does not have it.")
        }
    }
}

/// What the provider does while it has not confirmed what is wanted.
fn present(last: Option<(Does, String)>, step: Step, reader: Reader) -> String {
    let client = client(reader);
    match last {
        None => {
            format!("The provider has not confirmed {client} yet, so do not expect that people can sign in with it.")
        }
        Some((Does::On, at)) if step == Step::Change => {
            format!("People can sign in with {client}. The provider last confirmed this on {at}.")
        }
        Some((Does::On, at)) => {
            format!("People can still sign in with {client}. The provider last confirmed this on {at}.")
        }
        Some((Does::Off, at)) if step == Step::Reinstate => {
            format!("People cannot sign in with {client} yet. The provider last confirmed on {at} that it is off.")
        }
        Some((Does::Off, at)) => {
            format!("People cannot sign in with {client}. The provider last confirmed on {at} that it is off.")
        }
        Some((Does::Removed, at)) => {
            format!("People cannot sign in with {client}. The provider last confirmed on {at} that it is removed.")
        }
        Some((Does::Absent, at)) => {
            format!(
                "People cannot sign in with {client}. The provider last confirmed on {at} that it does not have it."
            )
        }
    }
}

/// A short name for one failure to tell the provider, by which a team and NHS login can speak about it: the provider's own
/// words are for staff alone (threat 21). It follows from what failed, so that failures of any age have one.
#[must_use]
pub fn failure_reference(registration: crate::id::RegistrationId, generation: u64) -> String {
    let digest = crate::draft::hex_digest(format!("{registration}/{generation}").as_bytes());
    format!("{}-{}", &digest[..4], &digest[4..8])
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const ASKED: OffsetDateTime = datetime!(2026-03-03 12:00 UTC);
    const CONFIRMED: OffsetDateTime = datetime!(2026-03-02 12:00 UTC);
    const NEXT: OffsetDateTime = datetime!(2026-03-04 12:00 UTC);

    fn day(at: OffsetDateTime) -> String {
        format!("day {}", at.day())
    }

    fn standing(wanted: Does, last: Option<Does>, due: bool, failures: u32) -> Standing {
        let tried = Tried { failures, next: (failures > 0).then_some(NEXT), reported: false };
        let confirmed = last.map(|does| Confirmed { does, at: CONFIRMED });
        Standing::of(Some(Asked { does: wanted, since: Some(ASKED) }), confirmed, due, tried)
    }

    fn words(standing: Standing) -> String {
        standing.sentence(Reader::Staff, &day).unwrap_or_default()
    }

    /// In every state: that nobody can sign in is said when the provider confirmed that, and never before; likewise that
    /// people can.
    #[test]
    fn what_is_wanted_is_never_told_as_what_is() {
        for wanted in [Does::On, Does::Off, Does::Removed, Does::Absent] {
            for last in [None, Some(Does::On), Some(Does::Off), Some(Does::Removed), Some(Does::Absent)] {
                for failures in [0, 1, 3] {
                    for reader in [Reader::Staff, Reader::Partner] {
                        let standing = standing(wanted, last, true, failures);
                        let said = standing.sentence(reader, &day).unwrap();
                        let can = said.contains("People can sign in") || said.contains("People can still sign in");
                        let cannot = said.contains("Nobody can sign in") || said.contains("People cannot sign in");
                        assert_eq!(can, last == Some(Does::On), "{said}");
                        assert_eq!(cannot, matches!(last, Some(Does::Off | Does::Removed | Does::Absent)), "{said}");
                        assert_eq!(said.contains("We started"), failures == 0, "{said}");
                        assert_eq!(said.contains("We have not been able to"), failures > 0, "{said}");
                        assert!(said.contains("day 3") && !said.contains("on its way"), "{said}");
                        assert_eq!(standing.is_failing(), failures > 0, "{said}");
                        assert_eq!(said.contains("day 2"), last.is_some(), "since when: {said}");
                        assert_eq!(said.contains("We will try again on day 4."), failures > 0, "{said}");
                    }
                }
            }
            let said = words(standing(wanted, Some(wanted), false, 0));
            assert!(!said.contains("We ") && said.contains("confirmed"), "{said}");
        }
        assert_eq!(Standing::of(None, None, false, Tried::default()).sentence(Reader::Staff, &day), None);
    }

    #[test]
    fn the_sentences_are_these() {
        assert_eq!(
            words(standing(Does::Off, Some(Does::On), true, 3)),
            "People can still sign in with this client. The provider last confirmed this on day 2. We have not been able \
             to suspend it since day 3: 3 tries have failed. We will try again on day 4."
        );
        assert_eq!(
            words(standing(Does::Off, Some(Does::Off), false, 0)),
            "Nobody can sign in with this client. The provider confirmed this on day 2."
        );
        assert_eq!(
            words(standing(Does::On, None, true, 1)),
            "The provider has not confirmed this client yet, so do not expect that people can sign in with it. We have \
             not been able to publish it since day 3: 1 try has failed. We will try again on day 4."
        );
        assert_eq!(
            words(standing(Does::On, Some(Does::On), true, 0)),
            "People can sign in with this client. The provider last confirmed this on day 2. We started publishing a \
             change to it on day 3, and the provider has not confirmed that yet."
        );
    }

    #[test]
    fn steps_are_told_apart() {
        let step = |wanted, last| standing(wanted, last, true, 0).step().unwrap();
        assert_eq!(step(Does::On, None), Step::Publish);
        assert_eq!(step(Does::On, Some(Does::On)), Step::Change);
        assert_eq!(step(Does::On, Some(Does::Off)), Step::Reinstate);
        assert_eq!(step(Does::On, Some(Does::Removed)), Step::Reinstate);
        assert_eq!(step(Does::Off, Some(Does::On)), Step::Suspend);
        assert_eq!(step(Does::Off, Some(Does::Off)), Step::Change);
        assert_eq!(step(Does::Removed, None), Step::Retire);
        assert_eq!(step(Does::Removed, Some(Does::Off)), Step::Retire);
        assert_eq!(step(Does::Absent, None), Step::TakeBack);
        assert_eq!(step(Does::On, Some(Does::Absent)), Step::Publish);
    }
}
