//! Leads from outside: kept across kills, read by operators, seen by nobody else.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use data_encoding::BASE64;
use nix::sys::signal::Signal;
use serde_json::Value;

use crate::client::Page;
use crate::harness::{Instance, Place, Serve, until};

const NAME: &str = "Zebulon Quixote";

impl Instance {
    fn form(&self, path: &str, body: &str) -> Page {
        let kind = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
        self.pages.post(path, &kind, body.as_bytes())
    }

    fn lead(&self, number: u32) -> String {
        let name = NAME.replace(' ', "+");
        let reply = self.form("/leads", &format!("car_id=1000&phone=98765{number:05}&name={name}&consent=1"));
        assert_eq!(reply.status, 303, "{}", reply.text());
        reply.header("location").unwrap().to_owned()
    }
}

/// `forecourt leads ...`, beside a server or without one.
fn leads(place: &Place, arguments: &[&str]) -> (Option<i32>, String, String) {
    let all: Vec<_> = std::iter::once("leads").chain(arguments.iter().copied()).collect();
    let output = Serve::new(&all).data(&place.path("data")).run();
    (output.status.code(), output.stdout, output.stderr)
}

fn exported(place: &Place, arguments: &[&str]) -> Vec<Value> {
    let (code, lines, why) = leads(place, &[&["export"], arguments].concat());
    assert_eq!(code, Some(0), "{why}");
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_lead_that_was_thanked_for_is_there_after_kill_9() {
    let place = Place::with_cars(5);
    let mut receipts = Vec::new();
    for round in 0..3 {
        let mut instance = place.serve().ready();
        receipts.extend((0..5).map(|n| instance.lead(round * 100 + n)));
        // Sent again, after a restart too.
        assert_eq!(instance.lead(0), receipts[0]);
        assert_eq!(instance.get(&receipts[0]).status, 200);
        assert_eq!(exported(&place, &[]).len(), receipts.len(), "beside the server");
        instance.process.kill();
    }
    // The end of a batch that nobody was thanked for.
    let directory = place.path("data/leads");
    let last = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    let mut bytes = fs::read(&last).unwrap();
    let end = bytes.iter().rposition(|&b| b != 0).unwrap() + 1;
    bytes[end..end + 33].copy_from_slice(b"LEAD\x99\0\0\0 torn in the middle of it");
    fs::write(&last, bytes).unwrap();
    let instance = place.serve().ready();
    assert!(instance.process.log().contains("cut 33 bytes off"), "{}", instance.process.log());
    let leads_there = exported(&place, &[]);
    let ids: Vec<_> =
        leads_there.iter().map(|lead| format!("/leads/{}", lead["id"].as_str().unwrap())).collect();
    assert_eq!(ids, receipts);
    assert!(leads_there.iter().all(|lead| lead["name"] == NAME && lead["car"]["id"] == 1000));
    assert_eq!(instance.status()["leads"]["waiting"], 15);
    let (_, list, _) = leads(&place, &["list"]);
    assert!(list.lines().count() == 15 && !list.contains("98765") && !list.contains("Zebulon"), "{list}");
    let (_, list, _) = leads(&place, &["list", "--personal", "--id", &ids[3][7..]]);
    assert!(list.contains("+919876500003\t1000\tZebulon Quixote") && list.lines().count() == 1, "{list}");
    let (code, _, why) = leads(&place, &["redeliver"]);
    assert!(code == Some(64) && why.contains("kafka.brokers"), "{why}");
}

/// A text as programs write it.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let percent: String = text.bytes().map(|b| format!("%{b:02X}")).collect();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    // However it lies in what is encoded.
    let base64 = (0..3).map(|n| {
        let shifted = BASE64.encode(format!("{}{text}", "x".repeat(n)).as_bytes());
        shifted.as_bytes()[4..shifted.len() - 6].to_vec()
    });
    let raw = [text.to_owned(), text.replace(' ', "+"), text.replace(' ', "%20"), percent];
    raw.into_iter().map(String::into_bytes).chain([utf16]).chain(base64).collect()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    forms(text).iter().any(|form| bytes.windows(form.len()).any(|window| window == form))
}

fn files(directory: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn a_name_and_a_number_are_in_the_spool_and_nowhere_else() {
    let place = Place::with_cars(5);
    let serve = place.serve().with("LOG__LEVEL", "trace").with("LOG__REQUESTS_PER_SECOND_MAX", "1000");
    let mut instance = serve.ready();
    let receipt = instance.lead(43_210);
    // Everything that answers, fails or logs.
    let wrong = instance.form("/leads", "car_id=1000&phone=9876543210&name=Zebulon+Quixote");
    assert!(wrong.status == 422 && wrong.has(NAME));
    instance.form("/leads", "phone=%zz&name=Zebulon+Quixote");
    instance.form("/privacy/withdraw", "phone=98765+43210");
    let pages =
        [receipt.as_str(), "/car/x-1000", "/cars", "/privacy", "/leads"].map(|path| instance.get(path).body);
    let told = ["/metrics", "/status", "/readyz", "/documents"].map(|path| instance.admin.get(path).body);
    instance.process.signal(Signal::SIGTERM);
    instance.process.wait();
    let mut found = Vec::new();
    files(&place.path("data"), &mut found);
    let (spool, rest): (Vec<_>, Vec<_>) = found.into_iter().partition(|(path, _)| path.ends_with(".spool"));
    assert!(spool.iter().any(|(_, bytes)| contains(bytes, NAME) && contains(bytes, "9876543210")));
    assert!(rest.iter().any(|(path, _)| path.ends_with("events.jsonl")));
    let others = pages.into_iter().chain(told).chain([instance.process.log().into_bytes()]);
    let others = others.map(|bytes| ("an answer, or the log".to_owned(), bytes));
    for (what, bytes) in rest.into_iter().chain(others) {
        for marker in [NAME, "9876543210", "98765 43210"] {
            assert!(!contains(&bytes, marker), "{marker} is in {what}");
        }
    }
}

#[test]
fn with_a_recipient_only_its_identity_reads_leads() {
    let place = Place::with_cars(5);
    let key = age::x25519::Identity::generate();
    let identity = place.path("identity.txt");
    fs::write(&identity, age::secrecy::ExposeSecret::expose_secret(&key.to_string())).unwrap();
    let mut instance = place.serve().with("LEAD__RECIPIENT", &key.to_public().to_string()).ready();
    instance.lead(43_210);
    instance.process.kill();
    let mut found = Vec::new();
    files(&place.path("data"), &mut found);
    for (what, bytes) in &found {
        assert!(!contains(bytes, NAME) && !contains(bytes, "9876543210"), "{what}");
    }
    let (code, _, why) = leads(&place, &["export"]);
    assert!(code == Some(64) && why.contains("--identity"), "{why}");
    let read = exported(&place, &["--identity", identity.to_str().unwrap()]);
    assert_eq!((&read[0]["name"], &read[0]["phone"]), (&NAME.into(), &"+919876543210".into()));
    let refused = place.serve().with("LEAD__RECIPIENT", "age1nonsense").run();
    assert!(
        refused.status.code() == Some(64) && refused.stderr.contains("lead.recipient: "),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_disk_that_takes_nothing_gives_the_form_back_and_a_number_to_call() {
    let place = Place::with_cars(5);
    let mut instance = place.serve().with("LEAD__SPOOL_BYTES_MAX", "2097152").ready();
    let body = format!("car_id=1000&phone=9876543210&name={}&consent=1&notice=", "x".repeat(90));
    // Two segments of a megabyte, about a kilobyte each lead: a bound of the spool stands for a full disk.
    let filler = place.path("data/leads");
    fs::create_dir_all(&filler).unwrap();
    fs::write(filler.join("0000000001.spool"), vec![0; 2 << 20]).unwrap();
    let reply = instance.form("/leads", &body);
    assert_eq!(reply.status, 503);
    assert!(reply.has("Nothing was saved") && reply.has("9876543210") && reply.has("href=\"tel:+91"));
    assert_eq!(instance.metric("forecourt_leads_total{outcome=\"not_taken\"}"), 1.0);
    let ready = instance.admin.get("/readyz");
    assert!(ready.status == 200 && ready.has("lead-spool: "), "{}", ready.text());
    fs::remove_file(filler.join("0000000001.spool")).unwrap();
    until("leads are taken again", || (instance.form("/leads", &body).status == 303).then_some(()));
    until("that is said", || (!instance.admin.get("/readyz").has("lead-spool")).then_some(()));
    instance.process.kill();
    assert_eq!(exported(&place, &[]).len(), 1);
}

#[test]
fn an_error_of_the_disk_costs_a_segment_and_no_lead() {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        println!("no strace on this machine: nothing is tried");
        return;
    }
    let place = Place::with_cars(5);
    let mut instance = place.serve().ready();
    let first = instance.lead(1);
    let pid = instance.process.id().to_string();
    let mut strace = Command::new("strace");
    strace.args([
        "-f",
        "-q",
        "-o",
        "/dev/null",
        "-e",
        "trace=fdatasync",
        "-e",
        "inject=fdatasync:error=EIO:when=1",
        "-p",
        &pid,
    ]);
    let mut strace = strace.stderr(Stdio::null()).spawn().unwrap();
    until("it is traced", || {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        status.lines().any(|line| line.starts_with("TracerPid:") && !line.ends_with("\t0")).then_some(())
    });
    let second = instance.lead(2);
    let third = instance.lead(3);
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(strace.id().cast_signed()), Signal::SIGTERM).unwrap();
    strace.wait().unwrap();
    assert!(instance.process.log().contains("is given up"), "{}", instance.process.log());
    assert_eq!(instance.metric("forecourt_leads_segments_given_up_total"), 1.0);
    instance.process.kill();
    let mut there: Vec<_> =
        exported(&place, &[]).iter().map(|lead| format!("/leads/{}", lead["id"].as_str().unwrap())).collect();
    there.sort();
    let mut receipts = vec![first, second, third];
    receipts.sort();
    assert_eq!(there, receipts);
}
