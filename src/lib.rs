//! Forecourt: the page origin of a used-car marketplace.
//!
//! Two pages matter, a car's own page and the listing. Both are served as finished, compressed HTML from the memory of
//! this process, and neither is ever stale: whatever any program writes to the source database is followed to the
//! bytes. This page is the map; the README says how to run it and what the words mean.
//!
//! # The life of a change
//!
//! ```text
//!  any program's SQL write
//!      |
//!  source ----- change log ----> relay ----> changes ----> projector ----> store
//!  (MySQL,      (binlog,                    (Kafka, or     dirty set          |
//!  SQLite)      triggers)                   a channel)     fetch, assemble    |  documents by version
//!      |                                                        |             |  (Valkey, memory)
//!      +------ SQL: whole cars -------------------------------->+             |
//!                                                               v             v
//!                                              feed (Kafka, or a channel) --> follower ----> disk copy
//!                                                    gap-free messages           |
//!                                                                                v
//!                                                       snapshot, swapped in with arc-swap
//! ```
//!
//! Each arrow is a trait: [`change::ChangeLog`] and [`change::ChangeReader`], [`source::Source`], [`store::Store`],
//! [`feed::FeedWriter`] and [`feed::FeedReader`]. Which ends they have, and whether the roles share a process, is for the
//! settings to say and for [`roles`] to build. None of them has heard of HTTP.
//!
//! What each link promises, so that the next may rely on it:
//!
//! - *relay*: every change at least once, and behind it how far the log is read; its place is durable where its changes are.
//! - *projector*: reads a car from the source after its change was told of, never trusting a read that may be older
//!   ([`change::Reach`]); writes the document, then announces it, then notes how far changes are applied.
//! - *store*: one writer at a time, by lease and epoch; greater versions only; says when it has lost writes (its *head*).
//! - *feed*: one sequence without gaps; a heartbeat carries the instant up to which everything is applied.
//! - *follower*: publishes what is announced, in the version announced or a later one; loads everything when in doubt. It
//!   calls itself ready when it has read what was said while it loaded, so that one that starts is not behind those that run. While the
//!   feed is silent it looks at the store by itself, so that one that starts there is not ahead of them.
//!
//! # The life of a request
//!
//! ```text
//!  acceptor -> worker -> server::respond: check, route, negotiate
//!                           |
//!              snapshot + address -> page::plan (which cars, which versions: a fingerprint)
//!                           |
//!              page cache: bytes of this fingerprint?  hit: send    else: render, compress, keep, send
//! ```
//!
//! A listing for somebody who has a profile is nobody else's: it is planned for every request ([`rank`], filters, facets) and
//! put together from pieces that are kept compressed ([`page::PageCache::personal`]). What is counted for their choices is counted
//! once a snapshot, and cards are made before anybody asks for them, by a role of its own (`roles::ahead`).
//!
//! A worker is one thread with one single-threaded runtime. A request never waits: not for a lock that is held across
//! I/O, not for the network; and for another request only where both need a page made: that takes turns, in a bounded queue for a
//! bounded time, so that what is ready is sent at once, and what cannot be made in time is refused at once with 503.
//! Feeds and sitemaps are written piece by piece, between which others have their turn, a few at once. Pictures that are
//! not drawn yet are drawn by one more thread of the worker's, while it goes on.
//!
//! Behind the first page a script in the browser (`assets/script`) asks for the *fragments* of pages: the same plans and views
//! without the frame, under the same address with `f=1`. A service worker (`assets/worker`) keeps what was seen. Both are part of
//! this binary: `src/build.rs` joins and minifies them, [`page`] names them by their content and compresses them once.
//!
//! What a visitor was shown and did goes the other way: into a bounded queue without waiting, and from there, by a role
//! of its own, to Kafka or a file ([`events`]).
//!
//! Two kinds of requests have a body that is read: `POST /events`, and forms. A form's answer waits for its lead to be safe
//! ([`lead`]), as a future of its own connection: the worker goes on with the others.
//!
//! ```text
//!  form -> check -> record, sealed --+--> spool: one write, one fdatasync a batch --+--> 303, receipt
//!                                    |                                              |
//!                                    +--> Kafka: acknowledged by all replicas ------+    neither: 503, the form again
//!                                              ^
//!                       what is not acknowledged is read from the spool, by whatever process comes next
//! ```
//!
//! # The map, in reading order
//!
//! | module | what it is | imports |
//! |---|---|---|
//! | [`car`], [`change`] | the document; a changed row: pure data | |
//! | `forecourt-views` (`views/`) | props in, markup out | |
//! | [`http`] | what requests mean and responses must say: pure | car |
//! | [`keys`] | signing what visitors carry | |
//! | [`rank`] | a LightFM model, vectors of cars and visitors, the profile: pure | car, keys |
//! | [`snapshot`] | the immutable catalogue, its columns, sets and vectors; publishing it; its disk copy | car, change, clock, rank |
//! | [`listing`] | choice, cursor, ten cars; facets; similar cars: pure | car, http, keys, rank, snapshot |
//! | [`page`] | plan, render, compress, cache; pages put together from pieces; sitemap and feeds | car, http, keys, listing, snapshot, and the views |
//! | [`source`] | `catalogue.toml`; fetching whole cars by SQL: MySQL, SQLite | car, change |
//! | [`kafka`] | clients, topics, offsets: what the three ends in Kafka have in common | clock |
//! | [`relay`] | role: the change logs: binlog, change table; publishing them to Kafka | change, clock, faults, kafka, lifecycle, source |
//! | [`store`] | documents by version: Valkey, memory; the lease | car, change |
//! | [`feed`] | who has to know: Kafka, channel | car, change, kafka |
//! | [`quarantine`] | cars whose rows cannot become documents | car |
//! | [`faults`] | what a role waits for, and since when | |
//! | [`projector`] | role: changes -> documents. `projector::assemble` is pure | car, change, clock, faults, feed, kafka, lifecycle, quarantine, source, store |
//! | [`follower`] | role: feed -> snapshot | car, clock, faults, feed, lifecycle, snapshot, store |
//! | [`audit`] | do source, store and instances agree | car, change, projector, source, store |
//! | [`events`] | what visitors were shown and did: a bounded queue; role: to Kafka or a file | budget, car, clock, config, kafka, lifecycle, listing, rank |
//! | [`lead`] | what somebody leaves: read, sealed, spooled; role: to Kafka | car, clock, config, faults, http, kafka, keys, lifecycle |
//! | [`server`] | role: HTTP/1.1, workers, deadlines; the admin port of every role | car, clock, config, events, faults, http, keys, lead, lifecycle, listing, page, quarantine, rank, snapshot, telemetry, version |
//! | [`seed`] | fills a source: CSV files or a generated catalogue | clock, source |
//! | [`config`], [`clock`], [`lifecycle`], [`budget`], [`version`] | settings, time, phases, so many a second, which build this is | |
//! | [`telemetry`] | log, metrics, trace ids | budget, clock, config, http |
//! | [`roles`] | composition: which ends, which threads | everything |
//! | [`cli`] | commands and exit codes | config, roles, seed, telemetry, version |
//!
//! `tests/tidy.rs` reads this table, and holds every file to it, besides the home of each library and the sizes: a change that
//! needs another arrow changes it here.
//!
//! # Invariants, and where they hold
//!
//! 1. *Every page comes from memory.* [`page::PageCache::get_if`] has no way to ask anybody; [`http::CacheResult::Miss`]
//!    exists to stand at zero.
//! 2. *No going back.* Versions are (epoch, sequence). [`store::Store::claim`] begins an epoch nobody had; the store and
//!    [`snapshot::Snapshot::with`] ignore what is not greater; a store that stands before the feed is not started from;
//!    the follower journals a batch to disk before it publishes it, so a killed process starts where it was.
//! 3. *Every committed change becomes visible, or the age says so.* [`snapshot::Snapshots::as_of_ms`] moves only when
//!    everything the log tells of as committed before that instant is published; it is read before the snapshot is loaded, so the header
//!    `Forecourt-As-Of` is true of the response. What keeps it from moving stands in [`faults`], with its beginning. A
//!    sweep over the whole source finds what no log shows, and proves freshness where no log does.
//! 4. *A page is a function of (snapshot, address, profile).* A snapshot has the models and the day in it; [`page::plan`] and
//!    [`page::render`] read no clock and no request. Slots are this process's own: no order depends on them.
//!    Cached bytes carry the fingerprint of what they show; nothing has to be invalidated.
//! 5. *A bad row costs one car its update.* [`projector::assemble`] finds it, [`quarantine`] says why, the document
//!    stays as it was.
//! 6. *A lead that was answered with success is on disk or in Kafka*, and is delivered at least once under one id.
//!    [`lead::Ticket`] tells the request so only after [`lead::spool::Spool::append`] has returned or Kafka has acknowledged;
//!    the cursor moves only over what is acknowledged. [`lead::Personal`] cannot be printed: what it holds is in no log,
//!    metric, URL, page of the cache or panic message.
//! 7. *The end loses no request.* [`lifecycle::Phase`] only moves on: health says 503, requests are served and
//!    connections close with their next response, then nothing is accepted, then the process ends.

pub mod audit;
pub mod budget;
pub mod car;
pub mod change;
pub mod cli;
pub mod clock;
pub mod config;
pub mod events;
pub mod faults;
pub mod feed;
pub mod follower;
pub mod http;
pub mod kafka;
pub mod keys;
pub mod lead;
pub mod lifecycle;
pub mod listing;
pub mod page;
pub mod projector;
pub mod quarantine;
pub mod rank;
pub mod relay;
pub mod roles;
pub mod seed;
pub mod server;
pub mod snapshot;
pub mod source;
pub mod store;
pub mod telemetry;
pub mod version;
