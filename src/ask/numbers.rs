//! Numbers as Colombians and English speakers write and say them.

use rust_decimal::Decimal;

use super::normalize::Token;

/// A number of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// Its value, exact.
    pub value: Decimal,
    /// Written with `$`, "pesos" or a word that only counts money.
    pub money: bool,
    /// Written with `%`, "por ciento" or "percent".
    pub percent: bool,
}

/// The number that begins at `tokens[at]`: how many tokens it takes, and what it is.
pub fn number_at(tokens: &[Token], at: usize) -> Option<(usize, Number)> {
    let word = |i: usize| tokens.get(i).map_or("", |t| t.norm.as_str());
    let mut i = at;
    let mut money = false;
    if word(i) == "$" {
        money = true;
        i += 1;
    }
    let (length, value, slang) = magnitude(tokens, i)?;
    money |= slang;
    i += length;
    let mut percent = false;
    match (word(i), word(i + 1)) {
        ("%" | "percent" | "porciento", _) => {
            percent = true;
            i += 1;
        }
        ("por", "ciento") | ("per", "cent") => {
            percent = true;
            i += 2;
        }
        ("de", "pesos") => {
            money = true;
            i += 2;
        }
        ("pesos" | "cop" | "pesitos", _) => {
            money = true;
            i += 1;
        }
        _ => {}
    }
    Some((i - at, Number { value, money, percent }))
}

/// A number made of digits and words; also whether slang says it is money.
fn magnitude(tokens: &[Token], at: usize) -> Option<(usize, Decimal, bool)> {
    let word = |i: usize| tokens.get(i).map_or("", |t| t.norm.as_str());
    let (mut total, mut group, mut current) = (Decimal::ZERO, Decimal::ZERO, None::<Decimal>);
    let (mut i, mut slang, mut last_multiplier) = (at, false, None::<Decimal>);
    if word(i) == "medio" && multiplier(word(i + 1)).is_some_and(|m| m.factor >= million()) {
        current = Some(Decimal::new(5, 1));
        i += 1;
    } else if matches!(word(i), "un" | "una" | "a" | "one")
        && multiplier(word(i + 1)).is_some_and(|m| m.factor > Decimal::ONE_HUNDRED)
        && word(i + 1).len() > 1
    {
        current = Some(Decimal::ONE);
        i += 1;
    }
    loop {
        let token = word(i);
        if let Some((value, attached)) = digits(token)
            && current.is_none()
        {
            current = Some(value);
            i += 1;
            if let Some(m) = attached {
                apply(&m, &mut total, &mut group, &mut current)?;
                slang |= m.money;
                last_multiplier = Some(m.factor);
            }
        } else if let Some(m) =
            multiplier(token).filter(|_| allows_multiplier(token, current, group, i == at))
        {
            apply(&m, &mut total, &mut group, &mut current)?;
            slang |= m.money;
            last_multiplier = Some(m.factor);
            i += 1;
        } else if let Some(value) = small(token).filter(|v| fits(*v, current)) {
            current = Some(current.unwrap_or(Decimal::ZERO) + value);
            i += 1;
        } else if token == "hundred" {
            current = Some(current.unwrap_or(Decimal::ONE).checked_mul(Decimal::ONE_HUNDRED)?);
            i += 1;
        } else if token == "y" && word(i + 1) == "medio" && last_multiplier.is_some_and(|m| m >= million()) {
            total += last_multiplier? / Decimal::TWO;
            i += 2;
        } else if token == "y"
            && current.is_some_and(is_tens)
            && small(word(i + 1)).is_some_and(|v| v < Decimal::TEN)
        {
            i += 1;
        } else {
            break;
        }
    }
    (i > at).then_some(())?;
    let value = total.checked_add(group)?.checked_add(current.unwrap_or(Decimal::ZERO))?;
    Some((i - at, value, slang))
}

fn million() -> Decimal {
    Decimal::from(1_000_000)
}

fn is_tens(value: Decimal) -> bool {
    let rest = value % Decimal::ONE_HUNDRED;
    rest >= Decimal::from(30) && rest % Decimal::TEN == Decimal::ZERO
}

/// Whether a small number word can follow what was read of the group so far.
fn fits(value: Decimal, current: Option<Decimal>) -> bool {
    let Some(current) = current else { return true };
    if value < Decimal::TEN {
        is_tens(current) || (current > Decimal::ZERO && current % Decimal::ONE_HUNDRED == Decimal::ZERO)
    } else {
        value < Decimal::ONE_HUNDRED
            && current > Decimal::ZERO
            && current % Decimal::ONE_HUNDRED == Decimal::ZERO
    }
}

struct Multiplier {
    factor: Decimal,
    money: bool,
}

fn multiplier(word: &str) -> Option<Multiplier> {
    let (factor, money): (i64, bool) = match word {
        "mil" | "thousand" | "thousands" | "miles" | "k" => (1_000, false),
        "luca" | "lucas" => (1_000, true),
        "millon" | "millones" | "million" | "millions" | "mm" | "mill" => (1_000_000, false),
        "palo" | "palos" | "melones" => (1_000_000, true),
        "m" => (1_000_000, false),
        "billion" | "billions" => (1_000_000_000, false),
        "billon" | "billones" => (1_000_000_000_000, false),
        _ => return None,
    };
    Some(Multiplier { factor: Decimal::from(factor), money })
}

/// A multiplier alone ("mil") is a number; "millones", "k", "m", "palos" alone are not.
fn allows_multiplier(word: &str, current: Option<Decimal>, group: Decimal, first: bool) -> bool {
    if current.is_some() || group > Decimal::ZERO {
        return true;
    }
    first && matches!(word, "mil" | "millon" | "million")
}

fn apply(
    m: &Multiplier,
    total: &mut Decimal,
    group: &mut Decimal,
    current: &mut Option<Decimal>,
) -> Option<()> {
    if m.factor < million() {
        *group = group.checked_add(current.unwrap_or(Decimal::ONE).checked_mul(m.factor)?)?;
    } else {
        let base = group.checked_add(current.unwrap_or(Decimal::ZERO))?;
        let base = if base == Decimal::ZERO { Decimal::ONE } else { base };
        *total = total.checked_add(base.checked_mul(m.factor)?)?;
        *group = Decimal::ZERO;
    }
    *current = None;
    Some(())
}

/// Digits with Colombian or English separators, perhaps with a multiplier attached (`5k`, `2M`).
fn digits(word: &str) -> Option<(Decimal, Option<Multiplier>)> {
    let end = word.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',')).unwrap_or(word.len());
    let (number, suffix) = word.split_at(end);
    let attached = match suffix {
        "" => None,
        "k" | "m" | "mm" | "mil" => Some(multiplier(suffix)?),
        _ => return None,
    };
    Some((decimal(number)?, attached))
}

/// Reads `1.234.567,89`, `1,234,567.89`, `1234`, `45,6`: one separator with three digits
/// after it groups, with one or two it marks decimals.
pub fn decimal(text: &str) -> Option<Decimal> {
    if text.is_empty() || text.len() > 24 || !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let last = text.rfind(['.', ',']);
    let Some(last) = last else { return text.parse().ok() };
    let (whole, tail) = text.split_at(last);
    let (separator, fraction) = tail.split_at(1);
    let other = if separator == "." { ',' } else { '.' };
    let grouped = |t: &str, by: char| {
        let mut parts = t.split(by);
        parts.next().is_some_and(|p| (1..=3).contains(&p.len())) && parts.all(|p| p.len() == 3)
    };
    let by = separator.chars().next()?;
    let clean = if whole.contains(by) || (!whole.contains(other) && fraction.len() == 3) {
        // The last separator groups: "1.234.567" or "1.234".
        grouped(text, by).then(|| text.replace(by, ""))?
    } else if whole.contains(other) {
        grouped(whole, other).then(|| format!("{}.{fraction}", whole.replace(other, "")))?
    } else {
        format!("{whole}.{fraction}")
    };
    clean.parse().ok()
}

/// The value of a number word below a thousand.
fn small(word: &str) -> Option<Decimal> {
    let value: i64 = match word {
        "cero" | "zero" => 0,
        "uno" | "one" => 1,
        "dos" | "two" => 2,
        "tres" | "three" => 3,
        "cuatro" | "four" => 4,
        "cinco" | "five" => 5,
        "seis" | "six" => 6,
        "siete" | "seven" => 7,
        "ocho" | "eight" => 8,
        "nueve" | "nine" => 9,
        "diez" | "ten" => 10,
        "once" | "eleven" => 11,
        "doce" | "twelve" => 12,
        "trece" | "thirteen" => 13,
        "catorce" | "fourteen" => 14,
        "quince" | "fifteen" => 15,
        "dieciseis" | "sixteen" => 16,
        "diecisiete" | "seventeen" => 17,
        "dieciocho" | "eighteen" => 18,
        "diecinueve" | "nineteen" => 19,
        "veinte" | "twenty" => 20,
        "veintiuno" | "veintiun" => 21,
        "veintidos" => 22,
        "veintitres" => 23,
        "veinticuatro" => 24,
        "veinticinco" => 25,
        "veintiseis" => 26,
        "veintisiete" => 27,
        "veintiocho" => 28,
        "veintinueve" => 29,
        "treinta" | "thirty" => 30,
        "cuarenta" | "forty" => 40,
        "cincuenta" | "fifty" => 50,
        "sesenta" | "sixty" => 60,
        "setenta" | "seventy" => 70,
        "ochenta" | "eighty" => 80,
        "noventa" | "ninety" => 90,
        "cien" | "ciento" => 100,
        "doscientos" | "doscientas" => 200,
        "trescientos" | "trescientas" => 300,
        "cuatrocientos" | "cuatrocientas" => 400,
        "quinientos" | "quinientas" => 500,
        "seiscientos" | "seiscientas" => 600,
        "setecientos" | "setecientas" => 700,
        "ochocientos" | "ochocientas" => 800,
        "novecientos" | "novecientas" => 900,
        _ => return None,
    };
    Some(Decimal::from(value))
}

/// Whether a word says a number or part of one, so that it is never a typing error of another word.
pub fn is_number_word(word: &str) -> bool {
    small(word).is_some() || (word.len() > 1 && multiplier(word).is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::normalize::tokens;
    use super::*;

    fn read(text: &str) -> Option<(usize, String)> {
        number_at(&tokens(text), 0).map(|(n, v)| (n, v.value.normalize().to_string()))
    }

    fn value(text: &str) -> String {
        let all = tokens(text);
        let (n, number) = number_at(&all, 0).unwrap_or_else(|| panic!("no number in {text}"));
        assert_eq!(n, all.len(), "{text} is a number as a whole");
        number.value.normalize().to_string()
    }

    #[test]
    fn words_and_digits_of_both_languages() {
        for (text, expected) in [
            ("mil millones", "1000000000"),
            ("un millón y medio", "1500000"),
            ("medio millón", "500000"),
            ("2 millones 500 mil", "2500000"),
            ("treinta y cinco mil", "35000"),
            ("doscientos cincuenta mil", "250000"),
            ("ciento veinte", "120"),
            ("1.5 millones", "1500000"),
            ("20 palos", "20000000"),
            ("500 lucas", "500000"),
            ("5M", "5000000"),
            ("100k", "100000"),
            ("$ 1.234.567,89", "1234567.89"),
            ("1,234,567.89", "1234567.89"),
            ("2,000", "2000"),
            ("three hundred thousand", "300000"),
            ("two hundred fifty", "250"),
            ("a million", "1000000"),
            ("one billion", "1000000000"),
            ("un billón", "1000000000000"),
            ("20 %", "20"),
            ("quince por ciento", "15"),
            ("10 millones de pesos", "10000000"),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn articles_and_bare_multipliers_are_not_numbers() {
        for text in ["un cliente", "a customer", "millones", "palos", "m", "2x14", "1.23.4"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read("quince de junio"), Some((1, "15".into())));
    }

    proptest! {
        #[test]
        fn grouped_digits_read_as_the_plain_number(n in 0u64..999_999_999_999, cents in 0u8..100) {
            let plain = n.to_string();
            let mut groups = Vec::new();
            let mut rest = plain.as_str();
            while rest.len() > 3 {
                let (head, tail) = rest.split_at(rest.len() - 3);
                groups.push(tail);
                rest = head;
            }
            groups.push(rest);
            groups.reverse();
            let expected = Decimal::new((n * 100 + u64::from(cents)) as i64, 2);
            prop_assert_eq!(decimal(&format!("{},{cents:02}", groups.join("."))), Some(expected));
            prop_assert_eq!(decimal(&format!("{}.{cents:02}", groups.join(","))), Some(expected));
            prop_assert_eq!(decimal(&plain), Some(Decimal::from(n)));
        }
    }
}
