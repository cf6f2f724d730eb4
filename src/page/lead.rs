//! Pages around leads: the form that comes back, its receipt, the privacy notice. None of the first two is kept anywhere.

use forecourt_views as views;
use sha2::{Digest as _, Sha256};

use super::Site;
use super::cards::path;
use super::render::plain_shell;
use crate::car::{CarId, Document, State};
use crate::snapshot::Snapshot;

pub use forecourt_views::{Field, LeadForm, Problem, ReceiptKind};

/// What a lead says of the car, as it is offered now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadContext {
    pub id: CarId,
    /// Empty: nobody knows this car.
    pub title: String,
    pub price_rupees: u32,
    pub city: String,
    pub hub: String,
}

pub fn lead_context(snapshot: &Snapshot, id: CarId) -> LeadContext {
    let unknown =
        LeadContext { id, title: String::new(), price_rupees: 0, city: String::new(), hub: String::new() };
    let Some(car) = snapshot.get(id).and_then(|document| document.state.details()) else { return unknown };
    LeadContext {
        id,
        title: car.title(),
        price_rupees: car.price_rupees,
        city: car.hub.city.to_string(),
        hub: car.hub.name.to_string(),
    }
}

/// What the notice in effect is called, with a hash of every word of it.
pub(super) fn notice_version(contact: &str) -> String {
    let hash = Sha256::digest(views::notice(contact).into_string());
    format!("{}.{}", views::NOTICE_VERSION, data_encoding::HEXLOWER.encode(&hash[..4]))
}

/// A form that was not taken as it is.
pub fn lead_again(site: &Site, snapshot: &Snapshot, form: &LeadForm<'_>, problem: Problem) -> String {
    let title = if problem == Problem::Typed {
        "Please check this | Forecourt"
    } else {
        "Please try again | Forecourt"
    };
    with_car(snapshot, Some(CarId(form.car_id)), |car| {
        let page = views::LeadPage { form: *form, car, problem, phone: &site.shop.phone };
        views::lead_page(&shell(site, title), &page).into_string()
    })
}

pub fn withdrawal_again(site: &Site, phone: Field<'_>, problem: Problem) -> String {
    let form = views::WithdrawForm { phone, problem: Some(problem), call: &site.shop.phone };
    views::withdraw_page(&shell(site, "Withdraw | Forecourt"), &form).into_string()
}

/// `reference`: what the lead is called on the phone.
pub fn receipt(
    site: &Site,
    snapshot: &Snapshot,
    kind: ReceiptKind,
    reference: &str,
    car: Option<CarId>,
) -> String {
    with_car(snapshot, car, |car| {
        let receipt = views::ReceiptPage { kind, reference, car };
        views::receipt_page(&shell(site, "Thank you | Forecourt"), &receipt).into_string()
    })
}

pub(super) fn privacy(site: &Site, part: views::Part) -> String {
    let canonical = format!("{}/privacy", site.base_url);
    let shell = plain_shell(site, part, "Privacy notice | Forecourt", &canonical);
    views::privacy_page(&shell, &site.contact, &site.notice).into_string()
}

pub(super) fn withdraw(site: &Site, part: views::Part) -> String {
    let canonical = format!("{}/privacy/withdraw", site.base_url);
    let shell = plain_shell(site, part, "Withdraw | Forecourt", &canonical);
    let form = views::WithdrawForm { call: &site.shop.phone, ..views::WithdrawForm::default() };
    views::withdraw_page(&shell, &form).into_string()
}

/// Of what is written for one visitor: whole pages that nobody lists.
fn shell<'a>(site: &'a Site, title: &'a str) -> views::Shell<'a> {
    plain_shell(site, views::Part::Page, title, "/cars")
}

/// A car that somebody can still see.
fn with_car<R>(
    snapshot: &Snapshot,
    car: Option<CarId>,
    with: impl FnOnce(Option<views::LeadCar<'_>>) -> R,
) -> R {
    let document = car.and_then(|car| snapshot.get(car));
    let Some((id, car)) = document.and_then(|document| live(document)) else { return with(None) };
    let (title, href) = (car.title(), path(id, car));
    with(Some(views::LeadCar {
        href: &href,
        title: &title,
        price_rupees: car.price_rupees.into(),
        hub: &car.hub.name,
        phone: &car.hub.phone,
        opens_at: &car.hub.opens_at,
        closes_at: &car.hub.closes_at,
    }))
}

fn live(document: &Document) -> Option<(CarId, &crate::car::Details)> {
    match &document.state {
        State::Live(car) => Some((document.id, car)),
        State::Sold(_) | State::Hidden | State::Deleted => None,
    }
}
