//! Rules of the repository as tests: the map in `src/lib.rs` is true, where a library is at home, sizes, module docs.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Library -> the modules that may name it.
const HOMES: &[(&str, &[&str])] = &[
    ("age", &["lead"]),
    ("arc_swap", &["snapshot", "keys"]),
    ("brotli", &["page"]),
    ("clap", &["cli"]),
    ("csv", &["page", "seed"]),
    ("figment", &["config"]),
    ("crc32c", &["lead"]),
    ("flate2", &["page"]),
    ("forecourt_views", &["page"]),
    ("hyper", &["server"]),
    ("maud", &[]),
    ("mimalloc", &["main"]),
    ("moka", &["page"]),
    ("mysql_async", &["relay", "seed", "source"]),
    ("mysql_common", &["relay"]),
    ("blake3", &["keys"]),
    ("postcard", &["car", "snapshot", "store"]),
    ("safetensors", &["rank"]),
    ("rdkafka", &["kafka"]),
    ("redis", &["store"]),
    ("resvg", &["page"]),
    ("rusqlite", &["relay", "seed", "source"]),
    ("rustix", &["lead", "roles", "server"]),
    ("zstd", &["page", "store"]),
];

/// Past this a file is two ideas. Tests and data tables are counted too.
const LINES_MAX: usize = 400;

/// Where views may write text that is not escaped.
const UNESCAPED: &[&str] = &["document.rs"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below `folder`, with its text.
fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "{folder} has no Rust files");
    files
}

/// The top-level module of a file below `src`.
fn module(path: &Path) -> String {
    let inner = path.strip_prefix(root().join("src")).unwrap();
    let first = inner.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// Code without comments and without what only tests see.
fn code(path: &Path, text: &str) -> String {
    if path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests") {
        return String::new();
    }
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What follows each `prefix` in `code`: a word.
fn words_after<'a>(code: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(prefix).filter_map(move |(i, _)| {
        if code[..i].ends_with(is_word) {
            return None;
        }
        let rest = &code[i + prefix.len()..];
        Some(&rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())])
    })
}

/// Module -> what it may import, as the map in `src/lib.rs` has it.
fn arrows() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | ")?.strip_suffix('|'));
    let mut arrows = BTreeMap::new();
    for row in rows {
        let (modules, rest) = row.split_once(" | ").unwrap();
        let (_, imports) = rest.rsplit_once('|').unwrap();
        arrows.extend(words_after(modules, "[`").map(|module| (module.to_owned(), imports.to_owned())));
    }
    arrows
}

#[test]
fn imports_are_those_of_the_map() {
    let arrows = arrows();
    let mut imported = BTreeMap::<_, BTreeSet<String>>::new();
    for (path, text) in files("src") {
        let imports = imported.entry(module(&path)).or_default();
        imports.extend(words_after(&code(&path, &text), "crate::").map(str::to_owned));
        assert!(
            !imports.contains(""),
            "{} imports from the root in braces, which hides what",
            path.display()
        );
    }
    for (module, mut imports) in imported {
        // What they are for is to know the others.
        if ["lib", "main", "build"].contains(&module.as_str()) {
            continue;
        }
        let told = arrows.get(&module).unwrap_or_else(|| panic!("{module} is not in the map of src/lib.rs"));
        if told.trim() == "everything" {
            continue;
        }
        imports.remove(&module);
        let told = words_after(told, " ").filter(|word| arrows.contains_key(*word)).map(str::to_owned);
        assert_eq!(
            imports,
            told.collect(),
            "imports of {module}, and what the map in src/lib.rs says of them"
        );
    }
}

#[test]
fn every_library_stays_at_home() {
    for (path, text) in files("src") {
        let code = code(&path, &text);
        for (library, homes) in HOMES {
            let named = code.match_indices(library).any(|(i, _)| {
                let path_to_it = code[i + library.len()..].starts_with("::");
                path_to_it && !code[..i].ends_with(is_word) && !code[..i].ends_with("::")
            });
            let at_home = homes.contains(&module(&path).as_str());
            assert!(!named || at_home, "{} names {library}, whose home is {homes:?}", path.display());
        }
    }
}

#[test]
fn every_file_begins_with_its_purpose_and_holds_one_idea() {
    for (path, text) in files("src").into_iter().chain(files("views")).chain(files("tests")) {
        assert!(text.starts_with("//! "), "{} does not begin with a module doc", path.display());
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines, at most {LINES_MAX}", path.display());
    }
}

#[test]
fn every_metric_is_in_the_table_of_metrics() {
    let mut written = BTreeSet::new();
    for (path, text) in files("src") {
        // However it is wrapped.
        let code: String = code(&path, &text).split_whitespace().collect();
        for before in ["counter!(\"", "gauge!(\"", "histogram!(\"", "constNAME:&str=\""] {
            let names = words_after(&code, before).map(str::to_owned);
            written.extend(names.filter(|name| name.starts_with("forecourt_")));
        }
    }
    let text = fs::read_to_string(root().join("config/deployment.md")).unwrap();
    let (_, table) = text.split_once("\n### Every metric\n").unwrap();
    let table = table.split("\n## ").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `forecourt_"));
    let named: Vec<_> =
        rows.map(|row| format!("forecourt_{}", words_after(row, "").next().unwrap())).collect();
    let told: BTreeSet<_> = named.iter().cloned().collect();
    assert!(written.len() > 30 && named.len() == told.len(), "{named:?}");
    let lacks = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
    assert_eq!(lacks(&written, &told), [""; 0], "not in the table of config/deployment.md");
    assert_eq!(lacks(&told, &written), [""; 0], "in the table of config/deployment.md, and nowhere in src");
}

#[test]
fn views_know_nothing_but_maud_and_escape_everything() {
    let manifest: toml::Table = fs::read_to_string(root().join("views/Cargo.toml")).unwrap().parse().unwrap();
    let dependencies: Vec<_> = manifest["dependencies"].as_table().unwrap().keys().collect();
    assert_eq!(dependencies, ["maud"]);
    for (path, text) in files("views") {
        let name = path.file_name().unwrap().to_string_lossy();
        let raw = code(&path, &text).contains("PreEscaped(");
        assert!(!raw || UNESCAPED.contains(&&*name), "{} writes text that is not escaped", path.display());
    }
}

#[test]
fn the_image_names_the_version_of_the_program() {
    let dockerfile = fs::read_to_string(root().join("Dockerfile")).unwrap();
    let label = concat!("image.version=\"", env!("CARGO_PKG_VERSION"), "\"");
    assert!(dockerfile.contains(label), "the Dockerfile lacks {label}");
}

#[test]
fn the_top_level_is_what_the_layout_names() {
    let named = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "assets",
        "views",
        "config",
        "loadtest",
        "Dockerfile",
        "README.md",
    ];
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let beside = ["tests", "training", "target", "forecourt-data"].contains(&name.as_str())
            || name.starts_with('.');
        assert!(named.contains(&name.as_str()) || beside, "{name} is not in the layout");
    }
}
