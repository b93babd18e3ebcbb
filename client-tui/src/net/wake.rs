//! Noticing that the device woke up, at the moment it does and without looking again and again.
//!
//! On Linux a timer on the wall clock can ask to be cancelled when that clock jumps, which it does
//! when the system resumes (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET). Elsewhere nobody tells;
//! the link then notices with the next thing that it does.

#[cfg(target_os = "linux")]
pub(super) use linux::Alarm;

/// Where nobody tells of waking up.
#[cfg(not(target_os = "linux"))]
pub(super) struct Alarm;

#[cfg(not(target_os = "linux"))]
impl Alarm {
    /// Always fails.
    pub(super) fn set() -> std::io::Result<Self> {
        Err(std::io::ErrorKind::Unsupported.into())
    }

    /// Never.
    pub(super) async fn rings(&mut self) -> std::io::Result<()> {
        std::future::pending().await
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::os::fd::OwnedFd;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use tokio::io::unix::AsyncFd;

    /// When the timer would run out by itself: in the year 2242, which is no earlier than needed.
    const NEVER_SECONDS: i64 = 1 << 33;

    /// Rings when the system resumes, or its clock is set.
    pub(in crate::net) struct Alarm {
        timer: AsyncFd<OwnedFd>,
    }

    impl Alarm {
        /// Sets the alarm.
        ///
        /// # Errors
        /// If the system has no such timer.
        pub(in crate::net) fn set() -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let timer = timerfd_create(TimerfdClockId::Realtime, flags)?;
            arm(&timer)?;
            #[expect(
                deprecated,
                reason = "its successor is unsafe; an `OwnedFd` keeps its promise"
            )]
            let timer = AsyncFd::new(timer)?;
            Ok(Self { timer })
        }

        /// Waits until it rings, and sets it again.
        ///
        /// # Errors
        /// If it can't be set again.
        pub(in crate::net) async fn rings(&mut self) -> io::Result<()> {
            self.timer.readable().await?.clear_ready();
            // What was read does not matter: a timer that was cancelled only has to be set again.
            let _ = rustix::io::read(self.timer.get_ref(), &mut [0; 8]);
            arm(self.timer.get_ref())
        }
    }

    fn arm(timer: &OwnedFd) -> io::Result<()> {
        let never = Itimerspec {
            it_interval: Timespec { tv_sec: 0, tv_nsec: 0 },
            it_value: Timespec { tv_sec: NEVER_SECONDS, tv_nsec: 0 },
        };
        let flags = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
        timerfd_settime(timer, flags, &never)?;
        Ok(())
    }

    #[cfg(test)]
    mod tests {
        use futures_util::FutureExt;

        use super::*;

        #[tokio::test]
        async fn it_can_be_set_and_does_not_ring_by_itself() {
            let mut alarm = Alarm::set().expect("this system has such timers");
            assert!(alarm.rings().now_or_never().is_none());
        }
    }
}
