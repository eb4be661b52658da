"""Runs a program and writes what it took, as JSON, to a file: measured.py FILE PROGRAM ARGUMENT…

Linux counts it for a program and all that the program started and waited for. Node can ask for its own use only.
"""
import json
import os
import sys
import time

begin = time.monotonic()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
wall = time.monotonic() - begin
with open(sys.argv[1], "w") as file:
    # Seconds, seconds, and bytes.
    json.dump({"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss * 1024}, file)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
