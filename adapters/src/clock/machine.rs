//! What the operating system says of its clock: whether something keeps it right, and the time that runs evenly beside
//! it, whoever sets the clock.

use chrono::{DateTime, TimeDelta, Utc};
use rustix::time::{ClockId, Timespec, clock_gettime};

/// What the machine says of its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Says {
    /// Whether something keeps it right; nothing where the system does not tell.
    pub synchronised: Option<bool>,
    /// Whether a leap second is being put in or left out today.
    pub leap: bool,
    /// By how much the clock has gone on since the program began, and by how much the time that runs evenly has, also
    /// while the machine sleeps.
    pub ran: Option<(TimeDelta, TimeDelta)>,
}

/// How the clock and the time that runs evenly stood when the program began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Began {
    clock: DateTime<Utc>,
    steady: Option<TimeDelta>,
}

impl Began {
    /// Now, when the clock says this.
    pub(super) fn now(clock: DateTime<Utc>) -> Self {
        Self { clock, steady: steady() }
    }

    /// What is said when the clock says this.
    pub(super) fn says(&self, now: DateTime<Utc>) -> Says {
        let steady = steady().zip(self.steady).map(|(now, began)| now - began);
        let ran = steady.map(|steady| (now - self.clock, steady));
        Says { ran, ..kernel::says() }
    }
}

/// A time that runs evenly, also while the machine sleeps, and that nobody sets.
pub fn steady() -> Option<TimeDelta> {
    #[cfg(target_os = "linux")]
    let clock = ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = ClockId::Monotonic;
    let Timespec { tv_sec, tv_nsec } = clock_gettime(clock);
    TimeDelta::new(tv_sec, u32::try_from(tv_nsec).ok()?)
}

#[cfg(target_os = "linux")]
mod kernel {
    use std::mem::MaybeUninit;

    use nix::libc;

    use super::Says;

    /// Neither `rustix` nor `nix` asks this: one call that changes nothing, as the mode 0 says.
    #[expect(unsafe_code, reason = "the kernel is asked through libc, which has no safe form of it")]
    fn adjtimex() -> Option<(libc::c_int, libc::c_int)> {
        let mut asked = MaybeUninit::<libc::timex>::zeroed();
        // SAFETY: the structure is all zeroes, which is a value of each of its fields (they are integers); the kernel
        // writes it and keeps no pointer to it.
        let (state, told) = unsafe {
            let state = libc::adjtimex(asked.as_mut_ptr());
            (state, asked.assume_init())
        };
        (state >= 0).then_some((state, told.status))
    }

    pub(super) fn says() -> Says {
        adjtimex().map_or_else(Says::default, |(state, status)| read(state, status))
    }

    /// What the kernel means.
    fn read(state: libc::c_int, status: libc::c_int) -> Says {
        let leaps = [libc::TIME_INS, libc::TIME_DEL, libc::TIME_OOP];
        let synchronised = state != libc::TIME_ERROR && status & libc::STA_UNSYNC == 0;
        Says { synchronised: Some(synchronised), leap: leaps.contains(&state), ran: None }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_kernels_words_are_read() {
            let told = |state, status| {
                let Says { synchronised, leap, .. } = read(state, status);
                (synchronised, leap)
            };
            assert_eq!(told(libc::TIME_OK, libc::STA_PLL), (Some(true), false));
            assert_eq!(told(libc::TIME_ERROR, libc::STA_UNSYNC), (Some(false), false));
            assert_eq!(told(libc::TIME_INS, libc::STA_PLL | libc::STA_INS), (Some(true), true));
            assert_eq!(told(libc::TIME_OOP, libc::STA_PLL | libc::STA_INS), (Some(true), true));
            assert_eq!(told(libc::TIME_WAIT, libc::STA_PLL), (Some(true), false));
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    /// Not told.
    pub(super) fn says() -> super::Says {
        super::Says::default()
    }
}
