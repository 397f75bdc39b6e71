//! What was read lately, recognised by its bytes.

/// How many values are remembered.
const SLOTS: usize = 256;

/// What was read lately from texts.
///
/// Each text has one slot, which it shares with others: the last one read stays. So it never grows, and
/// nobody can make it slow by choosing their texts.
pub(super) struct Known<T> {
    slots: Vec<Option<T>>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self { slots: Vec::new() }
    }
}

impl<T> Known<T> {
    /// What a text says: read, unless what its slot has `is_from` this very text.
    pub(super) fn recognise<E>(
        &mut self,
        text: &str,
        is_from: impl FnOnce(&T) -> bool,
        read: impl FnOnce() -> Result<T, E>,
    ) -> Result<&T, E> {
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        let slot = &mut self.slots[slot_of(text)];
        if !slot.as_ref().is_some_and(is_from) {
            *slot = None;
        }
        match slot {
            Some(known) => Ok(known),
            empty => Ok(empty.insert(read()?)),
        }
    }
}

/// Mixes eight bytes at a time; the high bits of a product depend on all of its factors' bits.
fn slot_of(text: &str) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let mixed = words.iter().fold(text.len() as u64, |mixed, word| {
        (mixed.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(ODD)
    });
    let mixed =
        rest.iter().fold(mixed, |mixed, byte| (mixed.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(ODD));
    usize::try_from(mixed >> 32).unwrap_or_default() % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_not_read_again_and_never_mistaken() {
        let mut known = Known::default();
        let mut reads = 0;
        let mut recognise = |text: &str| {
            let read = || {
                reads += 1;
                Ok::<_, ()>(text.to_owned())
            };
            known.recognise(text, |known| known == text, read).cloned()
        };
        // Far more texts than slots: many share one.
        for number in 0..10 * SLOTS {
            for text in [format!("20230104-incident-{number}"), format!("{number}")] {
                assert_eq!(recognise(&text), Ok(text.clone()));
                assert_eq!(recognise(&text), Ok(text));
            }
        }
        assert_eq!(reads, 20 * SLOTS);
    }

    #[test]
    fn a_text_that_does_not_read_is_not_known() {
        let mut known = Known::<u64>::default();
        let mut recognise =
            |text: &str| known.recognise(text, |known| known.to_string() == text, || text.parse()).copied();
        assert!(recognise("x").is_err());
        assert_eq!(recognise("7"), Ok(7));
        assert!(recognise("x").is_err());
    }
}
