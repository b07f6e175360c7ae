"""Decide about tables: what `courrier table` says of each row, by a query and a few hundred questions to durable_rules.

What is decided about a row depends on its situation, and on which addresses stand where. So a query gives every row a
key, `Router.decide` is asked about one row of each key, and a join gives its answer to all rows of the key. No second
engine decides: where the query does not understand a value, the value itself is part of the key, and Python has a look
at it. From the ground up:

- `expressions` says in SQL what facts are in Python: blank, plain, normal. `files` finds and replaces files.
- `columns` lays out the columns of a table as facts, and `readings` reads facts from them.
- `axes` says in which cell of its axis a fact falls. `plans` lays out what decides about each mail of each office:
  which axes, and which addresses may be given; offices are rows of a table, and not parts of the query.
- `parts` puts together what a key is made of, and `query` the query that adds keys to rows. `answers` decides about a
  row of each key, and says where addresses stand; `results` says in SQL what a row is answered by that.
- `source` has tables of columns, `json_lines` those that are lines of JSON. `local` runs queries on DuckDB, and
  `cluster` on Spark.
- `deciding` does all this for one rule book or several, and `table` from files to files.
"""
