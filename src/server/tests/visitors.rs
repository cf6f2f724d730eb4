//! Who looked at a car gets an order of their own; everybody else gets the same bytes.

use http::header::{ACCEPT_ENCODING, COOKIE, HeaderName, IF_NONE_MATCH};

use super::exchange::{Origin, Reply, decoded};
use crate::car::CarId;
use crate::listing;
use crate::rank::{Interaction, Profile, Seen, Taste};
use crate::snapshot::catalogue_tests::live;

const PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");

/// The cookie a reply gives, as a browser sends it back.
fn cookie(reply: &Reply) -> Option<String> {
    Some(reply.header("set-cookie")?.split(';').next()?.to_owned())
}

fn with(origin: &Origin, path: &str, cookie: &str) -> Reply {
    origin.get_with(path, &[(COOKIE, cookie), (ACCEPT_ENCODING, "identity")])
}

#[test]
fn who_looked_at_a_car_gets_a_private_listing_with_the_reason() {
    let origin = Origin::ready();
    let first = origin.get("/car/7");
    let given = cookie(&first).unwrap();
    assert!(first.header("set-cookie").unwrap().contains("HttpOnly; SameSite=Lax"));
    let listing = with(&origin, "/cars", &given);
    assert_eq!(listing.header("cache-control"), Some("private, no-cache"));
    assert!(listing.text().contains("Because you looked at a Renault Duster"));
    assert_eq!(listing.body, with(&origin, "/cars?gclid=1", &given).body);
    // Its next page goes on in that order, whatever the cookie says by then.
    let next = listing.all("rel=\"next\" href=\"")[0].replace("&amp;", "&");
    let (a, b) = (with(&origin, &next, &given), origin.get(&next));
    assert_eq!((a.body == b.body, b.header("cache-control")), (true, Some("private, no-cache")));
    // Orders that need no model are everybody's.
    let sorted = with(&origin, "/cars?sort=price", &given);
    assert_eq!(sorted.header("cache-control"), Some("public, no-cache"));
    assert_eq!(sorted.body, origin.get("/cars?sort=price").body);
}

#[test]
fn who_left_a_lead_is_ranked_by_the_trained_vector_where_there_is_one() {
    let origin = Origin::ready();
    let snapshot = origin.shared.snapshots.load();
    let ranked = &snapshot.ranking()[0];
    let order_of = |visitor: u64| {
        let lead = Seen { car: CarId(7), kind: Interaction::Lead, minute: 0 };
        let mut cookie = "forecourt=".to_owned();
        Profile { visitor, seen: vec![lead] }.seal_onto(&mut cookie, &origin.shared.site.keys);
        with(&origin, "/cars", &cookie).all("data-car=\"")
    };
    let mut orders = Vec::new();
    for visitor in [11, 12] {
        let taste = Taste::trained(&ranked.model, visitor).unwrap();
        let slots = listing::page(&snapshot, ranked, &taste, snapshot.columns().live());
        let mut order = order_of(visitor);
        // On a card, its buttons say the car as well.
        order.dedup();
        assert_eq!(
            order,
            slots.iter().map(|&slot| snapshot.document(slot).id.to_string()).collect::<Vec<_>>()
        );
        orders.push(order);
    }
    assert_ne!(orders[0], orders[1]);
}

#[test]
fn a_page_put_together_from_pieces_is_the_page() {
    let mut origin = Origin::ready();
    let given = cookie(&origin.get("/car/7")).unwrap();
    let first = with(&origin, "/cars", &given).all("rel=\"next\" href=\"")[0].replace("&amp;", "&");
    for round in 0..2 {
        for path in ["/cars", "/cars?make=renault&price_max=120000", "/cars?make=kia", &first] {
            let whole = with(&origin, path, &given);
            for accept in ["gzip", "gzip, deflate, br, zstd"] {
                let asked = [(COOKIE, given.as_str()), (ACCEPT_ENCODING, accept)];
                let stitched = origin.get_with(path, &asked);
                assert!(decoded(&stitched) == whole.body, "{path} {accept} {round}");
                let etag = stitched.header("etag").unwrap();
                assert_ne!(Some(etag), whole.header("etag"));
                let again = [(COOKIE, given.as_str()), (ACCEPT_ENCODING, accept), (IF_NONE_MATCH, etag)];
                assert_eq!(origin.get_with(path, &again).status, 304);
            }
        }
        // Other prices, other bytes.
        origin.publish((1..20).map(|id| live(id, 100 + id, 50_000 + id as u32, id as i64)));
    }
}

#[test]
fn a_cookie_is_given_when_it_has_changed_and_to_who_looks() {
    let origin = Origin::ready();
    let given = cookie(&origin.get("/car/7")).unwrap();
    let again = with(&origin, "/car/7", &given);
    assert_eq!((cookie(&again), again.header("cache-control")), (None, Some("public, no-cache")));
    let other = cookie(&with(&origin, "/car/8", &given)).unwrap();
    assert_ne!(other, given);
    for path in ["/cars", "/car/99", "/car/98765", "/offline"] {
        assert_eq!(cookie(&origin.get(path)), None, "{path}");
    }
    assert_eq!(cookie(&origin.get_with("/car/7", &[(PURPOSE, "prefetch;prerender")])), None);
}

#[test]
fn a_cookie_that_is_not_ours_is_none() {
    let origin = Origin::ready();
    let given = cookie(&origin.get("/car/7")).unwrap();
    let anonymous = origin.get("/cars").body;
    let forged = format!("{}x", &given[..given.len() - 1]);
    let long = format!("forecourt={}", "A".repeat(5_000));
    for cookie in ["forecourt=", "forecourt", "forecourt=%%%", "a=b; forecourt=x; c", &forged, &long, ";;;="]
    {
        let reply = with(&origin, "/cars", cookie);
        assert_eq!(reply.header("cache-control"), Some("public, no-cache"), "{cookie:.40}");
        assert!(reply.body == anonymous, "{cookie:.40}");
    }
    let own = with(&origin, "/cars", &given).body;
    for others in
        [format!("_ga=GA1.1; {given}; x=y"), format!("forecourt=x; {given}"), format!("city=München;{given}")]
    {
        assert!(with(&origin, "/cars", &others).body == own, "{others}");
    }
}
