"""python table.py - print the table of README.md: every cell, how it runs, and its paper."""

import seqkit_torchrecurrent as package
from seqkit.engine import choose


def rows() -> list[tuple[str, ...]]:
    """Return a row for each cell: its name, its tensors of state, the plan for long inputs, and its paper."""
    found = []
    for name in (module.removesuffix("Cell") for module in package.MODULES):
        kind = getattr(package, name)
        cell = kind(8, 8)
        source = kind.__doc__.rpartition("Source:\n")[2].strip()
        found.append((f"`{name.lower()}`", f"`{name}Cell`", str(len(cell.state_shapes)), choose(cell).plan, source))
    return found


def main() -> None:
    """Print the cells that are taken, then those that are not."""
    print("| cell | of torchrecurrent | states | plan | paper |\n|---|---|---|---|---|")
    for row in rows():
        print(f"| {' | '.join(row)} |")
    for name, reason in package.LEFT_OUT.items():
        print(f"| - | `{name}` | | left out: {reason} | |")


if __name__ == "__main__":
    main()
