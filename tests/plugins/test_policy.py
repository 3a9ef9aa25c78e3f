import pytest

from seqkit.errors import PluginError
from seqkit.plugins.policy import is_distribution_name, normalise, read_policy


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("*", ["seqkit-a", "seqkit-b", "seqkit-c"]),
        ("", []),
        ("  ", []),
        (",", []),
        ("seqkit-a", ["seqkit-a"]),
        ("seqkit-a,seqkit-b", ["seqkit-a", "seqkit-b"]),
        (" Seqkit_A , seqkit.b ,", ["seqkit-a", "seqkit-b"]),
        ("*,-seqkit-a", ["seqkit-b", "seqkit-c"]),
        ("-Seqkit__A,*", ["seqkit-b", "seqkit-c"]),
        ("seqkit-a,-seqkit-a", []),
    ],
)
def test_forms_of_the_variable(monkeypatch: pytest.MonkeyPatch, text: str, allowed: list[str]) -> None:
    monkeypatch.setenv("SEQKIT_PLUGINS", text)
    policy = read_policy()
    assert [name for name in ("seqkit-a", "seqkit-b", "seqkit-c") if policy.allows(name)] == allowed


def test_unset_lets_all_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQKIT_PLUGINS", raising=False)
    assert read_policy().allows("anything")


@pytest.mark.parametrize("text", ["a;b", "a b", "**", "-", "*,-", "a/b", "!a"])
def test_malformed_item_is_named(text: str) -> None:
    with pytest.raises(PluginError, match="is not a distribution name; write names with commas"):
        read_policy(text)


def test_leaving_out_of_nothing_is_refused() -> None:
    with pytest.raises(PluginError, match=r"write '\*,-seqkit-a' for all others"):
        read_policy("-seqkit-a")


@pytest.mark.parametrize(
    ("text", "with_a", "without_a"),
    [("*", "*", "*,-a"), ("", "a", ""), ("b", "b,a", "b"), ("a,b", "a,b", "b"), ("*,-a", "*", "*,-a")],
)
def test_advice_does_what_it_says(text: str, with_a: str, without_a: str) -> None:
    policy = read_policy(text)
    assert policy.with_distribution("a").text() == with_a
    assert policy.without_distribution("a").text() == without_a
    assert read_policy(with_a).allows("a")
    assert not read_policy(without_a).allows("a")


def test_normalise_follows_pep_503() -> None:
    assert {normalise(name) for name in ("Foo.Bar", "foo_bar", "FOO-._bar")} == {"foo-bar"}


def test_distribution_names() -> None:
    assert is_distribution_name("a")
    assert is_distribution_name("seqkit_min.GRU-2")
    assert not any(map(is_distribution_name, ["", "~eqkit", "a b", "-a", "a\n", "git+https://x", "a;b"]))
