//! The cars' vectors by slot, laid out for the one thing they are for: scoring all of them.
//!
//! Blocks of 32 cars hold the first number of each car, then the second of each, and so on. Each car is a lane: its sum
//! goes through the numbers in order, as LightFM's does, while the compiler makes the 32 lanes vector instructions. No
//! fused multiply-add: it rounds once where LightFM rounds twice.

use std::sync::Arc;

/// Cars in a block.
pub const LANES: usize = 32;

#[derive(Clone, Debug, PartialEq)]
struct Block {
    /// `[component][lane]`
    numbers: Box<[f32]>,
    biases: [f32; LANES],
}

/// Blocks are shared with the vectors before until a car in them differs.
#[derive(Clone, Debug, Default)]
pub struct Vectors {
    components: usize,
    blocks: Vec<Arc<Block>>,
}

impl Vectors {
    pub fn new(components: usize) -> Self {
        Self { components, blocks: Vec::new() }
    }

    /// Returns whether the slot's vector was another one.
    pub fn put(&mut self, slot: usize, vector: &[f32], bias: f32) -> bool {
        let (block, lane) = (slot / LANES, slot % LANES);
        while self.blocks.len() <= block {
            let numbers = vec![0.0; self.components * LANES].into();
            self.blocks.push(Arc::new(Block { numbers, biases: [0.0; LANES] }));
        }
        let held = &self.blocks[block];
        let same = held.biases[lane].to_bits() == bias.to_bits()
            && vector
                .iter()
                .enumerate()
                .all(|(i, number)| held.numbers[i * LANES + lane].to_bits() == number.to_bits());
        if !same {
            let held = Arc::make_mut(&mut self.blocks[block]);
            held.biases[lane] = bias;
            for (i, &number) in vector.iter().enumerate() {
                held.numbers[i * LANES + lane] = number;
            }
        }
        !same
    }

    /// The vector of a slot, written out; zeros of one that has none.
    pub fn get(&self, slot: usize, vector: &mut [f32]) {
        vector.fill(0.0);
        if let Some(block) = self.blocks.get(slot / LANES) {
            for (i, number) in vector.iter_mut().enumerate() {
                *number = block.numbers[i * LANES + slot % LANES];
            }
        }
    }

    /// Scores of the 32 slots from `block * 32` on: `(base + bias) + q0 v0 + q1 v1 ...`, one after the other.
    pub fn scores(&self, block: usize, query: &[f32], base: f32) -> [f32; LANES] {
        let mut scores = [base; LANES];
        let Some(block) = self.blocks.get(block) else { return scores };
        for (score, bias) in scores.iter_mut().zip(&block.biases) {
            *score += bias;
        }
        // Rows of a length the compiler knows become vector code.
        let (rows, _) = block.numbers.as_chunks::<LANES>();
        for (row, &weight) in rows.iter().zip(query) {
            for (score, number) in scores.iter_mut().zip(row) {
                *score += weight * number;
            }
        }
        scores
    }
}
