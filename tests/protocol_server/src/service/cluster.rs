//! What a client asks before it asks for events: the server's features, and who is in the cluster.

use tonic::{Request, Response, Status};

use super::{Node, uuid_to};
use crate::asked::Asked;
use crate::elect::{GossipEntry, Role};
use crate::faults::Call;
use crate::proto::event_store::client::Empty;
use crate::proto::event_store::client::gossip::gossip_server::Gossip;
use crate::proto::event_store::client::gossip::member_info::VNodeState;
use crate::proto::event_store::client::gossip::{ClusterInfo, EndPoint, MemberInfo};
use crate::proto::event_store::client::server_features::server_features_server::ServerFeatures;
use crate::proto::event_store::client::server_features::{SupportedMethod, SupportedMethods};

#[tonic::async_trait]
impl ServerFeatures for Node {
    async fn get_supported_methods(
        &self,
        request: Request<Empty>,
    ) -> Result<Response<SupportedMethods>, Status> {
        Asked::of(&request).meet(self, Call::Features).await?;
        let streams = "event_store.client.streams.streams";
        let gossip = "event_store.client.gossip.gossip";
        let features = "event_store.client.server_features.serverfeatures";
        // Names in small letters, as the real server tells them.
        let mut named = vec![
            ("read", streams),
            ("append", streams),
            ("delete", streams),
            ("tombstone", streams),
            ("batchappend", streams),
            ("read", gossip),
            ("getsupportedmethods", features),
        ];
        named.retain(|(method, _)| *method != "batchappend" || self.shared.settings.batch_append);
        let method = |(method, service): (&str, &str)| SupportedMethod {
            method_name: method.to_owned(),
            service_name: service.to_owned(),
            features: match method {
                "read" if service == streams => vec!["position".to_owned(), "events".to_owned()],
                "batchappend" => vec!["deadline_duration".to_owned()],
                _ => Vec::new(),
            },
        };
        let methods = named.into_iter().map(method).collect();
        let event_store_server_version = self.shared.settings.version.clone();
        Ok(Response::new(SupportedMethods { methods, event_store_server_version }))
    }
}

#[tonic::async_trait]
impl Gossip for Node {
    async fn read(&self, request: Request<Empty>) -> Result<Response<ClusterInfo>, Status> {
        Asked::of(&request).meet(self, Call::Gossip).await?;
        let time_stamp = i64::try_from(self.shared.clock.ticks()).unwrap_or(0);
        let member = |told: GossipEntry| MemberInfo {
            instance_id: Some(uuid_to(told.id, false)),
            time_stamp,
            state: match told.role {
                Role::Leader => VNodeState::Leader,
                Role::PreLeader => VNodeState::PreLeader,
                Role::Follower => VNodeState::Follower,
                Role::Unknown => VNodeState::Unknown,
            }
            .into(),
            is_alive: told.alive,
            http_end_point: Some(EndPoint {
                address: self.shared.settings.host.clone(),
                port: u32::from(told.port),
            }),
        };
        let members = self.shared.lock().gossip().into_iter().map(member).collect();
        Ok(Response::new(ClusterInfo { members }))
    }
}
