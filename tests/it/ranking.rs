//! Ranking models as their file is replaced, and what visitors carry between instances.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{Instance, Place, until};

const BUILT_IN: &[u8] = include_bytes!("../../assets/model.safetensors");

/// The built-in model under another name; reversed, it gives everybody without a history the opposite order: with embeddings
/// and biases of another sign every sum has the same digits.
fn model(generation: &str, is_reversed: bool) -> Vec<u8> {
    damaged(|header, numbers| {
        header["__metadata__"]["generation"] = generation.into();
        if is_reversed {
            let turned =
                ["item_feature_embeddings", "item_feature_biases", "visitor_biases", "golden_scores"];
            for tensor in turned {
                let [from, to] = offsets(header, tensor);
                numbers[from..to].chunks_exact_mut(4).for_each(|number| number[3] ^= 0x80);
            }
        }
    })
}

fn offsets(header: &Value, tensor: &str) -> [usize; 2] {
    serde_json::from_value(header[tensor]["data_offsets"].clone()).unwrap()
}

fn damaged(damage: impl FnOnce(&mut Value, &mut [u8])) -> Vec<u8> {
    let (n, rest) = BUILT_IN.split_first_chunk::<8>().unwrap();
    let (header, numbers) = rest.split_at(usize::try_from(u64::from_le_bytes(*n)).unwrap());
    let (mut header, mut numbers) = (serde_json::from_slice(header).unwrap(), numbers.to_vec());
    damage(&mut header, &mut numbers);
    let mut header = header.to_string().into_bytes();
    header.resize(header.len().next_multiple_of(8), b' ');
    [&(header.len() as u64).to_le_bytes(), header.as_slice(), &numbers].concat()
}

/// As `training/` does it: whole, by a rename.
fn replace(file: &Path, bytes: &[u8]) {
    let new = file.with_extension("new");
    fs::write(&new, bytes).unwrap();
    fs::rename(new, file).unwrap();
}

fn generation(instance: &Instance) -> String {
    instance.status()["models"][0].as_str().unwrap().to_owned()
}

fn taken(instance: &Instance, expected: &str) {
    until("the model is taken", || (generation(instance) == expected).then_some(()));
}

struct Walk {
    cards: Vec<String>,
    next: Option<String>,
    was_renewed: bool,
}

fn page(instance: &Instance, path: &str) -> Walk {
    let page = instance.get(path);
    assert_eq!(page.status, 200, "{path}");
    Walk {
        cards: page.all("<h2><a href=\""),
        next: page.all("rel=\"next\" href=\"").pop().map(|next| next.replace("&amp;", "&")),
        was_renewed: page.has("The recommendations were renewed meanwhile"),
    }
}

/// From a page to the last one: the cards, and how often it was said that the order is a new one.
fn walk(instance: &Instance, from: &str) -> (Vec<String>, usize) {
    let (mut path, mut cards, mut n_renewed) = (Some(from.to_owned()), Vec::new(), 0);
    while let Some(at) = path {
        let page = page(instance, &at);
        cards.extend(page.cards);
        n_renewed += usize::from(page.was_renewed);
        path = page.next;
    }
    (cards, n_renewed)
}

fn served(place: &Place, bytes: &[u8]) -> (PathBuf, Instance) {
    let file = place.path("model.safetensors");
    fs::write(&file, bytes).unwrap();
    let instance = place.serve().with("RANK__MODEL", file.to_str().unwrap()).ready();
    (file, instance)
}

#[test]
fn a_running_list_keeps_its_order_until_three_newer_models_have_come() {
    let place = Place::with_cars(45);
    let (file, instance) = served(&place, &model("first", false));
    let (before, _) = walk(&instance, "/cars");
    let next = page(&instance, "/cars").next.unwrap();
    assert_eq!(before.len(), 45);

    replace(&file, &model("second", true));
    taken(&instance, "second");
    assert_ne!(walk(&instance, "/cars").0, before, "who begins now gets the new order");
    assert_eq!(walk(&instance, &next), (before[10..].to_vec(), 0));
    replace(&file, &model("third", false));
    taken(&instance, "third");
    assert_eq!(walk(&instance, &next), (before[10..].to_vec(), 0));

    replace(&file, &model("fourth", true));
    taken(&instance, "fourth");
    let (mut rest, n_renewed) = walk(&instance, &next);
    assert_eq!(n_renewed, 1, "it is said once");
    assert_ne!(rest, before[10..]);
    rest.sort_unstable();
    let mut expected = before[10..].to_vec();
    expected.sort_unstable();
    assert_eq!(rest, expected, "no car twice, none left out");
    assert_eq!(instance.status()["models"], serde_json::json!(["fourth", "third", "second"]));
    instance.end();
}

#[test]
fn what_is_no_model_changes_nothing_and_is_said_until_there_is_one_again() {
    let place = Place::with_cars(15);
    let (file, instance) = served(&place, BUILT_IN);
    let first = generation(&instance);
    let before = walk(&instance, "/cars").0;
    let said = |expected: &str| {
        until(expected, || instance.admin.get("/readyz").text().contains(expected).then_some(()));
        assert_eq!(generation(&instance), first, "{expected}");
        assert_eq!(walk(&instance, "/cars").0, before, "{expected}");
    };
    let not_a_number = damaged(|header, numbers| {
        let [from, _] = offsets(header, "visitor_embeddings");
        numbers[from..from + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    let wrong_names = damaged(|header, _| {
        let features = header["__metadata__"]["features"].as_str().unwrap().replace("fuel=", "petrol=");
        header["__metadata__"]["features"] = features.into();
    });
    let bad: [(&[u8], &str); 5] = [
        (b"GARBAGE, and more of it", "no safetensors file: header too large"),
        (&BUILT_IN[..BUILT_IN.len() / 2], "no safetensors file: incomplete metadata"),
        (&[], "no safetensors file: header too small"),
        (&not_a_number, "visitor_embeddings: number 0 is NaN"),
        (&wrong_names, "the feature `petrol=CNG` is none this build knows"),
    ];
    for (bytes, expected) in bad {
        replace(&file, bytes);
        said(&format!("model: {}: {expected}", file.display()));
    }
    fs::remove_file(&file).unwrap();
    said("No such file");
    fs::create_dir(&file).unwrap();
    said("not a file");
    let fault = &instance.status()["degraded"]["faults"][0];
    assert!(fault["reason"].as_str().unwrap().ends_with("the model before stays"), "{fault}");
    fs::remove_dir(&file).unwrap();

    replace(&file, &model("after all", true));
    taken(&instance, "after all");
    assert!(!instance.admin.get("/readyz").has("model:"));
    assert_eq!(instance.process.log().matches("the model before stays").count(), 7, "each said once");
    assert_ne!(walk(&instance, "/cars").0, before);
    assert!(instance.metric("forecourt_model_reads_total{outcome=\"refused\"}") >= 7.0);
    instance.end();
}

#[test]
fn what_is_signed_is_taken_by_who_has_the_key_and_is_nothing_to_others() {
    let place = Place::with_cars(15);
    let with_keys = |name: &str, keys: &str| {
        fs::write(place.path(name), keys).unwrap();
        let serve = place.serve().with("VISITOR__KEYS_FILE", place.path(name).to_str().unwrap());
        serve.data(&place.path(&format!("{name} data"))).ready()
    };
    let one = with_keys("one", "the first of our keys\n");
    let other = with_keys("other", "a key nobody knows\n");
    let both = with_keys("both", "the second of our keys\nthe first of our keys\n");

    let car = one.get(&page(&one, "/cars").cards[3]);
    let cookie = car.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let theirs = |instance: &Instance| instance.pages.get_with("/cars", &[("cookie", &cookie)]);
    let marker = page(&one, "/cars").next.unwrap();
    assert!(theirs(&one).has("Because you looked at a "));
    assert!(theirs(&both).has("Because you looked at a "));
    assert_eq!(walk(&both, &marker), walk(&one, &marker));

    assert_eq!(theirs(&other).body, other.get("/cars").body, "a stranger's page");
    assert_eq!(theirs(&other).header("cache-control"), Some("public, no-cache"));
    let refused = other.get(&marker);
    assert_eq!((refused.status, refused.has("href=\"/cars\"")), (400, true));
    // What the newest key has signed, who has only the old one does not take.
    assert_eq!(one.get(&page(&both, "/cars").next.unwrap()).status, 400);
}
