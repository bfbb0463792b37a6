//! What one page reads, it reads in one transaction: everything on it stands as it was at one moment, and its statements
//! take one connection and give it back once.

use crate::{reads::Running, store::Store};
use sea_orm::DatabaseTransaction;
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard};

tokio::task_local! {
    static PAGE: Arc<Mutex<Option<Open>>>;
}

/// The transaction of a page, and the connection that it is on. Dropped, it rolls back: nothing was written.
#[derive(Debug)]
pub(crate) struct Open {
    // Dropped first: what comes after it on the connection finds no transaction.
    pub(crate) transaction: DatabaseTransaction,
    pub(crate) running: Running,
}

impl Open {
    pub(crate) fn end(self) {
        drop(self.transaction);
        self.running.ended();
    }
}

/// The place of the present page's transaction, where a page is being read.
pub(crate) async fn of_page() -> Option<OwnedMutexGuard<Option<Open>>> {
    let page = PAGE.try_with(Arc::clone).ok()?;
    Some(page.lock_owned().await)
}

impl Store {
    /// Does what reads one page. All of it stands as at the moment of its first statement; what waits for something else
    /// on the way lets go of the connection ([`let_go`]). Within another one it is a part of that.
    pub async fn as_one<T>(&self, work: impl Future<Output = T>) -> T {
        if PAGE.try_with(|_| ()).is_ok() {
            return work.await;
        }
        let page = Arc::<Mutex<Option<Open>>>::default();
        let outcome = PAGE.scope(Arc::clone(&page), work).await;
        if let Some(open) = page.lock().await.take() {
            open.end();
        }
        outcome
    }
}

/// Lets go of the page's connection, where one is being read: for whoever is about to wait for something else than the
/// database. What is read afterwards stands as at another moment.
pub fn let_go() {
    let Ok(page) = PAGE.try_with(Arc::clone) else { return };
    if let Some(open) = page.try_lock().ok().and_then(|mut place| place.take()) {
        open.end();
    }
}
