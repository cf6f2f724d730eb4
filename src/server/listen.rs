//! Binding and accepting.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};

use super::Workers;

/// Connections the kernel holds for us; a longer queue would be latency nobody sees.
const BACKLOG: u32 = 1024;
/// How long to wait when the process is out of connections or file descriptors.
const FULL_WAIT: Duration = Duration::from_millis(20);

/// Binds an address. An error is one line for the operator.
pub fn bind(key: &str, address: SocketAddr) -> Result<TcpListener, String> {
    let bind = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bind().map_err(|e: std::io::Error| format!("{key}: cannot listen on {address}: {e}"))
}

/// Hands connections to the workers for as long as it is polled.
pub async fn accept(listener: &TcpListener, workers: &Workers, connections_max: usize) {
    loop {
        if workers.n_connections() >= connections_max {
            metrics::counter!("forecourt_accept_waits_total").increment(1);
            // Whoever keeps connections and asks for nothing must not keep others out, least of all the load balancer's
            // question for health.
            workers.make_room();
            tokio::time::sleep(FULL_WAIT).await;
            continue;
        }
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // Out of file descriptors, or the client has gone: neither is helped by trying at once.
            Err(error) => {
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(FULL_WAIT).await;
                continue;
            }
        };
        // A response is one write; waiting to fill a packet would only delay its last one.
        let handed = stream.set_nodelay(true).and_then(|()| stream.into_std());
        match handed {
            Ok(stream) => workers.serve(stream),
            Err(error) => tracing::debug!("a connection was gone before it was served: {error}"),
        }
    }
}
