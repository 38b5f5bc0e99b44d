"""What there is to do with the books: they are read, and their days closed; whoever moves money writes them."""

from core.authority import StandardRole, declare, declare_scope
from core.models import ClientKind

READ = declare_scope("books:read", "See the books", ClientKind.STOREFRONT, ClientKind.BACK_OFFICE)

VIEW = declare(
    "books.view",
    "See the books",
    "books.posting",
    "books.postingline",
    "books.dayclose",
    scope=READ,
    roles=[StandardRole.FINANCE, StandardRole.MANAGER],
)
CLOSE = declare("books.close", "Close days of the books", "books.dayclose", roles=[StandardRole.FINANCE])
