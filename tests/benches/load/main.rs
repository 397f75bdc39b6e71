//! A server under load, with and without callers who are not let in: `cargo bench -p scribe-tests --bench load`.
//!
//! The real program, built as it is handed out, serves a made-up record on the disk with TLS. Its callers are on another
//! host, where that can be made (a network namespace: root and iproute2), with several addresses: this machine's own are
//! not counted at the entrance, so on loopback nobody is slowed, and the bench says so. Every request has a moment at which
//! it is sent, whether those before it are answered or not, and its time counts from that moment: a server that stops
//! for a second has kept waiting all whom it should have served in that second.
//!
//! Before that, what it costs in this process to know who asks.
//!
//! Three stretches in one run: good callers alone, good and bad together for twice as long, good ones alone. What counts
//! is the ratio of the good ones' times, and whether memory grows.
//!
//! `SCRIBE_BENCH_PROGRAM` (else it is built with `--profile dist`), `SCRIBE_BENCH_SECONDS` of the good ones alone, half
//! before and half after (60), `SCRIBE_BENCH_GOOD` and `SCRIBE_BENCH_BAD` requests a second (300 and 200),
//! `SCRIBE_BENCH_EVENTS` in the record (20000), `SCRIBE_BENCH_DIR` for the disk (the temporary folder).

// A measurement that cannot go on should say where; figures need not be exact to the last bit.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

/// What is asked, by whom, and when.
mod plan;
/// Asking it.
mod callers;
/// Two hosts, as network namespaces.
mod hosts;
/// What it costs to know who asks.
mod rights;
/// The server, and what is given to its callers.
mod served;

use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use callers::{Answered, Times};
use hosts::Hosts;
use plan::{Kind, Plan, STRETCHES};
use served::{Prepared, Served};

/// Set for the process that asks: this same program.
const CALLERS: &str = "SCRIBE_BENCH_CALLERS";
/// How often memory is looked at.
const LOOK: Duration = Duration::from_secs(10);

fn main() {
    if let Ok(plan) = std::env::var(CALLERS) {
        return callers::ask_all(&serde_json::from_str(&plan).unwrap());
    }
    if !std::env::args().any(|argument| argument == "--bench") {
        // `cargo test --benches` runs benches too; that they compile is enough then.
        return;
    }
    let hosts = Hosts::make();
    let prepared = Prepared::new(setting("SCRIBE_BENCH_EVENTS", 20_000));
    rights::tell(&prepared.data(), &prepared.good);
    let served = Served::start(&hosts, prepared);
    let plan = Plan {
        server: served.address,
        authority: served.with.authority.clone(),
        from: hosts.callers(),
        good: served.with.good.clone(),
        bad: served.with.bad.clone(),
        incidents: served.with.incidents,
        alone: setting("SCRIBE_BENCH_SECONDS", 60) / 2,
        good_per_second: setting("SCRIBE_BENCH_GOOD", 300),
        bad_per_second: setting("SCRIBE_BENCH_BAD", 200),
    };
    say(&format!("{}; {} events in {} incidents", hosts.about(), served.with.events, served.with.incidents));
    let (answered, memory) = ask(&hosts, &served, &plan);
    tell(&plan, &answered, &memory);
}

/// Has everything asked by a process on the callers' host, and looks at the server's memory meanwhile.
fn ask(hosts: &Hosts, served: &Served, plan: &Plan) -> (Vec<Answered>, Vec<(Duration, u64)>) {
    let mut command = hosts.on_callers(&std::env::current_exe().unwrap());
    command.env(CALLERS, serde_json::to_string(plan).unwrap()).stdout(Stdio::piped());
    let began = Instant::now();
    let mut memory = vec![(Duration::ZERO, served.memory())];
    let child = command.spawn().unwrap();
    let output = std::thread::spawn(move || child.wait_with_output().unwrap());
    while !output.is_finished() {
        std::thread::sleep(Duration::from_millis(200));
        if began.elapsed() >= LOOK * u32::try_from(memory.len()).unwrap() {
            memory.push((began.elapsed(), served.memory()));
        }
    }
    memory.push((began.elapsed(), served.memory()));
    let output = output.join().unwrap();
    assert!(output.status.success(), "the callers gave up");
    (serde_json::from_slice(&output.stdout).unwrap(), memory)
}

fn tell(plan: &Plan, answered: &[Answered], memory: &[(Duration, u64)]) {
    let (good, bad) = (plan.good_per_second, plan.bad_per_second);
    say(&format!(
        "{good} good requests a second alone, and with {bad} bad ones; ms from when each was due:\n"
    ));
    say("| | alone: p50 / p99 / p99.9 | with the bad ones | ratio |");
    say("| --- | --- | --- | --- |");
    let mut kinds = vec![("all good ones", Kind::GOOD.to_vec())];
    kinds.extend(Kind::GOOD.iter().map(|kind| (kind.name(), vec![*kind])));
    for (name, kinds) in kinds {
        let of =
            |with_bad: bool| Times::of(answered, |one| one.with_bad == with_bad && kinds.contains(&one.kind));
        let (alone, together) = (of(false), of(true));
        say(&format!("| {name} | {alone} | {together} | {} |", together.over(&alone)));
    }
    say("\n| asked | answers by status |\n| --- | --- |");
    for kind in Kind::GOOD.into_iter().chain(Kind::BAD) {
        say(&format!("| {} | {} |", kind.name(), callers::statuses(answered, kind)));
    }
    let all: Vec<String> = memory
        .iter()
        .map(|(at, kib)| format!("{:.1} MiB at {} s", *kib as f64 / 1024.0, at.as_secs()))
        .collect();
    say(&format!("\nmemory of the server: {}", all.join(", ")));
    let written = answered.iter().filter(|one| one.kind == Kind::Note && one.status == 200).count();
    let (first, last) = (memory[1], memory[memory.len() - 1]);
    let grown = last.1 as f64 - first.1 as f64;
    say(&format!(
        "from {} s to the end: {grown:+.0} KiB, while {} notes were recorded in {} stretches",
        first.0.as_secs(),
        written,
        STRETCHES.len()
    ));
}

/// A number among the variables, or its usual value.
fn setting(name: &str, usual: usize) -> usize {
    std::env::var(name).map_or(usual, |told| told.parse().unwrap())
}

fn say(text: &str) {
    writeln!(std::io::stdout().lock(), "{text}").unwrap();
}
