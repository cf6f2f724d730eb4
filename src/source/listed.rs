//! The cars that a source lists, and the rows that can be none: an id that is negative, not whole, or missing. There is no
//! page for those, and somebody should know.

use super::Value;
use crate::car::CarId;

/// The first column of the rows of a query.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) cars: Vec<CarId>,
    /// Rows that are no cars.
    strange: usize,
    /// The first of them, as text.
    example: String,
}

impl Listed {
    pub(super) fn push(&mut self, car: Option<CarId>, found: impl FnOnce() -> Value) {
        match car {
            Some(car) => self.cars.push(car),
            None => {
                if self.strange == 0 {
                    self.example = shown(&found());
                }
                self.strange += 1;
            }
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Int(i) => i.to_string(),
        Value::Real(r) => r.to_string(),
        Value::Text(text) => text.chars().take(40).collect(),
        Value::Bytes(n) => format!("{n} bytes"),
    }
}

/// How many of the rows were no cars when that was last said.
#[derive(Debug, Default)]
pub(super) struct Strange(usize);

impl Strange {
    /// Says it once, until it is another number.
    pub(super) fn cars(&mut self, listed: Listed) -> Vec<CarId> {
        let Listed { cars, strange, example } = listed;
        metrics::gauge!("forecourt_source_strange_ids").set(strange as f64);
        if strange != self.0 && strange > 0 {
            tracing::warn!(
                rows = strange,
                "queries.ids: expected whole numbers from 0, found `{example}`: no page for such rows"
            );
        }
        self.0 = strange;
        cars
    }
}

#[cfg(test)]
mod tests {
    use super::{CarId, Listed, Value};

    #[test]
    fn the_first_row_that_is_no_car_is_the_example() {
        for (found, example) in [
            (Value::Null, "NULL"),
            (Value::Int(-7), "-7"),
            (Value::Real(1.5), "1.5"),
            (Value::Text("x".repeat(500).into()), &*"x".repeat(40)),
            (Value::Bytes(3), "3 bytes"),
        ] {
            let mut listed = Listed::default();
            listed.push(Some(CarId(1)), || unreachable!());
            listed.push(None, || found);
            listed.push(None, || unreachable!());
            assert_eq!((listed.cars.len(), listed.strange, &*listed.example), (1, 2, example));
        }
    }
}
