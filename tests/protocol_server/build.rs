//! Compiles the vendor's protocol files, without `protoc`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=protos");
    let files = ["streams.proto", "gossip.proto", "serverfeatures.proto"];
    let descriptors = protox::compile(files, ["protos"])?;
    // The client's side is for the tests that replay what real servers answered.
    tonic_build::configure().compile_fds(descriptors)?;
    Ok(())
}
