"""`python -m gateway.cli`: the same as `eport`, for where the script is not on the path."""

from gateway.cli import main

main()
