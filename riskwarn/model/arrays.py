"""NumPy archives as tables: each array becomes one Parquet file that a mapping can read."""

import zipfile
from pathlib import Path

from riskwarn.errors import InputRejectedError, Place, Problem

_MOST_BYTES = 2_000_000_000  # unpacked: more than any panel needs, less than the machine has


def unpack_arrays(path: Path, folder: Path) -> list[Path]:
    """Write the arrays of an .npz file as tables, one file an array, named after it.

    Takes:  path of the archive; folder, which must exist.
    Gives:  the files, sorted by name. Columns: `row`, from 0, then `value` for a list, `c0` … for
            a table; a table with more columns than rows is turned around.
    Raises: InputRejectedError I109 for a broken archive, one with objects in it, or too large.
    """
    import numpy as np
    import polars as pl

    written = []
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(one.file_size for one in archive.infolist())
        if size > _MOST_BYTES:
            raise _refused(path, f"解开后有 {size} 字节")
        with np.load(path, allow_pickle=False) as arrays:
            for name in sorted(arrays.files):
                array = arrays[name]
                if array.ndim not in (1, 2):
                    raise _refused(path, f"数组 {name} 不是表（{array.ndim} 维）")
                if array.ndim == 2 and array.shape[1] > array.shape[0]:
                    array = array.T
                columns = {"row": np.arange(array.shape[0])}
                if array.ndim == 1:
                    columns["value"] = array
                else:
                    columns |= {f"c{i}": array[:, i] for i in range(array.shape[1])}
                target = folder / f"{name}.parquet"
                pl.DataFrame(
                    {k: np.ascontiguousarray(v) for k, v in columns.items()}
                ).write_parquet(target)
                written.append(target)
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise _refused(path, str(error)) from error
    return written


def _refused(path: Path, why: str) -> InputRejectedError:
    expected = "只含数、是非或文字数组的 .npz"
    return InputRejectedError(Problem("I109", f"数组文件不能读：{why}", Place(path.name), expected))
