```sql
SELECT 1
```