"""Makes golden.json: what Pillow does to small pictures, for Tests/PicturesTests.

Usage: python3 -m venv v && v/bin/pip install pillow numpy && v/bin/python Fixtures/pictures/make.py
"""

import base64
import io
import json
import pathlib
import zlib

import numpy as np
import PIL
from PIL import Image, ImageOps


def pattern(width, height):
    """Sharp, clipped and smooth parts at once; PictureResizingTests.swift has the same formula."""
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    return Image.fromarray(((x * 37 + y * 101 + c * 53 + (x * y) % 7 * 19) % 256).astype(np.uint8))


def center_crop(image, size):
    """As center_crop_arr of openai/guided-diffusion (MIT)."""
    while min(image.size) >= 2 * size:
        image = image.resize(tuple(n // 2 for n in image.size), resample=Image.BOX)
    scale = size / min(image.size)
    image = image.resize(tuple(round(n * scale) for n in image.size), resample=Image.BICUBIC)
    array = np.array(image)
    top, left = (array.shape[0] - size) // 2, (array.shape[1] - size) // 2
    return Image.fromarray(array[top : top + size, left : left + size])


def encoded(data):
    return base64.b64encode(data).decode()


def pixels(image):
    return encoded(np.asarray(image.convert("RGB")).tobytes())


def file(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, **options)
    return buffer.getvalue()


def over_white(image):
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")


golden = {"pillow": PIL.__version__, "resize": [], "crop": [], "decode": []}
for filter in ("BOX", "BICUBIC", "LANCZOS"):
    for target in ((10, 8), (23, 5), (31, 29), (7, 40)):
        image = pattern(23, 17).resize(target, resample=getattr(Image, filter))
        golden["resize"].append(
            {"filter": filter.lower(), "width": target[0], "height": target[1], "pixels": pixels(image)}
        )
for source, size in (((70, 45), 16), ((33, 20), 24), ((20, 33), 20), ((131, 64), 13), ((5, 9), 8)):
    golden["crop"].append(
        {"width": source[0], "height": source[1], "size": size, "pixels": pixels(center_crop(pattern(*source), size))}
    )

photo = pattern(24, 16).resize((12, 9), resample=Image.BICUBIC)
alpha = photo.convert("RGBA")
alpha.putalpha(pattern(12, 9).convert("L"))
deep = Image.fromarray((np.asarray(photo.convert("L")).astype(np.uint16) * 257))
cases = {
    "rgb.png": (file(photo, format="PNG"), photo),
    "alpha.png": (file(alpha, format="PNG"), over_white(alpha)),
    "grey.png": (file(photo.convert("L"), format="PNG"), photo.convert("L")),
    "grey-alpha.png": (file(alpha.convert("LA"), format="PNG"), over_white(alpha.convert("LA"))),
    "palette.png": (file(photo.quantize(16), format="PNG"), photo.quantize(16)),
    "bits.png": (file(photo.convert("1"), format="PNG"), photo.convert("1")),
    "sixteen.png": (file(deep, format="PNG"), photo.convert("L")),
}
for name, options in {
    "444.jpeg": dict(quality=90, subsampling=0),
    "420.jpeg": dict(quality=80, subsampling=2),
    "progressive.jpeg": dict(quality=85, progressive=True),
}.items():
    data = file(photo, format="JPEG", **options)
    cases[name] = (data, Image.open(io.BytesIO(data)))
data = file(photo.convert("L"), format="JPEG", quality=90)
cases["grey.jpeg"] = (data, Image.open(io.BytesIO(data)))
data = file(photo.convert("CMYK"), format="JPEG", quality=95)
cases["inks.jpeg"] = (data, Image.open(io.BytesIO(data)))
for name, options in {
    "lossless.webp": dict(lossless=True, exact=True),
    "lossy.webp": dict(quality=80),
}.items():
    data = file(photo, format="WEBP", **options)
    cases[name] = (data, Image.open(io.BytesIO(data)))
data = file(alpha, format="WEBP", lossless=True, exact=True)
cases["alpha.webp"] = (data, over_white(Image.open(io.BytesIO(data))))
# Colour chunks, which Pillow does not apply either.
for name, gamma in {"linear.png": 100_000, "mac.png": 55_556}.items():
    data = file(photo, format="PNG")
    body = b"gAMA" + gamma.to_bytes(4, "big")
    chunk = (4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    data = data[:33] + chunk + data[33:]
    cases[name] = (data, Image.open(io.BytesIO(data)))
for name, (data, image) in cases.items():
    golden["decode"].append({"name": name, "file": encoded(data), "pixels": pixels(image)})

golden["turn"] = []
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    for format in ("PNG", "JPEG", "WEBP"):
        options = {} if format == "PNG" else dict(quality=90)
        data = file(photo, format=format, exif=exif, **options)
        turned = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        golden["turn"].append(
            {"orientation": orientation, "width": turned.width, "height": turned.height,
             "file": encoded(data), "pixels": pixels(turned)}
        )

path = pathlib.Path(__file__).with_name("golden.json")
path.write_text(json.dumps(golden, indent=1) + "\n")
print(path, path.stat().st_size, "bytes")
