"""The console's pages of storefronts."""

from storefronts.admin.storefront import StorefrontAdmin

__all__ = ["StorefrontAdmin"]
