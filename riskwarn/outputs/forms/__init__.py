"""检查通知书, 现场检查记录表 and 审批表 of one visit, as PDF and as Word, with a QR code.

Wording is data (`forms.yaml`), so are both layouts (`form.typ`, `form.docx`): they read what a form
says and show it, nothing in the data is run. Needs the extra `forms`. The QR code holds draw,
enterprise, officers' numbers and the hash of the freeze, so that an enterprise can check who stands
at its door (扫码入企).
"""

from riskwarn.outputs.forms.content import TITLES, Form, Visit, fill_form
from riskwarn.outputs.forms.pdf import write_pdf
from riskwarn.outputs.forms.word import write_word

__all__ = ["TITLES", "Form", "Visit", "fill_form", "write_pdf", "write_word"]
