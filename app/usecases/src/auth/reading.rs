//! How much one account may read: reads are counted as commands are, searches and downloads more tightly, and few of
//! these run at the same time (threat 16).

use super::bucket::{Limiter, Rate, TooMany};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use time::{Duration, OffsetDateTime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Searches and downloads of one account at the same time.
const OF_ONE_ACCOUNT: u32 = 2;
/// Searches and downloads of everybody at the same time: fewer than the connections that pages read with, so that a
/// page that searches nothing never waits for them.
const OF_EVERYBODY: usize = 3;
/// How long one waits for those of others.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3);

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A page.
    Page,
    /// A page that searches or filters a list.
    Search,
    /// A list as a file.
    Download,
}

/// How much one account may read; as much again at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadRates {
    /// Pages a minute.
    pub pages_a_minute: u32,
    /// Searches a minute.
    pub searches_a_minute: u32,
    /// Downloads an hour.
    pub downloads_an_hour: u32,
}

impl Default for ReadRates {
    fn default() -> Self {
        Self { pages_a_minute: 1_200, searches_a_minute: 60, downloads_an_hour: 60 }
    }
}

/// Why something is not read now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotNow {
    /// The account read more than it may.
    TooMuch(TooMany),
    /// As many searches and downloads of the account are running as may at once.
    OthersOfYours,
    /// As many searches and downloads of everybody are running as may at once.
    OthersOfEverybody,
}

/// Counts what is read.
pub struct ReadLimits {
    pages: Limiter,
    searches: Limiter,
    downloads: Limiter,
    places: Arc<Semaphore>,
    running: Arc<Running>,
}

type Running = Mutex<HashMap<String, u32>>;

/// A search or download that is running. Dropped when its last byte was sent.
pub struct Admitted {
    account: String,
    running: Arc<Running>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match running.get_mut(&self.account) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(running.remove(&self.account)),
        }
    }
}

impl ReadLimits {
    /// Limits in which nobody has read anything.
    pub fn new(rates: ReadRates) -> Self {
        let limiter = |burst: u32, span: Duration| Limiter::new(Rate { burst, refill: span / burst.max(1) });
        Self {
            pages: limiter(rates.pages_a_minute, Duration::MINUTE),
            searches: limiter(rates.searches_a_minute, Duration::MINUTE),
            downloads: limiter(rates.downloads_an_hour, Duration::HOUR),
            places: Arc::new(Semaphore::new(OF_EVERYBODY)),
            running: Arc::default(),
        }
    }

    /// Counts a read of an account. A search or a download is running until what this gives is dropped.
    ///
    /// # Errors
    /// Why it has to wait.
    pub async fn admit(
        &self,
        account: &str,
        reading: Reading,
        now: OffsetDateTime,
    ) -> Result<Option<Admitted>, NotNow> {
        let limiter = match reading {
            Reading::Page => &self.pages,
            Reading::Search => &self.searches,
            Reading::Download => &self.downloads,
        };
        limiter.take(account, now).map_err(NotNow::TooMuch)?;
        if reading == Reading::Page {
            return Ok(None);
        }
        let mut admitted = self.begin(account).ok_or(NotNow::OthersOfYours)?;
        // Whoever waits here keeps no connection of the database.
        store::let_go();
        let place = tokio::time::timeout(PATIENCE, Arc::clone(&self.places).acquire_owned()).await;
        admitted._place = Some(place.ok().and_then(Result::ok).ok_or(NotNow::OthersOfEverybody)?);
        Ok(Some(admitted))
    }

    fn begin(&self, account: &str) -> Option<Admitted> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let count = running.entry(account.to_owned()).or_default();
        if *count >= OF_ONE_ACCOUNT {
            return None;
        }
        *count += 1;
        Some(Admitted { account: account.to_owned(), running: Arc::clone(&self.running), _place: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const T0: OffsetDateTime = datetime!(2026-03-03 09:00 UTC);

    fn limits() -> ReadLimits {
        ReadLimits::new(ReadRates { pages_a_minute: 4, searches_a_minute: 8, downloads_an_hour: 2 })
    }

    fn too_much(seconds: u64) -> Option<NotNow> {
        Some(NotNow::TooMuch(TooMany { seconds }))
    }

    #[tokio::test]
    async fn each_kind_of_reading_has_its_limit() {
        let limits = limits();
        for _ in 0..4 {
            assert!(limits.admit("a", Reading::Page, T0).await.is_ok());
        }
        assert_eq!(limits.admit("a", Reading::Page, T0).await.err(), too_much(15));
        assert!(limits.admit("b", Reading::Page, T0).await.is_ok());
        for _ in 0..2 {
            assert!(limits.admit("a", Reading::Download, T0).await.is_ok());
        }
        assert_eq!(limits.admit("a", Reading::Download, T0).await.err(), too_much(1_800));
        assert!(limits.admit("a", Reading::Search, T0).await.is_ok());
    }

    #[tokio::test]
    async fn few_searches_run_at_once() {
        let limits = limits();
        let first = limits.admit("a", Reading::Search, T0).await.ok().flatten().unwrap();
        let _second = limits.admit("a", Reading::Download, T0).await.ok().flatten().unwrap();
        assert_eq!(limits.admit("a", Reading::Search, T0).await.err(), Some(NotNow::OthersOfYours));
        drop(first);
        let _third = limits.admit("a", Reading::Search, T0).await.ok().flatten().unwrap();
        let _other = limits.admit("b", Reading::Search, T0).await.ok().flatten().unwrap();
        assert_eq!(limits.admit("c", Reading::Search, T0).await.err(), Some(NotNow::OthersOfEverybody));
        assert_eq!(limits.running.lock().unwrap().get("c"), None, "whoever was sent away is not running");
    }
}
