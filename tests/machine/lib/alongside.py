# SPDX-License-Identifier: Apache-2.0
"""What people do over and over while a test does something else; it ends with the block, however that ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def alongside(*rounds: Callable[[], object]) -> Iterator[None]:
    """A thread for each of them, which calls it again and again; all have returned when this does."""
    stop = threading.Event()

    def repeat(one: Callable[[], object]) -> None:
        while not stop.is_set():
            one()

    threads = [threading.Thread(target=repeat, args=(one,), daemon=True) for one in rounds]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
