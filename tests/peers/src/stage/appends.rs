//! Durable appends: short cells by turns, the bare disk asked before and after each.

use std::fs;

use super::{Run, SHAPES};
use crate::drive::{Open, Shape};
use crate::probe::Disk;
use crate::results::AppendCell;

/// All shapes.
pub fn run(run: &mut Run) -> Result<(), String> {
    for shape in SHAPES {
        let part = format!("appends {shape}");
        if !run.results.is_done(&part) {
            crate::say(&part);
            one(run, shape)?;
            run.finish(&part)?;
        }
    }
    Ok(())
}

fn one(run: &mut Run, shape: Shape) -> Result<(), String> {
    let dir = run.dir.join("appends");
    fs::create_dir_all(&dir).map_err(|error| error.to_string())?;
    run.results.appends.retain(|cell| cell.shape != shape);
    let mut stores: Vec<Option<Open>> = run.contenders.iter().map(|_| None).collect();
    for index in run.in_order(0) {
        let contender = &run.contenders[index];
        let opened = Open::new(contender, &dir.join(contender.key), 0).and_then(|mut open| {
            // The first appends found files and fill caches.
            open.append(&run.runtime, shape, run.pace.cell / 2).map(|_| open)
        });
        match opened {
            Ok(open) => stores[index] = Some(open),
            Err(why) => run.leave_out(index, &why),
        }
    }
    let mut disk = Disk::new(&dir, shape.events).map_err(|error| error.to_string())?;
    for round in 0..run.pace.rounds {
        run.settle();
        let mut before = disk.ask(run.pace.probe).map_err(|error| error.to_string())?;
        for index in run.in_order(round) {
            let Some(open) = &mut stores[index] else { continue };
            let done = open.append(&run.runtime, shape, run.pace.cell);
            run.settle();
            let after = disk.ask(run.pace.probe).map_err(|error| error.to_string())?;
            match done {
                Ok(done) => run.results.appends.push(AppendCell {
                    peer: run.contenders[index].key.to_owned(),
                    shape,
                    round,
                    done,
                    bare: before.between(after),
                }),
                Err(why) => {
                    stores[index] = None;
                    run.leave_out(index, &why);
                }
            }
            before = after;
        }
    }
    drop(stores);
    fs::remove_dir_all(&dir).map_err(|error| error.to_string())
}
