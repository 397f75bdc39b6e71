//! What documents say in sentences, read back from their text: none says otherwise than the data beside it, or than
//! what decisions rest on.

use chrono::TimeDelta;
use proptest::prelude::*;
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::numbered::Numbered;
use scribe_domain::incident::life::Situation;
use scribe_domain::milestone::Milestone;
use scribe_domain::values::Role;
use scribe_domain::when::{Precision, When};

use super::documents::Said;
use crate::amended::entries;
use crate::document::time::{Clock, duration};
use crate::document::{Style, View};
use crate::question::AsOf;

type Checked = Result<(), TestCaseError>;

/// Wide enough that no sentence is broken, in UTC.
const STYLE: Style = Style { zone: chrono_tz::UTC, width: 4_000, colour: false };

/// A document as somebody reads it.
struct Page(String);

impl Page {
    fn of(view: &impl View) -> Self {
        Self(view.document(&STYLE).text(&STYLE))
    }

    /// The lines under a heading, up to the next one of its level.
    fn section(&self, heading: &str) -> Vec<&str> {
        let mut lines = self.0.lines().peekable();
        let mut section = Vec::new();
        while let Some(line) = lines.next() {
            if line == heading && lines.next_if(|under| under.starts_with('─')).is_some() {
                while let Some(line) = lines.next() {
                    if lines.peek().is_some_and(|under| under.starts_with('─')) && !line.is_empty() {
                        return section;
                    }
                    section.push(line);
                }
            }
        }
        section
    }

    /// What stands behind a name, in a list of names and values.
    fn fact(&self, name: &str) -> Option<&str> {
        let value = |line: &'_ str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with("  "));
        let line = self.0.lines().find(|line| value(line))?;
        Some(line[name.len()..].trim())
    }

    /// The sentences of the account.
    fn account(&self) -> Vec<&str> {
        let lines = self.section("What happened");
        lines.into_iter().filter_map(|line| line.strip_prefix("• ")).collect()
    }

    fn says(&self, what: &str) -> bool {
        self.0.contains(what)
    }
}

/// What lies between two pieces of a text.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

pub(super) fn check(said: &Said) -> Checked {
    let page = Page::of(&said.edition);
    the_head(said, &page)?;
    users_were_hit(said, &page)?;
    users_are_no_longer_hit(said, &page)?;
    it_is_over_or_not(said, &page)?;
    somebody_commands_or_nobody(said, &page)?;
    work_is_counted(said, &page)?;
    what_is_missing_is_missing(said, &page)?;
    the_board_says_so_too(said)?;
    the_public_edition_says_so_too(said)
}

fn the_head(said: &Said, page: &Page) -> Checked {
    let state = match &said.situation {
        Situation::Open => format!("open, {}", said.case.life.phase),
        Situation::Resolved => "resolved".to_owned(),
        Situation::Closed => "resolved and closed".to_owned(),
        Situation::Cancelled => "cancelled, declared in error".to_owned(),
        Situation::MergedInto(into) => format!("merged into {into}"),
    };
    prop_assert_eq!(page.fact("State"), Some(&*state));
    prop_assert_eq!(page.fact("Tier"), Some(said.case.life.tier.as_str()));
    prop_assert_eq!(page.fact("Severity"), Some(said.case.life.severity.as_str()));
    prop_assert_eq!(page.says("This was a drill"), said.case.drill);
    Ok(())
}

fn users_were_hit(said: &Said, page: &Page) -> Checked {
    let clock = Clock::on_the_day_of(said.edition.name.declared, &STYLE);
    let account = page.account();
    let spans: Vec<_> = said.case.life.hits.spans().collect();
    let of_impacts: Vec<&&str> = account.iter().filter(|line| line.starts_with("Users were hit")).collect();
    prop_assert_eq!(of_impacts.len(), spans.len(), "a sentence each: {:?}", account);
    for (number, (from, until)) in &spans {
        // Its times as they are told, in some sentence of its own.
        let told = of_impacts.iter().filter(|line| {
            let begins = match from {
                When::Unknown => !line.contains("hit from"),
                When::At(..) => {
                    line.contains(&format!("hit from {}", clock.between(*from, until.unwrap_or(*from)).0))
                }
            };
            let ends = match until {
                None => line.contains("no end is recorded"),
                Some(When::Unknown) => line.contains("unknown time"),
                Some(until) => {
                    line.contains(&clock.between(*from, *until).1) && !line.contains("no end is recorded")
                }
            };
            begins && ends
        });
        prop_assert!(told.count() > 0, "impact {number} from {from} to {until:?} is not in {of_impacts:?}");
        let row = page.section("Impact");
        let row =
            row.iter().any(|line| line.contains(&clock.between(*from, until.unwrap_or(When::Unknown)).0));
        prop_assert!(row, "impact {number} stands in no row");
    }
    let total = said.case.life.hits.total();
    let in_short = page.fact("Impact").unwrap_or_default();
    let in_all = account.iter().find(|line| line.starts_with("In all, users were hit for "));
    prop_assert_eq!(in_all.is_some(), total.is_some() && spans.len() > 1, "{:?}", account);
    match total {
        None if spans.is_empty() => prop_assert_eq!(in_short, "not recorded"),
        None => prop_assert!(
            in_short.contains("; not every ") || in_short.contains("; an end was told"),
            "{in_short}"
        ),
        Some((seconds, [first, last])) => {
            let long = duration(TimeDelta::seconds(seconds));
            // As precisely as it was told.
            let told = |at| {
                let mut times = spans.iter().flat_map(|(_, (from, until))| [Some(*from), *until]).flatten();
                times.find(|when| when.at() == Some(at)).unwrap_or(When::At(at, Precision::Minute))
            };
            let (first, last) = clock.between(told(first), told(last));
            for line in in_all.into_iter().chain([&in_short]) {
                let told =
                    between(line, "hit for ", " between").map(|told| told.trim_start_matches("about "));
                prop_assert_eq!(told, Some(&*long), "{}", line);
                let window = line.split_once(" between ").map(|(_, window)| window).unwrap_or_default();
                let (from, to) = window.split_once(" and ").unwrap_or_default();
                prop_assert!(from.starts_with(&first) && to.starts_with(&last), "{line}: {first} to {last}");
            }
        }
    }
    prop_assert_eq!(page.says("No impact is recorded."), spans.is_empty());
    Ok(())
}

fn users_are_no_longer_hit(said: &Said, page: &Page) -> Checked {
    let account = page.account();
    let of_it = |line: &&&str| line.contains("no longer hit") && !line.contains(": ");
    let of_it: Vec<&&str> = account.iter().filter(of_it).collect();
    prop_assert_eq!(of_it.len(), 1, "one account of it: {:?}", of_it);
    let line = of_it[0];
    let clock = Clock::on_the_day_of(said.edition.name.declared, &STYLE);
    match said.case.life.mitigated() {
        Some(event) => {
            let entry = said.timeline.entries.iter().find(|entry| entry.id == *event).expect("an entry");
            let told = match entry.occurred {
                When::Unknown => "Users are no longer hit; since when is not recorded".to_owned(),
                at @ When::At(..) => format!("Users were no longer hit from {}", clock.tell(at)),
            };
            prop_assert!(line.starts_with(&told), "{line} is not {told}");
        }
        None if said.edition.points.mitigated.is_some() => {
            prop_assert!(line.starts_with("A milestone tells that users were no longer hit"), "{line}");
        }
        None => {
            let missing =
                line.starts_with("That users were no longer hit") && line.contains("is not recorded.");
            prop_assert!(missing, "{line}");
            prop_assert_eq!(page.fact("mitigated"), Some("not recorded"));
        }
    }
    Ok(())
}

fn it_is_over_or_not(said: &Said, page: &Page) -> Checked {
    let account = page.account();
    let some = |words: &str| account.iter().any(|line| line.contains(words));
    let milestone = said.edition.points.resolved.is_some();
    let over = !said.situation.is_open();
    prop_assert_eq!(some("No end is recorded."), !over && !milestone, "{:?}", account);
    prop_assert_eq!(some("It was over "), !over && milestone, "{:?}", account);
    prop_assert_eq!(
        page.fact("Over"),
        if over || milestone { page.fact("Over") } else { Some("not recorded") }
    );
    prop_assert!(!(over || milestone) || page.fact("Over") != Some("not recorded"));
    let last = |words: &str| {
        account.iter().filter(|line| line.contains(words) && !line.contains("reopened it")).count()
    };
    let ends =
        last(" resolved it ") + last(" closed it ") + last(" cancelled it ") + last(" merged it into ");
    prop_assert_eq!(ends, usize::from(over), "{:?}", account);
    let resolved = page.fact("resolved").is_some_and(|fact| fact != "not recorded");
    let is_resolved = matches!(said.situation, Situation::Resolved | Situation::Closed);
    prop_assert_eq!(resolved, is_resolved || milestone, "the milestones");
    Ok(())
}

fn somebody_commands_or_nobody(said: &Said, page: &Page) -> Checked {
    let account = page.account();
    let commander = |event: &E| match event {
        E::RoleAssigned(e) if e.role == Role::IncidentCommander => Some(e.to.clone()),
        E::RoleHandedOff(e) if e.role == Role::IncidentCommander => Some(e.to.clone()),
        _ => None,
    };
    let entries = entries(&said.history, &AsOf::NOW);
    let took: Vec<_> = entries.iter().filter_map(|entry| commander(&entry.event)).collect();
    let nobody = account.iter().any(|line| line.starts_with("Nobody took command."));
    prop_assert_eq!(nobody, took.is_empty(), "{:?} took it: {:?}", took, account);
    let sentence = account.iter().find(|line| line.starts_with("Command was taken by "));
    prop_assert_eq!(sentence.is_some(), !took.is_empty());
    for who in took {
        prop_assert!(
            // However it was written the second time, it is one person.
            sentence.is_some_and(|line| line.to_lowercase().contains(&who.as_str().to_lowercase())),
            "{who} is not in {sentence:?}"
        );
    }
    let holding: usize = said.case.roles.iter().map(|(_, held)| held.len()).sum();
    let roles = page.section("People and roles");
    let not_given_up = roles.iter().filter(|line| line.contains("  not given up  ")).count();
    prop_assert_eq!(not_given_up, holding, "{:?}", roles);
    prop_assert_eq!(page.says("Nobody took a role."), said.roles.roles.is_empty());
    Ok(())
}

fn work_is_counted(said: &Said, page: &Page) -> Checked {
    let follow_ups = said.done(Numbered::FollowUp);
    let open = said.open(Numbered::FollowUp).len();
    let told = match follow_ups.len() {
        0 => "none agreed".to_owned(),
        some => format!("{some} agreed, {open} open"),
    };
    prop_assert_eq!(page.fact("Follow-ups"), Some(&*told));
    prop_assert_eq!(page.says("No follow-up is recorded."), follow_ups.is_empty());
    let rows = page.section("Follow-ups");
    let rows = rows.iter().filter(|line| line.contains("  open, ")).count();
    prop_assert_eq!(rows, open, "the rows of follow-ups");
    let held = page.account().iter().filter(|line| line.contains("; no release is recorded.")).count();
    prop_assert_eq!(held, said.case.holds.len(), "{:?}", page.account());
    prop_assert_eq!(page.says("No run is recorded."), said.case.runs.is_empty());
    Ok(())
}

fn what_is_missing_is_missing(said: &Said, page: &Page) -> Checked {
    let stands = |kind: fn(&E) -> bool| {
        let told = said.history.iter().filter(|told| kind(&told.event));
        told.map(scribe_domain::recorded::Recorded::event_id).any(|id| !said.case.retracted.contains(&id))
    };
    let named = stands(|event| matches!(event, E::CauseNamed(_)));
    prop_assert_eq!(page.says("The cause is not recorded."), !named);
    prop_assert_eq!(page.fact("Cause") == Some("not recorded"), !named);
    let told = said.history.iter().any(|told| matches!(told.event, E::StatusUpdated(_)));
    prop_assert_eq!(page.says("Nothing was told to any audience."), !told);
    let assigned = stands(|event| matches!(event, E::ReviewAssigned(_)));
    prop_assert_eq!(page.says("nobody was asked to write it"), !assigned);
    let times = page.section("Times");
    let missing = times.iter().find_map(|line| line.strip_prefix("Not recorded: ")).unwrap_or_default();
    let missing: Vec<&str> =
        missing.trim_end_matches('.').split("; ").filter(|name| !name.is_empty()).collect();
    let without_an_end = said.edition.metrics.iter().filter(|metric| {
        let [from, to] = metric.between.each_ref().map(|name| said.edition.points.get(name));
        from.is_none() || to.is_none()
    });
    let without_an_end: Vec<&str> = without_an_end.map(|metric| metric.name.as_str()).collect();
    prop_assert_eq!(missing, without_an_end);
    for (name, point) in said.edition.points.named() {
        prop_assert_eq!(page.fact(&name) == Some("not recorded"), point.is_none(), "{}", name);
    }
    let set = |milestone: &Milestone| {
        said.history.iter().any(|told| {
            matches!(&told.event, E::MilestoneSet(e) if e.milestone == *milestone)
                && !said.case.retracted.contains(&told.event_id())
        })
    };
    for milestone in [Milestone::RepairStarted, Milestone::Acknowledged] {
        prop_assert!(
            !set(&milestone) || page.fact(&milestone.spoken()) != Some("not recorded"),
            "{milestone}"
        );
    }
    Ok(())
}

fn the_board_says_so_too(said: &Said) -> Checked {
    let page = Page::of(&said.now);
    let life = &said.case.life;
    let state = match &said.situation {
        Situation::Open if life.mitigated().is_some() => format!("{}, mitigated", life.phase),
        Situation::Open => life.phase.to_string(),
        Situation::Resolved => "resolved".to_owned(),
        Situation::Closed => "closed".to_owned(),
        Situation::Cancelled => "cancelled".to_owned(),
        Situation::MergedInto(into) => format!("merged into {into}"),
    };
    prop_assert_eq!(page.fact("State"), Some(&*state));
    prop_assert_eq!(page.fact("Tier"), Some(life.tier.as_str()));
    prop_assert_eq!(page.fact("Mitigated").is_some(), life.mitigated().is_some());
    prop_assert_eq!(page.fact("Over").is_some(), !said.situation.is_open());
    let commander = said.case.roles.of(&Role::IncidentCommander);
    let commander = commander.and_then(|held| held.first()).map(ToString::to_string);
    prop_assert_eq!(page.fact("Incident commander"), commander.as_deref());
    let open = |heading: &str| page.section(heading).iter().filter(|line| line.starts_with("• ")).count();
    prop_assert_eq!(open("Impact"), said.open(Numbered::Impact).len());
    prop_assert_eq!(open("Open actions"), said.open(Numbered::Action).len());
    prop_assert_eq!(open("Follow-ups"), said.open(Numbered::FollowUp).len());
    let hypotheses = page.section("Hypotheses");
    let undecided = hypotheses.iter().filter(|line| line.contains(" (open)")).count();
    prop_assert_eq!(undecided, said.open(Numbered::Hypothesis).len());
    Ok(())
}

fn the_public_edition_says_so_too(said: &Said) -> Checked {
    let page = Page::of(&said.public);
    prop_assert_eq!(page.says("Nothing is published"), !said.public.published);
    if !said.public.published {
        return Ok(());
    }
    prop_assert_eq!(page.says("This was a drill"), said.case.drill);
    let then = said.when_published();
    let spans: Vec<_> = then.as_ref().unwrap_or(said).case.life.hits.spans().collect();
    prop_assert_eq!(page.says("No impact is recorded."), spans.is_empty());
    let impacts = page.section("Impact");
    let unended = impacts.iter().filter(|line| line.contains("; no end is recorded")).count();
    prop_assert_eq!(unended, spans.iter().filter(|(_, (_, until))| until.is_none()).count());
    let rows = impacts.iter().filter(|line| line.starts_with("• ")).count();
    prop_assert_eq!(rows, spans.len());
    prop_assert!(!page.says("for −"), "a length below nothing: {impacts:?}");
    prop_assert_eq!(page.says("Nothing was told in public."), said.public.updates.is_empty());
    Ok(())
}
