"""Turn what is installed into rows with a status: one place decides, listing and errors both tell it."""

from collections.abc import Iterable, Mapping

from seqkit.plugins.kinds import BUILT_IN, LOCAL, PluginInfo
from seqkit.plugins.metadata import Entry
from seqkit.plugins.policy import VARIABLE, Policy


def local_row(kind: str, name: str, cls: type) -> PluginInfo:
    """Return the row of a class registered in this process."""
    return PluginInfo(kind, name, LOCAL, "", "local", "registered in this process only", value_of(cls))


def value_of(cls: type) -> str:
    """Return where a class is defined, as an entry point would write it: `"module:Class"`."""
    return f"{cls.__module__}:{cls.__qualname__}"


def entry_rows(
    entries: Iterable[Entry], policy: Policy, local: Iterable[str], failures: Mapping[tuple[str, str], str]
) -> list[PluginInfo]:
    """Return one row for each entry point of one kind.

    Args:
        entries: the entry points of that kind.
        policy: what `SEQKIT_PLUGINS` says.
        local: the names registered in this process.
        failures: what went wrong at import, by kind and qualified name.
    """
    entries = list(entries)
    taken = dict.fromkeys(local, LOCAL) | {e.name: BUILT_IN for e in entries if e.distribution == BUILT_IN}
    rows = []
    for entry in entries:
        status, reason = _own_status(entry, policy, failures)
        if status == "ok" and entry.distribution != BUILT_IN:
            rivals = [e for e in entries if e.name == entry.name and e != entry and policy.allows(e.distribution)]
            status, reason = _name_status(entry, taken.get(entry.name), rivals)
        rows.append(PluginInfo(entry.kind, entry.name, entry.distribution, entry.version, status, reason, entry.value))
    return rows


def broken(distribution: str, fault: str) -> str:
    """Return the reason of a broken plugin: the fault and what to do about it."""
    if distribution == BUILT_IN:
        return f"{fault}; reinstall seqkit with what it requires, then call seqkit.plugins.refresh()"
    return (
        f"{fault}; repair, reinstall or remove {distribution}, then call seqkit.plugins.refresh() or start Python anew"
    )


def _own_status(entry: Entry, policy: Policy, failures: Mapping[tuple[str, str], str]) -> tuple[str, str]:
    """Judge an entry point by itself."""
    name = entry.distribution
    if name != BUILT_IN and not policy.allows(name):
        allowing = policy.with_distribution(name).text()
        return "disabled", f"{VARIABLE}={policy.text()!r} leaves {name} out; {VARIABLE}={allowing!r} lets it in"
    if entry.misfit:
        return "incompatible", f"{entry.misfit}; run `pip install --upgrade seqkit {name}`"
    fault = entry.fault or failures.get((entry.kind, f"{name}/{entry.name}"), "")
    return ("broken", broken(name, fault)) if fault else ("ok", "")


def _name_status(entry: Entry, owner: str | None, rivals: list[Entry]) -> tuple[str, str]:
    """Judge whether a plugin of another distribution has its bare name to itself."""
    qualified = f"{entry.distribution}/{entry.name}"
    if owner:
        whose = "seqkit's own" if owner == BUILT_IN else "registered in this process"
        return "shadowed", f"the name {entry.name!r} is {whose}; this one is {qualified!r}"
    if rivals:
        others = ", ".join(f"{rival.distribution}/{rival.name}" for rival in rivals)
        return "ambiguous", f"{others} has the same name; this one is {qualified!r}"
    return "ok", ""
