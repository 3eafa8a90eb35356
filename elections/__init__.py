"""Reads data/ strictly: what is wrong is said with file, line, column and the mend; nothing is guessed."""
