//! The stand-in as a program: prints its connection string, obeys the lines of its input, ends with it.

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Duration;

use scribe_protocol_server::{Cluster, Ending, Lag, Login, Positions, Proposed, Settings};

const HELP: &str =
    "protocol-server: a stand-in for an EventStoreDB/KurrentDB cluster, in memory and on loopback

  --like VERSION    23.10.8 or 26.1.0, of which there are recordings (26.1.0 unless SCRIBE_TEST_LIKE says otherwise)
  --port N          the port of the first node (any free one unless told)
  --nodes N         1 or 3 nodes
  --tls FILE        encrypt; the certificate of the authority is written to FILE
  --login U:P       let only this administrator read and write
  --user U:P        and this user, though not the whole log
  --max-append-size BYTES, --max-append-event-size BYTES
  --shared-commit   give the events of one append one commit position, as old servers did

Its first line is what clients connect to. Then it reads commands, one a line, and answers each with a line:
  kill N | restart N | elect N | elect-slowly N WITHHELD MILLISECONDS | silence N | unsilence N
  lag N none|held|MILLISECONDS | slow-index MILLISECONDS | end-subscriptions N | reset N
  set-clock SECONDS | freeze-gossip | thaw-gossip | empty | restore RECORDS | recorded | figures N
  soft-delete STREAM | tombstone STREAM | truncate-before STREAM REVISION | write-run STREAM COUNT | system-events";

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    let told: Vec<String> = std::env::args().skip(1).collect();
    // Everything else is told of a server of some version.
    let version = told.iter().position(|argument| argument == "--like").and_then(|at| told.get(at + 1));
    let settings = version.map(|version| version.parse().map(Settings::like)).transpose()?;
    let (mut nodes, mut settings, mut authority) = (1, settings.unwrap_or_default(), None);
    let mut arguments = told.into_iter();
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
            "--like" => {}
            "--max-append-size" => settings.largest_append = value.parse()?,
            "--max-append-event-size" => settings.largest_event = Some(value.parse()?),
            "--port" => settings.port = value.parse()?,
            "--nodes" => nodes = value.parse()?,
            "--tls" => {
                settings.tls = true;
                authority = Some(value);
            }
            "--login" => settings.login = Some(login(&value)?),
            "--user" => settings.users.push(login(&value)?),
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

fn login(text: &str) -> Result<Login, Box<dyn Error>> {
    let (user, password) = text.split_once(':').ok_or("a login is USER:PASSWORD")?;
    Ok(Login { user: user.to_owned(), password: password.to_owned() })
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
        ["elect-slowly", at, withheld, time] => {
            let time = Duration::from_millis(time.parse()?);
            cluster.elect_slowly(node(at)?, withheld.parse()?, time).map_err(|why| format!("{why:?}"))?;
        }
        ["silence", at] => cluster.silence(node(at)?),
        ["unsilence", at] => cluster.unsilence(node(at)?),
        ["slow-index", time] => cluster.slow_index(Duration::from_millis(time.parse()?)),
        ["empty"] => cluster.empty(),
        ["restore", len] => cluster.restore_to(len.parse()?),
        ["recorded"] => return Ok(cluster.recorded().to_string()),
        ["soft-delete", stream] => cluster.soft_delete(stream),
        ["tombstone", stream] => cluster.tombstone(stream),
        ["truncate-before", stream, revision] => cluster.truncate_before(stream, revision.parse()?),
        ["write-run", stream, count] => {
            cluster.write_run(stream, Proposed::json("noted", "{}"), count.parse()?);
        }
        ["end-subscriptions", at] => cluster.end_subscriptions(node(at)?, Ending::Ok),
        ["reset", at] => cluster.reset_connections(node(at)?),
        ["set-clock", ahead] => cluster.set_clock(ahead.parse()?),
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
