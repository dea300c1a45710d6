"""Why a file cannot be taken, for whoever sent it: what is wrong, and what to do."""

from __future__ import annotations

from core.errors import N_, Invalid
from core.uploads.kinds import Refused

_KINDS = N_("只接受PDF、JPG或PNG文件；这个文件的内容不是其中任何一种，请转换后再上传")
_SEEMS = {
    "office": N_("只接受PDF、JPG或PNG文件；这是Office文档或压缩包，请另存为PDF（压缩包请先解压）后再上传"),
    "old_office": N_("只接受PDF、JPG或PNG文件；这是Office文档，请另存为PDF后再上传"),
    "heic": N_("只接受PDF、JPG或PNG文件；这是HEIC照片，请在手机相机设置中改为“兼容性最佳”后重拍，或截图后再上传"),
    "video": N_("只接受PDF、JPG或PNG文件；这是一段视频，请改传照片或PDF"),
    "archive": N_("只接受PDF、JPG或PNG文件；这是压缩包，请解压后逐个上传"),
    "program": N_("只接受PDF、JPG或PNG文件；这是程序文件，不能上传"),
    "page": N_("只接受PDF、JPG或PNG文件；这是网页或矢量图，请打印为PDF后再上传"),
}
_SENTENCES = {
    "no_picture": N_("图片只接受JPG或PNG格式；这个文件的内容不是其中任何一种，请转换后再上传"),
    "pdf_end": N_("这个PDF不完整，或在结尾之后夹带了其他内容；请用PDF阅读器打开后重新导出，再上传"),
    "pdf_locked": N_("这个PDF设有密码或限制了编辑，无法核对；请打印为新的PDF（去掉密码）后再上传"),
    "pdf_empty": N_("这个PDF没有任何页面，请检查后重新上传"),
    "pdf_long": N_("这个PDF有%(pages)s页，最多%(most)s页；请只留需要的页，或分成几份上传"),
    "pdf_script": N_("这个PDF带有脚本、会自动运行的动作或动态表单，不能接收；请打印为普通PDF后再上传"),
    "pdf_carries": N_("这个PDF带有附件、音视频或三维内容，不能接收；请打印为普通PDF后再上传"),
    "pdf_broken": N_("这个PDF已损坏或不完整，无法打开；请重新导出后再上传"),
    "pdf_large": N_("这个PDF解压后过大或结构异常，为安全起见不予打开；请打印为新的PDF后再上传"),
    "picture_broken": N_("这张图片已损坏或不完整，无法打开；请重新拍摄或导出后再上传"),
    "picture_large": N_("图片尺寸过大，请缩小到5000万像素以内再上传"),
    "picture_moves": N_("这是动态图片，不能作为材料；请截图后再上传"),
    "picture_tail": N_("这张图片在结尾之后夹带了其他内容；请重新拍摄或截图后再上传"),
    "exhausting": N_("打开这个文件要占用的内存过多，为安全起见不予接收；请缩小或分成几份后再上传"),
}
_TWO_KINDS = {
    "page": N_("这个文件里夹带了网页代码，不能接收；请打印为普通PDF或截图后再上传"),
    "archive": N_("这个文件里夹带了压缩包，不能接收；请打印为普通PDF或截图后再上传"),
    "pdf": N_("这张图片里夹带了PDF，不能接收；请重新拍摄或截图后再上传"),
}


def invalid(error: Refused) -> Invalid:
    """The refusal as an error of the form's file."""
    sentence = _SENTENCES.get(error.code, _KINDS)
    if error.code == "other_kind":
        sentence = _SEEMS.get(error.values["seems"], _KINDS)
    elif error.code == "two_kinds":
        sentence = _TWO_KINDS[error.values["other"]]
    return Invalid(sentence, field="file", **error.values)
