//! What is decided about events by their kind alone: the columns of the catalogue.
//!
//! Nothing has a default. A kind whose row leaves a column out does not compile, and neither does one that
//! gives a right which an amendment could rewrite or take back.

/// A row of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name, as stored: `run_proposed`.
    pub name: &'static str,
    /// The version of its payload that this program writes.
    pub version: u32,
    /// What it belongs to.
    pub group: Group,
    /// What right somebody has by it.
    pub gives: Right,
    /// What of it may be corrected.
    pub correction: Correction,
    /// Whether it may be taken back.
    pub retraction: Retraction,
    /// Whether it may be told by an import.
    pub import: Import,
    /// Labels that stay when its words are erased, since something else hangs on them.
    pub husk: &'static [&'static str],
}

/// What a kind belongs to, for filters and headings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Declaring, raising, ending.
    Life,
    /// Roles, pages, who came and went.
    People,
    /// Shell lines and queries that people ran in production.
    Runs,
    /// Notes, summaries, decisions, and what an audience was told.
    Words,
    /// Links, alerts, changes and attachments.
    Evidence,
    /// Actions, follow-ups and deploy holds.
    Work,
    /// Who was hit, when, and why.
    Impact,
    /// The retrospective.
    Review,
    /// The record itself.
    Record,
}

/// What somebody may do because an event stands in the record, and the fields in which that stands. What gives a
/// right is changed by an event of its own, never by correcting the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Nothing.
    Nothing,
    /// To go on with the response, or not: whether the incident is open, and how it is judged.
    Course(&'static [&'static str]),
    /// To tell an audience: a page is open up to the incident's tier.
    Tier(&'static [&'static str]),
    /// To act in a role.
    Role(&'static [&'static str]),
    /// To run a line: what was proposed, who approved it, what ran.
    Run(&'static [&'static str]),
    /// To stop deploys, or to let them go on.
    Hold(&'static [&'static str]),
    /// To show the review to an audience.
    Publication(&'static [&'static str]),
    /// To see the incident.
    Sight(&'static [&'static str]),
}

/// What of an event may be corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// Nothing: it is about the record itself.
    Never,
    /// When it happened, since clocks disagree.
    Time,
    /// That, and these fields of its payload.
    Fields(&'static [&'static str]),
}

/// Whether an event may be taken back, so that views no longer count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retraction {
    /// It may.
    Retractable,
    /// What it did is undone by an event of its own, or not at all.
    Stands,
}

/// Whether an import may tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Import {
    /// Told, not asked: it is taken in any order.
    Told,
    /// By the rules that hold for everybody.
    ByTheRules,
    /// Not at all, for this reason.
    Refused(&'static str),
}

/// The number that an event has to do with. What is numbered stands in the [catalogue](super::catalogue).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbering<N> {
    /// It gives the number out.
    Begins(N, u32),
    /// It tells more of what has the number.
    Continues(N, u32),
    /// What has the number is done.
    Ends(N, u32),
}

impl Group {
    /// As it stands in filters: `life`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Life => "life",
            Self::People => "people",
            Self::Runs => "runs",
            Self::Words => "words",
            Self::Evidence => "evidence",
            Self::Work => "work",
            Self::Impact => "impact",
            Self::Review => "review",
            Self::Record => "record",
        }
    }
}

impl Kind {
    /// Whether this field of its payload may be corrected.
    pub fn corrects(&self, field: &str) -> bool {
        matches!(self.correction, Correction::Fields(fields) if fields.contains(&field))
    }

    /// Whether nobody can gain or lose a right by amending an event of this kind. Asked of every row while the
    /// program is compiled.
    pub(super) const fn keeps_its_right(&self) -> bool {
        if matches!(self.gives, Right::Nothing) {
            return true;
        }
        let stands = matches!(self.retraction, Retraction::Stands);
        match self.correction {
            Correction::Never | Correction::Time => stands,
            Correction::Fields(fields) => stands && !share_one(self.right_by(), fields),
        }
    }
}

impl Kind {
    /// The fields in which the right stands that it gives.
    const fn right_by(&self) -> &'static [&'static str] {
        match self.gives {
            Right::Nothing => &[],
            Right::Course(fields)
            | Right::Tier(fields)
            | Right::Role(fields)
            | Right::Run(fields)
            | Right::Hold(fields)
            | Right::Publication(fields)
            | Right::Sight(fields) => fields,
        }
    }
}

/// Whether two lists have a text in common.
const fn share_one(one: &[&str], other: &[&str]) -> bool {
    let mut left = 0;
    while left < one.len() {
        let mut right = 0;
        while right < other.len() {
            // Fields are in small letters; `==` cannot be asked while compiling.
            if one[left].eq_ignore_ascii_case(other[right]) {
                return true;
            }
            right += 1;
        }
        left += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::IncidentEvent;
    use super::super::catalogue::CATALOGUE;
    use super::super::schemas::Schemas;
    use super::*;

    /// A slip in a row would leave a right open, or words unerased.
    #[test]
    fn every_field_that_a_row_names_is_one_of_its_payload() {
        for (row, kind) in CATALOGUE.iter().zip(IncidentEvent::KINDS) {
            assert_eq!(row.name, *kind);
            let fields = Schemas::all().fields(row.name);
            let corrects = match row.correction {
                Correction::Fields(fields) => fields,
                Correction::Never | Correction::Time => &[],
            };
            for field in row.right_by().iter().chain(corrects).chain(row.husk) {
                let is_there = fields.is_some_and(|fields| fields.contains_key(*field));
                assert!(is_there, "{} has no {field}", row.name);
            }
        }
    }

    #[test]
    fn a_right_that_an_amendment_reaches_is_found_out() {
        let row = |gives, correction, retraction| Kind { gives, correction, retraction, ..CATALOGUE[0] };
        let fields = Correction::Fields(&["title", "tier"]);
        assert!(!row(Right::Tier(&["tier"]), fields, Retraction::Stands).keeps_its_right());
        assert!(!row(Right::Tier(&["to"]), fields, Retraction::Retractable).keeps_its_right());
        assert!(row(Right::Tier(&["to"]), fields, Retraction::Stands).keeps_its_right());
        assert!(row(Right::Nothing, fields, Retraction::Retractable).keeps_its_right());
    }
}
