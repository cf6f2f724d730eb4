//! `forecourt leads ...`: its arguments.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::config::Config;
use crate::roles::Failure;
use crate::roles::leads::{self, Which};

#[derive(Debug, Subcommand)]
pub(super) enum Leads {
    /// One line a lead: unix ms, id, kind, `delivered` or `waiting`, why it is put aside. Nothing of anybody, unless asked.
    List {
        #[command(flatten)]
        which: Choice,
        /// Number, car and name too.
        #[arg(long)]
        personal: bool,
        /// The age identity to read them with, if they are sealed.
        #[arg(long, value_name = "FILE", requires = "personal")]
        identity: Option<PathBuf>,
    },
    /// All there is of each lead, as JSON lines.
    Export {
        #[command(flatten)]
        which: Choice,
        /// The age identity to read them with, if they are sealed.
        #[arg(long, value_name = "FILE")]
        identity: Option<PathBuf>,
    },
    /// Send leads to Kafka again, under the ids they have: those it has not acknowledged, or those asked for.
    Redeliver {
        #[command(flatten)]
        which: Choice,
        /// Also those that Kafka has acknowledged.
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Choice {
    /// This one; may be given several times.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    id: Vec<String>,
    /// Not those that Kafka has acknowledged.
    #[arg(long)]
    undelivered: bool,
    /// Not those that were left before, unix ms.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    since: u64,
}

impl Choice {
    fn which(&self) -> Which {
        Which { ids: self.id.clone(), undelivered: self.undelivered, since_ms: self.since }
    }
}

pub(super) fn run(config: &Config, leads: &Leads) -> Result<(), Failure> {
    match leads {
        Leads::List { which, personal, identity } => {
            let none = PathBuf::new();
            leads::list(config, &which.which(), personal.then(|| identity.as_ref().unwrap_or(&none)))
        }
        Leads::Export { which, identity } => leads::export(config, &which.which(), identity.as_ref()),
        Leads::Redeliver { which, all } => {
            let which = which.which();
            let undelivered = !all && which.ids.is_empty();
            leads::redeliver(config, &Which { undelivered, ..which })
        }
    }
}
