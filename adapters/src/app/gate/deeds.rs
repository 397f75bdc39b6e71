//! Everything that writes.

use scribe_domain::account::Account;
use scribe_domain::command::Request;
use scribe_domain::event_store::{Receipt, StoreError};
use scribe_domain::execute::ExecuteError;
use scribe_domain::ids::Revision;

use super::rights::{GateError, Sight};
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
    /// The account of whom an integration speaks for, if it names one.
    pub account: Option<Account>,
}

impl Deed for Perform {
    type Answer = Receipt;
    type Error = ExecuteError;

    fn scope(&self) -> Scope {
        self.request.command.scope()
    }

    async fn carry_out(
        self,
        app: &App,
        caller: &Caller,
        sight: &Sight,
    ) -> Result<Receipt, GateError<ExecuteError>> {
        let Self { mut request, insist_on, account } = self;
        let speaker = app.speaker(caller, request.cause.actor, account).await?;
        request.cause.actor = speaker.actor;
        request.cause.origin = speaker.origin;
        Ok(app.execute(request, insist_on, sight).await?)
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

    async fn carry_out(
        self,
        app: &App,
        caller: &Caller,
        sight: &Sight,
    ) -> Result<DeliveryReport, GateError<ReceiveError>> {
        caller.rights.must_deliver_for(&self.vendor.label()).map_err(GateError::NotAllowed)?;
        let report =
            app.receive(self.vendor, self.body, caller.rights.identity(), &|id| sight.shows(id)).await?;
        // It may have declared what is private from its first moment.
        let sight = app.sight(&caller.rights).await.map_err(ReceiveError::from)?;
        Ok(report.shown_to(&|id| sight.shows(id)))
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

    async fn carry_out(
        self,
        app: &App,
        _: &Caller,
        _: &Sight,
    ) -> Result<ImportReport, GateError<TransferError>> {
        Ok(import(app.store(), self.lines, self.dry_run, app.now()).await?)
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

    async fn carry_out(
        self,
        app: &App,
        _: &Caller,
        _: &Sight,
    ) -> Result<RestoreReport, GateError<TransferError>> {
        Ok(app.restore_export(self.export).await?)
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

    async fn carry_out(self, app: &App, _: &Caller, _: &Sight) -> Result<String, GateError<LedgerError>> {
        Ok(app.ledger().change_key(app.store()).await?)
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
    type Error = StoreError;

    fn scope(&self) -> Scope {
        Scope::Admin
    }

    async fn carry_out(
        self,
        app: &App,
        _: &Caller,
        _: &Sight,
    ) -> Result<Option<ViewReport>, GateError<StoreError>> {
        Ok(app.rebuild(self.view))
    }
}
