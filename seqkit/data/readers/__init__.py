"""Readers: every kind of file, folder and hub data set becomes a `datasets.Dataset` with the columns of a task."""
