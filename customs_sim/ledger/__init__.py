"""The books of customs: what events post, the registers as balance rows, the cash book and
statements of account. Sends nothing."""
