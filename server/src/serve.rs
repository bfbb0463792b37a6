//! `portal serve` and `portal worker`: run until told to stop, and then finish what was begun.

use std::sync::Arc;
use std::time::Duration;

use app::Assets;
use axum::Router;
use axum::middleware::from_fn_with_state;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use store::Store;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use usecases::{Portal, auth::Ambient};

use crate::config::Config;
use crate::http::assets::Site;
use crate::http::connections::{self, Bounds};
use crate::http::health::{self, Readiness};
use crate::http::{Frame, framed};
use crate::session::{Doorkeeper, recognise};
use crate::startup::{self, StartError};
use crate::{api, forms, pages, reading, worker::Worker};

/// How long requests and the worker's step may take in all after the signal to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves pages, with the worker beside it unless another process runs it.
///
/// # Errors
/// Why it did not start.
pub async fn serve(config: &Config, ambient: Ambient, with_worker: bool) -> Result<(), StartError> {
    let store = startup::open_store(config).await?;
    startup::refuse_demo_data(config, &store).await?;
    startup::warn_of_owner(config, &store).await;
    let site = Site::load(&config.http.site_dir).map_err(|error| {
        let directory = config.http.site_dir.display();
        let what =
            format!("http.site_dir: no built site can be read in {directory}. Run make build, or correct the path");
        StartError::because(&what, error)
    })?;
    let app = router_around(config, startup::portal(config, store.clone(), ambient).await?, &site);
    let listener = TcpListener::bind(config.http.listen).await.map_err(|error| {
        let what =
            format!("http.listen: {} cannot be used. Choose another address, or stop what uses it", config.http.listen);
        StartError::because(&what, error)
    })?;
    let stop = stop_signal()?;
    let worker = ending(match with_worker {
        true => tokio::spawn(run_worker(startup::worker(config, store, ambient)?, stop.clone())),
        // The worker of another process: here it only waits for the end.
        false => tokio::spawn(stopped(stop.clone())),
    });
    tracing::info!(listen = %config.http.listen, base_url = %config.http.origin(), "the portal is ready");
    let bounds = Bounds::standard(config.http.trusted_proxies);
    let serving = connections::serve(listener, app, bounds, stopped(stop.clone()));
    // One for both: whoever stops the portal waits this long, and then kills it.
    let deadline = patience(stop.clone()).boxed().shared();
    tokio::select! {
        () = serving => {}
        () = deadline.clone() => tracing::warn!("some requests were cut off"),
        lost = lost(worker.clone(), stop) => return Err(lost),
    }
    tokio::select! {
        _ = worker => {}
        () = deadline => tracing::warn!("the worker's last step was cut off; its lease runs out by itself"),
    }
    Ok(())
}

/// Why the worker ended. Two wait for it: whoever stops it and whoever notices that nobody did.
type Ending = Shared<BoxFuture<'static, String>>;

fn ending(worker: JoinHandle<()>) -> Ending {
    worker.map(|ended| ended.err().map_or_else(|| "it ended".into(), |error| error.to_string())).boxed().shared()
}

/// Resolves when the worker ends before anybody said stop: pages without it would promise what nobody does.
async fn lost(worker: Ending, stop: watch::Receiver<bool>) -> StartError {
    let cause = worker.await;
    if *stop.borrow() {
        return std::future::pending().await;
    }
    StartError::because("The worker stopped by itself", cause)
}

/// Publishes and sends mail until told to stop.
///
/// # Errors
/// Why it did not start.
pub async fn work(config: &Config, ambient: Ambient) -> Result<(), StartError> {
    let store = startup::open_store(config).await?;
    startup::refuse_demo_data(config, &store).await?;
    startup::warn_of_owner(config, &store).await;
    let worker = startup::worker(config, store, ambient)?;
    tracing::info!("the worker is ready");
    run_worker(worker, stop_signal()?).await;
    Ok(())
}

async fn run_worker(worker: Worker, stop: watch::Receiver<bool>) {
    worker.run(stop).await;
}

/// Everything that answers over HTTP, inside its layers, around parts that are there already: tests keep a hand on the
/// hashing pool and on discovery, and need no built site.
pub fn router_around(config: &Config, portal: Portal, site: &Site) -> Router {
    let style_sheet = site.manifest().get("style.css").map_or("", String::as_str).to_owned();
    let ready = readiness(portal.store.clone());
    let frame = Frame::new(portal.auth.ambient, &config.http.origin(), config.http.trusted_proxies, &style_sheet);
    let doorkeeper = Arc::new(Doorkeeper { portal: portal.clone(), frame: frame.clone() });
    let assets = Assets::new(site.manifest().clone());
    let forms = Arc::new(forms::Forms::new(frame.clone(), portal.auth.checks.clone()));
    let programs = api::routes(portal.clone(), &frame, Arc::clone(&forms));
    let app = pages::routes(portal, assets, &frame)
        .layer(from_fn_with_state(doorkeeper.clone(), reading::bounded))
        .layer(from_fn_with_state(forms, forms::in_turn))
        .layer(from_fn_with_state(doorkeeper, recognise));
    let routes = site.routes().merge(health::routes(ready)).merge(programs).merge(app);
    framed(routes, &frame)
}

fn readiness(store: Store) -> Readiness {
    Arc::new(move || {
        let store = store.clone();
        Box::pin(async move { migrations::pending(store.connection()).await.is_ok_and(|pending| pending == 0) })
    })
}

/// Becomes true at SIGTERM or SIGINT.
fn stop_signal() -> Result<watch::Receiver<bool>, StartError> {
    let failed = |error| StartError::because("Signals cannot be received", error);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let (tell, stop) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: requests and the worker's step are finished first");
        tell.send_replace(true);
        // Kept until the end of the process: a receiver whose sender is gone would see no signal, but an end.
        tell.closed().await;
    });
    Ok(stop)
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|told| *told).await.is_err() {
        tracing::debug!("nobody is left to say stop");
    }
}

async fn patience(stop: watch::Receiver<bool>) {
    stopped(stop).await;
    tokio::time::sleep(PATIENCE).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_worker_that_ends_by_itself_ends_the_process() {
        let (tell, stop) = watch::channel(false);
        let panicking = ending(tokio::spawn(async { panic!("a fault") }));
        let error = lost(panicking, stop.clone()).await;
        assert!(error.to_string().starts_with("The worker stopped by itself: "), "{error}");
        let finished = ending(tokio::spawn(async {}));
        assert_eq!(lost(finished, stop.clone()).await.to_string(), "The worker stopped by itself: it ended");

        tell.send_replace(true);
        let told = ending(tokio::spawn(async {}));
        told.clone().await;
        assert!(lost(told, stop).now_or_never().is_none(), "told to stop, it may end");
    }
}
