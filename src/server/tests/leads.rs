//! A lead as its visitor meets it: the form, what is wrong with it, the receipt, and what nobody else may see.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, HOST, HeaderName, ORIGIN, REFERER};
use http::{Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};

use super::exchange::{HIDDEN, Origin, Reply, request};
use crate::config;
use crate::events::Event;
use crate::lead::spool::{self, Position, Reader, Step};
use crate::lifecycle::Phase;
use crate::server::post::{Post, Reading};

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");
const GOOD: &str = "car_id=7&phone=098765+43210&name=Asha+Rao&consent=1&notice=2026-11.old";

impl Origin {
    fn post_to(&self, path: &str, headers: &[(HeaderName, &str)], body: &str) -> Reply {
        let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
        let form = "application/x-www-form-urlencoded";
        let mut request = Request::post(path)
            .header(HOST, "cars.example.com")
            .header(CONTENT_TYPE, form)
            .body(body)
            .unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let post = Post::of(&request).unwrap();
        if let Err(refusal) = self.shared.check_post(post, &request) {
            return Reply::of(self.shared.turn_away(post, &request, refusal));
        }
        let pages = self.pages();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Reply::of(runtime.block_on(Reading::new(pages, post, request)).unwrap())
    }

    fn lead(&self, body: &str) -> Reply {
        self.post_to("/leads", &[], body)
    }

    /// Everything in the spool.
    fn leads(&self) -> Vec<Value> {
        read(self.data.path())
    }
}

fn read(data: &Path) -> Vec<Value> {
    let directory = spool::directory(data);
    let last = spool::segments(&directory).unwrap_or_default().last().copied().unwrap_or_default();
    let mut reader = Reader::new(&directory, Position::default());
    let mut leads = Vec::new();
    loop {
        match reader.next(Position { segment: last, offset: u64::MAX }).unwrap() {
            Step::Record(found) => leads.push(serde_json::from_slice(&found.record.body).unwrap()),
            Step::Unreadable(path, bytes) => panic!("{bytes} bytes of {}", path.display()),
            Step::End => return leads,
        }
    }
}

fn cookies(reply: &Reply) -> Vec<String> {
    let all = reply.headers.get_all("set-cookie").iter();
    all.map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned()).collect()
}

fn location(reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text());
    reply.header("location").unwrap().to_owned()
}

#[test]
fn a_lead_is_kept_thanked_for_and_can_be_looked_at_again() {
    let mut origin = Origin::ready();
    let reply = origin.lead(GOOD);
    let receipt = location(&reply);
    assert_eq!((reply.header("cache-control"), reply.body.len()), (Some("no-store"), 0));
    let leads = origin.leads();
    assert_eq!(leads.len(), 1);
    let lead = &leads[0];
    assert_eq!(receipt, format!("/leads/{}", lead["id"].as_str().unwrap()));
    assert_eq!(
        (&lead["phone"], &lead["name"], &lead["kind"]),
        (&json!("+919876543210"), &json!("Asha Rao"), &json!("lead"))
    );
    assert_eq!((&lead["car"]["id"], &lead["car"]["price_rupees"]), (&json!(7), &json!(107_000)));
    assert_eq!(lead["consent"]["notice_shown"], "2026-11.old");
    assert_eq!(lead["consent"]["notice"], json!(origin.shared.site.notice));
    assert_eq!((&lead["consent"]["marketing"], &lead["quarantine"]), (&json!(false), &json!([])));

    for _ in 0..2 {
        let page = origin.get(&receipt);
        assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, Some("no-store")));
        let text = page.text();
        assert!(text.contains("Thank you") && text.contains("1,07,000") && text.contains("noindex"));
        assert!(!text.contains("98765") && !text.contains("Asha"), "{text}");
    }
    assert_eq!(location(&origin.lead(GOOD)), receipt, "a double click");
    // Whoever left it is one who left a lead, to the ranking and, once, to training.
    let cookie = cookies(&reply).remove(0);
    let listing = origin.get_with("/cars", &[(COOKIE, &cookie)]);
    assert!(listing.text().contains("Because you"));
    assert_eq!(listing.header("cache-control"), Some("private, no-cache"));
    let told = origin.queue.take(10);
    let lines: Vec<Value> = told
        .iter()
        .map(|event| serde_json::from_slice(&crate::events::Line::of(event, "x").json).unwrap())
        .collect();
    let asked: Vec<_> = lines.iter().filter(|line| line["name"] == "generate_lead").collect();
    assert_eq!((asked.len(), &asked[0]["by"], &asked[0]["car"]), (1, &json!("server"), &json!(7)));
    assert_eq!(asked[0]["visitor"], lead["visitor"], "one visitor in both");
}

#[test]
fn what_is_wrong_comes_back_beside_the_field_with_all_that_was_typed() {
    let origin = Origin::ready();
    let reply = origin.lead("car_id=7&phone=12345&name=A%22%3Cb%3E&test_drive=1");
    assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (422, Some("no-store")));
    let text = reply.text();
    for part in [
        "Enter all ten digits",
        "Tick “Call me back",
        r#"value="12345""#,
        "A&quot;&lt;b&gt;",
        r#"name="test_drive" value="1" checked"#,
        r#"value="7""#,
        "1,07,000",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!((origin.leads().len(), cookies(&reply).len()), (0, 0));
    for (body, status) in [("phone=%ff", 400), ("", 422), (&format!("name={}", "x".repeat(20_000)), 413)] {
        assert_eq!(origin.lead(body).status, status, "{status}");
    }
    assert!(origin.leads().is_empty());
}

#[test]
fn every_time_that_the_form_offers_is_in_the_lead() {
    let origin = Origin::ready();
    let page = origin.get("/car/7").text();
    let select = page.split_once("name=\"slot\">").unwrap().1.split_once("</select>").unwrap().0;
    let offered: Vec<_> =
        select.split("value=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    assert_eq!(offered[0], "");
    for slot in &offered[1..] {
        location(&origin.lead(&format!("{GOOD}&test_drive=1&slot={slot}")));
        assert_eq!(origin.leads().pop().unwrap()["slot"], *slot);
        let again = origin.lead(&format!("car_id=7&phone=1&test_drive=1&slot={slot}")).text();
        assert!(again.contains(&format!("value=\"{slot}\" selected")), "{again}");
    }
}

#[test]
fn the_same_form_sent_again_has_the_same_receipt_and_another_one_is_related() {
    let origin = Origin::ready();
    let first = location(&origin.lead(GOOD));
    for again in [GOOD, "consent=on&name=%20Asha++Rao&phone=%2B91-98765-43210&car_id=7"] {
        assert_eq!(location(&origin.lead(again)), first);
    }
    assert_eq!(origin.leads().len(), 1);
    let other = location(&origin.lead(&GOOD.replace("Rao", "Roy")));
    let leads = origin.leads();
    assert!(other != first && leads.len() == 2);
    assert_eq!((&leads[1]["again"], &leads[1]["related"]), (&json!(true), &leads[0]["related"]));
    location(&origin.lead(&GOOD.replace("car_id=7", "car_id=8")));
    assert_eq!(origin.leads()[2]["again"], false);
}

#[test]
fn a_receipt_is_answered_for_by_any_instance_and_nothing_else_is_one() {
    let (origin, other) = (Origin::ready(), Origin::ready());
    let receipt = location(&origin.lead(&format!("{GOOD}&test_drive=1")));
    assert!(other.get(&receipt).text().contains("test drive"));
    for path in ["/leads/x", "/leads/", &format!("{receipt}A"), &receipt[..receipt.len() - 1]] {
        assert_ne!(other.get(path).status, 200, "{path}");
    }
    let mut head = request(&receipt);
    *head.method_mut() = Method::HEAD;
    assert_eq!(other.send(&head).body.len(), 0);
    let by_hand = origin.get("/leads");
    assert_eq!((by_hand.status.as_u16(), by_hand.header("location")), (303, Some("/cars")));
    // Of a car that nobody can see any more.
    let hidden = location(&origin.lead(&GOOD.replace("car_id=7", &format!("car_id={HIDDEN}"))));
    assert_eq!(origin.get(&hidden).status, 200);
}

#[test]
fn forms_of_other_sites_are_refused() {
    let origin = Origin::ready();
    for (headers, status) in [
        (&[(SITE, "cross-site")][..], 403),
        (&[(SITE, "same-site")], 403),
        (&[(ORIGIN, "https://evil.example")], 403),
        (&[(ORIGIN, "null")], 403),
        (&[(CONTENT_TYPE, "text/plain")], 415),
        (&[(SITE, "same-origin"), (ORIGIN, "https://cars.example.com")], 303),
        (&[(SITE, "none")], 303),
        (&[(ORIGIN, "https://cars.example.com")], 303),
        (&[], 303),
    ] {
        let reply = origin.post_to("/leads", headers, GOOD);
        assert_eq!(reply.status, status, "{headers:?}");
        assert_eq!(reply.header("connection"), (status != 303).then_some("close"));
    }
    assert_eq!(origin.leads().len(), 1);
}

#[test]
fn what_looks_like_a_program_is_put_aside_and_answered_alike() {
    let settings = config::Lead { per_address_max: 3, ..config::Lead::default() };
    let mut origin = Origin::with_leads(&settings).filled();
    let from = |n: u32, more: &str| {
        let body = format!("car_id=7&phone=987654{n:04}&consent=1{more}");
        origin.post_to("/leads", &[(FORWARDED, "6.6.6.6, 203.0.113.7")], &body)
    };
    let replies = [from(1, ""), from(2, "&website=x"), from(3, "&name=http://x"), from(4, "")];
    assert!(replies.iter().all(|reply| origin.get(&location(reply)).status == 200));
    assert_eq!(location(&from(2, "&website=x")), location(&replies[1]), "sent again");
    let told = origin.queue.take(10);
    let asked = told.iter().filter(|event| matches!(event, Event::Asked { .. })).count();
    assert_eq!(asked, 1, "nobody learns from programs");
    let aside: Vec<_> = origin.leads().into_iter().map(|lead| lead["quarantine"].clone()).collect();
    assert_eq!(aside, [json!([]), json!(["trap"]), json!(["link"]), json!(["address"])]);
}

#[test]
fn when_half_the_room_is_taken_the_rest_is_for_people() {
    let settings = config::Lead { spool_bytes_max: 8 << 20, ..config::Lead::default() };
    let origin = Origin::with_leads(&settings).filled();
    let before = spool::directory(origin.data.path()).join("0000000900.spool");
    fs::create_dir_all(before.parent().unwrap()).unwrap();
    fs::File::create(&before).unwrap().set_len(5 << 20).unwrap();
    location(&origin.lead(GOOD));
    let aside = origin.lead(&GOOD.replace("car_id=7", "car_id=8&website=x"));
    assert_eq!((aside.status.as_u16(), aside.text().contains("Nothing was saved")), (503, true));
    location(&origin.lead(&GOOD.replace("car_id=7", "car_id=8")));
    assert!(origin.shared.leads.standing.spool_bytes() >= 5 << 20);
    fs::remove_file(&before).unwrap();
    let again = || origin.lead(&GOOD.replace("car_id=7", "car_id=9&website=x")).status;
    assert!(std::iter::repeat_with(again).take(10_000).any(|status| status == 303), "there is room again");
}

#[test]
fn the_advertisement_is_kept_by_a_cookie_and_nothing_else_changes() {
    let origin = Origin::ready();
    let query = "?fbclid=IwAR0aBcD&utm_source=fb&utm_campaign=Diwali%20Sale";
    let (plain, landed) = (origin.get("/cars?sort=price"), origin.get(&format!("/cars{query}&sort=price")));
    assert_eq!(plain.body, landed.body);
    assert_eq!((plain.header("cache-control"), cookies(&plain).len()), (Some("public, no-cache"), 0));
    assert_eq!(landed.header("cache-control"), Some("private, no-cache"));
    let cookie = cookies(&landed).remove(0);
    assert!(cookie.starts_with("forecourt-ad=") && !cookie.contains("IwAR0aBcD"), "{cookie}");
    assert!(landed.header("set-cookie").unwrap().contains("; Max-Age=7776000; HttpOnly; SameSite=Lax"));
    // Who comes by it again has it; another one takes its place. A car's page gives two.
    assert!(cookies(&origin.get_with(&format!("/cars{query}&sort=price"), &[(COOKIE, &cookie)])).is_empty());
    assert_eq!(cookies(&origin.get_with("/cars?gclid=1&sort=price", &[(COOKIE, &cookie)])).len(), 1);
    assert_eq!(cookies(&origin.get("/car/7?gclid=1")).len(), 2);

    let page = (REFERER, "https://cars.example.com/car/x-7?gclid=1");
    let reply = origin.post_to("/leads", &[(COOKIE, &format!("a=b; {cookie}")), page], GOOD);
    location(&reply);
    let lead = origin.leads().remove(0);
    let landed_ms = lead["clicks"]["landed_ms"].as_u64().unwrap();
    assert_eq!(lead["clicks"]["_fbc"], json!(format!("fb.1.{landed_ms}.IwAR0aBcD")));
    assert_eq!((&lead["clicks"]["utm_campaign"], &lead["page"]), (&json!("Diwali Sale"), &json!("/car/x-7")));
    assert_eq!(lead["quarantine"], json!(["fast"]), "nobody types that fast");
}

#[test]
fn who_withdraws_is_heard_as_surely_as_who_asks() {
    let origin = Origin::ready();
    let (notice, form) = (origin.get("/privacy"), origin.get("/privacy/withdraw"));
    assert!(
        notice.text().contains(&origin.shared.site.notice)
            && form.text().contains("action=\"/privacy/withdraw\"")
    );
    let wrong = origin.post_to("/privacy/withdraw", &[], "phone=1");
    assert!(wrong.status == 422 && wrong.text().contains("value=\"1\""));
    let reply = origin.post_to("/privacy/withdraw", &[], "phone=98765+43210&car_id=7&name=x");
    assert!(origin.get(&location(&reply)).text().contains("withdrawal is noted"));
    assert!(cookies(&reply).is_empty());
    let lead = origin.leads().remove(0);
    assert_eq!((&lead["kind"], &lead["phone"]), (&json!("withdrawal"), &json!("+919876543210")));
    assert!(lead["name"].is_null() && lead["car"].is_null() && lead["consent"].is_null());
}

#[test]
fn a_lead_that_is_not_safe_is_not_thanked_for() {
    let origin = Origin::ready();
    // A file where the directory should be.
    let directory = spool::directory(origin.data.path());
    fs::write(&directory, "").unwrap();
    let reply = origin.lead(GOOD);
    assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (503, Some("no-store")));
    let text = reply.text();
    assert!(
        text.contains("Nothing was saved") && text.contains("098765 43210") && text.contains("Asha Rao"),
        "{text}"
    );
    assert!(text.contains("href=\"tel:+91"), "whom to call");
    assert!(!text.contains("/leads/") && cookies(&reply).is_empty());
    fs::remove_file(&directory).unwrap();
    // The spool tries again a moment later.
    let again = std::iter::repeat_with(|| origin.lead(GOOD)).find(|reply| reply.status == 303).unwrap();
    assert_eq!((origin.leads().len(), origin.get(&location(&again)).status.as_u16()), (1, 200));
}

#[test]
fn leads_are_taken_before_there_is_a_page_and_while_the_process_ends() {
    let origin = Origin::starting();
    location(&origin.lead(GOOD));
    assert_eq!(origin.leads()[0]["car"]["id"], 7);
    let origin = Origin::ready();
    origin.shared.lifecycle.enter(Phase::Draining);
    let reply = origin.lead(GOOD);
    location(&reply);
    assert_eq!(reply.header("connection"), Some("close"));
}
