//! The closed classes of words that time is said with, in both languages.

use super::period::Grain;

/// January is 1.
pub fn month_number(word: &str) -> Option<u32> {
    Some(match word {
        "enero" | "ene" | "january" | "jan" => 1,
        "febrero" | "feb" | "february" => 2,
        "marzo" | "march" => 3,
        "abril" | "abr" | "april" | "apr" => 4,
        "mayo" | "may" => 5,
        "junio" | "jun" | "june" => 6,
        "julio" | "jul" | "july" => 7,
        "agosto" | "ago" | "august" | "aug" => 8,
        "septiembre" | "setiembre" | "sep" | "sept" | "september" => 9,
        "octubre" | "oct" | "october" => 10,
        "noviembre" | "nov" | "november" => 11,
        "diciembre" | "dic" | "december" | "dec" => 12,
        _ => return None,
    })
}

/// A calendar unit, and whether it stands in the plural.
pub fn unit(word: &str) -> Option<(Grain, bool)> {
    Some(match word {
        "dia" | "day" => (Grain::Day, false),
        "dias" | "days" => (Grain::Day, true),
        "semana" | "week" => (Grain::Week, false),
        "semanas" | "weeks" => (Grain::Week, true),
        "quincena" | "fortnight" => (Grain::Fortnight, false),
        "quincenas" | "fortnights" => (Grain::Fortnight, true),
        "mes" | "month" => (Grain::Month, false),
        "meses" | "months" => (Grain::Month, true),
        "bimestre" => (Grain::TwoMonths, false),
        "bimestres" => (Grain::TwoMonths, true),
        "trimestre" | "quarter" => (Grain::Quarter, false),
        "trimestres" | "quarters" => (Grain::Quarter, true),
        "semestre" | "semester" => (Grain::Half, false),
        "semestres" | "semesters" => (Grain::Half, true),
        "ano" | "year" => (Grain::Year, false),
        "anos" | "years" => (Grain::Year, true),
        _ => return None,
    })
}

/// Monday is 1; the flag says plural ("los lunes" and "lunes" are the same in Spanish).
pub fn weekday(word: &str) -> Option<(u8, bool)> {
    Some(match word {
        "lunes" | "monday" => (1, false),
        "mondays" => (1, true),
        "martes" | "tuesday" => (2, false),
        "tuesdays" => (2, true),
        "miercoles" | "wednesday" => (3, false),
        "wednesdays" => (3, true),
        "jueves" | "thursday" => (4, false),
        "thursdays" => (4, true),
        "viernes" | "friday" => (5, false),
        "fridays" => (5, true),
        "sabado" | "saturday" => (6, false),
        "sabados" | "saturdays" => (6, true),
        "domingo" | "sunday" => (7, false),
        "domingos" | "sundays" => (7, true),
        _ => return None,
    })
}

/// An ordinal from first to sixth, in words or with a suffix.
pub fn ordinal(word: &str) -> Option<u32> {
    Some(match word {
        "primer" | "primero" | "primera" | "1er" | "1ro" | "1ra" | "1o" | "1a" | "first" | "1st" => 1,
        "segundo" | "segunda" | "2do" | "2da" | "2o" | "2a" | "second" | "2nd" => 2,
        "tercer" | "tercero" | "tercera" | "3er" | "3ro" | "3ra" | "3o" | "3a" | "third" | "3rd" => 3,
        "cuarto" | "cuarta" | "4to" | "4ta" | "4o" | "4a" | "fourth" | "4th" => 4,
        "quinto" | "quinta" | "5to" | "5ta" | "fifth" | "5th" => 5,
        "sexto" | "sexta" | "6to" | "6ta" | "sixth" | "6th" => 6,
        _ => return None,
    })
}

/// "pasado", "anterior", "last" …: the unit before the current one.
pub fn is_previous(word: &str) -> bool {
    matches!(
        word,
        "pasado" | "pasada" | "anterior" | "previo" | "previa" | "last" | "previous" | "past" | "prior"
    )
}

/// "últimos", "pasados", "last" …: a stretch that ends today.
pub fn is_recent(word: &str) -> bool {
    matches!(
        word,
        "ultimos"
            | "ultimas"
            | "pasados"
            | "pasadas"
            | "recientes"
            | "last"
            | "past"
            | "previous"
            | "trailing"
    )
}

/// "este", "this" …
pub fn is_this(word: &str) -> bool {
    matches!(word, "este" | "esta" | "this" | "current" | "presente")
}

/// Words that only time is said with, so that they are never corrected into something else.
pub fn is_time_word(word: &str) -> bool {
    month_number(word).is_some()
        || unit(word).is_some()
        || weekday(word).is_some()
        || ordinal(word).is_some()
        || is_previous(word)
        || is_recent(word)
        || is_this(word)
        || matches!(word, "hoy" | "ayer" | "anteayer" | "antier" | "today" | "yesterday" | "ytd" | "mtd")
}

/// Words worth correcting a typing error into, and those that the grammar knows besides.
pub const CORRECTABLE: [&str; 131] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "semana",
    "semanas",
    "quincena",
    "meses",
    "trimestre",
    "trimestres",
    "semestre",
    "semestres",
    "week",
    "weeks",
    "month",
    "months",
    "quarter",
    "quarters",
    "year",
    "years",
    "lunes",
    "martes",
    "miercoles",
    "jueves",
    "viernes",
    "sabado",
    "domingo",
    "sabados",
    "domingos",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "pasado",
    "pasada",
    "ultimos",
    "ultimas",
    "anterior",
    "yesterday",
    "today",
    "periodo",
    "period",
    "mismo",
    "misma",
    "same",
    "lapso",
    "mitad",
    "half",
    "bimestre",
    "adelante",
    "onwards",
    "actual",
    "corriente",
    "corrido",
    "interanual",
    "antepasado",
    "antepasada",
    "previo",
    "previous",
    "last",
    "past",
    "desde",
    "hasta",
    "since",
    "until",
    "between",
    "entre",
    "despues",
    "antes",
    "before",
    "after",
    "partir",
    "hace",
    "atras",
    "ago",
    "from",
    "through",
    "date",
    "fecha",
    "dates",
    "fechas",
    "weekend",
    "first",
    "second",
    "third",
    "fourth",
    "primer",
    "segundo",
    "cinco",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "doce",
    "quince",
    "veinte",
    "treinta",
    "cuarenta",
    "cincuenta",
    "cien",
    "quinientos",
    "quinientas",
    "millon",
    "millones",
    "three",
    "seven",
    "eight",
    "twelve",
    "million",
];
