"""`seqkit push` as a user types it, with the real client, against a stand-in on loopback."""

from pathlib import Path

import pytest

from seqkit.errors import HubError
from seqkit.hub.push import operations, push
from seqkit.hub.told import Told
from tests.hub.cases import save
from tests.hub.standin import TOKEN, Hub
from tests.hub.typed import Typed, typed_afresh
from tests.hub.typed import typed as typed


def test_a_folder_is_pushed_privately_to_a_branch_in_one_commit(online: Hub, typed: Typed, tmp_path: Path) -> None:
    folder = save(tmp_path / "days")
    (folder / "checkpoint-5").mkdir()
    (folder / "checkpoint-5" / "optimizer.pt").write_bytes(b"")
    code, shown = typed("seqkit push days me/days --private --revision v1 --message Days")
    assert code == 0, shown
    assert f"to me/days: {online.url}/me/days/commit/" in shown
    found = online.repositories["me/days"]
    assert found.private
    files = online.files("me/days", "v1")
    assert files["model.safetensors"] == (folder / "model.safetensors").read_bytes()
    assert "checkpoint-5/optimizer.pt" not in files
    assert online.files("me/days", "main") == {}
    commits = [path for _, path, _ in online.requests if "/commit/" in path]
    assert commits == ["/api/models/me/days/commit/v1"]
    assert all(sent for _, path, sent in online.requests if path.startswith("/api/models/"))


def test_the_card_that_is_pushed_loads_from_where_it_lies(online: Hub, typed: Typed, tmp_path: Path) -> None:
    folder = save(tmp_path / "days")
    before = (folder / "README.md").read_bytes()
    assert typed("seqkit push days me/other")[0] == 0
    card = online.files("me/other")["README.md"].decode()
    assert 'from_pretrained("me/other")' in card
    assert "pip install seqkit\n" in card
    assert not online.repositories["me/other"].private
    assert (folder / "README.md").read_bytes() == before


def test_a_folder_that_is_not_ready_sends_nothing(online: Hub, typed: Typed, tmp_path: Path) -> None:
    save(tmp_path / "days", told=Told())
    code, shown = typed("seqkit push days me/days")
    assert code == 1
    assert "error: days is not ready to be pushed:\n- the model has no licence." in shown
    assert not [path for method, path, _ in online.requests if method != "GET"]


def test_a_dry_run_lists_the_files_without_a_network(online: Hub, typed: Typed, tmp_path: Path) -> None:
    save(tmp_path / "days")
    code, shown = typed("seqkit push days me/days --dry-run")
    assert code == 0
    assert "  model.safetensors\n" in shown
    assert "nothing was sent" in shown
    assert online.requests == []


def test_what_was_asked_to_be_private_never_goes_where_all_can_see_it(
    online: Hub, typed: Typed, tmp_path: Path
) -> None:
    save(tmp_path / "days")
    online.add("me/days", {})
    code, shown = typed("seqkit push days me/days --private")
    assert code == 1
    assert "me/days is there already and is public; nothing was sent" in shown
    assert online.files("me/days") == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set"),
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, "http://127.0.0.1:9 does not answer"),
        ({"HF_TOKEN": "hf_wrong"}, "the hub refuses (401) to this token"),
    ],
)
def test_a_hub_out_of_reach_is_told_in_one_line(
    hub: Hub, tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    save(tmp_path / "days")
    code, shown = typed_afresh("seqkit push days me/days", tmp_path, hub, **changes)
    assert code == 1
    (line,) = [line for line in shown.splitlines() if line.startswith("error: ")]
    assert message in line
    assert "Traceback" not in shown
    assert TOKEN not in shown


def test_a_card_of_somebodys_own_is_sent_as_it_is(tmp_path: Path) -> None:
    folder = save(tmp_path / "days")
    (folder / "README.md").write_text("# Mine\n")
    sent = {each.path_in_repo: each.path_or_fileobj for each in operations(folder, "me/days")}
    assert sent["README.md"] == str(folder / "README.md")


def test_a_folder_is_checked_from_python_too(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="is not ready to be pushed"):
        push(tmp_path / "nowhere", "me/days")
