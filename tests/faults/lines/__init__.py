"""The lines of the battery of faults: each a module with `FULL`, `UNIT` and `run`; tests.faults.battery tells more."""
