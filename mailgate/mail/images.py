"""Which octets are a picture, whatever their part calls itself.

What may be shown in a page must be one: a program that is labelled `image/png` is a file to save
like any other. SVG is a document that can hold scripts, and is never shown.
"""

import re

_BEGINNINGS = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF....WEBP|BM.{4}\0\0\0\0"
    rb"|II(?:[*+]\0|\xbc\x01)|MM\0[*+]"  # TIFF, JPEG XR
    rb"|....ftyp(?:hei[cxms]|hev[cmx]|mif1|msf1|avi[fs])"  # HEIC of iPhones, AVIF
    rb"|\0\0\0\x0c(?:jP  |JXL )|\xff\x0a|\xff\x4f\xff\x51|\0\0[\x01\x02]\0"  # JPEG 2000, XL; ICO
    rb"|\xd7\xcd\xc6\x9a|\x01\0\0\0.{36} EMF|8BPS\0\x01",  # WMF, EMF of Word; Photoshop
    re.DOTALL,
)
"""A picture under the name of another kind of picture is common and does no harm."""

VECTOR = "image/svg+xml"


def is_picture(octets: bytes) -> bool:
    """They begin as a picture of one of the kinds that mail programs put into pages."""
    return _BEGINNINGS.match(octets) is not None
