//! What an account reads is counted, and few searches and downloads run at once: from here on, up to the last byte of
//! the answer (threat 16).

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderValue, Method, StatusCode, Uri, header};
use std::sync::Arc;
use url::form_urlencoded;
use usecases::{
    Caller,
    auth::reading::{NotNow, Reading},
};

use crate::http::held::held;
use crate::http::refusal::Refusal;
use crate::session::Doorkeeper;

/// Counts a page, a search or a download of whoever is signed in. Runs inside the layer that puts in the [`Caller`].
pub async fn bounded(State(doorkeeper): State<Arc<Doorkeeper>>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>();
    let account = caller.and_then(|caller| caller.signed_in.as_ref()).map(|found| found.person.account.to_string());
    let (Some(account), &Method::GET) = (account, request.method()) else { return next.run(request).await };
    let auth = &doorkeeper.portal.auth;
    let reading = reading(request.uri());
    match auth.limits.reads.admit(&account, reading, auth.ambient.now()).await {
        Ok(None) => next.run(request).await,
        // It keeps its place until its last byte was taken or nobody takes it any more.
        Ok(Some(admitted)) => next.run(request).await.map(|body| held(body, admitted)),
        Err(why) => {
            tracing::warn!(account, ?reading, ?why, "an account reads too much");
            let (refusal, seconds) = refusal(why);
            let mut response = refusal.answer(&doorkeeper.frame, &request);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
    }
}

/// What a request reads, by its address alone. Every list takes what is searched for and filtered by from there.
fn reading(uri: &Uri) -> Reading {
    if is_download(uri.path()) {
        return Reading::Download;
    }
    let is_filter = |name: &str| !["after", "done", "refused", "next"].contains(&name);
    let lists = ["/history", "/admin/queue", "/admin/clients", "/admin/publications", "/admin/people"];
    let of_organisations = ["/admin/organisations", "/organisations/join"];
    let is_list = lists.contains(&uri.path()) || of_organisations.contains(&uri.path());
    let mut asked = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    match is_list && asked.any(|(name, value)| is_filter(&name) && !value.trim().is_empty()) {
        true => Reading::Search,
        false => Reading::Page,
    }
}

/// Whether an address is one of what is large: a list as a file, or a file of the evidence.
pub(crate) fn is_download(path: &str) -> bool {
    path.ends_with(".csv") || (path.starts_with("/registrations/") && path.contains("/files/"))
}

fn refusal(why: NotNow) -> (Refusal, u64) {
    match why {
        NotNow::TooMuch(too_many) => (TOO_MUCH, too_many.seconds),
        NotNow::OthersOfYours => (OTHERS_OF_YOURS, 5),
        NotNow::OthersOfEverybody => (OTHERS_OF_EVERYBODY, 5),
    }
}

const TOO_MUCH: Refusal = Refusal {
    status: StatusCode::TOO_MANY_REQUESTS,
    title: "You have opened too many pages",
    sentence: "You have opened a lot of pages, searches or downloads in a short time. Wait a minute, then try again.",
};

const OTHERS_OF_YOURS: Refusal = Refusal {
    status: StatusCode::TOO_MANY_REQUESTS,
    title: "Your other searches are still running",
    sentence: "You can run two searches or downloads at the same time. Wait until one has finished, then try again.",
};

const OTHERS_OF_EVERYBODY: Refusal = Refusal {
    status: StatusCode::SERVICE_UNAVAILABLE,
    title: "Too many people are searching",
    sentence: "Many people are searching or downloading at the moment. Wait a few seconds, then try again.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_and_downloads_are_told_from_pages() {
        for (uri, expected) in [
            ("/home", Reading::Page),
            ("/history", Reading::Page),
            ("/history?search=&kind=&after=a.7.", Reading::Page),
            ("/history?search=a", Reading::Search),
            ("/history?after=a.7.&client_id=%20x", Reading::Search),
            ("/history?search=%20+", Reading::Page),
            ("/history/7?search=a", Reading::Page),
            ("/history.csv", Reading::Download),
            ("/registrations/1/files/a1", Reading::Download),
            ("/admin/people?search=a", Reading::Search),
            ("/admin/organisations?unconfirmed=yes", Reading::Search),
            ("/organisations/join?search=a", Reading::Search),
            ("/organisations/join?search=", Reading::Page),
            ("/admin/queue.csv?search=a", Reading::Download),
        ] {
            assert_eq!(reading(&uri.parse().unwrap()), expected, "{uri}");
        }
    }
}
