//! What is asked, by whom, and when.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use scribe_domain::testing::plausible::incident;
use serde::{Deserialize, Serialize};

/// The stretches of a run: how long, as a multiple of [`Plan::alone`]; whether the bad ones ask too; whether it is counted.
/// The first only warms.
pub(crate) const STRETCHES: [(f64, bool, bool); 4] =
    [(0.2, false, false), (1.0, false, true), (2.0, true, true), (1.0, false, true)];

/// Everything that the callers need to know.
#[derive(Serialize, Deserialize)]
pub(crate) struct Plan {
    /// Where the server is.
    pub(crate) server: SocketAddr,
    /// The file with the authority that has signed its certificate.
    pub(crate) authority: PathBuf,
    /// The addresses from which it is asked: half of them the good ones', half the bad ones'.
    pub(crate) from: Vec<IpAddr>,
    /// The good ones' tokens.
    pub(crate) good: Vec<String>,
    /// The bad ones' tokens, by kind, in the order of [`Kind::BAD`]; none for those who show nothing.
    pub(crate) bad: Vec<Option<String>>,
    /// How many incidents there are.
    pub(crate) incidents: usize,
    /// Seconds of a stretch without bad ones.
    pub(crate) alone: usize,
    /// How many requests a second the good ones send.
    pub(crate) good_per_second: usize,
    /// How many the bad ones do.
    pub(crate) bad_per_second: usize,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// The list of incidents that are open.
    Board,
    /// One incident.
    Incident,
    /// Its timeline.
    Timeline,
    /// A note is told.
    Note,
    /// With a token that nobody was given.
    MadeUp,
    /// With one that was revoked.
    Revoked,
    /// With one whose time is over.
    Expired,
    /// With one that does not let through what is asked.
    TooNarrow,
    /// With none.
    Nothing,
}

impl Kind {
    /// What is asked by those who may.
    pub(crate) const GOOD: [Self; 4] = [Self::Board, Self::Incident, Self::Timeline, Self::Note];
    /// What is asked by those who may not.
    pub(crate) const BAD: [Self; 5] =
        [Self::MadeUp, Self::Revoked, Self::Expired, Self::TooNarrow, Self::Nothing];

    /// What it is called in a table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Board => "the board",
            Self::Incident => "an incident",
            Self::Timeline => "a timeline",
            Self::Note => "a note told",
            Self::MadeUp => "a token made up",
            Self::Revoked => "a token revoked",
            Self::Expired => "a token expired",
            Self::TooNarrow => "a token too narrow",
            Self::Nothing => "no token",
        }
    }
}

/// A request that is to be sent.
pub(crate) struct Due {
    /// When, from the beginning of the run.
    pub(crate) at: Duration,
    /// What is asked.
    pub(crate) kind: Kind,
    /// The number of the address from which.
    pub(crate) from: usize,
    /// The token that is shown.
    pub(crate) token: Option<String>,
    /// What is asked for; something is told if there is a body.
    pub(crate) path: String,
    /// What is told.
    pub(crate) body: Option<String>,
    /// Whether the bad ones ask at that time.
    pub(crate) with_bad: bool,
    /// Whether it is counted.
    pub(crate) counts: bool,
}

impl Plan {
    /// Every request of the run, in the order in which they are due.
    pub(crate) fn all(&self) -> Vec<Due> {
        let (mut all, mut begin) = (Vec::new(), Duration::ZERO);
        for (times, with_bad, counts) in STRETCHES {
            let length = Duration::from_secs_f64(self.alone as f64 * times);
            for (per_second, is_good) in [(self.good_per_second, true), (self.bad_per_second, false)] {
                if per_second == 0 || !(is_good || with_bad) {
                    continue;
                }
                let between = Duration::from_secs(1) / u32::try_from(per_second).unwrap();
                let mut at = begin;
                while at < begin + length {
                    all.push(self.due(all.len(), at, is_good, with_bad, counts));
                    at += between;
                }
            }
            begin += length;
        }
        all.sort_by_key(|due| due.at);
        all
    }

    fn due(&self, number: usize, at: Duration, is_good: bool, with_bad: bool, counts: bool) -> Due {
        let half = self.from.len() / 2;
        let about = format!("/v1/incidents/{}", incident(number * 7 % self.incidents));
        if !is_good {
            let which = number % Kind::BAD.len();
            let (kind, token) = (Kind::BAD[which], self.bad[which].clone());
            // From every address each kind.
            let from = half + number / Kind::BAD.len() % half;
            return Due { at, kind, from, token, path: about, body: None, with_bad, counts };
        }
        let (kind, path, body) = match number % 10 {
            0..3 => (Kind::Board, "/v1/incidents".to_owned(), None),
            3..6 => (Kind::Incident, about, None),
            6..9 => (Kind::Timeline, format!("{about}/timeline"), None),
            _ => {
                let text =
                    format!(r#"{{"text":"Note {number}: the pool of connections is exhausted again."}}"#);
                (Kind::Note, format!("{about}/commands/note"), Some(text))
            }
        };
        let token = Some(self.good[number % self.good.len()].clone());
        Due { at, kind, from: number % half, token, path, body, with_bad, counts }
    }
}
