//! Counts rows on their way.

use super::progress::Progress;
use super::table::{CARS, Cell, RowSink, Table};

/// Passes rows on to `sink`, counts them, and reports progress.
pub(super) struct Tally<'a> {
    sink: &'a mut dyn RowSink,
    progress: &'a mut Progress,
    pub(super) rows: u64,
    pub(super) live: u64,
    pub(super) sold: u64,
    pub(super) hidden: u64,
}

/// Progress is told in steps of this many rows: telling it costs more than inserting one.
const STEP: u64 = 2_048;

impl<'a> Tally<'a> {
    pub(super) fn new(sink: &'a mut dyn RowSink, progress: &'a mut Progress) -> Self {
        Self { sink, progress, rows: 0, live: 0, sold: 0, hidden: 0 }
    }
}

impl RowSink for Tally<'_> {
    fn insert(&mut self, table: &'static Table, row: &[Cell<'_>]) -> anyhow::Result<()> {
        self.sink.insert(table, row)?;
        self.rows += 1;
        if self.rows.is_multiple_of(STEP) {
            self.progress.advance(STEP);
        }
        if std::ptr::eq(table, &CARS)
            && let Some(Cell::Text(status)) = CARS.position("status").map(|place| &row[place])
        {
            match status.as_ref() {
                "live" => self.live += 1,
                "sold" => self.sold += 1,
                _ => self.hidden += 1,
            }
        }
        Ok(())
    }
}
