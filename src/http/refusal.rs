//! The ways a request is turned away, as the visitor meets them.

use http::StatusCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// With the reason, for the visitor.
    BadRequest(&'static str),
    /// With the methods that are.
    MethodNotAllowed(&'static str),
    PayloadTooLarge,
    UriTooLong,
    /// Posted by a page of another site.
    CrossSite,
    UnsupportedMediaType,
    /// A panic while the response was made.
    Internal,
    /// No snapshot yet.
    Starting,
    /// More has to be made than can be made in time.
    Busy,
}

impl Refusal {
    /// What pages can be asked with.
    pub const READ: &'static str = "GET, HEAD";
    pub const POST: &'static str = "POST";

    pub fn status(self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Starting | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub fn heading(self) -> &'static str {
        match self {
            Self::BadRequest(_) => "This address cannot be read",
            Self::MethodNotAllowed(_) => "This cannot be done here",
            Self::PayloadTooLarge => "Too much data",
            Self::CrossSite => "Not from there",
            Self::UnsupportedMediaType => "Not of this kind",
            Self::UriTooLong => "This address is too long",
            Self::Internal => "Something went wrong on our side",
            Self::Starting | Self::Busy => "One moment, please",
        }
    }

    pub fn text(self) -> &'static str {
        match self {
            Self::BadRequest(why) => why,
            Self::MethodNotAllowed(Self::READ) => "Only GET and HEAD are answered here.",
            Self::MethodNotAllowed(_) => "Only POST is answered here.",
            Self::PayloadTooLarge => "The request has a larger body than is read here.",
            Self::CrossSite => "Pages of other sites have nothing to post here.",
            Self::UnsupportedMediaType => {
                "Only what our own pages send is read here: application/json or text/plain in UTF-8, and forms."
            }
            Self::UriTooLong => "Please shorten the part behind the question mark.",
            Self::Internal => "The error has been noted. Please try again.",
            Self::Starting => "We are just starting. Please try again in a few seconds.",
            Self::Busy => "Many people are looking at cars at once. Please try again in a moment.",
        }
    }

    /// What was sent behind these is not read: it may be no request, or one that was made to look like one.
    pub fn closes(self) -> bool {
        matches!(self, Self::BadRequest(_) | Self::PayloadTooLarge)
    }
}
