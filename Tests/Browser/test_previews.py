"""The sample pages in a real browser, as the last step of Deploy/test runs them."""

import os
import pathlib
import subprocess

import axe_previews
import pytest
import script_previews

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """All sample pages with their style sheet and script."""
    pages = tmp_path_factory.mktemp("previews")
    built = pathlib.Path(os.environ["EQUIPOISE_BINARY"]).parent
    subprocess.run([built / "PagesPreview", pages, ROOT / "Sources/Web/Assets"], check=True)
    assert len(list(pages.glob("*.html"))) > 20
    return pages


def test_every_page_is_accessible_at_every_width_in_light_and_dark(folder):
    assert axe_previews.main(folder) == 0


def test_the_script_only_saves_a_round_trip(folder):
    assert script_previews.main(folder) == 0
