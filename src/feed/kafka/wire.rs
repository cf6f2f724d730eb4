//! Messages as JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::car::CarId;
use crate::change::Position;
use crate::feed::{Kind, Message};

#[derive(Debug, Serialize, Deserialize)]
struct Wire {
    epoch: u64,
    sequence: u64,
    previous: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cars: Option<BTreeMap<u64, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    as_of_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

pub(super) fn write(message: &Message) -> Vec<u8> {
    let Message { epoch, sequence, previous, kind, position: _ } = message;
    let (cars, as_of_ms, fault) = match kind {
        Kind::Invalidation(cars) => {
            let cars =
                cars.iter().map(|(car, version)| (car.0, format!("{}.{}", version.epoch, version.sequence)));
            (Some(cars.collect()), None, None)
        }
        Kind::Heartbeat { as_of_ms, fault } => (None, Some(*as_of_ms), fault.clone()),
    };
    let wire = Wire { epoch: *epoch, sequence: *sequence, previous: *previous, cars, as_of_ms, fault };
    serde_json::to_vec(&wire).expect("numbers and strings are JSON")
}

pub(super) fn read(bytes: &[u8]) -> Result<Message, String> {
    let wire: Wire = serde_json::from_slice(bytes).map_err(|e| format!("not a message of the feed: {e}"))?;
    let Wire { epoch, sequence, previous, cars, as_of_ms, fault } = wire;
    let kind = match (cars, as_of_ms) {
        (Some(cars), None) => {
            let cars = cars.into_iter().map(|(car, version)| Some((CarId(car), version.parse().ok()?)));
            Kind::Invalidation(cars.collect::<Option<_>>().ok_or("a version is not `epoch.sequence`")?)
        }
        (None, Some(as_of_ms)) => Kind::Heartbeat { as_of_ms, fault },
        _ => return Err("neither an invalidation nor a heartbeat".to_owned()),
    };
    Ok(Message { epoch, sequence, previous, kind, position: Position::default() })
}

#[cfg(test)]
mod tests {
    use super::{read, write};
    use crate::car::{CarId, Version};
    use crate::feed::{Kind, Message};

    #[test]
    fn messages_survive_the_wire_and_anything_else_is_named() {
        let cars = vec![(CarId(1000), Version { epoch: 1, sequence: 5 })];
        for (kind, expected) in [
            (Kind::Invalidation(cars), r#"{"epoch":1,"sequence":5,"previous":4,"cars":{"1000":"1.5"}}"#),
            (
                Kind::Heartbeat { as_of_ms: 7, fault: None },
                r#"{"epoch":1,"sequence":5,"previous":4,"as_of_ms":7}"#,
            ),
            (
                Kind::Heartbeat { as_of_ms: 0, fault: Some("away".to_owned()) },
                r#"{"epoch":1,"sequence":5,"previous":4,"as_of_ms":0,"fault":"away"}"#,
            ),
        ] {
            let message = Message { epoch: 1, sequence: 5, previous: 4, kind, position: Default::default() };
            assert_eq!(String::from_utf8(write(&message)).unwrap(), expected);
            assert_eq!(read(expected.as_bytes()), Ok(message));
        }
        for bad in [
            "",
            "{}",
            r#"{"epoch":1,"sequence":1,"previous":0}"#,
            r#"{"epoch":1,"sequence":1,"previous":0,"cars":{"1":"x"}}"#,
        ] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
