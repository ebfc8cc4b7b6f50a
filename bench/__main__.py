"""Run every benchmark of this folder; arguments go to the county scan."""

from bench import scan

scan.main()
