//! The distinct values of a large store: 50,000 of them, many alike.

use depotru::engine::ColumnValues;

const FIRST: [&str; 20] = [
    "CARLOS", "MARIA", "JORGE", "LUISA", "ANDRES", "PAOLA", "JUAN", "ANA", "PEDRO", "SOFIA", "DIEGO",
    "LAURA", "FELIPE", "CAMILA", "OSCAR", "DIANA", "HERNAN", "GLORIA", "RAUL", "NUBIA",
];
const LAST: [&str; 20] = [
    "RAMIREZ", "LOPEZ", "PEREZ", "GOMEZ", "TOVAR", "CASTRO", "TRUJILLO", "POLANIA", "CUELLAR", "PERDOMO",
    "LOSADA", "VARGAS", "MOTTA", "CABRERA", "QUINTERO", "SILVA", "ROJAS", "MEDINA", "BONILLA", "SUAREZ",
];

/// 40,000 customers, 9,000 products and the rest of a large store.
pub fn columns() -> Vec<ColumnValues> {
    let pick = |list: &[&str], n: usize| list[n % list.len()].to_string();
    let customers = (0..40_000)
        .map(|i| {
            format!(
                "{} {} {} {}",
                pick(&FIRST, i),
                pick(&FIRST, i / 20),
                pick(&LAST, i / 400),
                pick(&LAST, i / 8000)
            )
        })
        .map(|name| (name, 3));
    let goods = [
        "TUBO PVC",
        "CODO",
        "TALADRO",
        "CEMENTO GRIS",
        "VINILO",
        "CABLE",
        "TORNILLO",
        "LLAVE",
        "CINTA",
        "PALA",
    ];
    let products = (0..9_000).map(|i| (format!("{} REF {} X{}", pick(&goods, i), i / 10, i % 97), 5));
    let brands = (0..700).map(|i| (format!("MARCA{}{}", pick(&LAST, i), i), 9));
    let list = |values: &[&str]| values.iter().map(|v| ((*v).to_string(), 100)).collect::<Vec<_>>();
    [
        ("TercerosNombres", customers.collect::<Vec<_>>()),
        ("ArticulosNombre", products.collect()),
        ("marca", brands.chain([("BOSCH".to_string(), 50), ("MAKITA".to_string(), 40)]).collect()),
        ("ciudad", list(&["NEIVA", "PITALITO", "GARZON", "LA PLATA", "CAMPOALEGRE"])),
        ("categoria", list(&["HERRAMIENTAS", "CEMENTOS", "PINTURAS", "PLOMERIA"])),
        ("AlmacenCodigo", list(&["01", "02", "03", "04"])),
        ("VendedorFactura", list(&["CARLOS RAMIREZ", "MARIA FERNANDA LOPEZ"])),
    ]
    .into_iter()
    .map(|(column, values)| ColumnValues { column: column.to_string(), values })
    .collect()
}
