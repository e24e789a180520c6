"""Records the demo's product video anew: `demo_video.py` writes examples/brewing.mp4.

A drawn cup of tea, slowly nearer, with steam; H.264 as Chromium encodes it, so that every phone
plays it. Only needed when the drawing changes: the file is part of the repository.
"""

import base64
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from run_tests import chromium

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "examples" / "brewing.mp4"
RECORD = """
async (picture) => {
  const SIZE = 480, SECONDS = 6, FRAMES = 20;
  const image = new Image();
  image.src = "data:image/png;base64," + picture;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE });
  const pen = canvas.getContext("2d");
  const draw = (share) => {
    const side = image.width * (1 - 0.22 * share), x = (image.width - side) / 2;
    pen.drawImage(image, x, x * 1.2, side, side, 0, 0, SIZE, SIZE);
    pen.filter = "blur(7px)";
    pen.lineWidth = 9;
    pen.lineCap = "round";
    for (let wisp = 0; wisp < 4; wisp += 1) {
      pen.strokeStyle = `rgba(255,255,255,${0.25 + 0.2 * Math.sin(share * 9 + wisp * 2)})`;
      pen.beginPath();
      for (let step = 0; step <= 20; step += 1) {
        const sway = Math.sin(step / 3 + share * 14 + wisp) * (3 + step * 0.7);
        pen.lineTo(SIZE * (0.38 + 0.08 * wisp) + sway, SIZE * (0.37 - 0.015 * step));
      }
      pen.stroke();
    }
    pen.filter = "none";
  };
  draw(0);
  const recorder = new MediaRecorder(canvas.captureStream(FRAMES), {
    mimeType: "video/mp4;codecs=avc1.42E01E", videoBitsPerSecond: 220000,
  });
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  const stopped = new Promise((resolve) => { recorder.onstop = resolve; });
  recorder.start();
  const started = performance.now();
  await new Promise((resolve) => {
    const next = () => {
      const share = (performance.now() - started) / 1000 / SECONDS;
      if (share >= 1) { resolve(); return; }
      draw(share);
      setTimeout(next, 1000 / FRAMES);
    };
    next();
  });
  recorder.stop();
  await stopped;
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  let text = "";
  bytes.forEach((byte) => { text += String.fromCharCode(byte); });
  return btoa(text);
}
"""


def main() -> int:
    """Record it, and say how large it has become."""
    sys.path.insert(0, str(ROOT))
    from apps.insights.services.demo_pictures import draw_product

    picture = base64.b64encode(draw_product("茶具", 0)).decode()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto("about:blank")
        TARGET.write_bytes(base64.b64decode(page.evaluate(RECORD, picture)))
        browser.close()
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
