from django.urls import path

from documents.api import views

urlpatterns = [
    path("documents/", views.Documents.as_view(), name="documents"),
    path("documents/<id:document_id>/", views.OneDocument.as_view(), name="document"),
    path("documents/<id:document_id>/pdf/", views.DocumentPdf.as_view(), name="document-pdf"),
    path("documents/<id:document_id>/e-invoice/", views.DocumentEInvoice.as_view(), name="document-e-invoice"),
    path("orders/<id:order_id>/documents/", views.DocumentsOfOrder.as_view(), name="order-documents"),
]
