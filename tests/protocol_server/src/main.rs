//! The stand-in as a program: prints its connection string, obeys the lines of its input, ends with it.

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Duration;

use scribe_protocol_server::{Cluster, Ending, Lag, Login, Positions, Proposed, Settings};

const HELP: &str =
    "protocol-server: a stand-in for an EventStoreDB/KurrentDB cluster, in memory and on loopback

  --port N          the port of the first node (any free one unless told)
  --nodes N         1 or 3 nodes
  --tls FILE        encrypt; the certificate of the authority is written to FILE
  --login U:P       let only this user read and write
  --shared-commit   give the events of one append one commit position, as old servers did

Its first line is what clients connect to. Then it reads commands, one a line, and answers each with a line:
  kill N | restart N | elect N | lag N none|held|MILLISECONDS
  end-subscriptions N | reset N | freeze-gossip | thaw-gossip | system-events | figures N";

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    let (mut nodes, mut settings, mut authority) = (1, Settings::default(), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" => return Ok(writeln!(out, "{HELP}")?),
            "--shared-commit" => {
                settings.positions = Positions::SharedCommit;
                continue;
            }
            _ => {}
        }
        let value = arguments.next().ok_or_else(|| format!("{argument} needs a value"))?;
        match argument.as_str() {
            "--port" => settings.port = value.parse()?,
            "--nodes" => nodes = value.parse()?,
            "--tls" => {
                settings.tls = true;
                authority = Some(value);
            }
            "--login" => {
                let (user, password) = value.split_once(':').ok_or("a login is USER:PASSWORD")?;
                settings.login = Some(Login { user: user.to_owned(), password: password.to_owned() });
            }
            other => return Err(format!("unknown option {other}; --help tells those that are known").into()),
        }
    }
    let cluster = Cluster::with(nodes, settings)?;
    if let Some((file, pem)) = authority.zip(cluster.authority()) {
        std::fs::write(file, pem)?;
    }
    writeln!(out, "{}", cluster.connection_string())?;
    out.flush()?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        match obey(&cluster, &words) {
            Ok(answer) => writeln!(out, "{answer}")?,
            Err(error) => writeln!(out, "error: {error}")?,
        }
        out.flush()?;
    }
    Ok(())
}

fn obey(cluster: &Cluster, words: &[&str]) -> Result<String, Box<dyn Error>> {
    let node = |text: &str| -> Result<usize, Box<dyn Error>> {
        let node: usize = text.parse()?;
        if node < cluster.nodes() { Ok(node) } else { Err("there is no such node".into()) }
    };
    match words {
        ["kill", at] => cluster.kill(node(at)?),
        ["restart", at] => cluster.restart(node(at)?)?,
        ["elect", at] => cluster.elect(node(at)?).map_err(|why| format!("{why:?}"))?,
        ["lag", at, "none"] => cluster.lag(node(at)?, Lag::None),
        ["lag", at, "held"] => cluster.lag(node(at)?, Lag::Held),
        ["lag", at, time] => cluster.lag(node(at)?, Lag::By(Duration::from_millis(time.parse()?))),
        ["end-subscriptions", at] => cluster.end_subscriptions(node(at)?, Ending::Ok),
        ["reset", at] => cluster.reset_connections(node(at)?),
        ["freeze-gossip"] => cluster.freeze_gossip(true),
        ["thaw-gossip"] => cluster.freeze_gossip(false),
        ["system-events"] => {
            cluster.write("$settings", vec![Proposed::json("settings", "{}")]);
            cluster.write("$stats-127.0.0.1:2113", vec![Proposed::json("$statsCollected", "{}")]);
            cluster.write("$$somebody-elses", vec![Proposed::json("$metadata", r#"{"$maxCount":9}"#)]);
        }
        ["figures", at] => return Ok(format!("{:?}", cluster.figures(node(at)?))),
        _ => return Err("unknown command; --help tells those that are known".into()),
    }
    Ok("ok".to_owned())
}
