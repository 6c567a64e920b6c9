"""The enterprise's screens, under ``/portal``. They read what the API reads and file through the
same intake; no rule, check or table is theirs."""
