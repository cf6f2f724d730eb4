//! Floods of lines: a restored dump makes one and the same complaint of every car. Of each place in the code that warns, a
//! few lines a second are written; what more there is becomes one line a second, with the last of them in it.

use std::collections::HashMap;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber, callsite::Identifier};
use tracing_subscriber::layer::{Context, Layer};

/// Of one place, in a second.
const LINES_MAX: u32 = 10;
const INTERVAL: Duration = Duration::from_secs(1);
/// Of a line that stands for others.
const EXAMPLE_BYTES_MAX: usize = 300;
/// Lines that stand for others are not left out themselves.
const TARGET: &str = "forecourt::flood";

/// Lets warnings through while there are few.
#[derive(Clone, Debug, Default)]
pub(super) struct Flood {
    places: Arc<Mutex<HashMap<Identifier, Place>>>,
}

#[derive(Debug, Default)]
struct Place {
    written: u32,
    left_out: u64,
    /// The last line that was left out.
    last: String,
}

impl Flood {
    fn admits(&self, event: &Event<'_>) -> bool {
        let about = event.metadata();
        // Other levels are few, or what somebody has asked for; requests have a bound of their own.
        if *about.level() > Level::WARN
            || !about.target().starts_with("forecourt")
            || about.target() == TARGET
        {
            return true;
        }
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let place = places.entry(about.callsite()).or_default();
        if place.written < LINES_MAX {
            place.written += 1;
            return true;
        }
        place.left_out += 1;
        place.last.clear();
        event.record(&mut Text(&mut place.last));
        false
    }

    /// Call once a second: how many lines were left out of each flood, and the last of them. A flood that goes on is only
    /// told of in this way.
    fn renew(&self) -> Vec<(u64, String)> {
        let mut left_out = Vec::new();
        self.places.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, place| {
            let flooded = place.left_out > 0;
            if flooded {
                left_out.push((std::mem::take(&mut place.left_out), std::mem::take(&mut place.last)));
            }
            flooded
        });
        left_out
    }

    fn tell(&self, lines_dropped: &mut u64) {
        let dropped = super::lines_dropped();
        if dropped > *lines_dropped {
            tracing::warn!(target: TARGET, lines = dropped - *lines_dropped, "lines were dropped: nobody read them in time");
            *lines_dropped = dropped;
        }
        for (lines, last) in self.renew() {
            tracing::warn!(target: TARGET, lines, "such lines were left out, the last: {last}");
        }
    }

    /// Tells until the guard is dropped, and then once more.
    pub(super) fn watch(&self) -> std::io::Result<Watch> {
        let (stop, stopped) = mpsc::channel::<()>();
        let own = self.clone();
        let watch = move || {
            let mut lines_dropped = 0;
            loop {
                let ended = stopped.recv_timeout(INTERVAL) != Err(RecvTimeoutError::Timeout);
                own.tell(&mut lines_dropped);
                if ended {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("flood".to_owned()).spawn(watch)?;
        Ok(Watch { stop: Some(stop), thread: Some(thread) })
    }
}

#[derive(Debug)]
pub(super) struct Watch {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It ends at once; if it panicked there is nothing left to tell.
            let _ = thread.join();
        }
    }
}

impl<S: Subscriber> Layer<S> for Flood {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        self.admits(event)
    }
}

/// A line as people read it: the message, then the fields.
pub(super) struct Text<'a>(pub(super) &'a mut String);

impl Visit for Text<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let value = format!("{value:?}");
        if field.name() == "message" {
            self.0.insert_str(0, &value);
        } else {
            *self.0 += &format!(" {}={value}", field.name());
        }
        let end = self.0.floor_char_boundary(EXAMPLE_BYTES_MAX);
        self.0.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

    use super::{Event, Flood, LINES_MAX, Subscriber};

    struct Lines(Arc<AtomicUsize>);

    impl<S: Subscriber> Layer<S> for Lines {
        fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_flood_is_a_few_lines_and_then_one_for_all() {
        let (flood, lines) = (Flood::default(), Arc::new(AtomicUsize::new(0)));
        let written = || lines.swap(0, Ordering::Relaxed);
        let wrong = |cars: std::ops::Range<usize>| {
            for car in cars {
                tracing::warn!(car.id = car, reason = "no photos", "a car is wrong");
            }
        };
        let subscriber = tracing_subscriber::registry().with(Lines(Arc::clone(&lines))).with(flood.clone());
        tracing::subscriber::with_default(subscriber, || {
            wrong(0..9_000);
            assert_eq!(written(), LINES_MAX as usize);
            // Another place is no part of it, nor is what is not a warning.
            tracing::error!("something else");
            (0..100).for_each(|_| tracing::info!("as asked for"));
            assert_eq!(written(), 101);

            let told = flood.renew();
            assert_eq!(told, [(8_990, "a car is wrong car.id=8999 reason=\"no photos\"".to_owned())]);
            // It goes on: only the one line.
            wrong(0..50);
            assert_eq!((written(), flood.renew()[0].0), (0, 50));
            // A second without any ends it.
            assert_eq!(flood.renew(), []);
            wrong(0..3);
            assert_eq!((written(), flood.renew().len()), (3, 0));

            // A line that stands for others is never left out itself.
            for _ in 0..2 * LINES_MAX {
                wrong(0..30);
                flood.tell(&mut 0);
            }
            assert_eq!(written(), 3 * LINES_MAX as usize);
        });
    }

    #[test]
    fn the_line_of_a_flood_is_bounded() {
        let flood = Flood::default();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(flood.clone()), || {
            for _ in 0..=LINES_MAX {
                tracing::warn!("{}", "€".repeat(10_000));
            }
        });
        assert_eq!(flood.renew(), [(1, "€".repeat(100))]);
    }
}
