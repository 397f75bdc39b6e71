//! An afternoon of some forty events, of every group, for tests to look at.

use std::collections::BTreeMap;

use scribe_domain::event::evidence::{AlertFired, ChangeLinked, Linked};
use scribe_domain::event::impact::{CauseNamed, ImpactEnded, ImpactStarted};
use scribe_domain::event::life::{Mitigated, PhaseChanged, SeverityChanged, Upgraded};
use scribe_domain::event::people::{
    Joined, PageAcknowledged, PageTarget, Paged, RoleAssigned, RoleHandedOff,
};
use scribe_domain::event::record::{Corrected, Redacted, Retracted};
use scribe_domain::event::review::{ReviewAssigned, ReviewSectionWritten};
use scribe_domain::event::runs::{Exit, RunApproved, RunFinished, RunProposed, RunStarted, Standing};
use scribe_domain::event::words::{ComponentStatus, Decided, Noted, StatusUpdated, Summarised};
use scribe_domain::event::work::{ActionAssigned, DeployHoldTaken, FollowUpAgreed, FollowUpFinished};
use scribe_domain::values::{
    ActionKind, ChangeKind, ChangeRelation, ComponentState, Digest, LinkKind, Phase, ReviewSection, Role,
    Severity, Tier,
};

use crate::testing::{History, label, line, locator, person, text, when};

pub(crate) const IC: Role = Role::IncidentCommander;
pub(crate) const COMMS: Role = Role::CommunicationsLead;

pub(crate) fn noted(words: &str) -> Noted {
    Noted { text: text(words) }
}

pub(crate) fn update(audience: Tier, status: Phase, words: &str) -> StatusUpdated {
    StatusUpdated { audience, status, title: None, text: text(words), components: Vec::new() }
}

pub(crate) fn assigned(role: Role, to: &str) -> RoleAssigned {
    RoleAssigned { role, to: person(to), why: None }
}

pub(crate) fn handed(role: Role, from: &str, to: &str, why: &str) -> RoleHandedOff {
    RoleHandedOff { role, from: person(from), to: person(to), why: Some(text(why)) }
}

pub(crate) fn alert(name: &str) -> AlertFired {
    AlertFired {
        source: label("sentry"),
        alert: label(name),
        fingerprint: None,
        labels: BTreeMap::new(),
        summary: None,
        at: None,
    }
}

#[expect(clippy::too_many_lines, reason = "one long story, told in order")]
pub(crate) fn afternoon() -> History {
    let restart =
        "sudo systemctl restart import-worker@{1..4}.service && sudo systemctl status import-worker@1";
    let history = History::declared("List import problems")
        .by("Bob Long")
        .at("~2023-01-04T17:40Z")
        .told("2023-01-04T18:12Z")
        .event(ImpactStarted {
            impact: 1,
            text: text("Some list imports and opt-in mails were late."),
            components: vec![label("imports").into(), label("opt-in mails").into()],
            who: Some(text("a few customers")),
        })
        .by("integration:sentry")
        .at("2023-01-04T17:58:20Z")
        .told("2023-01-04T18:12Z")
        .event(alert("EndpointConnectionError"))
        .by("Bob Long")
        .at("2023-01-04T18:06Z")
        .event(Linked {
            kind: LinkKind::Channel,
            at: locator("https://chat.example/20230104_list_import_problems"),
            title: Some(label("20230104_list_import_problems")),
        })
        .event(Linked { kind: LinkKind::Dashboard, at: locator("https://graphs.example/imports?from=now-6h"), title: None })
        .by("Brandon Novick")
        .at("2023-01-04T18:24Z")
        .event(DeployHoldTaken {
            scope: label("all").into(),
            by: "Brandon Novick".parse().unwrap(),
            why: Some(text("the deployment train is stopped until we know more")),
        })
        .at("2023-01-04T18:37Z")
        .event(noted("DNS lookups fail on some of the boxes that process imports"))
        .event(Paged { page: 1, whom: PageTarget::Team(label("SRE")), why: Some(text("DNS trouble")) })
        .by("John Meichle")
        .at("~2023-01-04T18:42Z")
        .event(PageAcknowledged { page: 1, by: person("John Meichle") })
        .event(Joined { who: person("John Meichle"), as_what: Some(label("lead SRE")) })
        .by("Bob Long")
        .at("2023-01-04T18:46Z")
        .event(Upgraded {
            from: Tier::Engineering,
            to: Tier::Internal,
            why: Some(text("more than one team is needed")),
        })
        .event(Paged { page: 2, whom: PageTarget::Person(person("Zac Bentley")), why: None })
        .by("Zac Bentley")
        .event(assigned(IC, "Zac Bentley"))
        .event(SeverityChanged { from: Severity::Sev3, to: Severity::Sev2, why: None })
        .by("John Meichle")
        .at("2023-01-04T18:52Z")
        .event(noted("those boxes run out of UDP connections"))
        .by("Zac Bentley")
        .at("2023-01-04T18:57Z")
        .event(assigned(COMMS, "Madeleine Guttuso"))
        .event(ActionAssigned {
            action: 1,
            kind: ActionKind::Investigation,
            text: text("find out since when file descriptors run out"),
            to: label("John Meichle"),
            check_back: Some(when("2023-01-04T19:20Z")),
        })
        .by("Madeleine Guttuso")
        .at("2023-01-04T19:06Z")
        .event(StatusUpdated {
            components: vec![ComponentStatus { component: label("imports").into(), state: ComponentState::Degraded }],
            ..update(
                Tier::Internal,
                Phase::Investigating,
                "We are looking into late imports and opt-in mails.\nA few customers are affected since about 12:40.",
            )
        })
        .by("John Meichle")
        .at("2023-01-04T19:10Z")
        .event(RunProposed {
            run: 1,
            line: line(restart),
            digest: Digest::of_line(&line(restart)),
            by: "John Meichle".parse().unwrap(),
            host: Some(label("import-7")),
            why: Some(text("frees the sockets for a while")),
        })
        .by("Zac Bentley")
        .at("2023-01-04T19:12Z")
        .event(RunApproved {
            run: 1,
            digest: Digest::of_line(&line(restart)),
            by: person("Zac Bentley"),
            note: Some(text("one box only")),
        })
        .by("John Meichle")
        .at("2023-01-04T19:13:05Z")
        .event(RunStarted {
            run: 1,
            line: line(restart),
            digest: Digest::of_line(&line(restart)),
            by: "John Meichle".parse().unwrap(),
            host: Some(label("import-7")),
            standing: Standing::Approved { by: person("Zac Bentley") },
        })
        .at("2023-01-04T19:13:16Z")
        .event(RunFinished {
            run: 1,
            line: line(restart),
            digest: Digest::of_line(&line(restart)),
            by: "John Meichle".parse().unwrap(),
            host: Some(label("import-7")),
            standing: Standing::Approved { by: person("Zac Bentley") },
            started: when("2023-01-04T19:13:05Z"),
            ended: when("2023-01-04T19:13:16Z"),
            exit: Some(Exit::Code(0)),
            output_digest: None,
            excerpt: None,
        })
        .by("Zac Bentley")
        .at("2023-01-04T19:19Z")
        .event(handed(IC, "Zac Bentley", "Nicholas Hoffmann", "needed for technical work"))
        .by("Morrisa Brenner")
        .at("2023-01-04T19:25Z")
        .told("2023-01-04T19:50Z")
        .event(RunFinished {
            run: 2,
            line: line("redis-cli -h queue-2 flushall"),
            digest: Digest::of_line(&line("redis-cli -h queue-2 flushall")),
            by: "Morrisa Brenner".parse().unwrap(),
            host: None,
            standing: Standing::Emergency { reason: text("the queue was about to fill its disk") },
            started: when("2023-01-04T19:24Z"),
            ended: when("2023-01-04T19:25Z"),
            exit: Some(Exit::Code(1)),
            output_digest: None,
            excerpt: None,
        })
        .by("John Meichle")
        .at("2023-01-04T19:30Z")
        .event(noted("it is the new firewall"));
    let firewall = history.last();
    let history = history
        .at("2023-01-04T19:35Z")
        .event(Retracted { target: firewall, why: text("the firewall was changed after it began") })
        .event(noted("descriptors began to run out at 12:40, with the deployment"));
    let descriptors = history.last();
    let history = history
        .by("Nicholas Hoffmann")
        .at("2023-01-04T19:42Z")
        .event(handed(IC, "Nicholas Hoffmann", "Andris Cakuls", "other work"))
        .by("Zac Bentley")
        .at("2023-01-04T19:43Z")
        .event(ChangeLinked {
            kind: ChangeKind::PullRequest,
            relation: ChangeRelation::Related,
            title: label("Cache the client"),
            at: Some(locator("https://code.example/pull/4711")),
            author: Some(person("Zac Bentley")),
            deployer: None,
        })
        .by("Andris Cakuls")
        .at("2023-01-04T20:06Z")
        .event(Summarised {
            status: text("imports are still late"),
            cause: Some(text("a client that is created for every message")),
            plan: Some(text("bring out the change that caches it")),
        })
        .event(Decided {
            choice: text("fix forward"),
            options: vec![label("fix forward"), label("roll back")],
            why: Some(text("the deployment cannot be rolled back alone")),
            dissent: None,
        })
        .event(PhaseChanged { from: Phase::Investigating, to: Phase::Identified, why: None })
        .by("Madeleine Guttuso")
        .at("2023-01-04T20:12Z")
        .event(update(Tier::Internal, Phase::Identified, "The cause is found; a fix is being worked on."))
        .by("Morrisa Brenner")
        .at("2023-01-04T20:28Z")
        .event(ChangeLinked {
            kind: ChangeKind::Deploy,
            relation: ChangeRelation::Fix,
            title: label("Cache the client"),
            at: Some(locator("https://code.example/pull/4711")),
            author: Some(person("Zac Bentley")),
            deployer: Some(person("Morrisa Brenner")),
        })
        .by("Andris Cakuls")
        .at("unknown")
        .event(noted("somebody restarted the workers by hand"))
        .at("2023-01-04T20:40Z")
        .event(Mitigated { how: Some(text("the change took effect; late messages drain")) })
        .event(ImpactEnded { impact: 1, text: None });
    let ended = history.last();
    let history = history
        .by("Madeleine Guttuso")
        .at("2023-01-04T20:52Z")
        .event(handed(COMMS, "Madeleine Guttuso", "Jen Blagg", "has to leave for an interview"))
        .by("Andris Cakuls")
        .at("2023-01-04T21:00Z")
        .event(Corrected {
            target: ended,
            occurred: Some(when("2023-01-04T20:44Z")),
            fields: BTreeMap::new(),
            why: text("the last messages took four minutes to drain"),
        })
        .event(noted("the token was sk-very-secret"));
    let secret = history.last();
    history
        .event(Redacted {
            target: secret,
            by: "Andris Cakuls".parse().unwrap(),
            why: text("a secret"),
            remains: None,
        })
        .by("Jen Blagg")
        .at("2023-01-04T21:34Z")
        .event(update(
            Tier::Internal,
            Phase::Monitoring,
            "The fix is in place and imports are no longer late.",
        ))
        .by("Andris Cakuls")
        .at("2023-01-05T15:00Z")
        .event(CauseNamed {
            text: text("The 12:40 deployment created a client for every message, which used up UDP sockets."),
            cites: vec![descriptors],
        })
        .event(ReviewAssigned {
            owner: person("Andris Cakuls"),
            due: chrono::NaiveDate::from_ymd_opt(2023, 1, 11),
        })
        .event(FollowUpAgreed {
            follow_up: 1,
            text: text("Alert on file descriptors that run out"),
            owner: Some(label("SRE")),
            due: chrono::NaiveDate::from_ymd_opt(2023, 1, 20),
            committed_by: Some(person("John Meichle")),
        })
        .event(FollowUpAgreed {
            follow_up: 2,
            text: text("Say in the playbook how the hat is given back"),
            owner: None,
            due: None,
            committed_by: None,
        })
        .event(ReviewSectionWritten {
            section: ReviewSection::WentWell,
            text: text("The hat was taken within twenty minutes."),
            cites: vec![descriptors],
            public: false,
        })
        .at("2023-01-12T15:00Z")
        .event(FollowUpFinished { follow_up: 2, outcome: Some(text("written")) })
}
