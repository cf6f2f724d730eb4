//! What can be done about an error of librdkafka.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// What was to be read or written to is not there any more: out of range, deleted, made anew.
    #[error("{0}")]
    Gone(String),
    /// As [`Error::Gone`], of this topic.
    #[error("the topic `{0}` was deleted and made anew")]
    Remade(String),
    /// Try again, or wait: librdkafka tries by itself.
    #[error("{0}")]
    Unavailable(String),
    /// The message is too large for a broker.
    #[error("{0}")]
    TooLarge(String),
    /// Somebody has to change something: a setting, a permission.
    #[error("{0}")]
    Refused(String),
    /// The client is of no use any more and has to be made anew.
    #[error("{0}")]
    Broken(String),
}

impl From<KafkaError> for Error {
    fn from(error: KafkaError) -> Self {
        let text = text(&error);
        let Some(code) = error.rdkafka_error_code() else {
            return match error {
                KafkaError::ClientConfig(..) | KafkaError::ClientCreation(_) => Self::Refused(text),
                KafkaError::Canceled => Self::Broken(text),
                _ => Self::Unavailable(text),
            };
        };
        if matches!(error, KafkaError::MessageConsumptionFatal(_)) {
            return Self::Broken(text);
        }
        match code {
            Code::AutoOffsetReset
            | Code::OffsetOutOfRange
            | Code::UnknownTopicOrPartition
            | Code::UnknownTopic
            | Code::UnknownPartition => Self::Gone(text),
            Code::MessageSizeTooLarge | Code::InvalidMessageSize => Self::TooLarge(text),
            Code::TopicAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::InvalidReplicationFactor
            | Code::PolicyViolation
            | Code::InvalidTopic
            | Code::Authentication
            | Code::SaslAuthenticationFailed
            | Code::InvalidArgument => Self::Refused(text),
            Code::Fatal | Code::PurgeQueue | Code::PurgeInflight | Code::OutOfOrderSequenceNumber => {
                Self::Broken(text)
            }
            _ => Self::Unavailable(text),
        }
    }
}

/// Without the names of the library.
fn text(error: &KafkaError) -> String {
    match (error, error.rdkafka_error_code()) {
        // The value may be a password, and stands in the library's words too.
        (KafkaError::ClientConfig(_, why, name, value), _) if value.is_empty() => format!("{name}: {why}"),
        (KafkaError::ClientConfig(_, why, name, value), _) => {
            format!("{name}: {}", why.replace(value, "..."))
        }
        (_, Some(code)) => code.to_string(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, Error, KafkaError};

    #[test]
    fn an_error_says_what_can_be_done() {
        let gone = Error::from(KafkaError::MessageConsumption(Code::AutoOffsetReset));
        assert!(matches!(gone, Error::Gone(_)), "{gone:?}");
        let away = Error::from(KafkaError::MetadataFetch(Code::BrokerTransportFailure));
        assert!(matches!(&away, Error::Unavailable(why) if why.contains("transport failure")), "{away}");
        assert!(matches!(Error::from(KafkaError::MessageProduction(Code::Fatal)), Error::Broken(_)));
    }
}
