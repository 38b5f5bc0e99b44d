"""What payment gateways say they did, against what is recorded here, and what they paid out to the bank."""
