//! What of a path may stand in a log: no id of a receipt, nothing that could name a person.

use std::borrow::Cow;

/// Longer paths are cut.
const BYTES_MAX: usize = 200;
/// More digits without a letter in between can be a telephone number; no car has so long an id.
const DIGITS_MAX: usize = 9;

/// The path without what is nobody's business. Anybody can be sent to any address, with anything in it.
pub fn shown(path: &str) -> Cow<'_, str> {
    let hidden = |before: &str, step: &str| {
        let digits = |run: &str| run.bytes().filter(u8::is_ascii_digit).count();
        let is_number = step.split(char::is_alphabetic).any(|run| digits(run) > DIGITS_MAX);
        before == "/leads/" || is_number || step.contains(['@', '%'])
    };
    if path.len() <= BYTES_MAX && !steps(path).any(|(before, step)| hidden(before, step)) {
        return Cow::Borrowed(path);
    }
    let mut shown = String::new();
    for (before, step) in steps(path) {
        shown.push_str(if before.is_empty() { "" } else { "/" });
        shown.push_str(if hidden(before, step) { "*" } else { step });
    }
    shown.truncate(shown.floor_char_boundary(BYTES_MAX));
    Cow::Owned(shown)
}

/// Each step of a path, with what stands before it.
fn steps(path: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut at = 0;
    path.split('/').map(move |step| {
        let before = &path[..at];
        at += step.len() + 1;
        (before, step)
    })
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_path_in_a_log_names_pages_and_no_people() {
        for (path, expected) in [
            ("/", "/"),
            ("/cars", "/cars"),
            ("/car/2019-hyundai-i20-1000", "/car/2019-hyundai-i20-1000"),
            ("/assets/site.0f3a.css", "/assets/site.0f3a.css"),
            ("/leads", "/leads"),
            ("/leads/AbCdEf", "/leads/*"),
            ("/car/call-98765-43210-x/photos", "/car/*/photos"),
            ("/unsubscribe/asha@example.com", "/unsubscribe/*"),
            ("/unsubscribe/asha%40example.com", "/unsubscribe/*"),
            ("", ""),
            ("*", "*"),
            ("cars", "cars"),
        ] {
            assert_eq!(shown(path), expected, "{path}");
        }
        assert_eq!(shown(&format!("/{}", "é".repeat(500))).len(), 199);
    }
}
