//! A circuit breaker: a provider that fails again and again is left alone for a while, then
//! tried with one call. Time comes from outside and never goes back.

use std::time::{Duration, Instant};

/// What the breaker lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Everything.
    Closed,
    /// Nothing until then, and then one call.
    Open { until: Instant },
    /// The one call is under way.
    Probing,
}

/// The breaker of one provider.
#[derive(Debug, Clone)]
pub struct Breaker {
    failures: u32,
    state: State,
    threshold: u32,
    rest: Duration,
}

impl Breaker {
    /// A breaker that opens for `rest` after `threshold` failures in a row.
    pub fn new(threshold: u32, rest: Duration) -> Breaker {
        Breaker { failures: 0, state: State::Closed, threshold: threshold.max(1), rest }
    }

    /// As an earlier session left it: failures in a row, and how long ago the last one was.
    pub fn resumed(mut self, failures: u32, ago: Duration, now: Instant) -> Breaker {
        self.failures = failures;
        if failures >= self.threshold {
            self.state = State::Open { until: now + self.rest.saturating_sub(ago) };
        }
        self
    }

    /// Asks for a call.
    ///
    /// # Errors
    /// How long the provider is still left alone.
    pub fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        match self.state {
            State::Closed => Ok(()),
            State::Open { until } if now < until => Err(until - now),
            State::Open { .. } => {
                self.state = State::Probing;
                Ok(())
            }
            State::Probing => Err(self.rest),
        }
    }

    /// The call went well.
    pub fn succeeded(&mut self) {
        self.failures = 0;
        self.state = State::Closed;
    }

    /// The call failed through the provider's fault.
    pub fn failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if self.state == State::Probing || self.failures >= self.threshold {
            self.state = State::Open { until: now + self.rest };
        }
    }

    /// The call says nothing about the provider: it was stopped, or we were at fault.
    pub fn undecided(&mut self, now: Instant) {
        if self.state == State::Probing {
            self.state = State::Open { until: now };
        }
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// How long the provider is still left alone, if it is.
    pub fn open_for(&self, now: Instant) -> Option<Duration> {
        match self.state {
            State::Open { until } if until > now => Some(until - now),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Duration = Duration::from_secs(30);

    #[test]
    fn five_failures_in_a_row_open_it_and_one_call_probes() {
        let start = Instant::now();
        let mut breaker = Breaker::new(5, REST);
        for _ in 0..4 {
            assert_eq!(breaker.admit(start), Ok(()));
            breaker.failed(start);
        }
        assert_eq!(breaker.admit(start), Ok(()));
        breaker.failed(start);
        assert_eq!(breaker.admit(start), Err(REST));
        assert_eq!(breaker.open_for(start + REST / 2), Some(REST / 2));
        let later = start + REST;
        assert_eq!(breaker.admit(later), Ok(()));
        assert!(breaker.admit(later).is_err(), "only one call probes");
        breaker.failed(later);
        assert_eq!(breaker.admit(later), Err(REST), "a failed probe opens it again at once");
        assert_eq!(breaker.admit(later + REST), Ok(()));
        breaker.succeeded();
        assert_eq!((breaker.admit(later + REST), breaker.failures()), (Ok(()), 0));
    }

    #[test]
    fn a_success_in_between_starts_the_count_anew() {
        let now = Instant::now();
        let mut breaker = Breaker::new(2, REST);
        breaker.failed(now);
        breaker.succeeded();
        breaker.failed(now);
        assert_eq!(breaker.admit(now), Ok(()));
    }

    #[test]
    fn a_probe_that_says_nothing_may_be_repeated() {
        let now = Instant::now();
        let mut breaker = Breaker::new(1, REST);
        breaker.failed(now);
        assert_eq!(breaker.admit(now + REST), Ok(()));
        breaker.undecided(now + REST);
        assert_eq!(breaker.admit(now + REST), Ok(()));
    }

    #[test]
    fn an_earlier_sessions_failures_still_count() {
        let now = Instant::now();
        let mut open = Breaker::new(5, REST).resumed(5, REST / 3, now);
        assert_eq!(open.admit(now), Err(REST - REST / 3));
        let mut near = Breaker::new(5, REST).resumed(4, Duration::ZERO, now);
        assert_eq!(near.admit(now), Ok(()));
        near.failed(now);
        assert!(near.admit(now).is_err());
    }
}
