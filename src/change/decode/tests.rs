//! Every form, as it is found in the topics of those who write it.

use proptest::prelude::{any, proptest};
use serde_json::{Value, json};

use super::{Reason, decode, encode};
use crate::change::{ALL_TABLES, Change, Image, Op, Origin};

fn read(key: &str, value: &str) -> Result<Vec<Change>, Reason> {
    let key = (!key.is_empty()).then_some(key.as_bytes());
    decode(Some("topic_table"), "shop", key, Some(value.as_bytes()))
}

fn image(value: Value) -> Option<Image> {
    match value {
        Value::Object(image) => Some(image),
        _ => None,
    }
}

/// Table, op, before, after.
type Told = (&'static str, Op, Value, Value);

/// Key, value, and what each message comes to.
#[allow(clippy::too_many_lines)]
fn samples() -> Vec<(&'static str, &'static str, Vec<Told>)> {
    let moved = json!({"id": 7, "car_id": 1000});
    let to = json!({"id": 7, "car_id": 1001});
    vec![
        // The seed's, bare.
        (
            "",
            r#"{"op":"update","before":{"id":7,"car_id":1000},"after":{"id":7,"car_id":1001}}"#,
            vec![("topic_table", Op::Update, moved.clone(), to.clone())],
        ),
        (
            "",
            r#"{"op":"insert","before":null,"after":{"id":18446744073709551615,"price":"350000.00"}}"#,
            vec![("topic_table", Op::Insert, Value::Null, json!({"id": u64::MAX, "price": "350000.00"}))],
        ),
        (
            "",
            r#"{"op":"delete","before":{"id":7}}"#,
            vec![("topic_table", Op::Delete, json!({"id": 7}), Value::Null)],
        ),
        (
            r#"{"id":7}"#,
            r#"{"op":"delete","before":null}"#,
            vec![("topic_table", Op::Delete, json!({"id": 7}), Value::Null)],
        ),
        ("", r#"{"op":"insert","after":null}"#, vec![("topic_table", Op::Table, Value::Null, Value::Null)]),
        (
            "",
            r#"{"op":"update","before":{"id":null},"after":{"id":null,"price":3}}"#,
            vec![("topic_table", Op::Update, json!({"id": null}), json!({"id": null, "price": 3}))],
        ),
        ("", r#"{"op":"insert","after":{"id":1},"source":{"db":"other","table":"cars"}}"#, vec![]),
        (
            "",
            r#"{"op":"ddl","table":"cars","reason":"alter table"}"#,
            vec![("cars", Op::Table, Value::Null, Value::Null)],
        ),
        (
            "",
            r#"{"op":"ddl","table":null,"sql":"drop table x"}"#,
            vec![(ALL_TABLES, Op::Table, Value::Null, Value::Null)],
        ),
        ("", r#"{"op":"truncate"}"#, vec![("topic_table", Op::Table, Value::Null, Value::Null)]),
        ("", r#"{"op":"heartbeat","ts_ms":1,"position":"x","ends":{}}"#, vec![]),
        // Debezium, without a schema.
        (
            r#"{"id":7}"#,
            r#"{"before":{"id":7,"car_id":1000},"after":{"id":7,"car_id":1001},"source":{"version":"3.5.0.Final","connector":"mysql","name":"dbz","ts_ms":1700000000000,"snapshot":"false","db":"shop","sequence":null,"table":"car_photos","server_id":223344,"gtid":"3e11fa47-71ca-11e1-9e33-c80aa9429562:23","file":"mysql-bin.000003","pos":484,"row":0,"thread":7,"query":null},"transaction":null,"op":"u","ts_ms":1700000000123,"ts_us":1700000000123456,"ts_ns":1700000000123456789}"#,
            vec![("car_photos", Op::Update, moved.clone(), to.clone())],
        ),
        (
            r#"{"id":7}"#,
            r#"{"before":null,"after":{"id":7},"source":{"db":"shop","table":"cars","snapshot":"first"},"op":"r","ts_ms":1}"#,
            vec![("cars", Op::Insert, Value::Null, json!({"id": 7}))],
        ),
        (
            "",
            r#"{"before":null,"after":null,"source":{"db":"shop","table":"cars"},"op":"t","ts_ms":1}"#,
            vec![("cars", Op::Table, Value::Null, Value::Null)],
        ),
        ("", r#"{"op":"m","ts_ms":1,"message":{"prefix":"x","content":"eA=="}}"#, vec![]),
        (
            "",
            r#"{"before":null,"after":{"id":7},"source":{"db":"other","table":"cars"},"op":"c","ts_ms":1}"#,
            vec![],
        ),
        // With a schema: the key column is a DECIMAL(20,0).
        (
            r#"{"schema":{"type":"struct"},"payload":{"id":"A+g="}}"#,
            r#"{"schema":{"type":"struct","fields":[{"type":"struct","fields":[{"type":"bytes","optional":false,"name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"0","connect.decimal.precision":"20"},"field":"car_id"},{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"},"field":"price"}],"optional":true,"field":"before"},{"type":"struct","fields":[{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"0"},"field":"car_id"},{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"},"field":"price"}],"optional":true,"field":"after"},{"type":"string","optional":false,"field":"op"}],"name":"dbz.shop.cars.Envelope"},"payload":{"before":{"car_id":"A+g=","price":null},"after":{"car_id":"A+g=","price":"AeJA"},"source":{"db":"shop","table":"cars"},"op":"u","ts_ms":1}}"#,
            vec![(
                "cars",
                Op::Update,
                json!({"car_id": 1000, "price": null}),
                json!({"car_id": 1000, "price": "1234.56"}),
            )],
        ),
        ("", r#"{"schema":{"type":"struct"},"payload":{"ts_ms":1700000000000}}"#, vec![]),
        ("", r#"{"ts_ms":1700000000000,"ts_us":1,"ts_ns":1}"#, vec![]),
        ("", r#"{"status":"END","id":"x:1","ts_ms":1,"event_count":2,"data_collections":[]}"#, vec![]),
        (
            "",
            r#"{"source":{"db":"shop"},"ts_ms":1,"databaseName":"shop","schemaName":null,"ddl":"ALTER TABLE cars ADD x INT","tableChanges":[{"type":"ALTER","id":"\"shop\".\"cars\"","table":{}}]}"#,
            vec![("cars", Op::Table, Value::Null, Value::Null)],
        ),
        (
            "",
            r#"{"source":{},"databaseName":"shop","ddl":"CREATE VIEW x","tableChanges":[]}"#,
            vec![(ALL_TABLES, Op::Table, Value::Null, Value::Null)],
        ),
        ("", r#"{"source":{},"databaseName":"other","ddl":"CREATE TABLE x","tableChanges":[]}"#, vec![]),
        // Maxwell.
        (
            r#"{"database":"shop","table":"car_photos","pk.id":7}"#,
            r#"{"database":"shop","table":"car_photos","type":"update","ts":1477053217,"xid":23396,"commit":true,"position":"master.000006:800911","server_id":23042,"data":{"id":7,"car_id":1001},"old":{"car_id":1000}}"#,
            vec![("car_photos", Op::Update, moved.clone(), to.clone())],
        ),
        (
            "",
            r#"{"database":"shop","table":"cars","type":"delete","ts":1,"data":{"id":7}}"#,
            vec![("cars", Op::Delete, json!({"id": 7}), Value::Null)],
        ),
        (
            "",
            r#"{"database":"shop","table":"cars","type":"bootstrap-insert","ts":1,"data":{"id":7}}"#,
            vec![("cars", Op::Insert, Value::Null, json!({"id": 7}))],
        ),
        ("", r#"{"database":"shop","table":"cars","type":"bootstrap-start","ts":1,"data":{}}"#, vec![]),
        (
            "",
            r#"{"type":"table-alter","database":"shop","table":"cars","old":{},"def":{},"ts":1,"sql":"ALTER TABLE cars"}"#,
            vec![("cars", Op::Table, Value::Null, Value::Null)],
        ),
        (
            "",
            r#"{"type":"database-drop","database":"shop","ts":1,"sql":"drop database shop"}"#,
            vec![(ALL_TABLES, Op::Table, Value::Null, Value::Null)],
        ),
        ("", r#"{"database":"other","table":"cars","type":"insert","ts":1,"data":{"id":7}}"#, vec![]),
        // Canal, flat.
        (
            "",
            r#"{"data":[{"id":"7","car_id":"1001"},{"id":"8","car_id":"1002"}],"database":"shop","es":1589373515000,"id":3,"isDdl":false,"mysqlType":{"id":"int"},"old":[{"car_id":"1000"},{"car_id":"1003"}],"pkNames":["id"],"sql":"","sqlType":{"id":4},"table":"car_photos","ts":1589373515477,"type":"UPDATE"}"#,
            vec![
                (
                    "car_photos",
                    Op::Update,
                    json!({"id": "7", "car_id": "1000"}),
                    json!({"id": "7", "car_id": "1001"}),
                ),
                (
                    "car_photos",
                    Op::Update,
                    json!({"id": "8", "car_id": "1003"}),
                    json!({"id": "8", "car_id": "1002"}),
                ),
            ],
        ),
        (
            "",
            r#"{"data":[{"id":"7"}],"database":"shop","table":"cars","isDdl":false,"old":null,"type":"DELETE"}"#,
            vec![("cars", Op::Delete, json!({"id": "7"}), Value::Null)],
        ),
        (
            "",
            r#"{"data":null,"database":"shop","table":"cars","isDdl":true,"sql":"truncate cars","type":"TRUNCATE"}"#,
            vec![("cars", Op::Table, Value::Null, Value::Null)],
        ),
        ("", r#"{"data":null,"database":"other","table":"cars","isDdl":true,"type":"ERASE"}"#, vec![]),
    ]
}

#[test]
fn every_form_comes_to_the_same_changes() {
    for (key, value, expected) in samples() {
        let changes = read(key, value).unwrap_or_else(|e| panic!("{value}: {e}"));
        let told: Vec<_> = changes.into_iter().map(|c| (c.table, c.op, c.before, c.after)).collect();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(table, op, before, after)| (table.to_owned(), op, image(before), image(after)))
            .collect();
        assert_eq!(told, expected, "{value}");
    }
    assert_eq!(decode(None, "shop", Some(b"{}"), None), Ok(vec![]), "a tombstone");
}

#[test]
fn what_cannot_be_read_is_named() {
    for (value, expected) in [
        ("", "empty"),
        ("{", "not JSON"),
        ("[1]", "not an object"),
        ("\0\0\0\0\u{1}abc", "Avro"),
        (r#"{"id":7}"#, "no known form"),
        (r#"{"op":"upsert","after":{}}"#, "unknown op `upsert`"),
        (r#"{"op":"x","after":{},"source":{}}"#, "unknown op `x` of Debezium"),
        (r#"{"op":"insert","after":[1]}"#, "`after` is neither"),
        (r#"{"type":"merge","database":"shop","data":{}}"#, "unknown type `merge` of Maxwell"),
        (r#"{"type":"MERGE","database":"shop","data":[]}"#, "unknown type `MERGE` of Canal"),
        (r#"{"type":"INSERT","database":"shop","data":[1]}"#, "not a row"),
        (r#"{"schema":{},"payload":{"id":1}}"#, "not of Debezium's form"),
    ] {
        let reason = read("", value).expect_err(value).to_string();
        assert!(reason.contains(expected), "{value}: {reason}");
    }
    assert!(decode(None, "shop", None, Some(br#"{"op":"insert","after":{"id":1}}"#)).is_err(), "no table");
    let large = vec![b' '; super::VALUE_BYTES_MAX + 1];
    assert!(decode(None, "shop", None, Some(&large)).unwrap_err().to_string().contains("at most"));
}

#[test]
fn where_the_binlog_has_it_is_told() {
    let place = |value| read("", value).unwrap().remove(0).origin;
    let debezium = r#"{"op":"c","after":{"id":1},"source":{"db":"shop","table":"cars","server_id":5,"gtid":"aa-bb:23","file":"b.000003","pos":484,"row":2,"ts_ms":9}}"#;
    let gtid = Some("aa-bb:23".to_owned());
    let expected = Origin { server_id: 5, gtid, file: "b.000003".to_owned(), pos: 484, row: 2, ts_ms: 9 };
    assert_eq!(place(debezium), Some(expected));
    let maxwell = r#"{"database":"shop","table":"cars","type":"insert","ts":2,"position":"m.000006:80","data":{"id":1}}"#;
    let expected = Origin { file: "m.000006".to_owned(), pos: 80, ts_ms: 2000, ..Origin::default() };
    assert_eq!(place(maxwell), Some(expected));
    assert_eq!(place(r#"{"op":"insert","after":{"id":1}}"#), None);
    assert_eq!(
        place(
            r#"{"op":"c","after":{"id":1},"source":{"db":"shop","table":"cars","gtid":null,"file":"","pos":0}}"#
        ),
        None
    );
}

#[test]
fn our_own_form_survives_the_wire() {
    let key: std::sync::Arc<[String]> = ["id".to_owned()].into();
    let origin = Some(Origin {
        server_id: 1,
        gtid: Some("0-1-5".to_owned()),
        file: "b.000001".to_owned(),
        pos: 4,
        row: 1,
        ts_ms: 3,
    });
    let change = Change {
        key,
        origin,
        ..Change::row(
            "cars",
            Op::Update,
            image(json!({"id": u64::MAX})),
            image(json!({"id": 7, "price": "3.00"})),
        )
    };
    let encoded = encode(&change, "shop", 9);
    assert_eq!(encoded.key.as_deref(), Some(&br#"{"id":7}"#[..]));
    let read = decode(None, "shop", encoded.key.as_deref(), Some(&encoded.value)).unwrap();
    assert_eq!(read, [change]);
    for table in ["cars", ALL_TABLES] {
        let change = Change::whole_table(table, "truncate cars");
        let encoded = encode(&change, "shop", 9);
        assert_eq!(encoded.key, None);
        assert_eq!(decode(None, "shop", None, Some(&encoded.value)).unwrap(), [change]);
    }
    assert_eq!(encode(&Change::row("cars", Op::Insert, None, image(json!({"id": 7}))), "shop", 9).key, None);
}

proptest! {
    #[test]
    fn no_bytes_panic(key in any::<Option<Vec<u8>>>(), value in any::<Vec<u8>>()) {
        let _ = decode(None, "shop", key.as_deref(), Some(&value));
    }

    /// Messages that nearly are of a form: one piece of a sample replaced by another.
    #[test]
    fn no_broken_message_panics(which in 0usize..1000, from in 0usize..2000, len in 0usize..30, with in "[\\[\\]{}\"a-z0-9:,]{0,12}") {
        let samples = samples();
        let (key, value, _) = &samples[which % samples.len()];
        let mut bytes = value.as_bytes().to_vec();
        let from = from % bytes.len();
        let to = (from + len).min(bytes.len());
        bytes.splice(from..to, with.bytes());
        let _ = decode(Some("t"), "shop", Some(key.as_bytes()), Some(&bytes));
    }
}
