//! What was told to an audience, and guesses at the cause.

use super::{Decision, Situation, already_so, happened};
use serde::Deserialize;

use crate::event::IncidentEvent;
use crate::event::impact::CauseNamed;
use crate::event::numbered::Numbered;
use crate::event::review::{ReviewPublished, ReviewSectionWritten, RiskNamed};
use crate::event::words::{
    ComponentRenamed, HypothesisRaised, HypothesisSettled, PageDescribed, StatusUpdated,
};
use crate::incident::roles::SPEAKERS;
use crate::refusal::{Reason, Refusal};
use crate::remedy::{Remedy, Step};
use crate::text::Text;
use crate::values::{Role, Tier};

pub(crate) fn update_status(s: &Situation<'_>, told: &StatusUpdated) -> Decision {
    within_tier(s, told.audience)?;
    may_speak(s, told.audience, &SPEAKERS)?;
    happened(told.clone())
}

/// What a page says apart from its updates belongs to whoever writes those, and stands with nothing before the first.
pub(crate) fn describe_page(s: &Situation<'_>, told: &PageDescribed) -> Decision {
    if told.title.is_none() && told.summary.is_none() && told.components.is_empty() {
        return Err(Refusal::new(
            Reason::NothingTold,
            "neither a title nor a summary nor a component is given",
            "give at least one of `title`, `summary` and `components`",
        ));
    }
    within_tier(s, told.audience)?;
    may_speak(s, told.audience, &SPEAKERS)?;
    if told.audience > Tier::Engineering && !s.case.told().any(|audience| audience == told.audience) {
        return Err(Refusal::new(
            Reason::NothingPosted,
            format!("the {} page was told nothing of {} yet", told.audience, s.id),
            "post a first update to it: title and components can be given with that",
        ));
    }
    happened(told.clone())
}

/// What was to be done about a risk must be in a record; an earlier incident's is looked up by whoever asks.
pub(crate) fn name_risk(s: &Situation<'_>, told: &RiskNamed) -> Decision {
    s.all_known(&told.cites)?;
    known_follow_up(s, told)?;
    happened(told.clone())
}

/// The follow-up that a risk names in its own incident is there.
pub(super) fn known_follow_up(s: &Situation<'_>, told: &RiskNamed) -> Result<(), Refusal> {
    match &told.follow_up {
        Some(of) if of.incident.as_ref().is_none_or(|incident| incident == s.id) => {
            s.is_done(Numbered::FollowUp, of.follow_up).map(drop)
        }
        _ => Ok(()),
    }
}

/// A page's components are called what those call them who write it.
pub(crate) fn rename_component(s: &Situation<'_>, told: &ComponentRenamed) -> Decision {
    if told.from.as_str() == told.to.as_str() {
        return already_so();
    }
    within_tier(s, told.audience)?;
    may_speak(s, told.audience, &SPEAKERS)?;
    happened(told.clone())
}

/// Those who may put right or take back what an audience reads: those who may tell it.
pub(crate) fn may_amend(s: &Situation<'_>, event: &IncidentEvent) -> Result<(), Refusal> {
    let Some(audience) = event.heard_by() else { return Ok(()) };
    match event {
        IncidentEvent::ReviewSectionWritten(_) => may_speak(s, audience, &REVIEWERS),
        _ => may_speak(s, audience, &SPEAKERS),
    }
}

/// Taking something off a page that stands there is telling its audience.
pub(crate) fn may_take_off_pages(s: &Situation<'_>, above: Option<Tier>) -> Result<(), Refusal> {
    let told = s.case.told().filter(|audience| above.is_none_or(|above| *audience > above)).max();
    told.map_or(Ok(()), |audience| may_speak(s, audience, &SPEAKERS))
}

/// Whose word the public edition of a review is.
const REVIEWERS: [Role; 3] = [Role::IncidentCommander, Role::CommunicationsLead, Role::IncidentAnalyst];

pub(crate) fn publish_review(s: &Situation<'_>, told: &ReviewPublished) -> Decision {
    within_tier(s, told.audience)?;
    may_speak(s, told.audience, &REVIEWERS)?;
    happened(told.clone())
}

/// Nothing is posted to a page above the incident's tier.
pub(super) fn within_tier(s: &Situation<'_>, audience: Tier) -> Result<(), Refusal> {
    let tier = s.case.life.tier;
    if audience <= tier {
        return Ok(());
    }
    let article = if tier == Tier::Public { "a" } else { "an" };
    Err(Refusal::new(
        Reason::AudienceAboveTier,
        format!("{} is {article} {tier} incident; the {audience} page is above it", s.id),
        Remedy::step("if that audience should know", Step::Upgrade { incident: s.id.clone(), to: audience }),
    ))
}

/// The company and the public hear one voice.
fn may_speak(s: &Situation<'_>, audience: Tier, speakers: &[Role]) -> Result<(), Refusal> {
    if audience == Tier::Engineering {
        return Ok(());
    }
    if s.case.roles.acts_as(&s.cause.actor, speakers, &s.cause.namesakes) {
        return Ok(());
    }
    let holders = || speakers.iter().filter_map(|role| s.case.roles.of(role)).flatten();
    let names: Vec<&str> = holders().map(crate::actor::Person::as_str).collect();
    let roles: Vec<String> = speakers.iter().map(Role::spoken).collect();
    let remedy = if names.is_empty() {
        let step = Step::AssignRole { incident: s.id.clone(), role: Role::CommunicationsLead };
        Remedy::step("first assign one", step)
    } else {
        format!("{} may", names.join(" or ")).into()
    };
    Err(Refusal::new(
        Reason::NotACommunicator,
        format!(
            "{} is not {} of {}, and the {audience} page is theirs to write",
            s.cause.actor.responsible(),
            roles.join(" or "),
            s.id
        ),
        remedy,
    ))
}

/// A guess at the cause.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RaiseHypothesis {
    /// The guess.
    pub text: Text,
}

pub(crate) fn raise_hypothesis(s: &Situation<'_>, command: &RaiseHypothesis) -> Decision {
    happened(HypothesisRaised { hypothesis: s.next(Numbered::Hypothesis), text: command.text.clone() })
}

pub(crate) fn settle_hypothesis(s: &Situation<'_>, told: &HypothesisSettled) -> Decision {
    if s.is_done(Numbered::Hypothesis, told.hypothesis)? {
        return already_so();
    }
    happened(told.clone())
}

/// What a section cites must be in the record.
pub(crate) fn write_review_section(s: &Situation<'_>, told: &ReviewSectionWritten) -> Decision {
    s.all_known(&told.cites)?;
    may_amend(s, &told.clone().into())?;
    happened(told.clone())
}

/// What a cause cites must be in the record.
pub(crate) fn name_cause(s: &Situation<'_>, told: &CauseNamed) -> Decision {
    s.all_known(&told.cites)?;
    happened(told.clone())
}
