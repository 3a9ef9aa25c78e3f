from seqkit import plugins
from seqkit.cells import GRU
from seqkit.testing.names import named
from tests.testing.cell.plain import Plain


def test_an_installed_class_has_its_own_name() -> None:
    with named("cells", GRU) as name:
        assert name == "gru"


def test_any_other_borrows_one() -> None:
    before = plugins.list_plugins("cells")
    with named("cells", Plain) as name:
        assert plugins.get("cells", name) is Plain
    assert plugins.list_plugins("cells") == before


def test_a_registered_class_keeps_its_name() -> None:
    plugins.register("cells", "plain", Plain)
    try:
        with named("cells", Plain) as name:
            assert name == "plain"
        assert plugins.get("cells", "plain") is Plain
    finally:
        plugins.registry.unregister("cells", "plain")
