//! What a column's values mean, guessed from its name and type.
//!
//! The plan knows better and is asked first; this is for SQL that people and models write.
//! Whole words decide, never parts of words (`relativa` is not IVA), and what must never
//! be grouped or summed (ids, codes, years) is looked for first.

use arrow::datatypes::DataType;
use unicode_normalization::UnicodeNormalization;

use crate::model::ColumnKind;

const CODES: &[&str] = &[
    "id",
    "ids",
    "codigo",
    "cod",
    "code",
    "nit",
    "cedula",
    "identificacion",
    "sku",
    "consecutivo",
    "telefono",
    "celular",
    "periodo",
    "puesto",
    "posicion",
    "rank",
    "ranking",
    "rn",
    "fila",
    "dia",
    "day",
    "semana",
    "week",
    "trimestre",
    "quarter",
    "semestre",
    "hora",
    "hour",
    "key",
];
const YEARS: &[&str] = &["ano", "anio", "year", "vigencia"];
const PERCENTS: &[&str] = &[
    "margen",
    "margin",
    "pct",
    "porcentaje",
    "percent",
    "percentage",
    "participacion",
    "share",
    "porc",
    "tasa",
];
const COUNTERS: &[&str] = &["numero", "num", "nro", "conteo", "count", "cuantos", "cuantas", "n"];
const UNITS: &[&str] = &["cantidad", "unidades", "unidad", "units", "quantity", "qty", "stock"];
const THINGS: &[&str] = &[
    "clientes",
    "customers",
    "facturas",
    "invoices",
    "documentos",
    "documents",
    "productos",
    "products",
    "articulos",
    "lineas",
    "lines",
    "registros",
    "rows",
    "filas",
    "transacciones",
    "transactions",
    "pedidos",
    "orders",
    "vendedores",
    "proveedores",
    "marcas",
    "categorias",
    "dias",
    "days",
    "meses",
    "compras",
    "veces",
    "ciudades",
    "items",
    "referencias",
];
const AMOUNTS: &[&str] = &[
    "ventas",
    "venta",
    "sales",
    "facturacion",
    "facturado",
    "revenue",
    "ganancia",
    "ganancias",
    "utilidad",
    "profit",
    "costo",
    "costos",
    "cost",
    "valor",
    "amount",
    "ingreso",
    "ingresos",
    "income",
    "monto",
    "importe",
    "ticket",
    "saldo",
    "descuento",
    "descuentos",
    "discount",
    "iva",
    "neto",
    "netas",
    "bruto",
    "devoluciones",
    "returns",
];
const PRICES: &[&str] = &["precio", "precios", "price"];

/// The kind of a column, from its name and the type the engine gave it.
pub fn kind_of(column_name: &str, data_type: &DataType) -> ColumnKind {
    let words = words_of(column_name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match data_type {
        DataType::Dictionary(_, values) => kind_of(column_name, values),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => {
            if matches!(words.as_slice(), ["mes" | "month"] | ["ano", "mes"] | ["anio", "mes"]) {
                ColumnKind::Month
            } else {
                ColumnKind::Date
            }
        }
        other if other.is_numeric() => {
            known(column_name, other).unwrap_or_else(|| numeric_kind(&words, other))
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => text_kind(&words),
        _ => ColumnKind::Text,
    }
}

/// Columns of the sales table whose names alone would mislead.
fn known(name: &str, data_type: &DataType) -> Option<ColumnKind> {
    let kind = match name.to_ascii_lowercase().as_str() {
        "ventasiniva" | "ventamasiva" => ColumnKind::UnitPrice,
        "totalsiniva" | "totalmasiva" | "valorcosto" | "valordescuento" => ColumnKind::Money,
        "pordescuento" => ColumnKind::Percent,
        // The table's rate has five digits; a sum of the tax has more.
        "iva" if matches!(data_type, DataType::Decimal128(..=5, _)) => ColumnKind::Percent,
        "diascredito" => ColumnKind::Count,
        "numerodocumento" | "ventaid" => ColumnKind::Code,
        "mes" | "month" => ColumnKind::MonthOfYear,
        _ => return None,
    };
    Some(kind)
}

fn text_kind(words: &[&str]) -> ColumnKind {
    if is_weekday(words) {
        return ColumnKind::Weekday;
    }
    if is_month_of_year(words) {
        return ColumnKind::MonthOfYear;
    }
    if any(words, CODES) { ColumnKind::Code } else { ColumnKind::Text }
}

fn numeric_kind(words: &[&str], data_type: &DataType) -> ColumnKind {
    let has = |list: &[&str]| any(words, list);
    let first_is = |list: &[&str]| words.first().is_some_and(|word| list.contains(word));
    let amount = has(AMOUNTS) || has(PRICES);
    if words.contains(&"id")
        || words.contains(&"nit")
        || (has(CODES) && !amount && !has(PERCENTS) && !has(THINGS))
    {
        return if is_weekday(words) { ColumnKind::Weekday } else { ColumnKind::Code };
    }
    if is_weekday(words) {
        return ColumnKind::Weekday;
    }
    if has(YEARS) && !amount && !has(PERCENTS) && !has(THINGS) && !has(UNITS) && data_type.is_integer() {
        return ColumnKind::Year;
    }
    if is_month_of_year(words) {
        return ColumnKind::MonthOfYear;
    }
    if words.first() == Some(&"numero") && words.get(1) == Some(&"documento") {
        return ColumnKind::Code;
    }
    measure_kind(words, first_is(COUNTERS), amount)
}

fn measure_kind(words: &[&str], counts: bool, amount: bool) -> ColumnKind {
    let has = |list: &[&str]| any(words, list);
    if has(PERCENTS) {
        ColumnKind::Percent
    } else if counts || words.starts_with(&["cantidad", "de"]) {
        ColumnKind::Count
    } else if has(UNITS) && !has(PRICES) && !words.contains(&"valor") && !words.contains(&"costo") {
        if has(THINGS) { ColumnKind::Count } else { ColumnKind::Quantity }
    } else if has(THINGS) && !amount {
        ColumnKind::Count
    } else if has(PRICES) {
        ColumnKind::UnitPrice
    } else if amount || words.contains(&"total") {
        ColumnKind::Money
    } else if has(COUNTERS) {
        ColumnKind::Count
    } else {
        ColumnKind::Number
    }
}

fn is_weekday(words: &[&str]) -> bool {
    matches!(
        words,
        ["weekday"] | ["dow"] | ["dia", "semana"] | ["dia", "de", "la", "semana"] | ["day", "of", "week"]
    )
}

fn is_month_of_year(words: &[&str]) -> bool {
    matches!(
        words,
        ["mes"]
            | ["month"]
            | ["nombre", "mes"]
            | ["mes", "nombre"]
            | ["month", "name"]
            | ["num" | "numero", "mes"]
    )
}

fn any(words: &[&str], list: &[&str]) -> bool {
    words.iter().any(|word| list.contains(word))
}

/// The words of a name: split at anything but letters and digits and at `aB`, lower case, without accents.
pub fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_lower = false;
    for c in name.nfd().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')).take(512) {
        if c == '%' {
            words.push("pct".to_owned());
            words.push(String::new());
        } else if !c.is_alphanumeric() {
            words.push(String::new());
        } else if c.is_uppercase() && before_lower {
            words.push(c.to_lowercase().collect());
        } else if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        before_lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}
