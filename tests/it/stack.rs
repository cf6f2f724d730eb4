//! What `loadtest/stack` says of a stack that was brought up before, without one.

use std::fs;
use std::process::Command;

use crate::harness::Place;

const PLAN: &str = r#"{"binary": "/nowhere/forecourt", "origin": "generated", "cars": 600, "instances": 3, "projectors": 2}"#;

#[test]
fn options_that_are_not_what_the_stack_was_brought_up_with_are_refused() {
    let place = Place::empty();
    let of = |options: &[&str]| -> String {
        let directory = place.path("stack");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("stack.json"), PLAN).unwrap();
        let mut stack = Command::new("loadtest/stack");
        stack.current_dir(env!("CARGO_MANIFEST_DIR")).args(["up", "--dir"]).arg(&directory).args(options);
        let output = stack.output().unwrap();
        if !output.stdout.is_empty() {
            // It was brought up after all.
            let down = Command::new("loadtest/stack").args(["down", "--dir"]).arg(&directory).status();
            assert!(down.unwrap().success());
        }
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
        String::from_utf8(output.stderr).unwrap()
    };
    for (options, expected) in [
        (&["--cars", "7"][..], " was brought up with --cars 600, not 7: "),
        (&["--cars", "600", "--instances", "2"], " with --instances 3, not 2: "),
        (&["--projectors", "5", "--from", "/x"], " with --from generated, not /x, --projectors 2, not 5: "),
    ] {
        let line = of(options);
        assert!(line.starts_with("stack: ") && line.contains(expected), "{line}");
        assert!(
            line.ends_with("or begin anew after `down --remove`\n") && line.lines().count() == 1,
            "{line}"
        );
    }
}
