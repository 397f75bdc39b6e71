//! Whether everybody does the same job: who does less would be faster for the wrong reason.

use std::fs;
use std::path::Path;

use super::Run;
use crate::drive::Open;
use crate::peer::{Contender, Said};
use crate::told;

/// Everybody is asked to; whoever does not is left out.
pub fn run(run: &mut Run) -> Result<(), String> {
    if run.results.is_done("the job") {
        return Ok(());
    }
    let dir = run.dir.join("job");
    for index in run.in_order(0) {
        let contender = &run.contenders[index];
        if let Err(why) = check(run, contender, &dir.join(contender.key)) {
            run.leave_out(index, &why);
        }
    }
    fs::remove_dir_all(&dir).map_err(|error| error.to_string())?;
    run.finish("the job")
}

fn check(run: &Run, contender: &Contender, dir: &Path) -> Said<()> {
    let open = Open::new(contender, dir, 0)?;
    // The program in Python is known to recognise no repeats; the table says so.
    let Open::Here { peer, .. } = open else { return Ok(()) };
    run.runtime.block_on(async {
        let incident = told::incident(0);
        let head = async |expected: u64, why: &str| match peer.head().await? {
            head if head == expected => Ok(()),
            head => Err(format!("{why}: {head} events instead of {expected}")),
        };
        let first = told::append(&incident, 0, 3);
        let taken = peer.append(first.clone(), 0).await?;
        if (taken.revision, taken.position) != (3, 3) {
            return Err(format!("three events came to {taken:?}"));
        }
        // It may answer a repeat with the first answer or with a refusal; it may not keep it again.
        let _ = peer.append(first, 0).await;
        head(3, "a repeated request").await?;
        if peer.append(told::append(&incident, 0, 1), 0).await.is_ok() {
            return Err("it took an append that another one had overtaken".to_owned());
        }
        head(3, "a refused append").await?;
        peer.append(told::append(&incident, 3, 2), 3).await?;
        peer.append(told::append(&told::incident(1), 0, 1), 0).await?;
        head(6, "two more appends").await?;
        let mut revisions = Vec::new();
        peer.typed_stream(&incident, &mut |recorded| revisions.push(recorded.revision.0)).await?;
        if revisions != [1, 2, 3, 4, 5] {
            return Err(format!("the incident's revisions are {revisions:?}"));
        }
        let mut positions = Vec::new();
        peer.typed(0, 6, &mut |recorded| positions.push(recorded.position.0)).await?;
        if positions != [1, 2, 3, 4, 5, 6] {
            return Err(format!("the record's positions are {positions:?}"));
        }
        Ok(())
    })
}
