//! The JSON Schema of a type.

use schemars::{JsonSchema, Schema, SchemaGenerator};

/// Gives a type's JSON Schema.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The schema of a type.
pub(crate) fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}
