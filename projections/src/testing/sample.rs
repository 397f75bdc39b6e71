//! A record of several incidents, for the tests of the whole-record views.

use scribe_domain::event::evidence::{AlertFired, Linked};
use scribe_domain::event::impact::{CauseNamed, ImpactStarted};
use scribe_domain::event::life::{Mitigated, PhaseChanged, Resolved, Upgraded};
use scribe_domain::event::people::{
    Joined, PageAcknowledged, PageTarget, Paged, RoleAssigned, RoleHandedOff,
};
use scribe_domain::event::runs::{Exit, RunApproved, RunFinished, RunProposed, RunStarted, Standing};
use scribe_domain::event::words::{ComponentStatus, HypothesisRaised, Noted, StatusUpdated, Summarised};
use scribe_domain::event::work::{ActionAssigned, ActionCheckedIn, DeployHoldTaken, FollowUpAgreed};
use scribe_domain::values::{ActionKind, ComponentState, Digest, LinkKind, Phase, Role, Severity, Tier};

use crate::testing::{History, declared, label, line, locator, person, text, when};

pub(crate) const IMPORTS: &str = "20230104-list-import-problems";
pub(crate) const MAIL: &str = "20230103-mail-delays";
pub(crate) const DRILL: &str = "20230104-fire-drill";

pub(crate) fn upgraded(from: Tier, to: Tier) -> Upgraded {
    Upgraded { from, to, why: None }
}

pub(crate) fn update(audience: Tier, status: Phase, words: &str) -> StatusUpdated {
    StatusUpdated { audience, status, title: None, text: text(words), components: vec![] }
}

pub(crate) fn with(mut update: StatusUpdated, component: &str, state: ComponentState) -> StatusUpdated {
    update.components.push(ComponentStatus { component: label(component).into(), state });
    update
}

pub(crate) fn proposed(run: u32, shell: &str, by: &str) -> RunProposed {
    let line = line(shell);
    RunProposed {
        run,
        digest: Digest::of_line(&line),
        line,
        by: by.parse().unwrap(),
        host: Some(label("import-7")),
        why: Some(text("to see who holds the sockets")),
    }
}

pub(crate) fn approved(run: u32, shell: &str, by: &str) -> RunApproved {
    RunApproved { run, digest: Digest::of_line(&line(shell)), by: person(by), note: None }
}

pub(crate) fn started(run: u32, shell: &str, by: &str, standing: Standing) -> RunStarted {
    let line = line(shell);
    RunStarted {
        run,
        digest: Digest::of_line(&line),
        line,
        by: by.parse().unwrap(),
        host: Some(label("import-7")),
        standing,
    }
}

pub(crate) fn finished(run: u32, shell: &str, by: &str, standing: Standing, exit: i32) -> RunFinished {
    let line = line(shell);
    RunFinished {
        run,
        digest: Digest::of_line(&line),
        line,
        by: by.parse().unwrap(),
        host: Some(label("import-7")),
        standing,
        started: when("2023-01-04T20:28:00Z"),
        ended: when("2023-01-04T20:28:42Z"),
        exit: Some(Exit::Code(exit)),
        output_digest: Some(Digest::of(b"rolled back")),
        excerpt: Some(text("deployment.apps/list-import rolled back")),
    }
}

pub(crate) fn by_approval(by: &str) -> Standing {
    Standing::Approved { by: person(by) }
}

pub(crate) fn emergency(reason: &str) -> Standing {
    Standing::Emergency { reason: text(reason) }
}

/// An incident that ended the day before, one that goes on (told after a public account of it), and a
/// drill between them.
#[expect(clippy::too_many_lines, reason = "a story is read from its beginning to its end")]
pub(crate) fn record() -> History {
    let (engineering, internal) = (Tier::Engineering, Tier::Internal);
    let ss = "ss --udp --all --processes | sort | uniq --count | sort --numeric-sort";
    let undo = "kubectl rollout undo deployment/list-import --namespace production";
    let mut mail = declared("Mail delays");
    mail.tier = internal;
    let mut drill = declared("Fire drill");
    drill.drill = true;
    drill.severity = Severity::Sev1;
    let late = update(internal, Phase::Investigating, "Some mails are late. We are looking into it.");
    let problems = update(
        internal,
        Phase::Investigating,
        "Since about 12:40, list imports and opt-in mails are delayed for a few customers. We are investigating.",
    );
    let known = update(internal, Phase::Identified, "The cause is known, and a fix is being worked on.");
    History::new()
        .incident(MAIL)
        .by("Ada King")
        .at("2023-01-03T09:00Z")
        .event(mail)
        .at("2023-01-03T09:10Z")
        .event(with(late, "mail", ComponentState::Degraded))
        .at("2023-01-03T09:30Z")
        .event(with(
            update(internal, Phase::Resolved, "Mails are on time again."),
            "mail",
            ComponentState::Operational,
        ))
        .event(Resolved { summary: None })
        .event(FollowUpAgreed {
            follow_up: 1,
            text: text("Alert on the age of the oldest mail"),
            owner: Some(label("Mail team")),
            due: chrono::NaiveDate::from_ymd_opt(2023, 1, 4),
            committed_by: Some(person("Ada King")),
        })
        .incident(IMPORTS)
        .by("Bob Long")
        .at("2023-01-04T18:05Z")
        .event(declared("List import problems"))
        .event(ImpactStarted {
            impact: 1,
            text: text("Some list imports and opt-in mails are delayed"),
            components: vec![label("list imports").into()],
            who: Some(text("a few customers")),
        })
        .event(Linked {
            kind: LinkKind::Channel,
            at: locator("https://chat.example/20230104_list_import_problems"),
            title: Some(label("#20230104_list_import_problems")),
        })
        .by("integration:sentry")
        .event(AlertFired {
            source: label("sentry"),
            alert: label("EndpointConnectionError"),
            fingerprint: None,
            labels: [].into(),
            summary: Some(text("exceptions multiply")),
            at: None,
        })
        .by("Brandon Novick")
        .at("2023-01-04T18:24Z")
        .event(DeployHoldTaken {
            scope: label("all").into(),
            by: "Brandon Novick".parse().unwrap(),
            why: Some(text("a deployment train was stopped")),
        })
        .event(Noted { text: text("Other teams' deploys are blocked.") })
        .incident(DRILL)
        .by("Ada King")
        .at("2023-01-04T18:30Z")
        .event(drill)
        .incident(IMPORTS)
        .by("John Meichle")
        .at("2023-01-04T18:46Z")
        .event(upgraded(engineering, internal))
        .event(Paged {
            page: 1,
            whom: PageTarget::Person(person("Zac Bentley")),
            why: Some(text("upgraded to internal")),
        })
        .by("Zac Bentley")
        .event(PageAcknowledged { page: 1, by: person("Zac Bentley") })
        .event(RoleAssigned { role: Role::IncidentCommander, to: person("Zac Bentley"), why: None })
        .event(Joined { who: person("John Meichle"), as_what: Some(label("lead SRE")) })
        .event(Paged { page: 2, whom: PageTarget::Team(label("databases")), why: None })
        .event(HypothesisRaised { hypothesis: 1, text: text("The boxes run out of UDP connections") })
        .event(ActionAssigned {
            action: 1,
            kind: ActionKind::Investigation,
            text: text("Find out when file descriptors began to run out"),
            to: label("John Meichle"),
            check_back: Some(when("2023-01-04T19:20Z")),
        })
        .event(ActionCheckedIn {
            action: 1,
            text: text("the metrics are being put together"),
            check_back: Some(when("2023-01-04T19:40Z")),
        })
        .event(RoleAssigned { role: Role::CommunicationsLead, to: person("Madeleine Guttuso"), why: None })
        .by("Madeleine Guttuso")
        .at("2023-01-04T19:06Z")
        .event(with(problems, "list imports", ComponentState::PartialOutage))
        .by("Zac Bentley")
        .at("2023-01-04T19:19Z")
        .event(RoleHandedOff {
            role: Role::IncidentCommander,
            from: person("Zac Bentley"),
            to: person("Nicholas Hoffmann"),
            why: Some(text("is needed for technical work")),
        })
        .event(proposed(1, ss, "Zac Bentley"))
        .by("John Meichle")
        .at("2023-01-04T19:21Z")
        .event(approved(1, ss, "John Meichle"))
        .by("Zac Bentley")
        .at("2023-01-04T19:22Z")
        .event(started(1, ss, "Zac Bentley", by_approval("John Meichle")))
        .by("Madeleine Guttuso")
        .at("2023-01-04T20:12Z")
        .event(with(known, "list imports", ComponentState::Degraded))
        .event(PhaseChanged { from: Phase::Investigating, to: Phase::Identified, why: None })
        .by("Morrisa Brenner")
        .at("2023-01-04T20:28Z")
        .event(finished(2, undo, "Morrisa Brenner", emergency("imports stand still"), 0))
        .event(proposed(3, "systemctl restart importer", "Morrisa Brenner"))
        .by("Nicholas Hoffmann")
        .at("2023-01-04T20:33Z")
        .event(Summarised {
            status: text("A fix is deployed"),
            cause: Some(text("A client was created so often that it used up the UDP connections")),
            plan: Some(text("Watch the delayed messages drain")),
        })
        .event(CauseNamed {
            text: text("The 12:40 deployment created a client for each call"),
            cites: vec![],
        })
        .at("2023-01-04T20:40Z")
        .event(Mitigated { how: Some(text("the fix takes effect")) })
}
