//! Whether one order explains a history.
//!
//! In general that is a search; here the record itself tells the order of the appends. So an append took
//! effect at some moment, the moments follow each other in the record's order, and each answer says how many
//! appends had taken effect at some moment between its call and itself: at least `a` (append `a` took effect
//! before the answer) and at most `b` (append `b + 1` took effect after the call). That leaves for each
//! append an earliest and a latest moment, and the history is linearizable exactly if moments can be
//! chosen in order within them.

use std::collections::BTreeMap;

use super::history::{Acknowledgement, Answer, Asked, Call, History, Of, ReadEvent};

/// An append of the record.
struct Appended {
    command: u64,
    of: Of,
    /// The incident's revision before it.
    before: u64,
    taken: Acknowledgement,
    /// It took effect after this …
    after: u64,
    /// … and before this.
    until: u64,
}

/// How many appends had taken effect, at least and at most, counting from 0.
struct Range(usize, usize);

/// Says what no order explains.
pub(crate) fn check(history: &History) -> Result<(), String> {
    let mut appends = appends(&history.record)?;
    let places: BTreeMap<u64, usize> =
        appends.iter().enumerate().map(|(place, append)| (append.command, place)).collect();
    called(&mut appends, &places, &history.calls)?;
    for call in &history.calls {
        let range =
            seen_by(call, &appends, &places, &history.record).map_err(|what| format!("{what}: {call:?}"))?;
        let Some(Range(least, most)) = range else { return Err(format!("at no moment was it so: {call:?}")) };
        if least > 0 {
            appends[least - 1].until = appends[least - 1].until.min(call.ended);
        }
        if let Some(next) = appends.get_mut(most) {
            next.after = next.after.max(call.began);
        }
    }
    let mut reached = 0;
    for append in &appends {
        reached = reached.max(append.after);
        if reached >= append.until {
            return Err(format!(
                "the append at {} was seen at {}, before what must have come before it: {reached}",
                append.taken.position, append.until
            ));
        }
    }
    Ok(())
}

/// The record's appends, which must have no gaps and be whole.
fn appends(record: &[ReadEvent]) -> Result<Vec<Appended>, String> {
    let mut revisions: BTreeMap<Of, u64> = BTreeMap::new();
    let mut appends: Vec<Appended> = Vec::new();
    for (event, place) in record.iter().zip(1..) {
        let revision = revisions.entry(event.of).or_default();
        if (event.position, event.revision) != (place, *revision + 1) {
            return Err(format!("the record has a gap before {event:?}"));
        }
        *revision += 1;
        let taken_before = appends.iter().any(|append| append.command == event.command);
        match appends.last_mut() {
            Some(last) if last.command == event.command && last.of == event.of => {
                let count = last.taken.count + 1;
                last.taken = Acknowledgement {
                    revision: event.revision,
                    position: event.position,
                    count,
                    ..last.taken
                };
            }
            _ if taken_before => return Err(format!("a command was taken twice: {event:?}")),
            _ => appends.push(Appended {
                command: event.command,
                of: event.of,
                before: event.revision - 1,
                taken: Acknowledgement {
                    of: event.of,
                    revision: event.revision,
                    position: event.position,
                    count: 1,
                },
                after: u64::MAX,
                until: u64::MAX,
            }),
        }
    }
    Ok(appends)
}

/// An append took effect after the first call that asked for just it.
fn called(appends: &mut [Appended], places: &BTreeMap<u64, usize>, calls: &[Call]) -> Result<(), String> {
    for call in calls {
        let Asked::Append { of, expected, command, count } = call.asked else { continue };
        let Some(append) = places.get(&command).map(|place| &mut appends[*place]) else { continue };
        if (of, expected, count) == (append.of, append.before, append.taken.count) {
            append.after = append.after.min(call.began);
        }
    }
    match appends.iter().find(|append| append.after == u64::MAX) {
        Some(append) => Err(format!("nobody asked for the append at {}", append.taken.position)),
        None => Ok(()),
    }
}

/// How many appends had taken effect when a call was answered so.
fn seen_by(
    call: &Call,
    appends: &[Appended],
    places: &BTreeMap<u64, usize>,
    record: &[ReadEvent],
) -> Result<Option<Range>, String> {
    let all = appends.len();
    let while_at = |of: Of, holds: &dyn Fn(u64) -> bool, most: usize| {
        let mut revision = 0;
        let mut range = None;
        for state in 0..=most {
            if state > 0 && appends[state - 1].of == of {
                revision = appends[state - 1].taken.revision;
            }
            if holds(revision) {
                range = Some(Range(range.map_or(state, |Range(least, _)| least), state));
            }
        }
        range
    };
    let command = match call.asked {
        Asked::Append { command, .. } | Asked::Receipt { command } => places.get(&command).copied(),
        _ => None,
    };
    Ok(match (&call.asked, &call.answer) {
        (Asked::Append { .. } | Asked::Receipt { .. }, Answer::Acknowledged(taken)) => {
            let place = command.ok_or("acknowledged and lost")?;
            if *taken != appends[place].taken {
                return Err(format!("another receipt than {:?}", appends[place].taken));
            }
            Some(Range(place + 1, all))
        }
        (Asked::Append { of, expected, .. }, Answer::Conflict { actual }) => {
            if expected == actual {
                return Err("a conflict with what was expected".to_owned());
            }
            while_at(*of, &|revision| revision == *actual, command.unwrap_or(all))
        }
        (Asked::Receipt { .. }, Answer::NoReceipt) => Some(Range(0, command.unwrap_or(all))),
        (Asked::History { of, after }, Answer::Events(events)) => {
            let told = record.iter().filter(|event| event.of == *of && event.revision > *after);
            if !events.iter().eq(told.take(events.len())) {
                return Err("not what the record has".to_owned());
            }
            match events.last() {
                Some(last) => while_at(*of, &|revision| revision == last.revision, all),
                None => while_at(*of, &|revision| revision <= *after, all),
            }
        }
        (Asked::Read { after, limit }, Answer::Events(events)) => {
            let told = record.iter().filter(|event| event.position > *after);
            if !events.iter().eq(told.take(events.len())) {
                return Err("not what the record has".to_owned());
            }
            let end = |at: u64| appends.iter().take_while(|append| append.taken.position <= at).count();
            let reached = after + events.len() as u64;
            if events.len() as u64 == *limit {
                // There may have been more.
                let within = appends.iter().take_while(|append| append.taken.position < reached).count();
                Some(Range((within + 1).min(all), all))
            } else if events.is_empty() {
                Some(Range(0, end(*after)))
            } else {
                exactly(appends, reached)
            }
        }
        (Asked::Head, Answer::Head(head)) => exactly(appends, *head),
        _ => return Err("not an answer to that".to_owned()),
    })
}

/// The state whose last event is at a position.
fn exactly(appends: &[Appended], position: u64) -> Option<Range> {
    if position == 0 {
        return Some(Range(0, 0));
    }
    let place = appends.iter().position(|append| append.taken.position == position)?;
    Some(Range(place + 1, place + 1))
}
