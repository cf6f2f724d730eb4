//! Cargo's build script: which commit a build is of, and the scripts that go to browsers.
//!
//! `FORECOURT_COMMIT` says so where there is no repository to ask, in a container or from a tarball. Builds that are not
//! optimised do not ask: they would be made anew after every commit.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "it talks with Cargo")]

use std::path::Path;
use std::process::Command;

use oxc_allocator::Allocator;
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_minifier::{Minifier, MinifierOptions};
use oxc_parser::Parser;
use oxc_span::SourceType;

/// What `page::script` includes, and of which files of `assets/` it is made, in the order in which they need each other.
const SCRIPTS: [(&str, &[&str]); 3] = [
    (
        "page.js",
        &[
            "script/lists.js",
            "script/events.js",
            "script/fragments.js",
            "script/router.js",
            "script/listing.js",
            "script/page.js",
            "script/start.js",
        ],
    ),
    ("worker.js", &["worker/leads.js", "worker/pages.js"]),
    ("off.js", &["worker/leads.js", "worker/off.js"]),
];

fn main() {
    for (name, files) in SCRIPTS {
        let read = |file| std::fs::read_to_string(Path::new("assets").join(file));
        let source = files.iter().map(read).collect::<Result<String, _>>();
        let source = source.unwrap_or_else(|error| panic!("assets, {files:?}: {error}"));
        let out = std::env::var("OUT_DIR").expect("Cargo says where");
        // A scope of its own: nothing of it is seen by other scripts of a page.
        std::fs::write(Path::new(&out).join(name), minified(name, &format!("{{{source}}}")))
            .expect("Cargo's own directory can be written to");
    }
    let said = std::env::var("FORECOURT_COMMIT").ok().filter(|commit| !commit.is_empty());
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let commit = said.or_else(|| is_release.then(asked).flatten());
    let commit = commit.unwrap_or_else(|| "unknown commit".to_owned());
    assert!(!commit.contains(['\n', '"']), "FORECOURT_COMMIT: expected the name of a commit");
    println!("cargo::rustc-env=FORECOURT_COMMIT={commit}");
    println!("cargo::rerun-if-env-changed=FORECOURT_COMMIT");
    for path in ["src", "views", "assets", "config", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={path}");
    }
}

/// `4d0c4c9a1f2b`, or `4d0c4c9a1f2b+` if something differs from that commit. `None`: there is no repository, or no git.
fn asked() -> Option<String> {
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    // What tells of the next commit: this branch's, or this work tree's.
    for file in ["HEAD", "logs/HEAD"] {
        println!("cargo::rerun-if-changed={}", git(&["rev-parse", "--git-path", file])?);
    }
    let differs = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if differs.is_empty() { commit } else { commit + "+" })
}

fn git(arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// JavaScript without what only readers need.
fn minified(name: &str, source: &str) -> String {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, SourceType::mjs()).parse();
    assert!(parsed.diagnostics.is_empty(), "{name}: {:?}", parsed.diagnostics);
    let mut program = parsed.program;
    let names = Minifier::new(MinifierOptions::default()).minify(&allocator, &mut program).scoping;
    Codegen::new().with_options(CodegenOptions::minify()).with_scoping(names).build(&program).code
}
