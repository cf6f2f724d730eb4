//! The hub where the car stands: address, hours, phone and a map.

use crate::props::{CarPage, Hub, Shop};
use maud::{Markup, Render, html};

/// Call, WhatsApp, write: always in this order.
pub(crate) fn contact(car: &CarPage<'_>, shop: &Shop<'_>) -> Markup {
    html! {
        a.button.plain.i-call href={ "tel:" (Dialled(car.hub.phone)) } { "Call" }
        @if let Some(number) = shop.whatsapp {
            a.button.plain.i-chat href=(whatsapp(number, &format!("I am interested in the {} (car {}).", car.title, car.id))) { "WhatsApp" }
        }
        a.button href="#enquire" { "Test drive" }
    }
}

/// The address that opens WhatsApp with a message begun. Digits only, no plus.
pub(crate) fn whatsapp(number: &str, text: &str) -> String {
    let number: String = number.chars().filter(char::is_ascii_digit).collect();
    if text.is_empty() {
        return format!("https://wa.me/{number}");
    }
    format!("https://wa.me/{number}?text={}", Encoded(text).render().into_string())
}

pub(crate) fn hub_section(hub: &Hub<'_>) -> Markup {
    html! {
        section.panel aria-labelledby="hub" {
            h2 #hub { "See it at " (hub.name) }
            address {
                (hub.address) br;
                (hub.city) ", " (hub.state)
            }
            p { "Open " time { (hub.opens_at) } " to " time { (hub.closes_at) } }
            p.links {
                a href={ "tel:" (Dialled(hub.phone)) } { (Spaced(hub.phone)) }
                a href={ "https://www.google.com/maps/search/?api=1&query=" (Encoded(hub.name)) "%2C+" (Encoded(hub.address)) } {
                    "Find it on the map"
                }
            }
        }
    }
}

/// A phone number as a `tel:` URL may hold it (RFC 3966): digits and a leading plus.
pub(crate) struct Dialled<'a>(pub(crate) &'a str);

impl Render for Dialled<'_> {
    fn render_to(&self, out: &mut String) {
        out.extend(self.0.chars().filter(|c| c.is_ascii_digit() || *c == '+'));
    }
}

/// An Indian number as it is read aloud: `+91 80010 04401`. Others stay as they are.
pub(crate) struct Spaced<'a>(pub(crate) &'a str);

impl Render for Spaced<'_> {
    fn render_to(&self, out: &mut String) {
        match self.0.strip_prefix("+91").map(|rest| rest.split_at_checked(5)) {
            Some(Some((head, tail))) if tail.len() == 5 && tail.is_ascii() => {
                html! { "+91 " (head) " " (tail) }.render_to(out)
            }
            _ => self.0.render_to(out),
        }
    }
}

/// A value in a query string (RFC 3986): everything but unreserved characters is percent-encoded, spaces
/// become plus signs.
struct Encoded<'a>(&'a str);

impl Render for Encoded<'_> {
    fn render_to(&self, out: &mut String) {
        const HEX: [char; 16] =
            ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
        for byte in self.0.bytes() {
            match byte {
                b' ' => out.push('+'),
                b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                    out.push(char::from(byte))
                }
                _ => out.extend(['%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_dialled_and_read() {
        assert_eq!(Dialled("+91 80010-04401").render().0, "+918001004401");
        assert_eq!(Spaced("+918001004401").render().0, "+91 80010 04401");
        assert_eq!(Spaced("1800 11 22").render().0, "1800 11 22");
        assert_eq!(Spaced("+91<b>").render().0, "+91&lt;b&gt;");
    }

    #[test]
    fn whatsapp_is_given_digits_and_a_message_that_is_escaped() {
        assert_eq!(whatsapp("+91 80010-00100", ""), "https://wa.me/918001000100");
        assert_eq!(whatsapp("+918", "A & b?"), "https://wa.me/918?text=A+%26+b%3F");
    }

    #[test]
    fn map_searches_are_percent_encoded() {
        assert_eq!(Encoded("10 Ring Road, \"é\"&").render().0, "10+Ring+Road%2C+%22%C3%A9%22%26");
    }
}
