"""Reads data/ strictly: what is wrong is said with file, line, column and how to fix it; nothing is guessed."""
