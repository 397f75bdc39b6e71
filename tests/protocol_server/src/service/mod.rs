//! The gRPC services of one node.

pub(crate) mod append;
pub(crate) mod batch;
pub(crate) mod cluster;
pub(crate) mod feed;
pub(crate) mod read;
pub(crate) mod remove;
pub(crate) mod subscribe;

use std::pin::Pin;
use std::sync::Arc;

use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use crate::asked::Asked;
use crate::faults::{Call, Plan};
use crate::figures::Figures;
use crate::proto::event_store::client as wire;
use crate::state::Shared;
use wire::streams::streams_server::Streams;
use wire::streams::{
    AppendReq, AppendResp, BatchAppendReq, BatchAppendResp, DeleteReq, DeleteResp, ReadReq, ReadResp,
    TombstoneReq, TombstoneResp,
};

/// A node as its services see it.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) shared: Arc<Shared>,
    pub(crate) figures: Arc<Figures>,
    pub(crate) plan: Arc<Plan>,
    pub(crate) at: usize,
    pub(crate) life: u64,
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl Streams for Node {
    type ReadStream = Answers<ReadResp>;
    type BatchAppendStream = Answers<BatchAppendResp>;

    async fn read(&self, request: Request<ReadReq>) -> Result<Response<Self::ReadStream>, Status> {
        let asked = Asked::of(&request);
        read::read(self, asked, request.into_inner()).await.map(Response::new)
    }

    async fn append(&self, request: Request<Streaming<AppendReq>>) -> Result<Response<AppendResp>, Status> {
        let asked = Asked::of(&request);
        let fault = asked.meet(self, Call::Append).await?;
        let answer = asked.within(append::append(self, &asked, request.into_inner())).await?;
        asked.meet_after(fault.as_ref()).await?;
        Ok(Response::new(append::misshaped(answer, fault.as_ref())))
    }

    async fn delete(&self, request: Request<DeleteReq>) -> Result<Response<DeleteResp>, Status> {
        let asked = Asked::of(&request);
        let fault = asked.meet(self, Call::Delete).await?;
        let answer = asked.within(remove::delete(self, &asked, request.into_inner())).await?;
        asked.meet_after(fault.as_ref()).await?;
        Ok(Response::new(answer))
    }

    async fn tombstone(&self, request: Request<TombstoneReq>) -> Result<Response<TombstoneResp>, Status> {
        let asked = Asked::of(&request);
        let fault = asked.meet(self, Call::Tombstone).await?;
        let answer = asked.within(remove::tombstone(self, &asked, request.into_inner())).await?;
        asked.meet_after(fault.as_ref()).await?;
        Ok(Response::new(answer))
    }

    async fn batch_append(
        &self,
        request: Request<Streaming<BatchAppendReq>>,
    ) -> Result<Response<Self::BatchAppendStream>, Status> {
        let asked = Asked::of(&request);
        Ok(Response::new(batch::batch(self.clone(), asked, request.into_inner())))
    }
}

/// An id in either of its two forms on the wire.
fn uuid_from(id: Option<wire::Uuid>) -> Option<Uuid> {
    match id?.value? {
        wire::uuid::Value::String(text) => text.parse().ok(),
        wire::uuid::Value::Structured(halves) => {
            let (high, low) = (halves.most_significant_bits, halves.least_significant_bits);
            Some(Uuid::from_u64_pair(high.cast_unsigned(), low.cast_unsigned()))
        }
    }
}

fn uuid_to(id: Uuid, as_text: bool) -> wire::Uuid {
    let value = if as_text {
        wire::uuid::Value::String(id.to_string())
    } else {
        let (high, low) = id.as_u64_pair();
        let (most_significant_bits, least_significant_bits) = (high.cast_signed(), low.cast_signed());
        wire::uuid::Value::Structured(wire::uuid::Structured {
            most_significant_bits,
            least_significant_bits,
        })
    };
    wire::Uuid { value: Some(value) }
}

fn stream_name(identifier: Option<wire::StreamIdentifier>) -> Result<String, Status> {
    let name = identifier.map(|identifier| identifier.stream_name).unwrap_or_default();
    let name = String::from_utf8_lossy(&name).into_owned();
    if name.is_empty() { Err(crate::refuse::unforeseen()) } else { Ok(name) }
}
