//! Where the clock stands that a local time was read from: a zone of the tz database, an offset, or one of the
//! abbreviations that people write behind a time.
//!
//! Most abbreviations are used by several zones, and an incident that is an hour off is worse than a question: what
//! can mean more than one time is refused with its candidates. `Z`, `UTC` and `GMT` are clear.

use std::str::FromStr;

use chrono::{FixedOffset, NaiveDateTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;

/// Where a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Somewhere with this offset from UTC.
    Offset(FixedOffset),
    /// In a zone of the tz database.
    Zone(Tz),
}

/// Why a text does not say where a clock stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadPlace {
    /// Nothing is called so.
    Unknown,
    /// Several are; these, each as it could be written instead.
    Ambiguous(String),
}

/// What an abbreviation may mean: its offset in minutes, and a zone whose clocks show it.
type Meanings = &'static [(i32, Tz)];

/// Abbreviations in use. Where there is one meaning it is read, unless that is the winter's time and the zone's
/// clocks showed summer time then: whoever writes `CET` in July may mean the clock on the wall.
const ABBREVIATIONS: &[(&str, Meanings)] = &[
    ("ACDT", &[(630, Tz::Australia__Adelaide)]),
    ("ACST", &[(570, Tz::Australia__Darwin)]),
    ("ADT", &[(-180, Tz::America__Halifax)]),
    ("AEDT", &[(660, Tz::Australia__Sydney)]),
    ("AEST", &[(600, Tz::Australia__Brisbane)]),
    ("AKDT", &[(-480, Tz::America__Anchorage)]),
    ("AKST", &[(-540, Tz::America__Anchorage)]),
    ("AMT", &[(-240, Tz::America__Manaus), (240, Tz::Asia__Yerevan)]),
    ("ART", &[(-180, Tz::America__Argentina__Buenos_Aires)]),
    ("AST", &[(-240, Tz::America__Halifax), (180, Tz::Asia__Riyadh)]),
    ("AWST", &[(480, Tz::Australia__Perth)]),
    ("BRT", &[(-180, Tz::America__Sao_Paulo)]),
    ("BST", &[(60, Tz::Europe__London), (360, Tz::Asia__Dhaka), (660, Tz::Pacific__Bougainville)]),
    ("CAT", &[(120, Tz::Africa__Maputo)]),
    ("CDT", &[(-300, Tz::America__Chicago), (-240, Tz::America__Havana)]),
    ("CEST", &[(120, Tz::Europe__Berlin)]),
    ("CET", &[(60, Tz::Europe__Berlin)]),
    ("CST", &[(-360, Tz::America__Chicago), (480, Tz::Asia__Shanghai), (-300, Tz::America__Havana)]),
    ("EAT", &[(180, Tz::Africa__Nairobi)]),
    ("ECT", &[(-300, Tz::America__Guayaquil), (-240, Tz::America__Barbados)]),
    ("EDT", &[(-240, Tz::America__New_York)]),
    ("EEST", &[(180, Tz::Europe__Helsinki)]),
    ("EET", &[(120, Tz::Europe__Helsinki)]),
    ("EST", &[(-300, Tz::America__New_York), (600, Tz::Australia__Brisbane)]),
    ("GST", &[(240, Tz::Asia__Dubai), (-120, Tz::Atlantic__South_Georgia)]),
    ("HKT", &[(480, Tz::Asia__Hong_Kong)]),
    ("HST", &[(-600, Tz::Pacific__Honolulu)]),
    ("ICT", &[(420, Tz::Asia__Bangkok)]),
    ("IDT", &[(180, Tz::Asia__Jerusalem)]),
    ("IST", &[(330, Tz::Asia__Kolkata), (60, Tz::Europe__Dublin), (120, Tz::Asia__Jerusalem)]),
    ("JST", &[(540, Tz::Asia__Tokyo)]),
    ("KST", &[(540, Tz::Asia__Seoul)]),
    ("MDT", &[(-360, Tz::America__Denver)]),
    ("MSK", &[(180, Tz::Europe__Moscow)]),
    ("MST", &[(-420, Tz::America__Denver), (480, Tz::Asia__Kuala_Lumpur)]),
    ("NDT", &[(-150, Tz::America__St_Johns)]),
    ("NST", &[(-210, Tz::America__St_Johns)]),
    ("NZDT", &[(780, Tz::Pacific__Auckland)]),
    ("NZST", &[(720, Tz::Pacific__Auckland)]),
    ("PDT", &[(-420, Tz::America__Los_Angeles)]),
    ("PHT", &[(480, Tz::Asia__Manila)]),
    ("PKT", &[(300, Tz::Asia__Karachi)]),
    ("PST", &[(-480, Tz::America__Los_Angeles), (480, Tz::Asia__Manila)]),
    ("SAST", &[(120, Tz::Africa__Johannesburg)]),
    ("SGT", &[(480, Tz::Asia__Singapore)]),
    ("SST", &[(-660, Tz::Pacific__Pago_Pago), (480, Tz::Asia__Singapore)]),
    ("WAT", &[(60, Tz::Africa__Lagos)]),
    ("WEST", &[(60, Tz::Europe__Lisbon)]),
    ("WET", &[(0, Tz::Europe__Lisbon)]),
    ("WIB", &[(420, Tz::Asia__Jakarta)]),
    ("WST", &[(480, Tz::Australia__Perth), (780, Tz::Pacific__Apia)]),
];

/// What people in North America write for the clock on the wall, in summer as in winter.
const ON_THE_WALL: &[(&str, Tz)] = &[
    ("CT", Tz::America__Chicago),
    ("ET", Tz::America__New_York),
    ("MT", Tz::America__Denver),
    ("PT", Tz::America__Los_Angeles),
];

impl Place {
    /// UTC.
    pub const UTC: Self = Self::Zone(Tz::UTC);

    /// Reads what stands behind a local time.
    pub fn read(text: &str, local: NaiveDateTime) -> Result<Self, BadPlace> {
        let upper = text.to_ascii_uppercase();
        if matches!(upper.as_str(), "Z" | "UTC" | "GMT" | "UCT" | "ZULU") {
            return Ok(Self::UTC);
        }
        let after_utc = upper.strip_prefix("UTC").or_else(|| upper.strip_prefix("GMT")).unwrap_or(&upper);
        if after_utc.starts_with(['+', '-', '\u{2212}']) {
            return offset(after_utc).map(Self::Offset).ok_or(BadPlace::Unknown);
        }
        if let Some((_, zone)) = ON_THE_WALL.iter().find(|(name, _)| *name == upper) {
            return Ok(Self::Zone(*zone));
        }
        match ABBREVIATIONS.iter().find(|(name, _)| *name == upper) {
            Some((_, [(minutes, zone)])) => one(*minutes, *zone, local),
            Some((_, several)) => Err(BadPlace::Ambiguous(candidates(several))),
            None => Tz::from_str_insensitive(text).map(Self::Zone).map_err(|_| BadPlace::Unknown),
        }
    }
}

/// The only meaning of an abbreviation, unless that zone's clocks were ahead of it then.
fn one(minutes: i32, zone: Tz, local: NaiveDateTime) -> Result<Place, BadPlace> {
    let meant = FixedOffset::east_opt(minutes * 60).ok_or(BadPlace::Unknown)?;
    let shown = zone.offset_from_local_datetime(&local);
    let ahead = |shown: chrono_tz::TzOffset| shown.fix().local_minus_utc() > meant.local_minus_utc();
    if !shown.latest().is_some_and(ahead) {
        return Ok(Place::Offset(meant));
    }
    Err(BadPlace::Ambiguous(format!("{meant}, or {zone} for the clock on the wall there")))
}

fn candidates(several: Meanings) -> String {
    let each = several.iter().filter_map(|(minutes, zone)| {
        FixedOffset::east_opt(minutes * 60).map(|offset| format!("{offset} ({zone})"))
    });
    let each: Vec<String> = each.collect();
    match each.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => each.concat(),
    }
}

/// `+01:00`, `-0500`, `+2`.
fn offset(text: &str) -> Option<FixedOffset> {
    let plain = text.replace('\u{2212}', "-");
    let digits = plain.get(1..)?;
    if digits.is_empty() || digits.contains(|c: char| !c.is_ascii_digit() && c != ':') {
        return None;
    }
    let written = match digits.len() {
        1 => format!("{}0{digits}:00", &plain[..1]),
        2 => format!("{plain}:00"),
        _ => plain,
    };
    // Nobody's clock differs from UTC by more than fourteen hours.
    FixedOffset::from_str(&written).ok().filter(|offset| offset.local_minus_utc().abs() <= 14 * 3_600)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, day: &str) -> Result<String, BadPlace> {
        let local = format!("{day}T12:00:00").parse().unwrap();
        Place::read(text, local).map(|place| match place {
            Place::Offset(offset) => offset.to_string(),
            Place::Zone(zone) => zone.to_string(),
        })
    }

    #[test]
    fn what_has_one_meaning_is_read() {
        for (text, expected) in [
            ("z", "UTC"),
            ("gmt", "UTC"),
            ("UTC+2", "+02:00"),
            ("+0530", "+05:30"),
            ("-03", "-03:00"),
            ("CEST", "+02:00"),
            ("pdt", "-07:00"),
            ("ET", "America/New_York"),
            ("europe/berlin", "Europe/Berlin"),
        ] {
            assert_eq!(read(text, "2025-07-01").as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_several_zones_share_is_refused_with_its_candidates() {
        for (text, one) in [("BST", "Asia/Dhaka"), ("cst", "+08:00"), ("IST", "+05:30"), ("EST", "-05:00")] {
            let Err(BadPlace::Ambiguous(candidates)) = read(text, "2025-01-01") else { panic!("{text}") };
            assert!(candidates.contains(one) && candidates.contains(" or "), "{candidates}");
        }
    }

    #[test]
    fn an_abbreviation_out_of_its_season_is_asked_about() {
        assert_eq!(read("CET", "2025-01-01").as_deref(), Ok("+01:00"));
        assert_eq!(read("PDT", "2025-01-01").as_deref(), Ok("-07:00"));
        let Err(BadPlace::Ambiguous(candidates)) = read("CET", "2025-07-01") else { panic!() };
        assert_eq!(candidates, "+01:00, or Europe/Berlin for the clock on the wall there");
    }

    #[test]
    fn each_meaning_is_what_its_zone_shows_in_some_season() {
        for (name, meanings) in ABBREVIATIONS {
            for (minutes, zone) in *meanings {
                let shown = ["2025-01-15T12:00:00", "2025-07-15T12:00:00"].map(|local| {
                    let local: NaiveDateTime = local.parse().unwrap();
                    zone.offset_from_local_datetime(&local).unwrap().fix().local_minus_utc() / 60
                });
                assert!(shown.contains(minutes), "{name}: {zone} shows {shown:?}");
            }
        }
    }

    #[test]
    fn what_names_nothing_is_no_place() {
        for text in ["", "Mars/Olympus", "+", "+99", "+15:00", "UTC+", "to 21:00", "🕒"] {
            assert_eq!(read(text, "2025-01-01"), Err(BadPlace::Unknown), "{text:?}");
        }
    }
}
