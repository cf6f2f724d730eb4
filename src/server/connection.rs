//! One connection: its deadlines, without a timer per request.
//!
//! hyper's own head timer is also its idle timer and is armed anew for every request; a load balancer's idle
//! connections need more time than a slow head may take. So the socket only notes what happens, and the worker looks
//! at all its connections once a second.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::turns::Turns;
use super::{Pages, Shared};

/// Seconds a connection may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadlines {
    pub(super) idle_s: u32,
    pub(super) head_s: u32,
    pub(super) write_s: u32,
}

/// What a connection is doing, for the look once a second. Times are seconds of the worker's clock.
#[derive(Debug, Default)]
pub(super) struct Watch {
    now: Arc<AtomicU32>,
    /// When bytes last moved, either way.
    moved: AtomicU32,
    /// 1 + when the first bytes of an unfinished head, or body, came; 0 between requests.
    head_since: AtomicU32,
    /// When what is waited for began, and its answer is not sent yet.
    waits_since: AtomicU32,
    /// The kernel did not take all bytes of a response.
    writing: AtomicBool,
    /// Who is connected: a visitor, or a load balancer.
    peer: Option<IpAddr>,
}

/// Instead of a time: a request was read, and its answer waits for a disk, or for its turn.
const WAITS: u32 = u32::MAX;
/// However slowly somebody reads a feed: it keeps a snapshot, and one of few places.
const ANSWER_S_MAX: u32 = 300;

impl Watch {
    pub(super) fn new(now: Arc<AtomicU32>, peer: Option<IpAddr>) -> Self {
        let moved = AtomicU32::new(now.load(Ordering::Relaxed));
        Self { now, moved, peer, ..Self::default() }
    }

    pub(super) fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    fn now(&self) -> u32 {
        self.now.load(Ordering::Relaxed)
    }

    pub(super) fn head_read(&self) {
        self.head_since.store(0, Ordering::Relaxed);
    }

    /// A body is read within the time that a head has, also when its first bytes came together with the head.
    pub(super) fn body_begins(&self) {
        self.head_since.store(self.now() + 1, Ordering::Relaxed);
    }

    /// Neither slow nor idle: the answer is not there yet.
    pub(super) fn waits(&self) {
        self.waits_since.store(self.now(), Ordering::Relaxed);
        self.head_since.store(WAITS, Ordering::Relaxed);
    }

    fn bytes_read(&self) {
        let now = self.now();
        self.moved.store(now, Ordering::Relaxed);
        if self.head_since.load(Ordering::Relaxed) == 0 {
            self.head_since.store(now + 1, Ordering::Relaxed);
        }
    }

    fn written(&self, pending: bool) {
        if !pending {
            self.moved.store(self.now(), Ordering::Relaxed);
        }
        if self.writing.load(Ordering::Relaxed) != pending {
            self.writing.store(pending, Ordering::Relaxed);
        }
    }

    /// Whether the connection has used up its time.
    pub(super) fn is_overdue(&self, deadlines: Deadlines) -> bool {
        let now = self.now();
        let past_s = |since: u32| now.saturating_sub(since);
        let is_late = match self.head_since.load(Ordering::Relaxed) {
            0 => false,
            WAITS => past_s(self.waits_since.load(Ordering::Relaxed)) > ANSWER_S_MAX,
            since => past_s(since - 1) > deadlines.head_s,
        };
        let still_s_max =
            if self.writing.load(Ordering::Relaxed) { deadlines.write_s } else { deadlines.idle_s };
        is_late || past_s(self.moved.load(Ordering::Relaxed)) > still_s_max
    }

    /// Since when nobody is owed an answer here: the connection is idle, or its request's head, or body, is not there yet.
    pub(super) fn quiet_since(&self) -> Option<u32> {
        match self.head_since.load(Ordering::Relaxed) {
            WAITS => None,
            _ if self.writing.load(Ordering::Relaxed) => None,
            0 => Some(self.moved.load(Ordering::Relaxed)),
            since => Some(since - 1),
        }
    }

    /// Nothing is being read or written.
    pub(super) fn is_idle(&self) -> bool {
        self.head_since.load(Ordering::Relaxed) == 0 && !self.writing.load(Ordering::Relaxed)
    }
}

/// A socket that notes what happens on it.
struct Watched {
    io: TokioIo<TcpStream>,
    watch: Arc<Watch>,
}

impl Read for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.io).poll_read(cx, buf);
        if matches!(read, Poll::Ready(Ok(()))) {
            self.watch.bytes_read();
        }
        read
    }
}

impl Write for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, buf);
        self.watch.written(written.is_pending());
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.watch.written(written.is_pending());
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// Serves a connection to its end.
pub(super) async fn serve(
    stream: std::net::TcpStream,
    shared: Arc<Shared>,
    watch: Arc<Watch>,
    turns: Arc<Turns>,
    head_bytes_max: usize,
) {
    let Ok(stream) = TcpStream::from_std(stream) else { return };
    let io = Watched { io: TokioIo::new(stream), watch: Arc::clone(&watch) };
    let connection = http1::Builder::new()
        // No timer: hyper would close idle connections with it, and arm it for every request.
        .header_read_timeout(None)
        .half_close(false)
        // One buffer, one send: copying a page costs less than the kernel's work on a list of buffers.
        .writev(false)
        .max_buf_size(head_bytes_max)
        .serve_connection(io, Pages { shared, watch, turns });
    // Whatever ends a connection ends it for this client only: there is nothing to be done about it.
    if let Err(error) = connection.await {
        tracing::debug!("a connection ended early: {error}");
        metrics::counter!("forecourt_connection_errors_total").increment(1);
    }
}
