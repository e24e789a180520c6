"""The smallest files that are MP4 videos by their boxes."""

from apps.core.attachments import Upload


def box(kind: bytes, content: bytes = b"") -> bytes:
    """One box: its length, its kind, what is in it."""
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def video(name: str = "clip.mp4", *, end: bytes = b"") -> Upload:
    """A video without a picture, and `end` hung on to it."""
    boxes = box(b"ftyp", b"mp42" + bytes(4)) + box(b"moov") + box(b"mdat", b"\x01" * 32)
    return Upload(name, boxes + end)
