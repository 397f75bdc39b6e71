use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn header(version: u32) -> Header {
    Header { view: "runs".into(), version, position: Position(7), root: Digest::of(b"root") }
}

fn read(snapshots: &Snapshots) -> Result<Option<(Header, Vec<u32>)>, Unusable> {
    snapshots.read("runs", 1)
}

fn files(snapshots: &Snapshots) -> Vec<String> {
    let names = fs::read_dir(&snapshots.folder).unwrap();
    let mut names: Vec<_> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).filter(|n| n != TURN).collect();
    names.sort();
    names
}

#[test]
fn what_is_written_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::of(dir.path());
    assert!(read(&snapshots).unwrap().is_none());
    assert!(!snapshots.folder.exists(), "looking makes nothing");
    let bytes = snapshots.turn().unwrap().write(&header(1), &[1, 2, 3]).unwrap();
    assert_eq!(read(&snapshots).unwrap(), Some((header(1), vec![1, 2, 3])));
    let file = fs::metadata(snapshots.folder.join("runs-v1.json")).unwrap();
    assert_eq!((file.len(), file.permissions().mode() & 0o777), (bytes, 0o600));
    // As anybody can check it.
    let text = fs::read_to_string(snapshots.folder.join("runs-v1.json")).unwrap();
    let (told, footer) = text.split_at(text.len() - FOOTER);
    assert_eq!(Digest::of(told.as_bytes()).to_string(), format!("sha256:{}", footer.trim()));
}

#[test]
fn any_flipped_bit_and_any_cut_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::of(dir.path());
    snapshots.turn().unwrap().write(&header(1), &[1, 2, 3]).unwrap();
    let path = snapshots.folder.join("runs-v1.json");
    let whole = fs::read(&path).unwrap();
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert!(matches!(read(&snapshots), Err(Unusable::Damaged)), "byte {place}");
        fs::write(&path, &whole[..place]).unwrap();
        assert!(matches!(read(&snapshots), Err(Unusable::Damaged)), "cut at {place}");
    }
}

#[test]
fn a_snapshot_under_another_name_is_not_this_views() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::of(dir.path());
    let turn = snapshots.turn().unwrap();
    turn.write(&header(2), &[1]).unwrap();
    fs::rename(snapshots.folder.join("runs-v2.json"), snapshots.folder.join("runs-v1.json")).unwrap();
    assert!(matches!(read(&snapshots), Err(Unusable::Foreign(_))));
}

#[test]
fn a_newer_version_replaces_the_older_one_and_an_erasure_all() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::of(dir.path());
    snapshots.forget().unwrap();
    let turn = snapshots.turn().unwrap();
    turn.write(&header(1), &[1]).unwrap();
    turn.write(&Header { view: "runs_too".into(), ..header(1) }, &[1]).unwrap();
    turn.write(&header(2), &[1]).unwrap();
    assert_eq!(files(&snapshots), ["runs-v2.json", "runs_too-v1.json"]);
    // One that was cut short is no less full of words.
    fs::write(snapshots.folder.join("runs-v2.json.new"), "words").unwrap();
    drop(turn);
    snapshots.forget().unwrap();
    assert_eq!(files(&snapshots), Vec::<String>::new());
}

#[test]
fn nobody_deletes_while_another_writes() {
    let dir = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::of(dir.path());
    let turn = snapshots.turn().unwrap();
    let forgetting = thread::spawn({
        let snapshots = snapshots.clone();
        move || snapshots.forget()
    });
    turn.write(&header(1), &[1]).unwrap();
    thread::sleep(ASK_AGAIN * 3);
    assert_eq!(files(&snapshots), ["runs-v1.json"], "the turn is not over");
    drop(turn);
    forgetting.join().unwrap().unwrap();
    assert_eq!(files(&snapshots), Vec::<String>::new());
}
