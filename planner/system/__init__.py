"""The process and its surroundings: disk, workers, interrupts, phases.

Here: Ctrl-C while the program is still being loaded ends it, and says nothing of its insides.
Imported first of all, so it imports nothing that is not there already. What Python does before
it comes here (some 30 ms) is out of reach.
"""

import os
import sys
from _signal import SIGINT, default_int_handler, getsignal, signal


def is_program() -> bool:
    """Whether this process was started as ``planner`` or ``python -m planner``, not by a script
    or a notebook that uses it."""
    name = os.path.basename(sys.argv[0] if sys.argv else "")
    words = sys.orig_argv
    module = ("-m", "planner") in zip(words, words[1:], strict=False)
    return module or name in ("planner", "planner.exe")


def quiet_start() -> None:
    """Until the command line takes over, Ctrl-C ends the process with the code of a stopped
    run."""
    if is_program() and getsignal(SIGINT) is default_int_handler:
        signal(SIGINT, lambda *_: os._exit(5))


quiet_start()
