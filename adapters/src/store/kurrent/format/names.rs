//! The streams that a record has in a cluster.

use scribe_domain::ids::IncidentId;

const INCIDENT: &str = "incident-";
const NOTICES: &str = "scribe-";
const CHECKPOINTS: &str = "scribe-checkpoints";
const FENCE: &str = "scribe-fence";
/// What the name of the stream with a stream's own settings begins with; the rest is that stream's name.
const METADATA: &str = "$$";

/// How a record's streams are called: `incident-<id>`, `scribe-checkpoints` and `scribe-fence`, each after the
/// record's own prefix, by which several records can share a cluster.
#[derive(Debug, Clone)]
pub(in crate::store::kurrent) struct Names {
    incidents: String,
    checkpoints: String,
    fence: String,
    /// What the names of all streams begin with of which a reader of the record hears.
    heard: [String; 3],
}

/// What a stream holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store::kurrent) enum StreamKind {
    /// One incident's events.
    Incident(IncidentId),
    /// What nodes tell each other: signed checkpoints and fences.
    Notices,
    /// The settings of one incident's stream.
    Metadata(IncidentId),
    /// Nothing of this record.
    Nothing,
}

impl Names {
    /// The streams of the record with this prefix.
    pub(in crate::store::kurrent) fn new(prefix: &str) -> Self {
        let own = |name: &str| format!("{prefix}{name}");
        let heard = [own(INCIDENT), own(NOTICES), format!("{METADATA}{prefix}{INCIDENT}")];
        Self { incidents: own(INCIDENT), checkpoints: own(CHECKPOINTS), fence: own(FENCE), heard }
    }

    /// An incident's stream.
    pub(in crate::store::kurrent) fn incident(&self, incident: &IncidentId) -> String {
        format!("{}{incident}", self.incidents)
    }

    /// The stream with the settings of an incident's stream.
    pub(in crate::store::kurrent) fn metadata(&self, incident: &IncidentId) -> String {
        format!("{METADATA}{}", self.incident(incident))
    }

    /// The stream of the signed checkpoints.
    pub(in crate::store::kurrent) fn checkpoints(&self) -> &str {
        &self.checkpoints
    }

    /// The stream whose events only show how far the log has come.
    pub(in crate::store::kurrent) fn fence(&self) -> &str {
        &self.fence
    }

    /// What the names of the streams begin with of which a reader of the record hears; others' may, too.
    pub(in crate::store::kurrent) fn prefixes(&self) -> &[String; 3] {
        &self.heard
    }

    /// Whether a stream's name begins so.
    pub(in crate::store::kurrent) fn is_heard(&self, stream: &str) -> bool {
        self.heard.iter().any(|prefix| stream.starts_with(prefix))
    }

    /// What a stream of this name holds.
    pub(in crate::store::kurrent) fn holds(&self, stream: &str) -> StreamKind {
        if stream == self.checkpoints || stream == self.fence {
            return StreamKind::Notices;
        }
        let incident = |stream: &str| IncidentId::stored(stream.strip_prefix(&self.incidents)?).ok();
        match stream.strip_prefix(METADATA) {
            Some(of) => incident(of).map_or(StreamKind::Nothing, StreamKind::Metadata),
            None => incident(stream).map_or(StreamKind::Nothing, StreamKind::Incident),
        }
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
        assert_eq!(names.holds("drill.incident-20230104-disk-full"), StreamKind::Incident(incident.clone()));
        assert_eq!(names.holds("$$drill.incident-20230104-disk-full"), StreamKind::Metadata(incident));
        assert_eq!(names.holds("drill.scribe-checkpoints"), StreamKind::Notices);
        assert_eq!(names.holds("drill.scribe-fence"), StreamKind::Notices);
        for stranger in [
            "incident-20230104-disk-full",
            "drill.incident-",
            "drill.incident-../x",
            "drill.scribe-checkpoints-2",
            "$$drill.scribe-checkpoints",
            "$$incident-20230104-disk-full",
            "$stats-0.0.0.0:2113",
            "",
        ] {
            assert_eq!(names.holds(stranger), StreamKind::Nothing, "{stranger}");
        }
    }
}
