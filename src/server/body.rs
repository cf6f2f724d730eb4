//! Response bodies: finished bytes, nothing, what is written piece by piece, or a picture as soon as it is drawn.

use std::convert::Infallible;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::task::JoinHandle;

use crate::page::Streamed;

#[derive(Debug)]
pub enum Body {
    Whole(Bytes),
    Empty,
    Streamed(Written),
    Drawing(JoinHandle<Bytes>),
}

/// A body in the making.
#[derive(Debug)]
pub struct Written {
    pieces: Box<Streamed>,
    /// Whether the worker's other requests have had their turn since the last piece.
    has_yielded: bool,
}

impl Written {
    pub(super) fn new(pieces: Streamed) -> Self {
        Self { pieces: Box::new(pieces), has_yielded: true }
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
            Self::Drawing(drawing) => {
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
            Self::Streamed(_) | Self::Drawing(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Empty => SizeHint::with_exact(0),
            Self::Streamed(_) | Self::Drawing(_) => SizeHint::default(),
        }
    }
}
