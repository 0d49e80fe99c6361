"""Tests of what pages are made of; some run a page."""

from app_pages import brisk_runs  # noqa: F401  # a fixture of every test here
