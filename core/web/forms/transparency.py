"""The form with which a head that somebody holds is compared with today's."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import TextAreaField
from wtforms.validators import Length

from core.transparency.note import LONGEST
from core.web.forms.accounts import DomainForm


class HeldForm(DomainForm):
    note = TextAreaField(
        _("签名点全文"),
        [Length(max=LONGEST)],
        description=_("把留存的签名点整段粘贴进来，从日志名称到“—”开头的签名行"),
    )
    file = FileField(_("或选择文件"), description=_("下载时得到的文本文件"))

    def text(self) -> str:
        """What was pasted, else what is in the file; with the line breaks that were signed."""
        said = self.note.data or ""
        if not said.strip() and self.file.data:
            said = self.file.data.read(LONGEST + 1).decode("utf-8", "replace")
        return said.replace("\r\n", "\n").strip("\n") + "\n"
