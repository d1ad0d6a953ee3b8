"""Runs one target under libFuzzer: `python -m tests.fuzz.one_target NAME [libFuzzer's options]`.

Only the mail room is instrumented: coverage of anything else would not lead anywhere.
"""

import sys

import atheris

with atheris.instrument_imports(include=["mailgate.mail"]):
    from tests.fuzz.targets import TARGETS, random_of

from tests.harness.mailmutations import mutated


def changed(content: bytes, most: int, seed: int) -> bytes:
    """Half of the changes know what a mail is, the others are libFuzzer's own."""
    if seed % 2:
        return mutated(content, random_of(seed), most=2)[:most]
    done: bytes = atheris.Mutate(content, most)
    return done


def main() -> None:
    name, *options = sys.argv[1:]
    more = {"custom_mutator": changed} if name == "read" else {}
    atheris.Setup([sys.argv[0], *options], TARGETS[name], **more)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
