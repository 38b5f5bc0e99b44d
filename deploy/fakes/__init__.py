"""Stand-ins for services outside, spoken to over real HTTP: for the demo and the tests."""
