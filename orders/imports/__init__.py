"""Orders from files of other systems, brought in through the same actions as the API's."""
