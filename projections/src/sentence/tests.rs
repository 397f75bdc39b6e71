use scribe_domain::event::access::{AccessLimited, AccessOpened};
use scribe_domain::event::runs::RunProposed;
use scribe_domain::event::words::Summarised;
use scribe_domain::values::Digest;

use scribe_domain::event::kind::Group;

use super::*;
use crate::testing::afternoon::{IC, afternoon, handed, noted};
use crate::testing::{declared, label, line, text};

fn told(event: impl Into<IncidentEvent>) -> String {
    unformed(&sentence(&event.into()))
}

#[test]
fn sentences_read_as_people_say_them() {
    assert_eq!(told(declared("List import problems")), "declared “List import problems” (engineering, sev3)");
    assert_eq!(
        told(handed(IC, "Zac Bentley", "Nicholas Hoffmann", "needed elsewhere")),
        "command handed from Zac Bentley to Nicholas Hoffmann: needed elsewhere"
    );
    let run = RunProposed {
        run: 1,
        line: line("uptime"),
        digest: Digest::of_line(&line("uptime")),
        by: Who::Scribe,
        host: Some(label("web-1")),
        why: None,
    };
    assert_eq!(told(run), "proposed run 1 on web-1: uptime");
    assert_eq!(told(noted("it is DNS")), "it is DNS");
}

#[test]
fn who_may_see_an_incident_is_said() {
    let to = vec!["Ada King".parse().unwrap(), "integration:pager".parse().unwrap()];
    let limited = AccessLimited { to, why: Some(text("a customer's data")) };
    assert_eq!(
        told(limited),
        "made it private: only Ada King, integration:pager may see it: a customer's data"
    );
    assert_eq!(told(AccessOpened { why: None }), "opened it to everybody who may read");
}

#[test]
fn a_text_that_has_ended_is_followed_by_a_sentence_of_its_own() {
    let summary = |status: &str| Summarised { status: text(status), cause: Some(text("DNS")), plan: None };
    assert_eq!(told(summary("It is slow.")), "summary: It is slow. Cause: DNS");
    assert_eq!(told(summary("it is slow")), "summary: it is slow; cause: DNS");
}

#[test]
fn every_kind_has_a_group_and_every_event_a_sentence() {
    for recorded in afternoon().events {
        assert!(!told(recorded.event).is_empty());
    }
    let about_the_record: Vec<_> =
        IncidentEvent::KINDS.iter().filter(|kind| Group::of(kind) == Group::Record).collect();
    assert_eq!(
        about_the_record,
        [&"corrected", &"retracted", &"redacted", &"access_limited", &"access_opened", &"nudged"]
    );
}
