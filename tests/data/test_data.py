import subprocess
import sys

import pytest

import seqkit.data


def imported(code: str) -> set[str]:
    """Run code in a fresh process and give the modules it has imported."""
    output = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(output.stdout.split())


def test_import_is_light() -> None:
    assert not {"torch", "transformers", "datasets", "pyarrow"} & imported("import seqkit.data")


def test_the_light_import_test_can_fail() -> None:
    assert "datasets" in imported("from seqkit.data import read_dataset")


@pytest.mark.parametrize("name", seqkit.data.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(seqkit.data, name).__name__ == name
    assert name in dir(seqkit.data)


def test_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'read_datasets'"):
        seqkit.data.read_datasets  # noqa: B018
