//! Bodies of posts -> what somebody wants, or what is wrong beside which field. Pure.

use super::{BadPhone, Personal, Phone};
use crate::car::CarId;
use crate::http::query::pairs;

/// As it was typed.
#[derive(Clone, Default)]
pub struct Form {
    pub car: Option<CarId>,
    pub phone: Personal,
    pub name: Personal,
    pub consent: bool,
    pub marketing: bool,
    pub test_drive: bool,
    /// When it would suit, in one word; empty for any time.
    pub slot: &'static str,
    /// The version of the privacy notice that the form was shown with.
    pub notice: String,
    /// Somebody filled in the field that nobody sees.
    pub trap: bool,
}

/// What can be called, and by what name.
pub struct Person {
    pub phone: Phone,
    pub name: Personal,
}

/// For whoever typed it, beside the field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    pub phone: Option<&'static str>,
    pub name: Option<&'static str>,
    pub consent: Option<&'static str>,
}

/// Times that can be wished for.
const SLOTS: [&str; 4] = ["morning", "afternoon", "evening", "weekend"];
const KEYS: [&str; 9] =
    ["car_id", "phone", "name", "consent", "marketing", "test_drive", "slot", "notice", "website"];
const NAME_CHARACTERS_MAX: usize = 100;
const NOTICE_BYTES_MAX: usize = 40;
/// Of one field. The whole body is bounded too.
const VALUE_BYTES_MAX: usize = 1_000;

impl Form {
    /// `None`: this was sent by no form of ours. Of a field that is there twice the first counts.
    pub fn read(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        let mut form = Self::default();
        let mut seen = [false; KEYS.len()];
        for pair in pairs(text, |key| KEYS.contains(&key)) {
            let (key, value) = pair.ok()?;
            let place = KEYS.iter().position(|known| *known == key)?;
            if value.len() > VALUE_BYTES_MAX {
                return None;
            }
            if std::mem::replace(&mut seen[place], true) {
                continue;
            }
            let ticked = !matches!(&*value, "" | "0" | "false" | "off");
            match KEYS[place] {
                "car_id" => form.car = value.parse().ok().map(CarId),
                "phone" => form.phone = Personal::new(value),
                "name" => form.name = Personal::new(value),
                "consent" => form.consent = ticked,
                "marketing" => form.marketing = ticked,
                "test_drive" => form.test_drive = ticked,
                // What is no time of ours is any time.
                "slot" => form.slot = SLOTS.into_iter().find(|slot| *slot == value).unwrap_or_default(),
                "notice" => form.notice = version(&value),
                _ => form.trap = !value.is_empty(),
            }
        }
        Some(form)
    }

    /// Of a lead: who it is, or everything that is wrong at once.
    pub fn person(&self) -> Result<Person, Errors> {
        let phone = Phone::parse(self.phone.reveal());
        let name = plain(self.name.reveal());
        let errors = Errors {
            phone: phone.as_ref().err().map(|bad| bad.text()),
            name: (name.reveal().chars().count() > NAME_CHARACTERS_MAX)
                .then_some("Enter a name of at most 100 characters"),
            consent: (!self.consent).then_some("Tick “Call me back about this car”, so that we may call you"),
        };
        match phone {
            Ok(phone) if errors == Errors::default() => Ok(Person { phone, name }),
            _ => Err(errors),
        }
    }

    /// Of a withdrawal: there is nothing but the number.
    pub fn number(&self) -> Result<Phone, BadPhone> {
        Phone::parse(self.phone.reveal())
    }

    /// Names hold no addresses; what programs type into every field does.
    pub fn has_link(&self) -> bool {
        let name = self.name.reveal().to_ascii_lowercase();
        name.contains("://") || name.contains("www.") || name.contains("<a ")
    }
}

/// What looks like a version; the rest is nobody's.
fn version(text: &str) -> String {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    if text.len() <= NOTICE_BYTES_MAX && text.bytes().all(fine) { text.to_owned() } else { String::new() }
}

/// One space between words, none around them.
fn plain(name: &str) -> Personal {
    let mut text = String::with_capacity(name.len());
    for word in name.split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    Personal::new(text)
}

#[cfg(test)]
mod tests {
    use super::{CarId, Errors, Form};

    fn read(body: &str) -> Form {
        Form::read(body.as_bytes()).unwrap()
    }

    #[test]
    fn a_form_is_read_as_a_browser_sends_it() {
        let form = read(
            "car_id=1000&notice=2026-11.ab&phone=%2B91+98765+43210&name=+Asha%20%20Rao+&test_drive=1&slot=evening&consent=1&website=",
        );
        assert_eq!((form.car, form.notice.as_str()), (Some(CarId(1000)), "2026-11.ab"));
        assert_eq!((form.consent, form.marketing, form.test_drive, form.trap), (true, false, true, false));
        assert_eq!((form.slot, read("slot=noon%3Cb%3E").slot), ("evening", ""));
        let Ok(person) = form.person() else { panic!("fine") };
        assert_eq!((person.phone.reveal(), person.name.reveal()), ("+919876543210", "Asha Rao"));
        let hindi = read(
            "phone=%E0%A5%AF%E0%A5%AE%E0%A5%AD%E0%A5%AC%E0%A5%AB%E0%A5%AA%E0%A5%A9%E0%A5%A8%E0%A5%A7%E0%A5%A6&name=%E0%A4%86%E0%A4%B6%E0%A4%BE&consent=on",
        );
        let Ok(person) = hindi.person() else { panic!("fine") };
        assert_eq!((person.phone.reveal(), person.name.reveal()), ("+919876543210", "आशा"));
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let long = "x".repeat(101);
        for (body, wrong) in [
            ("", [true, false, true]),
            ("phone=12&consent=1", [true, false, false]),
            ("phone=9876543210&consent=0", [false, false, true]),
            ("phone=9876543210&consent=1&name=&car_id=", [false; 3]),
            (&format!("name={long}&consent=1&phone="), [true, true, false]),
        ] {
            let errors = read(body).person().err().unwrap_or_default();
            let Errors { phone, name, consent } = errors;
            assert_eq!([phone.is_some(), name.is_some(), consent.is_some()], wrong, "{body}");
        }
    }

    #[test]
    fn what_no_form_sends_is_not_read() {
        for body in [
            &b"phone=\xff"[..],
            b"phone=%ff",
            b"name=%0a",
            b"phone=%",
            format!("name={}", "x".repeat(1001)).as_bytes(),
        ] {
            assert!(Form::read(body).is_none(), "{}", String::from_utf8_lossy(body));
        }
        let twice = read("phone=9876543210&phone=1&other=%zz&car_id=x&notice=%3Cb%3E");
        assert_eq!((twice.phone.reveal(), twice.car, twice.notice.as_str()), ("9876543210", None, ""));
        assert!(read("website=x").trap && read("name=see+https%3A%2F%2Fx").has_link());
    }
}
