//! Every promise of the store port, on every store. The checks are in `src/contract`.

mod memory {
    scribe_tests::contract!(scribe_tests::contract::place::Memory);
    scribe_tests::erasing_contract!(scribe_tests::contract::place::Memory);
}

mod sqlite {
    scribe_tests::contract!(scribe_tests::contract::place::Folder::default());
    scribe_tests::erasing_contract!(scribe_tests::contract::place::Folder::default());
    scribe_tests::durable_contract!(scribe_tests::contract::place::Folder::default());
}

mod cluster {
    scribe_tests::contract!(scribe_tests::contract::cluster::OnCluster::default());
    scribe_tests::durable_contract!(scribe_tests::contract::cluster::OnCluster::default());
    scribe_tests::checks! { scribe_tests::contract::cluster::OnCluster::default();
        erasing::who_cannot_erase_says_so_and_keeps_nothing,
    }
}

mod mirror {
    scribe_tests::contract!(scribe_tests::contract::place::Mirror::default());
    scribe_tests::erasing_contract!(scribe_tests::contract::place::Mirror::default());
    scribe_tests::durable_contract!(scribe_tests::contract::place::Mirror::default());
}
