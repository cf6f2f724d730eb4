//! Cargo's build script: which commit a build is of.
//!
//! `FORECOURT_COMMIT` says so where there is no repository to ask, in a container or from a tarball. Builds that are not
//! optimised do not ask: they would be made anew after every commit.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "it talks with Cargo")]

use std::process::Command;

fn main() {
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
