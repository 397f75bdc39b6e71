//! What a vendor is: a type that names its payload and its settings, and reads one into sightings.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use scribe_domain::text::Label;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use uuid::Uuid;

use super::sighting::{Sighting, Unread};

/// A tool that sends webhooks.
pub trait Vendor: 'static {
    /// Its name: in its address, its section of the settings and the counters, and as the actor of what it sends.
    /// Lowercase letters and digits.
    const NAME: &'static str;
    /// What becomes of a delivery, as a line of the API's description.
    const ABOUT: &'static str;
    /// Namespace for the ids of commands that its deliveries lead to: drawn once, never changed, since a repeat
    /// is known by them.
    const COMMANDS: Uuid;
    /// Its section of `scribe.toml`. A vendor without settings takes [`NoSettings`].
    type Settings: DeserializeOwned + Default + fmt::Debug + Send + Sync;
    /// What it sends. Unknown fields must be fine: newer versions add some.
    type Payload: DeserializeOwned + schemars::JsonSchema;

    /// What a delivery says, in scribe's own terms.
    fn read(payload: &Self::Payload, settings: &Self::Settings) -> Delivered;
}

/// What a delivery says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Delivered {
    /// Each thing that it says something of, in the order in which they are placed.
    pub sightings: Vec<Sighting>,
    /// What of it does not read.
    pub unread: Vec<Unread>,
    /// How many things the vendor itself left out.
    pub truncated: u64,
}

/// The settings of a vendor that has none.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}

/// Why a payload cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {error}")]
pub struct BadPayload {
    /// Where in it; `.` is the whole.
    pub path: String,
    /// What is wrong.
    pub error: serde_json::Error,
}

/// A line of the table: a vendor, whichever it is.
#[derive(Clone, Copy)]
pub struct VendorEntry {
    /// Its name.
    pub name: &'static str,
    /// What becomes of a delivery.
    pub about: &'static str,
    /// Namespace for the ids of commands.
    pub commands: Uuid,
    /// The schema of what it sends.
    pub schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    read: fn(&str, &Settings) -> Result<Delivered, BadPayload>,
    settings: fn(&str) -> Result<Option<Section>, toml::de::Error>,
}

type Section = Arc<dyn Any + Send + Sync>;

impl VendorEntry {
    /// The line of a vendor.
    pub const fn of<V: Vendor>() -> Self {
        Self {
            name: V::NAME,
            about: V::ABOUT,
            commands: V::COMMANDS,
            schema: |generator| generator.subschema_for::<V::Payload>(),
            read: read::<V>,
            settings: section::<V>,
        }
    }

    /// The vendor's name as the source and actor of what it sends.
    ///
    /// # Panics
    ///
    /// If the name is no label, which a test makes sure of for each vendor in the table.
    pub fn label(&self) -> Label {
        Label::new(self.name).expect("a vendor's name is a label")
    }

    /// What a delivery's body says, under these settings.
    pub fn read(&self, body: &str, settings: &Settings) -> Result<Delivered, BadPayload> {
        (self.read)(body, settings)
    }
}

impl fmt::Debug for VendorEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VendorEntry").field(&self.name).finish()
    }
}

/// Every vendor's section of the settings. One that stands in no file has its defaults.
#[derive(Clone, Default)]
pub struct Settings(BTreeMap<&'static str, Section>);

impl Settings {
    /// Reads these vendors' sections out of a whole settings file, of which they look at nothing else.
    pub fn read(text: &str, vendors: &[VendorEntry]) -> Result<Self, toml::de::Error> {
        let mut sections = BTreeMap::new();
        for vendor in vendors {
            if let Some(section) = (vendor.settings)(text)? {
                sections.insert(vendor.name, section);
            }
        }
        Ok(Self(sections))
    }

    /// The settings of one vendor, if the file has any.
    pub fn of<V: Vendor>(&self) -> Option<&V::Settings> {
        self.0.get(V::NAME)?.downcast_ref()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn read<V: Vendor>(body: &str, settings: &Settings) -> Result<Delivered, BadPayload> {
    let mut reader = serde_json::Deserializer::from_str(body);
    let payload: V::Payload = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        BadPayload { path, error: error.into_inner() }
    })?;
    reader.end().map_err(|error| BadPayload { path: String::new(), error })?;
    Ok(match settings.of::<V>() {
        Some(settings) => V::read(&payload, settings),
        None => V::read(&payload, &V::Settings::default()),
    })
}

fn section<V: Vendor>(text: &str) -> Result<Option<Section>, toml::de::Error> {
    let SectionOf::<V>(section) = toml::from_str(text)?;
    Ok(section.map(|section| Arc::new(section) as Section))
}

/// One vendor's section of a settings file; the rest is passed over. Read from the file itself, so that what is
/// wrong is told with its line.
struct SectionOf<V: Vendor>(Option<V::Settings>);

impl<'de, V: Vendor> serde::Deserialize<'de> for SectionOf<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Pick::<V>(PhantomData)).map(Self)
    }
}

struct Pick<V>(PhantomData<V>);

impl<'de, V: Vendor> Visitor<'de> for Pick<V> {
    type Value = Option<V::Settings>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut section = None;
        while let Some(name) = map.next_key::<String>()? {
            if name == V::NAME {
                section = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(section)
    }
}
