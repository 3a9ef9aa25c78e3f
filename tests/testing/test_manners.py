from types import SimpleNamespace

import pytest

from seqkit import CharTokenizer
from seqkit.cells import GRU
from seqkit.testing.manners import docstring_has_example, import_is_quiet


@pytest.mark.parametrize("kind", [GRU, CharTokenizer])
def test_built_ins_have_manners(kind: type) -> None:
    import_is_quiet(SimpleNamespace(kind=kind))
    docstring_has_example(SimpleNamespace(kind=kind))


def test_a_docstring_without_an_example_is_told() -> None:
    with pytest.raises(AssertionError, match="no example"):
        docstring_has_example(SimpleNamespace(kind=float))
