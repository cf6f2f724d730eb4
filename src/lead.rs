//! Leads: what somebody leaves who wants a car, and that it is never lost and never seen by anybody else.
//!
//! A form is read and checked, becomes a record that only its recipient can read, and takes two ways at once: to a spool on
//! this disk, and to Kafka. Whoever sent it is thanked when the first of them has it for good, and told that nothing
//! was taken when neither has. The spool remembers what is not acknowledged by Kafka, across whatever end of the process.
//!
//! - `phone`, `form`: what was typed, read and checked; `personal`: texts that nothing can print
//! - `clicks`: the advertisement somebody came by; `address`, `limits`: who floods
//! - `receipt`: the id, which is made of what was sent; `recent`: what was sent a while ago
//! - `seal`: a lead as bytes, the only place where personal texts become some
//! - `ticket`: the first way that has it; `intake`: what requests call; `keeper`: the thread of the [`spool`]
//! - `deliver`: the role that brings leads to Kafka; `counts`: what is told of it all

pub mod address;
pub mod clicks;
mod counts;
mod deliver;
mod form;
mod intake;
mod keeper;
mod limits;
mod personal;
mod phone;
mod receipt;
mod recent;
mod seal;
pub mod spool;
mod start;
mod ticket;

pub use clicks::Clicks;
pub use counts::{Counts, Outcome, Standing};
pub use deliver::{Delivery, ROLE, TOPIC, TOPIC_ASIDE, topic_of, topics};
pub use form::{Errors, Form, Person};
pub use intake::{Leads, Taken, Wish};
pub use personal::Personal;
pub use phone::{BadPhone, Phone};
pub use receipt::{Kind, Receipt};
pub use seal::{Car, Head, Lead, Opener, Record, Sealer, Unreadable};
pub use start::{Ends, start};
pub use ticket::{Fate, Place, Ticket};
