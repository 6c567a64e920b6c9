"""The HTTP API of the gateway, ``/api/v1`` (``docs/contract.md`` 3): one file per resource, one
table of routes."""
