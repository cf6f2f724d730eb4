//! What a crash may leave is used, what damage may leave is not.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::{BASE, DiskCopy, Identity, Ignored, Loaded, Mark, load};
use crate::car::{FORMAT, State};
use crate::change::Position;
use crate::snapshot::Snapshot;
use crate::snapshot::catalogue::tests::{details, document, live};

fn identity() -> Identity {
    Identity::new(7, "sqlite:x".to_owned())
}

fn mark(sequence: u64) -> Mark {
    Mark { epoch: 1, sequence, position: Position(format!("log:{}", sequence * 10)), as_of_ms: 5 }
}

/// A copy of 1,000 cars and a journal of two changes.
fn write(directory: &Path) -> DiskCopy {
    let (snapshot, _) = Snapshot::default().with((0..1000).map(|id| live(id, 1, 100, 1)));
    let mut copy = DiskCopy::new(directory, identity());
    copy.rewrite(Arc::new(snapshot), mark(1)).unwrap();
    copy.append(&mark(2), &[live(3, 2, 90, 1)]).unwrap();
    copy.finish().unwrap();
    copy.append(&mark(3), &[live(3, 3, 80, 1), document(4, 3, State::Deleted)]).unwrap();
    copy
}

fn price_of_car_3(loaded: Loaded) -> u32 {
    let (snapshot, _) = Snapshot::default().with(loaded.documents);
    snapshot.get(crate::car::CarId(3)).unwrap().state.details().unwrap().price_rupees
}

fn journal_file(directory: &Path) -> std::path::PathBuf {
    let mut files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|e| e == "journal")).unwrap()
}

#[test]
fn a_copy_gives_back_what_was_appended_last() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path());
    let loaded = load(directory.path(), &identity()).unwrap();
    assert_eq!((loaded.mark.clone(), loaded.documents.len()), (mark(3), 1003));
    assert_eq!(price_of_car_3(loaded), 80);
}

#[test]
fn a_torn_last_record_is_dropped_alone() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path());
    let journal = journal_file(directory.path());
    let bytes = fs::read(&journal).unwrap();
    for cut in [1, 5, 30] {
        fs::write(&journal, &bytes[..bytes.len() - cut]).unwrap();
        let loaded = load(directory.path(), &identity()).unwrap();
        assert_eq!(loaded.mark, mark(2));
        assert_eq!(price_of_car_3(loaded), 90);
    }
}

#[test]
fn a_copy_is_gone_on_with_behind_its_torn_record() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path());
    let journal = journal_file(directory.path());
    let bytes = fs::read(&journal).unwrap();
    fs::write(&journal, &bytes[..bytes.len() - 5]).unwrap();
    let loaded = load(directory.path(), &identity()).unwrap();
    let mut copy = DiskCopy::new(directory.path(), identity());
    copy.resume(&loaded).unwrap();
    copy.append(&mark(4), &[live(3, 4, 60, 1)]).unwrap();
    let loaded = load(directory.path(), &identity()).unwrap();
    assert_eq!(loaded.mark, mark(4));
    assert_eq!(price_of_car_3(loaded), 60);
}

#[test]
fn damage_anywhere_ignores_the_whole_copy() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path());
    let base = directory.path().join(BASE);
    let bytes = fs::read(&base).unwrap();
    for place in [0, 3, 4, 13, 200, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x55;
        fs::write(&base, damaged).unwrap();
        let ignored = load(directory.path(), &identity()).unwrap_err();
        assert_eq!(ignored, Ignored::Damaged, "byte {place}");
    }
    for longer in [&bytes[..bytes.len() - 1], &[bytes.as_slice(), b"x"].concat(), b""] {
        fs::write(&base, longer).unwrap();
        assert_eq!(load(directory.path(), &identity()), Err(Ignored::Damaged));
    }
    fs::write(&base, &bytes).unwrap();
    let journal = journal_file(directory.path());
    let whole = fs::read(&journal).unwrap();
    // Length, its checksum, the content's checksum, content; the last length too.
    let last = usize::try_from(u32::from_le_bytes(whole[..4].try_into().unwrap())).unwrap() + 16;
    for place in [0, 2, 5, 9, 20, last, last + 1] {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x55;
        fs::write(&journal, damaged).unwrap();
        assert_eq!(load(directory.path(), &identity()), Err(Ignored::Damaged), "byte {place}");
    }
    fs::remove_file(&base).unwrap();
    assert_eq!(load(directory.path(), &identity()), Err(Ignored::Absent));
}

#[test]
fn another_catalogue_or_source_or_build_is_foreign() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path());
    let other_build = Identity { format: FORMAT + 1, ..identity() };
    for other in
        [Identity::new(8, "sqlite:x".to_owned()), Identity::new(7, "sqlite:y".to_owned()), other_build]
    {
        assert_eq!(load(directory.path(), &other), Err(Ignored::Foreign));
    }
}

#[test]
fn a_rewrite_that_did_not_finish_leaves_the_old_copy_complete() {
    let directory = tempfile::tempdir().unwrap();
    let mut copy = write(directory.path());
    let (snapshot, _) = Snapshot::default().with([live(3, 3, 80, 1)]);
    let base = fs::read(directory.path().join(BASE)).unwrap();
    copy.rewrite(Arc::new(snapshot), mark(3)).unwrap();
    copy.append(&mark(4), &[live(3, 4, 70, 1)]).unwrap();
    // As if the process had died before the rename: the old base, with both journals.
    let pending = copy.pending.take().unwrap();
    pending.join().unwrap().unwrap();
    fs::write(directory.path().join(BASE), base).unwrap();
    assert_eq!(price_of_car_3(load(directory.path(), &identity()).unwrap()), 70);
}

/// The layout's fingerprint. If this fails, a type of the document has changed: raise `car::FORMAT`, then this value.
#[test]
fn the_layout_of_documents_belongs_to_its_format_number() {
    let mut car = details(904_000, 1);
    car.features.push(crate::car::Feature { group: "Safety".into(), name: "ABS".into() });
    let bytes = postcard::to_stdvec(&*document(1, 2, State::Sold(Box::new(car)))).unwrap();
    assert_eq!((FORMAT, xxhash_rust::xxh3::xxh3_64(&bytes)), (1, 3_424_179_564_839_853_601));
}
