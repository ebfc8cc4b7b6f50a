"""Results back from the officers: work lists out, results in, published, and what they tell."""

from riskwarn.results_back.checks import write_work_lists
from riskwarn.results_back.estimates import draw_data, estimate_all
from riskwarn.results_back.publishing import due_list
from riskwarn.results_back.returned import ImportedResults, ReturnedFileError, import_results

__all__ = [
    "ImportedResults",
    "ReturnedFileError",
    "draw_data",
    "due_list",
    "estimate_all",
    "import_results",
    "write_work_lists",
]
