//! Forms before a command sees them: read whole, so that nobody waits for a slow sender; shown to whoever typed them where
//! they are too large; and those of one account carried out one after the other, so that however many it sends at once,
//! others are answered in between (threats 15 and 16). What anybody may have worked out without an account is worked out
//! one after the other for all of them together, with rests: it never takes more than a quarter of the time.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::api::form::http_path;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use http::{Method, StatusCode, header};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use url::form_urlencoded;
use usecases::{
    Caller,
    auth::{Pool, limits::address_key},
};

use crate::http::Frame;
use crate::http::frame::{BODY_LIMIT, BUSY, FILES_TOO_LARGE, SIGNED_OUT, TOO_LARGE, UPLOAD_LIMIT, declared_length};
use crate::http::refusal::{Copies, Refusal, prefers_json};
use crate::http::request::RequestId;
use crate::pages::{takes_files, takes_uploads};

/// The longest text of one field that any command looks at, in bytes: what a draft takes. A shorter one is judged by its
/// own rules. Files and keys come in parts, whose commands bound them.
const LONGEST_FIELD: usize = 20 * 1024;
/// The most fields of one form: a draft's scopes and reasons fit many times.
const MOST_FIELDS: usize = 500;
/// Forms that are too large and are read all the same, at once: only to show what was typed in them.
const LARGE_AT_ONCE: usize = 2;
/// Forms with files that are read and kept at once: each is held whole.
const UPLOADS_AT_ONCE: usize = 16;
/// Forms of one account, or of one address that uses the tools, that wait for their turn or are carried out at once.
const OF_ONE_SENDER: usize = 8;
/// The same of everybody who uses the tools without an account: one of each address.
const OF_THE_TOOLS: usize = 64;
/// The same of forms with an answer that is far too long, whoever sends them: each is held whole.
const EXCESSIVE_AT_ONCE: usize = 16;
/// What anybody may ask for rests so many times as long as the work before it took.
const REST: u32 = 3;
/// No rest is longer, however long the work took.
const LONGEST_REST: Duration = Duration::from_secs(1);

/// What nobody typed: the fields that a page hides in its forms. And what is shown to nobody: secrets.
const NEVER_SHOWN: [&str; 23] = [
    "account",
    "action",
    "assertion",
    "base",
    "code",
    "current",
    "digest",
    "environment",
    "item",
    "metadata_digest",
    "new",
    "next",
    "number",
    "organisation",
    "password",
    "proof",
    "proposed_at",
    "registration",
    "role",
    "service",
    "then",
    "token",
    "version",
];

const LARGE: &str = "Nothing was saved: at most 128 KB can be sent at once. Copy what you entered from this page, go back \
                     to the form, and send less: shorten the longest answer, or choose a smaller file.";

const LONG: &str = "Nothing was saved: one of your answers is far too long. Copy what you need from this page, go back to \
                    the form, and enter only what is asked for.";

const CROWDED: &str = "Nothing was saved: too many forms are waiting at the moment. Wait a few seconds, then go back and \
                       send it again.";

/// What the layer needs.
pub struct Forms {
    frame: Frame,
    pool: Pool,
    large: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    turns: Turns,
}

impl Forms {
    /// A layer under which nobody waits yet. What is costly is done in the pool.
    pub fn new(frame: Frame, pool: Pool) -> Self {
        let [large, uploads] = [LARGE_AT_ONCE, UPLOADS_AT_ONCE].map(|most| Arc::new(Semaphore::new(most)));
        Self { frame, pool, large, uploads, turns: Turns::default() }
    }
}

impl Forms {
    /// The turn of what an account changes, by whichever way it comes: none where too much of it waits already. It lasts until
    /// what is given here is dropped.
    pub async fn turn_of(&self, account: &str) -> Option<impl Sized + use<>> {
        self.turns.take(Line::of_one_sender(account.to_owned())).await
    }
}

/// Reads a form whole, and lets it wait for its turn. Runs inside the layer that puts in the [`Caller`].
pub async fn in_turn(State(layer): State<Arc<Forms>>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let is_large = declared_length(request.headers()) > BODY_LIMIT as u64;
    let address = layer.frame.address(&request);
    let (parts, body) = request.into_parts();
    let sent = Sent::of(&parts, &layer.frame);
    if is_large && takes_uploads(parts.uri.path()) {
        return with_files(&layer, sent, parts, body, next).await;
    }
    let place = match is_large {
        true => layer.large.try_acquire().ok(),
        false => None,
    };
    let most = match (is_large, &place) {
        (true, None) => return sent.too_large(&layer.frame),
        (true, Some(_)) => usize::MAX,
        (false, _) => BODY_LIMIT,
    };
    // The frame bounds the size of every body.
    let Ok(bytes) = to_bytes(body, most).await else { return sent.too_large(&layer.frame) };
    if is_large {
        return sent.shown(&layer, bytes, StatusCode::PAYLOAD_TOO_LARGE, LARGE).await;
    }
    if !takes_files(parts.uri.path()) && is_excessive(&bytes) {
        let Some(_turn) = layer.turns.take(Line::EXCESSIVE).await else { return sent.too_large(&layer.frame) };
        return sent.shown(&layer, bytes, StatusCode::UNPROCESSABLE_ENTITY, LONG).await;
    }
    let mut turns = Vec::new();
    for line in lines(&parts, address) {
        match layer.turns.take(line).await {
            Some(turn) => turns.push(turn),
            None => return sent.shown(&layer, bytes, StatusCode::SERVICE_UNAVAILABLE, CROWDED).await,
        }
    }
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    drop(turns);
    response
}

/// A form with a document, of whoever is signed in: one at a time of each account, read before it waits for its turn, so that
/// a slow line keeps none of its sender's other forms waiting.
async fn with_files(layer: &Forms, sent: Sent, parts: Parts, body: Body, next: Next) -> Response {
    let refused = |refusal: &Refusal| refusal.to(sent.as_json, &layer.frame, &sent.reference);
    let signed_in = parts.extensions.get::<Caller>().and_then(|caller| caller.signed_in.as_ref());
    let Some(account) = signed_in.map(|found| found.person.account.to_string()) else { return refused(&SIGNED_OUT) };
    let reading = Line { key: Cow::Owned(format!("files of {account}")), most: 1, rest: 0 };
    let (Some(_reading), Ok(_place)) = (layer.turns.take(reading).await, layer.uploads.try_acquire()) else {
        return refused(&BUSY);
    };
    let Ok(bytes) = to_bytes(body, UPLOAD_LIMIT).await else { return refused(&FILES_TOO_LARGE) };
    let Some(_turn) = layer.turns.take(Line::of_one_sender(account)).await else { return refused(&BUSY) };
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

/// Whether a field is longer than any answer, or there are more of them than any form has.
fn is_excessive(body: &[u8]) -> bool {
    let mut fields = body.split(|byte| *byte == b'&');
    fields.clone().nth(MOST_FIELDS).is_some() || fields.any(|field| decoded_length(field) > LONGEST_FIELD)
}

/// How many bytes a field has with its name, at most, when `%41` is one again.
fn decoded_length(field: &[u8]) -> usize {
    field.len() - 2 * field.iter().filter(|byte| **byte == b'%').count().min(field.len() / 3)
}

/// The lines in which a form waits, one after the other; none where only pools bound the work.
fn lines(parts: &Parts, address: IpAddr) -> Vec<Line> {
    if parts.uri.path().starts_with("/api/tools/") {
        return vec![Line::of_one_sender(address_key(address)), Line::TOOLS];
    }
    let signed_in = parts.extensions.get::<Caller>().and_then(|caller| caller.signed_in.as_ref());
    signed_in.map(|found| Line::of_one_sender(found.person.account.to_string())).into_iter().collect()
}

/// What of a request its answer needs, when no command is asked.
struct Sent {
    kind: String,
    page: String,
    as_json: bool,
    reference: String,
}

impl Sent {
    fn of(parts: &Parts, frame: &Frame) -> Self {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let from = text(header::REFERER).strip_prefix(&*frame.origin).unwrap_or_default();
        Self {
            kind: text(header::CONTENT_TYPE).to_owned(),
            page: http_path(from).to_owned(),
            as_json: prefers_json(&parts.headers),
            reference: parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        }
    }

    fn too_large(&self, frame: &Frame) -> Response {
        TOO_LARGE.to(self.as_json, frame, &self.reference)
    }

    /// The answer with what was typed, to be copied. It is made in the pool; when that is full, nothing is shown.
    async fn shown(self, layer: &Forms, body: Bytes, status: StatusCode, sentence: &'static str) -> Response {
        let parted = match multer::parse_boundary(&self.kind) {
            Ok(boundary) => Some(parts_of(body.clone(), boundary).await),
            Err(_) => None,
        };
        let frame = layer.frame.clone();
        let (as_json, reference) = (self.as_json, self.reference.clone());
        let work = move || {
            let typed = shown_of(parted.unwrap_or_else(|| form_urlencoded::parse(&body).into_owned().collect()));
            let copies = Copies { status, page: &self.page, sentences: &[sentence], typed: &typed };
            copies.to(self.as_json, &frame, &self.reference)
        };
        let made = layer.pool.run(work).await;
        made.unwrap_or_else(|_| TOO_LARGE.to(as_json, &layer.frame, &reference))
    }
}

/// The texts of a form with files; no file is a text that somebody typed.
async fn parts_of(body: Bytes, boundary: String) -> Vec<(String, String)> {
    let body = futures::stream::once(async { Ok::<_, Infallible>(body) });
    let mut parts = multer::Multipart::new(body, boundary);
    let mut texts = Vec::new();
    while let Ok(Some(part)) = parts.next_field().await {
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = part.file_name().is_some();
        match part.text().await {
            Ok(text) if !is_file => texts.push((name, text)),
            _ => {}
        }
    }
    texts
}

/// What of a form its sender typed, without secrets.
fn shown_of(fields: Vec<(String, String)>) -> BTreeMap<String, String> {
    fields.into_iter().filter(|(name, _)| !NEVER_SHOWN.contains(&name.as_str())).collect()
}

/// A line in which forms wait.
struct Line {
    /// Whose forms they are.
    key: Cow<'static, str>,
    /// How many may wait or be carried out.
    most: usize,
    /// How many times as long as the work took the line rests after it.
    rest: u32,
}

impl Line {
    const TOOLS: Self = Self { key: Cow::Borrowed("tools"), most: OF_THE_TOOLS, rest: REST };
    const EXCESSIVE: Self = Self { key: Cow::Borrowed("excessive"), most: EXCESSIVE_AT_ONCE, rest: REST };

    fn of_one_sender(key: String) -> Self {
        Self { key: Cow::Owned(key), most: OF_ONE_SENDER, rest: 0 }
    }
}

/// The lines in which anybody waits.
#[derive(Clone, Default)]
struct Turns(Arc<Mutex<HashMap<Cow<'static, str>, Waiting>>>);

struct Waiting {
    turn: Arc<Semaphore>,
    inside: usize,
}

/// A place in a line, and the turn when it has come. Given back when it is dropped.
struct Place {
    turns: Turns,
    key: Cow<'static, str>,
    turn: Option<OwnedSemaphorePermit>,
}

/// A turn. When it is dropped, the line rests, also when whoever waited for the answer has hung up.
struct Turn {
    place: Option<Place>,
    since: Instant,
    rest: u32,
}

impl Turns {
    /// Waits for a turn, where there is room to wait.
    async fn take(&self, line: Line) -> Option<Turn> {
        let rest = line.rest;
        let (turn, mut place) = self.enter(line)?;
        place.turn = turn.acquire_owned().await.ok();
        Some(Turn { place: Some(place), since: Instant::now(), rest })
    }

    fn enter(&self, line: Line) -> Option<(Arc<Semaphore>, Place)> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Waiting { turn: Arc::new(Semaphore::new(1)), inside: 0 };
        let waiting = lines.entry(line.key.clone()).or_insert_with(new);
        if waiting.inside >= line.most {
            return None;
        }
        waiting.inside += 1;
        Some((Arc::clone(&waiting.turn), Place { turns: self.clone(), key: line.key, turn: None }))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let rest = rest_after(self.since.elapsed(), self.rest);
        let (Some(place), Ok(runtime)) = (self.place.take(), Handle::try_current()) else { return };
        if !rest.is_zero() {
            runtime.spawn(async move {
                tokio::time::sleep(rest).await;
                drop(place);
            });
        }
    }
}

/// How long a line rests.
fn rest_after(work: Duration, times: u32) -> Duration {
    work.saturating_mul(times).min(LONGEST_REST)
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut lines = self.turns.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get_mut(&self.key) {
            line.inside -= 1;
            if line.inside == 0 {
                lines.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn line(key: &'static str, most: usize, rest: u32) -> Line {
        Line { key: key.into(), most, rest }
    }

    #[tokio::test]
    async fn forms_of_one_account_take_turns_and_those_of_others_do_not_wait() {
        let turns = Turns::default();
        let first = turns.take(line("a", 2, 0)).await;
        assert!(first.is_some());
        let mut second = Box::pin(turns.take(line("a", 2, 0)));
        assert!((&mut second).now_or_never().is_none(), "it waits for the first");
        assert!(turns.take(line("a", 2, 0)).await.is_none(), "a third does not even wait");
        assert!(turns.take(line("b", 2, 0)).now_or_never().flatten().is_some());
        drop(first);
        assert!(second.now_or_never().flatten().is_some());
        assert!(turns.0.lock().unwrap().is_empty(), "nobody is remembered");
    }

    #[tokio::test]
    async fn a_line_rests_whether_or_not_anybody_waits_for_the_answer() {
        let (turns, work) = (Turns::default(), Duration::from_millis(20));
        let begun = Instant::now();
        for _ in 0..3 {
            let _turn = turns.take(line("tools", 8, REST)).await.unwrap();
            tokio::time::sleep(work).await;
        }
        let taken = begun.elapsed();
        assert!(taken >= work * (1 + 2 * (1 + REST)), "{taken:?}");
        assert_eq!(rest_after(Duration::from_secs(20), REST), LONGEST_REST);
    }

    #[test]
    fn a_field_is_measured_as_it_was_typed() {
        let long = |letter: &str, many: usize| format!("registration=1&reason={}", letter.repeat(many));
        assert!(!is_excessive(long("%C3%A9", LONGEST_FIELD / 2 - 4).as_bytes()));
        assert!(is_excessive(long("%C3%A9", LONGEST_FIELD / 2 + 1).as_bytes()));
        assert!(is_excessive(long("x", LONGEST_FIELD + 1).as_bytes()) && !is_excessive(b""));
        assert!(is_excessive("a=1&".repeat(MOST_FIELDS + 1).as_bytes()));
    }

    #[test]
    fn secrets_and_what_nobody_typed_are_not_shown() {
        let pairs = [("password", "secret"), ("registration", "1"), ("reasons[email]", "Letters"), ("name", "")];
        let fields = pairs.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
        let shown = shown_of(fields);
        assert_eq!(shown.keys().collect::<Vec<_>>(), ["name", "reasons[email]"]);
    }
}
