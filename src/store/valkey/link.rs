//! One connection to the server, made when it is needed and made again when it fails.
//!
//! `redis::aio::ConnectionManager` keeps its connection on READONLY, which is what a server says that was the primary
//! until now, and asks the name server only when it connects; it also gives up. Here whoever calls sets the pace.

use std::fmt;
use std::future::Future;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, IntoConnectionInfo, RedisError, RedisResult, ServerErrorKind,
    TlsCertificates,
};

use crate::car::Version;
use crate::store::Error;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(1);
/// A peer that is gone without a word is noticed after this and three probes, should nobody be asking it anything.
const KEEPALIVE: Duration = Duration::from_secs(5);

pub(super) struct Link {
    client: Client,
    config: AsyncConnectionConfig,
    connection: Mutex<Option<MultiplexedConnection>>,
}

impl Link {
    /// Connects to nothing yet.
    pub(super) fn new(url: &str, password: Option<&str>, ca_file: Option<&Path>) -> Result<Self, String> {
        // The library's errors of a URL do not tell its parts.
        let info = url.into_connection_info().map_err(|e| format!("store.url: {}", line(&e)))?;
        let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE / 5).with_retries(3);
        let tcp = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive);
        let mut info = info.set_tcp_settings(tcp);
        if let Some(password) = password {
            let settings = info.redis_settings().clone().set_password(password);
            info = info.set_redis_settings(settings);
        }
        let client = match ca_file {
            None => Client::open(info),
            Some(file) => {
                let read = std::fs::read(file);
                let root =
                    read.map_err(|e| format!("store.tls_ca_file: cannot read {}: {e}", file.display()))?;
                Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert: Some(root) })
            }
        };
        let client = client.map_err(|e| format!("store.url: {}", line(&e)))?;
        Ok(Self::of(client))
    }

    fn of(client: Client) -> Self {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT));
        Self { client, config, connection: Mutex::default() }
    }

    /// Another connection to the same server.
    pub(super) fn another(&self) -> Self {
        Self::of(self.client.clone())
    }

    /// Does `work` over the connection. It has to bear being done twice: a connection that has been idle may turn out to
    /// be closed only when it is used.
    pub(super) async fn run<T, R>(&self, work: impl Fn(MultiplexedConnection) -> R) -> Result<T, Error>
    where
        R: Future<Output = RedisResult<T>>,
    {
        let held = self.lock().clone();
        if let Some(connection) = held {
            match work(connection).await {
                Err(error) if error.is_connection_dropped() => drop(self.lock().take()),
                done => return done.map_err(|error| self.failed(&error)),
            }
        }
        let connected = self.client.get_multiplexed_async_connection_with_config(&self.config).await;
        let connection = connected.map_err(|error| self.failed(&error))?;
        *self.lock() = Some(connection.clone());
        work(connection).await.map_err(|error| self.failed(&error))
    }

    /// The next question goes over a new one.
    pub(super) fn drop_connection(&self) {
        drop(self.lock().take());
    }

    fn failed(&self, error: &RedisError) -> Error {
        if !is_answer(error) {
            self.lock().take();
        }
        // A key of ours holds what we never put there: what we had put there is gone.
        if error.code() == Some("WRONGTYPE") {
            return Error::Behind { head: Version::default() };
        }
        let cause = if error.is_timeout() {
            format!("no answer within {} s", RESPONSE_TIMEOUT.as_secs())
        } else if error.kind() == ErrorKind::AuthenticationFailed {
            "the server refuses this user and password".to_owned()
        } else {
            line(error)
        };
        Error::Unavailable(format!("{self}: {cause}"))
    }

    #[cfg(test)]
    pub(super) fn is_down(&self) -> bool {
        self.lock().is_none()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<MultiplexedConnection>> {
        // One assignment is all that happens under it.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address: neither user nor password.
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.get_connection_info().addr().fmt(f)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({self})")
    }
}

/// An answer of a server that another connection would lead to as well. A replica, or what has become one, is none.
fn is_answer(error: &RedisError) -> bool {
    use ServerErrorKind::{ClusterDown, MasterDown, ReadOnly};
    match error.kind() {
        ErrorKind::Server(kind) => !matches!(kind, ReadOnly | MasterDown | ClusterDown),
        ErrorKind::Extension => true,
        _ => false,
    }
}

fn line(error: &RedisError) -> String {
    error.to_string().replace(['\n', '\r'], " ")
}
