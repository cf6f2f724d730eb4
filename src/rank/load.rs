//! A model's file: safetensors with metadata, as `training/` exports it. Nothing in it is believed: a file with a hole in it
//! is refused with a reason, and the model before stays.

use std::collections::{BTreeMap, HashMap};

use compact_str::CompactString;
use safetensors::{Dtype, SafeTensors};
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::Xxh3;

use super::attributes::{Attributes, NUMBERS};
use super::model::{Kind, Model};
use super::profile::Interaction;

/// Why a file is not a model: one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

const FORMAT: &str = "forecourt-model-1";
const COMPONENTS_MAX: usize = 512;

impl Model {
    /// Reads and checks a file's bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, Refused> {
        let (header_bytes, metadata) =
            SafeTensors::read_metadata(bytes).map_err(|e| refused(format!("no safetensors file: {e}")))?;
        let tensors =
            SafeTensors::deserialize(bytes).map_err(|e| refused(format!("no safetensors file: {e}")))?;
        let file = File { tensors, metadata: metadata.metadata().clone().unwrap_or_default() };
        let format = file.text("format")?;
        if format != FORMAT {
            return Err(refused(format!("the format is `{format}`, expected `{FORMAT}`")));
        }
        let numbers = bytes.get(8 + header_bytes..).unwrap_or_default();
        let model = file.model(file.id(numbers))?;
        file.check_golden(&model)?;
        Ok(model)
    }
}

fn refused(why: impl Into<String>) -> Refused {
    Refused(why.into())
}

struct File<'a> {
    tensors: SafeTensors<'a>,
    metadata: HashMap<String, String>,
}

impl File<'_> {
    /// Metadata counts: the same numbers with another decay give other orders. In what order a writer puts it does not.
    fn id(&self, numbers: &[u8]) -> u64 {
        let mut hasher = Xxh3::new();
        for (key, value) in self.metadata.iter().collect::<BTreeMap<_, _>>() {
            for text in [key, value] {
                hasher.update(&(text.len() as u64).to_le_bytes());
                hasher.update(text.as_bytes());
            }
        }
        hasher.update(numbers);
        hasher.digest().max(1)
    }

    fn model(&self, id: u64) -> Result<Model, Refused> {
        let names: Vec<CompactString> = self.json("features")?;
        let n_features = names.len();
        let (embeddings, shape) = self.floats("item_feature_embeddings")?;
        let &[rows, components] = shape.as_slice() else {
            return Err(refused("item_feature_embeddings: expected two dimensions"));
        };
        if rows != n_features || components == 0 || components % 8 != 0 || components > COMPONENTS_MAX {
            let shape = format!("item_feature_embeddings: {rows} x {components}");
            let expected = "a multiple of 8 components, 512 at most";
            return Err(refused(format!("{shape}, expected {n_features} features and {expected}")));
        }
        let (biases, _) = self.floats_of("item_feature_biases", &[n_features])?;
        let bands: BTreeMap<String, Vec<f64>> = self.json("bands")?;
        let bands = banded(&bands)?;
        let crosses: Vec<(String, String)> = self.json_or_default("crosses")?;
        let crosses = crosses.iter().map(|(left, right)| Ok((kind(left)?, kind(right)?)));
        let crosses: Vec<_> = crosses.collect::<Result<_, Refused>>()?;
        let mut features = HashMap::with_capacity_and_hasher(n_features, Default::default());
        for (row, name) in names.into_iter().enumerate() {
            check_name(&name, &bands, &crosses)?;
            let row = u32::try_from(row).map_err(|_| refused("too many features"))?;
            if features.insert(name.clone(), row).is_some() {
                return Err(refused(format!("the feature `{name}` is there twice")));
            }
        }
        let visitors = self.visitor_ids()?;
        let (visitor_embeddings, _) = self.floats_of("visitor_embeddings", &[visitors.len(), components])?;
        let (visitor_biases, _) = self.floats_of("visitor_biases", &[visitors.len()])?;
        let weights: BTreeMap<String, f32> = self.json("weights")?;
        let weight = |kind: Interaction| {
            let weight =
                weights.get(kind.as_str()).copied().filter(|weight| weight.is_finite() && *weight >= 0.0);
            weight.ok_or_else(|| refused(format!("weights: `{}` is missing or no weight", kind.as_str())))
        };
        let [view, wishlist, lead] = Interaction::ALL.map(weight);
        let normalize = self.text("normalize")?;
        if !["true", "false"].contains(&normalize) {
            return Err(refused(format!("normalize is `{normalize}`, expected true or false")));
        }
        Ok(Model {
            generation: self.text("generation")?.to_owned(),
            id,
            components,
            features,
            embeddings,
            biases,
            bands,
            crosses,
            normalize: normalize == "true",
            anchor_scale: self.positive("anchor_scale")?,
            weights: [view?, wishlist?, lead?],
            decay: self.positive("decay")?,
            cutoff_ms: self.number("cutoff_ms")?,
            visitors,
            visitor_embeddings,
            visitor_biases,
            n_features,
        })
    }

    /// Scores that LightFM gave, which this process has to give to the bit: else it is another computation.
    fn check_golden(&self, model: &Model) -> Result<(), Refused> {
        let cars: Vec<Attributes> = self.json("golden_cars")?;
        let rows = self.integers::<4>("golden_visitors")?;
        let (scores, _) = self.floats_of("golden_scores", &[rows.len(), cars.len()])?;
        if scores.is_empty() {
            return Err(refused("golden_scores are empty: nothing shows that scores are computed alike"));
        }
        let mut vector = vec![0.0; model.components];
        let vectors: Vec<_> = cars
            .iter()
            .map(|car| {
                let (bias, _) = model.vector(car, &mut vector);
                (vector.clone(), bias)
            })
            .collect();
        for (row, expected) in rows.iter().zip(scores.chunks_exact(cars.len())) {
            let row = u32::from_le_bytes(*row) as usize;
            if row >= model.visitors.len() {
                return Err(refused(format!("golden_visitors: there is no visitor in row {row}")));
            }
            let (visitor, base) = model.visitor_at(row);
            for ((car, (vector, bias)), expected) in cars.iter().zip(&vectors).zip(expected) {
                let start = base + bias;
                let score = visitor.iter().zip(vector).fold(start, |sum, (a, b)| sum + a * b);
                if score.to_bits() != expected.to_bits() {
                    let of = format!("visitor {} and car {}", model.visitors[row], car.car);
                    return Err(refused(format!(
                        "golden score of {of}: computed {score}, the file has {expected}"
                    )));
                }
            }
        }
        Ok(())
    }

    fn visitor_ids(&self) -> Result<Vec<u64>, Refused> {
        let ids = self.integers::<8>("visitor_ids")?;
        let ids: Vec<_> = ids.into_iter().map(u64::from_le_bytes).collect();
        if ids.first() == Some(&0) {
            return Err(refused("visitor_ids: 0 is nobody"));
        }
        if ids.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(refused("visitor_ids are not ascending"));
        }
        Ok(ids)
    }

    fn text(&self, key: &str) -> Result<&str, Refused> {
        self.metadata
            .get(key)
            .map(String::as_str)
            .ok_or_else(|| refused(format!("metadata `{key}` is missing")))
    }

    fn json<T: DeserializeOwned>(&self, key: &str) -> Result<T, Refused> {
        serde_json::from_str(self.text(key)?).map_err(|e| refused(format!("metadata `{key}`: {e}")))
    }

    fn json_or_default<T: DeserializeOwned + Default>(&self, key: &str) -> Result<T, Refused> {
        if self.metadata.contains_key(key) { self.json(key) } else { Ok(T::default()) }
    }

    fn number<T: std::str::FromStr>(&self, key: &str) -> Result<T, Refused> {
        let text = self.text(key)?;
        text.parse().map_err(|_| refused(format!("metadata `{key}` is `{text}`, which is no number")))
    }

    fn positive(&self, key: &str) -> Result<f32, Refused> {
        let number: f32 = self.number(key)?;
        let fine = number.is_finite() && number > 0.0;
        fine.then_some(number)
            .ok_or_else(|| refused(format!("metadata `{key}` is {number}, expected more than 0")))
    }

    fn bytes(&self, name: &str, dtypes: &[Dtype]) -> Result<(&[u8], Vec<usize>), Refused> {
        let tensor =
            self.tensors.tensor(name).map_err(|_| refused(format!("the tensor `{name}` is missing")))?;
        if !dtypes.contains(&tensor.dtype()) {
            return Err(refused(format!("{name}: {:?}, expected {:?}", tensor.dtype(), dtypes[0])));
        }
        Ok((tensor.data(), tensor.shape().to_vec()))
    }

    fn floats(&self, name: &str) -> Result<(Vec<f32>, Vec<usize>), Refused> {
        let (bytes, shape) = self.bytes(name, &[Dtype::F32])?;
        let (chunks, _) = bytes.as_chunks::<4>();
        let floats: Vec<_> = chunks.iter().map(|&chunk| f32::from_le_bytes(chunk)).collect();
        match floats.iter().position(|number| !number.is_finite()) {
            Some(place) => Err(refused(format!("{name}: number {place} is {}", floats[place]))),
            None => Ok((floats, shape)),
        }
    }

    fn floats_of(&self, name: &str, expected: &[usize]) -> Result<(Vec<f32>, Vec<usize>), Refused> {
        let (floats, shape) = self.floats(name)?;
        if shape != expected {
            return Err(refused(format!("{name}: shape {shape:?}, expected {expected:?}")));
        }
        Ok((floats, shape))
    }

    fn integers<const BYTES: usize>(&self, name: &str) -> Result<Vec<[u8; BYTES]>, Refused> {
        let dtypes: &[Dtype] = if BYTES == 8 { &[Dtype::U64, Dtype::I64] } else { &[Dtype::U32, Dtype::I32] };
        let (bytes, shape) = self.bytes(name, dtypes)?;
        if shape.len() != 1 {
            return Err(refused(format!("{name}: shape {shape:?}, expected one dimension")));
        }
        Ok(bytes.as_chunks::<BYTES>().0.to_vec())
    }
}

fn kind(name: &str) -> Result<Kind, Refused> {
    Kind::named(name).ok_or_else(|| refused(format!("`{name}` is no attribute of a car")))
}

fn banded(bands: &BTreeMap<String, Vec<f64>>) -> Result<[Option<Vec<f64>>; NUMBERS.len()], Refused> {
    let mut banded = [const { None }; NUMBERS.len()];
    for (name, bounds) in bands {
        let Kind::Number(number) = kind(name)? else {
            return Err(refused(format!("bands: `{name}` is a word")));
        };
        let ascending = bounds.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || bounds.iter().any(|bound| !bound.is_finite()) {
            return Err(refused(format!("bands: the bounds of `{name}` are not ascending numbers")));
        }
        banded[number] = Some(bounds.clone());
    }
    Ok(banded)
}

/// A name nobody would ever look up means that trainer and server do not speak the same language.
fn check_name(
    name: &str,
    bands: &[Option<Vec<f64>>; NUMBERS.len()],
    crosses: &[(Kind, Kind)],
) -> Result<(), Refused> {
    let unknown = || refused(format!("the feature `{name}` is none this build knows"));
    let simple = |name: &str| -> Option<Kind> {
        if let Some((kind, _)) = name.split_once('=') {
            return Kind::named(kind).filter(|kind| matches!(kind, Kind::Word(_)));
        }
        let (kind, band) = name.split_once(':')?;
        let Kind::Number(number) = Kind::named(kind)? else { return None };
        let bounds = bands[number].as_ref()?;
        (band.parse::<usize>().ok()? <= bounds.len()).then_some(Kind::Number(number))
    };
    if let Some(car) = name.strip_prefix("car=") {
        return car.parse::<u64>().map(drop).map_err(|_| unknown());
    }
    if simple(name).is_some() {
        return Ok(());
    }
    let crossed = name.match_indices('&').any(|(at, _)| {
        let pair = simple(&name[..at]).zip(simple(&name[at + 1..]));
        pair.is_some_and(|pair| crosses.contains(&pair))
    });
    if crossed { Ok(()) } else { Err(unknown()) }
}
