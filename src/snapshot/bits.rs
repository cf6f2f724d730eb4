//! Sets of slots, 64 a word. Words that are not there are zeros.

use std::sync::Arc;

use super::Slot;

pub fn set(bits: &mut Arc<Vec<u64>>, slot: Slot, to: bool) {
    if has(bits, slot) == to {
        return;
    }
    let (word, bit) = (slot.0 as usize / 64, 1 << (slot.0 % 64));
    let bits = Arc::make_mut(bits);
    if bits.len() <= word {
        bits.resize(word + 1, 0);
    }
    bits[word] ^= bit;
}

/// Takes a slot out of a set of one's own. Returns whether it was in.
pub fn remove(bits: &mut [u64], slot: Slot) -> bool {
    let was = has(bits, slot);
    if was {
        bits[slot.0 as usize / 64] ^= 1 << (slot.0 % 64);
    }
    was
}

pub fn has(bits: &[u64], slot: Slot) -> bool {
    bits.get(slot.0 as usize / 64).is_some_and(|word| word & (1 << (slot.0 % 64)) != 0)
}

pub fn count(bits: &[u64]) -> usize {
    bits.iter().map(|word| word.count_ones() as usize).sum()
}

/// How many slots are in both.
pub fn count_both(a: &[u64], b: &[u64]) -> usize {
    a.iter().zip(b).map(|(a, b)| (a & b).count_ones() as usize).sum()
}

/// Keeps of `bits` what `other` has too.
pub fn keep(bits: &mut [u64], other: &[u64]) {
    let n = bits.len().min(other.len());
    bits.iter_mut().zip(other).for_each(|(word, other)| *word &= other);
    bits[n..].fill(0);
}

/// Adds to `bits` what `other` has, as far as `bits` goes.
pub fn add(bits: &mut [u64], other: &[u64]) {
    bits.iter_mut().zip(other).for_each(|(word, other)| *word |= other);
}

/// The slots, ascending.
pub fn slots(bits: &[u64]) -> impl Iterator<Item = Slot> {
    bits.iter().enumerate().flat_map(|(i, &word)| {
        let first = u32::try_from(i * 64).unwrap_or(u32::MAX);
        // Clears the lowest bit each time until none is left.
        std::iter::successors(Some(word), |&rest| Some(rest & rest.wrapping_sub(1)))
            .take_while(|&rest| rest != 0)
            .map(move |rest| Slot(first + rest.trailing_zeros()))
    })
}
