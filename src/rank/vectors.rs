//! The cars' vectors by slot, laid out for the one thing they are for: scoring all of them.
//!
//! Blocks of 32 cars hold their biases, the first number of each car, then the second of each, and so on; some blocks lie
//! one behind the other, so that the next is on its way while one is summed. Each car is a lane: its sum
//! goes through the numbers in order, as LightFM's does, while the compiler makes the 32 lanes vector instructions. No
//! fused multiply-add: it rounds once where LightFM rounds twice.

use std::sync::Arc;

/// Cars in a block.
pub const LANES: usize = 32;
/// Copied as one when a car in them changes.
const BLOCKS_TOGETHER: usize = 8;

/// One number of each car of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
struct Row([f32; LANES]);

/// Rows are shared with the vectors before until a car in them differs.
#[derive(Clone, Debug, Default)]
pub struct Vectors {
    components: usize,
    /// Of so many blocks each, the biases before the components.
    rows: Vec<Arc<[Row]>>,
}

impl Vectors {
    pub fn new(components: usize) -> Self {
        Self { components, rows: Vec::new() }
    }

    /// Returns whether the slot's vector was another one.
    pub fn put(&mut self, slot: usize, vector: &[f32], bias: f32) -> bool {
        let (block, lane) = (slot / LANES, slot % LANES);
        while self.block(block).is_none() {
            let rows = vec![Row([0.0; LANES]); BLOCKS_TOGETHER * (1 + self.components)];
            self.rows.push(rows.into());
        }
        let numbers = std::iter::once(bias).chain(vector.iter().copied());
        let held = self.block(block).unwrap_or_default();
        let same = numbers.clone().zip(held).all(|(number, row)| row.0[lane].to_bits() == number.to_bits());
        if !same {
            let first = block % BLOCKS_TOGETHER * (1 + self.components);
            let rows = &mut Arc::make_mut(&mut self.rows[block / BLOCKS_TOGETHER])[first..];
            rows.iter_mut().zip(numbers).for_each(|(row, number)| row.0[lane] = number);
        }
        !same
    }

    /// Biases and components.
    fn block(&self, block: usize) -> Option<&[Row]> {
        let rows = self.rows.get(block / BLOCKS_TOGETHER)?;
        Some(&rows[block % BLOCKS_TOGETHER * (1 + self.components)..][..1 + self.components])
    }

    /// The vector of a slot, written out; zeros of one that has none.
    pub fn get(&self, slot: usize, vector: &mut [f32]) {
        vector.fill(0.0);
        if let Some(rows) = self.block(slot / LANES) {
            for (row, number) in rows[1..].iter().zip(vector) {
                *number = row.0[slot % LANES];
            }
        }
    }

    /// Scores of the 32 slots from `block * 32` on: `(base + bias) + q0 v0 + q1 v1 ...`, one after the other.
    pub fn scores(&self, block: usize, query: &[f32], base: f32) -> [f32; LANES] {
        let mut scores = [base; LANES];
        let Some([biases, rows @ ..]) = self.block(block) else { return scores };
        for (score, bias) in scores.iter_mut().zip(&biases.0) {
            *score += bias;
        }
        for (row, &weight) in rows.iter().zip(query) {
            for (score, number) in scores.iter_mut().zip(&row.0) {
                *score += weight * number;
            }
        }
        scores
    }
}
