//! Models made by hand, and what is refused of them.

use std::collections::BTreeMap;
use std::collections::HashMap;

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::{Attributes, Model, Taste, Vectors};
use crate::car::{CarId, Status};
use crate::snapshot::catalogue_tests::details;

const COMPONENTS: usize = 8;

/// Everything a file is made of, to be damaged.
pub(crate) struct Draft {
    pub(crate) tensors: BTreeMap<&'static str, (Dtype, Vec<usize>, Vec<u8>)>,
    pub(crate) metadata: HashMap<String, String>,
}

/// Numbers that look like embeddings, the same for the same seed.
fn numbers(seed: u32, n: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).max(1);
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state as f32 / u32::MAX as f32 - 0.5) * 2.0
    };
    std::iter::repeat_with(next).take(n).collect()
}

fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

pub(crate) fn attributes(id: u64, price: u32) -> Attributes {
    Attributes::of_details(CarId(id), Status::Live, &details(price, 0))
}

impl Draft {
    pub(crate) fn new(seed: u32) -> Self {
        let features =
            ["make=renault", "fuel=Diesel", "price:0", "price:1", "price:2", "fuel=Diesel&price:1", "car=7"];
        let (n, d) = (features.len(), COMPONENTS);
        let (embeddings, biases) = (numbers(seed, n * d), numbers(seed + 1, n));
        let (visitors, visitor_biases) = (numbers(seed + 2, 2 * d), numbers(seed + 3, 2));
        let cars = [attributes(7, 200_000), attributes(8, 900_000)];
        // By hand: car 7 has rows 0, 1, 3, 5, 6 and car 8 rows 0, 1, 4.
        let sum = |rows: &[usize]| {
            let mut vector = vec![0.0f32; d];
            let mut bias = 0.0f32;
            for &row in rows {
                for j in 0..d {
                    vector[j] += 1.0f32 * embeddings[row * d + j];
                }
                bias += 1.0f32 * biases[row];
            }
            (vector, bias)
        };
        let mut golden = Vec::new();
        for u in 0..2 {
            for (vector, bias) in [sum(&[0, 1, 3, 5, 6]), sum(&[0, 1, 4])] {
                let mut score = visitor_biases[u] + bias;
                for j in 0..d {
                    score += visitors[u * d + j] * vector[j];
                }
                golden.push(score);
            }
        }
        let ids: Vec<u8> = [11u64, 12].iter().flat_map(|id| id.to_le_bytes()).collect();
        let rows: Vec<u8> = [0u32, 1].iter().flat_map(|row| row.to_le_bytes()).collect();
        let tensors = BTreeMap::from([
            ("item_feature_embeddings", (Dtype::F32, vec![n, d], bytes(&embeddings))),
            ("item_feature_biases", (Dtype::F32, vec![n], bytes(&biases))),
            ("visitor_ids", (Dtype::U64, vec![2], ids)),
            ("visitor_embeddings", (Dtype::F32, vec![2, d], bytes(&visitors))),
            ("visitor_biases", (Dtype::F32, vec![2], bytes(&visitor_biases))),
            ("golden_visitors", (Dtype::U32, vec![2], rows)),
            ("golden_scores", (Dtype::F32, vec![2, 2], bytes(&golden))),
        ]);
        let metadata = [
            ("format", "forecourt-model-1".to_owned()),
            ("generation", format!("test-{seed}")),
            ("features", serde_json::to_string(&features).unwrap()),
            ("bands", r#"{"price":[100000,500000]}"#.to_owned()),
            ("crosses", r#"[["fuel","price"]]"#.to_owned()),
            ("normalize", "false".to_owned()),
            ("anchor_scale", "1.5".to_owned()),
            ("weights", r#"{"view":1,"wishlist":3,"lead":10}"#.to_owned()),
            ("decay", "0.8".to_owned()),
            ("cutoff_ms", "1000".to_owned()),
            ("golden_cars", serde_json::to_string(&cars).unwrap()),
        ];
        let metadata = metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Self { tensors, metadata }
    }

    pub(crate) fn file(&self) -> Vec<u8> {
        let views = self.tensors.iter().map(|(name, (dtype, shape, bytes))| {
            (*name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
        });
        safetensors::serialize(views, Some(self.metadata.clone())).unwrap()
    }
}

/// A model that knows the test cars' price bands, and visitors 11 and 12.
pub(crate) fn model(seed: u32) -> Model {
    Model::read(&Draft::new(seed).file()).unwrap()
}

#[test]
fn a_good_file_is_read_and_gives_its_golden_scores() {
    let model = model(1);
    assert_eq!((model.components, model.n_features, model.n_visitors()), (8, 7, 2));
    assert!(model.visitor(12).is_some() && model.visitor(13).is_none());
}

#[test]
fn a_model_is_another_when_anything_it_says_is() {
    let id = |key: &str, value: &str| {
        let mut draft = Draft::new(1);
        draft.metadata.insert(key.to_owned(), value.to_owned());
        Model::read(&draft.file()).unwrap().id
    };
    assert_eq!(id("decay", "0.8"), model(1).id);
    for (key, value) in [("decay", "0.7"), ("cutoff_ms", "1001"), ("generation", "x")] {
        assert_ne!(id(key, value), model(1).id, "{key}");
    }
    assert_ne!(model(1).id, model(2).id);
}

#[test]
fn three_new_interactions_count_as_much_as_the_trained_vector() {
    let taste = |number: f32| Taste { vector: vec![number; COMPONENTS], base: number };
    for (n_new, expected) in [(0, 1.0), (1, 0.75), (3, 0.5), (9, 0.25)] {
        let blended = Taste::blended(taste(1.0), &taste(0.0), n_new);
        assert_eq!(blended, Taste { vector: vec![expected; COMPONENTS], base: 1.0 }, "{n_new}");
    }
}

#[test]
fn a_file_with_a_hole_in_it_is_refused_with_the_reason() {
    let damaged = |damage: fn(&mut Draft)| {
        let mut draft = Draft::new(1);
        damage(&mut draft);
        Model::read(&draft.file()).map(|model| model.generation).unwrap_err().0
    };
    fn tensor<'a>(draft: &'a mut Draft, name: &str) -> &'a mut (Dtype, Vec<usize>, Vec<u8>) {
        draft.tensors.get_mut(name).unwrap()
    }
    fn set(draft: &mut Draft, key: &str, value: &str) {
        draft.metadata.insert(key.to_owned(), value.to_owned());
    }
    type Damage = fn(&mut Draft);
    let cases: [(Damage, &str); 17] = [
        (|d| set(d, "format", "x"), "the format is `x`"),
        (|d| drop(d.metadata.remove("generation")), "metadata `generation` is missing"),
        (|d| drop(d.tensors.remove("visitor_biases")), "the tensor `visitor_biases` is missing"),
        (|d| tensor(d, "item_feature_biases").1 = vec![7, 1], "item_feature_biases: shape [7, 1]"),
        (|d| tensor(d, "item_feature_embeddings").1 = vec![14, 4], "14 x 4"),
        (|d| tensor(d, "golden_scores").0 = Dtype::I32, "golden_scores: I32, expected F32"),
        (
            |d| tensor(d, "item_feature_biases").2[..4].copy_from_slice(&f32::NAN.to_le_bytes()),
            "number 0 is NaN",
        ),
        (
            |d| tensor(d, "visitor_embeddings").2[4..8].copy_from_slice(&f32::INFINITY.to_le_bytes()),
            "number 1 is inf",
        ),
        (|d| tensor(d, "visitor_ids").2.swap(0, 8), "visitor_ids are not ascending"),
        (|d| tensor(d, "golden_scores").2[0] ^= 1, "golden score of visitor 11 and car 7"),
        (|d| tensor(d, "golden_visitors").2[0] = 9, "there is no visitor in row 9"),
        (
            |d| set(d, "features", r#"["a","a","a","a","a","a","a"]"#),
            "the feature `a` is none this build knows",
        ),
        (|d| set(d, "bands", r#"{"price":[5,1]}"#), "not ascending"),
        (|d| set(d, "bands", r#"{"wheels":[5]}"#), "`wheels` is no attribute of a car"),
        (|d| set(d, "crosses", "[]"), "golden score"),
        (|d| set(d, "decay", "-1"), "`decay` is -1"),
        (|d| set(d, "weights", r#"{"view":1}"#), "weights: `wishlist` is missing"),
    ];
    for (damage, expected) in cases {
        let reason = damaged(damage);
        assert!(reason.contains(expected), "{reason} does not say {expected}");
    }
    let file = Draft::new(1).file();
    for len in [0, 7, 100, file.len() - 1] {
        assert!(Model::read(&file[..len]).is_err(), "cut at {len}");
    }
}

#[test]
fn scores_of_a_block_are_those_of_one_car_after_the_other() {
    let mut vectors = Vectors::new(COMPONENTS);
    let rows: Vec<_> =
        (0..70).map(|slot| (numbers(slot + 9, COMPONENTS), numbers(slot + 99, 1)[0])).collect();
    for (slot, (vector, bias)) in rows.iter().enumerate() {
        assert!(vectors.put(slot, vector, *bias));
        assert!(!vectors.put(slot, vector, *bias));
    }
    let query = numbers(5, COMPONENTS);
    for (slot, (vector, bias)) in rows.iter().enumerate() {
        let mut expected = 0.25 + bias;
        for j in 0..COMPONENTS {
            expected += query[j] * vector[j];
        }
        let score = vectors.scores(slot / 32, &query, 0.25)[slot % 32];
        assert_eq!(score.to_bits(), expected.to_bits(), "slot {slot}");
        let mut back = vec![0.0; COMPONENTS];
        vectors.get(slot, &mut back);
        assert_eq!(&back, vector);
    }
}

#[test]
fn cars_share_what_the_model_tells_apart_and_nothing_by_lacking_it() {
    let model = model(1);
    let [car, dearer] = [attributes(7, 200_000), attributes(8, 900_000)];
    let traits = |car: &Attributes| model.vector(car, &mut [0.0; COMPONENTS]).1;
    let shared = |one: &Attributes, other: &Attributes| traits(one).shared(&traits(other).compared());
    // The make, the fuel and the band of the price: no more is in the features.
    assert_eq!(shared(&car, &attributes(8, 200_001)), 3);
    assert_eq!(shared(&car, &dearer), 2);
    let other = Attributes { make: "lada".into(), fuel: "Coal".into(), ..dearer };
    assert_eq!((shared(&car, &other), shared(&other, &other)), (0, 1));
}
