/* Ventas por marca
   para 2025 */
SELECT marca, -- la marca
       SUM(TotalMasIva) AS ventas /* con IVA */
FROM banco_datos
WHERE ano = 2025 -- DROP TABLE no hace nada aquí
GROUP BY marca
ORDER BY ventas DESC; -- fin