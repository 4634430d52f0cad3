//! Rate limits per session, API key and source address. Source: `spec: conventions, 8`.
use crate::{
    error::ApiError,
    limits::{Rate, Rates},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::StateStore,
};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    time::{Duration, Instant},
};

/// Digest of a session token, or another name of who is limited.
pub type Key = [u8; 32];

/// All rate limits of one process. It measures machine time.
#[derive(Debug)]
pub struct RateLimits {
    session: Option<Limiter<Key>>,
    key_writes: Option<Limiter<Key>>,
    key_reads: Option<Limiter<Key>>,
    login_failures: Option<Failures>,
    key_refusals: Option<Failures>,
}

impl RateLimits {
    /// The limits that are set.
    pub fn new(rates: &Rates) -> Self {
        let limiter = |rate: Option<Rate>| {
            rate.and_then(|rate| Limiter::new(rate, rates.keys_max, DefaultClock::default()))
        };
        let failures = || rates.login_failures_per_minute.map(|max| Failures::new(max, rates.keys_max));
        Self {
            session: limiter(rates.session),
            key_writes: limiter(rates.key_writes),
            key_reads: limiter(rates.key_reads),
            login_failures: failures(),
            key_refusals: failures(),
        }
    }

    /// Counts a request of a session.
    pub fn session(&self, token_digest: &Key) -> Result<(), ApiError> {
        check(self.session.as_ref(), token_digest)
    }

    /// Counts a request with an API key: a write, or a read.
    pub fn api_key(&self, key_digest: &Key, write: bool) -> Result<(), ApiError> {
        check(if write { self.key_writes.as_ref() } else { self.key_reads.as_ref() }, key_digest)
    }

    /// Whether an address may still try to open a session.
    pub fn login_allowed(&self, source: Option<IpAddr>, now: Instant) -> Result<(), ApiError> {
        match (&self.login_failures, source) {
            (Some(failures), Some(source)) => failures.check(source, now),
            _ => Ok(()),
        }
    }

    /// Counts a `POST /sessions` that failed.
    pub fn login_failed(&self, source: Option<IpAddr>, now: Instant) {
        if let (Some(failures), Some(source)) = (&self.login_failures, source) {
            failures.count(source, now);
        }
    }

    /// Whether a refused API key goes into the audit trail: as many of one address a minute as logins may fail,
    /// so that nobody without a key can fill the trail, and keep its writer busy. The access log has them all.
    pub fn key_refusal_is_noted(&self, source: Option<IpAddr>, now: Instant) -> bool {
        let (Some(refusals), Some(source)) = (&self.key_refusals, source) else { return true };
        let noted = refusals.check(source, now).is_ok();
        refusals.count(source, now);
        noted
    }
}

fn check(limiter: Option<&Limiter<Key>>, key: &Key) -> Result<(), ApiError> {
    limiter.map_or(Ok(()), |limiter| limiter.check(key).map_err(ApiError::rate_limited))
}

/// A rate for each of many keys; of more than `keys_max`, those not seen for longest are forgotten.
#[derive(Debug)]
struct Limiter<K: Clone + Eq + Hash, C: Clock = DefaultClock> {
    limiter: RateLimiter<K, Remembered<K>, C, NoOpMiddleware<C::Instant>>,
}

impl<K: Clone + Eq + Hash, C: Clock> Limiter<K, C> {
    /// `None` for a rate of nothing a second, which would let nobody in: it counts as not set.
    fn new(rate: Rate, keys_max: usize, clock: C) -> Option<Self> {
        let quota =
            Quota::per_second(NonZeroU32::new(rate.per_second)?).allow_burst(NonZeroU32::new(rate.burst)?);
        Some(Self { limiter: RateLimiter::new(quota, Remembered(Mutex::new(Recent::new(keys_max))), clock) })
    }

    /// Counts one; over the limit, the whole seconds until the next is let in, at least 1.
    fn check(&self, key: &K) -> Result<(), u32> {
        self.limiter.check_key(key).map_err(|refused| {
            let wait = refused.wait_time_from(self.limiter.clock().now());
            seconds_up(wait)
        })
    }
}

fn seconds_up(wait: Duration) -> u32 {
    let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    u32::try_from(seconds).unwrap_or(u32::MAX).max(1)
}

/// The state of a limiter, bounded.
#[derive(Debug)]
struct Remembered<K>(Mutex<Recent<K, Nanos>>);

impl<K: Clone + Eq + Hash> StateStore for Remembered<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut recent = self.0.lock();
        let (answer, state) = decide(recent.get(key))?;
        recent.put(key.clone(), state);
        Ok(answer)
    }
}

/// A bounded map in two generations: when the young one is half of what is allowed it becomes the old one,
/// and the old one is dropped.
#[derive(Debug)]
struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    half: usize,
}

impl<K: Eq + Hash, V: Copy> Recent<K, V> {
    fn new(keys_max: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), half: (keys_max / 2).max(1) }
    }

    fn get(&self, key: &K) -> Option<V> {
        self.young.get(key).or_else(|| self.old.get(key)).copied()
    }

    fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

/// Whom an address stands for: one host of IPv6 has a whole /64 to itself.
fn network_of(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(v6) => IpAddr::from((v6.to_bits() & (u128::MAX << 64)).to_be_bytes()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Failures of each address within the minute that began with the first of them.
#[derive(Debug)]
struct Failures {
    max: u32,
    recent: Mutex<Recent<IpAddr, (Instant, u32)>>,
}

const MINUTE: Duration = Duration::from_secs(60);

impl Failures {
    fn new(max: u32, keys_max: usize) -> Self {
        Self { max, recent: Mutex::new(Recent::new(keys_max)) }
    }

    fn check(&self, source: IpAddr, now: Instant) -> Result<(), ApiError> {
        let Some((since, count)) = self.recent.lock().get(&network_of(source)) else { return Ok(()) };
        let passed = now.saturating_duration_since(since);
        if count < self.max || passed >= MINUTE {
            return Ok(());
        }
        Err(ApiError::rate_limited(seconds_up(MINUTE.saturating_sub(passed))))
    }

    fn count(&self, source: IpAddr, now: Instant) {
        let source = network_of(source);
        let mut recent = self.recent.lock();
        let state = match recent.get(&source) {
            Some((since, count)) if now.saturating_duration_since(since) < MINUTE => {
                (since, count.saturating_add(1))
            }
            _ => (now, 1),
        };
        recent.put(source, state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    #[test]
    fn a_burst_then_the_sustained_rate() {
        let clock = FakeRelativeClock::default();
        let limiter = Limiter::new(Rate { per_second: 50, burst: 200 }, 100, clock.clone()).unwrap();
        for n in 0..200 {
            assert_eq!(limiter.check(&[1; 32]), Ok(()), "{n}");
        }
        assert_eq!(limiter.check(&[1; 32]), Err(1));
        assert_eq!(limiter.check(&[2; 32]), Ok(()), "another session has its own");
        clock.advance(Duration::from_millis(20));
        assert_eq!(limiter.check(&[1; 32]), Ok(()));
        assert_eq!(limiter.check(&[1; 32]), Err(1));
    }

    #[test]
    fn no_more_keys_are_kept_than_allowed() {
        let mut recent = Recent::new(100);
        for key in 0..10_000u32 {
            recent.put(key, key);
            assert_eq!(recent.get(&key), Some(key));
            assert!(recent.young.len() + recent.old.len() <= 100);
        }
        assert_eq!(recent.get(&0), None);
    }

    #[test]
    fn twenty_failures_a_minute_from_one_address() {
        let limits = RateLimits::new(&Rates::default());
        let (start, a, b) =
            (Instant::now(), Some(IpAddr::from([1, 2, 3, 4])), Some(IpAddr::from([1, 2, 3, 5])));
        for _ in 0..20 {
            limits.login_allowed(a, start).unwrap();
            limits.login_failed(a, start);
        }
        assert_eq!(limits.login_allowed(a, start), Err(ApiError::rate_limited(60)));
        assert_eq!(
            limits.login_allowed(a, start + Duration::from_millis(50_500)),
            Err(ApiError::rate_limited(10))
        );
        assert_eq!(limits.login_allowed(b, start), Ok(()));
        assert_eq!(limits.login_allowed(None, start), Ok(()));
        assert_eq!(limits.login_allowed(a, start + MINUTE), Ok(()));
    }

    #[test]
    fn addresses_of_one_network_count_together() {
        let limits = RateLimits::new(&Rates::default());
        let (now, of) = (Instant::now(), |text: &str| Some(text.parse().unwrap()));
        for n in 0..20 {
            limits.login_failed(of(&format!("2001:db8::{n:x}")), now);
            limits.login_failed(of("::ffff:1.2.3.4"), now);
        }
        for refused in ["2001:db8::ffff:1", "1.2.3.4"] {
            assert!(limits.login_allowed(of(refused), now).is_err(), "{refused}");
        }
        for allowed in ["2001:db8:0:1::1", "1.2.3.5"] {
            assert!(limits.login_allowed(of(allowed), now).is_ok(), "{allowed}");
        }
    }

    #[test]
    fn refused_keys_of_one_address_are_noted_so_often_a_minute() {
        let limits = RateLimits::new(&Rates::default());
        let (now, a, b) =
            (Instant::now(), Some(IpAddr::from([1, 2, 3, 4])), Some(IpAddr::from([1, 2, 3, 5])));
        assert_eq!((0..100).filter(|_| limits.key_refusal_is_noted(a, now)).count(), 20);
        assert!(limits.key_refusal_is_noted(b, now) && limits.key_refusal_is_noted(None, now));
        assert!(limits.key_refusal_is_noted(a, now + MINUTE));
        assert!(limits.login_allowed(a, now).is_ok(), "logins are counted apart");
    }

    #[test]
    fn off_when_unset() {
        let limits = RateLimits::new(&Rates::OFF);
        for _ in 0..10_000 {
            limits.session(&[0; 32]).unwrap();
            limits.api_key(&[0; 32], true).unwrap();
            limits.login_failed(Some(IpAddr::from([0; 4])), Instant::now());
        }
        limits.login_allowed(Some(IpAddr::from([0; 4])), Instant::now()).unwrap();
    }

    #[test]
    fn reads_and_writes_are_counted_apart() {
        let rate = Some(Rate { per_second: 1, burst: 1 });
        let limits = RateLimits::new(&Rates { key_writes: rate, key_reads: rate, ..Rates::OFF });
        limits.api_key(&[0; 32], true).unwrap();
        limits.api_key(&[0; 32], false).unwrap();
        assert_eq!(limits.api_key(&[0; 32], true).unwrap_err().code, 4290);
    }
}
