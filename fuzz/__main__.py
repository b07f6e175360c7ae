"""Fuzz one of the inputs with atheris: `python -m fuzz rules|facts|built|log [options of libFuzzer]`.

What it learns is kept in `build/fuzz/`, and the next run goes on from there. What breaks something is written there
too: the same command with the name of that file tries it again.
"""

import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
with atheris.instrument_imports(include=["courrier"]):
    import hostile

INPUTS = {take.__name__: take for take in (hostile.rules, hostile.facts, hostile.built, hostile.log)}
KEPT = ROOT / "build" / "fuzz"
LIMITS = ["-max_len=16384", "-len_control=0", "-rss_limit_mb=1024", "-timeout=10", f"-artifact_prefix={KEPT}/"]


def main() -> None:
    """Start from what is good, and go on until something is wrong."""
    if len(sys.argv) < 2 or sys.argv[1] not in INPUTS:
        sys.exit(f"usage: python -m fuzz {'|'.join(INPUTS)} [options of libFuzzer]")
    name, *options = sys.argv[1:]
    take = INPUTS[name]
    corpus = KEPT / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, sample in enumerate(hostile.samples()[take]):
        (corpus / f"sample-{number}").write_bytes(sample)

    def one(data: bytes) -> None:
        take(data)

    inputs = [] if any(not option.startswith("-") for option in options) else [str(corpus)]
    atheris.Setup([sys.argv[0], *LIMITS, *options, *inputs], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
