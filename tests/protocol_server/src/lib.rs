//! A stand-in for an EventStoreDB/KurrentDB cluster, in memory and on loopback, for tests only.
