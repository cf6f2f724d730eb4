//! The pages' script and the service worker: written to be read in `assets/`, one file per concern, and joined here without
//! what only readers need: comments, white space, the long names of what the whole script shares.

mod names;
mod slim;

use slim::slim;
use std::sync::LazyLock;

/// In the order in which they need each other.
const PAGE: [&str; 7] = [
    include_str!("../../assets/script/lists.js"),
    include_str!("../../assets/script/events.js"),
    include_str!("../../assets/script/fragments.js"),
    include_str!("../../assets/script/router.js"),
    include_str!("../../assets/script/listing.js"),
    include_str!("../../assets/script/page.js"),
    include_str!("../../assets/script/start.js"),
];
const LEADS: &str = include_str!("../../assets/worker/leads.js");
const PAGES: &str = include_str!("../../assets/worker/pages.js");
const OFF: &str = include_str!("../../assets/worker/off.js");

/// What pages load, in a scope of its own.
pub(super) fn of_pages() -> &'static str {
    static SCRIPT: LazyLock<String> =
        LazyLock::new(|| format!("\"use strict\";{{{}}}", slim(&PAGE.concat())));
    &SCRIPT
}

/// `build` names what the worker keeps for good, `script` is the address of [`of_pages`].
pub(super) fn worker(build: &str, script: &str) -> String {
    let source = format!("{LEADS}{PAGES}");
    format!("\"use strict\";const BUILD=\"{build}\",APP=\"{script}\";{}", slim(&source))
}

/// The worker that takes all others' place and ends.
pub(super) fn worker_off() -> String {
    slim(&format!("{LEADS}{OFF}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_keep_to_what_is_understood_here() {
        for script in [of_pages(), &worker("1", "/a.js"), &worker_off()] {
            for wrong in ["\n", "/*", "@param", "return/", "case/", "${`"] {
                assert!(!script.contains(wrong), "{wrong} in {script}");
            }
            for (open, close) in [('{', '}'), ('(', ')'), ('[', ']')] {
                assert_eq!(script.matches(open).count(), script.matches(close).count(), "{open}");
            }
        }
    }
}
