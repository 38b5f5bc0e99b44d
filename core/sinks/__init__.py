"""Event sinks: brokers that are sent the log of events, each at its own pace, by a task of its own.

EVENT_SINKS names them (`configuration`). A worker holds a sink's row, reads the log on from its position, hands batches
to the sink's adapter and moves the position once the broker has confirmed (`working`): so events come at least once and
in the log's order, and a repetition has the same id.
"""
