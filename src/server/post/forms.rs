//! `POST /leads` and `POST /privacy/withdraw`: checked, made safe, and only then answered with success.
//!
//! A form that is wrong, or could not be made safe, comes back with all that was typed; no address of these answers
//! holds anything of it, and nobody may keep them.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use http::header::{HOST, HeaderValue, LOCATION, REFERER, RETRY_AFTER, SET_COOKIE};
use http::{Request, Response, StatusCode};

use super::{Post, Read};
use crate::car::CarId;
use crate::clock;
use crate::http::fields::X_FORWARDED_FOR;
use crate::http::{CachePolicy, Refusal, security};
use crate::lead::{Errors, Fate, Form, Kind, Outcome, Personal, Phone, Place, Taken, Wish, address};
use crate::page::{self, Problem};
use crate::rank::Interaction;
use crate::server::ask::Ask;
use crate::server::respond::Answer;
use crate::server::{Body, Shared, visitor};

/// What is known once the body is read.
enum Step {
    Done(Response<Body>),
    /// It has an id, and is not safe yet.
    Wait(Waiting),
}

struct Waiting {
    form: Form,
    /// Who has no number yet gets this one.
    visitor: u64,
    kind: Kind,
    taken: Taken,
}

/// Waits for the lead to be safe, for as long as the settings say.
pub(super) async fn answer(
    shared: Arc<Shared>,
    post: Post,
    head: Request<()>,
    read: Read,
    peer: Option<IpAddr>,
    began: Instant,
) -> Response<Body> {
    // A panic costs this request; `finished` sees to one of the second half.
    let first = catch_unwind(AssertUnwindSafe(|| shared.form_read(post, &head, &read, peer)));
    drop(read);
    let step = first.unwrap_or_else(|_| {
        metrics::counter!("forecourt_panics_total").increment(1);
        Step::Done(shared.refuse(Refusal::Internal).response)
    });
    let last = match step {
        Step::Done(response) => Ok(response),
        Step::Wait(mut waiting) => {
            let settled = waiting.taken.fate.wait_for(|fate| *fate != Fate::UnderWay);
            let fate = tokio::time::timeout(shared.leads.patience(), settled).await;
            let fate = fate.ok().and_then(Result::ok).map_or(Fate::NotKept, |fate| *fate);
            Err((waiting, fate))
        }
    };
    let ask = Ask::of(head.headers());
    shared.finished(&head, &ask, began, || Answer {
        response: match last {
            Ok(response) => response,
            Err((waiting, fate)) => shared.settled(&ask, &waiting, fate),
        },
        route: post.label(),
        cache: None,
        took: None,
    })
}

impl Shared {
    /// A form whose head is not fine.
    pub(super) fn refuse_form<B>(
        &self,
        post: Post,
        head: &Request<B>,
        refusal: Refusal,
        began: Instant,
    ) -> Response<Body> {
        self.leads.counts.add(Outcome::Refused);
        let ask = Ask::of(head.headers());
        self.finished(head, &ask, began, || Answer { route: post.label(), ..self.refuse_unread(refusal) })
    }

    fn form_read(&self, post: Post, head: &Request<()>, read: &Read, peer: Option<IpAddr>) -> Step {
        let body = match read {
            Read::Whole(body) => body,
            Read::Unread(refusal) => {
                self.leads.counts.add(Outcome::Refused);
                return Step::Done(self.refuse_unread(*refusal).response);
            }
        };
        let Some(form) = Form::read(body) else {
            self.leads.counts.add(Outcome::Refused);
            return Step::Done(self.refuse(Refusal::BadRequest("the form cannot be read")).response);
        };
        let checked = match post {
            Post::Withdrawal => {
                let number = form.number().map(|phone| (phone, Personal::default()));
                number.map_err(|bad| Errors { phone: Some(bad.text()), ..Errors::default() })
            }
            _ => form.person().map(|person| (person.phone, person.name)),
        };
        match checked {
            Ok((phone, name)) => Step::Wait(self.wish(post, head, form, (phone, name), peer)),
            Err(errors) => {
                self.leads.counts.add(Outcome::Invalid);
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                Step::Done(self.form_again(post, &form, errors, Problem::Typed, status))
            }
        }
    }

    /// Adds what the page could not know of its visitor, and sets it on its way.
    fn wish(
        &self,
        post: Post,
        head: &Request<()>,
        form: Form,
        (phone, name): (Phone, Personal),
        peer: Option<IpAddr>,
    ) -> Waiting {
        let (ask, now_ms) = (Ask::of(head.headers()), clock::unix_ms());
        let settings = &self.leads.settings;
        let clicks = visitor::clicks(&ask, &self.site.keys);
        let landed_ms = clicks.as_ref().map(|clicks| clicks.landed_ms);
        // Who has no such cookie may have been here for long.
        let is_fast = landed_ms.is_some_and(|at_ms| now_ms < at_ms.saturating_add(settings.fast_ms.into()));
        let suspicions = [("trap", form.trap), ("link", form.has_link()), ("fast", is_fast)];
        let suspicions = suspicions.into_iter().filter_map(|(name, is_one)| is_one.then_some(name)).collect();
        let kind = match post {
            Post::Withdrawal => Kind::Withdrawal,
            _ if form.test_drive => Kind::TestDrive,
            _ => Kind::CallBack,
        };
        let is_lead = kind != Kind::Withdrawal;
        let visitor = match visitor::profile(&ask, &self.site.keys).visitor {
            0 => visitor::number(),
            known => known,
        };
        let forwarded = head.headers().get_all(X_FORWARDED_FOR).iter().map(HeaderValue::as_bytes);
        let wish = Wish {
            kind,
            slot: if is_lead { form.slot } else { "" },
            phone,
            name,
            car: form
                .car
                .filter(|_| is_lead)
                .map(|car| page::lead_context(&self.snapshots.load(), car))
                .map(context),
            marketing: form.marketing && is_lead,
            notice: (form.notice.clone(), self.site.notice.clone()),
            clicks: clicks.filter(|_| is_lead),
            page: page_of(head),
            visitor: if is_lead { visitor } else { 0 },
            address: address::client(forwarded, settings.trusted_hops, peer),
            suspicions,
        };
        let taken = self.leads.take(wish, now_ms);
        // Now, since whoever clicks twice does not wait for the first answer. Nobody learns from programs.
        if let Some(car) = form.car.filter(|&car| is_lead && self.snapshots.load().shown(car).is_some())
            && !taken.is_repeated
            && !taken.is_aside
        {
            self.events.asked(visitor, car, || now_ms);
        }
        Waiting { form, visitor, kind, taken }
    }

    /// The answer to a form whose lead is safe, or is not.
    fn settled(&self, ask: &Ask<'_>, waiting: &Waiting, fate: Fate) -> Response<Body> {
        let Waiting { form, visitor, kind, taken } = waiting;
        let Fate::Kept(place) = fate else {
            self.leads.counts.add(Outcome::NotTaken);
            let post = if *kind == Kind::Withdrawal { Post::Withdrawal } else { Post::Lead };
            let status = StatusCode::SERVICE_UNAVAILABLE;
            let mut response = self.form_again(post, form, Errors::default(), Problem::NotTaken, status);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("30"));
            return response;
        };
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::SEE_OTHER;
        let headers = response.headers_mut();
        let receipt = HeaderValue::try_from(format!("/leads/{}", taken.id));
        headers.insert(LOCATION, receipt.expect("base64 is made of header characters"));
        CachePolicy::NoStore.write(headers);
        security::write_transport(headers);
        self.leads.note(taken, *kind, place);
        // Of a double click the browser reads the last answer only.
        if let Some(car) = form.car.filter(|_| *kind != Kind::Withdrawal)
            && let Some(cookie) = self.asked_about(ask, *visitor, car)
        {
            headers.append(SET_COOKIE, cookie);
        }
        response
    }

    /// The visitor is one who left a lead from now on.
    fn asked_about(&self, ask: &Ask<'_>, visitor: u64, car: CarId) -> Option<HeaderValue> {
        self.snapshots.load().shown(car)?;
        let mut profile = visitor::profile(ask, &self.site.keys);
        profile.visitor = visitor;
        visitor::noted(&mut profile, ask, &self.site.keys, [(car, Interaction::Lead)])
    }

    /// The form with all that was typed, for whoever typed it and nobody else.
    fn form_again(
        &self,
        post: Post,
        form: &Form,
        errors: Errors,
        problem: Problem,
        status: StatusCode,
    ) -> Response<Body> {
        let phone = page::Field { value: form.phone.reveal(), error: errors.phone };
        let html = if post == Post::Withdrawal {
            page::withdrawal_again(&self.site, phone, problem)
        } else {
            let again = page::LeadForm {
                phone,
                name: page::Field { value: form.name.reveal(), error: errors.name },
                test_drive: form.test_drive,
                slot: form.slot,
                consent: form.consent,
                consent_error: errors.consent,
                marketing: form.marketing,
                ..page::LeadForm::new(form.car.map_or(0, |car| car.0), &self.site.notice)
            };
            page::lead_again(&self.site, &self.snapshots.load(), &again, problem)
        };
        self.html(status, html)
    }
}

fn context(car: page::LeadContext) -> crate::lead::Car {
    let page::LeadContext { id, title, price_rupees, city, hub } = car;
    crate::lead::Car { id: id.0, title, price_rupees, city, hub }
}

impl crate::lead::Leads {
    /// Counts what became of it.
    fn note(&self, taken: &Taken, kind: Kind, place: Place) {
        self.counts.add(match (taken.is_repeated, kind, taken.is_aside) {
            (true, ..) => Outcome::Repeated,
            (_, Kind::Withdrawal, _) => Outcome::Withdrawn,
            (.., true) => Outcome::Quarantined,
            _ => Outcome::Accepted,
        });
        if !taken.is_repeated && self.is_only_in(place) {
            self.counts.single_copy(place);
        }
    }
}

/// The page of ours that the form stood on: its path, without what an advertiser appended.
fn page_of(head: &Request<()>) -> Option<String> {
    let field = |name| head.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let (_, rest) = field(REFERER)?.split_once("://")?;
    let path = rest.strip_prefix(field(HOST)?)?.split(['?', '#']).next()?;
    (path.starts_with('/') && path.len() <= 300).then(|| path.to_owned())
}

/// As forms are sent without a script, and by `URLSearchParams`.
pub(super) fn is_form(content_type: &[u8]) -> bool {
    let essence = content_type.split(|&b| b == b';').next().unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}
