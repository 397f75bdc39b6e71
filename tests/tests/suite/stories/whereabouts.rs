//! Where these stories are told. A story does not fit into a module that does not say where; here it is seen where
//! the records went.

use scribe_tests::program::{Program, Records, appends_to_cluster};

use super::place::RECORDS;

#[test]
fn the_records_of_these_stories_are_where_their_module_says() {
    let before = appends_to_cluster();
    let program = Program::of(RECORDS);
    program.ok(&["declare", "List import problems"]);
    program.ok(&["list"]);
    let is_in_folder = program.data().join("scribe.sqlite").exists();
    let is_mirrored = program.data().join("mirror").join("scribe.sqlite").exists();
    match RECORDS {
        Records::InFolder => assert_eq!((is_in_folder, is_mirrored), (true, false)),
        Records::OnCluster => {
            assert_eq!((is_in_folder, is_mirrored), (false, true));
            // A real one counts for others as well, and is not asked.
            if let (Some(before), Some(after)) = (before, appends_to_cluster()) {
                assert!(after > before, "the cluster took {before} appends before, and {after} after it");
            }
        }
    }
}
