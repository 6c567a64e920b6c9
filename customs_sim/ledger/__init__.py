"""The ledger of customs: postings, balances, books and statements of account."""
