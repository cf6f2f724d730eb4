//! The workers: one thread and one single-threaded runtime each, with a register of their connections.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::runtime::{Builder, Handle};
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

use super::Shared;
use super::connection::{Deadlines, Watch, serve};
use super::turns::Turns;
use crate::clock;
use crate::config;
use crate::lifecycle::Phase;

#[derive(Debug)]
pub struct Workers {
    workers: Vec<Arc<Worker>>,
    shared: Arc<Shared>,
    head_bytes_max: usize,
    /// What the workers' seconds count from.
    began: Instant,
}

#[derive(Debug)]
struct Worker {
    handle: Handle,
    n_connections: AtomicUsize,
    connections: Mutex<HashMap<u64, Connection>>,
    turns: Arc<Turns>,
    next_connection: AtomicUsize,
    /// Seconds since the workers began, while this one runs.
    seconds: Arc<AtomicU32>,
}

impl Workers {
    /// Starts the threads; they end with the lifecycle.
    pub fn start(server: &config::Server, shared: &Arc<Shared>) -> anyhow::Result<Self> {
        let began = clock::now();
        let start = |i| Worker::start(i, server, shared, began).with_context(|| format!("start worker {i}"));
        let workers = (0..n_workers(server)).map(start).collect::<Result<_, _>>()?;
        Ok(Self { workers, shared: Arc::clone(shared), head_bytes_max: server.head_bytes_max, began })
    }

    /// Gives the connection to the worker with the fewest.
    pub fn serve(&self, stream: std::net::TcpStream) {
        let fewest = self.workers.iter().min_by_key(|worker| worker.n_connections.load(Ordering::Relaxed));
        if let Some(worker) = fewest {
            worker.serve(stream, Arc::clone(&self.shared), self.head_bytes_max);
        }
    }

    pub fn n_connections(&self) -> usize {
        self.workers.iter().map(|worker| worker.n_connections.load(Ordering::Relaxed)).sum()
    }

    /// Requests that wait for their turn.
    pub fn n_waiting(&self) -> usize {
        self.workers.iter().map(|worker| worker.turns.n_waiting()).sum()
    }

    /// Closes a few of the connections that have been quiet for longest, and for more than a second.
    pub fn make_room(&self) {
        let now_s = seconds_since(self.began);
        let mut quiet = Vec::new();
        for worker in &self.workers {
            for (watch, task) in worker.lock().values() {
                let since = watch.quiet_since().filter(|since| since + 1 < now_s);
                quiet.extend(since.zip(task.clone()));
            }
        }
        quiet.sort_unstable_by_key(|&(since, _)| since);
        quiet.truncate(ROOM);
        metrics::counter!("forecourt_connections_evicted_total").increment(quiet.len() as u64);
        quiet.iter().for_each(|(_, task)| task.abort());
    }

    /// How long ago the slowest worker last showed that it runs, in seconds.
    pub fn slowest_beat_s(&self) -> u32 {
        let now_s = seconds_since(self.began);
        let beat = |worker: &Arc<Worker>| now_s.saturating_sub(worker.seconds.load(Ordering::Relaxed));
        self.workers.iter().map(beat).max().unwrap_or(0)
    }

    /// Lets responses under way end, for at most `timeout`; closes connections as they become idle.
    pub async fn finish(&self, timeout: Duration) {
        let deadline = clock::now() + timeout;
        // What was sent before the listener closed may still lie unread in a socket that looks idle.
        tokio::time::sleep(timeout.min(UNREAD_WAIT)).await;
        while self.n_connections() > 0 && clock::now() < deadline {
            for worker in &self.workers {
                worker.close_where(Watch::is_idle);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn n_workers(server: &config::Server) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if server.workers == 0 { cores } else { server.workers }
}

/// Feeds and sitemaps at once, a piece of which takes half a millisecond.
const STREAMS_PER_WORKER: usize = 8;

/// Places for them.
pub fn streams(server: &config::Server) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(STREAMS_PER_WORKER * n_workers(server)))
}

/// Connections that are closed at once where there is no more room.
const ROOM: usize = 64;
/// A worker reads what has arrived within milliseconds.
const UNREAD_WAIT: Duration = Duration::from_millis(200);

fn seconds_since(began: Instant) -> u32 {
    u32::try_from(clock::now().duration_since(began).as_secs()).unwrap_or(u32::MAX)
}

/// The task's handle is there as soon as the task is spawned.
type Connection = (Arc<Watch>, Option<AbortHandle>);

impl Worker {
    fn start(
        index: usize,
        server: &config::Server,
        shared: &Arc<Shared>,
        began: Instant,
    ) -> anyhow::Result<Arc<Self>> {
        let deadlines = Deadlines {
            idle_s: server.idle_timeout_s,
            head_s: server.head_timeout_s,
            write_s: server.write_timeout_s,
        };
        // Its one other thread draws pictures.
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .max_blocking_threads(1)
            .thread_name(format!("draw-{index}"))
            .build()?;
        let worker = Arc::new(Self {
            handle: runtime.handle().clone(),
            n_connections: AtomicUsize::new(0),
            connections: Mutex::default(),
            turns: Arc::new(Turns::new(server, began)),
            next_connection: AtomicUsize::new(0),
            seconds: Arc::default(),
        });
        let (own, lifecycle) = (Arc::clone(&worker), shared.lifecycle.clone());
        let run = move || {
            runtime.block_on(async {
                tokio::select! {
                    () = own.look_around(deadlines, began) => {}
                    () = own.turns.pass_on() => {}
                    () = lifecycle.reached(Phase::Stopping) => {}
                }
            });
        };
        std::thread::Builder::new().name(format!("worker-{index}")).spawn(run)?;
        Ok(worker)
    }

    /// Once a second: moves the clock on and closes what has used up its time.
    async fn look_around(&self, deadlines: Deadlines, began: Instant) {
        let mut second = tokio::time::interval(Duration::from_secs(1));
        loop {
            second.tick().await;
            self.seconds.store(seconds_since(began), Ordering::Relaxed);
            self.close_where(|watch| watch.is_overdue(deadlines));
        }
    }

    fn serve(self: &Arc<Self>, stream: std::net::TcpStream, shared: Arc<Shared>, head_bytes_max: usize) {
        let number = self.next_connection.fetch_add(1, Ordering::Relaxed) as u64;
        let watch =
            Arc::new(Watch::new(Arc::clone(&self.seconds), stream.peer_addr().ok().map(|peer| peer.ip())));
        self.n_connections.fetch_add(1, Ordering::Relaxed);
        // Registered before it can end, so that its end finds it; the lock is not held while it is spawned, since a
        // runtime that has ended drops it there and then.
        self.lock().insert(number, (Arc::clone(&watch), None));
        let registered = Registered { worker: Arc::clone(self), number };
        let connection = serve(stream, shared, watch, Arc::clone(&self.turns), head_bytes_max);
        let task = self.handle.spawn(async move {
            let _registered = registered;
            connection.await;
        });
        if let Some((_, handle)) = self.lock().get_mut(&number) {
            *handle = Some(task.abort_handle());
        }
    }

    fn close_where(&self, mut overdue: impl FnMut(&Watch) -> bool) {
        for (watch, task) in self.lock().values() {
            if let Some(task) = task.as_ref().filter(|_| overdue(watch)) {
                task.abort();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Connection>> {
        // Each critical section is one map operation: a panic in between leaves a map that is whole.
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the connection off the register however it ends.
struct Registered {
    worker: Arc<Worker>,
    number: u64,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.worker.lock().remove(&self.number);
        self.worker.n_connections.fetch_sub(1, Ordering::Relaxed);
    }
}
