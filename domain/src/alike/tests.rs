use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher, Hasher};

use super::*;

fn hashed(name: &str) -> u64 {
    let mut hasher = BuildHasherDefault::<DefaultHasher>::new().build_hasher();
    hash(name, &mut hasher);
    hasher.finish()
}

#[track_caller]
fn one(name: &str, other: &str) {
    assert!(same(name, other) && same(other, name), "{name:?} and {other:?} are one name");
    assert_eq!(hashed(name), hashed(other), "{name:?} and {other:?}");
}

#[track_caller]
fn two(name: &str, other: &str) {
    assert!(!same(name, other) && !same(other, name), "{name:?} and {other:?} are two names");
}

#[test]
fn what_nobody_sees_makes_no_other_name() {
    let unseen = [
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{115f}',
        '\u{17b4}',
        '\u{180e}',
        '\u{200b}',
        '\u{200e}',
        '\u{2060}',
        '\u{2063}',
        '\u{206a}',
        '\u{206f}',
        '\u{2800}',
        '\u{3164}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{fff0}',
        '\u{fff9}',
        '\u{fffb}',
        '\u{1bca0}',
        '\u{1d173}',
        '\u{1d17a}',
        '\u{e0001}',
        '\u{e0041}',
        '\u{e0fff}',
        '\u{3000}',
        '\u{2007}',
        '\u{85}',
    ];
    for c in unseen {
        assert!(is_unseen(c), "U+{:04X}", u32::from(c));
        for at in [0, 1, 4, 5, 9] {
            let mut name = "Mira Quint".to_owned();
            name.insert(at, c);
            one(&name, "Mira Quint");
        }
        one(&format!("Mira {c} Quint"), "Mira Quint");
    }
    assert!(shows_nothing("\u{3164} \u{200b}\u{2800}\t"));
    assert!(!shows_nothing("\u{200b}."));
}

#[test]
fn white_space_counts_between_numbers_only() {
    one("MiraQuint", "Mira Quint");
    one(" mira  QUINT\t", "Mira\u{a0}Quint");
    one("API 2", "api2");
    two("node 1 1", "node 11");
    one("node 1  1", "node 1\u{2800}1 ");
    two("nœud 1 1", "nœud 11");
    one("nœud 1 1 ", "NŒUD 1\u{a0}1");
}

#[test]
fn letter_case_is_folded_in_full() {
    one("Weiß", "WEISS");
    one("WEIẞ", "weiss");
    one("Μάρκος Δήμας", "ΜΑΡΚΟΣ ΔΗΜΑΣ");
    one("Προΐστορας", "ΠΡΟΪΣΤΟΡΑΣ");
    one("IŞIL", "Işıl");
    one("İlker", "ilker");
    one("ﬁona", "FIONA");
    one("Ｍｉｒａ", "mira");
    one("Ren\u{e9}e", "RENE\u{301}E");
    one("ჟანა", "ᲟᲐᲜᲐ");
    one("محمـــد", "محمد");
}

#[test]
fn letters_that_look_latin_are_latin() {
    one("Мirа Quint", "Mira Quint");
    one("ВОВ", "Bob");
    one("Μira", "mira");
    one("O’Neil", "O'Neil");
    one("Anne\u{2011}Lise", "anne-lise");
    one("аpі", "API");
    one("Ив\u{61}н", "Иван");
    one("ロ", "口");
}

#[test]
fn names_that_differ_stay_apart() {
    two("Amie", "Arnie");
    two("Alan", "AIan");
    two("José", "Jose");
    two("Jörg", "Joerg");
    two("Nguyễn Văn Hùng", "Nguyễn Văn Hưng");
    two("Иван", "Иона");
    two("かき", "かぎ");
    two("राम", "रमा");
    two("王伟", "王玮");
    two("Mira Quint", "Mira Quirt");
}

#[test]
fn whoever_could_be_taken_for_another_is_no_second_person() {
    for (one, other) in [
        ("Mira Quint", "mira.quint"),
        ("Mira Quint", "@mira-quint"),
        ("Mira Quint", "“Mira Quint.”"),
        ("mira@example.org", "Mira+night@example.org"),
        ("José", "Jose"),
        ("Łukasz Żak", "Lukasz Zak"),
        ("Nikos", "\u{39d}ikos"),
        ("David", "Da\u{3bd}id"),
        ("Mira", "ᴍɪʀᴀ"),
        ("Mira", "🅼🅸🆁🅰"),
        ("Mira", "🇲🇮🇷🇦"),
        ("Mira 12", "Mira ١٢"),
        ("Mira", "Mi\u{338}ra\u{20dd}"),
        ("Mira", "Mira\u{fffc}\u{e000}\u{378}"),
        ("O`Neil", "O’Neil"),
    ] {
        assert!(may_be_one_person(one, other) && may_be_one_person(other, one), "{one:?} {other:?}");
    }
    for (one, other) in [
        ("Mira Quint", "Mira Quirt"),
        ("Mira", "Mira Quint"),
        ("राम", "रमा"),
        ("かき", "かぎ"),
        ("王伟", "王玮"),
        ("🦊", "🐻"),
        ("Mira 1", "Mira 2"),
        ("Ина", "Инга"),
    ] {
        assert!(!may_be_one_person(one, other), "{one:?} {other:?}");
    }
}

#[test]
fn the_order_agrees_with_what_is_one() {
    let names = ["b", "A", "a ", "Ａ", "а", "ß", "SS", "ωμέγα", "ΩΜΕΓΑ", "node 1 1", "node 11"];
    let mut sorted = names;
    sorted.sort_by(|a, b| compare(a, b));
    for pair in sorted.windows(2) {
        assert_eq!(compare(pair[0], pair[1]) == Ordering::Equal, same(pair[0], pair[1]));
    }
    sorted.sort_by(|a, b| compare(a, b));
    let distinct = sorted.chunk_by(|a, b| same(a, b)).count();
    assert_eq!(distinct, 6);
}
