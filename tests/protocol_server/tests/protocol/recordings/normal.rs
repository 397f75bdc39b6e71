//! What of a recording can be compared.

use serde_json::{Map, Value, json};

/// The trailers by which clients know refusals.
const TRAILERS: [&str; 4] = ["exception", "stream-name", "leader-endpoint-host", "leader-endpoint-port"];

/// Lines without what differs from run to run.
pub(crate) fn form(lines: &[Value]) -> Vec<Value> {
    let leader =
        lines.iter().find_map(|line| line["leader"].as_str()?.rsplit_once(':')).map(|(_, port)| port);
    let mut form = Form { leader, told: Vec::new(), last: Value::Null, positions: Vec::new() };
    for line in lines {
        form.take(line);
    }
    // What was sent at once is answered by and by: of the two calls either may come first.
    let at_once = |line: &Value| line["asked"].as_str().is_some_and(|asked| asked.contains("sent at once"));
    form.told.sort_by_key(|line| if at_once(line) { (0, line.to_string()) } else { (1, String::new()) });
    form.told
}

struct Form<'a> {
    leader: Option<&'a str>,
    told: Vec<Value>,
    /// The place of the last event that was told.
    last: Value,
    /// The positions in answers, each told by which it is.
    positions: Vec<Value>,
}

impl Form<'_> {
    fn take(&mut self, line: &Value) {
        let mut told = Map::new();
        for (key, value) in line.as_object().unwrap() {
            let value = match key.as_str() {
                // The client's own way to say how a call of its ended is an error already.
                "ms" | "status" => continue,
                "leader" => json!("somebody"),
                "checkpoint" => self.checkpoint(value),
                "events" => self.events(value),
                "error" => self.error(value),
                "answer" => self.answer(value),
                "gossip" => gossip(value),
                "read" if value.is_object() => self.read(value),
                "read" => json!(numbered(value)),
                "first_failure" => {
                    // The words behind the code are the client's, with the server's address.
                    let words = value[0].as_str().unwrap();
                    json!([words.split(' ').take(2).collect::<Vec<_>>().join(" "), value[1]])
                }
                _ => value.clone(),
            };
            told.insert(key.clone(), value);
        }
        // Behind a subscription that was cut off nobody listens.
        if told.is_empty() {
            return;
        }
        self.told.push(Value::Object(told));
    }

    /// Where it stands: at no event, at the one that was just told, or at one that nobody was told.
    fn checkpoint(&self, at: &Value) -> Value {
        match at {
            at if at[1] == 0 => json!("at no event"),
            at if *at == self.last => json!("at the event just told"),
            at if at[0] == at[1] => json!("at another event"),
            _ => json!("nowhere"),
        }
    }

    fn events(&mut self, run: &Value) -> Value {
        self.last = run["last"].clone();
        json!({ "stream": run["stream"], "from": run["from"], "to": run["to"], "count": run["count"] })
    }

    fn error(&mut self, error: &Value) -> Value {
        let mut trailers = Map::new();
        for (key, value) in error["trailers"].as_object().into_iter().flatten() {
            if TRAILERS.contains(&key.as_str()) {
                let leads = key == "leader-endpoint-port" && value.as_str() == self.leader;
                trailers.insert(key.clone(), if leads { json!("the leader's") } else { value.clone() });
            }
        }
        let details = error["details"].as_str().unwrap_or_default();
        if details.contains("too slow") {
            self.some_of_the_last();
        }
        // A client that finds nobody there says so in its own words.
        let own = details.starts_with("No connection established");
        json!({
            "code": error["code"],
            "details": if own { "nobody to talk to" } else { details },
            "trailers": trailers,
        })
    }

    /// How many events a subscription gets that is then ended depends on what lay between the two, on their speed and
    /// the size of events: 429 of 1,200 and 426 of 9,000 were recorded. So it is told only that they were some.
    fn some_of_the_last(&mut self) {
        let events = self.told.last_mut().and_then(|line| line.get_mut("events")).unwrap();
        let count = events["count"].as_u64().unwrap();
        assert!((33..1_100).contains(&count), "all of them or next to none: {events}");
        events["to"] = json!("somewhere before the end");
        events["count"] = json!("some");
    }

    fn answer(&mut self, answer: &Value) -> Value {
        let mut answer = answer.clone();
        if let Some(position) = answer.get_mut("position") {
            let known = self.positions.iter().position(|known| known == position);
            let which = known.unwrap_or_else(|| {
                self.positions.push(position.clone());
                self.positions.len() - 1
            });
            *position = json!(which);
        }
        answer
    }

    fn read(&mut self, read: &Value) -> Value {
        let mut read = read.clone();
        if let Some(error) = read.get("error").cloned() {
            read["error"] = self.error(&error);
        }
        read
    }
}

/// In the order in which a node tells them; the ports are any.
fn gossip(members: &Value) -> Value {
    members
        .as_array()
        .unwrap()
        .iter()
        .map(|told| json!({ "state": told["state"], "alive": told["alive"] }))
        .collect()
}

/// The client that recorded them had no word for the number 0.
fn numbered(read: &Value) -> Vec<String> {
    read.as_array().unwrap().iter().map(|told| told.as_str().unwrap().replace("undefined", "0")).collect()
}
