//! `scribe describe`.

use clap::Args;
use scribe_domain::event::words::{ComponentStatus, PageDescribed};
use scribe_domain::text::Title;
use scribe_domain::values::Tier;

use super::update::component;
use crate::cli::common::arguments::word;
use crate::cli::common::command::IncidentCommand;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::Failure;

/// Say what a page tells of the incident apart from its updates; what is left out stays as it is.
#[derive(Debug, Clone, Args)]
pub(super) struct DescribeArgs {
    /// What it is about, for whoever reads nothing else on that page
    #[arg(value_name = "SUMMARY")]
    summary: Option<String>,
    /// Whose status page
    #[arg(long, value_parser = word!(Tier))]
    audience: Tier,
    /// What the incident is called there from here on
    #[arg(long)]
    title: Option<Title>,
    /// How a component fares, such as "List imports=degraded_performance"; may be given several times
    #[arg(long = "component", value_name = "NAME=STATE", value_parser = component)]
    components: Vec<ComponentStatus>,
}

impl IncidentCommand for DescribeArgs {
    type Payload = PageDescribed;
    fn payload(self, desk: &Desk) -> Result<PageDescribed, Failure> {
        Ok(PageDescribed {
            audience: self.audience,
            title: self.title,
            summary: desk.some_text("the summary", self.summary.as_deref())?,
            components: self.components,
        })
    }
}
