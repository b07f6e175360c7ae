"""Make up dossiers as they are in life, to try rules on: as many as are wanted, and the same for the same seed.

A row is put together from texts that are made once: it takes one from each of some pools. So rows cost little, and of
all that is kept nothing grows with their number. From the ground up:

- `names` has the names of people, by Faker, and the words that offices and clients are called by.
- `needs` finds what rules want to know of facts: values that they compare with, people whom they name, and facts for
  want of which they could not decide.
- `offices` makes up offices, those that have rules of their own first: people, groups, addresses.
- `values` makes up what the facts of a rule book's own schema may be.
- `rows` lays out the pools, and draws rows from them.
- `formats` writes rows into a file.
"""
