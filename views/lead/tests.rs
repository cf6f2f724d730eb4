//! Forms, receipts and the notice in every state.

use super::*;
use crate::fixture::NO_INDEX;
use crate::tests::{EVIL, assert_harmless};
use crate::{notice, privacy_page};

const CAR: LeadCar<'static> = LeadCar {
    href: "/car/2019-renault-duster-1000",
    title: "2019 Renault Duster",
    price_rupees: 904_000,
    hub: "Pune hub 2",
    phone: "+918020014401",
    opens_at: "09:30",
    closes_at: "19:00",
};

const WRONG: LeadForm<'static> = LeadForm {
    phone: Field { value: "12345", error: Some("Enter a mobile number of ten digits, such as 98765 43210") },
    name: Field { value: "Asha", error: None },
    test_drive: true,
    consent_error: Some("Tick “Call me back about this car”, so that we may call you"),
    ..LeadForm::new(1000, "2026-11.1a2b3c4d")
};

/// Every page in every state.
pub(crate) fn pages() -> Vec<(&'static str, Markup)> {
    let back =
        |form, car, problem| lead_page(&NO_INDEX, &LeadPage { form, car, problem, phone: "+918000000000" });
    let receipt = |kind, car| receipt_page(&NO_INDEX, &ReceiptPage { kind, reference: "K7QX2M", car });
    let withdraw =
        |phone, problem| withdraw_page(&NO_INDEX, &WithdrawForm { phone, problem, call: CAR.phone });
    vec![
        ("lead_wrong", back(WRONG, Some(CAR), Problem::Typed)),
        ("lead_not_taken", back(LeadForm { consent: true, ..WRONG }, None, Problem::NotTaken)),
        ("receipt", receipt(ReceiptKind::CallBack, Some(CAR))),
        ("receipt_test_drive", receipt(ReceiptKind::TestDrive, None)),
        ("receipt_withdrawal", receipt(ReceiptKind::Withdrawal, None)),
        ("withdraw", withdraw(Field::default(), None)),
        ("withdraw_wrong", withdraw(WRONG.phone, Some(Problem::Typed))),
        ("privacy", privacy_page(&NO_INDEX, "privacy@cars.example.com", "2026-11.1a2b3c4d")),
    ]
}

#[test]
fn nothing_is_ticked_before_somebody_ticks_it() {
    let form = lead_form(&LeadForm::new(1, "n")).0;
    assert!(!form.contains(" checked") && !form.contains("aria-invalid"), "{form}");
    assert_eq!(form.matches("type=\"checkbox\"").count(), 3);
}

#[test]
fn what_was_typed_comes_back_as_text_beside_what_is_wrong() {
    let evil = Field { value: EVIL, error: Some(EVIL) };
    let form = LeadForm { phone: evil, name: evil, consent_error: Some(EVIL), ..LeadForm::new(1, EVIL) };
    let car =
        LeadCar { href: EVIL, title: EVIL, hub: EVIL, phone: EVIL, opens_at: EVIL, closes_at: EVIL, ..CAR };
    let page = LeadPage { form, car: Some(car), problem: Problem::Typed, phone: EVIL };
    assert_harmless(&lead_page(&NO_INDEX, &page));
    assert_harmless(&lead_page(&NO_INDEX, &LeadPage { car: None, problem: Problem::NotTaken, ..page }));
    let receipt = ReceiptPage { kind: ReceiptKind::CallBack, reference: EVIL, car: Some(car) };
    assert_harmless(&receipt_page(&NO_INDEX, &receipt));
    assert_harmless(&withdraw_page(
        &NO_INDEX,
        &WithdrawForm { phone: evil, problem: Some(Problem::Typed), call: EVIL },
    ));
    assert_harmless(&privacy_page(&NO_INDEX, EVIL, EVIL));

    let wrong =
        lead_page(&NO_INDEX, &LeadPage { form: WRONG, car: None, problem: Problem::Typed, phone: "" }).0;
    for part in [
        r##"<a href="#lead-phone">Enter a mobile number"##,
        r#"value="12345" aria-invalid="true" aria-describedby="lead-phone-error""#,
        r#"<span class="wrong" id="lead-phone-error">Enter a mobile number"#,
        r##"<a href="#lead-consent">Tick “Call"##,
        r#"value="Asha""#,
        r#"name="test_drive" value="1" checked"#,
    ] {
        assert!(wrong.contains(part), "{part} is not in {wrong}");
    }
    assert!(!wrong.contains(r##"href="#lead-name""##));
}

#[test]
fn a_field_shows_nobody_what_is_in_it() {
    let shown = format!("{:?}", LeadForm { name: Field { value: "Asha", error: None }, ..WRONG });
    assert!(!shown.contains("Asha") && !shown.contains("12345"), "{shown}");
}

#[test]
fn the_notice_leads_to_its_withdrawal() {
    assert!(notice("").0.contains(r#"href="/privacy/withdraw""#) && !notice("").0.contains("Who answers"));
}
