"""Run one notebook through its kernel and report as JSON lines.

    python execute_notebook.py IN.ipynb OUT.ipynb

One line per event on stdout: cell (started), progress, done, error, finished. OUT is written whole, also when a cell
failed. The process ends, and takes the kernel with it, when its stdin closes: so no kernel outlives its runner.
"""

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
from nbclient.exceptions import CellExecutionError, DeadKernelError

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def emit(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


class Client(NotebookClient):
    """Passes on the progress bars that the kit's notebooks show."""

    def process_message(self, msg, cell, cell_index):
        content = msg["content"]
        if content.get("metadata", {}).get("mckd") == "progress":
            emit("progress", text=content["data"].get("text/plain", ""))
        return super().process_message(msg, cell, cell_index)


def error_text(cell):
    """tslab sends no error message: the error is the last text on stderr."""
    texts = ["".join(o["text"]) for o in cell.get("outputs", []) if o.get("name") == "stderr"]
    return ANSI.sub("", texts[-1]).strip() if texts else "the cell failed without a message"


async def execute(source, target):
    notebook = nbformat.read(source, as_version=4)
    folder = os.path.dirname(os.path.abspath(source))
    client = Client(
        notebook,
        timeout=None,
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
                await client.async_execute_cell(cell, index, execution_count=number)
            except (CellExecutionError, DeadKernelError) as error:
                dead = isinstance(error, DeadKernelError)
                message = "the kernel died (out of memory, or stopped)" if dead else error_text(cell)
                first = cell.source.strip().splitlines()[0]
                emit("error", cell=number, of=len(code), message=message, source=first)
                failed = True
                break
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
    threading.Thread(target=stop_with_the_runner, daemon=True).start()
    try:
        asyncio.run(execute(sys.argv[1], sys.argv[2]))
    except Exception as error:
        # nbclient's own clean-up may fail after the relevant error.
        while error.__context__:
            error = error.__context__
        sys.exit(f"{type(error).__name__}: {error}")
