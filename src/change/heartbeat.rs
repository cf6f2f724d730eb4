//! What our relay says beside changes, on a topic of its own: how far it has come, and which messages that is.
//!
//! ```text
//! {"op":"heartbeat","ts_ms":1764000000000,"position":"0-1-77","ends":{"shop.cars":{"0":17,"1":9}}}
//! {"op":"sweep","reason":"the binlog begins later","ts_ms":1764000000000,"source":{"db":"shop"}}
//! ```
//!
//! Whoever has read every topic up to its end has every change committed before `ts_ms`; null: that is not known. A sweep
//! goes to the topic of DDL: changes are missing, so every car is to be fetched.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Position;

/// Topic -> partition -> the offset behind the last message.
pub type Ends = BTreeMap<String, BTreeMap<i32, i64>>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    op: String,
    /// Everything committed before this instant (unix ms) is in the messages before `ends`.
    pub ts_ms: Option<u64>,
    /// Where the relay goes on.
    pub position: Position,
    pub ends: Ends,
}

impl Heartbeat {
    pub fn new(ts_ms: Option<u64>, position: Position, ends: Ends) -> Self {
        Self { op: "heartbeat".to_owned(), ts_ms, position, ends }
    }

    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("numbers and strings are JSON")
    }

    /// `None`: not one.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|heartbeat: &Self| heartbeat.op == "heartbeat")
    }
}

pub fn sweep(database: &str, reason: &str, now_ms: u64) -> Vec<u8> {
    json!({"op": "sweep", "reason": reason, "ts_ms": now_ms, "source": {"db": database}})
        .to_string()
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{Heartbeat, Position};

    #[test]
    fn a_heartbeat_survives_the_wire() {
        let ends = [("shop.cars".to_owned(), [(0, 17), (1, 9)].into())].into();
        let heartbeat = Heartbeat::new(Some(5), Position("0-1-77".to_owned()), ends);
        let expected =
            r#"{"op":"heartbeat","ts_ms":5,"position":"0-1-77","ends":{"shop.cars":{"0":17,"1":9}}}"#;
        assert_eq!(String::from_utf8(heartbeat.write()).unwrap(), expected);
        assert_eq!(Heartbeat::read(expected.as_bytes()), Some(heartbeat));
        assert_eq!(Heartbeat::read(br#"{"op":"insert","after":{}}"#), None);
    }
}
