"""What an uploader called a file, made fit to be shown, to be downloaded by, and to say what the file is."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

from core.errors import N_, Invalid
from core.uploads.kinds import JPEG, PDF, PNG

MOST_CHARACTERS, MOST_BYTES = 120, 240  # what file systems take is 255 bytes, and a browser adds to it
_SUFFIXES = {PDF: (".pdf",), JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"), PNG: (".png",)}
_PICTURES = (*_SUFFIXES[JPEG], *_SUFFIXES[PNG])
# What a name must not end in when the content is something else. Any other ending is part of the name ("合同v1.2").
_OTHERS = frozenset((
    ".doc", ".docx", ".docm", ".dot", ".wps", ".wpt", ".xls", ".xlsx", ".xlsm", ".xlsb", ".et", ".ppt", ".pptx",
    ".dps", ".rtf", ".odt", ".ods", ".ofd", ".csv", ".txt", ".md", ".eml", ".msg", ".zip", ".rar", ".7z", ".gz",
    ".tgz", ".tar", ".bz2", ".xz", ".iso", ".cab", ".jar", ".apk", ".exe", ".com", ".bat", ".cmd", ".scr",
    ".pif", ".msi", ".dll", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".hta", ".ps1", ".sh", ".py", ".php", ".asp",
    ".aspx", ".jsp", ".lnk", ".url", ".html", ".htm", ".xhtml", ".shtml", ".svg", ".xml", ".swf", ".gif",
    ".bmp", ".tif", ".tiff", ".webp", ".heic", ".heif", ".mp3", ".mp4", ".mov", ".avi", ".psd", ".dwg",
))  # fmt: skip
_RESERVED = frozenset(["con", "prn", "aux", "nul", *(f"{it}{n}" for it in ("com", "lpt") for n in range(1, 10))])
_WRONG = N_("文件名以“%(suffix)s”结尾，内容却是%(kind)s，两者不符；请确认选对了文件，用原来的程序另存后再上传")


def clean_name(name: str) -> str:
    """Without folders, control characters or marks that turn the writing direction; no name that a system keeps for a
    device; short enough for every file system."""
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/").split("\0")[0]).name
    shown = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(" .")
    stem, dot, suffix = shown.rpartition(".") if "." in shown else (shown, "", "")
    if (stem or suffix).split(".")[0].strip().lower() in _RESERVED:
        stem = f"_{stem}"
    end = (dot + suffix)[-20:]
    room = MOST_BYTES - len(end.encode())
    stem = stem[: MOST_CHARACTERS - len(end)].encode()[:room].decode("utf-8", "ignore").rstrip(" .")
    return f"{stem or '文件'}{end}"


def fitting_name(name: str, media_type: str) -> str:
    """The clean name with an ending that is true of the content. Raises `Invalid` for one that says something else."""
    clean = clean_name(name)
    suffix = PurePosixPath(clean).suffix.lower()
    right = _SUFFIXES[media_type]
    if suffix in right:
        return clean
    if media_type != PDF and suffix in _PICTURES:  # telephones mix these two up; it does no harm
        return clean[: -len(suffix)] + right[0]
    if suffix in _OTHERS or suffix in _PICTURES or suffix in _SUFFIXES[PDF]:
        kind = {PDF: "PDF", JPEG: "JPG", PNG: "PNG"}[media_type]
        raise Invalid(_WRONG, field="file", suffix=suffix, kind=kind)
    return clean_name(f"{clean}{right[0]}")
