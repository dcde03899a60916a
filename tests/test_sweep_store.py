import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics.sweeps import sweep
from w2s_asymptotics.sweeps.plan import planned
from w2s_asymptotics.sweeps.store import Folder

pytest.importorskip("xarray")

WORLD = w2s.Population.isotropic(noise=0.5)
CHAIN = w2s.Ridge(gamma=0.5, lam=0.01), w2s.Ridge(gamma=0.8, lam=0.3)
OVER = {"teacher.gamma": np.linspace(0.2, 2, 12), "student.lam": np.logspace(-2, 1, 15)}
ASK = ("risks", "gain")
CHUNK = 6  # 12 x 3 chunks
FORMS = ["answers", "answers.nc", "answers.zarr"]


def asked(**more: Any) -> Any:
    return sweep(WORLD, *CHAIN, over=OVER, ask=ASK, chunk=CHUNK, **more)


class Logging:
    """An executor of this process that notes in a file which chunk it is about to compute."""

    def __init__(self, log: Path, pause: float = 0.0) -> None:
        self.log, self.pause = log, pause

    def submit(self, function: Any, plan: Any, number: int) -> Any:
        with self.log.open("a", encoding="ascii") as file:
            file.write(f"{number}\n")
        time.sleep(self.pause)
        future: Future[Any] = Future()
        future.set_result(function(plan, number))
        return future

    def numbers(self) -> list[int]:
        return [int(line) for line in self.log.read_text(encoding="ascii").split()]


def needs(form: str) -> None:
    if form.endswith(".nc"):
        pytest.importorskip("h5netcdf")
        pytest.importorskip("h5py")
    elif form.endswith(".zarr"):
        pytest.importorskip("zarr")


def bits(found: Any) -> dict[str, bytes]:
    return {name: found[name].values.tobytes() for name in (*ASK, *OVER)}


@pytest.mark.parametrize("form", FORMS)
def test_a_killed_sweep_goes_on(form: str, tmp_path: Path) -> None:
    """Killed in the middle: nothing saved is computed again, and the result is the same bit for bit."""
    needs(form)
    log = tmp_path / "log"
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import test_sweep_store as here\nfrom pathlib import Path\n"
        f"here.asked(store={str(tmp_path / form)!r}, executor=here.Logging(Path({str(log)!r}), 0.02))\n"
    )
    paths = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen([sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": paths})
    folder = tmp_path / (form if "." not in form else f"{form}.parts")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if (folder / "done.txt").exists() and (folder / "done.txt").read_bytes().count(b"\n") >= 10:
            break
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    saved = {int(line.split()[0]) for line in (folder / "done.txt").read_text().splitlines() if " " in line}
    assert 10 <= len(saved) < 36
    logging = Logging(log)
    before = logging.numbers()
    assert saved <= set(before)
    found = asked(store=tmp_path / form, executor=logging)
    again = logging.numbers()[len(before) :]
    assert sorted(again) == sorted(set(range(36)) - saved)
    assert bits(found) == bits(asked())
    found.close()
    asked(store=tmp_path / form, executor=logging).close()
    assert len(logging.numbers()) == len(before) + len(again)  # a finished sweep computes nothing
    assert {item.name for item in tmp_path.iterdir()} == {form, "log"}


@pytest.mark.parametrize("form", FORMS)
def test_interrupted_by_ctrl_c(form: str, tmp_path: Path) -> None:
    needs(form)

    class Interrupted(Logging):
        def submit(self, function: Any, plan: Any, number: int) -> Any:
            if number == 9:
                raise KeyboardInterrupt
            return super().submit(function, plan, number)

    with pytest.raises(KeyboardInterrupt):
        asked(store=tmp_path / form, executor=Interrupted(tmp_path / "log"))
    logging = Logging(tmp_path / "log")
    before = logging.numbers()
    found = asked(store=tmp_path / form, executor=logging)
    assert bits(found) == bits(asked())
    assert not set(logging.numbers()[len(before) :]) & set(before[:5])
    found.close()


def test_what_a_crash_spoilt_is_computed_again(tmp_path: Path) -> None:
    asked(store=tmp_path / "answers").close()
    gains = np.load(tmp_path / "answers" / "gain.npy", mmap_mode="r+")
    gains[0, 0] += 1.0
    gains.flush()
    with (tmp_path / "answers" / "done.txt").open("ab") as file:
        file.write(b"35 00")  # a line that breaks off
    logging = Logging(tmp_path / "log")
    found = asked(store=tmp_path / "answers", executor=logging)
    assert logging.numbers() == [0]
    assert bits(found) == bits(asked())


def test_a_store_keeps_its_chunks(tmp_path: Path) -> None:
    asked(store=tmp_path / "answers").close()
    logging = Logging(tmp_path / "log")
    sweep(WORLD, *CHAIN, over=OVER, ask=ASK, store=tmp_path / "answers", executor=logging)
    assert not logging.log.exists()


@pytest.mark.parametrize("form", FORMS)
def test_another_sweep_is_refused(form: str, tmp_path: Path) -> None:
    needs(form)
    asked(store=tmp_path / form).close()
    changes: list[dict[str, Any]] = [{"world": w2s.Population.isotropic(noise=0.4)}, {"ask": "gain"}]
    for change in (*changes, {"over": OVER | {"student.lam": [1.0]}}):
        given: dict[str, Any] = {"world": WORLD, "over": OVER, "ask": ASK, "chunk": CHUNK} | change
        world = given.pop("world")
        with pytest.raises(ValueError, match="holds another sweep: it differs in"):
            sweep(world, *CHAIN, store=tmp_path / form, **given)


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years")
    with pytest.raises(ValueError, match="is no sweep"):
        asked(store=tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years"


def test_one_process_at_a_time(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    plan = planned(WORLD, CHAIN, OVER, ASK, CHUNK)
    folder = Folder(tmp_path / "answers", plan, "{}")
    with folder.alone(), pytest.raises(ValueError, match="another process"), folder.alone():
        pass


def test_a_large_world_is_named_by_its_checksum(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((800, 4))
    world = w2s.Population.from_data(rows, rows @ np.ones(4) + rng.standard_normal(800))
    teacher = w2s.Ridge(samples=50, lam=0.1)
    found = sweep(world, teacher, over={"teacher.lam": [0.1, 0.2]}, ask="risk", store=tmp_path / "data.nc")
    assert set(json.loads(found.attrs["world"])) == {"type", "sha256 of its JSON"}
    found.close()


@pytest.mark.slow
def test_a_dask_worker_is_killed() -> None:
    """On a cluster of two workers, one killed in mid-run, the answers are the same bit for bit."""
    distributed = pytest.importorskip("distributed")
    alone = asked()
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):

        class Killing:
            """The client, which kills a worker by its process id after some chunks."""

            def __init__(self) -> None:
                self.count = 0
                self.killed: int | None = None

            def submit(self, function: Any, *job: Any, **more: Any) -> Any:
                self.count += 1
                if self.count == 12:
                    self.killed = next(iter(client.run(os.getpid).values()))
                    os.kill(self.killed, signal.SIGKILL)
                return client.submit(slowly, function, *job, pure=False)

        killing = Killing()
        found = asked(executor=killing)
        assert killing.killed is not None and killing.count == 36
        assert bits(found) == bits(alone)
        assert bits(asked(executor=client)) == bits(alone)


def slowly(function: Any, *job: Any) -> Any:
    """A chunk that takes a while."""
    time.sleep(0.05)
    return function(*job)
