"""Orders from files of other systems, loaded through the same actions as the API's."""
