//! What was meant by a word that is no command.

/// What people call what goes by another name here, beyond slips of the finger.
const CALLED: &[(&str, &str)] = &[
    ("assign", "role assign"),
    ("comment", "note"),
    ("create", "declare"),
    ("end", "resolve"),
    ("erase", "redact"),
    ("event", "events"),
    ("fixed", "mitigate"),
    ("handoff", "role handoff"),
    ("handover", "role handoff"),
    ("log", "timeline"),
    ("message", "note"),
    ("new", "declare"),
    ("now", "status"),
    ("open", "declare"),
    ("ps", "status"),
    ("report", "postmortem"),
    ("say", "note"),
    ("start", "declare"),
    ("undo", "retract"),
    ("verify", "audit verify"),
    ("whoami", "status"),
];

/// What a word may end in besides.
const ENDINGS: [&str; 5] = ["d", "ed", "s", "es", "ing"];
/// How many letters may differ.
const SLIPS: usize = 2;

/// The nearest of these, if one is near.
pub fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let typed = typed.to_lowercase();
    if let Some((_, meant)) = CALLED.iter().find(|(called, _)| *called == typed) {
        return Some((*meant).to_owned());
    }
    let plain = |name: &str| name.replace(['-', '_'], "");
    let mut near: Vec<(usize, &str)> = names
        .map(|name| {
            // `resolved` for `resolve`: what goes on is nearer than what begins otherwise.
            let goes_on =
                plain(&typed).strip_prefix(&plain(name)).is_some_and(|rest| ENDINGS.contains(&rest));
            (if goes_on { 0 } else { distance(&plain(&typed), &plain(name)) }, name)
        })
        .filter(|(distance, name)| *distance <= SLIPS && *distance < name.len())
        .collect();
    near.sort_by_key(|(distance, name)| (*distance, std::cmp::Reverse(name.len())));
    near.first().map(|(_, name)| (*name).to_owned())
}

/// How many letters must be put in, taken out, changed or swapped (Damerau and Levenshtein, of neighbours only).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i];
        for j in 1..=b.len() {
            let changed = row[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!((distance("note", "note"), distance("ntoe", "note"), distance("", "ab")), (0, 1, 2));
        assert_eq!((distance("lst", "list"), distance("kitten", "sitting")), (1, 3));
    }
}
