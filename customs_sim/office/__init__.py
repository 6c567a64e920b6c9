"""The shell of customs: its unit of work, its outbox, its operators and their audit."""
