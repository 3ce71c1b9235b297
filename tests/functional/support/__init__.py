# SPDX-License-Identifier: MIT
"""What the functional suites share: the daemon as a child, a strict client, load, models."""
