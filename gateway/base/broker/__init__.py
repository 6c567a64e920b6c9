"""The adapters of the broker port: in one process, between two, and on RabbitMQ."""
