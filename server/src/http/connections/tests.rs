//! With real sockets: who does not send, does not read, or opens too many connections.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::routing::get;
use futures::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use super::*;
use crate::http::{Frame, framed};

const BOUNDS: Bounds = Bounds {
    connections: 64,
    from_one_address: 24,
    headers: Duration::from_millis(400),
    patience: Patience { grace: Duration::from_millis(400), rate: 4_096 },
};

/// How many bodies are being made.
static MAKING: AtomicUsize = AtomicUsize::new(0);

struct Made;

impl Drop for Made {
    fn drop(&mut self) {
        MAKING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Without an end, a page at a time.
fn endless() -> Body {
    MAKING.fetch_add(1, Ordering::SeqCst);
    let pages =
        stream::unfold(
            Made,
            |made| async move { Some((Ok::<_, io::Error>(Bytes::from_static(&[b'x'; 16 * 1024])), made)) },
        );
    Body::from_stream(pages)
}

struct Portal {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: tokio::task::JoinHandle<()>,
}

async fn start(bounds: Bounds) -> Portal {
    let routes = Router::new().route("/page", get(|| async { "page" })).route("/all.csv", get(|| async { endless() }));
    let app = framed(routes, &Frame::new(crate::ambient::real(), "https://portal.example.org", 0, ""));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(serve(listener, app, bounds, async {
        let _ = stopped.await;
    }));
    Portal { address, stop, serving }
}

impl Portal {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn ask(&self, path: &str) -> String {
        let mut stream = self.connect().await;
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(Duration::from_secs(9), stream.read_to_end(&mut answer)).await.unwrap().unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(9), "{what}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// What fell: a hundred clients that did not read held a download each, past every limit. Now there are as many as there
/// are places for downloads, others are told so, pages go on, and all of it is given back soon.
#[tokio::test]
async fn whoever_does_not_read_is_bounded_and_cut_off() {
    let portal = start(Bounds { from_one_address: 64, ..BOUNDS }).await;
    let mut idle = Vec::new();
    for _ in 0..40 {
        let mut stream = portal.connect().await;
        stream.write_all(b"GET /all.csv HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        idle.push(stream);
    }
    until("downloads begin", || MAKING.load(Ordering::SeqCst) > 0).await;
    sleep(Duration::from_millis(100)).await;
    assert!(MAKING.load(Ordering::SeqCst) <= 16, "{} downloads at once", MAKING.load(Ordering::SeqCst));
    assert!(portal.ask("/all.csv").await.starts_with("HTTP/1.1 503"), "one more is told to come back");
    assert!(portal.ask("/page").await.ends_with("page"), "pages go on");
    until("they are cut off", || MAKING.load(Ordering::SeqCst) == 0).await;
    drop(idle);
}

#[tokio::test]
async fn whoever_does_not_send_is_cut_off() {
    let portal = start(BOUNDS).await;
    for sent in ["", "GET /page HTTP/1.1\r\nhost: x\r\n", "GET /page HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let mut stream = portal.connect().await;
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let closed = timeout(Duration::from_secs(9), stream.read_to_end(&mut answer)).await;
        assert!(closed.is_ok(), "still open after {sent:?}");
    }
}

#[tokio::test]
async fn one_address_does_not_take_every_connection() {
    let portal = start(BOUNDS).await;
    let mut open = Vec::new();
    for _ in 0..BOUNDS.from_one_address {
        open.push(portal.connect().await);
    }
    sleep(Duration::from_millis(100)).await;
    let mut one_more = portal.connect().await;
    let mut nothing = Vec::new();
    let closed = timeout(Duration::from_millis(200), one_more.read_to_end(&mut nothing)).await;
    assert!(closed.is_ok(), "one more is closed at once");
    drop(open);
    sleep(Duration::from_millis(100)).await;
    assert!(portal.ask("/page").await.ends_with("page"), "places are given back");
}

#[tokio::test]
async fn what_was_begun_is_finished() {
    let portal = start(BOUNDS).await;
    let mut stream = portal.connect().await;
    stream.write_all(b"GET /page HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    sleep(Duration::from_millis(50)).await;
    portal.stop.send(()).unwrap();
    sleep(Duration::from_millis(50)).await;
    let _ = stream.write_all(b"\r\n").await;
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(9), stream.read_to_end(&mut answer)).await;
    timeout(Duration::from_secs(9), portal.serving).await.unwrap().unwrap();
}
