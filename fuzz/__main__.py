"""Fuzz one of the inputs with atheris: `python -m fuzz rules|facts|built|log [options of libFuzzer]`.

What it learns is kept in `fuzz/corpus/`, and the next run goes on from there. A crash is written to a file; the same
command with that file's name runs it again.
"""

import sys
from pathlib import Path

import atheris

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "tests")]
with atheris.instrument_imports(include=["courrier"]):
    import hostile

INPUTS = {take.__name__: take for take in (hostile.rules, hostile.facts, hostile.built, hostile.log)}
LIMITS = ["-max_len=16384", "-rss_limit_mb=1024", "-timeout=10", f"-artifact_prefix={HERE}/"]


def main() -> None:
    """Start from what is good, and go on until something is wrong."""
    if len(sys.argv) < 2 or sys.argv[1] not in INPUTS:
        sys.exit(f"usage: python -m fuzz {'|'.join(INPUTS)} [options of libFuzzer]")
    name, *options = sys.argv[1:]
    take = INPUTS[name]
    corpus = HERE / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, sample in enumerate(hostile.samples()[take]):
        (corpus / f"sample-{number}").write_bytes(sample)

    def one(data: bytes) -> None:
        take(data)

    atheris.Setup([sys.argv[0], *LIMITS, *options, str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
