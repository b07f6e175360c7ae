"""Prove what rules can mean, for all facts there can be: what `courrier check` and `courrier diff` say beyond names.

What a cascade answers depends on the situation alone (see `courrier.situations`), and there are finitely many of them.
So a claim about all facts is a claim about situations, and is settled by going through these without listing them.
From the ground up:

- `walk` finds a situation in which conditions hold together, or that there is none. It knows numbers only.
- `samples` and `candidates` make up values of facts that show every way in which tests can turn out; `people` makes up
  directories of collaborators. `points` tries them: which cells of axes that look at one fact come together, and by
  which values. `realms` does so for all axes of some conditions.
- `rules` proves a list of rules: which can fire, which conditions say nothing, which addresses may be blank.
- `ways` lays out all that a role of a mail can come to, through every cascade that it is left to; `compare` finds where
  two such lists differ, and `gaps` where one comes to nobody.
- `phrases` says in words which situations are meant, and `witness` makes facts of one, and has them decided about: what
  they do not show is not said.
- `leftovers` needs no situations: it finds what nothing uses, and what is missing in a language or a directory.
- `shown` and `places` turn findings into diagnostics, `proving` does all this for a rule book and its offices.
- `changes` compares what two rule books make of a mail, and `diff` the rule books as a whole.

A finding is sound: where values stand for all there can be, it says so; where they are but examples, as strings are
for a pattern, it says "may". Where there is more to count than can be counted, that is said, too.
"""
