"""What a comparison of two checkouts reads in the documents of their benchmarks."""

from __future__ import annotations

from deploy.bench.server import ROOT
from deploy.bench.versus import Figure, read


def test_the_figures_of_the_document_in_the_repository_are_read() -> None:
    figures = read((ROOT / "docs/performance.md").read_text())
    assert {clients for path, clients in figures if path == "place an order"} == {1, 8, 32}
    assert all(figure.rate > 0 and figure.ratio > 0 for figure in figures.values())


def test_a_row_is_its_path_and_clients_with_the_rate_and_the_share_of_the_limit() -> None:
    headings = "| path | clients | a | b | c | d | e | f | g |"
    row = "| place an order | 8 | 1,399 | 5,580 | 0.253 | 1 | 2 | 3 | 8 |"
    assert read(f"{headings}\n{row}\n") == {("place an order", 8): Figure(1399.0, 0.253)}
