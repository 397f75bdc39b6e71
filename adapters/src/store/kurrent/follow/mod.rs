//! Following the cluster's log into the mirror.
//!
//! What is written into the mirror is decided by the order of the log and by nothing else, so every node's mirror
//! becomes the same record. After every trouble it begins anew behind the last whole append, so a subscription may
//! be cut anywhere; and when the mirror turns out not to be the record, it is read from the log's beginning.

/// Where to go on in the log.
mod resume;
/// Holding what others signed against the mirror.
pub(super) mod agreement;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use scribe_domain::event_store::EventStore as _;
use scribe_domain::ids::Position;
use scribe_projections::ledger::signers::Difference;
use tokio::time::{Instant, sleep, timeout};

use self::agreement::{Agreement, first_difference, lacks, told};
use self::resume::{Doubt, KeptAnchor};
use super::client::{Expected, LogEvent, Signal, Signals, Trouble};
use super::format::notices::Dispute;
use super::intake::{Anchor, Halt, Intake, Notice, Streams, unwritable};
use super::mirror::Edition;
use super::shared::Shared;
use super::shared::reach::Way;

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
    /// Whether the mirror's own checkpoints have been looked at.
    compared: bool,
    /// Why the log is to be read anew, until that has begun.
    anew: Option<Anew>,
    /// What led to the reading that is under way.
    led_to: Option<Dispute>,
}

/// Why the log is to be read anew.
#[derive(Clone)]
struct Anew {
    why: String,
    /// The signed root that is in question, if one is.
    about: Option<Dispute>,
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
            anew: None,
            led_to: None,
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
                    if self.agreement.is_reading_anew()
                        && let Err(error) = self.shared.mirror.give_up()
                    {
                        // What an earlier process had begun to read is not what the log says either.
                        tracing::warn!(%error, "the mirror that was begun cannot be removed");
                    }
                    self.anew = Some(Anew { why: halt.to_string(), about: self.led_to.take() });
                }
                // Also where subscriptions begin: what they tell goes nowhere.
                Halt::Mirror(_) => self.shared.reach.lost(&Trouble::Away(halt.to_string())),
                Halt::ReadAnew => {
                    if let Err(halt) = self.settle().await {
                        tracing::error!(%halt, "the mirror that was read anew is not used yet");
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
        if let Some(anew) = self.anew.clone() {
            self.read_anew(&anew).await?;
            self.anew = None;
        }
        if shared.mirror.take_over().map_err(|error| Trouble::Away(error.to_string()))? {
            // Another process has read the log anew.
            self.agreement.end_reading();
            self.compared = false;
            self.intake.begin(None, Position(0));
            shared.begin_anew();
        }
        let edition = shared.mirror.filled();
        let kept = KeptAnchor::read(&edition.folder);
        let known = self.intake.anchor().map(|anchor| (anchor.clone(), self.intake.position()));
        let known = known.or(kept.map(|kept| (kept.anchor, Position(kept.position))));
        let known = {
            let head = edition.store.head().await.map_err(|error| unwritable(&error))?;
            if head.0 > 0 {
                shared.be_in_touch();
            }
            known.filter(|(_, position)| *position <= head)
        };
        let anchor = self.doubt.resume(&shared, &edition, known).await?;
        // Another process may have written since; what it has counts.
        let head = edition.store.head().await.map_err(|error| unwritable(&error))?;
        if anchor.is_none() && !self.agreement.is_reading_anew() {
            let end = shared.commands.end().await?;
            self.agreement.begin_anew(end, false);
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
        if self.agreement.is_read(shared.arrivals.seen()) {
            return Err(Halt::ReadAnew);
        }
        if self.written.is_none_or(|written| written.elapsed() >= ANCHORED) {
            self.leave_anchor();
        }
        if self.intake.checkpoints_since() >= FAR {
            // What comes of it comes through the subscription.
            let shared = Arc::clone(&shared);
            self.intake.fence_is_put();
            tokio::spawn(async move {
                // Without one, the next look puts it.
                let _ = shared.put_fence().await;
            });
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
        if self.agreement.is_reading_anew() {
            // It is compared when the log has been read as far as it went.
            return Ok(());
        }
        let Some(difference) = self.agreement.difference(edition).await? else {
            self.shared.reach.agrees();
            return Ok(());
        };
        let about = Dispute { size: difference.size, root: difference.theirs };
        if self.agreement.is_confirmed(&about) {
            self.tell(&difference);
            return Ok(());
        }
        self.tell_others(about.clone()).await;
        self.anew = Some(Anew { why: told(&difference), about: Some(about) });
        Err(Trouble::Away("the log is read anew".to_owned()).into())
    }

    /// Somebody says that a root is not the record's.
    async fn dispute(&mut self, edition: &Edition, dispute: &Dispute) -> Result<(), Halt> {
        let at = self.shared.arrivals.seen();
        if self.agreement.is_reading_anew() || !self.agreement.is_disputed(edition, dispute, at).await? {
            return Ok(());
        }
        let Dispute { size, root } = dispute;
        let why = format!(
            "another node says that {root}, which this node has for the first {size} events, is wrong"
        );
        self.anew = Some(Anew { why, about: Some(dispute.clone()) });
        Err(Trouble::Away("the log is read anew".to_owned()).into())
    }

    async fn tell_others(&self, dispute: Dispute) {
        let Ok(event) = dispute.proposed() else { return };
        let stream = self.shared.names.checkpoints().to_owned();
        let told = self.shared.commands.append(stream, Expected::AnyLength, [event].into(), DISPUTE).await;
        if let Err(trouble) = told {
            tracing::warn!(%trouble, "the other nodes could not be told of the difference");
        }
    }

    /// Begins to read the log from its beginning, into another edition of the mirror.
    async fn read_anew(&mut self, Anew { why, about }: &Anew) -> Result<(), Halt> {
        let shared = &self.shared;
        shared.reach.differs(&format!("{why}: the record is read anew from the cluster's log"), false);
        // An event of the record's own shows when that is done, whatever others write.
        let end = shared.put_fence().await?;
        shared.mirror.begin_anew().map_err(|error| Trouble::Away(error.to_string()))?;
        shared.begin_anew();
        self.agreement.begin_anew(end, true);
        self.led_to.clone_from(about);
        self.compared = false;
        self.intake.begin(None, Position(0));
        self.folder = None;
        Ok(())
    }

    /// The log has been read anew: what was read takes the mirror's place, unless it lacks what was shown.
    async fn settle(&mut self) -> Result<(), Halt> {
        let shared = Arc::clone(&self.shared);
        let (now, next) = (shared.mirror.now(), shared.mirror.filled());
        let lacking = lacks(&now.store, &next.store).await.map_err(|error| unwritable(&error))?;
        let first = first_difference(&now.store, &next.store).await.map_err(|error| unwritable(&error))?;
        let heads = (now.store.head().await, next.store.head().await);
        let is_same = first.is_none() && heads.0 == heads.1;
        drop((now, next));
        let led_to = self.led_to.take();
        self.folder = None;
        self.agreement.end_reading();
        self.intake.begin(None, Position(0));
        self.compared = false;
        if lacking.is_some() || is_same {
            if let Some(incident) = lacking {
                let what = format!(
                    "the cluster's log no longer has all events of {incident} that this node has shown: somebody \
                     deleted or truncated its stream, and it was scavenged; this node keeps what it has"
                );
                shared.arrivals.note_cut(&incident, what);
            }
            if let Err(error) = shared.mirror.give_up() {
                tracing::warn!(%error, "the mirror that was read anew stays beside the one that is used");
            }
            tracing::warn!("the record was read anew, and this node's copy of it stays");
        } else {
            let next = shared.mirror.accept().map_err(|error| Trouble::Away(error.to_string()))?;
            let first = first.map_or("none".to_owned(), |position| position.to_string());
            tracing::error!(
                first_differing_position = first,
                folder = %next.folder.display(),
                "the mirror was not the record: it is set aside, and what was read anew takes its place"
            );
        }
        shared.begin_anew();
        // Whatever led to this and is still so will not be otherwise if the log is read once more.
        if let Some(about) = led_to {
            self.agreement.confirm(about);
        }
        // Whether it agrees now is seen when it is compared with what is kept in it.
        Ok(())
    }

    /// It differs, although the log was read anew.
    fn tell(&self, difference: &Difference) {
        self.shared.reach.differs(
            &format!(
                "{}, also after reading the log anew: the first differing event stands at a position from {} to {}; \
                 whoever signed it is to be started, so that it reads the log anew and takes that back",
                told(difference),
                difference.agreed_up_to + 1,
                difference.size
            ),
            true,
        );
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
    async fn read(&self, stream: &str, from: u64, limit: usize) -> Result<Option<Vec<LogEvent>>, Trouble> {
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
