"""A stand-in for the hub on loopback: the routes that `huggingface_hub` 2.4 takes to upload and download a model.

It proves our side of the conversation: what is sent, to which branch, with whose token. It does not prove that the hub
itself takes a card, a name or a file.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

Files = dict[str, bytes]
TOKEN = "hf_" + "x" * 20


@dataclass
class Repository:
    """A repository: branches, each a list of commits, each all files by path."""

    private: bool = False
    branches: dict[str, list[str]] = field(default_factory=lambda: {"main": []})
    commits: dict[str, Files] = field(default_factory=dict)

    def commit(self, branch: str, files: Files) -> str:
        """Add a commit to a branch, and return its id."""
        number = hashlib.sha1(json.dumps([branch, len(self.commits)]).encode()).hexdigest()
        self.commits[number] = files
        self.branches.setdefault(branch, []).append(number)
        return number

    def resolve(self, revision: str) -> str | None:
        """Return the commit that a branch or a commit's id means."""
        commits = self.branches.get(revision)
        if commits is not None:
            return commits[-1] if commits else self.commit(revision, {})
        return revision if revision in self.commits else None


class Hub:
    """All repositories, and every request: method, path, whether the token came along."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.blobs: dict[str, bytes] = {}
        self.requests: list[tuple[str, str, bool]] = []
        self.url = ""

    def files(self, repository: str, revision: str = "main") -> Files:
        """Return what lies in a repository."""
        found = self.repositories[repository]
        return found.commits[found.resolve(revision) or ""]

    def add(self, repository: str, files: Files, private: bool = False) -> str:
        """Put files into the main branch of a repository."""
        return self.repositories.setdefault(repository, Repository(private)).commit("main", files)


Answer = tuple[int, dict[str, str], bytes]
NAME = r"(?P<repo>[^/]+/[^/]+)"
ROUTES: list[tuple[str, str, str]] = [
    ("POST", r"/api/repos/create", "create"),
    ("POST", r"/api/validate-yaml", "validate"),
    ("POST", rf"/api/models/{NAME}/preupload/(?P<revision>.+)", "preupload"),
    ("POST", rf"/{NAME}\.git/info/lfs/objects/batch", "batch"),
    ("PUT", r"/blobs/(?P<oid>\w+)", "blob"),
    ("POST", rf"/api/models/{NAME}/commit/(?P<revision>.+)", "commit"),
    ("POST", rf"/api/models/{NAME}/branch/(?P<revision>.+)", "branch"),
    ("GET", rf"/api/models/{NAME}/tree/(?P<revision>[^/]+)(/.*)?", "tree"),
    ("GET", rf"/api/models/{NAME}(/revision/(?P<revision>.+))?", "info"),
    ("HEAD", rf"/{NAME}/resolve/(?P<revision>[^/]+)/(?P<path>.+)", "resolve"),
    ("GET", rf"/{NAME}/resolve/(?P<revision>[^/]+)/(?P<path>.+)", "resolve"),
]


def as_json(value: Any, status: int = 200) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()


def missing(kind: str) -> Answer:
    return 404, {"X-Error-Code": kind, "X-Error-Message": kind}, b""


class Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.serve()

    do_POST = do_PUT = do_HEAD = do_GET

    def log_message(self, *arguments: Any) -> None:
        pass

    def serve(self) -> None:
        path = unquote(urlsplit(self.path).path)
        sent = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        self.hub.requests.append((self.command, path, sent))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers, content = self.answer(path, body, sent)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def answer(self, path: str, body: bytes, sent: bool) -> Answer:
        for method, pattern, name in ROUTES:
            found = re.fullmatch(pattern, path)
            if method == self.command and found:
                given = {key: value for key, value in found.groupdict().items() if value is not None}
                repository = self.hub.repositories.get(given.get("repo", ""))
                # Whoever may not see a private repository is told that there is none, as on the hub.
                if "repo" in given and (repository is None or (repository.private and not sent)):
                    return missing("RepoNotFound")
                if self.command in ("POST", "PUT") and not sent and name != "blob":
                    return 401, {"X-Error-Message": "Invalid username or password."}, b""
                return getattr(self, name)(body=body, repository=repository, **given)
        return missing("EntryNotFound")

    def create(self, body: bytes, **_: Any) -> Answer:
        given = json.loads(body)
        name = f"{given.get('organization') or 'me'}/{given['name']}"
        url = {"url": f"{self.hub.url}/{name}", "name": name}
        if name in self.hub.repositories:
            return as_json(url, 409)
        self.hub.repositories[name] = Repository(given.get("visibility") == "private")
        return as_json(url)

    def validate(self, body: bytes, **_: Any) -> Answer:
        return as_json({"errors": [], "warnings": []})

    def preupload(self, body: bytes, **_: Any) -> Answer:
        files = json.loads(body)["files"]
        mode = {True: "lfs", False: "regular"}
        shown = [
            {"path": file["path"], "uploadMode": mode[file["path"].endswith(".safetensors")], "shouldIgnore": False}
            for file in files
        ]
        return as_json({"files": shown})

    def batch(self, body: bytes, **_: Any) -> Answer:
        objects = [
            {**each, "actions": {"upload": {"href": f"{self.hub.url}/blobs/{each['oid']}"}}}
            for each in json.loads(body)["objects"]
        ]
        return as_json({"transfer": "basic", "objects": objects})

    def blob(self, body: bytes, oid: str, **_: Any) -> Answer:
        self.hub.blobs[oid] = body
        return 200, {}, b""

    def commit(self, body: bytes, repository: Repository, revision: str, repo: str, **_: Any) -> Answer:
        number = repository.resolve(revision)
        if number is None:
            return missing("RevisionNotFound")
        files = dict(repository.commits[number])
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.blobs[value["oid"]]
        made = repository.commit(revision, files)
        return as_json({"success": True, "commitOid": made, "commitUrl": f"{self.hub.url}/{repo}/commit/{made}"})

    def branch(self, repository: Repository, revision: str, **_: Any) -> Answer:
        if revision in repository.branches:
            return as_json({}, 409)
        number = repository.resolve("main") or ""
        repository.branches[revision] = [number]
        return as_json({})

    def info(self, repository: Repository, repo: str, revision: str = "main", **_: Any) -> Answer:
        number = repository.resolve(revision)
        if number is None:
            return missing("RevisionNotFound")
        siblings = [{"rfilename": name} for name in repository.commits[number]]
        shown = {"_id": "0", "id": repo, "modelId": repo, "sha": number, "private": repository.private, "tags": []}
        return as_json({**shown, "downloads": 0, "likes": 0, "siblings": siblings})

    def tree(self, repository: Repository, revision: str, **_: Any) -> Answer:
        number = repository.resolve(revision)
        if number is None:
            return missing("RevisionNotFound")
        rows = [
            {"type": "file", "path": path, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
            for path, content in repository.commits[number].items()
        ]
        return as_json(rows)

    def resolve(self, repository: Repository, revision: str, path: str, **_: Any) -> Answer:
        number = repository.resolve(revision)
        if number is None:
            return missing("RevisionNotFound")
        content = repository.commits[number].get(path)
        if content is None:
            return missing("EntryNotFound")
        etag = hashlib.sha256(content).hexdigest()
        return 200, {"X-Repo-Commit": number, "ETag": f'"{etag}"', "Content-Type": "application/octet-stream"}, content


@pytest.fixture
def hub() -> Iterator[Hub]:
    """An empty hub on a port of its own."""
    made = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": made}))
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def environment(hub: Hub, token: str | None = TOKEN) -> dict[str, str]:
    """Return the variables that lead a fresh process to a hub."""
    given = {"HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1"}
    return {**given, "HF_TOKEN": token} if token else given
