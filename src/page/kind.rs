//! What a response says of itself beside its content: type, policy, and whether a snapshot can change it.

use crate::http::CachePolicy;

/// What a response says of itself beside its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Page,
    /// A page that is only its visitor's.
    Personal,
    /// A page with a document's version.
    Car,
    /// The same of a car that is sold.
    Sold,
    Offline,
    Picture,
    Bitmap,
    Script,
    Worker,
    Robots,
    Manifest,
}

impl Kind {
    pub const ALL: [Self; 11] = [
        Self::Page,
        Self::Personal,
        Self::Car,
        Self::Sold,
        Self::Offline,
        Self::Picture,
        Self::Bitmap,
        Self::Script,
        Self::Worker,
        Self::Robots,
        Self::Manifest,
    ];

    /// No snapshot can change it.
    pub fn is_fixed(self) -> bool {
        match self {
            Self::Page | Self::Personal | Self::Car | Self::Sold => false,
            Self::Picture
            | Self::Bitmap
            | Self::Script
            | Self::Worker
            | Self::Offline
            | Self::Robots
            | Self::Manifest => true,
        }
    }

    pub fn is_html(self) -> bool {
        match self {
            Self::Page | Self::Personal | Self::Car | Self::Sold | Self::Offline => true,
            Self::Picture | Self::Bitmap | Self::Script | Self::Worker | Self::Robots | Self::Manifest => {
                false
            }
        }
    }

    pub fn has_version(self) -> bool {
        matches!(self, Self::Car | Self::Sold)
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Page | Self::Personal | Self::Car | Self::Sold | Self::Offline => {
                "text/html; charset=utf-8"
            }
            Self::Picture => "image/svg+xml",
            Self::Bitmap => "image/png",
            Self::Script | Self::Worker => "text/javascript; charset=utf-8",
            Self::Robots => "text/plain; charset=utf-8",
            Self::Manifest => "application/manifest+json",
        }
    }

    pub fn policy(self) -> CachePolicy {
        match self {
            // A browser asks for a worker whenever it is used: an old one is gone with the next page.
            Self::Page | Self::Car | Self::Sold | Self::Worker => CachePolicy::Revalidate,
            Self::Personal => CachePolicy::Private,
            Self::Picture | Self::Bitmap | Self::Script => CachePolicy::Immutable,
            Self::Offline | Self::Robots | Self::Manifest => CachePolicy::Daily,
        }
    }
}
