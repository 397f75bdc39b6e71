//! Every promise of the store port, on every store. The checks are in `src/contract`.

mod memory {
    scribe_tests::contract!(scribe_tests::contract::place::Memory);
}

mod sqlite {
    scribe_tests::contract!(scribe_tests::contract::place::Folder::default());
    scribe_tests::durable_contract!(scribe_tests::contract::place::Folder::default());
}

mod mirror {
    scribe_tests::contract!(scribe_tests::contract::place::Mirror::default());
    scribe_tests::durable_contract!(scribe_tests::contract::place::Mirror::default());
}
