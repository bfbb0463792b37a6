//! Where costly work is done: on a few threads of low priority, with a bounded queue, never on the threads that answer
//! pages (threat 16).

use domain::rule::FormFault;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
};
use tokio::sync::{Semaphore, oneshot};

/// Up to so many bytes are looked through for private keys at once; more is a matter for the pool.
pub const LOOKED_THROUGH_AT_ONCE: usize = 512;

/// How many may wait for each one that is working. Beyond, the answer is [`PoolError::Busy`].
const WAITING_FOR_EACH: usize = 32;

/// How much later than others these threads get their turn (`nice`): whoever reads a page does not wait for them.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Why something was not worked out. Says nothing about what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// Too much waits at this moment.
    #[error("{}", FormFault::Busy)]
    Busy,
    /// The work broke off.
    #[error("We could not check what you entered because of a problem with the service. Try again later.")]
    Failed,
}

/// The threads and their queue. Cheap to clone; the threads end with the last clone.
#[derive(Clone)]
pub struct Pool(Arc<Inner>);

type Job = Box<dyn FnOnce() + Send>;

struct Inner {
    queue: mpsc::Sender<Job>,
    /// Places to work or to wait.
    admitted: Arc<Semaphore>,
    done: AtomicU64,
}

impl Pool {
    /// A pool of so many threads (at least one) and 32 times as many places to wait.
    pub fn new(threads: usize) -> Self {
        Self::with_queue(threads.max(1), threads.max(1) * WAITING_FOR_EACH)
    }

    /// A pool of so many threads and places to wait.
    pub fn with_queue(threads: usize, waiting: usize) -> Self {
        let (queue, jobs) = mpsc::channel();
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..threads {
            let jobs = Arc::clone(&jobs);
            let started = thread::Builder::new().name("costly".into()).spawn(move || work_off(&jobs));
            if let Err(error) = started {
                tracing::error!(%error, "a thread for costly work cannot be started");
            }
        }
        let admitted = Arc::new(Semaphore::new(threads + waiting));
        Self(Arc::new(Inner { queue, admitted, done: AtomicU64::new(0) }))
    }

    /// Does the work on one of the threads. What nobody waits for any more is left out, and its place is given back only
    /// when it is done or left out: a client who hangs up makes no room for more than there are threads.
    ///
    /// # Errors
    /// `Busy` when every place to wait is taken; `Failed` when the work panics.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PoolError> {
        let place = Arc::clone(&self.0.admitted).try_acquire_owned().map_err(|_| PoolError::Busy)?;
        let (tell, told) = oneshot::channel();
        let span = tracing::Span::current();
        let job = move || {
            let done = (!tell.is_closed()).then(|| span.in_scope(work));
            drop(place);
            if let Some(done) = done {
                // Nobody listens any more: the work was done in vain.
                let _ = tell.send(done);
            }
        };
        self.0.queue.send(Box::new(job)).map_err(|_| PoolError::Failed)?;
        // Whoever waits here keeps no connection of the database.
        store::let_go();
        let result = told.await.map_err(|_| PoolError::Failed)?;
        self.0.done.fetch_add(1, Ordering::SeqCst);
        Ok(result)
    }

    /// Whether one more may work or wait.
    pub fn has_room(&self) -> bool {
        self.0.admitted.available_permits() > 0
    }

    /// How much was done since the start. A test compares it between paths that must not differ.
    pub fn done(&self) -> u64 {
        self.0.done.load(Ordering::SeqCst)
    }
}

/// Takes one job after the other, until nobody can bring one any more.
fn work_off(jobs: &Mutex<mpsc::Receiver<Job>>) {
    give_way();
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // The panic hook logs the cause; whoever waits learns that it failed.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

/// Lets every other thread of the process go first.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICENESS) {
        tracing::debug!(%error, "a thread for costly work keeps its priority");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn works_beside_whoever_asks() {
        let pool = Pool::new(1);
        let here = thread::current().id();
        assert_eq!(pool.run(move || thread::current().id() == here).await, Ok(false));
        assert_eq!(pool.done(), 1);
    }

    #[tokio::test]
    async fn a_panic_fails_and_the_thread_goes_on() {
        let pool = Pool::new(1);
        assert_eq!(pool.run(|| assert!(pool_is_sound(), "broken")).await, Err(PoolError::Failed));
        assert_eq!(pool.run(|| 7).await, Ok(7));
    }

    fn pool_is_sound() -> bool {
        false
    }

    #[tokio::test]
    async fn beyond_the_queue_is_busy_and_what_nobody_waits_for_is_left_out() {
        let pool = Pool::with_queue(1, 1);
        let (release, blocked) = mpsc::channel::<()>();
        let first = pool.clone();
        let first = tokio::spawn(async move { first.run(move || blocked.recv().is_ok()).await });
        let second = pool.clone();
        let second = tokio::spawn(async move { second.run(|| ()).await });
        while pool.has_room() {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.run(|| ()).await, Err(PoolError::Busy));
        second.abort();
        assert!(second.await.is_err());
        release.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(true));
        while !pool.has_room() {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.run(|| ()).await, Ok(()));
        assert_eq!(pool.done(), 2, "the one that hung up cost nothing");
    }
}
