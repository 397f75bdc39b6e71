//! What to make of what was found: the first thing that is wrong, and not everything that follows from it.

use std::collections::BTreeSet;

use scribe_projections::ledger::verdict::{Finding, Flaw, Verdict};

use super::fold::{Claim, Compared, Fold, Stretch};

impl Fold {
    /// The verdict, with what was found about the file as a file.
    pub(super) fn conclude(mut self, file: Vec<Finding>) -> Verdict {
        self.compare_rest();
        let checkpoints = self.compared.len() as u64;
        self.unvouched();
        let changed = self.roots();
        let lost = [changed, self.lost].into_iter().flatten().min();
        self.checkpoints(lost);
        self.nodes(lost);
        self.findings.extend(file);
        self.sums();
        // What has no position goes last. The sort is stable: at one position, in the order of the checks.
        self.findings.sort_by_key(|finding| finding.position.unwrap_or(u64::MAX));
        let is_unproven = |finding: &Finding| finding.kind == Flaw::UnknownSigner;
        let unproven = self.findings.iter().filter(|finding| is_unproven(finding)).count();
        let holds = unproven == self.findings.len() && self.more == 0;
        let more = self.findings.len().saturating_sub(Verdict::FINDINGS) as u64 + self.more;
        self.findings.truncate(Verdict::FINDINGS);
        Verdict {
            holds,
            unproven: unproven as u64,
            events: self.frontier.size(),
            appends: self.appends,
            incidents: self.incidents(),
            erased: self.erased,
            checkpoints,
            root: self.frontier.root(),
            bytes: self.bytes,
            findings: std::mem::take(&mut self.findings),
            more,
            signers: Vec::new(),
            remarks: Vec::new(),
        }
    }

    fn tell(&mut self, position: u64, kind: Flaw, what: String) {
        self.findings.push(Finding { position: Some(position), kind, what });
    }

    /// A wrong sum is news only where nothing else is wrong: whoever changes a row changes its sum's worth.
    fn sums(&mut self) {
        for position in std::mem::take(&mut self.bad_sums) {
            if !self.findings.iter().any(|finding| finding.position == Some(position)) {
                let what = "the check sum kept with what begins here is another".to_owned();
                self.tell(position, Flaw::Row, what);
            }
        }
    }

    /// Where the appends stop being what was recorded, as far as the roots kept with them tell.
    fn roots(&mut self) -> Option<u64> {
        // A root says all about the events before it, so where a later one holds, or a checkpoint does, only
        // the root itself can have been changed.
        let vouches = |compared: &&Compared| compared.held == Some(true) && compared.claim.vouches;
        let held = self.compared.iter().filter(vouches);
        let good_until =
            held.map(|compared| compared.claim.head.size).max().unwrap_or(0).max(self.good_until);
        let lost = self.lost.unwrap_or(u64::MAX);
        let bad = [std::mem::take(&mut self.bad_roots), std::mem::take(&mut self.bad_tail)].concat();
        let (only_roots, changed): (Vec<_>, Vec<_>) = bad
            .into_iter()
            .filter(|append| append.first < lost)
            .partition(|append| append.last <= good_until);
        for append in only_roots {
            let what = format!(
                "{} as recorded, but the root that was kept with {} was changed",
                append.are(),
                if append.first == append.last { "it" } else { "them" }
            );
            self.tell(append.first, Flaw::Root, what);
        }
        let append = changed.first()?;
        let what = format!("{} not as recorded: the tree's root is another from here on", append.are());
        self.tell(append.first, Flaw::Root, what);
        Some(append.first)
    }

    fn checkpoints(&mut self, lost: Option<u64>) {
        let mut holds_at = 0;
        let mut told = false;
        let compared = std::mem::take(&mut self.compared);
        let signers: BTreeSet<&str> = compared.iter().filter_map(|one| one.claim.by.as_deref()).collect();
        let vouched = compared.iter().filter(|one| one.held == Some(true) && one.claim.vouches);
        let vouched = vouched.map(|one| one.claim.head.size).max().unwrap_or(0);
        for Compared { claim: Claim { head, kept, vouches, by }, held } in &compared {
            let (size, end, kept, held) = (head.size, self.frontier.size(), *kept, *held);
            let whose = match by {
                Some(by) if signers.len() > 1 => format!("the checkpoint by {by} kept for"),
                _ if kept => "the checkpoint kept for".to_owned(),
                _ => "your checkpoint of".to_owned(),
            };
            // What is known to be wrong before it need not be told once for each checkpoint; but whoever
            // brought one wants an answer.
            let known = kept && (told || lost.is_some_and(|lost| lost <= size));
            match held {
                Some(true) if *vouches => holds_at = size,
                Some(true) => {}
                // What a later one vouches for was not changed: whoever signed this signed something else.
                Some(false) if size <= vouched => {
                    let what = format!(
                        "{whose} {size} events has another root, although another checkpoint, of {vouched} \
                         events, holds: whoever signed it signed another record"
                    );
                    self.tell(holds_at + 1, Flaw::Checkpoint, what);
                }
                _ if known => {}
                Some(false) => {
                    told = true;
                    let since = match holds_at {
                        0 => "among the events before it".to_owned(),
                        at => format!("after position {at}, up to which another checkpoint holds"),
                    };
                    let what =
                        format!("{whose} {size} events has another root: something was changed {since}");
                    self.tell(holds_at + 1, Flaw::Checkpoint, what);
                }
                None if size > end => {
                    told = true;
                    let what = format!(
                        "the record ends at position {end}, but {whose} {size} events was signed: {} \
                         gone from its end",
                        if size - end == 1 { "1 is".to_owned() } else { format!("{} are", size - end) }
                    );
                    self.tell(end + 1, Flaw::Truncated, what);
                }
                None => {
                    let what = format!("{whose} {size} events cannot be compared beyond this");
                    self.tell(lost.unwrap_or(1), Flaw::Checkpoint, what);
                }
            }
        }
    }

    fn nodes(&mut self, lost: Option<u64>) {
        for (Stretch { first, last }, what) in std::mem::take(&mut self.bad_nodes) {
            if lost.is_none_or(|lost| last < lost) {
                let what = format!("the tree's node over positions {first} to {last} {what}");
                self.tell(first, Flaw::Tree, what);
            }
        }
    }
}

impl Stretch {
    fn are(self) -> String {
        if self.first == self.last {
            format!("the event at position {} is", self.first)
        } else {
            format!("the events at positions {} to {} (one append) are", self.first, self.last)
        }
    }
}
