//! The command line: a client of the API. In reading order:

/// What can be typed.
pub mod args;
/// One request, one response: to a server, or in this process.
pub mod client;
/// What every command line stands on.
pub mod desk;
/// What goes wrong, and the exit codes.
pub mod failure;
/// Secrets in output.
pub mod mask;
/// Which record, and who logs in there.
pub mod store;
/// What the reader's side looks like.
pub mod terminal;

/// Addresses of the API.
mod address;
/// Being the second pair of eyes.
mod approve;
/// Copies of the record, and putting one in place.
mod backup;
/// Carrying a record from one store to another.
mod copy;
/// The event feed, as a reader sees it.
mod feed;
/// Checking the record without believing whoever keeps it.
mod ledger;
/// What a server says while it runs.
mod log;
/// The guide, and every command's help.
pub mod help;
/// Looking.
mod look;
/// Moving records.
mod moving;
/// Words as a shell line.
mod quote;
/// Erasing words.
mod redact;
/// Rebuilding every view and comparing.
mod replay;
/// Two pairs of eyes as a tool.
mod run;
/// Serving the API.
mod serve;
/// The demonstration.
mod demo;
/// Telling scribe something.
mod telling;
/// The views of the whole record.
mod views;
/// Following the record.
mod watch;

use std::cell::Cell;

use clap::CommandFactory as _;
use scribe_domain::actor::{Person, Who};

use crate::app::{App, Options};
use crate::clock;
use crate::config::Config;
use args::admin::{Admin, ImportCommand, Program, ServeArgs};
use args::looks::{AuditCommand, Looks};
use args::record::Record;
use args::runs::Runs;
use args::work::{ActionCommand, FollowUpCommand, HoldCommand, Work};
use args::{Cli, Command, Global};
use client::Client;
use desk::Desk;
use failure::{Failure, Kind};
use mask::Masks;

/// What `scribe hold check` exits with when a hold is taken, and so a pipeline must not go on.
pub const HOLD_TAKEN: u8 = 3;
/// What `scribe audit replay` exits with when a view differs.
pub const VIEW_DIFFERS: u8 = 1;

/// What `scribe audit verify` and `audit consistency` exit with when it is not so.
pub const NOT_SO: u8 = 1;

/// Does what a command line says; the exit code.
pub async fn carry_out(cli: Cli) -> Result<u8, Failure> {
    match cli.command {
        Command::Program(Program::Completions(args)) => {
            let mut script = Vec::new();
            clap_complete::generate(args.shell, &mut Cli::command(), "scribe", &mut script);
            terminal::put(&script)?;
            Ok(0)
        }
        Command::Program(Program::Help(args)) => help::help(&args, Cli::command()),
        Command::Program(Program::Serve(args)) => {
            serve_here(&cli.global, &args).await?;
            Ok(0)
        }
        Command::Program(Program::Demo(args)) => {
            must_be_here(&cli.global, "the demonstration is told to a folder")?;
            demo::tell(&cli.global).await?;
            if !args.quiet {
                demo::show(desk(&cli.global)?).await?;
            }
            Ok(0)
        }
        Command::Admin(Admin::Backup(args)) => {
            must_be_here(&cli.global, "a backup is made of a folder")?;
            must_hold_a_record(&cli.global)?;
            let options = options(&cli.global, Config::default())?;
            backup::backup(&cli.global, &options, &args).await.map(|()| 0)
        }
        Command::Admin(Admin::Restore(args)) if App::is_backup(&args.file) => {
            must_be_here(&cli.global, "a backup is put into a folder")?;
            backup::restore(&cli.global, &args).map(|()| 0)
        }
        Command::Admin(Admin::Copy(args)) => {
            must_be_here(&cli.global, "a record is copied between stores")?;
            copy::copy(&cli.global, &args).await.map(|()| 0)
        }
        // What was saved is checked without any record.
        Command::Looks(Looks::Audit(AuditCommand::Verify(args))) if args.proof.is_some() => {
            let Some(proof) = &args.proof else { return Ok(NOT_SO) };
            Ok(if ledger::verify_proof(proof, &args.key, cli.global.json)? { 0 } else { NOT_SO })
        }
        Command::Looks(Looks::Audit(AuditCommand::Consistency(args))) if args.proof.is_some() => {
            let Some(proof) = &args.proof else { return Ok(NOT_SO) };
            Ok(if ledger::consistency_of_files(&args, proof)? { 0 } else { NOT_SO })
        }
        command => {
            if cli.global.server.is_none() && only_looks(&command) {
                must_hold_a_record(&cli.global)?;
            }
            match (desk(&cli.global), command) {
                (Ok(desk), command) => at(&desk, command).await,
                // A record may be too damaged to be opened, and all the more in need of being looked at.
                (Err(failure), Command::Looks(Looks::Audit(AuditCommand::Verify(args))))
                    if cli.global.server.is_none() =>
                {
                    let global = &cli.global;
                    let options = options(global, config(global)?)?;
                    ledger::verify_unopened(&options, &args, global.json, failure).await.map(|_| NOT_SO)
                }
                (Err(failure), _) => Err(failure),
            }
        }
    }
}

/// Whether a command records nothing.
fn only_looks(command: &Command) -> bool {
    matches!(
        command,
        Command::Looks(_)
            | Command::Work(Work::Hold(HoldCommand::Check(_)))
            | Command::Admin(Admin::Export | Admin::Views(_))
    )
}

/// A pipeline that asks in the wrong folder whether it may deploy must not be told that it may.
fn must_hold_a_record(global: &Global) -> Result<(), Failure> {
    let data = &global.data;
    if App::has_record(&store::store(global)?, data) {
        return Ok(());
    }
    Err(Failure::new(
        Kind::Unavailable,
        format!("there is no record in {}", data.display()),
        "name its folder with --data DIR (or SCRIBE_DATA), or its cluster with --store; the first thing recorded makes one",
    ))
}

/// Does what a command says at a desk; the exit code.
pub async fn at(desk: &Desk, command: Command) -> Result<u8, Failure> {
    let telling = match command {
        Command::Life(life) => life.telling(desk)?,
        Command::People(people) => people.telling(desk)?,
        Command::Words(words) => words.telling(desk)?,
        Command::Evidence(evidence) => evidence.telling(desk)?,
        Command::Impact(impact) => impact.telling(desk)?,
        Command::Review(review) => review.telling(desk)?,
        Command::Record(record) => match record {
            Record::Correct(on) => on.telling(desk)?,
            Record::Retract(on) => on.telling(desk)?,
            Record::Redact(args) => return redact::redact(desk, args).await.map(|()| 0),
            Record::Nudge(on) => on.telling(desk)?,
        },
        Command::Runs(runs) => match runs {
            Runs::Run(args) => return run::run(desk, &args).await,
            Runs::Approve(args) => return approve::approve(desk, args).await.map(|()| 0),
            Runs::Ran(mut on) => {
                // A run made elsewhere happened when it ended, not when it is told.
                on.told.occurred.get_or_insert_with(|| on.what.ended.clone());
                on.telling(desk)?
            }
            Runs::Propose(on) => on.telling(desk)?,
            Runs::Decline(on) => on.telling(desk)?,
            Runs::Withdraw(on) => on.telling(desk)?,
        },
        Command::Work(work) => match work {
            Work::Action(ActionCommand::Assign(on)) => on.telling(desk)?,
            Work::Action(ActionCommand::CheckIn(on)) => on.telling(desk)?,
            Work::Action(ActionCommand::Finish(on)) => on.telling(desk)?,
            Work::FollowUp(FollowUpCommand::Agree(on)) => on.telling(desk)?,
            Work::FollowUp(FollowUpCommand::Finish(on)) => on.telling(desk)?,
            Work::Hold(HoldCommand::Take(on)) => on.telling(desk)?,
            Work::Hold(HoldCommand::Release(on)) => on.telling(desk)?,
            Work::Hold(HoldCommand::Check(args)) => {
                return Ok(if look::hold_check(desk, &args).await? { HOLD_TAKEN } else { 0 });
            }
        },
        Command::Looks(looks) => return look_at(desk, looks).await,
        Command::Admin(admin) => return administer(desk, admin).await.map(|()| 0),
        Command::Program(_) => {
            return Err(Failure::new(
                Kind::BadInput,
                "this is not told to a record",
                "use it as a command line of its own",
            ));
        }
    };
    telling::tell(desk, &telling).await.map(|()| 0)
}

async fn look_at(desk: &Desk, looks: Looks) -> Result<u8, Failure> {
    match looks {
        Looks::List(args) => look::list(desk, &args).await?,
        Looks::Show(args) => look::one(desk, &args).await?,
        Looks::Timeline(args) => look::timeline(desk, &args).await?,
        Looks::StatusPage(args) => look::status_page(desk, &args).await?,
        Looks::Postmortem(args) => look::postmortem(desk, &args).await?,
        Looks::Roles(args) => look::roles(desk, &args).await?,
        Looks::Actions(args) => look::actions(desk, &args).await?,
        Looks::Events(args) => look::events(desk, &args).await?,
        Looks::Receipt(args) => look::receipt(desk, &args).await?,
        Looks::Watch(args) => watch::watch(desk, &args).await?,
        Looks::Audit(AuditCommand::Runs(args)) => look::runs(desk, &args).await?,
        Looks::Audit(AuditCommand::Replay) => {
            return Ok(if replay::replay(desk).await? { 0 } else { VIEW_DIFFERS });
        }
        Looks::Audit(AuditCommand::Verify(args)) => {
            return Ok(if ledger::verify(desk, &args).await? { 0 } else { NOT_SO });
        }
        Looks::Audit(AuditCommand::Consistency(args)) => {
            return Ok(if ledger::consistency(desk, &args).await? { 0 } else { NOT_SO });
        }
        Looks::Audit(AuditCommand::Checkpoint(args)) => ledger::checkpoint(desk, &args).await?,
        Looks::Audit(AuditCommand::Key(args)) => ledger::key(desk, &args).await?,
        Looks::Audit(AuditCommand::RotateKey) => ledger::rotate_key(desk).await?,
        Looks::Audit(AuditCommand::Prove(args)) => ledger::prove(desk, &args).await?,
    }
    Ok(0)
}

async fn administer(desk: &Desk, admin: Admin) -> Result<(), Failure> {
    match admin {
        Admin::Import(ImportCommand::Events(args)) => moving::import_events(desk, &args).await,
        Admin::Export => moving::export(desk).await,
        Admin::Restore(args) => moving::restore(desk, &args).await,
        Admin::Backup(_) | Admin::Copy(_) => Err(Failure::new(
            Kind::BadInput,
            "a copy is made of a store, not asked of a record",
            "use it as a command line of its own",
        )),
        Admin::Views(args) => views::views(desk, &args).await,
    }
}

async fn serve_here(global: &Global, args: &ServeArgs) -> Result<(), Failure> {
    must_be_here(global, "a server serves its own folder")?;
    if args.demo {
        demo::tell(global).await?;
    }
    serve::serve(open(global, config(global)?)?, args).await
}

fn must_be_here(global: &Global, why: &str) -> Result<(), Failure> {
    match global.server {
        None => Ok(()),
        Some(_) => Err(Failure::new(
            Kind::BadInput,
            format!("{why}, not to another server"),
            "leave out --server, and unset SCRIBE_SERVER",
        )),
    }
}

/// The desk that the options describe.
pub fn desk(global: &Global) -> Result<Desk, Failure> {
    let config = match &global.server {
        // A server has settings of its own; only a file that is named speaks for this side.
        Some(_) if global.config.is_none() => Config::default(),
        _ => config(global)?,
    };
    let (zone, masks) = (global.zone.or(config.zone), Masks::with(config.mask.patterns.clone()));
    let client = match &global.server {
        Some(server) => Client::remote(server)?,
        None => Client::in_process(crate::http::router(open(global, config)?)),
    };
    Ok(Desk {
        client,
        zone,
        json: global.json,
        colour: global.colour,
        quiet: false,
        masks,
        who: global.who.clone().or_else(logged_in),
        on_behalf_of: global.on_behalf_of.clone(),
        clock: clock::system(),
        stdin_taken: Cell::new(false),
    })
}

/// Opens the record that the options name.
fn open(global: &Global, config: Config) -> Result<App, Failure> {
    App::open(options(global, config)?).map_err(|error| Failure::unopened(&error))
}

fn options(global: &Global, config: Config) -> Result<Options, Failure> {
    Ok(Options { data: global.data.clone(), store: store::store(global)?, clock: clock::system(), config })
}

fn config(global: &Global) -> Result<Config, Failure> {
    Config::load(&global.data, global.config.as_deref()).map_err(|error| {
        Failure::new(
            Kind::BadInput,
            error.to_string(),
            "correct the settings file, or name another with --config",
        )
    })
}

/// Whoever is logged in, if that reads as a name.
fn logged_in() -> Option<Who> {
    ["USER", "LOGNAME"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find_map(|name| Person::new(&name).ok())
        .map(Who::Person)
}
