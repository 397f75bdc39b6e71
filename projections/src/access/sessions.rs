//! Who signed in, by what, and until when.

use chrono::{DateTime, Utc};
use scribe_domain::actor::Person;
use scribe_domain::identity::Identity;
use scribe_domain::scope::Scope;
use scribe_domain::text::Label;
use serde::Serialize;

use super::AccessView;
use crate::document::time::moment;
use crate::document::{Block, Document, Style, View, dim, plain, strong};

/// Who signed in, the last one first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct SessionList {
    /// The sessions.
    pub sessions: Vec<SessionRow>,
}

/// A session, without its secret, which is kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct SessionRow {
    /// Its id.
    pub session: Label,
    /// Who signed in.
    pub who: Person,
    /// By what it was known who they are.
    pub by: Identity,
    /// What it lets through.
    pub scopes: Vec<Scope>,
    /// When it began.
    pub began: DateTime<Utc>,
    /// When it ends whatever happens.
    pub until: DateTime<Utc>,
    /// When it was ended, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<DateTime<Utc>>,
}

impl AccessView {
    /// Who signed in, the last one first.
    pub fn sessions(&self) -> SessionList {
        let mut sessions: Vec<SessionRow> = self
            .access
            .sessions
            .iter()
            .map(|session| SessionRow {
                session: session.began.session.clone(),
                who: session.began.who.clone(),
                by: session.began.by.clone(),
                scopes: session.began.scopes.clone(),
                began: session.at,
                until: session.began.until,
                ended: session.ended,
            })
            .collect();
        sessions.sort_by_key(|row| std::cmp::Reverse(row.began));
        SessionList { sessions }
    }
}

impl View for SessionList {
    fn document(&self, style: &Style) -> Document {
        let row = |row: &SessionRow| {
            let end = match row.ended {
                Some(at) => format!("ended {}", moment(at, style)),
                None => format!("until {} at most", moment(row.until, style)),
            };
            let who = vec![strong(&row.who), plain(format!(" by {}\n", row.by)), dim(end)];
            vec![vec![plain(moment(row.began, style))], who, vec![plain(&row.session)]]
        };
        let rows: Vec<_> = self.sessions.iter().map(row).collect();
        let list = if rows.is_empty() {
            Block::Paragraph(vec![plain("nobody signed in yet")])
        } else {
            let header = ["Since", "Who signed in", "Session"].map(str::to_owned).to_vec();
            Block::Table { header, rows }
        };
        let zone = Block::Paragraph(vec![dim(format!("times in {}", style.zone))]);
        Document { title: "Sessions".to_owned(), blocks: vec![zone, list] }
    }
}
