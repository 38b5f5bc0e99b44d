"""What documents say in each language that they can be written in."""

from __future__ import annotations

from dataclasses import dataclass

from documents.statuses import DocumentKind


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words of one language. `{}` is filled in."""

    locale: str
    """As Babel writes dates and amounts of the language."""

    invoice: str
    credit_note: str
    packing_slip: str
    pick_list: str
    return_slip: str

    number: str
    date: str
    order: str
    placed_on: str
    reference: str
    corrects: str
    reason: str
    shipment: str
    location: str
    carrier: str
    tracking: str

    bill_to: str
    ship_to: str
    from_: str

    item: str
    quantity: str
    unit_price: str
    amount: str
    tax: str
    picked: str
    returned: str

    delivery: str
    surcharge: str
    discount: str
    goodwill: str
    balance: str
    subtotal: str
    credited_before: str
    invoiced_before: str
    rounding: str
    total: str
    includes: str
    paid: str
    due: str
    overpaid: str
    given_back: str
    payable: str
    payable_by: str
    settled: str

    taxes: str
    rate: str
    net: str
    without_tax: str
    untaxed: dict[str, str]
    """Why no tax is raised, by the reason that taxes tell."""

    cancelled: str
    reasons: dict[str, str]
    terms: str
    return_policy: str
    return_until: str

    def title(self, kind: str) -> str:
        return str(getattr(self, DocumentKind(kind).value))


WORDS = {
    "en": Words(
        locale="en_GB",
        invoice="Invoice", credit_note="Credit note", packing_slip="Packing slip", pick_list="Pick list",
        return_slip="Return slip",
        number="Number", date="Date", order="Order", placed_on="Ordered on", reference="Your reference",
        corrects="Corrects invoice", reason="Reason", shipment="Shipment", location="Location", carrier="Carrier",
        tracking="Tracking number",
        bill_to="Bill to", ship_to="Ship to", from_="From",
        item="Item", quantity="Quantity", unit_price="Unit price", amount="Amount", tax="Tax", picked="Picked",
        returned="Returned",
        delivery="Delivery: {}", surcharge="Surcharge", discount="Discount", goodwill="Goodwill",
        balance="Balance of the order", subtotal="Subtotal", credited_before="Credited before",
        invoiced_before="Invoiced before", rounding="Rounding",
        total="Total", includes="Includes {}", paid="Paid", due="To be paid", overpaid="To be given back",
        given_back="Given back", payable="Payable on receipt.", payable_by="Payable by {}",
        settled="Is given back, or set off against what is to be paid.",
        taxes="Taxes", rate="Tax rate", net="Net amount", without_tax="No tax: {}",
        untaxed={"reverse_charge": "reverse charge, the recipient owes it", "exempt": "exempt"},
        cancelled="The order is cancelled",
        reasons={
            "returned": "Sent back", "damaged": "Damaged", "missing": "Missing", "wrong_item": "Wrong item",
            "late": "Late", "price": "Price", "cancelled": "Cancelled", "other": "Other",
        },
        terms="Terms of sale", return_policy="Returns", return_until="Send it back within {} days of its delivery.",
    ),
    "de": Words(
        locale="de_DE",
        invoice="Rechnung", credit_note="Gutschrift", packing_slip="Lieferschein", pick_list="Pickliste",
        return_slip="Rücksendeschein",
        number="Nummer", date="Datum", order="Bestellung", placed_on="Bestellt am", reference="Ihre Referenz",
        corrects="Berichtigt Rechnung", reason="Grund", shipment="Sendung", location="Lagerort",
        carrier="Versanddienst", tracking="Sendungsnummer",
        bill_to="Rechnung an", ship_to="Lieferung an", from_="Von",
        item="Artikel", quantity="Menge", unit_price="Einzelpreis", amount="Betrag", tax="Steuer",
        picked="Entnommen", returned="Zurück",
        delivery="Versand: {}", surcharge="Zuschlag", discount="Rabatt", goodwill="Kulanz",
        balance="Rest der Bestellung", subtotal="Zwischensumme", credited_before="Bereits gutgeschrieben",
        invoiced_before="Bereits berechnet",
        rounding="Rundung", total="Gesamtbetrag", includes="Enthält {}", paid="Bezahlt", due="Zu zahlen",
        overpaid="Zu erstatten", given_back="Erstattet", payable="Zahlbar bei Erhalt.", payable_by="Zahlbar bis {}",
        settled="Wird erstattet oder mit offenen Beträgen verrechnet.",
        taxes="Steuern", rate="Steuersatz", net="Nettobetrag", without_tax="Ohne Steuer: {}",
        untaxed={"reverse_charge": "Steuerschuldnerschaft des Leistungsempfängers", "exempt": "befreit"},
        cancelled="Die Bestellung ist storniert",
        reasons={
            "returned": "Zurückgesendet", "damaged": "Beschädigt", "missing": "Fehlt", "wrong_item": "Falscher Artikel",
            "late": "Verspätet", "price": "Preis", "cancelled": "Storniert", "other": "Sonstiges",
        },
        terms="Verkaufsbedingungen", return_policy="Rückgabe",
        return_until="Rückgabe innerhalb von {} Tagen nach der Lieferung.",
    ),
    "fr": Words(
        locale="fr_FR",
        invoice="Facture", credit_note="Avoir", packing_slip="Bon de livraison", pick_list="Liste de prélèvement",
        return_slip="Bon de retour",
        number="Numéro", date="Date", order="Commande", placed_on="Commandé le", reference="Votre référence",
        corrects="Rectifie la facture", reason="Motif", shipment="Expédition", location="Emplacement",
        carrier="Transporteur", tracking="Numéro de suivi",
        bill_to="Facturer à", ship_to="Livrer à", from_="De",
        item="Article", quantity="Quantité", unit_price="Prix unitaire", amount="Montant", tax="Taxe",
        picked="Prélevé", returned="Retourné",
        delivery="Livraison : {}", surcharge="Supplément", discount="Remise", goodwill="Geste commercial",
        balance="Solde de la commande", subtotal="Sous-total",
        credited_before="Déjà crédité", invoiced_before="Déjà facturé",
        rounding="Arrondi",
        total="Total", includes="Dont {}", paid="Payé", due="À payer", overpaid="À rembourser",
        given_back="Remboursé", payable="Payable à réception.", payable_by="Payable au plus tard le {}",
        settled="Remboursé, ou imputé sur ce qui reste à payer.",
        taxes="Taxes", rate="Taux de taxe", net="Montant net", without_tax="Sans taxe : {}",
        untaxed={"reverse_charge": "autoliquidation", "exempt": "exonération"},
        cancelled="La commande est annulée",
        reasons={
            "returned": "Retourné", "damaged": "Endommagé", "missing": "Manquant", "wrong_item": "Mauvais article",
            "late": "En retard", "price": "Prix", "cancelled": "Annulé", "other": "Autre",
        },
        terms="Conditions de vente", return_policy="Retours",
        return_until="Retour possible dans les {} jours suivant la livraison.",
    ),
    "es": Words(
        locale="es_ES",
        invoice="Factura", credit_note="Factura rectificativa", packing_slip="Albarán",
        pick_list="Lista de preparación", return_slip="Hoja de devolución",
        number="Número", date="Fecha", order="Pedido", placed_on="Pedido el", reference="Su referencia",
        corrects="Rectifica la factura", reason="Motivo", shipment="Envío", location="Ubicación",
        carrier="Transportista", tracking="Número de seguimiento",
        bill_to="Facturar a", ship_to="Enviar a", from_="De",
        item="Artículo", quantity="Cantidad", unit_price="Precio unitario", amount="Importe", tax="Impuesto",
        picked="Recogido", returned="Devuelto",
        delivery="Entrega: {}", surcharge="Recargo", discount="Descuento", goodwill="Gesto comercial",
        balance="Saldo del pedido", subtotal="Subtotal",
        credited_before="Abonado antes", invoiced_before="Facturado antes",
        rounding="Redondeo",
        total="Total", includes="Incluye {}", paid="Pagado", due="A pagar", overpaid="A devolver",
        given_back="Devuelto", payable="Pagadero a la recepción.",
        payable_by="Pagadero a más tardar el {}",
        settled="Se devuelve o se descuenta de lo pendiente de pago.",
        taxes="Impuestos", rate="Tipo impositivo", net="Importe neto", without_tax="Sin impuesto: {}",
        untaxed={"reverse_charge": "inversión del sujeto pasivo", "exempt": "exento"},
        cancelled="El pedido está cancelado",
        reasons={
            "returned": "Devuelto", "damaged": "Dañado", "missing": "Falta", "wrong_item": "Artículo equivocado",
            "late": "Con retraso", "price": "Precio", "cancelled": "Cancelado", "other": "Otro",
        },
        terms="Condiciones de venta", return_policy="Devoluciones",
        return_until="Se puede devolver en los {} días siguientes a la entrega.",
    ),
}  # fmt: skip
"""By the code of the language, as storefronts name it."""

DEFAULT = "en"


def words_of(language: str) -> Words:
    return WORDS[language]
