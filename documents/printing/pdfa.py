"""What makes a PDF/A-3 with an e-invoice in it a Factur-X file: its own words in the metadata."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfWriter
from pypdf.generic import NameObject, StreamObject

FILE_NAME = "factur-x.xml"

_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_SCHEMAS = b"<pdfaExtension:schemas><rdf:Bag>"
_END = b"</rdf:RDF>"
_TOLD = {
    "DocumentType": ("INVOICE", "What the embedded file is of"),
    "DocumentFileName": (FILE_NAME, "The name of the embedded file"),
    "Version": ("1.0", "The version of the standard of the embedded file"),
    "ConformanceLevel": ("EN 16931", "The profile of the embedded file"),
}


def as_factur_x(pdf: bytes) -> bytes:
    """`pdf` is PDF/A-3 with FILE_NAME attached, whose metadata has extensions already. The same bytes for the same."""
    # With the version that Typst writes: the library's own is older than what PDF/A-3 is of.
    writer = PdfWriter(clone_from=BytesIO(pdf))
    writer.pdf_header = pdf[: pdf.index(b"\n")].decode().strip()
    metadata = writer.root_object[NameObject("/Metadata")].get_object()
    if not isinstance(metadata, StreamObject):
        raise TypeError("the file has no metadata")
    metadata.set_data(_with_factur_x(metadata.get_data()))
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def _with_factur_x(metadata: bytes) -> bytes:
    """Tells of the schema beside the others, as each property may stand but once, and what the file is at the end."""
    if metadata.count(_SCHEMAS) != 1 or metadata.count(_END) != 1:
        raise ValueError("the metadata has not one list of extensions")
    return metadata.replace(_SCHEMAS, _SCHEMAS + _schema().encode()).replace(_END, _description().encode() + _END)


def _schema() -> str:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{means}</pdfaProperty:description></rdf:li>"
        for name, (_, means) in _TOLD.items()
    )
    return (
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{_NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )


def _description() -> str:
    told = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, (value, _) in _TOLD.items())
    return f'<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}">{told}</rdf:Description>'
