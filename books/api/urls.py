from django.urls import path

from books.api import views

urlpatterns = [
    path("books/postings/", views.PostingList.as_view(), name="postings"),
    path("books/trial-balance/", views.TrialBalance.as_view(), name="trial-balance"),
]
