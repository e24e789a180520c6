"""Files as people hand them in."""

import io

from PIL import Image

from apps.core.attachments import Upload

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def picture(name="screen.png", size=(40, 30), image_format="PNG") -> Upload:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, image_format)
    return Upload(name, out.getvalue())


def paper(name="paper.pdf") -> Upload:
    """The smallest thing that calls itself a PDF."""
    return Upload(name, PDF)
