//! `forecourt health`: whether the process with these settings lives. For supervisors whose images hold no other program
//! to ask with; what a load balancer asks is `/healthz`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;

use super::Failure;
use crate::config::Config;

/// A process that needs longer to say that it lives is asked again, or taken for dead, by who asks.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Asks `/livez` of the admin port, which every role has.
pub fn run(config: &Config) -> Result<(), Failure> {
    Ok(ask(reachable(config.admin.listen))?)
}

fn ask(address: SocketAddr) -> anyhow::Result<()> {
    let agent = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).proxy(None).build().new_agent();
    let url = format!("http://{address}/livez");
    agent.get(&url).call().with_context(|| format!("ask {url}"))?;
    Ok(())
}

/// Who listens on every address is found on this machine's own.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn who_listens_everywhere_is_asked_here() {
        for (listen, expected) in
            [("0.0.0.0:9090", "127.0.0.1:9090"), ("[::]:9090", "[::1]:9090"), ("10.1.2.3:80", "10.1.2.3:80")]
        {
            assert_eq!(reachable(listen.parse().unwrap()), expected.parse().unwrap());
        }
    }

    #[test]
    fn only_a_good_answer_is_a_life_sign() {
        for (answer, lives) in
            [("200 OK", true), ("503 Service Unavailable", false), ("404 Not Found", false), ("", false)]
        {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let answering = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let n = stream.read(&mut [0; 1024]).unwrap();
                if n > 0 && !answer.is_empty() {
                    write!(stream, "HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n").unwrap();
                }
            });
            assert_eq!(ask(address).is_ok(), lives, "{answer}");
            answering.join().unwrap();
            assert!(ask(address).is_err(), "nobody is there");
        }
    }
}
