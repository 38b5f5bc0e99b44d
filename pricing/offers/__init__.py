"""Offers: what takes something off prices or delivery, by itself or by a code, and how often it may."""
