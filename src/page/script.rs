//! The pages' script and the service worker: written to be read in `assets/`, one file per concern, joined and minified when this
//! program is built (`src/build.rs`).

/// What pages load, in a scope of its own.
pub(super) fn of_pages() -> &'static str {
    concat!("\"use strict\";", include_str!(concat!(env!("OUT_DIR"), "/page.js")))
}

/// `build` names what the worker keeps for good, `script` is the address of [`of_pages`].
pub(super) fn worker(build: &str, script: &str) -> String {
    let worker = include_str!(concat!(env!("OUT_DIR"), "/worker.js"));
    format!("\"use strict\";const BUILD=\"{build}\",APP=\"{script}\";{worker}")
}

/// The worker that takes all others' place and ends.
pub(super) fn worker_off() -> &'static str {
    concat!("\"use strict\";", include_str!(concat!(env!("OUT_DIR"), "/off.js")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_readers_need_is_left_out() {
        for script in [of_pages(), &worker("1", "/a.js"), worker_off()] {
            for wrong in ["\n", "/*", "// "] {
                assert!(!script.contains(wrong), "{wrong} in {script}");
            }
        }
        // What stands before it keeps its names.
        assert!(worker("1", "/a.js").contains(",APP])"));
    }
}
