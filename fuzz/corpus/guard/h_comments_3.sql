SELECT COUNT(*) -- ¿cuántas? ñ; 'sin cerrar
FROM banco_datos