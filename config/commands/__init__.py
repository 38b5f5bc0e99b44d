"""Commands by queue: calls of the API that come by a broker instead of HTTP.

`./run manage take_commands` takes messages from the broker that COMMANDS_QUEUE_URL names, hands each to the same views
as the web server does, with the message's request id as its Idempotency-Key, and replies with what they answer.
"""
