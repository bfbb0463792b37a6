//! Accepts connections, as many as there is room for, and keeps none that does not go on: requests that are not sent to
//! their end and answers that are not read are cut off (threat 16).
//!
//! HTTP/1.1 only: browsers speak HTTP/2 over TLS alone, which is the proxy's, and a stream of HTTP/2 that nobody reads
//! cannot be told from the outside.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::Service;
use usecases::auth::limits::address_key;

use super::patience::{Patience, Patient};

/// What bounds connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Open at once. One more is closed.
    pub connections: usize,
    /// Open at once from one address; a proxy in front is one address.
    pub from_one_address: usize,
    /// How long a request's line and headers may take, and how long a connection may rest between two requests.
    pub headers: Duration,
    /// How long an answer may go unread.
    pub patience: Patience,
}

impl Bounds {
    /// The bounds as they run. Proxies close what rests after a minute, so that they are the first to do it.
    pub fn standard(trusted_proxies: usize) -> Self {
        let connections = 2_048;
        Self {
            connections,
            from_one_address: if trusted_proxies > 0 { connections } else { 256 },
            headers: Duration::from_secs(65),
            patience: Patience { grace: Duration::from_secs(20), rate: 4_096 },
        }
    }
}

/// The largest line and headers of a request, and what of an answer waits for the socket, in bytes.
const BUFFER: usize = 64 * 1024;

/// Answers until told to stop; then finishes what was begun.
pub async fn serve(listener: TcpListener, app: Router, bounds: Bounds, stop: impl Future<Output = ()>) {
    let open = Arc::new(Semaphore::new(bounds.connections));
    let by_address = ByAddress::default();
    let (closing, closed) = watch::channel(false);
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = &mut stop => break,
        };
        let place = Arc::clone(&open).try_acquire_owned();
        let (Ok(place), Some(from_here)) = (place, by_address.take(peer.ip(), bounds.from_one_address)) else {
            tracing::debug!("closed a connection: there are as many as there may be");
            continue;
        };
        let (app, closed) = (app.clone(), closed.clone());
        tokio::spawn(async move {
            let _places = (place, from_here);
            converse(stream, peer, app, bounds, closed).await;
        });
    }
    drop(listener);
    closing.send_replace(true);
    let all = u32::try_from(bounds.connections).unwrap_or(u32::MAX);
    // The semaphore is never closed: this waits for the last connection.
    let _ = open.acquire_many(all).await;
}

/// The next connection. Where there are no more file descriptors it waits for some to be given back.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "a connection cannot be accepted");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(error.kind(), Kind::ConnectionRefused | Kind::ConnectionAborted | Kind::ConnectionReset)
}

/// One request after the other, on one connection.
async fn converse(stream: TcpStream, peer: SocketAddr, app: Router, bounds: Bounds, mut closed: watch::Receiver<bool>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps Nagle's algorithm");
    }
    let answer = service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        // A router is always ready.
        app.clone().call(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(bounds.headers).max_buf_size(BUFFER);
    let stream = TokioIo::new(Patient::new(stream, bounds.patience));
    let mut conversation = std::pin::pin!(builder.serve_connection(stream, answer));
    let mut told = std::pin::pin!(closed.wait_for(|closed| *closed));
    let mut is_told = false;
    loop {
        tokio::select! {
            ended = conversation.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke off");
                }
                return;
            }
            _ = &mut told, if !is_told => {
                is_told = true;
                conversation.as_mut().graceful_shutdown();
            }
        }
    }
}

/// How many connections, or requests, there are from each address.
#[derive(Clone, Default)]
pub(super) struct ByAddress(Arc<Mutex<HashMap<String, usize>>>);

impl ByAddress {
    /// A place for one more from this address, where there are fewer than `most`; given back when it is dropped.
    pub(super) fn take(&self, address: IpAddr, most: usize) -> Option<FromAddress> {
        let key = address_key(address);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key.clone()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(FromAddress { counts: self.clone(), key })
    }

    fn give_back(&self, key: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(key);
            }
        }
    }
}

/// One of those from an address.
pub(super) struct FromAddress {
    counts: ByAddress,
    key: String,
}

impl Drop for FromAddress {
    fn drop(&mut self) {
        self.counts.give_back(&self.key);
    }
}

#[cfg(test)]
mod tests;
