//! Checking the record without believing whoever keeps it.
//!
//! What a server answers is verified here, in the auditor's own process, wherever that is possible; what was
//! saved is verified without any record.

use std::path::Path;

use axum::body::Body;
use axum::http::Method;
use scribe_projections::ledger::checkpoint::{Checkpoint, related_keys};
use scribe_projections::ledger::growth::Growth;
use scribe_projections::ledger::inclusion::{InclusionFile, ProvenEvent};
use scribe_projections::ledger::note::VerifierKey;
use scribe_projections::ledger::signers::Standing;
use scribe_projections::ledger::verdict::{Finding, Flaw, SignedBy, Verdict};

use crate::cli::common::address::Address;
use crate::cli::args::ledger::{CheckpointArgs, ConsistencyArgs, KeyArgs, ProveArgs, VerifyArgs};
use crate::cli::common::client::{read_file, request};
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::terminal::{printable, put, put_line, say};
use crate::app::{App, Measure, Options};
use crate::ledger::Keys;

/// `scribe audit checkpoint`.
pub(in crate::cli) async fn checkpoint(desk: &Desk, args: &CheckpointArgs) -> Result<(), Failure> {
    let note = desk.client.get("/v1/ledger/checkpoint").await?.body;
    hand_over(&note, args.save.as_deref(), "the checkpoint")
}

/// `scribe audit key`.
pub(in crate::cli) async fn key(desk: &Desk, args: &KeyArgs) -> Result<(), Failure> {
    let answer = desk.client.get("/v1/ledger/key").await?;
    if desk.json {
        put(&answer.body)?;
        return put_line("");
    }
    let keys: Keys = answer.json()?;
    put_line(&keys.key)?;
    let others = keys.earlier.iter().chain(&keys.others).filter(|_| args.all);
    others.into_iter().try_for_each(|key| put_line(key))
}

/// `scribe audit rotate-key`: prints the checkpoint that both keys signed.
pub(in crate::cli) async fn rotate_key(desk: &Desk) -> Result<(), Failure> {
    let note = desk.client.ask(request(Method::POST, "/v1/ledger/key", Body::empty())?).await?.body;
    put(&note)?;
    let keys: Keys = desk.client.get_json("/v1/ledger/key").await?;
    say(&format!("from here on, checkpoints are signed by {}", printable(&keys.key)));
    Ok(())
}

/// `scribe audit prove`.
pub(in crate::cli) async fn prove(desk: &Desk, args: &ProveArgs) -> Result<(), Failure> {
    let is_position = args.event.bytes().all(|digit| digit.is_ascii_digit());
    let address = Address::of(&["v1", "ledger", "proof"]);
    let address = address.with(if is_position { "position" } else { "event" }, &args.event);
    let file = desk.client.get(address.as_str()).await?.body;
    hand_over(&file, args.output.as_deref(), "the proof")
}

/// `scribe audit verify`: whether the whole record holds.
pub(in crate::cli) async fn verify(desk: &Desk, args: &VerifyArgs) -> Result<bool, Failure> {
    let checkpoint = args.checkpoint.as_deref().map(|path| text(path, "the checkpoint")).transpose()?;
    let address = Address::of(&["v1", "ledger", "verify"])
        .with_some("key", (!args.key.is_empty()).then(|| joined(&args.key)))
        .with_some("checkpoint", checkpoint);
    let answer = desk.client.get(address.as_str()).await?;
    let verdict: Verdict = answer.json()?;
    if desk.json {
        put(&answer.body)?;
        put_line("")?;
    } else {
        tell(&verdict)?;
    }
    Ok(verdict.holds)
}

/// The same of a record that cannot be opened, which is then the first thing to be said about it.
pub(in crate::cli) async fn verify_unopened(
    options: &Options,
    args: &VerifyArgs,
    json: bool,
    failure: Failure,
) -> Result<bool, Failure> {
    let named = args.key.clone();
    let checkpoint = match &args.checkpoint {
        None => None,
        Some(path) => {
            let opened = Checkpoint::open(&text(path, "the checkpoint")?, &named);
            Some(opened.map_err(|error| unreadable(path, &error))?)
        }
    };
    let Ok(mut verdict) = App::verify_unopened(options, Measure { named, own: None, checkpoint }).await
    else {
        return Err(failure);
    };
    let what = format!("it cannot be opened: {}", failure.message);
    verdict.holds = false;
    verdict.findings.push(Finding { position: None, kind: Flaw::File, what });
    if json {
        put_line(&serde_json::to_string(&verdict).unwrap_or_default())?;
    } else {
        tell(&verdict)?;
    }
    Ok(false)
}

fn tell(verdict: &Verdict) -> Result<(), Failure> {
    for finding in &verdict.findings {
        let place = finding.position.map_or_else(|| "the file".into(), |at| format!("position {at}"));
        put_line(&format!("{place}: {}", printable(&finding.what)))?;
    }
    let Verdict { events, appends, incidents, erased, checkpoints, .. } = verdict;
    let of = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let mut size = vec![
        format!("{} in {}", of(*events, "event"), of(*appends, "append")),
        of(*incidents, "incident"),
        of(*checkpoints, "checkpoint"),
    ];
    if *erased > 0 {
        size.push(format!("{erased} erased"));
    }
    let size = size.join(", ");
    if verdict.holds {
        put_line(&format!("{size}: all of it holds\nroot {}", verdict.root))?;
        return tell_signers(verdict);
    }
    let count = verdict.findings.len() as u64 + verdict.more;
    let first = verdict.findings.first().and_then(|finding| finding.position);
    let first = first.map(|at| format!(", the first at position {at}")).unwrap_or_default();
    put_line(&format!(
        "{size}: IT DOES NOT HOLD: {} wrong{first}",
        if count == 1 { "1 thing is".into() } else { format!("{count} things are") }
    ))?;
    tell_signers(verdict)
}

/// Who signed, and what was taken back.
fn tell_signers(verdict: &Verdict) -> Result<(), Failure> {
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
            0 => "no checkpoint that stands".to_owned(),
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

fn joined(keys: &[VerifierKey]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// `scribe audit verify --proof`: whether one event is in the record of which its checkpoint speaks.
pub(in crate::cli) fn verify_proof(path: &Path, keys: &[VerifierKey], json: bool) -> Result<bool, Failure> {
    let text = text(path, "the proof")?;
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

/// `scribe audit consistency`: whether the record of one checkpoint is that of another, grown.
pub(in crate::cli) async fn consistency(desk: &Desk, args: &ConsistencyArgs) -> Result<bool, Failure> {
    let (old, new) = checkpoints(args)?;
    let address = Address::of(&["v1", "ledger", "consistency"])
        .with("from", old.head.size.min(new.head.size))
        .with("to", new.head.size);
    let proof = desk.client.get(address.as_str()).await?;
    if let Some(path) = &args.save {
        hand_over(&proof.body, Some(path), "the proof")?;
    }
    let proof: Growth = proof.json()?;
    tell_growth(&proof, &old, &new)
}

/// The same with a proof that was saved, and no record.
pub(in crate::cli) fn consistency_of_files(args: &ConsistencyArgs, proof: &Path) -> Result<bool, Failure> {
    let (old, new) = checkpoints(args)?;
    let read = serde_json::from_str(&text(proof, "the proof")?);
    tell_growth(&read.map_err(|error| unreadable(proof, &error))?, &old, &new)
}

fn tell_growth(proof: &Growth, old: &Checkpoint, new: &Checkpoint) -> Result<bool, Failure> {
    let (was, is) = (old.head.size, new.head.size);
    match proof.verify(old, new) {
        Ok(()) => put_line(&format!(
            "consistent: the record of {was} events grew to {is}, and nothing before was changed"
        ))?,
        Err(error) => put_line(&format!("NOT CONSISTENT: {error}"))?,
    }
    Ok(proof.verify(old, new).is_ok())
}

fn checkpoints(args: &ConsistencyArgs) -> Result<(Checkpoint, Checkpoint), Failure> {
    let (old, new) = (text(&args.old, "the older checkpoint")?, text(&args.new, "the newer checkpoint")?);
    let keys = related_keys(&args.key, [old.as_str(), new.as_str()]);
    let open =
        |note: &str, path: &Path| Checkpoint::open(note, &keys).map_err(|error| unreadable(path, &error));
    Ok((open(&old, &args.old)?, open(&new, &args.new)?))
}

fn text(path: &Path, what: &str) -> Result<String, Failure> {
    String::from_utf8(read_file(path, what)?).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::plain(Kind::BadInput, format!("{}: {error}", path.display()))
}

/// To a file, which must not exist yet: nobody should lose an older checkpoint by saving a newer one.
fn hand_over(data: &[u8], file: Option<&Path>, what: &str) -> Result<(), Failure> {
    let Some(path) = file else { return put(data) };
    let written = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let written = written.and_then(|mut file| std::io::Write::write_all(&mut file, data));
    written.map_err(|error| {
        let message = format!("cannot write {what} to {}: {error}", path.display());
        Failure::new(Kind::BadInput, message, "name a file that does not exist yet")
    })
}
