//! How long ago something was.

use chrono::TimeDelta;

use crate::i18n::{Lang, plural};

/// A time as people tell ages: `40 segundos`, `3 minutos`, `5 horas`, `2 días`. Rounded down.
pub fn age(age: TimeDelta, lang: Lang) -> String {
    let seconds = u64::try_from(age.num_seconds()).unwrap_or(0);
    let told = |n: u64, key: &'static str| plural(lang, key, n, &n.to_string(), &[]);
    match seconds {
        0..60 => told(seconds, "format.age.seconds"),
        60..3_600 => told(seconds / 60, "format.age.minutes"),
        3_600..172_800 => told(seconds / 3_600, "format.age.hours"),
        _ => told(seconds / 86_400, "format.age.days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_unit_people_would_use() {
        let told = |seconds| age(TimeDelta::seconds(seconds), Lang::Es);
        assert_eq!(told(-5), "0 segundos");
        assert_eq!(told(1), "1 segundo");
        assert_eq!(told(119), "1 minuto");
        assert_eq!(told(7_200), "2 horas");
        assert_eq!(told(172_800), "2 días");
        assert_eq!(age(TimeDelta::hours(1), Lang::En), "1 hour");
    }
}
