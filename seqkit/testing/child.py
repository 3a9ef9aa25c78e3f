"""A fresh Python process that imports and unpickles what the kit checks: `python -m seqkit.testing.child`.

It reads pickled requests from its standard input and answers each. What a plugin's import does to a process is looked
at from inside: before and after, with file descriptors 1 and 2 led into a file.
"""

import importlib
import os
import pickle
import sys
import tempfile
from typing import Any


def surroundings() -> dict[str, Any]:
    """Return what an import must leave as it is, by name."""
    import logging
    import random

    import numpy
    import torch

    arrays: Any = numpy.random.get_state()
    return {
        "the random numbers of Python": hash(random.getstate()),
        "the random numbers of numpy": (arrays[1].tobytes(), arrays[2:]),
        "the random numbers of torch": torch.get_rng_state().numpy().tobytes(),
        "torch's default dtype": str(torch.get_default_dtype()),
        "torch's default device": str(torch.get_default_device()),
        "whether gradients are kept": torch.is_grad_enabled(),
        "torch's number of threads": torch.get_num_threads(),
        "whether algorithms are deterministic": torch.are_deterministic_algorithms_enabled(),
        "the environment variables": dict(os.environ),
        "the working directory": os.getcwd(),
        "the level of the root logger": logging.getLogger().level,
        "the handlers of the root logger": list(map(id, logging.getLogger().handlers)),
    }


def noises_of(module: str) -> list[str]:
    """Import a module; returns what it printed or changed, in words."""
    before = surroundings()
    with tempfile.TemporaryFile() as caught:
        sys.stdout.flush(), sys.stderr.flush()
        kept = os.dup(1), os.dup(2)
        os.dup2(caught.fileno(), 1), os.dup2(caught.fileno(), 2)
        try:
            importlib.import_module(module)
        finally:
            sys.stdout.flush(), sys.stderr.flush()
            os.dup2(kept[0], 1), os.dup2(kept[1], 2)
        caught.seek(0)
        printed = caught.read().decode(errors="replace").strip()
    after = surroundings()
    changed = [f"it changes {name}" for name in before if before[name] != after[name]]
    return [f"it prints {printed[:80]!r}", *changed] if printed else changed


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Import the request's module, or call the function that its payload holds; gives `value` or `error`."""
    sys.path[:] = request["path"]
    try:
        if "module" in request:
            return {"value": noises_of(request["module"])}
        function, *arguments = pickle.loads(request["payload"])
        return {"value": function(*arguments)}
    except BaseException as error:  # SystemExit too: the parent shall be told
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    """Answer requests until the standard input ends."""
    replies = os.fdopen(os.dup(1), "wb")
    # Whatever a plugin prints when it runs must not come between the replies.
    os.dup2(2, 1)
    import torch  # noqa: F401 - what torch and transformers do to a process is no plugin's doing
    import transformers.initialization
    import transformers.modeling_utils  # noqa: F401

    while True:
        try:
            request = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(answer(request), replies)
        replies.flush()


if __name__ == "__main__":
    main()
