//! The stand-in as a program: prints its connection string and serves until its input ends.

use std::error::Error;
use std::io::{BufRead, Write};

use scribe_protocol_server::{Cluster, Settings};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut nodes, mut settings) = (1, Settings::default());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{argument} needs a value"))?;
        match argument.as_str() {
            "--port" => settings.port = value.parse()?,
            "--nodes" => nodes = value.parse()?,
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    let cluster = Cluster::with(nodes, settings)?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", cluster.connection_string())?;
    out.flush()?;
    for line in std::io::stdin().lock().lines() {
        let _ = line?;
    }
    Ok(())
}
