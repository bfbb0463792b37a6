//! How long a connection waits for a reader: whoever takes nothing, or next to nothing, is cut off (threat 16).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// How patient a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long nothing at all may be taken.
    pub grace: Duration,
    /// Bytes a second: each that is taken earns back its share of a second, up to the grace. So a slow reader reads to
    /// the end, and one who takes a byte now and then does not hold on for ever.
    pub rate: u32,
}

/// A stream that gives up on whoever does not read.
pub struct Patient<S> {
    stream: S,
    patience: Patience,
    /// What is left of the grace.
    left: Duration,
    /// Since when the reader lets us wait.
    since: Option<Instant>,
    alarm: Pin<Box<Sleep>>,
}

impl<S> Patient<S> {
    /// A stream with the whole grace before it.
    pub fn new(stream: S, patience: Patience) -> Self {
        let alarm = Box::pin(sleep_until(Instant::now() + patience.grace));
        Self { stream, patience, left: patience.grace, since: None, alarm }
    }

    /// What came of an attempt to write.
    fn noted(&mut self, attempt: Poll<io::Result<usize>>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match attempt {
            Poll::Ready(Ok(bytes)) => {
                self.taken(bytes);
                Poll::Ready(Ok(bytes))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.wait(context),
        }
    }

    fn taken(&mut self, bytes: usize) {
        if let Some(since) = self.since.take() {
            self.left = self.left.saturating_sub(since.elapsed());
        }
        let millis = (bytes as u64).saturating_mul(1_000) / u64::from(self.patience.rate.max(1));
        self.left = self.left.saturating_add(Duration::from_millis(millis)).min(self.patience.grace);
    }

    fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.since.is_none() {
            let now = Instant::now();
            self.since = Some(now);
            self.alarm.as_mut().reset(now + self.left);
        }
        ready!(self.alarm.as_mut().poll(context));
        tracing::debug!("cut off a connection that does not read");
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the other end does not read")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write(context, buffer);
        self.noted(attempt, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write_vectored(context, buffers);
        self.noted(attempt, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::timeout;

    const PATIENCE: Patience = Patience { grace: Duration::from_millis(300), rate: 1_000 };

    #[tokio::test]
    async fn whoever_reads_nothing_is_cut_off() {
        let (ours, _theirs) = duplex(16);
        let mut ours = Patient::new(ours, PATIENCE);
        let error = timeout(Duration::from_secs(5), ours.write_all(&[0; 64])).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    /// A byte now and then earns less than it costs.
    #[tokio::test]
    async fn whoever_trickles_is_cut_off_and_whoever_reads_slowly_is_not() {
        for (bytes, is_cut) in [(1_usize, true), (100, false)] {
            let (ours, mut theirs) = duplex(bytes);
            let mut ours = Patient::new(ours, PATIENCE);
            let reader = tokio::spawn(async move {
                let mut buffer = vec![0; bytes];
                for _ in 0..40 {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    if theirs.read(&mut buffer).await.is_ok_and(|read| read == 0) {
                        break;
                    }
                }
                theirs
            });
            let sent = timeout(Duration::from_secs(9), ours.write_all(&vec![0; bytes * 20])).await.unwrap();
            assert_eq!(sent.is_err(), is_cut, "{bytes} bytes each 50 ms");
            drop(ours);
            reader.await.unwrap();
        }
    }
}
