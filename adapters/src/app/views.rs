//! The views of the whole record that are kept in memory.

use scribe_domain::event_store::StoreError;
use scribe_projections::actions::Actions;
use scribe_projections::current::Board;
use scribe_projections::holds::Holds;
use scribe_projections::runs::Runs;
use scribe_projections::status_page::StatusPages;

use super::{App, Live};
use crate::inbound::alertmanager::known::KnownAlerts;

/// The views of the whole record.
#[derive(Debug, Default)]
pub struct Views {
    /// Every incident as it stands.
    pub board: Live<Board>,
    /// What each audience was told.
    pub pages: Live<StatusPages>,
    /// Who ran what.
    pub runs: Live<Runs>,
    /// What somebody should ask about.
    pub actions: Live<Actions>,
    /// Whether deploys are held.
    pub holds: Live<Holds>,
    /// Which incidents hold which alerts.
    pub alerts: Live<KnownAlerts>,
}

impl App {
    /// The views of the whole record; each catches up with it when it is looked at.
    pub fn views(&self) -> &Views {
        &self.0.views
    }

    /// Builds the views, so that nobody's request waits for it.
    pub async fn warm(&self) -> Result<(), StoreError> {
        let views = self.views();
        drop(views.board.look(self.store()).await?);
        drop(views.pages.look(self.store()).await?);
        drop(views.runs.look(self.store()).await?);
        drop(views.actions.look(self.store()).await?);
        drop(views.holds.look(self.store()).await?);
        drop(views.alerts.look(self.store()).await?);
        self.0.warm.send_replace(true);
        Ok(())
    }
}
