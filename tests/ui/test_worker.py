"""Jobs off the window's thread: results, progress, errors and stopping come back as plain data."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from minzheng_desktop.ui.worker import InlineWorker, Progress, Worker, WorkerBase


@pytest.fixture(params=[InlineWorker, Worker])
def worker(request: pytest.FixtureRequest) -> Iterator[WorkerBase]:
    made = request.param()
    yield made
    made.stop()


def _steps(counted: list[int], upto: int) -> Iterator[Progress]:
    for at in range(upto):
        counted.append(at)
        yield Progress(f"第 {at} 行", at, upto)
    return upto  # type: ignore[return-value]


def test_result_and_progress(worker: WorkerBase, qtbot) -> None:
    results: list[int] = []
    seen: list[Progress] = []
    worker.run(lambda: _steps([], 3), results.append, progress=seen.append)
    qtbot.waitUntil(lambda: results == [3])
    assert [step.done for step in seen] == [0, 1, 2]


def test_errors_go_to_one_funnel(worker: WorkerBase, qtbot) -> None:
    errors: list[Exception] = []
    worker.unhandled.connect(errors.append)
    worker.run(lambda: 1 // 0)
    qtbot.waitUntil(lambda: len(errors) == 1)
    assert isinstance(errors[0], ZeroDivisionError)


def test_a_callback_takes_the_error_instead(worker: WorkerBase, qtbot) -> None:
    taken: list[Exception] = []
    unhandled: list[Exception] = []
    worker.unhandled.connect(unhandled.append)
    worker.run(lambda: 1 // 0, failed=taken.append)
    qtbot.waitUntil(lambda: len(taken) == 1)
    assert not unhandled


def test_stopping_between_two_steps(qtbot) -> None:
    worker = Worker()
    counted: list[int] = []
    stopped: list[bool] = []
    results: list[int] = []
    ticket = worker.run(
        lambda: _steps(counted, 100_000),
        results.append,
        progress=lambda _step: ticket.cancel(),
        stopped=lambda: stopped.append(True),
    )
    qtbot.waitUntil(lambda: stopped == [True])
    worker.stop()
    assert not results
    assert len(counted) < 100_000


def test_jobs_run_in_order_on_one_other_thread(qtbot) -> None:
    worker = Worker()
    order: list[int] = []
    threads: list[int] = []
    for at in range(20):
        worker.run(lambda at=at: (threads.append(threading.get_ident()), at)[1], order.append)
    qtbot.waitUntil(lambda: len(order) == 20)
    worker.stop()
    assert order == list(range(20))
    assert set(threads) == {threads[0]}
    assert threads[0] != threading.get_ident()
