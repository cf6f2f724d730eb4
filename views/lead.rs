//! A lead: the form on a car's page, the same form when it has to come back, and the receipt.
//!
//! The form is one cached page's, the same for everybody: what tells one visitor from another is added when it is sent.
//! It works without a script; what is wrong comes back beside its field, with everything that was typed.

use crate::document::{document, install};
use crate::format::Rupees;
use crate::hub::{Dialled, Spaced};
use crate::props::Shell;
use maud::{Markup, html};

/// What was typed into a field, and what is wrong with it.
#[derive(Clone, Copy, Default)]
pub struct Field<'a> {
    pub value: &'a str,
    pub error: Option<&'a str>,
}

/// Never what was typed: it is somebody's number or name.
impl std::fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Field").field("error", &self.error).finish_non_exhaustive()
    }
}

/// A form as it is sent, or as it comes back.
#[derive(Debug, Clone, Copy)]
pub struct LeadForm<'a> {
    pub car_id: u64,
    /// Version of the privacy notice that the visitor can read now.
    pub notice: &'a str,
    pub phone: Field<'a>,
    pub name: Field<'a>,
    pub test_drive: bool,
    /// One of [`SLOTS`]; empty: any time.
    pub slot: &'a str,
    /// Needed: nothing can be done with a number that may not be called.
    pub consent: bool,
    pub consent_error: Option<&'a str>,
    pub marketing: bool,
}

impl<'a> LeadForm<'a> {
    /// Nothing typed yet, nothing ticked.
    pub const fn new(car_id: u64, notice: &'a str) -> Self {
        let empty = Field { value: "", error: None };
        Self {
            car_id,
            notice,
            phone: empty,
            name: empty,
            test_drive: false,
            slot: "",
            consent: false,
            consent_error: None,
            marketing: false,
        }
    }
}

/// What is sent for a time, and what it is called.
pub const SLOTS: [(&str, &str); 5] = [
    ("", "Any time"),
    ("morning", "Morning"),
    ("afternoon", "Afternoon"),
    ("evening", "Evening"),
    ("weekend", "At the weekend"),
];

/// The car that is asked about.
#[derive(Debug, Clone, Copy)]
pub struct LeadCar<'a> {
    pub href: &'a str,
    pub title: &'a str,
    pub price_rupees: u64,
    pub hub: &'a str,
    pub phone: &'a str,
    pub opens_at: &'a str,
    pub closes_at: &'a str,
}

/// Why a form comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Something in it is wrong.
    Typed,
    /// It could not be kept safely, so it was not taken.
    NotTaken,
}

/// A page around a form that comes back.
#[derive(Debug, Clone, Copy)]
pub struct LeadPage<'a> {
    pub form: LeadForm<'a>,
    /// `None`: it is not known any more.
    pub car: Option<LeadCar<'a>>,
    pub problem: Problem,
    /// Whom to call instead, where there is no car to tell.
    pub phone: &'a str,
}

/// The form alone, for a section of a page.
pub fn lead_form(form: &LeadForm<'_>) -> Markup {
    html! {
        form.lead method="post" action="/leads" {
            input type="hidden" name="car_id" value=(form.car_id);
            input type="hidden" name="notice" value=(form.notice);
            (phone_field("lead", form.phone))
            p {
                label for="lead-name" { "Name " span.soft { "(optional)" } }
                input #lead-name name="name" autocomplete="name" maxlength="100" value=(form.name.value)
                    aria-invalid=[form.name.error.map(|_| "true")] aria-describedby=[form.name.error.map(|_| "lead-name-error")];
                (error("lead-name-error", form.name.error))
            }
            label.tick { input type="checkbox" name="test_drive" value="1" checked[form.test_drive]; "I would like a test drive" }
            p {
                label for="lead-slot" { "When would it suit you?" }
                select #lead-slot name="slot" {
                    @for (slot, text) in SLOTS { option value=(slot) selected[slot == form.slot] { (text) } }
                }
            }
            label.tick {
                input #lead-consent type="checkbox" name="consent" value="1" required checked[form.consent]
                    aria-invalid=[form.consent_error.map(|_| "true")] aria-describedby=[form.consent_error.map(|_| "lead-consent-error")];
                "Call me back about this car"
            }
            (error("lead-consent-error", form.consent_error))
            label.tick {
                input type="checkbox" name="marketing" value="1" checked[form.marketing];
                span { "Send me offers on WhatsApp " span.soft { "(optional)" } }
            }
            (trap())
            button.button { "Request a call back" }
            p.soft { "Used for this and nothing else. " a href="/privacy" { "What we keep, and how to withdraw" } }
        }
    }
}

fn phone_field(form: &str, field: Field<'_>) -> Markup {
    let (id, wrong) = (format!("{form}-phone"), format!("{form}-phone-error"));
    html! {
        p {
            label for=(id) { "Mobile number" }
            input id=(id) name="phone" type="tel" inputmode="tel" autocomplete="tel" maxlength="40" required value=(field.value)
                aria-invalid=[field.error.map(|_| "true")] aria-describedby=[field.error.map(|_| wrong.as_str())];
            (error(&wrong, field.error))
        }
    }
}

fn error(id: &str, text: Option<&str>) -> Markup {
    html! { @if let Some(text) = text { span.wrong id=(id) { (text) } } }
}

/// A field that nobody sees: who fills it in is a program.
fn trap() -> Markup {
    html! {
        span.trap aria-hidden="true" {
            label for="lead-website" { "Leave this empty" }
            input #lead-website name="website" tabindex="-1" autocomplete="off";
        }
    }
}

/// 422 and 503: the form again.
pub fn lead_page(shell: &Shell<'_>, page: &LeadPage<'_>) -> Markup {
    let form = &page.form;
    let errors = [
        ("#lead-phone", form.phone.error),
        ("#lead-name", form.name.error),
        ("#lead-consent", form.consent_error),
    ];
    document(
        shell,
        html! {
            div.wide.message {
                h1 { "Request a call back" }
                @if let Some(car) = &page.car { p { a href=(car.href) { (car.title) } ", " (Rupees(car.price_rupees)) } }
                (summary(page.problem, &errors, page.car.map_or(page.phone, |car| car.phone)))
                div.panel { (lead_form(form)) }
            }
        },
    )
}

/// What to put right, as links to where; or that nothing was taken, and whom to call.
fn summary(problem: Problem, errors: &[(&str, Option<&str>)], phone: &str) -> Markup {
    html! {
        div.problem role="alert" {
            @match problem {
                Problem::Typed => {
                    h2 { "Please check this" }
                    ul {
                        @for (target, text) in errors {
                            @if let Some(text) = text { li { a href=(target) { (text) } } }
                        }
                    }
                }
                Problem::NotTaken => {
                    h2 { "We could not take this just now" }
                    p { "Nothing was saved, so nobody would call you. What you typed is still here: please send it again in a minute." }
                    @if !phone.is_empty() { p { "Or call us: " (call(phone)) } }
                }
            }
        }
    }
}

fn call(phone: &str) -> Markup {
    html! { a href={ "tel:" (Dialled(phone)) } { (Spaced(phone)) } }
}

/// What a receipt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptKind {
    CallBack,
    TestDrive,
    Withdrawal,
}

/// Nothing of whoever left it: the address of a receipt can be passed on.
#[derive(Debug, Clone, Copy)]
pub struct ReceiptPage<'a> {
    pub kind: ReceiptKind,
    /// To be told on the phone.
    pub reference: &'a str,
    /// `None`: of a withdrawal, or the car is gone.
    pub car: Option<LeadCar<'a>>,
}

pub fn receipt_page(shell: &Shell<'_>, receipt: &ReceiptPage<'_>) -> Markup {
    let (heading, text) = match receipt.kind {
        ReceiptKind::CallBack => {
            ("Thank you, we have your request", "Somebody who knows this car will call you back.")
        }
        ReceiptKind::TestDrive => (
            "Thank you, we have your request",
            "Somebody who knows this car will call you back to agree on a time for the test drive.",
        ),
        ReceiptKind::Withdrawal => (
            "Your withdrawal is noted",
            "We will not call or write to this number any more, and what was kept of it will be deleted.",
        ),
    };
    document(
        shell,
        html! {
            div.wide.message {
                h1 { (heading) }
                p { (text) }
                p { "Reference: " b { (receipt.reference) } }
                @if let Some(car) = &receipt.car {
                    div.panel {
                        h2 { a href=(car.href) { (car.title) } }
                        p { b { (Rupees(car.price_rupees)) } }
                        p { (car.hub) ", open " (car.opens_at) " to " (car.closes_at) }
                        p { "Cannot wait? " (call(car.phone)) }
                    }
                }
                p.links { a.button href="/cars" { "See more cars" } (install()) }
            }
        },
    )
}

/// A form to withdraw with.
#[derive(Debug, Clone, Copy, Default)]
pub struct WithdrawForm<'a> {
    pub phone: Field<'a>,
    pub problem: Option<Problem>,
    /// Whom to call instead.
    pub call: &'a str,
}

pub fn withdraw_page(shell: &Shell<'_>, form: &WithdrawForm<'_>) -> Markup {
    let errors = [("#withdraw-phone", form.phone.error)];
    document(
        shell,
        html! {
            div.wide.message {
                h1 { "Withdraw your consent" }
                @if let Some(problem) = form.problem { (summary(problem, &errors, form.call)) }
                p { "Tell us the number you gave us. We stop calling and writing to it, and delete it with everything kept beside it." }
                div.panel {
                    form.lead method="post" action="/privacy/withdraw" {
                        (phone_field("withdraw", form.phone))
                        (trap())
                        button.button { "Withdraw" }
                    }
                }
                p { a href="/privacy" { "Privacy notice" } }
            }
        },
    )
}

#[cfg(test)]
pub(crate) mod tests;
