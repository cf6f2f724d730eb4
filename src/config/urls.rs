//! The URLs that choose the chain's ends.

use std::path::{Path, PathBuf};

/// Which source to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceUrl {
    Sqlite {
        path: PathBuf,
        /// No file was named: the embedded catalogue is generated there at the first start.
        embedded: bool,
    },
    /// MariaDB or MySQL.
    Mysql,
}

impl SourceUrl {
    /// `sqlite:PATH` or `mysql://...`; `sqlite:` alone is a database of the process's own in `data_dir`.
    pub fn parse(url: &str, data_dir: &Path) -> Result<Self, String> {
        match url.split_once(':') {
            Some(("sqlite", "")) => {
                Ok(Self::Sqlite { path: data_dir.join("catalogue.sqlite"), embedded: true })
            }
            Some(("sqlite", path)) => Ok(Self::Sqlite { path: PathBuf::from(path), embedded: false }),
            Some(("mysql", rest)) if rest.starts_with("//") => Ok(Self::Mysql),
            _ => Err(format!(
                "expected `sqlite:PATH` or `mysql://user:password@host:port/database`, found `{}`",
                masked(url)
            )),
        }
    }
}

/// Where documents are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    Memory,
    /// Valkey or Redis; `rediss:` with TLS.
    Redis,
}

impl StoreUrl {
    pub fn parse(url: &str) -> Result<Self, String> {
        match url.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("redis" | "rediss", rest)) if rest.starts_with("//") => Ok(Self::Redis),
            _ => Err(format!(
                "expected `memory:`, `redis://host:port/db` or `rediss://host:port/db`, found `{}`",
                masked(url)
            )),
        }
    }
}

/// The URL without its password.
pub fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((credentials, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    match credentials.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:***@{host}"),
        None => url.to_owned(),
    }
}
