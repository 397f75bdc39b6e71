//! `scribe audit verify`: checking the record without believing whoever keeps it.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use clap::Args;
use scribe_projections::ledger::checkpoint::Checkpoint;
use scribe_projections::ledger::inclusion::{InclusionFile, ProvenEvent};
use scribe_projections::ledger::note::VerifierKey;
use scribe_projections::ledger::signers::Standing;
use scribe_projections::ledger::verdict::{Finding, Flaw, SignedBy, Verdict};

use serde_json::Value;

use super::stamps::{self, StampsArgs};
use crate::app::{App, Measure, Options};
use crate::cli::common::address::Address;
use crate::cli::common::desk::Desk;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::files::{read_text, unreadable};
use crate::cli::common::session::{Effect, Session, app_options, config};
use crate::cli::common::terminal::{counted, printable, put_line, say};

/// Read the whole record again: hashes, tree, order, revisions, checkpoints; say where it was changed.
#[derive(Debug, Clone, Args)]
pub(super) struct VerifyArgs {
    /// One event's proof, instead of the whole record; needs no record
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with = "checkpoint")]
    proof: Option<PathBuf>,
    /// Compare with this checkpoint as well, which you kept
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Trust this public key; may be given several times [default: those that sign for the record]
    #[arg(long, value_name = "KEY")]
    key: Vec<VerifierKey>,
    /// An export, instead of a record: whether it adds up, and its time stamps
    #[arg(long, value_name = "FILE", conflicts_with_all = ["proof", "checkpoint", "key"])]
    export: Option<PathBuf>,
    #[command(flatten)]
    stamps: StampsArgs,
}

#[async_trait(?Send)]
impl Effect for VerifyArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let json = session.options.json;
        // What was saved is checked without any record.
        if let Some(proof) = &self.proof {
            return Ok(code(verify_proof(proof, &self.key, json)?));
        }
        if let Some(export) = &self.export {
            return stamps::verify_export(session, export, &self.stamps).await;
        }
        session.must_have_a_record()?;
        match session.desk() {
            Ok(desk) => verify(desk, &self).await,
            // A record may be too damaged to be opened, and all the more in need of being looked at.
            Err(failure) if session.options.server.is_none() => {
                let options = app_options(&session.options, config(&session.options)?)?;
                Ok(code(verify_unopened(&options, &self, json, failure).await?))
            }
            Err(failure) => Err(failure),
        }
    }
}

/// Whether the whole record holds.
async fn verify(desk: &Desk, args: &VerifyArgs) -> Result<u8, Failure> {
    let checkpoint = args.checkpoint.as_deref().map(|path| read_text(path, "the checkpoint")).transpose()?;
    let authorities = args.stamps.authorities()?;
    let address = Address::of(&["v1", "ledger", "verify"])
        .with_some("key", (!args.key.is_empty()).then(|| joined(&args.key)))
        .with_some("checkpoint", checkpoint);
    let answer = desk.client.get(address.as_str()).await?;
    let verdict: Verdict = answer.json()?;
    // A record that is damaged may not show them, and what is wrong with it is to be said all the same.
    let stamps = stamps::check(&desk.client, authorities.as_ref()).await;
    if desk.json {
        let mut told: Value = answer.json()?;
        told["time_stamps"] =
            stamps.as_ref().ok().and_then(|stamps| serde_json::to_value(stamps).ok()).into();
        put_line(&told.to_string())?;
    } else {
        report(&verdict)?;
    }
    match stamps {
        Ok(stamps) => {
            if !desk.json {
                stamps.put()?;
            }
            Ok(if stamps.holds { code_of(&verdict) } else { exit::FAILED })
        }
        Err(failure) => {
            say(&format!("note: the time stamps could not be read: {}", printable(&failure.message)));
            Ok(if authorities.is_none() { code_of(&verdict) } else { exit::FAILED })
        }
    }
}

/// The same of a record that cannot be opened, which is then the first thing to be said about it.
async fn verify_unopened(
    options: &Options,
    args: &VerifyArgs,
    json: bool,
    failure: Failure,
) -> Result<bool, Failure> {
    let named = args.key.clone();
    let checkpoint = match &args.checkpoint {
        None => None,
        Some(path) => {
            let opened = Checkpoint::open(&read_text(path, "the checkpoint")?, &named);
            Some(opened.map_err(|error| unreadable(path, &error))?)
        }
    };
    let Ok(mut verdict) = App::verify_unopened(options, Measure { named, own: None, checkpoint }).await
    else {
        return Err(failure);
    };
    if args.stamps.tsa_ca.is_some() {
        say("note: the time stamps of a record that cannot be opened are not checked");
    }
    let what = format!("it cannot be opened: {}", failure.message);
    verdict.holds = false;
    verdict.findings.push(Finding { position: None, kind: Flaw::File, what });
    if json {
        put_line(&serde_json::to_string(&verdict).unwrap_or_default())?;
    } else {
        report(&verdict)?;
    }
    Ok(false)
}

fn report(verdict: &Verdict) -> Result<(), Failure> {
    for finding in &verdict.findings {
        let place = finding.position.map_or_else(|| "the file".into(), |at| format!("position {at}"));
        put_line(&format!("{place}: {}", printable(&finding.what)))?;
    }
    let Verdict { events, appends, incidents, erased, checkpoints, .. } = verdict;
    let mut size = vec![
        format!("{} in {}", counted(*events, "event"), counted(*appends, "append")),
        counted(*incidents, "incident"),
        counted(*checkpoints, "checkpoint"),
    ];
    if *erased > 0 {
        size.push(format!("{erased} erased"));
    }
    let size = size.join(", ");
    if verdict.holds {
        let unproven = match verdict.unproven {
            0 => "all of it holds".to_owned(),
            1 => "nothing in it is wrong, but who signed 1 checkpoint is not proven".to_owned(),
            count => format!("nothing in it is wrong, but who signed {count} checkpoints is not proven"),
        };
        put_line(&format!("{size}: {unproven}\nroot {}", verdict.root))?;
        report_signers(verdict)?;
        if verdict.unproven > 0 {
            say(
                "hint: name the key that signed with --key, as `scribe audit key` shows it where the record was signed; \
                 a backup has no key, so bring ledger.key along if this is to go on signing",
            );
        }
        return Ok(());
    }
    let count = verdict.findings.len() as u64 + verdict.more;
    let first = verdict.findings.first().and_then(|finding| finding.position);
    let first = first.map(|at| format!(", the first at position {at}")).unwrap_or_default();
    put_line(&format!(
        "{size}: IT DOES NOT HOLD: {} wrong{first}",
        if count == 1 { "1 thing is".into() } else { format!("{count} things are") }
    ))?;
    report_signers(verdict)
}

/// Who signed, and what was taken back.
fn report_signers(verdict: &Verdict) -> Result<(), Failure> {
    let is_named = verdict.signers.iter().any(|signer| signer.standing == Standing::Named);
    for SignedBy { name, id, standing, checkpoints, up_to, withdrawn, .. } in &verdict.signers {
        let known = match standing {
            Standing::Named => "named by you",
            Standing::Own => "this record's own key",
            Standing::Announced if is_named => "announced in the record, not named by you",
            Standing::Announced => "announced in the record",
            Standing::Unknown => "UNKNOWN: neither named nor announced in the record",
        };
        let mut said = match checkpoints {
            0 => "no valid checkpoint".to_owned(),
            1 => format!("1 checkpoint, of {up_to} events"),
            _ => format!("{checkpoints} checkpoints, up to {up_to} events"),
        };
        if *withdrawn > 0 {
            said = format!("{said}, {withdrawn} withdrawn");
        }
        put_line(&format!("signed by {}+{}: {said} ({known})", printable(name), printable(id)))?;
    }
    verdict.remarks.iter().try_for_each(|remark| put_line(&format!("note: {}", printable(remark))))
}

/// Whether one event is in the record of which its checkpoint speaks.
fn verify_proof(path: &Path, keys: &[VerifierKey], json: bool) -> Result<bool, Failure> {
    let text = read_text(path, "the proof")?;
    let file = InclusionFile::parse(&text).map_err(|error| unreadable(path, &error))?;
    let checkpoint = match file.verify(keys) {
        Ok(checkpoint) => checkpoint,
        Err(error) => {
            put_line(&format!("NOT PROVEN: {}", printable(&error.to_string())))?;
            return Ok(false);
        }
    };
    if json {
        put_line(
            &serde_json::json!({
                "position": file.position(),
                "origin": checkpoint.origin.as_str(),
                "size": checkpoint.head.size,
                "event": file.event,
            })
            .to_string(),
        )?;
        return Ok(true);
    }
    put_line(&format!(
        "proven: position {} of the record {}, by its checkpoint of {} events",
        file.position(),
        checkpoint.origin,
        checkpoint.head.size
    ))?;
    put_line(&format!("header  {}", printable(file.event.header())))?;
    match &file.event {
        ProvenEvent::Told { payload, .. } => put_line(&format!("payload {}", printable(payload)))?,
        ProvenEvent::Erased { erased, .. } => {
            put_line(&format!("payload erased; the digest of it and of its salt was {erased}"))?;
        }
    }
    Ok(true)
}

fn joined(keys: &[VerifierKey]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn code_of(verdict: &Verdict) -> u8 {
    if verdict.holds && verdict.unproven > 0 { exit::UNPROVEN } else { code(verdict.holds) }
}

fn code(holds: bool) -> u8 {
    if holds { exit::DONE } else { exit::FAILED }
}
