//! What becomes of the catalogue's rows: the enum that they show, and what can be asked of it.

/// Writes [`IncidentEvent`](super::IncidentEvent) as the rows show it, and for each row what its columns say.
macro_rules! table {
    ($($group:ident { $(
        $(#[$doc:meta])* $variant:ident($payload:ty) = $name:literal version $version:literal {
            gives: $gives:expr,
            correction: $correction:expr,
            retraction: $retraction:expr,
            import: $import:expr,
            husk: $husk:expr,
            heard: $heard:expr,
            number: $number:expr,
            doer: $doer:expr,
            asked: [$($command:literal for $scope:ident: $about:literal)?],
        }
    )+ })+) => {
        /// Something that happened in an incident.
        #[derive(Debug, Clone, PartialEq)]
        pub enum IncidentEvent {
            $($($(#[$doc])* $variant($payload),)+)+
            /// Something about the program itself, in a stream of its own.
            System(SystemEvent),
            /// An event that a newer program wrote.
            Unknown(Unknown),
        }

        /// Every kind that this program writes.
        pub const CATALOGUE: &[Kind] = &[$($(Kind {
            name: $name,
            version: $version,
            group: Group::$group,
            gives: $gives,
            correction: $correction,
            retraction: $retraction,
            import: $import,
            husk: $husk,
        }),+),+];

        const _: () = {
            let mut row = 0;
            while row < CATALOGUE.len() {
                assert!(CATALOGUE[row].keeps_its_right(), "a kind that gives a right could be amended");
                row += 1;
            }
        };

        impl IncidentEvent {
            /// Every kind's name, in catalogue order.
            pub const KINDS: &'static [&'static str] = &[$($($name),+),+];

            /// Every kind, and the version of it that this program writes.
            pub const VERSIONS: &'static [(&'static str, u32)] = &[$($(($name, $version)),+),+];

            /// The kind, as stored: `run_proposed`.
            pub fn kind(&self) -> &str {
                match self {
                    $($(Self::$variant(_) => $name,)+)+
                    Self::System(event) => event.kind(),
                    Self::Unknown(unknown) => &unknown.kind,
                }
            }

            /// The version that is stored with it.
            pub fn version(&self) -> u32 {
                match self {
                    $($(Self::$variant(_) => $version,)+)+
                    Self::System(event) => event.version(),
                    Self::Unknown(unknown) => unknown.version,
                }
            }

            /// The payload as compact JSON: the bytes that are stored.
            pub fn payload(&self) -> Box<RawValue> {
                match self {
                    $($(Self::$variant(payload) => to_raw(payload),)+)+
                    Self::System(event) => event.payload(),
                    Self::Unknown(unknown) => unknown.payload.clone(),
                }
            }

            /// The widest audience that reads words of it as they are, if one does: whoever may not speak to that
            /// audience may not change them.
            pub fn heard_by(&self) -> Option<values::Tier> {
                match self {
                    $($(Self::$variant(payload) => {
                        let heard: fn(&$payload) -> Option<values::Tier> = $heard;
                        heard(payload)
                    })+)+
                    Self::System(_) | Self::Unknown(_) => None,
                }
            }

            /// The number that it has to do with, if any.
            pub fn number(&self) -> Option<Numbering<Numbered>> {
                match self {
                    $($(Self::$variant(payload) => {
                        let number: fn(&$payload) -> Option<Numbering<Numbered>> = $number;
                        number(payload)
                    })+)+
                    Self::System(_) | Self::Unknown(_) => None,
                }
            }

            /// Who did what it tells, where its payload names somebody: not always who told it.
            pub fn doer(&self) -> Option<Who> {
                match self {
                    $($(Self::$variant(payload) => {
                        let doer: fn(&$payload) -> Option<Who> = $doer;
                        doer(payload)
                    })+)+
                    Self::System(_) | Self::Unknown(_) => None,
                }
            }

            /// Reads a stored payload, an old one too. A kind or version from the future becomes
            /// [`Self::Unknown`]; a known one that does not read is an error, for then the bytes are damaged.
            pub fn from_payload(kind: &str, version: u32, payload: &str) -> Result<Self, serde_json::Error> {
                match kind {
                    $($($name => Ok(match stored::<$payload>(kind, version, $version, payload, &Chain::OWN)? {
                        Stored::Known(payload) => Self::$variant(payload),
                        Stored::Unknown(unknown) => Self::Unknown(unknown),
                    }),)+)+
                    _ => match SystemEvent::from_payload(kind, version, payload)? {
                        Some(event) => Ok(Self::System(event)),
                        None => Unknown::of(kind, version, payload).map(Self::Unknown),
                    },
                }
            }

            /// Reads a payload that somebody wrote by hand (an import, a correction) from any
            /// deserialiser, so that the caller can keep track of paths; an unknown kind is `None`.
            pub fn from_told<'de, D: serde::Deserializer<'de>>(kind: &str, fields: D) -> Option<Result<Self, D::Error>> {
                match kind {
                    $($($name => Some(<$payload as serde::Deserialize>::deserialize(fields).map(Self::$variant)),)+)+
                    _ => None,
                }
            }

            /// The JSON Schema of each kind's payload.
            pub fn schemas(generator: &mut schemars::SchemaGenerator) -> Vec<(&'static str, schemars::Schema)> {
                vec![$($(($name, generator.subschema_for::<$payload>())),+),+]
            }
        }

        impl Fact {
            /// The names of the commands that tell one, in catalogue order.
            pub const COMMANDS: &'static [&'static str] = &[$($($($command,)?)+)+];

            /// The name of the command that tells it.
            pub fn command(&self) -> &'static str {
                match &self.0 {
                    $($($(IncidentEvent::$variant(_) => $command,)?)+)+
                    // A fact is made of no other kind.
                    _ => "",
                }
            }

            /// What it takes to be allowed to tell it.
            pub fn scope(&self) -> Scope {
                match &self.0 {
                    $($($(IncidentEvent::$variant(_) => Scope::$scope,)?)+)+
                    // A fact is made of no other kind.
                    _ => Scope::Admin,
                }
            }

            /// With which scopes the command of this name is asked; none if no fact is told by it.
            pub fn scopes(command: &str) -> Option<&'static [Scope]> {
                match command {
                    $($($($command => Some(&[Scope::$scope]),)?)+)+
                    _ => None,
                }
            }

            /// Reads what a command tells from any deserialiser; an unknown name is `None`.
            pub fn read<'de, D: serde::Deserializer<'de>>(command: &str, fields: D) -> Option<Result<Self, D::Error>> {
                match command {
                    $($($($command => Some(<$payload as serde::Deserialize>::deserialize(fields).map(Self::from)),)?)+)+
                    _ => None,
                }
            }

            /// Each command's name, meaning and JSON Schema.
            pub fn schemas(generator: &mut schemars::SchemaGenerator) -> Vec<(&'static str, &'static str, schemars::Schema)> {
                vec![$($($(($command, $about, generator.subschema_for::<$payload>()),)?)+)+]
            }
        }

        $($(
            impl From<$payload> for IncidentEvent {
                fn from(payload: $payload) -> Self {
                    Self::$variant(payload)
                }
            }

            $(impl From<$payload> for Fact {
                #[doc = concat!("What `", $command, "` tells.")]
                fn from(payload: $payload) -> Self {
                    Self(IncidentEvent::$variant(payload))
                }
            })?
        )+)+
    };
}

pub(super) use table;
