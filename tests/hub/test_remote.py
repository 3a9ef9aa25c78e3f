"""What the hub's client raises becomes one sentence with the next step."""

import httpx2
import pytest
from huggingface_hub import errors

from seqkit.errors import HubError
from seqkit.hub.remote import told_plainly


def response(status: int) -> httpx2.Response:
    return httpx2.Response(status, request=httpx2.Request("GET", "http://127.0.0.1/x"))


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (errors.OfflineModeIsEnabled("x"), "HF_HUB_OFFLINE is set"),
        (errors.LocalEntryNotFoundError("x"), "not among what was loaded before"),
        (errors.RevisionNotFoundError("x", response=response(404)), "there is no such revision"),
        (errors.RepositoryNotFoundError("x", response=response(404)), "shows no such repository to "),
        (errors.HFValidationError("bad name"), "bad name"),
        (errors.HfHubHTTPError("no", response=response(403)), r"the hub refuses \(403\).*HF_TOKEN"),
        (errors.HfHubHTTPError("no", response=response(500)), "the hub answers 500: no"),
        (httpx2.ConnectError("refused"), r"does not answer \(refused\)"),
    ],
)
def test_an_error_says_what_to_do(error: Exception, message: str) -> None:
    with pytest.raises(HubError, match=f"cannot push to me/days: .*{message}"), told_plainly("push to me/days"):
        raise error


def test_our_own_errors_and_mistakes_pass() -> None:
    for error in (HubError("x"), KeyError("x")):
        with pytest.raises(type(error), match="x"), told_plainly("push"):
            raise error
