//! The ways a request is turned away, as the visitor meets them.

use http::StatusCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// With the reason, for the visitor.
    BadRequest(&'static str),
    MethodNotAllowed,
    PayloadTooLarge,
    UriTooLong,
    /// A panic while the response was made.
    Internal,
    /// No snapshot yet.
    Starting,
}

impl Refusal {
    pub fn status(self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Starting => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub fn heading(self) -> &'static str {
        match self {
            Self::BadRequest(_) => "This address cannot be read",
            Self::MethodNotAllowed => "This page can only be read",
            Self::PayloadTooLarge => "This page takes no data",
            Self::UriTooLong => "This address is too long",
            Self::Internal => "Something went wrong on our side",
            Self::Starting => "One moment, please",
        }
    }

    pub fn text(self) -> &'static str {
        match self {
            Self::BadRequest(why) => why,
            Self::MethodNotAllowed => "Only GET and HEAD are answered here.",
            Self::PayloadTooLarge => "The request has a body, which nothing here reads.",
            Self::UriTooLong => "Please shorten the part behind the question mark.",
            Self::Internal => "The error has been noted. Please try again.",
            Self::Starting => "We are just starting. Please try again in a few seconds.",
        }
    }

    /// After these the connection's next bytes cannot be trusted to be a request.
    pub fn closes(self) -> bool {
        matches!(self, Self::BadRequest(_) | Self::PayloadTooLarge)
    }
}
