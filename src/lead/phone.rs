//! Indian mobile numbers as people write them -> E.164.

use super::Personal;

/// `+919876543210`
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(Personal);

/// Why a text is no number that can be called, for whoever typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPhone {
    Empty,
    NotANumber,
    Length,
    NotMobile,
}

impl BadPhone {
    pub fn text(self) -> &'static str {
        match self {
            Self::Empty => "Enter your mobile number, so that we can call you back",
            Self::NotANumber => "Enter a mobile number in digits, such as 98765 43210",
            Self::Length => "Enter all ten digits of the mobile number, such as 98765 43210",
            Self::NotMobile => "Enter an Indian mobile number: ten digits that begin with 6, 7, 8 or 9",
        }
    }
}

/// The zero of each script that India writes numbers in (Unicode's decimal digits stand in order behind it).
const ZEROS: [char; 14] = ['0', '٠', '۰', '०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '᱐', '０'];

fn digit(c: char) -> Option<char> {
    let value = |zero: &char| u32::from(c).checked_sub(u32::from(*zero)).filter(|&value| value < 10);
    ZEROS.iter().find_map(value).and_then(|value| char::from_digit(value, 10))
}

/// What people put between digits, and what comes along when a number is copied from somewhere.
fn is_between(c: char) -> bool {
    let dash = ('\u{2010}'..='\u{2015}').contains(&c) || matches!(c, '\u{2212}' | '\u{fe63}' | '\u{ff0d}');
    let unseen = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}');
    c.is_whitespace() || dash || unseen || "-.,/()[]_".contains(c)
}

impl Phone {
    pub fn parse(text: &str) -> Result<Self, BadPhone> {
        let text = text.trim();
        let text = text.strip_prefix("tel:").unwrap_or(text);
        let mut digits = zeroize::Zeroizing::new(String::with_capacity(text.len()));
        for c in text.chars() {
            match digit(c) {
                Some(digit) => digits.push(digit),
                None if is_between(c) => {}
                None if (c == '+' || c == '＋') && digits.is_empty() => {}
                None => return Err(BadPhone::NotANumber),
            }
        }
        if digits.is_empty() {
            return Err(if text.is_empty() { BadPhone::Empty } else { BadPhone::NotANumber });
        }
        // Zeros: of calls to another circle (0), abroad (00), and of those who write +91 (0)...
        let own = digits.trim_start_matches('0');
        let own =
            own.strip_prefix("91").filter(|rest| rest.len() >= 10).unwrap_or(own).trim_start_matches('0');
        match (own.len(), own.bytes().next()) {
            (10, Some(b'6'..=b'9')) => Ok(Self(Personal::new(format!("+91{own}")))),
            (10, _) => Err(BadPhone::NotMobile),
            _ => Err(BadPhone::Length),
        }
    }

    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BadPhone, Phone};

    fn parse(text: &str) -> Result<String, BadPhone> {
        Phone::parse(text).map(|phone| phone.reveal().to_owned())
    }

    #[test]
    fn a_number_is_one_however_it_is_written() {
        for text in [
            "9876543210",
            " 98765 43210 ",
            "98765-43210",
            "(98765) 43210",
            "09876543210",
            "00919876543210",
            "0 98765 43210",
            "919876543210",
            "+919876543210",
            "+91 98765 43210",
            "+91-98765-43210",
            "+91 (0) 98765 43210",
            "91-09876543210",
            "0091 98765.43210",
            "९८७६५४३२१०",
            "+९१ ९८७६५ ४३२१०",
            "৯৮৭৬৫৪৩২১০",
            "௯௮௭௬௫௪௩௨௧௦",
            "౯౮౭౬౫౪౩౨౧౦",
            "೯೮೭೬೫೪೩೨೧೦",
            "۹۸۷۶۵۴۳۲۱۰",
            "９８７６５４３２１０",
            "＋91 9876543210",
            "\u{202a}+91 98765\u{a0}43210\u{202c}",
            "98765\u{2013}43210",
            "tel:+919876543210",
            "9 8 7 6 5 4 3 2 1 0",
        ] {
            assert_eq!(parse(text).as_deref(), Ok("+919876543210"), "{text}");
        }
        assert_eq!(
            parse("9198765432").as_deref(),
            Ok("+919198765432"),
            "ten digits that begin as the country does"
        );
        assert_eq!(parse("+919198765432").as_deref(), Ok("+919198765432"));
    }

    #[test]
    fn what_cannot_be_called_says_why() {
        for (text, why) in [
            ("", BadPhone::Empty),
            ("   ", BadPhone::Empty),
            ("-", BadPhone::NotANumber),
            ("+", BadPhone::NotANumber),
            ("call me", BadPhone::NotANumber),
            ("98765x43210", BadPhone::NotANumber),
            ("98765+43210", BadPhone::NotANumber),
            ("98765", BadPhone::Length),
            ("987654321", BadPhone::Length),
            ("98765432101", BadPhone::Length),
            ("00000000000", BadPhone::Length),
            ("+1 415 555 2671 00", BadPhone::Length),
            ("1234567890", BadPhone::NotMobile),
            ("011 2345 6789", BadPhone::NotMobile),
            ("+91 22 2345 6789", BadPhone::NotMobile),
        ] {
            assert_eq!(parse(text), Err(why), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_a_number_or_a_reason(text in "\\PC{0,40}") {
            if let Ok(number) = parse(&text) {
                prop_assert!(number.len() == 13 && number.starts_with("+91"));
                prop_assert_eq!(parse(&number), Ok(number));
            }
        }

        #[test]
        fn punctuation_changes_nothing(number in "[6-9][0-9]{9}", at in 0usize..10, between in "[ .()-]{0,3}") {
            let (head, tail) = number.split_at(at);
            prop_assert_eq!(parse(&format!("{head}{between}{tail}")), Ok(format!("+91{number}")));
        }
    }
}
