//! What a call costs, by the prices in the settings: an estimate, never a bill.

use rust_decimal::{Decimal, RoundingStrategy};

use super::provider::Usage;
use crate::config::llm::ProviderSettings;
use crate::i18n::Lang;

/// The estimate in US dollars.
pub fn cost(usage: Usage, settings: &ProviderSettings) -> Decimal {
    let million = Decimal::from(1_000_000);
    let part = |tokens: u64, price: Decimal| {
        Decimal::from(tokens).checked_mul(price).map_or(Decimal::ZERO, |whole| whole / million)
    };
    part(usage.input, settings.price_input) + part(usage.output, settings.price_output)
}

/// The tokens that a text of this many bytes takes, about, where the provider does not say.
pub fn estimated_tokens(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(4)
}

/// US dollars for people, to a hundredth of a cent.
pub fn dollars(amount: Decimal, lang: Lang) -> String {
    let rounded = amount.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero);
    let shown = format!("{rounded:.4}");
    match lang {
        Lang::Es => format!("US${}", shown.replace('.', ",")),
        Lang::En => format!("US${shown}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ProviderName;

    #[test]
    fn tokens_cost_what_the_table_says() {
        let settings = ProviderSettings::of(ProviderName::OpenAi);
        let usage = Usage { input: 1_500, output: 200 };
        // 1.500 × 2 $/M + 200 × 10 $/M
        assert_eq!(cost(usage, &settings), Decimal::new(5, 3));
        assert_eq!(dollars(cost(usage, &settings), Lang::Es), "US$0,0050");
        assert_eq!(dollars(Decimal::new(5, 3), Lang::En), "US$0.0050");
    }

    #[test]
    fn absurd_counts_do_not_overflow() {
        let usage = Usage { input: u64::MAX, output: u64::MAX };
        let _ = cost(usage, &ProviderSettings::of(ProviderName::Anthropic));
    }
}
