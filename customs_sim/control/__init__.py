"""The control API ``/control/v1``: reads requests, calls desk and node, and answers in JSON."""
