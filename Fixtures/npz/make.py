"""Writes the .npz files that the tests of NPZFile read: python3 make.py FOLDER (NumPy 2.x)."""
import sys, zipfile, pathlib
import numpy as np

folder = pathlib.Path(sys.argv[1])
values = np.arange(24, dtype=np.float64).reshape(4, 6) / 7 - 1
# Two pictures, 4 rows of 5 pixels; every byte is its own position.
pictures = np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3)
np.savez(folder / "stored.npz", pictures, np.array([3, 1]))
np.savez_compressed(folder / "packed.npz", mu=values[0], sigma=np.tile(values, (40, 1)))
# The same in zip64 form, with a comment and a member that is no array.
with zipfile.ZipFile(folder / "wide.npz", "w") as archive:
    archive.comment = b"a comment behind the directory"
    archive.writestr("readme.txt", "no array")
    with archive.open("mu.npy", "w", force_zip64=True) as member:
        np.lib.format.write_array(member, values[0])
