"""What customs reads from the wire and writes to it: filings, documents, replies, ids, and the
calendar that they are dated by. Stores nothing."""
