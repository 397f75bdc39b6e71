//! The streams that a record has in a cluster.

use scribe_domain::ids::IncidentId;

const INCIDENT: &str = "incident-";
const CHECKPOINTS: &str = "scribe-checkpoints";

/// How a record's streams are called: `incident-<id>` and `scribe-checkpoints`, each after the record's own
/// prefix, by which several records can share a cluster.
#[derive(Debug, Clone)]
pub(super) struct Names {
    incidents: String,
    checkpoints: String,
}

/// What a stream holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holds {
    /// One incident's events.
    Incident(IncidentId),
    /// The record's signed checkpoints.
    Checkpoints,
    /// Nothing of this record.
    Nothing,
}

impl Names {
    /// The streams of the record with this prefix.
    pub(super) fn new(prefix: &str) -> Self {
        Self { incidents: format!("{prefix}{INCIDENT}"), checkpoints: format!("{prefix}{CHECKPOINTS}") }
    }

    /// An incident's stream.
    pub(super) fn incident(&self, incident: &IncidentId) -> String {
        format!("{}{incident}", self.incidents)
    }

    /// The stream of the signed checkpoints.
    pub(super) fn checkpoints(&self) -> &str {
        &self.checkpoints
    }

    /// What the record's streams begin with; others may, too.
    pub(super) fn prefixes(&self) -> [&str; 2] {
        [&self.incidents, &self.checkpoints]
    }

    /// What a stream of this name holds.
    pub(super) fn holds(&self, stream: &str) -> Holds {
        if stream == self.checkpoints {
            return Holds::Checkpoints;
        }
        let incident = stream.strip_prefix(&self.incidents).and_then(|id| id.parse().ok());
        incident.map_or(Holds::Nothing, Holds::Incident)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_an_incidents_the_checkpoints_or_a_strangers() {
        let names = Names::new("drill.");
        let incident: IncidentId = "20230104-disk-full".parse().unwrap();
        assert_eq!(names.incident(&incident), "drill.incident-20230104-disk-full");
        assert_eq!(names.holds("drill.incident-20230104-disk-full"), Holds::Incident(incident));
        assert_eq!(names.holds("drill.scribe-checkpoints"), Holds::Checkpoints);
        for stranger in [
            "incident-20230104-disk-full",
            "drill.incident-",
            "drill.incident-../x",
            "drill.scribe-checkpoints-2",
            "$stats-0.0.0.0:2113",
            "",
        ] {
            assert_eq!(names.holds(stranger), Holds::Nothing, "{stranger}");
        }
    }
}
