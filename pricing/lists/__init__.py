"""Price lists: what variants cost for whom, from when on, and from how many units on."""
