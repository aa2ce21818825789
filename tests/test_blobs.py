"""Blobs in a folder and in an object store: whole or not at all, checked, cached, and patient where a store is away."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from digitlab import blobs
from digitlab.blobs import objects
from digitlab.cli import main
from digitlab.data import drawn
from digitlab.errors import BlobAwayError, BlobError, BlobMissingError, InputError, StoreError
from digitlab.jobs import orders
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.store.runs import forget_blobs
from digitlab.training.events import Event, Step
from digitlab.work import performing
from digitlab.work.exchange import Exchange
from harness import kept_files
from harness.object_store import ObjectStore
from tests.trained import CONFIG

KEY = "runs/1/checkpoint-0000024.npz"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with ObjectStore(tmp_path_factory.mktemp("objects")) as started:
        yield started


@pytest.fixture
def bucket(server: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An object store with nothing in it."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    place = f"s3://digitlab/{tmp_path.name.lower().replace('_', '-')}"
    monkeypatch.setenv("DIGITLAB_STORAGE", place)
    monkeypatch.setattr(objects, "_KNOWN", 0.0)
    return place


@pytest.fixture(params=["folder", "objects"])
def place(request: pytest.FixtureRequest) -> blobs.Blobs:
    if request.param == "objects":
        request.getfixturevalue("bucket")
    return blobs.stored()


def test_what_is_put_is_there_until_it_is_deleted(place: blobs.Blobs) -> None:
    assert not place.exists(KEY)
    assert place.list("") == {}
    sha256 = place.put(KEY, b"one")
    assert place.get(KEY, sha256).read_bytes() == place.read(KEY) == b"one"
    assert place.put(KEY, b"three") != sha256
    assert place.get(KEY).read_bytes() == b"three"
    place.put("runs/12/log-0001.txt", b"")
    assert {key: blob.size for key, blob in place.list("runs/1/").items()} == {KEY: 5}
    assert list(place.list("")) == [KEY, "runs/12/log-0001.txt"]
    place.delete(KEY, KEY)
    assert not place.exists(KEY)
    with pytest.raises(BlobMissingError, match=r"checkpoint-0000024\.npz is missing"):
        place.get(KEY)
    assert place.list("runs/1/") == {}


def test_another_content_than_the_row_says_is_noticed(place: blobs.Blobs) -> None:
    sha256 = place.put(KEY, b"one")
    place.put(KEY, b"two")
    with pytest.raises(BlobMissingError, match="cut or altered"):
        place.read(KEY, sha256)


@pytest.mark.parametrize("key", ["../x", "a//b", "/a", "a/..", "a/.hidden", "", "a b", "a/b/c/d/e"])
def test_a_key_leads_nowhere_else(place: blobs.Blobs, key: str) -> None:
    for act in (lambda: place.put(key, b""), lambda: place.read(key), lambda: place.delete(key)):
        with pytest.raises(ValueError, match="not a key"):
            act()


def test_the_cache_is_bounded_and_what_is_read_only_once_stays_out(
    bucket: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "CACHE", 25)
    place = blobs.stored()
    hashes = [place.put(f"models/{number}.keras", bytes([number]) * 10) for number in range(4)]
    files = [place.get(f"models/{number}.keras", sha256) for number, sha256 in enumerate(hashes)]
    assert sum(file.stat().st_size for file in (home / "cache").glob("*/*")) == 20
    assert files[3].exists()
    place.read("models/0.keras")
    assert not files[0].exists()


def test_a_set_of_drawings_is_in_no_cache_and_goes_with_its_drawing(bucket: str, home: Path) -> None:
    import numpy as np

    frozen = drawn.freeze("a" * 64, [4, 9], np.ones((2, 28, 28), np.uint8), [3, 7])
    assert drawn.load(frozen).labels.tolist() == [3, 7]
    assert not list((home / "cache").glob("*/*"))
    drawn.forget("a" * 64, [9])
    assert blobs.stored().list("") == {}


@pytest.mark.parametrize("held", [False, True])
def test_a_store_that_is_away_is_waited_for_and_named_after_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    monkeypatch.setattr(objects, "_ANSWER", 0.5)
    with ObjectStore(tmp_path / "objects") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        place = blobs.stored()
        place.put(KEY, b"one")
        (server.hold if held else server.end)()
        monkeypatch.setattr(blobs, "_patience", 1.0)
        with pytest.raises(BlobAwayError, match="does not answer"):
            place.put(KEY, b"two")
        monkeypatch.setattr(blobs, "_patience", 60.0)
        back = threading.Timer(1.0, server.go_on if held else server.start)
        back.start()
        place.put(KEY, b"three")
        back.join()
        assert place.read(KEY) == b"three"


def test_a_run_pauses_itself_with_a_sentence_where_a_store_stays_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ObjectStore(tmp_path / "objects") as server, Store() as store:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(blobs, "_patience", 1.0)
        job = orders.submit(OPERATOR, store, CONFIG, threads=1, claimed=True)

        def leave(event: Event) -> None:
            if isinstance(event, Step):
                server.end()

        with Exchange(store, job) as exchange:
            performing.perform(store, exchange, leave)
        ended = store.jobs.get(job.id)
        assert ended.state == "paused"
        assert "does not answer" in str(ended.reason)
        server.start()
        store.jobs.resume(OPERATOR, job.id)
        again = store.jobs.claim(1)
        assert again is not None
        with Exchange(store, again) as exchange:
            performing.perform(store, exchange)
        assert store.jobs.get(job.id).state == "finished"
        assert len(store.runs.epochs(job.id)) == CONFIG.epochs


def test_a_bucket_that_is_not_there_and_a_place_that_cannot_be_are_named(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITLAB_STORAGE", "s3://nowhere/x")
    with pytest.raises(BlobError, match="bucket of DIGITLAB_STORAGE is not there"):
        blobs.stored().put(KEY, b"")
    for given, said in (("ftp://x/y", "must be a folder or s3"), ("s3://", "must name a bucket")):
        monkeypatch.setenv("DIGITLAB_STORAGE", given)
        with pytest.raises(InputError, match=said):
            blobs.stored()


def test_the_files_of_an_earlier_version_are_brought_along(home: Path) -> None:
    (home / "runs" / "3").mkdir(parents=True)
    (home / "runs" / "3" / "checkpoint-0000001.npz").write_bytes(b"kept")
    (home / "models").mkdir()
    (home / "database.id").write_text("7\n")
    assert blobs.stored().read("runs/3/checkpoint-0000001.npz") == b"kept"
    assert blobs.stored().read("database.id") == b"7\n"
    (home / "runs" / "3" / "late.npz").write_bytes(b"by a worker that is at work still")
    assert blobs.stored().exists("runs/3/late.npz")


def test_all_is_moved_and_the_old_place_is_refused(
    home_with_runs: Path, bucket: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DIGITLAB_STORAGE")
    before = blobs.stored().list("")
    assert main(["storage", "move", bucket]) == 0
    assert f"DIGITLAB_STORAGE={bucket}" in capsys.readouterr().out
    assert not [path for path in (home_with_runs / "blobs").rglob("*") if path.is_file()]
    monkeypatch.setenv("DIGITLAB_STORAGE", bucket)
    assert blobs.stored().list("").keys() == before.keys()
    assert main(["storage", "check"]) == 0
    monkeypatch.setenv("DIGITLAB_STORAGE", str(home_with_runs / "elsewhere"))
    with pytest.raises(StoreError, match="lie in another place"):
        Store()


def test_rows_without_blobs_and_blobs_without_rows_are_found(
    home_with_runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = blobs.stored()
    with Store() as store:
        saved = store.runs.checkpoints(1)[0].file
    place.delete(saved)
    place.put("runs/1/checkpoint-0999999.npz", b"")
    place.put("runs/99/log-0001.txt", b"")
    assert main(["storage", "check"]) == 2
    said = capsys.readouterr().err
    assert f"Checkpoint {saved} of run 1 is missing" in said
    assert main(["storage", "check"]) == 2
    kept_files.file("runs/1/checkpoint-0999999.npz").unlink()
    forget_blobs(99)
    assert not kept_files.folder(99).exists()
