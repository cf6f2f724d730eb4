//! Every route and outcome as a client meets it: over a small hand-made snapshot, without a socket.

mod ads;
mod catalogue;
mod conditional;
mod events;
mod exchange;
mod fragments;
mod leads;
mod lifecycle;
mod outcomes;
mod search;
mod texts;
mod truth;
mod visitors;
