//! A question without what is nobody else's business: names, tax ids, telephone numbers and
//! addresses become tokens before anything is sent, and are put back here.

use std::ops::Range;

use chrono::NaiveDate;

use crate::ask::Planner;
use crate::model::Dim;

/// A text whose private parts are tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Private {
    text: String,
    hidden: Vec<Hidden>,
}

/// A token and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// `CLIENTE_1`, `CORREO_1` …
    pub token: String,
    /// What stays here: the value of the data where it is known, else the words.
    pub real: String,
}

impl Private {
    /// The question with its private parts hidden.
    pub fn of(text: &str, planner: &Planner, today: NaiveDate) -> Private {
        let mut found: Vec<(Range<usize>, &'static str, Option<String>)> = patterns(text);
        for personal in planner.personal(text, today) {
            let overlaps =
                found.iter().any(|(r, ..)| r.start < personal.span.end && personal.span.start < r.end);
            if overlaps {
                continue;
            }
            let kind = match personal.dim {
                Some(Dim::Customer) => "CLIENTE",
                Some(Dim::Salesperson) => "VENDEDOR",
                _ => "NOMBRE",
            };
            found.push((personal.span, kind, personal.value));
        }
        found.sort_by_key(|(range, ..)| range.start);
        Private::with(text, found)
    }

    fn with(text: &str, found: Vec<(Range<usize>, &'static str, Option<String>)>) -> Private {
        let mut private = Private::default();
        let mut at = 0;
        for (range, kind, value) in found {
            let (Some(before), Some(written)) = (text.get(at..range.start), text.get(range.clone())) else {
                continue;
            };
            let real = value.unwrap_or_else(|| written.to_string());
            let token = private.token(kind, real);
            private.text.push_str(before);
            private.text.push_str(&format!("«{token}»"));
            at = range.end;
        }
        private.text.push_str(text.get(at..).unwrap_or_default());
        private
    }

    /// The token of a value: the same for the same value.
    fn token(&mut self, kind: &str, real: String) -> String {
        if let Some(known) = self.hidden.iter().find(|hidden| hidden.real == real) {
            return known.token.clone();
        }
        let of_kind = self.hidden.iter().filter(|hidden| hidden.token.starts_with(kind)).count();
        let token = format!("{kind}_{}", of_kind + 1);
        self.hidden.push(Hidden { token: token.clone(), real });
        token
    }

    /// The text that may be sent.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is hidden, in the order of the text.
    pub fn hidden(&self) -> &[Hidden] {
        &self.hidden
    }

    /// A text of the model with the real words back in their places.
    pub fn restored(&self, text: &str) -> String {
        self.replaced(text, |real| real.to_string())
    }

    /// T-SQL of the model with the real words back, inside text literals only and escaped.
    pub fn restored_sql(&self, sql: &str) -> String {
        let mut out = String::with_capacity(sql.len());
        let mut quoted = false;
        for part in sql.split_inclusive('\'') {
            if quoted {
                out.push_str(&self.replaced(part, |real| real.replace('\'', "''")));
            } else {
                out.push_str(part);
            }
            if part.ends_with('\'') {
                quoted = !quoted;
            }
        }
        out
    }

    fn replaced(&self, text: &str, real: impl Fn(&str) -> String) -> String {
        let mut out = text.to_string();
        // The longest token first: CLIENTE_1 is the beginning of CLIENTE_12.
        let mut hidden: Vec<&Hidden> = self.hidden.iter().collect();
        hidden.sort_by_key(|hidden| std::cmp::Reverse(hidden.token.len()));
        for one in hidden {
            let put = real(&one.real);
            out = out.replace(&format!("«{}»", one.token), &put);
            out = out.replace(&one.token, &put);
        }
        out
    }
}

/// Addresses and numbers that identify somebody.
fn patterns(text: &str) -> Vec<(Range<usize>, &'static str, Option<String>)> {
    let mut found: Vec<(Range<usize>, &'static str, Option<String>)> =
        mail_addresses(text).into_iter().map(|range| (range, "CORREO", None)).collect();
    for range in numbers(text) {
        let overlaps = found.iter().any(|(r, ..)| r.start < range.end && range.start < r.end);
        if !overlaps {
            found.push((range, "NUMERO", None));
        }
    }
    found
}

fn mail_addresses(text: &str) -> Vec<Range<usize>> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%');
    text.match_indices('@')
        .filter_map(|(at, _)| {
            let before = text.get(..at)?;
            let start = before.char_indices().rev().take_while(|(_, c)| part(*c)).last()?.0;
            let after = text.get(at + 1..)?;
            let length: usize = after.chars().take_while(|c| part(*c)).map(char::len_utf8).sum();
            let domain = after.get(..length)?.trim_end_matches('.');
            domain.contains('.').then(|| start..at + 1 + domain.len())
        })
        .collect()
}

/// Runs of digits, with the marks that people put between them, that look like a telephone
/// number, a tax id or an identity card rather than an amount, a year or a date.
fn numbers(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let mut end = at;
        while end < bytes.len() {
            let joins = matches!(bytes[end], b'.' | b'-' | b' ' | b',' | b'/')
                && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
            if !bytes[end].is_ascii_digit() && !joins {
                break;
            }
            end += 1;
        }
        if let Some(run) = text.get(at..end)
            && identifies(text.get(..at).unwrap_or_default(), run)
        {
            let plus = text.get(..at).is_some_and(|before| before.ends_with('+'));
            found.push(at - usize::from(plus)..end);
        }
        at = end.max(at + 1);
    }
    found
}

fn identifies(before: &str, run: &str) -> bool {
    let digits: String = run.chars().filter(char::is_ascii_digit).collect();
    let count = digits.len();
    let lead = crate::ask::fold(before);
    let mut last_words = lead.split(|c: char| !c.is_alphanumeric()).rev().filter(|w| !w.is_empty()).take(3);
    let introduced = last_words.any(|word| {
        const WORDS: [&str; 15] = [
            "nit",
            "cc",
            "cedula",
            "identificacion",
            "identidad",
            "tel",
            "telefono",
            "cel",
            "celular",
            "movil",
            "phone",
            "whatsapp",
            "wasap",
            "rut",
            "mobile",
        ];
        WORDS.contains(&word)
    });
    if introduced && count >= 5 {
        return true;
    }
    if before.ends_with('$') || before.trim_end().ends_with('$') || run.contains('/') || count < 7 {
        return false;
    }
    if is_day(run) || run.split(' ').all(is_day) {
        return false;
    }
    let plain = run.chars().all(|c| c.is_ascii_digit());
    let tax_id = (9..=10).contains(&count) && digits.starts_with(['8', '9']);
    let mobile = count == 10 && digits.starts_with('3') || count == 12 && digits.starts_with("57");
    let check_digit = run.rsplit_once('-').is_some_and(|(_, last)| last.len() == 1);
    if before.ends_with('+') || tax_id || mobile || check_digit {
        return true;
    }
    // What is left is an amount if it is grouped or round, and an identity card if not.
    plain && !digits.ends_with("000")
}

/// `2025-06-15`
fn is_day(text: &str) -> bool {
    text.parse::<NaiveDate>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ColumnValues;

    fn planner() -> Planner {
        let column = |name: &str, values: &[&str]| ColumnValues {
            column: name.into(),
            values: values.iter().map(|v| ((*v).to_string(), 10)).collect(),
        };
        Planner::new(
            vec![
                column("marca", &["ARGOS", "BOSCH"]),
                column("ciudad", &["NEIVA", "LA PLATA"]),
                column("TercerosNombres", &["CONSTRUCTORA EL ROBLE SAS", "MARIA GOMEZ", "O'HARA LTDA"]),
                column("VendedorFactura", &["PEDRO PARAMO"]),
            ],
            None,
        )
    }

    fn private(text: &str) -> Private {
        static PLANNER: std::sync::OnceLock<Planner> = std::sync::OnceLock::new();
        Private::of(text, PLANNER.get_or_init(planner), NaiveDate::default())
    }

    #[test]
    fn names_in_the_data_become_tokens_and_come_back() {
        for (text, kind) in [
            ("ticket de la constructora el roble en 2025", "CLIENTE_1"),
            ("cuánto nos compró Constructora El Roble", "CLIENTE_1"),
            ("ventas a maria gomez por marca", "CLIENTE_1"),
            ("lo que vendió pedro páramo", "VENDEDOR_1"),
        ] {
            let private = private(text);
            assert!(private.text().contains(&format!("«{kind}»")), "{text} → {}", private.text());
            let lower = private.text().to_lowercase();
            for name in ["roble", "gomez", "paramo", "páramo"] {
                assert!(!lower.contains(name), "{text} → {}", private.text());
            }
        }
    }

    #[test]
    fn what_is_nobodys_stays() {
        for text in [
            "ventas de argos en neiva en mayo de 2025",
            "ventas del 2025-06-01 al 2025-06-30",
            "clientes con más de 5.000.000 de pesos",
            "ventas mayores a $3001234567",
            "facturas de más de 20000000",
            "ventas por marca en La Plata",
        ] {
            assert_eq!(private(text).text(), text);
        }
    }

    #[test]
    fn numbers_and_addresses_that_identify_somebody_become_tokens() {
        for (text, secret) in [
            ("ventas al nit 900.123.456-7", "900.123"),
            ("ventas al nit 800123", "800123"),
            ("cliente con cédula 12345678", "12345678"),
            ("quién es 3001234567", "3001234567"),
            ("llamar al +57 300 123 4567 por favor", "300 123"),
            ("compras de ana.lopez@example.com.co este año", "ana.lopez"),
            ("ventas de 901234567", "901234567"),
        ] {
            let private = private(text);
            assert!(!private.text().contains(secret), "{text} → {}", private.text());
            assert_eq!(private.restored(private.text()), text, "{text}");
        }
    }

    #[test]
    fn strangers_that_look_like_names_become_tokens() {
        for text in ["ventas a Zutanito Perencejez", "ventas al cliente perencejez"] {
            assert!(!private(text).text().to_lowercase().contains("perencejez"), "{}", private(text).text());
        }
    }

    #[test]
    fn names_go_back_into_literals_only_and_escaped() {
        let private = private("compras de o'hara ltda");
        let token = &private.hidden()[0].token;
        let sql =
            format!("SELECT {token} FROM banco_datos WHERE TercerosNombres = '«{token}»' OR x = '{token}'");
        let restored = private.restored_sql(&sql);
        assert!(restored.contains("= 'O''HARA LTDA' OR x = 'O''HARA LTDA'"), "{restored}");
        assert!(restored.starts_with(&format!("SELECT {token}")));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_hidden_and_restored_without_panic(text in "\\PC{0,80}") {
            let private = private(&text);
            let _ = private.restored_sql(&private.restored(private.text()));
        }
    }
}
