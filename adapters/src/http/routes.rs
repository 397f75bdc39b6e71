//! Every operation of the API, in one table.

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use axum::routing::{get, post};
use scribe_domain::command::Command;
use scribe_domain::event_store::Receipt;
use scribe_projections::actions::ActionList;
use scribe_projections::current::{BoardView, IncidentNow};
use scribe_projections::holds::HoldCheck;
use scribe_projections::ledger::growth::Growth;
use scribe_projections::ledger::verdict::Verdict;
use scribe_projections::postmortem::Postmortem;
use scribe_projections::roles::RoleHistory;
use scribe_projections::runs::audit::{RunAudit, RunView};
use scribe_projections::status_page::StatusPage;
use scribe_projections::timeline::Timeline;

use super::format::{EVENTS, LOOK, TABLE, VIEW};
use super::spec::{Answer, Body, Operation, Pace, SchemaOf, Spec, schema_of};
use super::wire::EventLine;
use super::{audit, commands, feed, health, home, hooks, incidents, ledger, metrics, openapi, record, views};
use crate::app::{DeliveryReport, TaskList, ViewList, ViewReport};
use crate::inbound::VENDORS;
use crate::inbound::vendor::VendorEntry;
use crate::ledger::Keys;
use crate::transfer::{ImportReport, RestoreReport};

/// The table.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = telling();
    all.extend(looking());
    all.extend(the_record());
    all.extend(the_ledger());
    all.extend(hooks());
    all.extend(the_server());
    all
}

fn telling() -> Vec<Operation> {
    let declare = Spec::post("/v1/incidents", "declare", "commands")
        .body(Body::Command("declare"))
        .by(post(commands::declare));
    let mut all = vec![declare];
    for name in Command::NAMES.iter().copied().filter(|name| *name != "declare") {
        let path = format!("/v1/incidents/{{incident}}/commands/{name}");
        all.push(Spec::post(path, name, "commands").body(Body::Command(name)).by(post(commands::command)));
    }
    all
}

fn looking() -> Vec<Operation> {
    let receipt = Answer::Json { about: "The receipt.", schema: schema_of::<Receipt> };
    let view = |schema: SchemaOf, forms| Answer::View { schema, forms };
    let incident = "/v1/incidents/{incident}";
    vec![
        Spec::get("/v1/receipts/{key}", "receipt", "commands")
            .about("What became of a request, by its Idempotency-Key or the command id of its events.")
            .answers(receipt)
            .by(get(commands::receipt)),
        Spec::get("/v1/incidents", "list", "incidents")
            .about("The board: incidents as they stand.")
            .query(incidents::BOARD)
            .query(LOOK)
            .answers(view(schema_of::<BoardView>, VIEW))
            .by(get(incidents::board)),
        Spec::get(incident, "show", "incidents")
            .about("One incident as it stands.")
            .query(LOOK)
            .answers(view(schema_of::<IncidentNow>, VIEW))
            .by(get(incidents::now)),
        Spec::get(format!("{incident}/timeline"), "timeline", "incidents")
            .about("What happened, in order of when it happened.")
            .query(incidents::TIMELINE)
            .query(LOOK)
            .answers(view(schema_of::<Timeline>, TABLE))
            .by(get(incidents::timeline)),
        Spec::get(format!("{incident}/roles"), "roles", "incidents")
            .about("Who held which role, when; gaps and overlaps.")
            .query(LOOK)
            .answers(view(schema_of::<RoleHistory>, VIEW))
            .by(get(incidents::roles)),
        Spec::get(format!("{incident}/postmortem"), "postmortem", "incidents")
            .about("The postmortem, for the company or for everybody.")
            .query(incidents::POSTMORTEM)
            .query(LOOK)
            .answers(view(schema_of::<Postmortem>, VIEW))
            .by(get(incidents::postmortem)),
        Spec::get(format!("{incident}/events"), "incident-events", "incidents")
            .about("One incident's events as they were recorded.")
            .query(LOOK)
            .answers(view(schema_of::<Vec<EventLine<'_>>>, EVENTS))
            .by(get(incidents::events)),
        Spec::get("/v1/status-pages/{tier}", "status-page", "pages")
            .about("What an audience was told: the status page of a tier.")
            .query(LOOK)
            .answers(view(schema_of::<StatusPage>, VIEW))
            .by(get(audit::status_page)),
        Spec::get("/v1/runs", "runs", "audit")
            .about("Who ran what, where, when, with what result.")
            .query(audit::RUNS)
            .query(LOOK)
            .answers(view(schema_of::<RunAudit>, VIEW))
            .by(get(audit::runs)),
        Spec::get("/v1/runs/{incident}/{run}", "run", "audit")
            .about("One run: its line, digest, stage and approval.")
            .query(LOOK)
            .answers(view(schema_of::<RunView>, VIEW))
            .by(get(audit::run)),
        Spec::get("/v1/actions", "actions", "audit")
            .about("What somebody should ask about, and what was promised for afterwards.")
            .query(audit::ACTIONS)
            .query(LOOK)
            .answers(view(schema_of::<ActionList>, VIEW))
            .by(get(audit::actions)),
        Spec::get("/v1/holds", "holds", "audit")
            .about("Whether deploys are held: ask before a deploy.")
            .query(audit::HOLDS)
            .query(LOOK)
            .answers(view(schema_of::<HoldCheck>, VIEW))
            .by(get(audit::holds)),
    ]
}

fn the_record() -> Vec<Operation> {
    vec![
        Spec::get("/v1/events", "events", "record")
            .about("The record as a feed: JSON lines, or server-sent events for `Accept: text/event-stream`.")
            .query(feed::PARAMS)
            .answers(Answer::Feed)
            .pace(Pace::Endless)
            .by(get(feed::events)),
        Spec::get("/v1/record", "export", "record")
            .about("The whole record, byte for byte: one line an event.")
            .answers(Answer::Other { about: "The export.", media_type: "application/x-ndjson" })
            .pace(Pace::Bulk)
            .by(get(record::export)),
        Spec::post("/v1/record", "restore", "record")
            .about("Takes an export over, into an empty record or one that it continues.")
            .body(Body::Lines("An export."))
            .pace(Pace::Bulk)
            .answers(Answer::Json { about: "What was added.", schema: schema_of::<RestoreReport> })
            .by(post(record::restored)),
        Spec::post("/v1/imports", "import", "record")
            .about("Adds events that were told elsewhere, all or nothing per incident.")
            .query(record::IMPORT)
            .body(Body::Lines("Told events, one a line."))
            .pace(Pace::Bulk)
            .answers(Answer::Json {
                about: "What was added, and every line's problem.",
                schema: schema_of::<ImportReport>,
            })
            .by(post(record::imported)),
    ]
}

fn the_ledger() -> Vec<Operation> {
    const BINARY: &str = "application/octet-stream";
    vec![
        Spec::get("/v1/ledger/checkpoint", "checkpoint", "ledger")
            .about("The record in one signed number (C2SP tlog-checkpoint); made if the record has grown.")
            .answers(Answer::Other { about: "The signed note.", media_type: "text/plain" })
            .by(get(ledger::checkpoint)),
        Spec::get("/v1/ledger/key", "ledger-key", "ledger")
            .about("The public keys by which checkpoints are verified.")
            .answers(Answer::Json { about: "The keys.", schema: schema_of::<Keys> })
            .by(get(ledger::keys)),
        Spec::post("/v1/ledger/key", "change-key", "ledger")
            .about("Signs with a new key from here on; both keys sign that.")
            .answers(Answer::Other { about: "The checkpoint that says so.", media_type: "text/plain" })
            .by(post(ledger::change_key)),
        Spec::get("/v1/ledger/tile/{tile}", "tile", "ledger")
            .about(
                "A tile of the tree, or a bundle of entries (C2SP tlog-tiles): `0/000`, `entries/000.p/17`.",
            )
            .answers(Answer::Other { about: "Hashes, or entries with their lengths.", media_type: BINARY })
            .by(get(ledger::tile)),
        Spec::get("/v1/ledger/proof", "proof", "ledger")
            .about(
                "The proof that one event is in the record, with the event, as one file (C2SP tlog-proof).",
            )
            .query(ledger::PROOF)
            .pace(Pace::Bulk)
            .answers(Answer::Other { about: "The file.", media_type: "text/plain" })
            .by(get(ledger::proof)),
        Spec::get("/v1/ledger/consistency", "consistency", "ledger")
            .about("The proof that the record of one size is that of another, grown (RFC 6962).")
            .query(ledger::CONSISTENCY)
            .answers(Answer::Json { about: "The proof.", schema: schema_of::<Growth> })
            .by(get(ledger::consistency)),
        Spec::get("/v1/ledger/verify", "verify", "ledger")
            .about("Reads the whole record again and says whether it holds, and if not, where it stops.")
            .query(ledger::VERIFY)
            .pace(Pace::Bulk)
            .answers(Answer::Json { about: "What was found.", schema: schema_of::<Verdict> })
            .by(get(ledger::verify)),
    ]
}

fn hooks() -> Vec<Operation> {
    let hook = |vendor: &VendorEntry| {
        Spec::post(format!("/hooks/{}", vendor.name), vendor.name, "hooks")
            .about(vendor.about)
            .body(Body::Hook(vendor.name))
            .pace(Pace::Hook)
            .answers(Answer::Json {
                about: "What became of each thing.",
                schema: schema_of::<DeliveryReport>,
            })
            .by(post(hooks::receive))
    };
    VENDORS.iter().map(hook).collect()
}

fn the_server() -> Vec<Operation> {
    vec![
        Spec::get("/", "home", "server")
            .about("The first page: every incident, and where to look further.")
            .answers(Answer::Other { about: "The page.", media_type: "text/html" })
            .by(get(home::home)),
        Spec::get("/healthz", "healthz", "server")
            .about("Whether the program lives and its store answers.")
            .answers(Answer::Other { about: "It does.", media_type: "text/plain" })
            .by(get(health::healthz)),
        Spec::get("/readyz", "readyz", "server")
            .about("Whether the views are built and requests are answered at full speed.")
            .answers(Answer::Other { about: "They are.", media_type: "text/plain" })
            .by(get(health::readyz)),
        Spec::get("/v1/tasks", "tasks", "server")
            .about("How the work stands that the server does beside its requests.")
            .answers(Answer::Json { about: "Each task.", schema: schema_of::<TaskList> })
            .by(get(health::tasks)),
        Spec::get("/v1/views", "views", "server")
            .about("How the views of the whole record stand.")
            .query(views::FORM)
            .answers(Answer::View { schema: schema_of::<ViewList>, forms: VIEW })
            .pace(Pace::Bulk)
            .by(get(views::views)),
        Spec::post("/v1/views/{view}/rebuild", "rebuild-view", "server")
            .about("Builds a view from nothing beside the one that serves, and switches if every event can be read.")
            .answers(Answer::Json { about: "How it stands; ask again for how it ends.", schema: schema_of::<ViewReport> })
            .by(post(views::rebuild)),
        Spec::get("/metrics", "metrics", "server")
            .about("What the server counts, as OpenMetrics text.")
            .answers(Answer::Other { about: "The counters.", media_type: "application/openmetrics-text" })
            .by(get(metrics::metrics)),
        Spec::get("/openapi.json", "openapi", "server")
            .about("This document.")
            .answers(Answer::Json { about: "The document.", schema: schema_of::<serde_json::Value> })
            .by(get(openapi::openapi)),
    ]
}

/// Every operation by its address: for the document, and for telling those who used another method.
#[derive(Debug)]
pub(super) struct Map {
    specs: Vec<Arc<Spec>>,
    /// Built when it is first asked for: a program that only appends has no use for it.
    document: OnceLock<Bytes>,
}

impl Map {
    pub(super) fn of(specs: Vec<Arc<Spec>>) -> Self {
        Self { specs, document: OnceLock::new() }
    }

    /// The API's description.
    pub(super) fn document(&self) -> Bytes {
        self.document.get_or_init(|| openapi::document(self.specs.iter().map(|spec| &**spec))).clone()
    }

    /// The methods that a request's address takes.
    pub(super) fn methods(&self, path: &str) -> String {
        let mut methods: Vec<&str> = self
            .specs
            .iter()
            .filter(|spec| fits(&spec.path, path))
            .map(|spec| spec.method.as_str())
            .collect();
        methods.sort_unstable();
        methods.dedup();
        if methods.contains(&"GET") {
            methods.insert(1, "HEAD");
        }
        methods.join(", ")
    }
}

fn fits(known: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    known.split('/').all(|known| parts.next().is_some_and(|part| known == part || known.starts_with('{')))
        && (known.ends_with("{tile}") || parts.next().is_none())
}
