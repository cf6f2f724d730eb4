//! Against real servers: MariaDB as it is installed, MySQL 9 in a folder of its own (see [`server`]).

mod failover;
mod following;
mod outages;
mod preflight;
mod rows;
mod server;
mod statements;
mod types;
