"""The e-port (电子口岸): takes declarations, checks, archives, queues, and brings customs' answers
back."""
