//! Whose turn it is: what a worker does when more pages have to be made than it can make in time.
//!
//! Bytes that are ready are sent at once, whatever else is asked for. A page that has to be made takes a turn, and the
//! next one waits until everything that was ready meanwhile has been answered, or for as long as the one before took: making
//! pages never takes more than half of a worker that has other things to do. Who waits is in a bounded queue, for a
//! bounded time.
//!
//! A burst is waited out, in order. Once somebody has waited in vain, or will as things stand, it is an overload: then the newest comes first, and
//! others are refused within a twentieth of that time, since a queue that stands helps nobody (adaptive LIFO and controlled
//! delay: B. Maurer, "Fail at Scale", ACM Queue 13(8), 2015). When one in three is refused it is a flood: there is always
//! somebody new, so nobody waits for more than two others, and who would is refused at once, which costs least. Who waits
//! alone is never refused: no queue stands, at most the machine did.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};

use crate::clock;
use crate::config;

/// How long an overload lasts after the last one who waited in vain.
const OVERLOAD: Duration = Duration::from_secs(1);
/// Of the time somebody may wait, what is left in an overload: one part in so many.
const OVERLOAD_SHARE: u32 = 20;
/// The share of those who are refused, in an overload, that makes it a flood. Well above what so short a queue refuses when
/// just as much is asked for as can be done: a flood ends by itself.
const FLOOD: f32 = 1.0 / 3.0;
/// How many wait in a flood.
const FLOOD_QUEUE: usize = 2;
/// What the last one counts for, in the share of those who are refused and in what a page takes.
const SHARE_OF_LAST: f32 = 1.0 / 64.0;

/// Of one worker. Only its own thread comes here, and not for bytes that are ready, so that nobody waits for the lock.
#[derive(Debug)]
pub(super) struct Turns {
    wait_max: Duration,
    queue_max: usize,
    queue: Mutex<Queue>,
    n_waiting: AtomicUsize,
    used: Notify,
}

#[derive(Debug)]
struct Queue {
    /// When the next turn may be taken without having waited.
    free_at: Instant,
    overloaded_until: Instant,
    /// Of late.
    refused: f32,
    /// What a page takes, if nothing interrupts it.
    page: Duration,
    waiting: VecDeque<Waiter>,
}

impl Queue {
    fn is_overloaded(&self, now: Instant) -> bool {
        now < self.overloaded_until
    }

    fn is_flooded(&self, now: Instant) -> bool {
        self.is_overloaded(now) && self.refused > FLOOD
    }

    /// How many can be served within this time.
    fn served_within(&self, wait_max: Duration) -> usize {
        wait_max.as_nanos().checked_div(self.page.as_nanos()).map_or(usize::MAX, |n| n as usize)
    }

    /// One page that takes long may have met a machine that stood still.
    fn note_page(&mut self, took: Duration) {
        self.page = took.min(self.page + took.saturating_sub(self.page).mul_f32(SHARE_OF_LAST));
    }

    fn note_turn(&mut self) {
        self.refused -= self.refused * SHARE_OF_LAST;
    }

    fn note_refusal(&mut self, now: Instant) {
        self.refused += (1.0 - self.refused) * SHARE_OF_LAST;
        self.overloaded_until = now + OVERLOAD;
    }
}

/// Dropping it says no.
#[derive(Debug)]
struct Waiter {
    since: Instant,
    turn: oneshot::Sender<()>,
}

impl Turns {
    pub(super) fn new(server: &config::Server, now: Instant) -> Self {
        Self {
            wait_max: Duration::from_millis(server.queue_wait_ms.into()),
            queue_max: server.queue_max,
            queue: Mutex::new(Queue {
                free_at: now,
                overloaded_until: now,
                refused: 0.0,
                page: Duration::ZERO,
                waiting: VecDeque::new(),
            }),
            n_waiting: AtomicUsize::new(0),
            used: Notify::new(),
        }
    }

    /// Whether a page may be made now.
    pub(super) fn take(&self, now: Instant) -> bool {
        let mut queue = self.lock();
        let is_free = queue.free_at <= now;
        if is_free {
            queue.note_turn();
        }
        is_free
    }

    /// A page was made.
    pub(super) fn made(&self, began: Instant, now: Instant) {
        let (mut queue, took) = (self.lock(), now.duration_since(began));
        queue.free_at = now + took;
        queue.note_page(took);
        drop(queue);
        self.used.notify_one();
    }

    /// Gets a message when it is the caller's turn, and an error when that comes to nothing. `None`: it is refused now.
    pub(super) fn wait(&self, now: Instant) -> Option<oneshot::Receiver<()>> {
        let mut queue = self.lock();
        if queue.is_flooded(now) && queue.waiting.len() >= FLOOD_QUEUE {
            queue.note_refusal(now);
            return None;
        }
        if queue.waiting.len() >= self.queue_max.min(queue.served_within(self.wait_max)) {
            // Somebody will wait in vain; who has waited for longest has the least to expect.
            queue.waiting.pop_front();
            queue.note_refusal(now);
        }
        let (turn, its_turn) = oneshot::channel();
        queue.waiting.push_back(Waiter { since: now, turn });
        self.n_waiting.store(queue.waiting.len(), Ordering::Relaxed);
        drop(queue);
        // Whoever had the last turn may have gone without making a page.
        self.used.notify_one();
        Some(its_turn)
    }

    pub(super) fn n_waiting(&self) -> usize {
        self.n_waiting.load(Ordering::Relaxed)
    }

    /// Passes turns on, for as long as it is polled by the worker.
    pub(super) async fn pass_on(&self) {
        loop {
            // Goes on when the worker has looked at its sockets again, and so at what else is ready.
            tokio::task::yield_now().await;
            if !self.pass(clock::now()) {
                self.used.notified().await;
            }
        }
    }

    /// The next one's turn. Whether somebody is still waiting.
    fn pass(&self, now: Instant) -> bool {
        let mut queue = self.lock();
        let queue = &mut *queue;
        queue.free_at = now;
        loop {
            let (overloaded, flooded) = (queue.is_overloaded(now), queue.is_flooded(now));
            let wait_max = if overloaded { self.wait_max / OVERLOAD_SHARE } else { self.wait_max };
            let queue_max = if flooded { FLOOD_QUEUE } else { self.queue_max };
            let in_vain = |waiter: &Waiter| now.duration_since(waiter.since) > wait_max;
            let n_waiting = queue.waiting.len();
            if n_waiting > queue_max || n_waiting > 1 && queue.waiting.front().is_some_and(in_vain) {
                queue.waiting.pop_front();
                queue.note_refusal(now);
                continue;
            }
            let newest_first = overloaded && !flooded;
            let next = if newest_first { queue.waiting.pop_back() } else { queue.waiting.pop_front() };
            let Some(next) = next else { break };
            // Who has gone meanwhile needs no turn.
            if next.turn.send(()).is_ok() {
                queue.free_at = now + queue.page;
                queue.note_turn();
                break;
            }
        }
        self.n_waiting.store(queue.waiting.len(), Ordering::Relaxed);
        !queue.waiting.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // A panic in between leaves a queue that is whole.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot::error::TryRecvError;

    use super::*;

    fn turns(queue_max: usize) -> (Turns, Instant) {
        let now = clock::now();
        (Turns::new(&config::Server { queue_max, queue_wait_ms: 100, ..Default::default() }, now), now)
    }

    /// What each of them was told: `+` it is their turn, `-` it will not be, `.` nothing.
    fn told(waiters: &mut [oneshot::Receiver<()>]) -> String {
        let tell = |waiter: &mut oneshot::Receiver<()>| match waiter.try_recv() {
            Ok(()) => '+',
            Err(TryRecvError::Empty) => '.',
            Err(TryRecvError::Closed) => '-',
        };
        waiters.iter_mut().map(tell).collect()
    }

    #[test]
    fn the_next_page_waits_for_as_long_as_the_last_one_took_or_until_others_had_their_turn() {
        let (turns, now) = turns(9);
        let ms = |ms| now + Duration::from_millis(ms);
        assert!(turns.take(now));
        turns.made(now, ms(3));
        assert!(!turns.take(ms(3)) && !turns.take(ms(5)) && turns.take(ms(6)));
        turns.pass(ms(4));
        assert!(turns.take(ms(4)));
    }

    #[tokio::test]
    async fn who_comes_after_one_that_left_with_its_turn_is_served() {
        let (turns, now) = turns(9);
        turns.made(now, now + Duration::from_secs(9));
        let passing = async {
            let left = turns.wait(now).unwrap();
            tokio::task::yield_now().await;
            drop(left);
            tokio::time::sleep(Duration::from_millis(20)).await;
            turns.wait(now).unwrap().await
        };
        let served = tokio::select! {
            () = turns.pass_on() => unreachable!("it goes on"),
            served = tokio::time::timeout(Duration::from_secs(5), passing) => served,
        };
        assert_eq!(served, Ok(Ok(())));
    }

    #[test]
    fn a_burst_is_waited_out_in_order_and_who_has_gone_takes_no_turn() {
        let (turns, now) = turns(9);
        let ms = |ms| now + Duration::from_millis(ms);
        let mut waiters: Vec<_> = (0..4).map(|i| turns.wait(ms(i)).unwrap()).collect();
        waiters.remove(1);
        assert!(turns.pass(ms(40)));
        assert_eq!(told(&mut waiters), "+..");
        assert!(turns.pass(ms(45)));
        assert_eq!((told(&mut waiters[1..]).as_str(), turns.n_waiting()), ("+.", 1));
        assert!(!turns.pass(ms(50)));
        assert_eq!((told(&mut waiters[2..]).as_str(), turns.n_waiting()), ("+", 0));
    }

    #[test]
    fn in_an_overload_the_newest_comes_first_and_who_comes_too_late_is_told_so_soon() {
        let (turns, now) = turns(9);
        let ms = |ms| now + Duration::from_millis(ms);
        // One waits in vain; with a twentieth of the time the next two do, too.
        let mut waiters: Vec<_> = [0, 70, 90, 99, 100].map(|at| turns.wait(ms(at)).unwrap()).into();
        assert!(turns.pass(ms(101)));
        assert_eq!(told(&mut waiters), "---.+");
        waiters.push(turns.wait(ms(102)).unwrap());
        assert!(turns.pass(ms(103)));
        assert_eq!((told(&mut waiters[3..4]), told(&mut waiters[5..])), (".".to_owned(), "+".to_owned()));
        waiters.push(turns.wait(ms(104)).unwrap());
        assert!(!turns.pass(ms(105)));
        assert_eq!((told(&mut waiters[3..4]), told(&mut waiters[6..])), ("-".to_owned(), "+".to_owned()));
        // A second without anybody who waits in vain, and it is over.
        let mut waiters: Vec<_> = [2000, 2001].map(|at| turns.wait(ms(at)).unwrap()).into();
        assert!(turns.pass(ms(2020)));
        assert_eq!(told(&mut waiters), "+.");
    }

    #[test]
    fn who_waits_alone_is_served_however_late_it_is() {
        let (turns, now) = turns(9);
        let mut waiters = [turns.wait(now).unwrap()];
        assert!(!turns.pass(now + Duration::from_secs(3)));
        assert_eq!(told(&mut waiters), "+");
        // Nor is that an overload.
        let mut waiters: Vec<_> =
            [3000, 3001].map(|at| turns.wait(now + Duration::from_millis(at)).unwrap()).into();
        assert!(turns.pass(now + Duration::from_millis(3040)));
        assert_eq!(told(&mut waiters), "+.");
    }

    #[test]
    fn a_queue_that_takes_too_long_is_an_overload_before_anybody_has_waited_in_vain() {
        let (turns, now) = turns(1000);
        for _ in 0..1000 {
            turns.made(now, now + Duration::from_millis(20));
        }
        let mut waiters: Vec<_> = (0..7).map(|_| turns.wait(now).unwrap()).collect();
        assert_eq!(told(&mut waiters), "--.....");
        assert!(turns.lock().is_overloaded(now));
        // One that takes long says little.
        turns.made(now, now + Duration::from_millis(1));
        turns.made(now, now + Duration::from_millis(64));
        assert_eq!(turns.lock().served_within(Duration::from_millis(100)), 50);
    }

    #[test]
    fn a_full_queue_refuses_whoever_has_waited_for_longest() {
        let (turns, now) = turns(2);
        let mut waiters: Vec<_> = (0..4).map(|_| turns.wait(now).unwrap()).collect();
        assert_eq!((told(&mut waiters).as_str(), turns.n_waiting()), ("--..", 2));
        assert!(turns.pass(now));
        assert_eq!(told(&mut waiters[2..]), ".+");
    }

    /// Whether each was given a place, when so many come at once before each turn, so often. None of them goes away.
    fn places(turns: &Turns, from: Instant, at_once: usize, times: u32) -> Vec<bool> {
        let mut waiters = Vec::new();
        for number in 0..times {
            let now = from + Duration::from_millis(number.into());
            waiters.extend((0..at_once).map(|_| turns.wait(now)));
            turns.pass(now);
        }
        waiters.iter().map(Option::is_some).collect()
    }

    #[test]
    fn in_a_flood_nobody_waits_for_more_than_two_and_the_rest_is_refused_at_once() {
        let (turns, now) = turns(9);
        let places = places(&turns, now, 4, 200);
        assert!(places[..8].iter().all(|has| *has), "a burst is waited out");
        assert_eq!(&places[places.len() - 4..], [true, false, false, false]);
        assert_eq!(turns.n_waiting(), 1);
    }

    #[test]
    fn a_flood_ends_when_fewer_come_than_can_be_served() {
        let (turns, now) = turns(9);
        places(&turns, now, 4, 200);
        assert!(turns.lock().is_flooded(now + Duration::from_millis(200)));
        let calm = places(&turns, now + Duration::from_millis(200), 1, 300);
        assert!(calm.iter().all(|has| *has));
        assert!(!turns.lock().is_flooded(now + Duration::from_millis(500)));
    }
}
