"""The same answer into a pandas data frame with pymssql. Needs: pip install pymssql pandas."""

import resource
import sys
import time

import pandas
import pymssql

host, port = sys.argv[1].rsplit(":", 1)
start = time.monotonic()
connection = pymssql.connect(
    server=host, port=port, user="analista", password="Clave#2025", database="SmartBusiness", tds_version="7.4"
)
cursor = connection.cursor()
cursor.execute("SELECT * FROM banco_datos")
names = [column[0] for column in cursor.description]
frame = pandas.DataFrame.from_records(cursor.fetchall(), columns=names)
took = time.monotonic() - start
used = resource.getrusage(resource.RUSAGE_SELF)
worked = used.ru_utime + used.ru_stime
print(
    f"{len(frame)} rows in {took:.2f} s, {len(frame) / took:.0f} rows/s, {worked:.1f} s of processor, "
    f"peak {used.ru_maxrss // 1024} MiB"
)
