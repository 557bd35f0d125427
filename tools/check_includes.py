#!/usr/bin/env python3
"""Fails when a file includes one from a row above its own (the house of vm/README.md)."""
