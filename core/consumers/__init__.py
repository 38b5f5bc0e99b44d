"""Consumers: topics of Kafka whose messages have effects here, each exactly once.

KAFKA_CONSUMERS names them (`configuration`); what a message of each says and does is a kind of message of some room
(`messages`). `manage.py consume_topics` takes batches (`consuming`) and works each in one transaction with the new
offsets of its partitions (`batches`), which alone say how far a consumer is. What is refused is kept beside them.
"""
