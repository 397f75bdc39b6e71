//! The client's side of the protocol is checked in as compiled (`adapters/src/store/kurrent/client/proto/`), so that
//! the program needs no build script. This holds it to the protocol files; `SCRIBE_REGENERATE=1` writes it anew.

use std::fs;
use std::path::Path;

/// The calls that the client makes. All of gossip's are called `Read`, too.
const CALLS: [&str; 3] = ["Read", "Append", "GetSupportedMethods"];
/// What they are made of.
const MESSAGES: [&str; 13] = [
    "UUID",
    "Empty",
    "StreamIdentifier",
    "AllStreamPosition",
    "ReadReq",
    "ReadResp",
    "AppendReq",
    "AppendResp",
    "ClusterInfo",
    "EndPoint",
    "MemberInfo",
    "SupportedMethods",
    "SupportedMethod",
];

#[test]
fn the_clients_code_is_what_the_protocol_files_compile_to() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let checked_in = here.join("../../adapters/src/store/kurrent/client/proto");
    let files = ["streams.proto", "gossip.proto", "serverfeatures.proto"];
    let mut compiled = protox::compile(files, [here.join("protos")]).expect("the protocol files compile");
    compiled.file.retain(|file| file.package().starts_with("event_store.client"));
    for file in &mut compiled.file {
        file.message_type.retain(|message| MESSAGES.contains(&message.name()));
        file.dependency.retain(|name| name == "shared.proto");
        for service in &mut file.service {
            service.method.retain(|method| CALLS.contains(&method.name()));
        }
    }
    let generated = tempfile::tempdir().expect("a folder");
    tonic_build::configure()
        .build_server(false)
        .build_transport(false)
        .out_dir(generated.path())
        .compile_fds(compiled)
        .expect("the client's code is generated");
    let mut names: Vec<_> = fs::read_dir(generated.path())
        .expect("the generated files")
        .map(|entry| entry.expect("a file").file_name())
        .collect();
    names.sort();
    assert_eq!(names.len(), 4, "{names:?}");
    for name in names {
        let fresh = fs::read_to_string(generated.path().join(&name)).expect("what was generated");
        let kept = checked_in.join(&name);
        if std::env::var_os("SCRIBE_REGENERATE").is_some() {
            fs::write(&kept, &fresh).expect("it is written anew");
        }
        let kept = fs::read_to_string(&kept).unwrap_or_default();
        assert!(kept == fresh, "{} differs: run this with SCRIBE_REGENERATE=1", name.display());
    }
}
