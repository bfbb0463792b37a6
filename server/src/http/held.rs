//! A body that holds its request's places until it is sent: whoever reads slowly takes up room for as long as that takes.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};

/// A body, and what is given back when it is sent or given up.
pub struct Held<P> {
    body: Body,
    _places: P,
}

/// The body with the places that it holds.
pub fn held<P: Send + Unpin + 'static>(body: Body, places: P) -> Body {
    Body::new(Held { body, _places: places })
}

impl<P: Unpin> HttpBody for Held<P> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
