//! What librdkafka says: for those who look closer, save for what an operator has to mend. Its error codes do not tell a
//! password that is refused from a broker that is away, its log does.

use std::sync::atomic::{AtomicU64, Ordering};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;

use crate::clock;

/// Every client says the same each time it tries to connect.
const SAY_EVERY_MS: u64 = 60_000;
static SAID_AT_MS: AtomicU64 = AtomicU64::new(0);

/// The context of a client that asks one question.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Words;

impl ClientContext for Words {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, _: KafkaError, reason: &str) {
        tracing::debug!("kafka: {reason}");
    }
}

impl ConsumerContext for Words {}

/// Roles say what does not work.
pub(super) fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    use RDKafkaLogLevel::{Alert, Critical, Emerg, Error};
    match level {
        Emerg | Alert | Critical => tracing::error!("kafka: {facility}: {message}"),
        Error if is_for_operators(message) && is_due() => {
            tracing::error!("kafka: the brokers and this client do not accept each other: {message}");
        }
        _ => tracing::debug!("kafka: {facility}: {message}"),
    }
}

/// A user or password, a certificate.
fn is_for_operators(message: &str) -> bool {
    ["SASL authentication error", "SSL handshake failed", "certificate verify failed"]
        .iter()
        .any(|words| message.contains(words))
}

fn is_due() -> bool {
    let (now, said_at) = (clock::unix_ms(), SAID_AT_MS.load(Ordering::Relaxed));
    now >= said_at + SAY_EVERY_MS
        && SAID_AT_MS.compare_exchange(said_at, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_for_operators;

    #[test]
    fn a_refusal_is_told_from_a_broker_that_is_away() {
        let refused = "sasl_ssl://127.0.0.1:9093/bootstrap: SASL authentication error: Authentication failed: Invalid \
                       username or password (after 312ms in state AUTH_REQ)";
        assert!(is_for_operators(refused));
        assert!(!is_for_operators(
            "127.0.0.1:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: refused"
        ));
    }
}
