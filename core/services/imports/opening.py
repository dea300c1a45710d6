"""Whether a spreadsheet can be opened at all, asked of a process apart. What is wrong in it, the reader tells."""

from __future__ import annotations

import structlog

from core.confined.frames import Busy, Died, Unanswered
from core.errors import Invalid, Unavailable
from core.uploads.desk import Desk
from core.uploads.kinds import Refused

log = structlog.get_logger()

SHEETS = Desk("core.services.imports.apart", seconds=60, memory=1 << 30)
"""A hundred thousand rows take half of that."""


def refuse_unreadable(name: str, body: bytes) -> None:
    """Raises `Invalid` for a file that takes the process down or too long; `Unavailable` where it cannot be asked."""
    try:
        SHEETS.ask("open", body, name=name)
    except Refused as error:
        if error.code != "told":  # it is read again, and then says what is wrong, and where
            raise Invalid(
                "打开这个表格要占用的内存过多，为安全起见不予导入；请拆成几个文件后再上传", field="file"
            ) from error
    except Busy as error:
        raise Unavailable("现在打开的文件较多，没有轮到这个文件；请稍后再试", field="file") from error
    except Died as error:
        log.warning("spreadsheet_ended_its_process", size=len(body), reason=str(error))
        raise Invalid(
            "打开这个表格用时过长或中途出错，为安全起见不予导入；请另存为新的.xlsx后再上传", field="file"
        ) from error
    except Unanswered as error:
        log.error("spreadsheet_not_opened", size=len(body), reason=str(error))
        raise Unavailable("现在无法检查文件，没有接收；请稍后再试，仍不行请联系平台管理人员", field="file") from error
