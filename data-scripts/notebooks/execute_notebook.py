"""Run one notebook through its kernel and report as JSON lines.

    python execute_notebook.py IN.ipynb OUT.ipynb [--every-cell] [--cell-seconds S]

With --every-cell a failed cell doesn't end the run; a cell that kills the kernel, or runs longer than S seconds, does. One line per event on stdout: cell (started), progress, done, error, finished. OUT is written whole, also when a cell
failed. The process ends, and takes the kernel with it, when its stdin closes: so no kernel outlives its runner.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import sys
import threading
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def emit(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


class Client(NotebookClient):
    """Passes on the progress bars that the kit's notebooks show, and runs again what the kernel dropped."""

    async def execute_surely(self, cell, index, number):
        """For a moment behind a failed cell, tslab drops the cells that it is given."""
        status = None

        def note(cell, cell_index, execute_reply):
            nonlocal status
            status = execute_reply["content"]["status"]

        self.on_cell_executed = note
        while True:
            await self.async_execute_cell(cell, index, execution_count=number)
            if status != "abort":
                return
            await asyncio.sleep(0.3)

    def process_message(self, msg, cell, cell_index):
        content = msg["content"]
        if content.get("metadata", {}).get("mckd") == "progress":
            emit("progress", text=content["data"].get("text/plain", ""))
        return super().process_message(msg, cell, cell_index)


def error_text(cell):
    """tslab sends no error message: the error is the last text on stderr."""
    texts = ["".join(o["text"]) for o in cell.get("outputs", []) if o.get("name") == "stderr"]
    return ANSI.sub("", texts[-1]).strip() if texts else "the cell failed without a message"


def failure(error, cell, seconds):
    if isinstance(error, DeadKernelError):
        return "the kernel died (out of memory, or stopped)"
    return f"the cell ran longer than {seconds} s" if isinstance(error, CellTimeoutError) else error_text(cell)


async def execute(source, target, every_cell=False, cell_seconds=None):
    notebook = nbformat.read(source, as_version=4)
    folder = os.path.dirname(os.path.abspath(source))
    client = Client(
        notebook,
        timeout=cell_seconds,
        startup_timeout=300,
        # For outputs that are still on their way when a cell has ended: after 4 s, the default, a slow machine loses them.
        iopub_timeout=600,
        kernel_name="tslab",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": os.environ.get("MCKD_NOTEBOOK_FOLDER") or folder}},
    )
    code = [i for i, c in enumerate(notebook.cells) if c.cell_type == "code" and c.source.strip()]
    failed = False
    async with client.async_setup_kernel():
        reply = await client.async_wait_for_reply(client.kc.kernel_info())
        if reply:
            notebook.metadata["language_info"] = reply["content"]["language_info"]
        for number, index in enumerate(code, start=1):
            cell = notebook.cells[index]
            emit("cell", cell=number, of=len(code))
            start = time.monotonic()
            try:
                await client.execute_surely(cell, index, number)
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                ended = not isinstance(error, CellExecutionError)
                message = failure(error, cell, cell_seconds)
                first = cell.source.strip().splitlines()[0]
                emit("error", cell=number, of=len(code), message=message, source=first, ended=ended)
                failed = True
                if ended or not every_cell:
                    break
                continue
            emit("done", cell=number, of=len(code), seconds=round(time.monotonic() - start, 3))
    part = f"{target}.part-{os.getpid()}"
    nbformat.write(notebook, part)
    os.replace(part, target)
    emit("finished", failed=failed)


def stop_with_the_runner():
    while os.read(0, 4096):  # not sys.stdin: its lock would still be held when the interpreter ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--every-cell", action="store_true")
    parser.add_argument("--cell-seconds", type=int)
    arguments = parser.parse_args()
    threading.Thread(target=stop_with_the_runner, daemon=True).start()
    try:
        asyncio.run(execute(**vars(arguments)))
    except Exception as error:
        # nbclient's own clean-up may fail after the relevant error.
        while error.__context__:
            error = error.__context__
        sys.exit(f"{type(error).__name__}: {error}")
