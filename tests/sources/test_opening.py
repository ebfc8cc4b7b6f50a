"""Files that cannot be opened are refused by a message that itself can be printed."""

import os
from pathlib import Path

import pytest

from riskwarn.errors import InputRejectedError
from riskwarn.sources.opening import open_raw


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_a_name_that_is_no_text_is_refused(tmp_path: Path, ending: str) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xb4\xf3." + ending.encode()))
    try:
        path.write_bytes(b"x\n1\n")
    except OSError:
        pytest.skip("this file system takes no such name")
    with pytest.raises(InputRejectedError, match="I101") as caught:
        open_raw(path, path.name)
    assert "UTF-8" in str(caught.value)
    str(caught.value).encode()
