//! How long to wait before another call: exponential with full jitter, or as the provider says.

use std::time::Duration;

use super::error::CallError;
use crate::config::llm::Timing;

/// The wait before call number `attempt` (the second call is 2) after `error`; `None` when
/// there is to be no other call. `chance` is a number from 0 to 1.
pub fn wait_before(attempt: u32, error: &CallError, timing: &Timing, chance: f64) -> Option<Duration> {
    if attempt > timing.attempts || !error.is_worth_repeating() {
        return None;
    }
    if let Some(wanted) = error.wait() {
        return (wanted <= timing.patience_seconds).then_some(wanted);
    }
    let doublings = attempt.saturating_sub(2).min(16);
    let most = timing.wait_seconds.saturating_mul(1 << doublings).min(timing.longest_wait_seconds);
    Some(most.mul_f64(chance.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing() -> Timing {
        Timing::default()
    }

    fn down(wait: Option<u64>) -> CallError {
        CallError::Down { status: 503, wait: wait.map(Duration::from_secs) }
    }

    #[test]
    fn waits_double_up_to_a_cap_and_chance_spreads_them() {
        let most = |attempt| wait_before(attempt, &down(None), &Timing { attempts: 99, ..timing() }, 1.0);
        assert_eq!(most(2), Some(Duration::from_millis(500)));
        assert_eq!(most(3), Some(Duration::from_secs(1)));
        assert_eq!(most(6), Some(Duration::from_secs(8)));
        assert_eq!(most(40), Some(Duration::from_secs(8)));
        assert_eq!(wait_before(2, &down(None), &timing(), 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn there_are_three_calls_at_the_most() {
        assert!(wait_before(3, &down(None), &timing(), 0.5).is_some());
        assert_eq!(wait_before(4, &down(None), &timing(), 0.5), None);
    }

    #[test]
    fn a_provider_is_waited_for_as_it_says_unless_it_says_too_long() {
        assert_eq!(wait_before(2, &down(Some(7)), &timing(), 0.0), Some(Duration::from_secs(7)));
        assert_eq!(wait_before(2, &down(Some(120)), &timing(), 0.0), None);
    }

    #[test]
    fn our_own_faults_are_not_repeated() {
        for error in [CallError::Unauthorised { status: 401 }, CallError::CutOff, CallError::NotAnAnswer] {
            assert_eq!(wait_before(2, &error, &timing(), 0.5), None);
        }
    }
}
