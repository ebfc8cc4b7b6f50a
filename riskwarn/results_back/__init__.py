"""Results back from the officers: work lists out, results in, published, and what they tell."""

from riskwarn.results_back.checks import write_work_lists
from riskwarn.results_back.correcting import Corrected, correct_results
from riskwarn.results_back.estimates import draw_data, estimate_all
from riskwarn.results_back.forms import write_forms
from riskwarn.results_back.publishing import due_list, publish_results
from riskwarn.results_back.returned import ImportedResults, ReturnedFileError, import_results

__all__ = [
    "Corrected",
    "ImportedResults",
    "ReturnedFileError",
    "correct_results",
    "draw_data",
    "due_list",
    "estimate_all",
    "import_results",
    "publish_results",
    "write_forms",
    "write_work_lists",
]
