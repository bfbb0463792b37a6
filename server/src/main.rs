//! The `portal` binary: reads the command line and runs what it names.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use domain::private_key;
use server::check::{INPUT_LIMIT, Kind, judge};
use server::cli::{AdminCommand, Cli, Command};
use server::config::{self, Config, Log, LogFormat};
use server::startup::{self, StartError};
use server::{admin, ambient, doctor, seed, serve};
use tracing_subscriber::EnvFilter;

/// A page is thousands of small strings, made on one thread and freed on another: the system's allocator spent a third of
/// each request on them, half of that waiting for its own locks, and kept what it had freed (`make bench`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit code of a command that found problems, or that failed.
const FAILED: u8 = 1;
/// Exit code of a command that was given wrongly.
const MISUSED: u8 = 2;

/// Views are deep: a page is rendered on one stack.
const STACK_BYTES: usize = 8 * 1024 * 1024;

fn main() -> ExitCode {
    if holds_private_key(std::env::args_os()) {
        say(io::stderr(), &format!("{} {HISTORY}", private_key::SENTENCE));
        return ExitCode::from(MISUSED);
    }
    let cli = Cli::parse();
    let outcome = match &cli.command {
        Command::Check { kind, file, environment, json } => {
            check(*kind, file, environment, cli.config.as_deref(), *json)
        }
        command => run(command, cli.config.as_deref()),
    };
    outcome.unwrap_or_else(|Failure { code, sentence }| {
        say(io::stderr(), &sentence);
        ExitCode::from(code)
    })
}

/// What the shell may keep of an argument.
const HISTORY: &str = "Your shell may keep what you typed: take it out of its history, too.";

/// Whether one of the arguments is a private key, or all of them are where it was not quoted. Asked before they are
/// parsed, because the parser repeats what it does not understand.
fn holds_private_key(arguments: impl Iterator<Item = OsString>) -> bool {
    let arguments: Vec<String> = arguments.map(|argument| argument.to_string_lossy().into_owned()).collect();
    arguments.iter().any(|argument| private_key::found_in(argument)) || private_key::found_in(&arguments.join(" "))
}

/// Why the command ends early.
struct Failure {
    code: u8,
    sentence: String,
}

impl Failure {
    fn misuse(sentence: impl Into<String>) -> Self {
        Self { code: MISUSED, sentence: sentence.into() }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self { code: FAILED, sentence: error.to_string() }
    }
}

impl From<String> for Failure {
    fn from(sentence: String) -> Self {
        Self { code: FAILED, sentence }
    }
}

/// Whoever closed the pipe has read enough.
fn say(mut to: impl Write, text: &str) {
    let _ = writeln!(to, "{}", text.trim_end());
}

fn check(kind: Kind, file: &Path, environment: &str, config: Option<&Path>, json: bool) -> Result<ExitCode, Failure> {
    let policies = match config {
        Some(path) => config::load(Some(path)).map_err(|mistakes| Failure::misuse(mistakes.to_string()))?.policies(),
        None => domain::policy::EnvironmentPolicy::nhs_login(),
    };
    let Some(policy) = policies.iter().find(|policy| policy.name == environment) else {
        let names = policies.iter().map(|policy| policy.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Failure::misuse(format!("--environment: {environment} is not known. Use one of: {names}.")));
    };
    let input = read(file).map_err(|error| {
        Failure::misuse(format!("{} cannot be read ({error}). Name a file, or - for standard input.", file.display()))
    })?;
    let verdict = judge(kind, &input, policy, ambient::real().now().date());
    say(io::stdout(), &if json { verdict.json() } else { verdict.text() });
    Ok(if verdict.sound { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// At most one byte more than what is judged: enough to tell that it is too much.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let source: Box<dyn Read> = match file == Path::new("-") {
        true => Box::new(io::stdin()),
        false => Box::new(File::open(file)?),
    };
    let mut input = Vec::new();
    source.take(INPUT_LIMIT as u64 + 1).read_to_end(&mut input)?;
    Ok(input)
}

fn run(command: &Command, file: Option<&Path>) -> Result<ExitCode, Failure> {
    let config = config::load(file).map_err(|mistakes| mistakes.to_string())?;
    start_log(&config.log);
    // An error means that one was chosen already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK_BYTES).build();
    let runtime = runtime.map_err(|error| format!("The portal cannot start its threads: {error}."))?;
    runtime.block_on(carry_out(command, &config))
}

async fn carry_out(command: &Command, config: &Config) -> Result<ExitCode, Failure> {
    let ambient = ambient::real();
    match command {
        Command::Serve { no_worker } => serve::serve(config, ambient, !no_worker).await?,
        Command::Worker => serve::work(config, ambient).await?,
        Command::Migrate => {
            say(io::stdout(), &startup::migrate(config).await?);
        }
        Command::Seed { relying_party } => {
            let store = startup::open_store(config).await?;
            let auth = startup::auth(config, &store, ambient).await?;
            let seeded = seed::seed(config, &store, &auth, relying_party).await.map_err(|error| error.to_string())?;
            say(io::stdout(), &seeded.to_string());
        }
        Command::Doctor => return Ok(examine(config).await),
        Command::Admin { command: AdminCommand::Create { email, role } } => {
            let store = startup::open_as_owner(config).await?;
            say(io::stdout(), &admin::create(&store, ambient, email, (*role).into()).await?);
        }
        Command::Admin { command: AdminCommand::Recover { email } } => {
            let store = startup::open_as_owner(config).await?;
            say(io::stdout(), &admin::recover(&store, ambient, email).await?);
        }
        Command::Admin { command: AdminCommand::Erase { entry, pointer, digest, reason, yes } } => {
            let what = admin::to_erase(entry.zip(pointer.as_deref()), digest.as_deref(), io::stdin())?;
            let store = startup::open_as_owner(config).await?;
            say(io::stdout(), &admin::erase(&store, ambient, &what, reason, *yes).await?);
        }
        // Handled before any configuration is read.
        Command::Check { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn examine(config: &Config) -> ExitCode {
    let lines = doctor::examine(config, ambient::real()).await;
    lines.iter().for_each(|line| say(io::stdout(), &line.to_string()));
    match lines.iter().all(|line| line.found.is_ok()) {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(FAILED),
    }
}

/// The log goes to standard error: standard output belongs to what a command prints.
fn start_log(log: &Log) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_default();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match log.format {
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).init(),
        LogFormat::Text => lines.compact().init(),
    }
    std::panic::set_hook(Box::new(|panic| {
        let cause = panic.payload_as_str().unwrap_or("no message");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(cause, place, "a defect: something panicked");
    }));
}
