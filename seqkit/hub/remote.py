"""The hub's answers as errors that say what to do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from seqkit.errors import HubError


@contextmanager
def told_plainly(doing: str) -> Iterator[None]:
    """Turn what `huggingface_hub` raises into one sentence with the next step.

    Args:
        doing: what is being done, as `"push to me/days"`.

    Raises:
        HubError: if the hub could not be reached, knows no such repository or revision, or refused.
    """
    # Imported late: the command line's help needs none of it.
    import httpx2
    from huggingface_hub import constants, errors

    try:
        yield
    except (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError) as error:
        raise HubError(f"cannot {doing}: {_out_of_reach(constants.ENDPOINT)}") from error
    except errors.RevisionNotFoundError as error:
        raise HubError(
            f"cannot {doing}: there is no such revision. Give the name of a branch, tag or commit."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise HubError(
            f"cannot {doing}: {constants.ENDPOINT} shows no such repository{_as_whom()}. Look at the name; a private "
            "one needs HF_TOKEN of somebody who may read it."
        ) from error
    except errors.HFValidationError as error:
        raise HubError(f"cannot {doing}: {error}") from error
    except errors.HfHubHTTPError as error:
        raise HubError(f"cannot {doing}: {_refusal(error)}") from error
    except (httpx2.HTTPError, ConnectionError, TimeoutError) as error:
        raise HubError(
            f"cannot {doing}: {constants.ENDPOINT} does not answer ({error}). Is HF_ENDPOINT right?"
        ) from error


def _out_of_reach(endpoint: str) -> str:
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return "HF_HUB_OFFLINE is set, and it is not among what was loaded before. Unset it and try again."
    return f"{endpoint} does not answer, and it is not among what was loaded before. Is HF_ENDPOINT right?"


def _refusal(error: OSError) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    said = getattr(error, "server_message", None) or str(error).splitlines()[0]
    if status in (401, 403):
        return f"the hub refuses ({status}){_as_whom()}: {said}. Set HF_TOKEN to a token that may write there."
    return f"the hub answers {status}: {said}"


def _as_whom() -> str:
    from huggingface_hub import get_token

    return " to this token" if get_token() else " to somebody without a token"
