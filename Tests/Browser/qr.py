"""Reads a QR picture as the camera of a telephone does: from what is shown."""
import io
import re

import zxingcpp
from PIL import Image


def read(locator):
    """The text of the one QR code that an element of a page shows."""
    return text_of(Image.open(io.BytesIO(locator.screenshot())))


def read_terminal(shown):
    """The text of the one QR code that a terminal shows in blocks, dark on light."""
    lines = re.findall("\x1b\\[30;107m([█▀▄ ]+)\x1b\\[0m", shown)
    picture = Image.new("L", (len(lines[0]), 2 * len(lines)), 255)
    for number, line in enumerate(lines):
        for column, block in enumerate(line):
            if block in "█▀":
                picture.putpixel((column, 2 * number), 0)
            if block in "█▄":
                picture.putpixel((column, 2 * number + 1), 0)
    return text_of(picture.resize((8 * picture.width, 8 * picture.height), Image.Resampling.NEAREST))


def text_of(picture):
    found = zxingcpp.read_barcodes(picture)
    assert len(found) == 1, f"{len(found)} codes are seen"
    assert found[0].format == zxingcpp.BarcodeFormat.QRCode
    return found[0].text
