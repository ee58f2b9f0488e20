//! Conversations: what a later turn changes and what it keeps.

use super::fixture::{ask_after, summary};

/// Turns of a conversation and what the last one's SQL must hold.
const CONVERSATIONS: &[(&[&str], &[&str])] = &[
    (&["ventas de mayo", "¿y en abril?"], &["SUM(TotalMasIva)", "'2025-04-01'"]),
    (&["ventas de mayo de 2024", "¿y en abril?"], &["'2024-04-01'", "'2024-05-01'"]),
    (&["ventas de Bosch en mayo", "¿y las de Makita?"], &["marca = 'MAKITA'", "'2025-05-01'"]),
    (&["ventas de mayo", "ahora por marca"], &["GROUP BY marca", "'2025-05-01'"]),
    (&["ventas por marca", "solo Neiva"], &["GROUP BY marca", "ciudad = 'NEIVA'"]),
    (&["ventas por cliente este año", "top 5"], &["TOP 5", "ORDER BY ventas DESC"]),
    (&["ventas de mayo", "compáralo con el año pasado"], &["'2024-05-01'", "variacion_pct"]),
    (&["ventas de mayo", "¿y la utilidad?"], &["TotalSinIva - ValorCosto", "'2025-05-01'"]),
    (&["ventas por vendedor", "sin IVA"], &["SUM(TotalSinIva)", "GROUP BY VendedorFactura"]),
    (&["ventas por ciudad", "quita Neiva"], &["ciudad <> 'NEIVA'"]),
    (&["ventas por categoría", "por mes"], &["MONTH(Fecha)"]),
    (&["sales by brand", "what about May?"], &["GROUP BY marca", "'2025-05-01'"]),
    (&["sales in Neiva", "and in Pitalito?"], &["ciudad = 'PITALITO'"]),
    (&["sales in May", "by category"], &["GROUP BY categoria", "'2025-05-01'"]),
    (&["sales by customer", "only on credit"], &["DiasCredito > 0"]),
    (&["ventas de mayo", "utilidad por marca en 2024"], &["GROUP BY marca", "'2024-01-01'"]),
    (&["ventas de mayo", "¿y en abril?", "por ciudad"], &["'2025-04-01'", "GROUP BY ciudad"]),
    (&["ventas de mayo", "compared with the previous month"], &["'2025-04-01'", "variacion_pct"]),
];

#[test]
fn a_follow_up_changes_what_it_names_and_keeps_the_rest() {
    let mut wrong = Vec::new();
    for (turns, expected) in CONVERSATIONS {
        let outcome = ask_after(turns);
        let said = summary(&outcome);
        let raw = said.replace("  ", " ");
        if !expected.iter().all(|part| raw.contains(part)) || raw.starts_with("CLARIFY") {
            wrong.push(format!("{turns:?}\n    {said}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_turn_without_a_past_and_a_turn_nobody_understands_are_not_answered() {
    for turns in [
        &["¿y en abril?"][..],
        &["por marca"],
        &["ventas de mayo", "¿y en Marte?"],
        &["ventas", "¿y el clima?"],
    ] {
        let said = summary(&ask_after(turns));
        assert!(!said.starts_with("SELECT"), "{turns:?}: {said}");
    }
}
