//! What is on the disk after everything that can go wrong on the way there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand_pcg::Pcg32;
use rand_pcg::rand_core::Rng as _;
use tempfile::TempDir;

use super::*;
use crate::clock;
use crate::lead::seal::{Head, Record};

fn record(id: &str, bytes: usize) -> Record {
    let head = Head {
        id: id.to_owned(),
        kind: "lead".to_owned(),
        at_ms: 1,
        related: String::new(),
        fingerprint: String::new(),
        again: false,
        quarantine: Vec::new(),
        sealed: false,
    };
    Record { head, body: vec![b'x'; bytes] }
}

/// Fails where it is told to.
#[derive(Clone, Default)]
struct Faulty(Arc<Faults>);

#[derive(Default)]
struct Faults {
    /// Calls from the first on that fail, per call.
    creates: AtomicUsize,
    writes: AtomicUsize,
    syncs: AtomicUsize,
}

fn fails(left: &AtomicUsize, errno: i32) -> io::Result<()> {
    let taken = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
    if taken.is_ok() { Err(io::Error::from_raw_os_error(errno)) } else { Ok(()) }
}

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

impl Files for Faulty {
    fn create(&self, path: &Path, bytes: u64) -> io::Result<Box<dyn Disk>> {
        fails(&self.0.creates, ENOSPC)?;
        Ok(Box::new(FaultyDisk(RealFiles.create(path, bytes)?, self.clone())))
    }

    fn directory(&self, path: &Path) -> io::Result<()> {
        RealFiles.directory(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        RealFiles.sync_directory(path)
    }
}

struct FaultyDisk(Box<dyn Disk>, Faulty);

impl Disk for FaultyDisk {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let failed = fails(&self.1.0.writes, ENOSPC);
        // Part of it is there all the same.
        let n = if failed.is_err() { bytes.len() / 2 } else { bytes.len() };
        self.0.write_at(&bytes[..n], offset).and(failed)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync().and(fails(&self.1.0.syncs, EIO))
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.0.cut(bytes)
    }
}

struct Place {
    dir: TempDir,
    faulty: Faulty,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), faulty: Faulty::default() }
    }

    fn directory(&self) -> PathBuf {
        directory(self.dir.path())
    }

    fn spool(&self, bytes_max: u64) -> Spool {
        let last = recover(&self.directory(), 0, |_| {}).unwrap().last;
        let keep = Duration::from_secs(3600);
        Spool::new(self.directory(), Box::new(self.faulty.clone()), bytes_max, keep, last)
    }

    fn ids(&self) -> Vec<String> {
        let last = segments(&self.directory()).unwrap_or_default().last().copied().unwrap_or_default();
        let mut reader = Reader::new(&self.directory(), Position::default());
        let mut ids = Vec::new();
        loop {
            match reader.next(Position { segment: last, offset: u64::MAX }).unwrap() {
                Step::Record(found) => ids.push(found.record.head.id),
                Step::Unreadable(..) => {}
                Step::End => return ids,
            }
        }
    }
}

fn append(spool: &mut Spool, ids: &[&str]) -> Result<Vec<Position>, NotKept> {
    append_of(spool, ids, 100)
}

fn append_of(spool: &mut Spool, ids: &[&str], bytes: usize) -> Result<Vec<Position>, NotKept> {
    let records: Vec<_> = ids.iter().map(|id| record(id, bytes).to_bytes()).collect();
    let records: Vec<_> = records.iter().map(Vec::as_slice).collect();
    // Long after the last attempt.
    let now = clock::now() + Duration::from_secs(rand::random_range(1..1_000_000));
    spool.retry_at = None;
    spool.append(&records, 0, now)
}

#[test]
fn what_was_appended_is_there_for_the_next_process() {
    let place = Place::new();
    let mut spool = place.spool(1 << 30);
    assert_eq!(append(&mut spool, &["a", "b"]).unwrap().len(), 2);
    append(&mut spool, &["c"]).unwrap();
    assert_eq!(place.ids(), ["a", "b", "c"], "also while it is written");
    // Killed: the room is not given back.
    drop(spool);
    assert_eq!(fs::metadata(path_of(&place.directory(), 1)).unwrap().len(), SEGMENT_BYTES);
    let mut spool = place.spool(1 << 30);
    assert!(fs::metadata(path_of(&place.directory(), 1)).unwrap().len() < 2_000);
    append(&mut spool, &["d"]).unwrap();
    assert_eq!(
        (place.ids(), segments(&place.directory()).unwrap()),
        (["a", "b", "c", "d"].map(str::to_owned).to_vec(), vec![1, 2])
    );
}

#[test]
fn a_torn_end_is_cut_at_every_byte_and_what_is_before_it_stays() {
    let place = Place::new();
    let mut spool = place.spool(1 << 30);
    append(&mut spool, &["a"]).unwrap();
    let end = append(&mut spool, &["b"]).unwrap()[0].offset;
    drop(spool);
    let path = path_of(&place.directory(), 1);
    let whole = fs::read(&path).unwrap();
    let start = usize::try_from(end).unwrap() - frame::of(&record("b", 100).to_bytes()).len();
    for cut in [start, start + 1, start + 5, start + 12, start + 40, usize::try_from(end).unwrap() - 1] {
        for tail in [&[][..], &[0; 100]] {
            fs::write(&path, [&whole[..cut], tail].concat()).unwrap();
            let mut ids = Vec::new();
            let found =
                recover(&place.directory(), 0, |found| ids.push(found.record.head.id.clone())).unwrap();
            assert_eq!((ids, found.torn_bytes > 0), (vec!["a".to_owned()], cut > start), "{cut}");
            assert_eq!(fs::metadata(&path).unwrap().len(), start as u64);
        }
    }
}

#[test]
fn damage_in_the_middle_costs_what_is_damaged() {
    let place = Place::new();
    let mut spool = place.spool(1 << 30);
    let ends = append(&mut spool, &["a", "b", "c"]).unwrap();
    spool.close();
    let path = path_of(&place.directory(), 1);
    let mut bytes = fs::read(&path).unwrap();
    bytes[usize::try_from(ends[0].offset).unwrap() + 50] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert_eq!(place.ids(), ["a", "c"]);
}

#[test]
fn a_failed_sync_is_never_tried_again_on_the_same_file() {
    let place = Place::new();
    let mut spool = place.spool(1 << 30);
    append(&mut spool, &["a"]).unwrap();
    place.faulty.0.syncs.store(1, Ordering::Relaxed);
    let end = append(&mut spool, &["b"]).unwrap()[0];
    assert_eq!(end.segment, 2, "the same batch, in a new segment");
    append(&mut spool, &["c"]).unwrap();
    let ids = place.ids();
    assert_eq!(ids.iter().filter(|id| *id != "b").collect::<Vec<_>>(), ["a", "c"]);
    assert!(ids.contains(&"b".to_owned()));

    // The new one cannot be made either: nobody is thanked.
    place.faulty.0.syncs.store(2, Ordering::Relaxed);
    assert!(matches!(append(&mut spool, &["d"]), Err(NotKept::Disk(..))));
    assert_eq!(append(&mut spool, &["e"]).unwrap()[0].segment, 3);
    assert!(place.ids().contains(&"e".to_owned()));
}

#[test]
fn a_full_disk_takes_what_there_is_room_for_and_then_says_so() {
    let place = Place::new();
    let mut spool = place.spool(1 << 30);
    append(&mut spool, &["a"]).unwrap();
    // No file can be made any more, but there is the room that was taken.
    place.faulty.0.creates.store(usize::MAX, Ordering::Relaxed);
    let (mut kept, mut last) = (0, Ok(Vec::new()));
    while last.is_ok() && kept < 100 {
        last = append_of(&mut spool, &["b"], 50_000);
        kept += usize::from(last.is_ok());
    }
    assert!(kept > 15 && matches!(last, Err(NotKept::Disk(..))), "{kept}");
    append(&mut spool, &["small"]).unwrap();
    place.faulty.0.creates.store(0, Ordering::Relaxed);
    append_of(&mut spool, &["c"], 50_000).unwrap();
    assert_eq!(place.ids().len(), kept + 3);
}

#[test]
fn a_write_that_stops_half_way_leaves_nothing_that_counts() {
    let place = Place::new();
    let mut spool = place.spool(1 << 30);
    append(&mut spool, &["a"]).unwrap();
    place.faulty.0.writes.store(2, Ordering::Relaxed);
    assert!(append(&mut spool, &["b"]).is_err());
    append(&mut spool, &["c"]).unwrap();
    drop(spool);
    assert_eq!(place.ids(), ["a", "c"]);
}

#[test]
fn a_segment_that_somebody_took_away_is_not_written_to() {
    let place = Place::new();
    let mut spool = place.spool(3 * SEGMENT_BYTES);
    append(&mut spool, &["a"]).unwrap();
    fs::rename(place.directory(), place.dir.path().join("elsewhere")).unwrap();
    append(&mut spool, &["b"]).unwrap();
    append(&mut spool, &["c"]).unwrap();
    assert_eq!(place.ids(), ["b", "c"]);
}

#[test]
fn delivered_segments_go_when_they_stand_in_the_way_and_others_never_do() {
    let place = Place::new();
    let mut spool = place.spool(3 * SEGMENT_BYTES);
    let full = |spool: &mut Spool, delivered| {
        let record = record("x", 200_000).to_bytes();
        let mut last = Ok(Vec::new());
        for _ in 0..10 {
            spool.retry_at = None;
            last = spool.append(&[&record], delivered, clock::now());
        }
        last
    };
    assert!(full(&mut spool, 0).is_ok());
    assert!(matches!(full(&mut spool, 0), Err(NotKept::Full(_))));
    assert_eq!(segments(&place.directory()).unwrap(), [1, 2, 3]);
    assert!(full(&mut spool, 3).is_ok());
    let left = segments(&place.directory()).unwrap();
    assert!(left.contains(&3) && !left.contains(&1), "{left:?}");
}

/// Whatever fails when, and however the process ends: who was told that it is kept finds it, once a process starts again.
#[test]
fn what_was_kept_is_found_after_any_faults_and_kills() {
    let seed = std::env::var_os("TEST_SEED")
        .and_then(|seed| seed.to_str()?.parse().ok())
        .unwrap_or_else(rand::random);
    println!("TEST_SEED={seed}");
    let mut dice = Pcg32::new(seed, 1);
    for _ in 0..6 {
        let place = Place::new();
        let mut spool = place.spool(1 << 30);
        let mut kept = Vec::new();
        for n in 0..60 {
            match dice.next_u32() % 12 {
                0 => place.faulty.0.syncs.store((dice.next_u32() % 3) as usize, Ordering::Relaxed),
                1 => place.faulty.0.writes.store((dice.next_u32() % 3) as usize, Ordering::Relaxed),
                2 => place.faulty.0.creates.store((dice.next_u32() % 3) as usize, Ordering::Relaxed),
                3 => spool = place.spool(1 << 30),
                _ => {}
            }
            let (a, b) = (format!("{n}a"), format!("{n}b"));
            if append_of(&mut spool, &[&a, &b], (dice.next_u32() % 30_000) as usize).is_ok() {
                kept.extend([a, b]);
            }
        }
        drop(spool);
        let mut found = Vec::new();
        recover(&place.directory(), 0, |record| found.push(record.record.head.id.clone())).unwrap();
        for id in kept {
            assert!(found.contains(&id), "{id} is lost");
        }
    }
}

#[test]
fn a_reader_follows_a_writer_from_segment_to_segment() {
    let place = Place::new();
    let mut spool = place.spool(1 << 30);
    let mut reader = Reader::new(&place.directory(), Position::default());
    let mut seen = 0;
    for n in 0..100 {
        let end = append_of(&mut spool, &[&n.to_string()], 30_000).unwrap()[0];
        let Step::Record(found) = reader.next(end).unwrap() else { panic!("{n}") };
        assert_eq!((found.record.head.id, found.end), (n.to_string(), end));
        assert!(matches!(reader.next(end).unwrap(), Step::End));
        seen += 1;
    }
    assert!(seen == 100 && segments(&place.directory()).unwrap().len() > 2);
}
