//! Following the cluster's log into the mirror.
//!
//! What is written into the mirror is decided by the order of the log and by nothing else, so every node's mirror
//! becomes the same record. After every trouble it begins anew behind the last whole append, so a subscription may
//! be cut anywhere; and when the mirror turns out not to be the record, it is read from the log's beginning.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use scribe_domain::event_store::EventStore as _;
use scribe_domain::ids::Position;
use scribe_projections::ledger::signers::Difference;
use tokio::time::{Instant, sleep, timeout};

use super::agreement::{Agreement, first_difference, told};
use super::client::{Expected, Seen, Signal, Signals, Trouble};
use super::intake::{Anchor, Halt, Intake, Notice, Streams, unwritable};
use super::mirror::Edition;
use super::notices::Dispute;
use super::reach::Way;
use super::resume::{Doubt, KeptAnchor};
use super::shared::Shared;

/// How long a subscription may take to begin.
const BEGINNING: Duration = Duration::from_secs(5);
/// When nothing came for so long, the cluster is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(2);
/// The same while it is out of reach.
const IMPATIENCE: Duration = Duration::from_millis(250);
/// How long to wait before the next attempt: at first; at most when there was a subscription, and when there was
/// none.
const PAUSES: [Duration; 3] = [Duration::from_millis(20), Duration::from_millis(250), Duration::from_secs(2)];
/// A subscription that lived so long may be followed by another at once.
const LIVED: Duration = Duration::from_secs(1);
/// How many events are written into the mirror at once.
const BATCH: usize = 1_000;
/// After so many checkpoints without an event of the record, it is far from the log's end.
const FAR: u32 = 20;
/// How often the anchor is left for the next process, at most.
const ANCHORED: Duration = Duration::from_secs(1);
/// How long a dispute may take to be taken.
const DISPUTE: Duration = Duration::from_secs(2);

/// The one who follows.
pub(super) struct Follower {
    shared: Arc<Shared>,
    intake: Intake,
    agreement: Agreement,
    doubt: Doubt,
    /// Where the mirror lies that is written into.
    folder: Option<PathBuf>,
    /// What is left for the next process, and when it was written.
    left: Option<Anchor>,
    written: Option<Instant>,
    /// Whether it was said what is followed.
    told_version: bool,
    /// Whether the editions' own checkpoints have been looked at.
    compared: bool,
}

impl Follower {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let intake = Intake::new(shared.names.clone(), Arc::clone(&shared.arrivals));
        let agreement = Agreement::new(shared.mirror.folder(), shared.mirror.clock());
        Self {
            shared,
            intake,
            agreement,
            doubt: Doubt::default(),
            folder: None,
            left: None,
            written: None,
            told_version: false,
            compared: false,
        }
    }

    /// Follows for ever.
    pub(super) async fn run(mut self) {
        self.remember();
        let [first, most_after_one, most] = PAUSES;
        let mut pause = first;
        let mut failed = 0;
        loop {
            let since = Instant::now();
            let mut began = false;
            let halt = match self.follow(&mut began).await {
                Ok(never) => match never {},
                Err(halt) => halt,
            };
            if began {
                failed = 0;
                pause = if since.elapsed() >= LIVED { first } else { pause.min(most_after_one) };
            } else {
                failed += 1;
            }
            match halt {
                Halt::Trouble(trouble) => {
                    // A subscription that was cut is not yet a cluster that is lost, and neither is one attempt;
                    // nor is a doubt, as long as nobody has been told anything. What will not pass is told at once.
                    let is_waiting =
                        self.doubt.is_open() && matches!(self.shared.reach.way(), Way::Unknown { .. });
                    let is_final = matches!(trouble, Trouble::Barred { .. });
                    if is_final || (failed > 1 && !is_waiting) {
                        self.shared.reach.lost(&trouble);
                    }
                    tracing::debug!(%trouble, "the subscription has ended");
                }
                Halt::Lacks { .. } => {
                    let why = halt.to_string();
                    if let Err(trouble) = self.read_anew(&why).await {
                        tracing::debug!(%trouble, "the log cannot be read anew yet");
                    }
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(if self.doubt.is_open() { most_after_one } else { most });
        }
    }

    /// What an earlier process left.
    fn remember(&mut self) {
        let edition = self.shared.mirror.now();
        if let Some(KeptAnchor { passed_over, cut, .. }) = KeptAnchor::read(&edition.folder) {
            self.shared.be_in_touch();
            self.shared.arrivals.remember(passed_over, cut);
        }
    }

    async fn follow(&mut self, began: &mut bool) -> Result<Infallible, Halt> {
        let shared = Arc::clone(&self.shared);
        let edition = shared.mirror.now();
        let head = edition.store.head().await.map_err(|error| unwritable(&error))?;
        if head.0 > 0 {
            shared.be_in_touch();
        }
        let kept = KeptAnchor::read(&edition.folder).filter(|kept| kept.position <= head.0);
        let known = self.intake.anchor().cloned().or(kept.map(|kept| kept.anchor));
        let anchor = self.doubt.resume(&shared, &edition, known.as_ref()).await?;
        if anchor.is_none() && !self.agreement.is_reading_anew() {
            let end = shared.commands.end().await?;
            self.agreement.begin_anew(end, None);
        }
        shared.arrivals.reached(anchor.as_ref().map(|anchor| anchor.place));
        if !self.compared {
            let kept = edition.store.checkpoints().await.map_err(|error| unwritable(&error))?;
            self.agreement.go_on(&kept);
            self.compare(&edition).await?;
            self.compared = true;
        }
        let after = anchor.as_ref().map(|anchor| anchor.place);
        let mut signals = shared.commands.subscribe(shared.names.prefixes().to_vec(), after).await?;
        self.intake.begin(anchor, head);
        self.folder = Some(edition.folder.clone());
        loop {
            let wait = match (*began, shared.reach.way()) {
                (false, _) => BEGINNING,
                (true, Way::Open) => SILENCE,
                (true, _) => IMPATIENCE,
            };
            let next = tokio::select! {
                next = timeout(wait, signals.recv()) => next,
                () = shared.reach.lose(), if *began && shared.reach.way() == Way::Open => continue,
            };
            match next {
                Ok(Some(signal)) => {
                    let signal = signal?;
                    *began = true;
                    shared.be_in_touch();
                    shared.reach.found();
                    let batch = and_what_is_there(signal, &mut signals);
                    self.take(&edition, batch).await?;
                }
                Ok(None) => return Err(Trouble::Away("the subscription has ended".to_owned()).into()),
                Err(_) if !*began => {
                    let why = format!("no subscription within {} s", BEGINNING.as_secs());
                    return Err(Trouble::Away(why).into());
                }
                Err(_) => {
                    self.tell_version().await;
                    shared.commands.end().await?;
                    shared.reach.found();
                }
            }
        }
    }

    async fn take(
        &mut self,
        edition: &Edition,
        mut signals: VecDeque<Result<Signal, Trouble>>,
    ) -> Result<(), Halt> {
        let shared = Arc::clone(&self.shared);
        while let Some(notice) = self.intake.take(&edition.store, &*shared, &mut signals).await? {
            match notice {
                Notice::Checkpoint(kept) => {
                    self.agreement.take(&kept.note);
                    self.compare(edition).await?;
                }
                Notice::Dispute(dispute) => self.dispute(edition, &dispute).await?,
            }
        }
        if let Some(aside) = self.agreement.caught_up(shared.arrivals.seen()) {
            self.settle(edition, &aside).await?;
        }
        if self.written.is_none_or(|written| written.elapsed() >= ANCHORED) {
            self.leave_anchor();
        }
        if self.intake.checkpoints_since() >= FAR {
            // What comes of it comes through the subscription.
            let shared = Arc::clone(&shared);
            self.intake.fence_is_put();
            tokio::spawn(async move { shared.put_fence().await });
        }
        Ok(())
    }

    /// Says once what is followed, for whoever reads the log after something went wrong.
    async fn tell_version(&mut self) {
        if !std::mem::replace(&mut self.told_version, true)
            && let Ok(Some(version)) = self.shared.commands.version().await
        {
            tracing::info!(version, "the cluster's servers");
        }
    }

    /// Compares the mirror with everything that others signed.
    async fn compare(&mut self, edition: &Edition) -> Result<(), Halt> {
        let difference = self.agreement.difference(edition).await?;
        match difference {
            None if !self.agreement.is_reading_anew() => self.shared.reach.agrees(),
            None => {}
            // It is told when the log has been read to the end that it had.
            Some(_) if self.agreement.is_reading_anew() => {}
            Some(difference) if self.shared.reach.is_differing() => self.tell(edition, &difference),
            Some(difference) => {
                let Difference { size, theirs: root, .. } = difference.clone();
                self.tell_others(Dispute { size, root }).await;
                self.read_anew(&told(&difference)).await?;
                return Err(Trouble::Away("the log is read anew".to_owned()).into());
            }
        }
        Ok(())
    }

    /// Somebody says that a root is not the record's.
    async fn dispute(&mut self, edition: &Edition, dispute: &Dispute) -> Result<(), Halt> {
        let at = self.shared.arrivals.seen();
        if !self.agreement.is_disputed(edition, dispute, at).await? {
            return Ok(());
        }
        let Dispute { size, root } = dispute;
        let why = format!(
            "another node says that {root}, which this node has for the first {size} events, is wrong"
        );
        self.read_anew(&why).await?;
        Err(Trouble::Away("the log is read anew".to_owned()).into())
    }

    async fn tell_others(&self, dispute: Dispute) {
        let Ok(event) = dispute.proposed() else { return };
        let stream = self.shared.names.checkpoints().to_owned();
        let told = self.shared.commands.append(stream, Expected::Any, [event].into(), DISPUTE).await;
        if let Err(trouble) = told {
            tracing::warn!(%trouble, "the other nodes could not be told of the difference");
        }
    }

    /// Sets the mirror aside; the log is then read from its beginning.
    async fn read_anew(&mut self, why: &str) -> Result<(), Trouble> {
        let shared = &self.shared;
        shared.reach.differs(&format!("{why}: this node's copy of the record is set aside, and read anew"));
        let end = shared.commands.end().await?;
        let aside = shared.mirror.now();
        let next = shared.mirror.set_aside(&aside).map_err(|error| Trouble::Away(error.to_string()))?;
        tracing::error!(aside = %aside.folder.display(), next = %next.folder.display(), "the mirror is set aside");
        shared.begin_anew();
        self.agreement.begin_anew(end, Some(aside));
        self.intake.begin(None, Position(0));
        self.folder = None;
        Ok(())
    }

    /// The log has been read anew.
    async fn settle(&mut self, edition: &Edition, aside: &Edition) -> Result<(), Halt> {
        if let Some(difference) = self.agreement.difference(edition).await? {
            self.tell(edition, &difference);
            return Ok(());
        }
        let first = first_difference(&aside.store, &edition.store).await;
        let first = first.map_err(|error| unwritable(&error))?;
        let first = first.map_or("none".to_owned(), |position| position.to_string());
        tracing::warn!(
            first_differing_position = first,
            "the record was read anew, and agrees with what others signed"
        );
        self.shared.reach.agrees();
        Ok(())
    }

    /// It still differs.
    fn tell(&self, edition: &Edition, difference: &Difference) {
        self.shared.reach.differs(&format!(
            "{}, also after reading the log anew ({}): the first differing event stands at a position from \
             {} to {}; one of the two does not have what the log has",
            told(difference),
            edition.folder.display(),
            difference.agreed_up_to + 1,
            difference.size
        ));
    }

    /// Leaves the anchor for the next process.
    fn leave_anchor(&mut self) {
        let (Some(folder), Some(anchor)) = (&self.folder, self.intake.anchor()) else { return };
        if self.left.as_ref() == Some(anchor) {
            return;
        }
        let left = KeptAnchor {
            position: self.intake.position().0,
            anchor: anchor.clone(),
            passed_over: self.shared.arrivals.passed_over(),
            cut: self.shared.arrivals.taken_out(),
        };
        left.write(folder);
        self.left = Some(left.anchor);
        self.written = Some(Instant::now());
    }
}

/// A program that only asked something ends before the anchor is due.
impl Drop for Follower {
    fn drop(&mut self) {
        self.leave_anchor();
    }
}

#[async_trait::async_trait]
impl Streams for Shared {
    async fn read(&self, stream: &str, from: u64, limit: usize) -> Result<Option<Vec<Seen>>, Trouble> {
        match self.commands.read(stream.to_owned(), from, limit).await {
            Err(Trouble::Deleted(_)) => Ok(None),
            read => read,
        }
    }
}

fn and_what_is_there(first: Signal, signals: &mut Signals) -> VecDeque<Result<Signal, Trouble>> {
    let mut batch = VecDeque::from([Ok(first)]);
    while batch.len() < BATCH
        && let Ok(signal) = signals.try_recv()
    {
        batch.push_back(signal);
    }
    batch
}
