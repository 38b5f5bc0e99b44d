"""The staff console's base: read-only pages, buttons that each call one action, and lists that never count."""

from core.console.base import ConsoleAdmin
from core.console.buttons import Button, Submission, button_of, buttons_of
from core.console.forms import ActionForm, RowForm
from core.console.parts import Fact, Panel, badge, link_to, moment
from core.console.submissions import Done

__all__ = [
    "ActionForm",
    "Button",
    "ConsoleAdmin",
    "Done",
    "Fact",
    "Panel",
    "RowForm",
    "Submission",
    "badge",
    "button_of",
    "buttons_of",
    "link_to",
    "moment",
]
