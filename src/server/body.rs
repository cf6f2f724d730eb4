//! Response bodies: finished bytes, nothing, what is written piece by piece, or a picture as soon as it is drawn.

use std::convert::Infallible;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

use super::connection::Watch;
use crate::page::Streamed;

#[derive(Debug)]
pub enum Body {
    Whole(Bytes),
    Empty,
    Streamed(Written),
    Drawing(JoinHandle<Bytes>, Option<UnderWay>),
}

/// While it lives, its connection is not idle, though nothing may be written for a moment.
#[derive(Debug)]
pub struct UnderWay(Arc<Watch>);

impl UnderWay {
    fn on(watch: &Arc<Watch>) -> Option<Self> {
        watch.waits();
        Some(Self(Arc::clone(watch)))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.head_read();
    }
}

/// A body in the making.
#[derive(Debug)]
pub struct Written {
    pieces: Box<Streamed>,
    /// Whether the worker's other requests have had their turn since the last piece.
    has_yielded: bool,
    under_way: Option<UnderWay>,
    _place: OwnedSemaphorePermit,
}

impl Written {
    /// `place`: among those that are written at once.
    pub(super) fn new(pieces: Streamed, place: OwnedSemaphorePermit) -> Self {
        Self { pieces: Box::new(pieces), has_yielded: true, under_way: None, _place: place }
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.has_yielded = !self.has_yielded;
        if self.has_yielded {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.pieces.next())
    }
}

impl Body {
    /// It is about to be sent on this connection, which is not to be closed before its end.
    #[inline]
    pub(super) fn sent_on(&mut self, watch: &Arc<Watch>) {
        match self {
            Self::Whole(_) | Self::Empty => {}
            Self::Streamed(written) => written.under_way = UnderWay::on(watch),
            Self::Drawing(_, under_way) => *under_way = UnderWay::on(watch),
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match &mut *self {
            Self::Empty => None,
            Self::Streamed(written) => std::task::ready!(written.poll_piece(cx)),
            Self::Drawing(drawing, _) => {
                let drawn = std::task::ready!(Pin::new(drawing).poll(cx));
                *self = Self::Empty;
                // A drawing that panicked is a picture without bytes.
                drawn.ok()
            }
            Self::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                *self = Self::Empty;
                Some(bytes)
            }
        };
        Poll::Ready(piece.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Empty => true,
            Self::Streamed(_) | Self::Drawing(..) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Empty => SizeHint::with_exact(0),
            Self::Streamed(_) | Self::Drawing(..) => SizeHint::default(),
        }
    }
}
