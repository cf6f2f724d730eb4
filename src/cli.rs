//! The command line: one short match from a sub-command to what runs it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

mod leads;

use crate::config::Config;
use crate::roles::rank::{History, Whom, history};
use crate::roles::{self, Failure};
use crate::seed;
use crate::telemetry;
use crate::version;

/// Wrong settings or arguments: `EX_USAGE` of sysexits.
const EXIT_USAGE: u8 = 64;
/// Of an audit that could not ask somebody: it has not found a difference, and is not sure that there is none.
const EXIT_NOT_COMPARED: u8 = 2;

/// The page origin of a used-car marketplace.
#[derive(Debug, Parser)]
#[command(version = version::BUILD, about)]
struct Command {
    #[command(subcommand)]
    role: Option<Role>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
struct Settings {
    /// Settings to read; `config/forecourt.toml` shows them all.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Serve the pages (the default).
    Serve,
    /// Turn changes into documents, for instances that follow through Kafka and Valkey.
    Project,
    /// Publish the source's binlog to Kafka.
    Relay,
    /// Compare source, store and instances: exit 1 if they differ, 2 if one could not be asked.
    Audit(Audit),
    /// Print the order a visitor gets: `car_id<TAB>score`, the best first.
    ///
    /// Without options the order of somebody we know nothing of. With several visitors, or --cars several times, one order
    /// after the other, an empty line between them.
    Rank(Rank),
    /// Leads on this machine's disk: list, export, send to Kafka again. Works beside the server.
    #[command(subcommand)]
    Leads(leads::Leads),
    /// Fill an empty source database with a catalogue.
    Seed(Seed),
    /// Ask the process with these settings whether it lives: exit 0 if it does.
    Health,
    /// Check the settings and the files they name, and show what is in effect.
    CheckConfig,
}

#[derive(Debug, Args)]
struct Audit {
    /// Admin port of an instance to compare too, as http://127.0.0.1:9090; may be given several times. One that is starting
    /// is waited for, up to 10 s.
    #[arg(long = "instance", value_name = "ADMIN_URL")]
    instances: Vec<String>,
}

#[derive(Debug, Args)]
struct Rank {
    /// Cars somebody looked at, the last one first: these are left out. `ID:wishlist` and `ID:lead` say more than a look.
    #[arg(long, value_name = "ID,ID:lead", value_parser = history)]
    cars: Vec<History>,
    /// Somebody the model was trained with; with --cars, somebody who has looked at these since.
    #[arg(long, value_name = "ID,ID", value_delimiter = ',')]
    visitor: Vec<u64>,
    /// How many cars.
    #[arg(long, default_value_t = 10)]
    top: usize,
    /// In the order that pages show them in, where the last cars of each page are unlike those above.
    #[arg(long)]
    pages: bool,
    /// Print what a model may know of each car instead, as JSON lines for `training/`.
    #[arg(long, conflicts_with_all = ["cars", "visitor", "pages"])]
    attributes: bool,
}

impl Rank {
    /// Every visitor with every history.
    fn whom(&self) -> Vec<Whom> {
        let some = |ids: &[u64]| ids.iter().copied().map(Some).collect::<Vec<_>>();
        let trained = if self.visitor.is_empty() { vec![None] } else { some(&self.visitor) };
        let histories = if self.cars.is_empty() { vec![Vec::new()] } else { self.cars.clone() };
        let with_all =
            |trained| histories.iter().map(move |history| Whom { trained, history: history.clone() });
        trained.into_iter().flat_map(with_all).collect()
    }
}

#[derive(Debug, Args)]
struct Seed {
    /// A directory of CSV files, or `generated`.
    #[arg(long, value_name = "DIR|generated")]
    from: PathBuf,
    /// Live cars to generate; sold and hidden ones come on top.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    cars: u32,
    /// The database: `sqlite:PATH` or `mysql://user:password@host:port/database`.
    #[arg(long, value_name = "URL")]
    to: String,
}

pub fn run() -> ExitCode {
    let command = match Command::try_parse() {
        Ok(command) => command,
        Err(error) => {
            let wrong = error.use_stderr();
            let _ = error.print();
            return if wrong { ExitCode::from(EXIT_USAGE) } else { ExitCode::SUCCESS };
        }
    };
    match dispatch(&command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(line) | Failure::Away(line)) => {
            say_error(&line);
            ExitCode::from(EXIT_USAGE)
        }
        Err(Failure::NotCompared(line)) => {
            say_error(&format!("audit: {line}"));
            ExitCode::from(EXIT_NOT_COMPARED)
        }
        Err(Failure::Differs) => ExitCode::FAILURE,
        Err(Failure::Runtime(error)) => {
            say_error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: &Command) -> Result<(), Failure> {
    let load = || Config::load(command.settings.config.as_deref()).map_err(|e| Failure::Usage(e.to_string()));
    match &command.role {
        None | Some(Role::Serve) => roles::serve::run(&load()?),
        Some(Role::Project) => roles::background::project(&load()?),
        Some(Role::Relay) => roles::background::relay(&load()?),
        Some(Role::Audit(options)) => roles::audit::run(&load()?, &options.instances),
        Some(Role::Rank(options)) if options.attributes => roles::rank::attributes(&load()?),
        Some(Role::Rank(options)) => roles::rank::run(&load()?, &options.whom(), options.top, options.pages),
        Some(Role::Leads(options)) => leads::run(&load()?, options),
        Some(Role::Seed(options)) => seed(options),
        Some(Role::Health) => roles::health::run(&load()?),
        Some(Role::CheckConfig) => check_config(&load()?),
    }
}

fn seed(options: &Seed) -> Result<(), Failure> {
    let generated = options.from.as_os_str() == "generated";
    let from = if generated {
        seed::Origin::Generated { cars: options.cars, seed: seed::DEFAULT_SEED }
    } else {
        seed::Origin::Directory(options.from.clone())
    };
    seed::run(&seed::Options { from, to: options.to.clone(), progress: true })?;
    Ok(())
}

fn check_config(config: &Config) -> Result<(), Failure> {
    telemetry::check_log(&config.log).map_err(Failure::Usage)?;
    roles::check(config)?;
    let text = config.to_toml().map_err(|e| Failure::Usage(e.to_string()))?;
    let written = std::io::stdout().write_all(text.as_bytes());
    written.map_err(|e| Failure::Runtime(e.into()))
}

fn say_error(line: &str) {
    // If standard error is gone there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "forecourt: {}", line.replace('\n', " "));
}
