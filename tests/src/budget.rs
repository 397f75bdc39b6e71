//! How much of a fault, by which seed, and the line that says what it came to.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::SystemTime;

const ROUNDS: &str = "SCRIBE_FAULT_ROUNDS";
const SEED: &str = "SCRIBE_FAULT_SEED";

/// What one kind of fault may spend, and what it has come to so far.
#[derive(Debug)]
pub struct Budget {
    kind: &'static str,
    /// How many rounds.
    pub rounds: u64,
    /// Where its choices come from.
    pub random: Random,
    injected: BTreeMap<String, u64>,
    acknowledged: u64,
}

impl Budget {
    /// The share of a kind: so many rounds for each kill.
    pub fn of(kind: &'static str, rounds_a_kill: u64) -> Self {
        let rounds = from_environment(ROUNDS).unwrap_or(2) * rounds_a_kill;
        let seed = from_environment(SEED).unwrap_or_else(clock_bits);
        say(&format!("{kind}: {rounds} rounds, {SEED}={seed}"));
        let salt = kind.bytes().fold(seed, |salt, byte| salt.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Self { kind, rounds, random: Random(salt), injected: BTreeMap::new(), acknowledged: 0 }
    }

    /// Something was done to the record.
    pub fn inject(&mut self, what: impl Into<String>, times: u64) {
        *self.injected.entry(what.into()).or_default() += times;
    }

    /// So many appends were acknowledged, and every one was looked for and found.
    pub fn found(&mut self, acknowledged: usize) {
        self.acknowledged += acknowledged as u64;
    }

    /// Every round went well: says so.
    pub fn tell(self) {
        let injected: Vec<String> =
            self.injected.iter().map(|(what, times)| format!("{what} {times}")).collect();
        say(&format!(
            "FAULTS | {} | {} | {} | {} | 0 |",
            self.kind,
            self.rounds,
            injected.join(", "),
            self.acknowledged
        ));
    }
}

/// Choices that a seed repeats (splitmix64).
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below another.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.any() % limit
    }

    /// A place in something of this length.
    pub fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("below a length")
    }

    /// One of some.
    pub fn one_of<T: Copy>(&mut self, some: &[T]) -> T {
        some[self.place(some.len())]
    }

    /// True so often in a hundred times.
    pub fn percent(&mut self, often: u64) -> bool {
        self.below(100) < often
    }
}

/// Says something to whoever runs the tests, also when they pass.
pub fn say(line: &str) {
    writeln!(std::io::stderr().lock(), "{line}").expect("stderr is there");
}

/// Says that something was not tried here.
pub fn skipped(what: &str, why: &str) {
    say(&format!("SKIPPED: {what}: {why}"));
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

fn clock_bits() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").subsec_nanos().into()
}
