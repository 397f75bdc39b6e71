use scribe_domain::event::evidence::Linked;
use scribe_domain::event::impact::{CauseNamed, ImpactEnded, ImpactStarted};
use scribe_domain::event::life::{
    Closed, Declared, Downgraded, MilestoneSet, Mitigated, Reopened, Resolved, Upgraded,
};
use scribe_domain::event::people::{PageTarget, Paged};
use scribe_domain::event::record::{Redacted, Retracted};
use scribe_domain::event::review::{ReviewPublished, ReviewSectionWritten};
use scribe_domain::event::runs::{Exit, RunFinished, Standing};
use scribe_domain::event::work::{FollowUpAgreed, FollowUpFinished};
use scribe_domain::milestone::Milestone;
use scribe_domain::values::{Digest, LinkKind, Phase, ReviewSection, Tier};

use super::*;
use crate::testing::afternoon::{COMMS, IC, afternoon, alert, assigned, noted, update};
use crate::testing::{History, declared, label, line, locator, moment, text, when};

/// What a document says of one thing, it says so everywhere.
mod claims;

fn internal(history: &History, as_of: &AsOf) -> InternalEdition {
    match Postmortem::of(
        &history.events,
        as_of,
        Edition::Internal,
        &MetricDefinitions::default(),
        moment("2023-02-01T00:00Z"),
    ) {
        Postmortem::Internal(edition) => *edition,
        Postmortem::Public(_) => panic!("asked for the internal edition"),
    }
}

fn now(history: &History) -> InternalEdition {
    internal(history, &AsOf::NOW)
}

fn public(history: &History) -> Postmortem {
    Postmortem::of(
        &history.events,
        &AsOf::NOW,
        Edition::Public,
        &MetricDefinitions::default(),
        moment("2023-02-01T00:00Z"),
    )
}

fn page(postmortem: &impl View) -> String {
    let style = Style { zone: chrono_tz::America::New_York, width: 100, ..Style::default() };
    postmortem.document(&style).text(&style)
}

fn metric(edition: &InternalEdition, name: &str) -> Option<i64> {
    edition.metrics.iter().find(|metric| metric.name.as_str() == name).expect("a metric of that name").seconds
}

#[test]
fn metrics_name_two_events_or_are_not_recorded() {
    let edition = now(&afternoon());
    assert_eq!(metric(&edition, "impact start to detection"), Some(18 * 60 + 20));
    assert_eq!(metric(&edition, "detection to declaration"), Some(6 * 60 + 40));
    assert_eq!(metric(&edition, "declaration to acknowledgement"), Some(37 * 60));
    assert_eq!(metric(&edition, "declaration to mitigation"), Some((2 * 60 + 39) * 60));
    assert_eq!(metric(&edition, "declaration to resolution"), None);
    for metric in &edition.metrics {
        assert_eq!(metric.seconds.is_some(), metric.from.is_some() && metric.to.is_some(), "{}", metric.name);
    }
    assert!(edition.metrics[0].about, "the impact's start is only about right");
}

#[test]
fn an_update_recorded_late_says_so_unless_the_whole_record_was() {
    let said = |recorded: &str| {
        let history = History::declared("x").at("2023-01-04T18:30Z").told(recorded);
        let page = page(&now(&history.event(update(Tier::Engineering, Phase::Investigating, "Down."))));
        let line =
            page.lines().find(|line| line.contains("engineering page")).expect("the update").to_owned();
        line.contains("later)")
    };
    assert!(!said("2023-01-04T18:40:00Z"));
    assert!(said("2023-01-04T18:40:01Z"));
    assert!(said("2023-01-05T18:29:59Z"));
    assert!(!said("2023-01-05T18:30:00Z"), "a day afterwards");
}

#[test]
fn without_alert_or_milestone_it_was_detected_when_it_was_declared() {
    let history = History::declared("x");
    assert_eq!(metric(&now(&history), "detection to declaration"), Some(0));
    assert_eq!(metric(&now(&history), "impact start to detection"), None);
    let later = history.at("2023-01-04T18:30Z").event(alert("Late"));
    assert_eq!(metric(&now(&later), "detection to declaration"), Some(0));
}

#[test]
fn a_milestone_wins_over_what_is_derived_and_a_later_one_over_an_earlier() {
    let set = |milestone| MilestoneSet { milestone, note: None };
    let history = History::declared("x")
        .at("2023-01-04T18:30Z")
        .event(Mitigated { how: None })
        .at("2023-01-04T18:20Z")
        .event(set(Milestone::Mitigated))
        .at("2023-01-04T18:25Z")
        .event(set(Milestone::Mitigated));
    assert_eq!(metric(&now(&history), "declaration to mitigation"), Some(20 * 60));
    let reopened = history.at("2023-01-04T19:00Z").event(Reopened { why: text("it is back") });
    assert_eq!(metric(&now(&reopened), "declaration to mitigation"), None);
}

#[test]
fn what_the_record_does_not_hold_is_said_to_be_missing() {
    let page = page(&now(&History::declared("x")));
    for missing in [
        "The cause is not recorded.",
        "No end is recorded.",
        "Nobody took command.",
        "No impact is recorded.",
        "Nothing was told to any audience.",
        "No run is recorded.",
        "No follow-up is recorded.",
    ] {
        assert!(page.contains(missing), "{missing}\n{page}");
    }
    assert_eq!(page.matches("Not answered: ").count(), 1, "six questions stand in a line\n{page}");
}

#[test]
fn every_sentence_that_tells_something_cites_its_events() {
    let edition = now(&afternoon());
    let uncited: Vec<&str> =
        edition.composed.iter().filter(|s| s.cites.is_empty()).map(|s| s.text.as_str()).collect();
    assert_eq!(uncited, ["No end is recorded."]);
}

#[test]
fn who_joined_and_what_was_linked_is_told_once() {
    use scribe_domain::event::people::{Joined, Left};
    let join =
        |job: Option<&str>| Joined { who: crate::testing::person("Kim Berg"), as_what: job.map(label) };
    let link = |at: &str, title: Option<&str>| Linked {
        kind: LinkKind::Dashboard,
        at: locator(at),
        title: title.map(label),
    };
    let left = Left { who: crate::testing::person("Kim Berg"), why: None };
    let history = History::declared("x")
        .event(link("https://graphs.example/a", None))
        .event(join(Some("Database team")))
        .event(link("https://graphs.example/b", Some("Pools")))
        .event(left)
        .event(link("https://graphs.example/a", Some("Queues")));
    let gone = now(&history);
    assert!(gone.participants[0].left.is_some());
    let edition = now(&history.event(join(None)));
    let [kim] = edition.participants.as_slice() else { panic!("{:?}", edition.participants) };
    assert_eq!((kim.as_what.clone(), kim.left.clone()), (Some(label("Database team")), None));
    let titles: Vec<_> = edition.links.iter().map(|line| line.title.clone()).collect();
    assert_eq!(titles, [Some(label("Queues")), Some(label("Pools"))]);
    let page = page(&edition);
    assert!(page.contains("Queues <https://graphs.example/a>"), "{page}");
    // A reader's order.
    let places = ["Summary", "Impact", "What happened", "People and roles", "Lessons", "Follow-ups", "Links"];
    let places = places.map(|heading| page.find(&format!("\n{heading}\n─")).expect(heading));
    assert!(places.is_sorted(), "{page}");
    // What is taken back is no link.
    let taken = History::declared("x").event(link("https://graphs.example/a", None));
    let target = taken.last();
    let taken = taken.event(Retracted { target, why: text("Not this one.") });
    assert!(now(&taken).links.is_empty());
    assert!(page_of(&taken).contains("Nothing is linked."));
}

fn page_of(history: &History) -> String {
    page(&now(history))
}

#[test]
fn an_end_is_told_as_it_was() {
    // What the record does not hold stands behind what it does.
    let end = |history: &History| {
        let told = now(history).composed;
        told.iter().rfind(|statement| !statement.cites.is_empty()).expect("an end").text.clone()
    };
    let history = History::declared("x").at("2023-01-04T19:00Z");
    let resolved = history.event(Resolved { summary: Some(text("it drained")) });
    assert_eq!(end(&resolved), "Bob Long resolved it at 2023-01-04 19:00: it drained.");
    let set = MilestoneSet { milestone: Milestone::Resolved, note: None };
    let told = History::declared("x").at("2023-01-04T19:00Z").event(set);
    assert!(end(&told).starts_with("It was over at 2023-01-04 19:00, as a milestone tells"));
}

#[test]
fn runs_updates_and_follow_ups_are_told_with_what_matters() {
    let page = page(&now(&afternoon()));
    for told in [
        "Flags   unapproved, emergency, failed",
        "Approved  Zac Bentley, 14:12",
        "│ We are looking into late imports and opt-in mails.",
        "16:34, internal page, monitoring, by Jen Blagg",
        "open, 26 d old, 12 d overdue",
        "3 tenures, 2 handoffs, no gap.",
        "users were hit for about 3 h 4 min between about 12:40 and 15:44",
        "Brandon Novick held all deploys from 13:24; no release is recorded.",
    ] {
        assert!(page.contains(told), "{told}\n{page}");
    }
    assert!(!page.contains("sk-very-secret"));
}

#[test]
fn a_cause_taken_back_is_no_cause() {
    let history = History::declared("x").event(CauseNamed { text: text("the firewall"), cites: Vec::new() });
    let target = history.last();
    let history = history.event(Retracted { target, why: text("it was not") });
    assert!(now(&history).causes.is_empty());
}

/// A public incident with internal words all over it.
fn told_in_public() -> History {
    let inside = "kubectl -n secret-namespace delete pod";
    let drill = Declared { tier: Tier::Public, drill: true, ..declared("Mails are late") };
    let history = History::new()
        .event(drill)
        .event(noted("Secret Agent saw secret-host"))
        .event(assigned(IC, "Secret Agent"))
        .event(assigned(COMMS, "Secret Agent"))
        .event(Linked { kind: LinkKind::Document, at: locator("https://secret.example"), title: None })
        .event(ImpactStarted {
            impact: 1,
            text: text("secret: the mail of Secret Customer"),
            components: vec![label("secret-mailer").into()],
            who: Some(text("Secret Customer")),
        })
        .event(RunFinished {
            run: 1,
            line: line(inside),
            digest: Digest::of_line(&line(inside)),
            by: "Secret Agent".parse().unwrap(),
            host: Some(label("secret-host")),
            standing: Standing::Emergency { reason: text("secret reason") },
            started: when("unknown"),
            ended: when("unknown"),
            exit: Some(Exit::Code(0)),
            output_digest: None,
            excerpt: Some(text("secret output")),
        })
        .event(update(Tier::Internal, Phase::Investigating, "secret: told to the company"))
        .at("2023-01-04T18:20Z")
        .event(update(Tier::Public, Phase::Investigating, "Mails are late."))
        .event(update(Tier::Public, Phase::Investigating, "secret: retracted"));
    let retracted = history.last();
    let history = history.event(update(Tier::Public, Phase::Investigating, "secret: erased"));
    let erased = history.last();
    let section = |section, words: &str, public| ReviewSectionWritten {
        section,
        text: text(words),
        cites: vec![retracted],
        public,
    };
    history
        .event(Retracted { target: retracted, why: text("secret why") })
        .event(Redacted {
            target: erased,
            by: "Secret Agent".parse().unwrap(),
            why: text("secret why"),
            remains: None,
        })
        .at("2023-01-04T18:50Z")
        .event(ImpactEnded { impact: 1, text: Some(text("secret end")) })
        .event(section(ReviewSection::Learned, "To watch the queue.", true))
        .event(section(ReviewSection::Lucky, "secret luck", false))
        .event(section(ReviewSection::WentWell, "secret draft", true))
        .event(section(ReviewSection::WentWell, "secret again", false))
        .event(CauseNamed { text: text("secret cause"), cites: Vec::new() })
}

#[test]
fn the_public_edition_holds_only_what_was_said_in_public() {
    let edition = public(&told_in_public());
    let style = Style::default();
    let document = edition.document(&style);
    let json = serde_json::to_string(&edition).unwrap();
    for form in [document.text(&style), document.markdown(), document.html(), json] {
        assert!(!form.to_lowercase().contains("secret"), "{form}");
        assert!(!form.contains("Bob Long"), "{form}");
        assert!(form.contains("Mails are late"), "{form}");
    }
    let expected = "\
Postmortem: Mails are late
══════════════════════════
This was a drill, not a real incident.

Public edition, times in UTC, 2023-01-04 unless dated

Impact
──────
• From 18:05 to 18:50, for 45 min.";
    let text = document.text(&style);
    assert!(text.starts_with(expected), "{text}");
    assert!(
        text.contains("\nWhat we learned\n───────────────\nTo watch the queue.\n\nWhat was told\n"),
        "{text}"
    );
}

#[test]
fn what_the_public_reads_of_the_impact_is_what_stood_when_it_was_published() {
    let published = || ReviewPublished { audience: Tier::Public };
    let more = |history: History| {
        history.event(ImpactStarted { impact: 2, text: text("more"), components: Vec::new(), who: None })
    };
    let impacts = |history: &History| page(&public(history)).matches("no end is recorded").count();
    let draft = more(told_in_public());
    assert_eq!(impacts(&draft), 1);
    let told_since = more(told_in_public().event(published()));
    assert_eq!(impacts(&told_since), 0);
    assert_eq!(impacts(&told_since.event(published())), 1);
}

#[test]
fn below_the_public_tier_nothing_is_published() {
    let upgraded =
        |history: History| history.event(Upgraded { from: Tier::Internal, to: Tier::Public, why: None });
    let history =
        History::declared("Secret title").event(update(Tier::Public, Phase::Investigating, "Hello."));
    let json = serde_json::to_string(&public(&history)).unwrap();
    assert_eq!(
        json,
        "{\"edition\":\"public\",\"published\":false,\"drill\":false,\"review\":[],\"impacts\":[],\"updates\":[]}"
    );
    assert!(page(&public(&history)).contains("Nothing is published about this incident."));
    let raised = upgraded(history);
    assert!(page(&public(&raised)).contains("│ Hello."));
    let lowered = raised.event(Downgraded { from: Tier::Public, to: Tier::Internal, why: None });
    assert!(!page(&public(&lowered)).contains("Hello."));
}

#[test]
fn exact_words_are_told_exactly() {
    let words = "We are  sorry: <b>*mails*</b> are late.\n\n- the team";
    let history = History::new().event(Declared { tier: Tier::Public, ..declared("x") }).event(update(
        Tier::Public,
        Phase::Investigating,
        words,
    ));
    let Postmortem::Public(edition) = public(&history) else { panic!("asked for the public edition") };
    assert_eq!(edition.updates[0].text.as_str(), words);
    assert_eq!(edition.updates[0].published, when("2023-01-04T18:05Z"));
}

#[test]
fn the_same_record_gives_the_same_bytes() {
    let bytes = || {
        let edition = now(&afternoon());
        let style = Style::default();
        let document = edition.document(&style);
        let json = serde_json::to_string(&edition).unwrap();
        [document.text(&style), document.markdown(), document.html(), json]
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn it_begins_with_what_somebody_needs_who_reads_nothing_else() {
    let began = |impact: u32| ImpactStarted { impact, text: text("slow"), components: Vec::new(), who: None };
    let ended = |impact: u32| ImpactEnded { impact, text: None };
    let history = History::declared("x")
        .at("2023-01-04T18:10Z")
        .event(began(1))
        .at("2023-01-04T18:20Z")
        .event(ended(1))
        .at("2023-01-04T18:40Z")
        .event(began(2))
        .at("2023-01-04T18:50Z")
        .event(ended(2));
    let read = page(&now(&history));
    assert!(read.contains("users were hit for 20 min between 13:10 and 13:50"), "{read}");
    assert!(read.contains("In all, users were hit for 20 min between 13:10 and 13:50."), "{read}");
    assert!(read.contains("Follow-ups  none agreed"), "{read}");
    let agreed = |number: u32| FollowUpAgreed {
        follow_up: number,
        text: text("alert on it"),
        owner: None,
        due: None,
        committed_by: None,
    };
    let finished = FollowUpFinished { follow_up: 1, outcome: None };
    let read = page(&now(&history.event(agreed(1)).event(agreed(2)).event(finished)));
    assert!(read.contains("Follow-ups  2 agreed, 1 open"), "{read}");
    let to_the_second = History::declared("x").at("2023-01-04T18:10:07Z").event(began(1));
    let read = page(&now(&to_the_second.at("2023-01-04T18:20Z").event(ended(1))));
    assert!(read.contains("between 13:10:07 and 13:20"), "{read}");
}

#[test]
fn an_edition_that_there_is_not_is_named() {
    assert_eq!(" Public".parse(), Ok(Edition::Public));
    let unknown = "secret".parse::<Edition>().unwrap_err();
    assert_eq!(unknown.to_string(), "\"secret\" is not an edition: expected internal, public");
}
