//! An opened contender, and the work that it is put to.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scribe_domain::recorded::Recorded;
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use crate::fold::Board;
use crate::peer::{Contender, How, Peer, Said};
use crate::peers::Python;
use crate::told::{self, A_LIFE, Fresh, Place, RARE};

/// How many write at once, and how many events each puts into an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Writers.
    pub writers: u64,
    /// Events an append.
    pub events: u64,
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}×{}", self.writers, self.events)
    }
}

/// What appending for a while came to.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Appended {
    /// Appends acknowledged.
    pub appends: u64,
    /// In this time.
    pub seconds: f64,
    /// Half of the appends were acknowledged within these microseconds.
    pub p50: f64,
    /// Ninety-nine of a hundred were.
    pub p99: f64,
}

/// A way of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// The whole record, as bytes.
    Raw,
    /// The whole record, as typed events.
    Typed,
    /// The same by two readers, half of the record each.
    Halves,
    /// The whole record, folded into the board of incidents.
    Board,
    /// The events of one rare kind, typed.
    Kind,
    /// One incident of two hundred events, typed.
    Incident,
}

/// A contender at work.
pub enum Open {
    /// In this process.
    Here {
        /// The store.
        peer: Arc<dyn Peer>,
        /// Incidents nobody wrote to yet.
        fresh: Arc<Fresh>,
        /// Where each writer stands.
        places: Vec<Place>,
    },
    /// A program beside this one.
    Python(Box<Python>),
}

impl Open {
    /// Opens a contender in a folder that has so many incidents already.
    pub fn new(contender: &Contender, dir: &Path, incidents: u64) -> Said<Self> {
        std::fs::create_dir_all(dir).map_err(|error| error.to_string())?;
        match contender.how {
            How::Here(open) => {
                let fresh = Arc::new(Fresh::after(incidents));
                Ok(Self::Here { peer: open(dir)?, fresh, places: Vec::new() })
            }
            How::Python => Ok(Self::Python(Box::new(Python::start(dir, incidents)?))),
            How::NotBuilt => Err("left out of this build".to_owned()),
        }
    }

    /// Fills a record with so many more events: incidents of two hundred, in appends of one to four, by turns.
    pub fn fill(&mut self, runtime: &Runtime, events: u64) -> Said<()> {
        match self {
            Self::Here { peer, fresh, .. } => runtime.block_on(fill(peer, fresh, events / A_LIFE)),
            Self::Python(python) => python.fill(events),
        }
    }

    /// Appends for a while.
    pub fn append(&mut self, runtime: &Runtime, shape: Shape, cell: Duration) -> Said<Appended> {
        match self {
            Self::Here { peer, fresh, places } => {
                places.resize_with(places.len().max(shape.writers as usize), || Place::begin(fresh));
                let places = &mut places[..shape.writers as usize];
                runtime.block_on(append(peer, fresh, places, shape.events, cell))
            }
            Self::Python(python) => python.append(shape, cell),
        }
    }

    /// Appends so often, one writer after the other.
    pub fn times(&mut self, runtime: &Runtime, shape: Shape, times: u64) -> Said<()> {
        match self {
            Self::Here { peer, fresh, .. } => runtime.block_on(async {
                let mut place = Place::begin(fresh);
                for _ in 0..times {
                    let taken = peer.append(place.next(shape.events, fresh), place.seen).await?;
                    (place.revision, place.seen) = (taken.revision, taken.position);
                }
                Ok(())
            }),
            Self::Python(python) => python.times(shape, times),
        }
    }

    /// The position of the last event.
    pub fn head(&mut self, runtime: &Runtime) -> Said<u64> {
        match self {
            Self::Here { peer, .. } => runtime.block_on(peer.head()),
            Self::Python(python) => python.head(),
        }
    }

    /// Reads, and tells how many events there were and how many seconds it took.
    pub fn look(&mut self, runtime: &Runtime, look: Look, number: u64) -> Said<(u64, f64)> {
        match self {
            Self::Here { peer, .. } => {
                let begun = Instant::now();
                let events = runtime.block_on(read(peer, look, number))?;
                Ok((events, begun.elapsed().as_secs_f64()))
            }
            Self::Python(python) => python.look(look, number),
        }
    }
}

async fn fill(peer: &Arc<dyn Peer>, fresh: &Arc<Fresh>, incidents: u64) -> Said<()> {
    const AT_ONCE: u64 = 512;
    let upto = fresh.there() + incidents;
    let tasks: Vec<_> = (0..AT_ONCE.min(incidents))
        .map(|_| {
            let (peer, fresh) = (Arc::clone(peer), Arc::clone(fresh));
            tokio::spawn(async move {
                loop {
                    let number = fresh.next();
                    if number >= upto {
                        return Ok::<(), String>(());
                    }
                    let (incident, mut revision, mut seen) = (told::incident(number), 0, 0);
                    while revision < A_LIFE {
                        let count = (revision / 3 % 4 + 1).min(A_LIFE - revision);
                        let taken = peer.append(told::append(&incident, revision, count), seen).await?;
                        (revision, seen) = (taken.revision, taken.position);
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.map_err(|error| error.to_string())??;
    }
    fresh.restart(upto);
    Ok(())
}

async fn append(
    peer: &Arc<dyn Peer>,
    fresh: &Arc<Fresh>,
    places: &mut [Place],
    events: u64,
    cell: Duration,
) -> Said<Appended> {
    let begun = Instant::now();
    let tasks: Vec<_> = places
        .iter_mut()
        .map(|place| {
            let mut place = std::mem::replace(place, Place::nowhere());
            let (peer, fresh) = (Arc::clone(peer), Arc::clone(fresh));
            tokio::spawn(async move {
                let mut times = Vec::new();
                while begun.elapsed() < cell {
                    let append = place.next(events, &fresh);
                    let asked = Instant::now();
                    let taken = peer.append(append, place.seen).await?;
                    times.push(asked.elapsed().as_secs_f64() * 1e6);
                    (place.revision, place.seen) = (taken.revision, taken.position);
                }
                Ok::<_, String>((place, times))
            })
        })
        .collect();
    let mut times = Vec::new();
    for (task, place) in tasks.into_iter().zip(places) {
        let (reached, taken) = task.await.map_err(|error| error.to_string())??;
        *place = reached;
        times.extend(taken);
    }
    let seconds = begun.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[((times.len() - 1) as f64 * part).round() as usize];
    Ok(Appended { appends: times.len() as u64, seconds, p50: at(0.5), p99: at(0.99) })
}

async fn read(peer: &Arc<dyn Peer>, look: Look, number: u64) -> Said<u64> {
    let mut count = 0;
    match look {
        Look::Raw => {
            let head = peer.head().await?;
            let mut bytes = 0;
            let each = &mut |_, line: &[u8]| {
                count += 1;
                // One byte of each page that a line lies on, so that nothing is skipped unread.
                bytes += line.len() + usize::from(line[line.len() - 1]);
            };
            peer.read(0, head, each).await?;
            std::hint::black_box(bytes);
        }
        Look::Typed => count = typed(peer, 0, peer.head().await?).await?,
        Look::Halves => {
            let head = peer.head().await?;
            let other = Arc::clone(peer);
            let second = tokio::spawn(async move { typed(&other, head / 2, head).await });
            let first = Arc::clone(peer);
            let first = tokio::spawn(async move { typed(&first, 0, head / 2).await });
            for half in [first, second] {
                count += half.await.map_err(|error| error.to_string())??;
            }
        }
        Look::Board => {
            let mut board = Board::default();
            let each = &mut |recorded: Recorded| {
                board.apply(recorded);
            };
            peer.typed(0, peer.head().await?, each).await?;
            count = std::hint::black_box(&board).events();
        }
        Look::Kind => {
            let each = &mut |recorded: Recorded| {
                count += 1;
                std::hint::black_box(recorded);
            };
            peer.typed_of_kind(RARE, each).await?;
        }
        Look::Incident => {
            let each = &mut |recorded: Recorded| {
                count += 1;
                std::hint::black_box(recorded);
            };
            peer.typed_stream(&told::incident(number), each).await?;
        }
    }
    Ok(count)
}

async fn typed(peer: &Arc<dyn Peer>, after: u64, upto: u64) -> Said<u64> {
    let mut count = 0;
    let each = &mut |recorded: Recorded| {
        count += 1;
        std::hint::black_box(recorded);
    };
    peer.typed(after, upto, each).await?;
    Ok(count)
}
