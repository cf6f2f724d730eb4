//! What the shop promises and how it is reached: said on every page in the same words.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shop {
    pub phone: String,
    pub whatsapp: String,
    pub transfer: String,
    pub warranty: String,
    pub returns: String,
    pub emi_rate_percent: f64,
    pub emi_months: u32,
    pub emi_down_percent: u32,
}

impl Default for Shop {
    fn default() -> Self {
        Self {
            phone: "+918001000100".to_owned(),
            whatsapp: "+918001000100".to_owned(),
            transfer: "We do the paperwork of the RC transfer, free of charge.".to_owned(),
            warranty: "Engine and gearbox, 12 months or 15,000 km.".to_owned(),
            returns: "Bring it back within 5 days or 300 km, and get all your money back.".to_owned(),
            emi_rate_percent: 10.5,
            emi_months: 60,
            emi_down_percent: 15,
        }
    }
}

impl Shop {
    /// A key that is out of bounds, and what is expected of it.
    pub(super) fn out_of_bounds(&self) -> Option<(&'static str, &'static str)> {
        let number = |text: &str| {
            let digits = text.strip_prefix('+').unwrap_or_default();
            (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        [
            (!number(&self.phone), "shop.phone", "an international number, +918001000100"),
            (
                !self.whatsapp.is_empty() && !number(&self.whatsapp),
                "shop.whatsapp",
                "an international number, +918001000100, or nothing",
            ),
            (!(0.0..=60.0).contains(&self.emi_rate_percent), "shop.emi_rate_percent", "0 to 60"),
            (!(3..=120).contains(&self.emi_months), "shop.emi_months", "3 to 120"),
            (self.emi_down_percent > 90, "shop.emi_down_percent", "at most 90"),
        ]
        .into_iter()
        .find_map(|(wrong, key, expected)| wrong.then_some((key, expected)))
    }
}
