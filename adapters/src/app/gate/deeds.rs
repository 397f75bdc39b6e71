//! Everything that writes.

use scribe_domain::command::Request;
use scribe_domain::event_store::Receipt;
use scribe_domain::execute::ExecuteError;
use scribe_domain::ids::Revision;

use super::{App, Caller, Deed, Scope};
use crate::app::{DeliveryReport, ReceiveError, ViewReport};
use crate::inbound::vendor::VendorEntry;
use crate::ledger::LedgerError;
use crate::transfer::{ImportReport, RestoreReport, TransferError, import};

/// A command, erasures among them.
#[derive(Debug, Clone)]
pub struct Perform {
    /// The command with what came with it.
    pub request: Request,
    /// The revision at which the incident must be, if the caller insists on one.
    pub insist_on: Option<Revision>,
}

impl Deed for Perform {
    type Answer = Receipt;
    type Error = ExecuteError;

    fn scope(&self) -> Scope {
        self.request.command.scope()
    }

    async fn carry_out(self, app: &App, _: &Caller) -> Result<Receipt, ExecuteError> {
        app.execute(self.request, self.insist_on).await
    }
}

/// Taking a delivery of another tool. What rules of the settings declare, whoever wrote them allows.
#[derive(Debug, Clone, Copy)]
pub struct Receive<'a> {
    /// Which tool.
    pub vendor: &'static VendorEntry,
    /// What it sent.
    pub body: &'a str,
}

impl Deed for Receive<'_> {
    type Answer = DeliveryReport;
    type Error = ReceiveError;

    fn scope(&self) -> Scope {
        Scope::Append
    }

    async fn carry_out(self, app: &App, _: &Caller) -> Result<DeliveryReport, ReceiveError> {
        app.receive(self.vendor, self.body).await
    }
}

/// Adding a history that was told elsewhere, each incident of it as a whole or not at all.
#[derive(Debug, Clone, Copy)]
pub struct Import<'a> {
    /// Told events, one a line.
    pub lines: &'a str,
    /// Whether only to say what would be added.
    pub dry_run: bool,
}

impl Deed for Import<'_> {
    type Answer = ImportReport;
    type Error = TransferError;

    fn scope(&self) -> Scope {
        Scope::Admin
    }

    async fn carry_out(self, app: &App, _: &Caller) -> Result<ImportReport, TransferError> {
        import(app.store(), self.lines, self.dry_run, app.now()).await
    }
}

/// Taking an export over, into an empty record or one that it continues.
#[derive(Debug, Clone, Copy)]
pub struct Restore<'a> {
    /// The export.
    pub export: &'a str,
}

impl Deed for Restore<'_> {
    type Answer = RestoreReport;
    type Error = TransferError;

    fn scope(&self) -> Scope {
        Scope::Admin
    }

    async fn carry_out(self, app: &App, _: &Caller) -> Result<RestoreReport, TransferError> {
        app.restore_export(self.export).await
    }
}

/// Signing with a new key from here on; answers the checkpoint that says so.
#[derive(Debug, Clone, Copy)]
pub struct ChangeKey;

impl Deed for ChangeKey {
    type Answer = String;
    type Error = LedgerError;

    fn scope(&self) -> Scope {
        Scope::Admin
    }

    async fn carry_out(self, app: &App, _: &Caller) -> Result<String, LedgerError> {
        app.ledger().change_key(app.store()).await
    }
}

/// Building a view from nothing beside the one that serves; `None` if there is no such view.
#[derive(Debug, Clone, Copy)]
pub struct RebuildView<'a> {
    /// Its name.
    pub view: &'a str,
}

impl Deed for RebuildView<'_> {
    type Answer = Option<ViewReport>;
    type Error = std::convert::Infallible;

    fn scope(&self) -> Scope {
        Scope::Admin
    }

    async fn carry_out(self, app: &App, _: &Caller) -> Result<Option<ViewReport>, Self::Error> {
        Ok(app.rebuild(self.view))
    }
}
