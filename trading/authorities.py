"""What there is to do with the order books."""

from core.authority import StandardRole, declare, declare_scope
from core.models import ClientKind

_MANAGER = [StandardRole.MANAGER]
_TRADERS = (ClientKind.STOREFRONT, ClientKind.BACK_OFFICE)

READ = declare_scope("book:read", "See the books and one's own orders, trades and imports", *_TRADERS)
WRITE = declare_scope("book:write", "Add, change, remove and import orders of the books", *_TRADERS)
TRADE = declare_scope("book:trade", "Trade", *_TRADERS)
MANAGE = declare_scope("book:manage", "List instruments", *_TRADERS)
NOTIFY = declare_scope("book:notify", "Tell of files that reached the object store", ClientKind.BACK_OFFICE)

VIEW = declare(
    "book.view",
    "See the books, their orders, trades and imports",
    "trading.instrument",
    "trading.pricelevel",
    "trading.sidetotal",
    "trading.bookorder",
    "trading.trade",
    "trading.fill",
    "trading.bookimport",
    scope=READ,
    roles=[StandardRole.FINANCE, *_MANAGER],
)
ADD_ORDER = declare("book.add", "Add orders to a book", "trading.bookorder", scope=WRITE, roles=_MANAGER)
CHANGE_ORDER = declare("book.change", "Change orders of a book", "trading.bookorder", scope=WRITE, roles=_MANAGER)
REMOVE_ORDER = declare("book.remove", "Remove orders from a book", "trading.bookorder", scope=WRITE, roles=_MANAGER)
PLACE_TRADE = declare("book.trade", "Trade", "trading.trade", scope=TRADE, roles=_MANAGER)
LIST_INSTRUMENTS = declare(
    "book.list", "List and change instruments", "trading.instrument", scope=MANAGE, roles=_MANAGER
)
IMPORT_FILES = declare("book.import", "Import files of orders", "trading.bookimport", scope=WRITE, roles=_MANAGER)
TELL_OF_FILES = declare("book.notify", "Tell of files that reached the object store", scope=NOTIFY)
