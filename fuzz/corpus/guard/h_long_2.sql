WITH ventas_mes AS (
    SELECT ano, mes, categoria, SUM(TotalMasIva) AS ventas
    FROM banco_datos
    WHERE DocumentosCodigo NOT IN ('XY', 'AS', 'TS')
    GROUP BY ano, mes, categoria
),
con_previo AS (
    SELECT ano, mes, categoria, ventas,
           LAG(ventas) OVER (PARTITION BY categoria ORDER BY ano, mes) AS previo,
           AVG(ventas) OVER (PARTITION BY categoria ORDER BY ano, mes ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS movil
    FROM ventas_mes
),
marcado AS (
    SELECT *, CASE WHEN previo IS NULL OR previo = 0 THEN NULL ELSE 100.0 * (ventas - previo) / previo END AS cambio
    FROM con_previo
)
SELECT TOP 50 categoria, CONCAT(ano, '-', RIGHT('0' + CAST(mes AS VARCHAR(2)), 2)) AS periodo, ventas, movil, ROUND(cambio, 1) AS cambio_pct,
       RANK() OVER (PARTITION BY ano, mes ORDER BY ventas DESC) AS puesto
FROM marcado
WHERE cambio IS NOT NULL AND ABS(cambio) > 20
ORDER BY ABS(cambio) DESC