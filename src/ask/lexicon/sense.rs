//! The meanings a phrase of the lexicon can have.

use crate::ask::intent::LineColumn;
use crate::ask::time::Grain;
use crate::model::{Dim, Metric};

/// Singular or plural.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// "marca"
    One,
    /// "marcas"
    Many,
}

/// Highest or lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Highest first.
    Desc,
    /// Lowest first.
    Asc,
}

/// A subject the data knows nothing of; its name is a key of the message catalogue.
pub type Topic = String;

/// What a phrase means.
#[derive(Debug, Clone, PartialEq)]
pub enum Sense {
    /// A figure.
    Metric(Metric),
    /// "vender", "facturar" as a verb: sales, unless a figure is named.
    Sell,
    /// "se vende", "vendidos": units when ranked.
    Sold,
    /// "comprar": the customer's side of sales.
    Buy,
    /// Returned goods.
    Returns,
    /// "sin IVA": turns sales into net sales.
    Net,
    /// "con IVA": sales as they are.
    Gross,
    /// "exentos de IVA": lines without the tax.
    Untaxed,
    /// "gravados": lines with the tax.
    Taxed,
    /// A dimension's noun.
    Dim(Dim, Number),
    /// "por", "x": groups, or names the figure to rank by, or the person who sold.
    Por,
    /// "según", "agrupado por", "by": groups.
    Group,
    /// "cada", "de cada": groups.
    Each,
    /// "mensual": a series.
    Grain(Grain),
    /// "mejores", "top": a ranking.
    Rank(Direction),
    /// "más".
    More,
    /// "menos", which may also negate.
    Less,
    /// "ranking".
    Ranking,
    /// "de menor a mayor".
    RankingUp,
    /// Comparison operators.
    Over,
    /// At least.
    AtLeast,
    /// Less than.
    Under,
    /// At most.
    AtMost,
    /// "entre A y B" of numbers.
    Between,
    /// "exactamente".
    Exactly,
    /// "negativo": below zero.
    Negative,
    /// "una sola vez": on one document.
    Once,
    /// "más de una vez".
    MoreThanOnce,
    /// "nunca se ha vendido", "never bought".
    NeverSold,
    /// "no tuvieron devoluciones".
    NotReturned,
    /// "segundo", "tercer": a place of a ranking.
    Nth(u32),
    /// "puesto", "lugar", beside the number of a place.
    Place,
    /// "vs".
    Versus,
    /// "creció", "variación": compares two periods by percentage.
    Change,
    /// "crecieron": only those that grew.
    Grew,
    /// "cayeron": only those that fell.
    Fell,
    /// "diferencia".
    Difference,
    /// "participación".
    Share,
    /// "corresponde a", "viene de": what follows is the part.
    ShareOf,
    /// "acumulado".
    Running,
    /// "promedio".
    Average,
    /// "cuántos".
    Count,
    /// "cuánto".
    HowMuch,
    /// "qué", "cuál".
    Which,
    /// "quién".
    Who,
    /// "dónde".
    Where,
    /// "cuándo".
    When,
    /// New customers.
    NewCustomers,
    /// "por primera vez".
    FirstTime,
    /// Customers that came back.
    Returning,
    /// "nuevos vs recurrentes".
    NewVersusReturning,
    /// "inactivos".
    Inactive,
    /// "no han comprado".
    NotBought,
    /// "no se han vendido", "sin ventas".
    NotSold,
    /// "dejaron de comprar".
    Stopped,
    /// "ABC".
    Abc,
    /// "clase A".
    AbcClass(char),
    /// "se compran juntos".
    Together,
    /// "junto con".
    TogetherWith,
    /// "excepto".
    Except,
    /// "sin".
    Without,
    /// "no".
    Not,
    /// "pero".
    But,
    /// "también".
    Also,
    /// On credit.
    Credit,
    /// Cash.
    Cash,
    /// "fin de semana".
    Weekend,
    /// "entre semana".
    Workdays,
    /// "distintos".
    Different,
    /// "evolución".
    Evolution,
    /// "total".
    Total,
    /// "líneas con descuento": a number that stands on the line.
    Line(LineColumn),
    /// "descuento" with which goods were sold.
    WithDiscount,
    /// "números", "informe": says nothing about what.
    Vague,
    /// "todos".
    All,
    /// "y".
    And,
    /// "o".
    Or,
    /// "de", "la" …: binds, means nothing by itself.
    Function,
    /// "en", "para": binds a place or a time.
    In,
    /// "que": opens a clause.
    That,
    /// "por favor", "muéstreme".
    Filler,
    /// Something the data does not hold.
    OutOfDomain(Topic),
    /// "se", "nos".
    Clitic,
    /// "último", "primero" without a time unit.
    Last,
    /// First.
    First,
    /// "ahora", "y": opens a follow-up.
    FollowUp,
    /// "quita".
    Drop,
    /// "solo".
    Only,
    /// "compáralo".
    CompareIt,
    /// "rentable": by margin or by profit.
    Profitable,
    /// "profitable": by profit.
    ProfitMaker,
}

/// The meaning named `key` in a lexicon file.
pub(super) fn sense_named(key: &str) -> Option<Sense> {
    let (family, name) = key.split_once('.').unwrap_or((key, ""));
    Some(match (family, name) {
        ("metric", name) => Sense::Metric(Metric::named(name)?),
        ("one", name) => Sense::Dim(Dim::named(name)?, Number::One),
        ("many", name) => Sense::Dim(Dim::named(name)?, Number::Many),
        ("topic", name) if !name.is_empty() => Sense::OutOfDomain(name.to_string()),
        ("grain", name) => Sense::Grain(match name {
            "day" => Grain::Day,
            "week" => Grain::Week,
            "month" => Grain::Month,
            "quarter" => Grain::Quarter,
            "half" => Grain::Half,
            "year" => Grain::Year,
            _ => return None,
        }),
        ("line", "discount_pct") => Sense::Line(LineColumn::DiscountPct),
        ("line", "vat_rate") => Sense::Line(LineColumn::VatRate),
        ("line", "unit_price") => Sense::Line(LineColumn::UnitPrice),
        ("line", "credit_days") => Sense::Line(LineColumn::CreditDays),
        ("rank", "desc") => Sense::Rank(Direction::Desc),
        ("rank", "asc") => Sense::Rank(Direction::Asc),
        ("rank", "more") => Sense::More,
        ("rank", "less") => Sense::Less,
        ("rank", "all") => Sense::Ranking,
        ("rank", "all_up") => Sense::RankingUp,
        ("rank", "place") => Sense::Place,
        ("nth", n) => Sense::Nth(n.parse().ok().filter(|n| (2..=10).contains(n))?),
        ("op", name) => match name {
            "over" => Sense::Over,
            "at_least" => Sense::AtLeast,
            "under" => Sense::Under,
            "at_most" => Sense::AtMost,
            "between" => Sense::Between,
            "exactly" => Sense::Exactly,
            "negative" => Sense::Negative,
            "once" => Sense::Once,
            "more_than_once" => Sense::MoreThanOnce,
            _ => return None,
        },
        ("abc", class @ ("a" | "b" | "c")) => Sense::AbcClass(class.chars().next()?.to_ascii_uppercase()),
        ("verb", "sell") => Sense::Sell,
        ("verb", "sold") => Sense::Sold,
        ("verb", "buy") => Sense::Buy,
        (word, "") => match word {
            "returns" => Sense::Returns,
            "net" => Sense::Net,
            "gross" => Sense::Gross,
            "untaxed" => Sense::Untaxed,
            "taxed" => Sense::Taxed,
            "por" => Sense::Por,
            "group" => Sense::Group,
            "each" => Sense::Each,
            "versus" => Sense::Versus,
            "change" => Sense::Change,
            "grew" => Sense::Grew,
            "fell" => Sense::Fell,
            "difference" => Sense::Difference,
            "share" => Sense::Share,
            "share_of" => Sense::ShareOf,
            "running" => Sense::Running,
            "average" => Sense::Average,
            "count" => Sense::Count,
            "how_much" => Sense::HowMuch,
            "which" => Sense::Which,
            "who" => Sense::Who,
            "where" => Sense::Where,
            "when" => Sense::When,
            "new_customers" => Sense::NewCustomers,
            "first_time" => Sense::FirstTime,
            "returning" => Sense::Returning,
            "new_versus_returning" => Sense::NewVersusReturning,
            "inactive" => Sense::Inactive,
            "not_bought" => Sense::NotBought,
            "not_sold" => Sense::NotSold,
            "never_sold" => Sense::NeverSold,
            "not_returned" => Sense::NotReturned,
            "stopped" => Sense::Stopped,
            "abc" => Sense::Abc,
            "together" => Sense::Together,
            "together_with" => Sense::TogetherWith,
            "except" => Sense::Except,
            "without" => Sense::Without,
            "not" => Sense::Not,
            "but" => Sense::But,
            "also" => Sense::Also,
            "credit" => Sense::Credit,
            "cash" => Sense::Cash,
            "weekend" => Sense::Weekend,
            "workdays" => Sense::Workdays,
            "different" => Sense::Different,
            "evolution" => Sense::Evolution,
            "total" => Sense::Total,
            "with_discount" => Sense::WithDiscount,
            "vague" => Sense::Vague,
            "all" => Sense::All,
            "and" => Sense::And,
            "or" => Sense::Or,
            "function" => Sense::Function,
            "in" => Sense::In,
            "that" => Sense::That,
            "filler" => Sense::Filler,
            "clitic" => Sense::Clitic,
            "last" => Sense::Last,
            "first" => Sense::First,
            "follow_up" => Sense::FollowUp,
            "drop" => Sense::Drop,
            "only" => Sense::Only,
            "compare_it" => Sense::CompareIt,
            "profitable" => Sense::Profitable,
            "profitable_by_profit" => Sense::ProfitMaker,
            _ => return None,
        },
        _ => return None,
    })
}
